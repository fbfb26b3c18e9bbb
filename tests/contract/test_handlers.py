"""What every handler must do against AWS, over all registered kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import Doc, card, environment, group, inference, state, unversioned, version
from live import Lab

from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.plan import Verb
from reconciler.core.resources import Absent, Desired, Found, Live
from reconciler.kinds import HANDLERS
from reconciler.kinds.base import Handler, Stamp


@dataclass(frozen=True)
class Subject:
    """A way of declaring one kind: what has to exist before, the resource, edits by member."""

    kind: str
    before: tuple[Doc, ...]
    declare: Callable[..., Doc]
    base: Mapping[str, Any]
    edits: Mapping[str, tuple[str, Any, Any]]  # API member: manifest member, first, second


VERSION_EDITS: dict[str, tuple[str, Any, Any]] = {
    "CustomerMetadataProperties": ("customerMetadataProperties", {"a": "1"}, {"a": "2"}),
    "ModelCard": ("modelCard", card("one"), card("two", "PendingReview")),
    "ModelLifeCycle": (
        "modelLifeCycle",
        {"stage": "A", "stageStatus": "B"},
        {"stage": "C", "stageStatus": "D"},
    ),
    "ModelPackageRegistrationType": ("modelPackageRegistrationType", "Logged", "Registered"),
    "AdditionalInferenceSpecifications": (
        "additionalInferenceSpecifications",
        [{"name": "one", **inference()}],
        [{"name": "one", **inference()}, {"name": "two", **inference()}],
    ),
    "ModelApprovalStatus": ("approval", {"status": "Approved"}, {"status": "Rejected"}),
    "ApprovalDescription": (
        "approval",
        {"status": "Approved", "description": "one"},
        {"status": "Approved", "description": "two"},
    ),
}
SUBJECTS = {
    "group": Subject(
        "ModelPackageGroup",
        (),
        group,
        {"modelPackageGroupDescription": "x"},
        {"Tags": ("tags", {"a": "1"}, {"a": "2"})},
    ),
    "version": Subject("ModelPackage", (group(),), version, {"domain": "x"}, VERSION_EDITS),
    "version by source": Subject(
        "ModelPackage",
        (group(),),
        version,
        {"sourceUri": "https://one"},
        {"SourceUri": ("sourceUri", "https://one", "https://two")},
    ),
    "unversioned package": Subject(
        "ModelPackage",
        (),
        unversioned,
        {"modelPackageDescription": "x"},
        {"Tags": ("tags", {"a": "1"}, {"a": "2"})},
    ),
}
ELSEWHERE: Mapping[str, str] = {
    "ModelPackageGroupPolicy": "policies/test_policy_handlers.py",
    "RepositoryPolicy": "policies/test_policy_handlers.py",
    "BucketPolicy": "policies/test_policy_handlers.py",
    "KeyPolicy": "policies/test_policy_handlers.py",
    "KeyGrants": "policies/test_policy_handlers.py",
    "ResourceShare": "unit/kinds/test_resource_share.py",
}
"""Kinds that others share with us, or that need what no manifest makes, and who holds them to this.

