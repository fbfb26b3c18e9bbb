"""Reading: in bulk, by as few calls as the API allows, and never silently wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from builders import (
    Doc,
    desired_version,
    environment,
    group,
    live_package,
    markers,
    rich,
    version,
)
from live import Clock, Lab, assert_clean, lab_with

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.core.plan import Level, Verb
from reconciler.core.resources import Absent, Found
from reconciler.engine.selection import Selection
from reconciler.kinds.model_package.identity import Version, Versions

SPEC = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}
ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
THEIRS: dict[str, Any] = {
    "InferenceSpecification": desired_version(version()).values["InferenceSpecification"]
}


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


# --- what the index has not seen yet


@contextmanager
def adopted(**first: Any) -> Iterator[tuple[Lab, Clock]]:
    """Yield a lab where somebody else's version has just been adopted, unseen by the index."""
    clock = Clock()
    with lab_with(clock=clock, search_lag_seconds=60) as lab:
        lab.settle([environment(), group()])
        lab.boto().create_model_package(ModelPackageGroupName="churn", **(THEIRS | first))
        clock.now += 61
        lab.settle([environment(), group(), version("churn-v1", version=1)])
        yield lab, clock


def test_a_version_that_was_just_adopted_is_not_registered_again_without_its_number() -> None:
    with adopted() as (lab, clock):
        documents = [environment(), group(), version("churn-v1")]
        lab.forget_calls()
        plan = lab.plan(documents).plan
        assert [each.verb for each in plan.actions if each.writes] == []
        assert plan.actions[-1].arn == ARN
        assert called(lab)["DescribeModelPackage"] == 1
        clock.now += 61
        lab.forget_calls()
        assert_clean(lab.plan(documents).plan)
        assert called(lab)["DescribeModelPackage"] == 0


def test_a_version_that_was_just_renamed_is_not_registered_again_without_its_number() -> None:
    with adopted() as (lab, clock):
        clock.now += 61
        lab.settle([environment(), group(), version("first", version=1)])
        plan = lab.plan([environment(), group(), version("first")]).plan
        assert [each.verb for each in plan.actions if each.writes] == []


def test_where_describe_is_denied_what_the_index_misses_is_unknown_and_not_absent() -> None:
    with adopted() as (lab, _):
        lab.server.faults.deny("DescribeModelPackage")
        action = lab.plan([environment(), group(), version("churn-v1")]).plan.actions[-1]
        assert action.verb is Verb.BLOCKED
        assert "sagemaker:DescribeModelPackage" in action.notes[0].fix


def test_a_new_version_describes_only_versions_that_may_turn_out_to_be_it(lab: Lab) -> None:
    lab.settle(many(1, 5))
    for _ in range(3):
        lab.boto().create_model_package(ModelPackageGroupName="group-0", **THEIRS)
    documents = [*many(1, 5), version("new", "group-0")]
    for selection in (Selection(), Selection(names=("new",))):
        lab.forget_calls()
        changes = lab.plan(documents, selection=selection).plan.changes
        assert [each.verb for each in changes] == [Verb.CREATE]
        assert called(lab)["DescribeModelPackage"] == 3


def test_two_versions_of_one_name_are_believed_when_described_and_not_sooner() -> None:
    with adopted(CustomerMetadataProperties=markers("churn-v1")) as (lab, clock):
        copy = {"ModelPackageGroupName": "churn", **THEIRS}
        lab.boto().create_model_package(**copy, CustomerMetadataProperties=markers("churn-v1"))
        documents = [environment(), group(), version("churn-v1")]
        clock.now += 61
        (refusal,) = lab.plan(documents).plan.refusals
        assert refusal.guard == "duplicate-identity"
        lab.boto().update_model_package(
            ModelPackageArn=ARN.replace("/1", "/2"),
            CustomerMetadataPropertiesToRemove=["reconciler/name", "reconciler/owner"],
        )
        plan = lab.plan(documents).plan
        assert not plan.refusals
        assert plan.actions[-1].arn == ARN


class CountedName(str):
    """A version's name that counts how often it is compared with another one."""

    __slots__ = ()
    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        CountedName.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_versions_are_found_without_comparing_each_with_all() -> None:
    count = 300
    base, template = desired_version(version()), live_package()
    numbers = range(1, count + 1)
    lives = [
        replace(template, arn=f"{ARN}-{n}", version=n, identity=CountedName(f"churn-v{n}"))
        for n in numbers
    ]
    wanted = [replace(base, intent=replace(base.intent, identity=f"churn-v{n}")) for n in numbers]
    CountedName.compared = 0
    versions = Versions([Version(each, is_sure=False) for each in lives])
    found = [versions.identify(each) for each in wanted]
    versions.doubtful([*found, Absent()], {})
    assert [each.live.version for each in found if isinstance(each, Found)] == [*numbers]
    assert 0 < CountedName.compared <= 4 * count


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
