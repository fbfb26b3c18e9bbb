"""Registering from the account that owns the artifacts into the group of another account."""

from __future__ import annotations

import json

import pytest
from builders import REGION, REGISTRY, TRAINING, Doc, environment, group, problem_codes, version
from live import Lab, assert_converged, statuses

from reconciler.core.outcome import Status
from reconciler.core.plan import Verb

GROUP = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package-group/churn"
PACKAGES = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn/*"
ALL = ("CreateModelPackage", "DescribeModelPackage", "ListModelPackages", "UpdateModelPackage")


def let(lab: Lab, *actions: str) -> None:
    """Put a policy on the group that lets the training account do some things."""
    statement = {
        "Sid": "Training",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{TRAINING}:root"},
        "Action": [f"sagemaker:{each}" for each in actions],
        "Resource": [GROUP, PACKAGES],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.boto().put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=policy)


BY_ARN: list[Doc] = [
    environment("training", TRAINING),
    version("v1", GROUP, environment="training"),
]
BY_NAME: list[Doc] = [
    environment(),
    environment("training", TRAINING),
    group(),
    version("v1", {"environment": "registry", "name": "churn"}, environment="training"),
]


@pytest.mark.parametrize("documents", [BY_ARN, BY_NAME], ids=["arn", "environment and name"])
def test_a_version_is_registered_in_the_group_of_another_account(
    lab: Lab, documents: list[Doc]
) -> None:
    lab.settle([environment(), group()])
    let(lab, *ALL)
    edited = [*documents]
    edited[-1] = version(
        "v1",
        documents[-1]["spec"]["modelPackageGroup"],
        environment="training",
        approval={"status": "Approved"},
    )
    for each in (documents, edited):
        lab.settle(each)
        assert_converged(lab, each)
    live = lab.boto().describe_model_package(ModelPackageName=PACKAGES.replace("*", "1"))
    assert live["ModelApprovalStatus"] == "Approved"
    assert f"::{TRAINING}:" in live["CreatedBy"]["IamIdentity"]["Arn"]


def test_the_group_is_created_before_the_version_that_another_environment_registers(
    lab: Lab,
) -> None:
    plan = lab.plan([BY_NAME[0], BY_NAME[1], BY_NAME[3], BY_NAME[2]]).plan
    assert [each.key.kind for each in plan.actions] == ["ModelPackageGroup", "ModelPackage"]


def test_without_the_groups_permission_the_versions_are_unknown_with_what_is_missing(
    lab: Lab,
) -> None:
    lab.settle([environment(), group()])
    (action,) = lab.plan(BY_ARN).plan.actions
    assert action.verb is Verb.BLOCKED
    assert "sagemaker:ListModelPackages" in action.notes[0].fix
    assert GROUP in action.notes[0].fix


def test_without_permission_to_register_the_action_fails_and_nothing_else(lab: Lab) -> None:
    lab.settle([environment(), group()])
    let(lab, "ListModelPackages", "DescribeModelPackage")
    documents = [*BY_ARN, group("own", "training")]
    report = lab.apply(documents)
    assert statuses(report) == {"own": [Status.APPLIED], "v1": [Status.FAILED]}
    failed = next(each for each in report.outcomes if each.status is Status.FAILED)
    assert "CreateModelPackage" in failed.why + failed.fix


def test_a_foreign_group_is_never_searched(lab: Lab) -> None:
    """The index of the own account does not know the versions of another one."""
    lab.settle([environment(), group()])
    let(lab, *ALL)
    lab.settle(BY_ARN)
    lab.forget_calls()
    lab.plan(BY_ARN)
    assert not lab.server.calls.of("Search")
    assert len(lab.server.calls.of("DescribeModelPackage")) == 1


def test_two_accounts_that_use_one_name_in_one_group_are_refused_offline() -> None:
    same = version("v1", "churn")
    assert problem_codes(*BY_NAME, same) == ["E307"]


def test_a_version_is_compared_with_the_one_it_follows_if_that_is_known(lab: Lab) -> None:
    def compared(documents: list[Doc]) -> dict[str, str | None]:
        plan = lab.plan(documents).plan
        new = [each for each in plan.actions if each.verb is Verb.CREATE]
        return {each.key.name: each.predecessor.name if each.predecessor else None for each in new}

    theirs = {"environment": "registry", "name": "churn"}
    base = [environment(), environment("twin"), group()]
    first, second = version("v1"), version("v2")
    third = version("v3", theirs, environment="twin")
    lab.settle([*base, first])
    # v3 will follow v2, which only the plan of another environment knows
    assert compared([*base, first, second, third]) == {"v2": "version 1", "v3": None}
    lab.settle([*base, first, second])
    assert compared([*base, first, second, third]) == {"v3": "version 2"}
