"""Read packages: versions by List, details in bulk by Search, Describe for what that lacks.

List is the authority for which versions exist and for their status and approval. Search gives
100 full records a call but lags, so a record that contradicts List is not used. Describe is the
last word, for one version at a time (design section 6).
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind, Result, concurrently
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.resources import (
    Absent,
    Ambiguous,
    Desired,
    Finding,
    Found,
    Live,
    Reading,
    Unknown,
)
from reconciler.kinds.faults import unknown
from reconciler.kinds.model_package.intent import (
    KIND,
    SERVICE,
    GroupTarget,
    PackageIntent,
    group_of,
)
from reconciler.kinds.model_package.live import live_unversioned, live_version
from reconciler.kinds.search import search_records
from reconciler.kinds.tags import read_tags

_Wanted = Desired[PackageIntent]
RECENT_SECONDS = 5.0
"""How old a group's listing may be when a version is about to be created."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A version as one of the read operations told it. `is_sure` unless the index told it."""

    live: Live
    is_sure: bool


class PackageReader:
    """Reads the packages of one environment. Lives as long as one plan or apply."""

    def __init__(
        self, aws: Aws, environment: Environment, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._aws = aws
        self._environment = environment
        self._clock = clock
        self._known: dict[str, set[str]] = defaultdict(set)
        self._appeared: dict[str, dict[str, _Version]] = defaultdict(dict)
        self._listed_at: dict[str, float] = {}
        self._through: dict[str, Environment] = {}

    def read_all(self, desired: Sequence[_Wanted]) -> Reading:
        """Return a finding for every wanted package, and the versions nobody declares."""
        versions = [each for each in desired if each.intent.group]
        groups = {group_of(each).arn: group_of(each) for each in versions}
        declared = Counter(group_of(each).name for each in versions)
        found_in = self._read_groups(list(groups.values()), declared)
        by_group = dict(zip(groups, found_in, strict=True))
        for arn, found in by_group.items():
            if not isinstance(found, Unknown):
                self._known[arn].update(each.live.arn for each in found)
        findings: dict[ResourceKey, Finding] = {
            each.key: _identify(each, by_group[group_of(each).arn]) for each in versions
        }
        unversioned = [each for each in desired if not each.intent.group]
        described = concurrently(lambda each: self.read_again(each, None), unversioned)
        findings |= dict(zip([each.key for each in unversioned], described, strict=True))
        return Reading(findings, tuple(_undeclared(findings, by_group)))

    def read_again(self, desired: _Wanted, arn: str | None) -> Finding:
        """Return what DescribeModelPackage says now, or look for the identity in the group."""
        if desired.intent.unversioned_name is not None:
            return self._describe_unversioned(desired.intent.unversioned_name)
        if arn is None:
            return self._look_for(desired)
        group = group_of(desired)
        self._known[group.arn].add(arn)
        try:
            return Found(self._allowed(group, partial(self._describe, arn)))
        except AwsFault as fault:
            return Absent() if fault.kind is FaultKind.NOT_FOUND else unknown(fault, arn)

    def _read_groups(
        self, groups: Sequence[GroupTarget], declared: Mapping[str, int]
    ) -> list[list[_Version] | Unknown]:
        """Return all versions of each group, in the order of their numbers.

        `declared` is how many versions of each group are wanted: a good guess at how many it has.
        """
        own = {group.name: declared[group.name] for group in groups if not group.is_foreign}
        index = partial(
            search_records, self._aws, self._environment, KIND, "ModelPackageGroupName", own
        )
        lists = [partial(self._list, group) for group in groups]
        tasks: list[Callable[[], dict[str, Answer] | Unknown]] = [index, *lists]
        records, *listed = concurrently(_run, tasks)
        known = {} if isinstance(records, Unknown) else records
        found = list(zip(groups, listed, strict=True))
        return concurrently(lambda each: self._detail(each[0], each[1], known), found)

    def _list(self, group: GroupTarget) -> dict[str, Answer] | Unknown:
        """Return the summaries of a group's versions by ARN; none if the group does not exist."""
        parameters = {
            "ModelPackageGroupName": group.identifier,
            "ModelPackageType": "Versioned",
            "MaxResults": 100,
        }
        now = self._clock()

        def listed(environment: Environment) -> dict[str, Answer]:
            pages = self._aws.pages(environment, SERVICE, "ListModelPackages", parameters)
            return {
                summary["ModelPackageArn"]: summary
                for page in pages
                for summary in page["ModelPackageSummaryList"]
            }

        try:
            summaries = self._allowed(group, listed)
        except AwsFault as fault:
            if fault.kind is not FaultKind.NOT_FOUND:
                return unknown(fault, group.arn)
            summaries = {}
        self._listed_at[group.arn] = now
        return summaries

    def _allowed(self, group: GroupTarget, read: Callable[[Environment], Result]) -> Result:
        """Read with our own credentials, or with those of the group's owner if that is denied.

        A policy that lets us read may only come with this very plan, as may the group itself.
        """
        environment = self._through.get(group.arn, self._environment)
        try:
            return read(environment)
        except AwsFault as fault:
            if fault.kind is not FaultKind.DENIED or group.owner in (None, environment):
                raise
            try:
                answer = read(group.owner)
            except AwsFault as owners:
                if owners.kind is FaultKind.NOT_FOUND:
                    raise
                raise fault from None
            self._through[group.arn] = group.owner
            return answer

    def _detail(
        self,
        group: GroupTarget,
        listed: Mapping[str, Answer] | Unknown,
        records: Mapping[str, Answer],
    ) -> list[_Version] | Unknown:
        if isinstance(listed, Unknown):
            return listed
        sure = [arn for arn, each in listed.items() if not _agrees(each, records.get(arn))]
        try:
            described = concurrently(partial(self._describe_if_there, group), sure)
        except AwsFault as fault:
            return unknown(fault, sure[0])
        found = [_Version(live, is_sure=True) for live in described if live is not None]
        found += [
            _Version(live_version(records[arn]), is_sure=False)
            for arn in listed.keys() - frozenset(sure)
        ]
        return sorted(found, key=lambda each: each.live.version or 0)

    def _describe_if_there(self, group: GroupTarget, arn: str) -> Live | None:
        try:
            return self._allowed(group, partial(self._describe, arn))
        except AwsFault as fault:
            if fault.kind is FaultKind.NOT_FOUND:
                return None
            raise

    def _describe(self, arn: str, environment: Environment) -> Live:
        parameters = {"ModelPackageName": arn}
        return live_version(
            self._aws.call(environment, SERVICE, "DescribeModelPackage", parameters)
        )

    def _describe_unversioned(self, name: str) -> Finding:
        arn = self._environment.arn(SERVICE, f"model-package/{name.lower()}")
        try:
            answer = self._aws.call(
                self._environment, SERVICE, "DescribeModelPackage", {"ModelPackageName": name}
            )
            tags = read_tags(self._aws, self._environment, answer["ModelPackageArn"])
        except AwsFault as fault:
            return Absent() if fault.kind is FaultKind.NOT_FOUND else unknown(fault, arn)
        return Found(live_unversioned(answer, tags))

    def _look_for(self, desired: _Wanted) -> Finding:
        """Look for an identity among the versions that appeared since the groups were read.

        Versions seen then were identified then, so only newer ones can be it: another run at
        the same time. A listing of the last seconds is recent enough; what it may miss is
        caught by the client token, which both runs derive alike.
        """
        group = group_of(desired)
        if self._clock() - self._listed_at.get(group.arn, -inf) >= RECENT_SECONDS:
            listed = self._list(group)
            if isinstance(listed, Unknown):
                return listed
            unseen = {arn: listed[arn] for arn in listed.keys() - self._known[group.arn]}
            versions = self._detail(group, unseen, {})
            if isinstance(versions, Unknown):
                return versions
            self._known[group.arn].update(unseen)
            self._appeared[group.arn].update({each.live.arn: each for each in versions})
        return _identify(desired, list(self._appeared[group.arn].values()))


def _run(task: Callable[[], dict[str, Answer] | Unknown]) -> dict[str, Answer] | Unknown:
    return task()


def _agrees(summary: Answer, record: Answer | None) -> bool:
    """Say whether the index's record is at least as new as the list's summary, as far as seen."""
    return record is not None and all(
        record.get(name) == summary.get(name)
        for name in (
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelPackageRegistrationType",
            "ModelLifeCycle",
        )
    )


def _identify(desired: _Wanted, versions: list[_Version] | Unknown) -> Finding:
    """Return which of a group's versions is the declared one."""
    if isinstance(versions, Unknown):
        return versions
    intent = desired.intent
    owners = {desired.environment.owner, intent.take_ownership_from or desired.environment.owner}
    ours = [
        each
        for each in versions
        if each.live.identity == intent.identity and each.live.owner in owners
    ]
    newest = versions[-1].live if versions else None
    if intent.version is not None:
        return _adopted(intent, versions, ours)
    if len(ours) > 1:
        return Ambiguous(tuple(each.live for each in ours))
    if ours:
        return Found(ours[0].live, authoritative=ours[0].is_sure)
    return Absent(predecessor=newest)


def _adopted(
    intent: PackageIntent, versions: Sequence[_Version], ours: Sequence[_Version]
) -> Finding:
    numbered = next((each for each in versions if each.live.version == intent.version), None)
    if numbered is None:
        numbers = ", ".join(str(each.live.version) for each in versions[-10:]) or "none"
        return Absent(impossible=f"the group has no version {intent.version}; it has: {numbers}")
    others = [each.live for each in ours if each.live.arn != numbered.live.arn]
    if others:
        return Ambiguous((*others, numbered.live))
    return Found(numbered.live, authoritative=numbered.is_sure)


def _undeclared(
    findings: Mapping[ResourceKey, Finding], groups: Mapping[str, list[_Version] | Unknown]
) -> Iterator[Live]:
    declared = {each.live.arn for each in findings.values() if isinstance(each, Found)}
    for arn in sorted(groups):
        versions = groups[arn]
        if not isinstance(versions, Unknown):
            yield from (each.live for each in versions if each.live.arn not in declared)
