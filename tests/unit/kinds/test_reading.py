"""Reading: in bulk, by as few calls as the API allows, and never silently wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from builders import Doc, environment, group, rich, version
from live import Clock, Lab, assert_clean, lab_with

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.core.plan import Level, Verb

SPEC = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}


def called(lab: Lab) -> Counter[str]:
    return Counter(call.operation for call in lab.server.calls if call.service == "sagemaker")


def many(groups: int, versions: int) -> list[Doc]:
    names = [f"group-{number}" for number in range(groups)]
    return [
        environment(),
        *(group(name) for name in names),
        *(version(f"{name}-v{n}", name) for name in names for n in range(versions)),
    ]


def test_a_plan_without_changes_describes_nothing(lab: Lab) -> None:
    documents = many(3, 4)
    lab.settle(documents)
    lab.forget_calls()
    assert_clean(lab.plan(documents).plan)
    calls = called(lab)
    assert calls == {"ListModelPackageGroups": 1, "ListModelPackages": 3, "Search": 2}


def test_calls_grow_by_pages_and_not_by_versions(lab: Lab) -> None:
    lab.settle(many(1, 1))
    for _ in range(220):
        lab.boto().create_model_package(
            ModelPackageGroupName="group-0", InferenceSpecification=SPEC
        )
    lab.forget_calls()
    assert_clean(lab.plan(many(1, 1)).plan)
    calls = called(lab)
    pages = 3  # 221 versions, 100 a page
    assert calls["ListModelPackages"] == pages
    assert calls["Search"] <= pages + 1
    assert calls["DescribeModelPackage"] == 0
    assert calls.total() <= 1 + 2 * pages + 1


def test_only_what_is_about_to_change_is_described(lab: Lab) -> None:
    lab.settle(many(2, 3))
    documents = many(2, 3)
    documents[-1]["spec"]["modelLifeCycle"] = {"stage": "A", "stageStatus": "B"}
    lab.forget_calls()
    lab.plan(documents)
    assert called(lab)["DescribeModelPackage"] == 1


def test_where_the_index_lags_versions_are_described() -> None:
    clock = Clock()
    with lab_with(clock=clock, search_lag_seconds=60) as lab:
        documents = many(2, 2)
        lab.settle(documents)
        lab.forget_calls()
        assert_clean(lab.plan(documents).plan)
        assert called(lab)["DescribeModelPackage"] == 4
        clock.now += 61
        lab.forget_calls()
        assert_clean(lab.plan(documents).plan)
        assert called(lab)["DescribeModelPackage"] == 0


def test_an_index_that_contradicts_the_list_is_not_believed() -> None:
    clock = Clock()
    with lab_with(clock=clock, search_lag_seconds=60) as lab:
        base = [environment(), group()]
        lab.settle([*base, version(approval={"status": "Approved"})])
        clock.now += 61
        arn = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
        lab.boto().update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
        plan = lab.plan([*base, version(approval={"status": "Approved"})]).plan
        assert [note.code for each in plan.actions for note in each.notes] == ["approval-drift"]
        (followed,) = lab.plan([*base, version(approval={"status": "Rejected"})]).plan.changes
        assert followed.after == {"CustomerMetadataProperties.reconciler/approval": "Rejected"}


def test_an_edit_that_the_index_has_not_seen_yet_is_not_made_twice() -> None:
    clock = Clock()
    with lab_with(clock=clock, search_lag_seconds=60) as lab:
        old = [environment(), group(tags={"a": "1"}), version()]
        lab.settle(old)
        clock.now += 61
        new = [
            environment(),
            group(tags={"a": "2"}),
            version(customerMetadataProperties={"a": "2"}),
        ]
        lab.settle(new)
        lab.forget_calls()
        lab.settle(new)
        assert lab.writes() == []


def test_without_permission_to_search_everything_is_described(lab: Lab) -> None:
    documents = many(2, 2)
    lab.settle(documents)
    lab.server.faults.deny("Search")
    lab.forget_calls()
    assert_clean(lab.plan(documents).plan)
    calls = called(lab)
    assert calls["DescribeModelPackage"] == 4
    assert calls["ListTags"] == 2


DENIED: dict[str, tuple[str, set[str]]] = {
    "ListModelPackageGroups": ("sagemaker:ListModelPackageGroups", {"churn", "fraud"}),
    "ListModelPackages": (
        "sagemaker:ListModelPackages",
        {"churn-v1", "churn-v2", "churn-v3", "fraud-v1"},
    ),
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_may_not_be_listed_is_unknown_with_the_missing_permission(
    lab: Lab, operation: str
) -> None:
    permission, names = DENIED[operation]
    lab.settle(rich())
    lab.server.faults.deny(operation)
    plan = lab.plan(rich()).plan
    blocked = {each.key.name: each for each in plan.actions if each.verb is Verb.BLOCKED}
    assert blocked.keys() == names
    for action in blocked.values():
        (note,) = action.notes_of(Level.ERROR)
        assert note.code == "unknown"
        assert permission in note.fix
    assert not plan.changes


def test_what_may_not_be_described_is_unknown_and_not_absent(lab: Lab) -> None:
    lab.settle(rich())
    lab.server.faults.deny("DescribeModelPackage")
    lab.server.faults.deny("Search")
    plan = lab.plan(rich()).plan
    assert not [each for each in plan.actions if each.verb is Verb.CREATE]
    blocked = [each for each in plan.actions if each.verb is Verb.BLOCKED]
    assert {each.key.kind for each in blocked} == {"ModelPackage"}


def test_tags_that_may_not_be_read_leave_the_group_unknown(lab: Lab) -> None:
    lab.settle([environment(), group()])
    lab.server.faults.deny("Search")
    lab.server.faults.deny("ListTags")
    (action,) = lab.plan([environment(), group()]).plan.actions
    assert action.verb is Verb.BLOCKED
    assert "sagemaker:ListTags" in action.notes[0].fix


def test_expired_credentials_end_the_run() -> None:
    with lab_with() as lab:  # of its own: sessions remember what became of signing in
        lab.server.faults.expire_credentials()
        with pytest.raises(AwsFault) as caught:
            lab.plan(rich())
    assert caught.value.kind is FaultKind.CREDENTIALS


def test_an_account_that_cannot_be_reached_leaves_the_others_readable() -> None:
    theirs = "222222222222"
    documents = [environment(), group(), environment("training", theirs), group("g", "training")]
    with lab_with() as lab:
        lab.settle(documents)
        lab.server.faults.expire_credentials(account=theirs)
        plan = lab.plan(documents).plan
    verbs: dict[str, Any] = {each.key.environment: each.verb for each in plan.actions}
    assert verbs == {"registry": Verb.NONE, "training": Verb.BLOCKED}


def test_versions_being_deleted_and_groups_being_deleted_are_said_to_be() -> None:
    with lab_with(deletion_seconds=3600) as lab:
        lab.settle([environment(), group(), version(), group("empty")])
        arn = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
        lab.boto().delete_model_package(ModelPackageName=arn)
        lab.boto().delete_model_package_group(ModelPackageGroupName="empty")
        plan = lab.plan([environment(), group(), version(), group("empty")]).plan
        codes = {each.key.name: [note.code for note in each.notes] for each in plan.actions}
        assert codes == {"churn": [], "churn-v1": ["being-deleted"], "empty": ["being-deleted"]}


def test_an_adopted_version_that_does_not_exist_is_not_registered(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1")])
    documents = [environment(), group(), version("churn-v1"), version("other", version=9)]
    action = lab.plan(documents).plan.actions[-1]
    assert action.verb is Verb.BLOCKED
    assert "no version 9" in action.notes[0].text
    assert "it has: 1" in action.notes[0].text
