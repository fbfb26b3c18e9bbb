"""Model package groups: created, tagged and adopted; nothing else about them can change.

There is no UpdateModelPackageGroup in the API (aws.md section 0, fact 1), so a description or a
managed configuration is fixed at creation, and only tags converge in place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind, concurrently
from reconciler.core.changes import compare, located
from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.core.fields import Field, Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location, dotted
from reconciler.core.plan import Action, Level, Verb
from reconciler.core.problem import Problem, Severity
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
from reconciler.kinds.base import RECENT_SECONDS, Stamp, WriteResult
from reconciler.kinds.editing import impossible, judged
from reconciler.kinds.faults import unknown
from reconciler.kinds.group_creation import create_group
from reconciler.kinds.group_notes import status_notes
from reconciler.kinds.markers import OWNER
from reconciler.kinds.ownership import Claim, judge, unknown_note
from reconciler.kinds.search import search_records
from reconciler.kinds.tags import (
    read_tags,
    reserved_key_problems,
    tag_map,
    write_tags,
)
from reconciler.manifest.models import ModelPackageGroupSpec
from reconciler.manifest.paths import yaml_path
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.shapes.base import to_api

KIND = "ModelPackageGroup"
SERVICE = "sagemaker"
_BUSY = frozenset({"Pending", "InProgress"})
_GROUP_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*"
_LONGEST_NAME = 63
_NO_UPDATE = "SageMaker has no operation that updates a model package group"


@dataclass(frozen=True, slots=True)
class GroupIntent:
    """What a group's manifest says beyond API members.

    `siblings` are the names of all groups that manifests declare in this account and region, where
    a command looks for those that nobody declares.
    """

    name: str
    take_ownership_from: str | None = None
    siblings: frozenset[str] | None = field(default=None, compare=False, repr=False)


class ModelPackageGroupHandler:
    """Reads, proposes and writes model package groups."""

    kind = KIND
    fields = (
        Field("ModelPackageGroupName", Rule.CREATE_ONLY, reason=_NO_UPDATE),
        Field("ModelPackageGroupDescription", Rule.CREATE_ONLY, reason=_NO_UPDATE),
        Field("Tags", Rule.MUTABLE, by_key=True, clearable=True),
        Field("ManagedConfiguration", Rule.CREATE_ONLY, reason=_NO_UPDATE),
    )
    reads = frozenset(
        {
            "sagemaker:ListModelPackageGroups",
            "sagemaker:DescribeModelPackageGroup",
            "sagemaker:ListTags",
            "sagemaker:Search",
        }
    )
    writes = frozenset(
        {"sagemaker:CreateModelPackageGroup", "sagemaker:AddTags", "sagemaker:DeleteTags"}
    )

    def desire(self, workspace: Workspace) -> tuple[list[Desired[GroupIntent]], list[Problem]]:
        """Return the declared groups, and what is wrong with them."""
        manifests = [
            each
            for each in workspace.of(KIND, ModelPackageGroupSpec)
            if each.spec.environment in workspace.environments
        ]
        problems = [problem for each in manifests for problem in _problems(each)]
        problems += _collisions(manifests, workspace)
        found = [_desired(each, workspace) for each in manifests]
        return (_with_siblings(found) if workspace.watches_everywhere else found), problems

    def reader(self, aws: Aws, environment: Environment) -> GroupReader:
        """Return a reader of the environment's groups."""
        return GroupReader(aws, environment)

    def propose(self, desired: Sequence[Desired[GroupIntent]], reading: Reading) -> list[Action]:
        """Return one action for every declared group."""
        return [_propose(each, reading.findings[each.key], self.fields) for each in desired]

    def write(
        self,
        aws: Aws,
        action: Action,
        desired: Desired[GroupIntent],
        live: Live | None,
        stamp: Stamp,
    ) -> WriteResult:
        """Create the group, or bring its tags to what is declared."""
        if action.verb is Verb.CREATE:
            return WriteResult(create_group(aws, desired, desired.intent.name, stamp))
        if live is None:
            raise ValueError(f"{action.verb} of {desired.key} needs the live group")
        write_tags(aws, desired.environment, live.arn, action.changes, stamp.commit)
        return WriteResult(live.arn)


def group_name(manifest: Manifest[ModelPackageGroupSpec]) -> str:
    """Return the name that a group has in SageMaker."""
    return manifest.spec.model_package_group_name or manifest.name


