"""Read packages: versions by List, details in bulk by Search, Describe for what that lacks.

List is the authority for which versions exist and for their status and approval. Search gives
100 full records a call but lags, so a record that contradicts List is not used. Describe is the
last word, for one version at a time (design section 6).
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind, Result, concurrently
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.resources import (
    Absent,
    Desired,
    Finding,
    Found,
    Live,
    Reading,
    Unknown,
)
from reconciler.kinds.base import RECENT_SECONDS
from reconciler.kinds.faults import unknown
from reconciler.kinds.model_package.identity import Version, Versions
from reconciler.kinds.model_package.intent import (
    KIND,
    SERVICE,
    GroupTarget,
    PackageIntent,
    group_of,
)
from reconciler.kinds.model_package.live import live_unversioned, live_version
from reconciler.kinds.model_package.watching import claimant_of
from reconciler.kinds.search import search_records
from reconciler.kinds.tags import read_tags

_Wanted = Desired[PackageIntent]


class PackageReader:
    """Reads the packages of one environment. Lives as long as one plan or apply."""

    def __init__(
        self, aws: Aws, environment: Environment, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._aws = aws
        self._environment = environment
        self._clock = clock
        self._known: dict[str, set[str]] = defaultdict(set)
        self._appeared: dict[str, Versions] = defaultdict(Versions)
        self._listed_at: dict[str, float] = {}
        self._through: dict[str, Environment] = {}

    def read_all(self, desired: Sequence[_Wanted]) -> Reading:
        """Return a finding for every wanted package, and the versions nobody declares."""
        in_groups = [each for each in desired if each.intent.group]
        groups = {group_of(each).arn: group_of(each) for each in in_groups}
        versions = [each for each in in_groups if each.declared]  # others: see `watching`
        declared = Counter(group_of(each).name for each in versions)
        found_in = self._read_groups(list(groups.values()), declared)
        by_group = dict(zip(groups, found_in, strict=True))
        wanted: dict[str, list[_Wanted]] = defaultdict(list)
        for each in versions:
            wanted[group_of(each).arn].append(each)
        identified = concurrently(
            lambda arn: self._identified(groups[arn], wanted[arn], by_group[arn]), list(groups)
        )
        findings = {key: finding for each in identified for key, finding in each.items()}
        for arn, found in by_group.items():
            if not isinstance(found, Unknown):
                self._known[arn].update(each.arn for each in found.lives())
        unversioned = [each for each in desired if not each.intent.group]
        described = concurrently(lambda each: self.read_again(each, None), unversioned)
        findings |= dict(zip([each.key for each in unversioned], described, strict=True))
        return Reading(findings, tuple(self._undeclared(findings, by_group, groups)))

    def _undeclared(
        self,
        findings: Mapping[ResourceKey, Finding],
        by_group: Mapping[str, Versions | Unknown],
        groups: Mapping[str, GroupTarget],
    ) -> Iterator[Live]:
        """Yield the versions that no manifest means, of whatever environment."""
        declared = {each.live.arn for each in findings.values() if isinstance(each, Found)}
        for arn in sorted(by_group):
            versions = by_group[arn]
            for each in [] if isinstance(versions, Unknown) else versions.lives():
                claimant = claimant_of(groups[arn], each)
                elsewhere = claimant and claimant.environment != self._environment.name
                if each.arn not in declared and not elsewhere:
                    yield each

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
    ) -> list[Versions | Unknown]:
        """Return all versions of each group.

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
    ) -> Versions | Unknown:
        if isinstance(listed, Unknown):
            return listed
        sure = [arn for arn, each in listed.items() if not _agrees(each, records.get(arn))]
        try:
            described = concurrently(partial(self._describe_if_there, group), sure)
        except AwsFault as fault:
            return unknown(fault, sure[0])
        found = [Version(live, is_sure=True) for live in described if live is not None]
        found += [
            Version(live_version(records[arn]), is_sure=False)
            for arn in listed.keys() - frozenset(sure)
        ]
        return Versions(found)

    def _identified(
        self, group: GroupTarget, wanted: Sequence[_Wanted], versions: Versions | Unknown
    ) -> dict[ResourceKey, Finding]:
        """Return which versions the wanted ones are, after describing what that rests on."""
        if isinstance(versions, Unknown):
            return {each.key: versions for each in wanted}
        while True:
            findings = [versions.identify(each) for each in wanted]
            if not (doubtful := sorted(versions.doubtful(findings, group.claims))):
                break
            try:
                described = concurrently(partial(self._describe_if_there, group), doubtful)
            except AwsFault as fault:
                finding = unknown(fault, group.arn)
                findings = [each if isinstance(each, Found) else finding for each in findings]
                break
            for arn, live in zip(doubtful, described, strict=True):
                if live is None:
                    versions.remove(arn)
                else:
                    versions.put(Version(live, is_sure=True))
        return dict(zip([each.key for each in wanted], findings, strict=True))

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
            for live in versions.lives():
                self._appeared[group.arn].put(Version(live, is_sure=True))
        return self._appeared[group.arn].identify(desired)


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
