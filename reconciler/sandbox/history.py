"""What a lagging index still believes: earlier records, kept for as long as the lag.

Source: AWS feeds Search asynchronously; the lag is not published (sagemaker-python-sdk falls back
from Search to List for that reason), so it is a setting.
"""

from __future__ import annotations

from reconciler.sandbox.records import Group, Package


class History:
    """Remembers, for each change, what was there before it; with a lag of 0 nothing is kept."""

    def __init__(self, lag: float) -> None:
        self.lag = lag
        self._changes: list[tuple[float, str, Group | Package | None]] = []

    def note(self, now: float, arn: str, before: Group | Package | None) -> None:
        """Remember that the resource was `before` until now; None says that it did not exist."""
        if self.lag:
            self._changes.append((now, arn, before))

    def as_of(
        self, now: float, groups: tuple[Group, ...], packages: tuple[Package, ...]
    ) -> tuple[tuple[Group, ...], tuple[Package, ...]]:
        """Return the records as they were one lag before now."""
        self._changes = [change for change in self._changes if change[0] > now - self.lag]
        undone = {arn: before for _, arn, before in reversed(self._changes)}
        earlier = [record for record in undone.values() if record is not None]
        groups = tuple(group for group in groups if group.arn not in undone)
        packages = tuple(package for package in packages if package.arn not in undone)
        return (
            (*groups, *(record for record in earlier if isinstance(record, Group))),
            (*packages, *(record for record in earlier if isinstance(record, Package))),
        )
