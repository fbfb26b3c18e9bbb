"""Which of a group's versions a manifest means: by number, or by the markers it carries. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.resources import Absent, Ambiguous, Desired, Finding, Found, Live
from reconciler.kinds.model_package.intent import Identity, PackageIntent, identities

_NUMBERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Version:
    """A version as one of the read operations told it. `is_sure` unless the index told it."""

    live: Live
    is_sure: bool


class Versions:
    """The versions of one group by ARN, by number and by markers: no search looks at all of them.

    A group may hold thousands of versions and as many manifests.
    """

    def __init__(self, versions: Iterable[Version] = ()) -> None:
        self._by_arn: dict[str, Version] = {}
        self._by_number: dict[int, Version] = {}
        self._by_identity: dict[Identity, dict[str, Version]] = defaultdict(dict)
        self._newest = 0
        for each in versions:
            self.put(each)

    def put(self, version: Version) -> None:
        """Add a version, or take what is newly known of it in place of what was known."""
        live = version.live
        self.remove(live.arn)
        self._by_arn[live.arn] = version
        if live.version is not None:
            self._by_number[live.version] = version
            self._newest = max(self._newest, live.version)
        if (identity := _marked(live)) is not None:
            self._by_identity[identity][live.arn] = version

    def remove(self, arn: str) -> None:
        """Forget a version, if it is known at all."""
        known = self._by_arn.pop(arn, None)
        if known is None:
            return
        if known.live.version is not None:
            self._by_number.pop(known.live.version, None)
            if known.live.version == self._newest:
                self._newest = max(self._by_number, default=0)
        if (identity := _marked(known.live)) is not None:
            self._by_identity[identity].pop(arn, None)

    def lives(self) -> list[Live]:
        """Return all versions in the order of their numbers."""
        return [self._by_arn[arn].live for arn in sorted(self._by_arn, key=self._number)]

    def identify(self, desired: Desired[PackageIntent]) -> Finding:
        """Return which of the versions is the declared one."""
        intent = desired.intent
        ours = self._carrying(identities(desired))
        if intent.version is not None:
            return self._adopted(intent.version, ours)
        if len(ours) > 1:
            return Ambiguous(tuple(each.live for each in ours))
        if ours:
            return Found(ours[0].live, authoritative=ours[0].is_sure)
        overtaken = intent.follows is not None and not self._by_identity.get(intent.follows)
        newest = self._by_number.get(self._newest)
        return Absent(newest.live if newest else None, overtaken=overtaken)

    def doubtful(
        self, findings: Sequence[Finding], claims: Mapping[Identity, object]
    ) -> frozenset[str]:
        """Return the ARNs of versions that some findings rest on, though only the index told them.

        The index lags, so a version that was adopted a moment ago still looks like nobody's, and
        registering its manifest would make a second version of it. Hence nothing is absent, and
        nothing ambiguous, on the index's word. What carries the name of a manifest in `claims`
        is that manifest's.
        """
        arns = {
            live.arn
            for each in findings
            if isinstance(each, Ambiguous)
            for live in each.candidates
            if not self._by_arn[live.arn].is_sure
        }
        if any(isinstance(each, Absent) and not each.impossible for each in findings):
            arns.update(self._unclaimed(claims))
        return frozenset(arns)

    def _unclaimed(self, claims: Mapping[Identity, object]) -> Iterator[str]:
        for arn, each in self._by_arn.items():
            identity = _marked(each.live)
            if not each.is_sure and (identity is None or identity not in claims):
                yield arn

    def _carrying(self, wanted: Iterable[Identity]) -> list[Version]:
        found = [
            each for identity in wanted for each in self._by_identity.get(identity, {}).values()
        ]
        return sorted(found, key=lambda each: each.live.version or 0)

    def _adopted(self, number: int, ours: Sequence[Version]) -> Finding:
        numbered = self._by_number.get(number)
        if numbered is None:
            last = sorted(self._by_number)[-_NUMBERS_SHOWN:]
            numbers = ", ".join(map(str, last)) or "none"
            return Absent(impossible=f"the group has no version {number}; it has: {numbers}")
        others = [each.live for each in ours if each.live.arn != numbered.live.arn]
        if others:
            return Ambiguous((*others, numbered.live))
        return Found(numbered.live, authoritative=numbered.is_sure)

    def _number(self, arn: str) -> int:
        return self._by_arn[arn].live.version or 0


def _marked(live: Live) -> Identity | None:
    if live.owner is None or live.identity is None:
        return None
    return live.owner, live.identity