def _desired(
    manifest: Manifest[ModelPackageGroupSpec], workspace: Workspace
) -> Desired[GroupIntent]:
    spec = manifest.spec
    name = group_name(manifest)
    environment = workspace.environments[spec.environment]
    declared: Mapping[str, Json] = to_api(spec)

    def locate(path: DataPath) -> Location:
        return manifest.locate(("spec", *yaml_path(ModelPackageGroupSpec, path)))

    return Desired(
        key=ResourceKey(spec.environment, KIND, manifest.name),
        environment=environment,
        values={
            **declared,
            "ModelPackageGroupName": name,
            "Tags": {**(spec.tags or {}), OWNER: environment.owner},
        },
        intent=GroupIntent(name, spec.take_ownership_from),
        where=manifest.where,
        locate=locate,
        labels=manifest.labels,
    )


def _with_siblings(found: Sequence[Desired[GroupIntent]]) -> list[Desired[GroupIntent]]:
    names: dict[tuple[str, str], set[str]] = {}
    for each in found:
        names.setdefault(_site(each.environment), set()).add(each.intent.name)
    siblings = {site: frozenset(of_site) for site, of_site in names.items()}
    return [
        replace(each, intent=replace(each.intent, siblings=siblings[_site(each.environment)]))
        for each in found
    ]


def _site(environment: Environment) -> tuple[str, str]:
    return environment.account_id, environment.region


def _name_path(manifest: Manifest[ModelPackageGroupSpec]) -> DataPath:
    """Return where the group's name in SageMaker is written."""
    given = manifest.spec.model_package_group_name is not None
    return ("spec", "modelPackageGroupName") if given else ("metadata", "name")


def _problems(manifest: Manifest[ModelPackageGroupSpec]) -> Iterator[Problem]:
    """Check what AWS would refuse, or what would surprise, about one group."""
    yield from reserved_key_problems(manifest, "tags")
    name = group_name(manifest)
    if not re.fullmatch(_GROUP_NAME, name) or len(name) > _LONGEST_NAME:
        yield Problem(
            "E207",
            manifest.locate(("metadata", "name")),
            "metadata.name",
            f"'{name}' cannot be the name of a group in SageMaker",
            "group names are 1 to 63 letters, digits and inner hyphens",
            "set spec.modelPackageGroupName, or choose another metadata.name",
        )
    if name != name.lower():
        path = _name_path(manifest)
        yield Problem(
            "W403",
            manifest.locate(path),
            dotted(path),
            f"the group name '{name}' has upper-case letters",
            "SageMaker lower-cases package ARNs, so policies written by name do not match and "
            "names that differ only by case collide",
            f"use '{name.lower()}' for a new group",
            Severity.WARNING,
        )


def _collisions(
    manifests: Sequence[Manifest[ModelPackageGroupSpec]], workspace: Workspace
) -> Iterator[Problem]:
    """Yield a problem for every second manifest of one live group, letter case aside.

    Two environments may be one account and region.
    """
    seen: dict[tuple[str, str, str], Manifest[ModelPackageGroupSpec]] = {}
    for each in manifests:
        name = group_name(each)
        own = workspace.environments[each.spec.environment]
        first = seen.setdefault((own.account_id, own.region, name.lower()), each)
        twice = (first.spec.environment, first.name) == (each.spec.environment, each.name)
        if first is each or twice:
            continue
        same = group_name(first) == name
        path = _name_path(each)
        yield Problem(
            "E307" if same else "E308",
            each.locate(path),
            dotted(path),
            f"group '{name}' is also declared by '{first.name}'"
            if same
            else f"groups '{name}' and '{group_name(first)}' differ only by letter case",
            f"the other one is at {first.locate(_name_path(first))}; package ARNs are lower-cased",
            "keep one of the two",
        )