What is ours in a document is told by its parts, not by an owner of the whole.
"""
EDITS = [(name, member) for name, subject in SUBJECTS.items() for member in subject.edits]


def handler_of(subject: Subject) -> Handler[Any]:
    (found,) = [each for each in HANDLERS if each.kind == subject.kind]
    return found


def desired(subject: Subject, **spec: Any) -> Desired[Any]:
    documents = [environment(), *subject.before, subject.declare(**{**subject.base, **spec})]
    return state(documents).resources[-1]


@dataclass
class Stage:
    """A handler at work on one resource, without the engine."""

    lab: Lab
    subject: Subject

    @property
    def where(self) -> Environment:
        return desired(self.subject).environment

    def read(self, wanted: Desired[Any]) -> Any:
        reader = handler_of(self.subject).reader(self.lab.applying.reads(), self.where)
        return reader.read_all([wanted]).findings[wanted.key]

    def carry_out(self, wanted: Desired[Any]) -> list[Verb]:
        """Write everything that is proposed, reading again in between, and return the verbs."""
        handler = handler_of(self.subject)
        done: list[Verb] = []
        while True:
            reader = handler.reader(self.lab.applying.reads(), self.where)
            reading = reader.read_all([wanted])
            todo = [each for each in handler.propose([wanted], reading) if each.writes]
            if not todo:
                return done
            finding = reading.findings[wanted.key]
            live = finding.live if isinstance(finding, Found) else None
            handler.write(self.lab.applying.writes(), todo[0], wanted, live, Stamp())
            done.append(todo[0].verb)
            assert len(done) < 4

    def live(self, wanted: Desired[Any]) -> Live:
        finding = self.read(wanted)
        assert isinstance(finding, Found)
        return finding.live


@pytest.fixture(params=SUBJECTS)
def stage(request: pytest.FixtureRequest, lab: Lab) -> Stage:
    subject = SUBJECTS[request.param]
    if subject.before:
        lab.settle([environment(), *subject.before])
    lab.forget_calls()
    return Stage(lab, subject)


def test_every_kind_has_a_subject_here_or_elsewhere() -> None:
    here = {each.kind for each in SUBJECTS.values()}
    assert not here & ELSEWHERE.keys()
    assert {each.kind for each in HANDLERS} == here | ELSEWHERE.keys()
    for kind, file in ELSEWHERE.items():
        text = (Path(__file__).parent.parent / file).read_text(encoding="utf-8")
        assert kind in text, f"{file} does not speak of {kind}"


def test_what_does_not_exist_reads_as_absent(stage: Stage) -> None:
    assert isinstance(stage.read(desired(stage.subject)), Absent)


def test_what_was_created_reads_back_as_declared_with_our_owner(stage: Stage) -> None:
    wanted = desired(stage.subject)
    assert stage.carry_out(wanted) == [Verb.CREATE]
    assert stage.live(wanted).owner == stage.where.owner
    assert stage.carry_out(wanted) == []


def test_creating_twice_makes_one(stage: Stage) -> None:
    wanted = desired(stage.subject)
    handler = handler_of(stage.subject)
    absent = handler.reader(stage.lab.applying.reads(), stage.where).read_all([wanted])
    (create, *_) = handler.propose([wanted], absent)
    arns = {
        handler.write(stage.lab.applying.writes(), create, wanted, None, Stamp()).arn
        for _ in range(2)
    }
    assert len(arns) == 1
    assert len(stage.lab.writes()) == 2
    found = [each for each in stage.lab.live()["111111111111"] if each in arns]
    assert len(found) == 1
    assert stage.carry_out(wanted) == []


@pytest.mark.parametrize(("name", "member"), EDITS)
def test_each_mutable_member_is_updated_alone(lab: Lab, name: str, member: str) -> None:
    subject = SUBJECTS[name]
    stage = Stage(lab, subject)
    if subject.before:
        lab.settle([environment(), *subject.before])
    yaml, first, second = subject.edits[member]
    others = {other: one for other, one, _ in subject.edits.values()}
    stage.carry_out(desired(subject, **(others | {yaml: first})))
    before = stage.live(desired(subject)).values
    lab.forget_calls()
    stage.carry_out(desired(subject, **{yaml: second}))
    after = stage.live(desired(subject)).values
    changed = {each for each in after if after[each] != before.get(each)}
    markers = {"CustomerMetadataProperties"} if member == "ModelApprovalStatus" else set()
    assert changed == {member} | markers
    assert stage.carry_out(desired(subject, **{yaml: second})) == []


def test_every_mutable_row_has_an_edit() -> None:
    for handler in HANDLERS:
        if handler.kind in ELSEWHERE:
            continue
        rows = {each.name for each in handler.fields if each.rule in (Rule.MUTABLE, Rule.ADD_ONLY)}
        edited = {m for each in SUBJECTS.values() if each.kind == handler.kind for m in each.edits}
        assert rows - edited == set(), handler.kind
