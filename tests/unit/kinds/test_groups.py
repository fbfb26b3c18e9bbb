"""Groups: created, tagged and adopted; nothing else about them changes."""

from __future__ import annotations

from typing import Any

import pytest
from builders import OWNER, Doc, desired_group, environment, group, problem_codes
from live import Lab, assert_converged, statuses

from reconciler.core.data import MISSING
from reconciler.core.outcome import Status
from reconciler.core.plan import Action, Level, Verb
from reconciler.core.resources import Absent, Found, Live, Reading, Unknown
from reconciler.kinds.model_package_group import ModelPackageGroupHandler

ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"


def live(tags: dict[str, str] | None = None, *, owner: str | None = OWNER, **more: Any) -> Live:
    own = {"reconciler/owner": owner} if owner else {}
    values = {"ModelPackageGroupName": "churn", "Tags": own | (tags or {})}
    return Live(ARN, values | more.pop("values", {}), owner=owner, **more)


def proposed(spec: Doc, found: Any) -> Action:
    wanted = desired_group(spec)
    finding = Found(found) if isinstance(found, Live) else found
    (action,) = ModelPackageGroupHandler().propose([wanted], Reading({wanted.key: finding}))
    return action


def test_a_new_group_is_created_with_all_that_is_declared_and_our_tag() -> None:
    action = proposed(group(tags={"a": "b", "c": None}), Absent())
    assert action.verb is Verb.CREATE
    assert {each.path: each.after for each in action.changes} == {
        "ModelPackageGroupName": "churn",
        "Tags.a": "b",
        "Tags.reconciler/owner": OWNER,
    }


def test_only_declared_tags_are_compared() -> None:
    action = proposed(
        group(tags={"a": "new", "gone": None}), live({"a": "old", "gone": "x", "z": "1"})
    )
    assert action.verb is Verb.UPDATE
    assert [(each.path, each.before, each.after) for each in action.changes] == [
        ("Tags.a", "old", "new"),
        ("Tags.gone", "x", MISSING),
    ]


def test_a_group_as_declared_needs_nothing() -> None:
    assert proposed(group(tags={"a": "b"}), live({"a": "b", "z": "1"})).verb is Verb.NONE


def test_a_group_without_owner_is_adopted_by_its_tag() -> None:
    action = proposed(group(), live(owner=None))
    assert action.verb is Verb.ADOPT
    assert [each.path for each in action.changes] == ["Tags.reconciler/owner"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("modelPackageGroupDescription", "new"),
        ("managedConfiguration", {"managedStorageType": "Restricted"}),
    ],
)
def test_what_no_operation_updates_is_blocked_with_the_reason(member: str, value: Any) -> None:
    action = proposed(group(**{member: value}), live())
    assert action.verb is Verb.BLOCKED
    assert "no operation" in action.changes[0].reason


@pytest.mark.parametrize("status", ["Deleting", "Failed", "DeleteFailed"])
def test_a_group_that_cannot_be_used_is_an_error(status: str) -> None:
    action = proposed(group(), live(status=status))
    assert action.verb is Verb.BLOCKED
    assert action.notes_of(Level.ERROR)[0].fix


def test_a_group_that_could_not_be_read_is_unknown() -> None:
    finding = Unknown("ListTags", "denied", permission="sagemaker:ListTags", resource=ARN)
    action = proposed(group(), finding)
    assert action.verb is Verb.BLOCKED
    assert action.notes[0].fix == f"allow sagemaker:ListTags on {ARN}"


def test_a_group_is_waited_for_before_its_versions_are_registered() -> None:
    action = proposed(group(tags={"a": "b"}), live(status="InProgress"))
    assert action.waits_for == "InProgress"


def test_tags_are_written_by_key_and_the_rest_is_left(lab: Lab) -> None:
    lab.settle([environment(), group(tags={"a": "1", "b": "1", "c": "1"})])
    documents = [environment(), group(tags={"a": "2", "b": None})]
    lab.forget_calls()
    lab.settle(documents)
    add, delete = lab.writes()
    assert add.parameters["Tags"] == [{"Key": "a", "Value": "2"}]
    assert delete.parameters["TagKeys"] == ["b"]
    assert_converged(lab, documents)


def test_a_group_named_differently_from_its_manifest_is_found_by_its_own_name(lab: Lab) -> None:
    documents = [environment(), group("churn", modelPackageGroupName="Churn-Models")]
    assert statuses(lab.settle(documents)) == {"churn": [Status.APPLIED]}
    assert_converged(lab, documents)


# --- offline


@pytest.mark.parametrize(
    ("documents", "codes"),
    [
        ([group()], []),
        ([group("a_b")], ["E207"]),
        ([group("a" * 64)], ["E207"]),
        ([group("a" * 63)], []),
        ([group("a_b", modelPackageGroupName="a-b")], []),
        ([group("Churn")], ["W403"]),
        ([group("churn"), group("x", modelPackageGroupName="churn")], ["E307"]),
        ([group("churn"), group("x", modelPackageGroupName="CHURN")], ["W403", "E308"]),
        ([group(tags={"reconciler/owner": "me"})], ["E229"]),
        ([group(tags={"aws:x": "me"})], ["E229"]),
        ([group(tags={"AWS:x": "me"})], ["E229"]),
        ([group(tags={"awsome": "me"})], []),
        ([group(), group()], ["E306"]),
        ([group(where="nowhere")], ["E304"]),
    ],
)
def test_what_is_wrong_with_a_group_is_said_before_any_call(
    documents: list[Doc], codes: list[str]
) -> None:
    assert sorted(problem_codes(environment(), *documents)) == sorted(codes)