class GroupReader:
    """Reads groups: existence and status by List, tags by Search, ListTags where that lacks.

    Lives as long as one plan or apply.
    """

    def __init__(
        self, aws: Aws, environment: Environment, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._aws = aws
        self._environment = environment
        self._clock = clock
        self._absent: dict[str, float] = {}

    def read_all(self, desired: Sequence[Desired[GroupIntent]]) -> Reading:
        """Return a finding for every wanted group of the environment."""
        names = [each.intent.name for each in desired]
        try:
            began = self._clock()
            reads: list[_Read] = [self._list, partial(self._search, names)]
            listed, records = concurrently(_run, reads)
            self._absent |= {name: began for name in names if name not in listed}
        except AwsFault as fault:
            finding = unknown(fault, self._environment.arn(SERVICE, "model-package-group/*"))
            return Reading({each.key: finding for each in desired})
        findings = concurrently(
            lambda each: self._finding(listed.get(each.intent.name), records), desired
        )
        siblings = desired[0].intent.siblings if desired else None
        others = [] if siblings is None else self._undeclared(listed, siblings)
        return Reading(dict(zip([each.key for each in desired], findings, strict=True)), (*others,))

    def read_again(self, desired: Desired[GroupIntent], arn: str | None) -> Finding:
        """Return what DescribeModelPackageGroup and ListTags say now.

        A group that was not listed a moment ago is not asked for once more before it is created:
        should it appear in between, AWS refuses to create it again.
        """
        name = desired.intent.name
        if self._clock() - self._absent.pop(name, -inf) < RECENT_SECONDS:
            return Absent()
        where = arn or self._environment.arn(SERVICE, f"model-package-group/{name}")
        try:
            if arn is None:
                answer = self._describe(name)
                tags: Answer = self._tags(answer["ModelPackageGroupArn"])
            else:  # it was there a moment ago, so its tags need not wait for the answer
                reads: list[Callable[[], Answer]] = [
                    partial(self._describe, name),
                    partial(self._tags, where),
                ]
                answer, tags = concurrently(_read, reads)
        except AwsFault as fault:
            return Absent() if fault.kind is FaultKind.NOT_FOUND else unknown(fault, where)
        return Found(_live(answer, tags))

    def _undeclared(self, listed: Mapping[str, Answer], names: frozenset[str]) -> list[Live]:
        """Return the groups that no manifest declares, with their owners where they may be read."""
        others = [listed[name] for name in sorted(listed) if name not in names]
        findings = concurrently(lambda each: self._finding(each, {}), others)
        return [
            found.live if isinstance(found, Found) else _live(each, {})
            for each, found in zip(others, findings, strict=True)
            if not isinstance(found, Absent)
        ]

    def _describe(self, name: str) -> Answer:
        parameters = {"ModelPackageGroupName": name}
        return self._aws.call(self._environment, SERVICE, "DescribeModelPackageGroup", parameters)

    def _tags(self, arn: str) -> dict[str, str]:
        return read_tags(self._aws, self._environment, arn)

    def _list(self) -> dict[str, Answer]:
        pages = self._aws.pages(
            self._environment, SERVICE, "ListModelPackageGroups", {"MaxResults": 100}
        )
        return {
            summary["ModelPackageGroupName"]: summary
            for page in pages
            for summary in page["ModelPackageGroupSummaryList"]
        }

    def _search(self, names: Sequence[str]) -> dict[str, Answer]:
        once = dict.fromkeys(names, 1)
        return search_records(self._aws, self._environment, KIND, "ModelPackageGroupName", once)

    def _finding(self, summary: Answer | None, records: Mapping[str, Answer]) -> Finding:
        if summary is None:
            return Absent()
        arn = summary["ModelPackageGroupArn"]
        record = records.get(arn)
        if record is not None:
            return Found(_live(summary, tag_map(record.get("Tags", ()))), authoritative=False)
        try:
            return Found(_live(summary, read_tags(self._aws, self._environment, arn)))
        except AwsFault as fault:
            return Absent() if fault.kind is FaultKind.NOT_FOUND else unknown(fault, arn)


_Read = Callable[[], dict[str, Answer]]


def _run(read: _Read) -> dict[str, Answer]:
    return read()


def _read(read: Callable[[], Answer]) -> Answer:
    return read()


def _live(answer: Answer, tags: Mapping[str, str]) -> Live:
    names = ("ModelPackageGroupName", "ModelPackageGroupDescription", "ManagedConfiguration")
    values: dict[str, Json] = {name: answer[name] for name in names if name in answer}
    return Live(
        arn=answer["ModelPackageGroupArn"],
        values={**values, "Tags": tags},
        status=answer["ModelPackageGroupStatus"],
        owner=tags.get(OWNER),
    )


def _propose(desired: Desired[GroupIntent], finding: Finding, fields: tuple[Field, ...]) -> Action:
    match finding:
        case Found(live):
            return _propose_existing(desired, live, fields)
        case Absent():
            changes = compare(fields, desired.values, {})
            return Action(desired.key, Verb.CREATE, desired.where, changes)
        case Unknown():
            return Action(desired.key, Verb.BLOCKED, desired.where, notes=(unknown_note(finding),))
        case Ambiguous():
            raise AssertionError("a group's name is its identity")


def _propose_existing(
    desired: Desired[GroupIntent], live: Live, fields: tuple[Field, ...]
) -> Action:
    ownership = judge(desired, live, desired.intent.take_ownership_from)
    differences = judged(compare(fields, desired.values, live.values), fields)
    changes = located(differences, desired.locate)
    notes = (*ownership.notes, *status_notes(live))
    blocked = impossible(changes) or any(note.level is Level.ERROR for note in notes)
    if blocked:
        verb = Verb.BLOCKED
    elif ownership.claim in (Claim.FREE, Claim.TAKEN_OVER):
        verb = Verb.ADOPT
    else:
        verb = Verb.UPDATE if changes else Verb.NONE
    return Action(
        desired.key,
        verb,
        desired.where,
        changes,
        arn=live.arn,
        notes=notes,
        waits_for=live.status if live.status in _BUSY else None,
    )
