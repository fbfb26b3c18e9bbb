"""What the handlers of policies must do against AWS, as `contract/test_handlers` of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from builders import Doc, state
from policy_lab import (
    DEPLOYER,
    POLICY,
    PRODUCTION,
    PolicyLab,
    accounts,
    all_live,
    artifacts,
    assert_no_duplicates,
    policy,
)

from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Verb
from reconciler.core.resources import Absent, Desired, Found, Reading
from reconciler.kinds.base import Handler, Stamp

KINDS = ["ModelPackageGroupPolicy", "RepositoryPolicy", "BucketPolicy", "KeyPolicy", "KeyGrants"]
ALWAYS_THERE = {"KeyPolicy", "KeyGrants"}
"""Every key has a policy, and a list of grants, if an empty one."""


@dataclass
class Stage:
    """A handler at work on one resource, without the engine."""

    lab: PolicyLab
    kind: str

    @property
    def handler(self) -> Handler[Any]:
        (found,) = [each for each in self.lab.handlers if each.kind == self.kind]
        return found

    @property
    def target(self) -> str:
        """Return the name of the resource that statements or grants are wanted on."""
        return {
            "ModelPackageGroupPolicy": "churn",
            "RepositoryPolicy": "decision-trees",
            "BucketPolicy": "acme-models",
            "KeyPolicy": self.lab.key.rpartition("/")[2],
            "KeyGrants": self.lab.granting.rpartition("/")[2],
        }[self.kind]

    def desired(self, **spec: Any) -> Desired[Any]:
        documents = [*accounts(), policy(POLICY, artifacts=artifacts(self.lab), **spec)]
        return next(
            each
            for each in state(documents).resources
            if each.key.kind == self.kind and each.key.name == self.target
        )

    @property
    def where(self) -> Environment:
        return self.desired().environment

    def read(self, wanted: Desired[Any]) -> Reading:
        return self.handler.reader(self.lab.applying.reads(), self.where).read_all([wanted])

    def todo(self, wanted: Desired[Any]) -> list[Action]:
        found = self.handler.propose([wanted], self.read(wanted))
        return [each for each in found if each.writes]

    def carry_out(self, wanted: Desired[Any]) -> list[Verb]:
        """Write everything that is proposed, reading again in between, and return the verbs."""
        done: list[Verb] = []
        while todo := self.todo(wanted):
            self.write(todo[0], wanted)
            done.append(todo[0].verb)
            assert len(done) < 3
        return done

    def write(self, action: Action, wanted: Desired[Any]) -> str:
        finding = self.read(wanted).findings[wanted.key]
        live = finding.live if isinstance(finding, Found) else None
        writes = self.lab.applying.writes()
        return self.handler.write(writes, action, wanted, live, Stamp()).arn


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest, policies: PolicyLab) -> Stage:
    policies.settle(accounts())
    policies.forget_calls()
    return Stage(policies, request.param)


def grant(*principals: str, access: str = "deploy") -> list[Doc]:
    return [{"principals": list(principals), "access": [access]}]


def test_where_there_is_nothing_nothing_of_ours_is_found(stage: Stage) -> None:
    finding = stage.read(stage.desired()).findings[stage.desired().key]
    assert isinstance(finding, Absent) is (stage.kind not in ALWAYS_THERE)
    assert stage.todo(stage.desired(ensure="absent", grants=[])) == []


def test_what_was_written_reads_back_as_declared(stage: Stage) -> None:
    wanted = stage.desired()
    expected = Verb.UPDATE if stage.kind == "KeyPolicy" else Verb.CREATE
    assert stage.carry_out(wanted) == [expected]
    assert stage.todo(wanted) == []


def test_writing_twice_makes_one(stage: Stage) -> None:
    wanted = stage.desired()
    (action,) = stage.todo(wanted)
    arns = {stage.write(action, wanted) for _ in range(2)}
    assert len(arns) == 1
    assert stage.todo(wanted) == []
    assert_no_duplicates(stage.lab)


def test_an_edit_changes_what_is_there_and_adds_nothing(stage: Stage) -> None:
    stage.carry_out(stage.desired(grants=grant(PRODUCTION)))
    before = all_live(stage.lab)
    wanted = stage.desired(grants=grant(PRODUCTION, DEPLOYER))
    (action,) = stage.todo(wanted)
    assert action.verb is Verb.UPDATE
    stage.carry_out(wanted)
    after = all_live(stage.lab)
    changed = {name for name, found in after.items() if found != before[name]}
    assert len(changed) == 1
    stage.carry_out(stage.desired(grants=grant(PRODUCTION)))
    assert all_live(stage.lab) == before


def test_taking_all_away_leaves_what_was_there_before(stage: Stage) -> None:
    before = all_live(stage.lab)
    stage.carry_out(stage.desired())
    assert all_live(stage.lab) != before
    expected = Verb.UPDATE if stage.kind == "KeyPolicy" else Verb.DELETE
    assert stage.carry_out(stage.desired(ensure="absent", grants=[])) == [expected]
    assert all_live(stage.lab) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_a_handler_is_one_that_it_declares(policies: PolicyLab, kind: str) -> None:
    """Least-privilege policies are made of these sets, so that a call beyond them is denied."""
    policies.settle(accounts())
    stage = Stage(policies, kind)
    policies.forget_calls()
    for wanted in (stage.desired(), stage.desired(ensure="absent", grants=[])):
        stage.carry_out(wanted)
    called = {each.action for each in policies.server.calls.snapshot()} - {"sts:GetCallerIdentity"}
    assert called - stage.handler.reads - stage.handler.writes == set()
    written = {each.action for each in policies.writes()}
    assert written == called & stage.handler.writes
    assert written
