"""Which of the declared resources a run is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.engine.desired import AnyDesired


@dataclass(frozen=True, slots=True)
class Selection:
    """Globs and labels; an empty field selects everything.

    A resource is selected if it matches every non-empty field, and no `exclude` glob matches its
    name, `Kind/name` or `environment/name`. `labels` must all be equal. `paths` match the
    manifest's file.
    """

    environments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    exclude: tuple[str, ...] = ()
    paths: tuple[str, ...] = field(default=())

    @property
    def is_everything(self) -> bool:
        """Say whether nothing is left out."""
        return self == Selection()

    def keeps(self, desired: AnyDesired) -> bool:
        """Say whether a resource is selected."""
        key = desired.key
        spellings = (key.name, f"{key.kind}/{key.name}", f"{key.environment}/{key.name}")
        return (
            _any(self.environments, key.environment)
            and _any(self.kinds, key.kind)
            and _any(self.names, key.name)
            and _any(self.paths, desired.where.path)
            and all(desired.labels.get(label) == value for label, value in self.labels)
            and not any(fnmatchcase(each, glob) for each in spellings for glob in self.exclude)
        )


def _any(globs: tuple[str, ...], text: str) -> bool:
    return not globs or any(fnmatchcase(text, glob) for glob in globs)
