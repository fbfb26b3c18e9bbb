"""Several accounts in one plan: one that fails leaves the others running."""

from __future__ import annotations

from typing import Any

import pytest
from builders import TRAINING, Doc, container, group, inference, version
from live import Lab, assert_converged, lab_with
from policy_lab import (
    REPOSITORY,
    PolicyLab,
    accounts,
    artifacts,
    everything,
    furnished,
    ours,
    policy,
    text_of,
)

from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Verb
from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import ApiError

REGISTERING = [{"principals": [TRAINING], "access": ["register", "approve"]}]
FOREIGN_GROUP = {"environment": "registry", "name": "churn"}


def by_account(report: Report) -> dict[str, dict[str, Outcome]]:
    found: dict[str, dict[str, Outcome]] = {}
    for each in report.outcomes:
        found.setdefault(each.key.environment, {})[each.key.kind] = each
    return found


WRITES = ["SetRepositoryPolicy", "PutBucketPolicy", "PutKeyPolicy", "CreateGrant"]
READS = ["GetRepositoryPolicy", "GetBucketPolicy", "GetKeyPolicy", "ListGrants"]
KINDS = ["RepositoryPolicy", "BucketPolicy", "KeyPolicy", "KeyGrants"]


@pytest.mark.parametrize(("operation", "kind"), [*zip([*WRITES, *READS], KINDS * 2, strict=True)])
def test_a_call_that_is_denied_in_one_account_fails_alone_and_names_the_permission(
    policies: PolicyLab, operation: str, kind: str
) -> None:
    policies.server.faults.deny(operation, account=TRAINING)
    report = policies.apply(everything(policies))
    failed = [each for each in report.outcomes if each.status is Status.FAILED]
    assert {each.key.kind for each in failed} == {kind}
    assert all(operation in f"{each.why} {each.fix}" for each in failed)
    others = [each for each in report.outcomes if each.key.kind != kind]
    assert {each.status for each in others} <= {Status.APPLIED, Status.UNCHANGED}
    assert ours(policies, "group")
    policies.server.faults.clear()
    policies.settle(everything(policies))
    assert_converged(policies, everything(policies))


def test_an_account_that_cannot_be_signed_in_to_leaves_the_others_running() -> None:
    with lab_with() as plain:
        lab = furnished(plain)
        lab.server.faults.expire_credentials(account=TRAINING)
        found = by_account(lab.apply(everything(lab)))
        lab.server.faults.clear()
        assert {each.status for each in found["training"].values()} == {Status.FAILED}
        assert all(each.why and each.fix for each in found["training"].values())
        assert {each.status for each in found["registry"].values()} == {Status.APPLIED}
        assert {each.status for each in found["production"].values()} == {Status.APPLIED}
        assert ours(lab, "group")
        assert text_of(lab, "repository") is None


def test_a_group_that_fails_takes_its_policy_with_it_and_nothing_else(
    policies: PolicyLab,
) -> None:
    policies.server.faults.deny("CreateModelPackageGroup")
    report = policies.apply(everything(policies))
    found = by_account(report)
    assert found["registry"]["ModelPackageGroup"].status is Status.FAILED
    assert found["registry"]["ModelPackageGroupPolicy"].status is Status.SKIPPED
    assert "ModelPackageGroup registry/churn" in found["registry"]["ModelPackageGroupPolicy"].why
    assert {each.status for each in found["training"].values()} == {Status.APPLIED}


# --- versions and the policies that they depend on


def registering(lab: PolicyLab, **spec: Any) -> list[Doc]:
    """Return what registers a version from the training account, with all that it needs."""
    image = f"{TRAINING}.dkr.ecr.eu-west-1.amazonaws.com/{REPOSITORY}@sha256:{'ab' * 32}"
    made = inference(container(image))
    one = version(
        "churn-v1", FOREIGN_GROUP, environment="training", inferenceSpecification=made, **spec
    )
    return [*accounts(), policy(grants=REGISTERING, artifacts=artifacts(lab)), one]


def test_one_apply_on_a_fresh_registry_registers_into_the_group_of_another_account(
    policies: PolicyLab,
) -> None:
    documents = registering(policies)
    report = policies.settle(documents)
    kinds = [each.key.kind for each in report.outcomes]
    for earlier in (
        "ModelPackageGroupPolicy",
        "RepositoryPolicy",
        "BucketPolicy",
        "KeyPolicy",
        "KeyGrants",
    ):
        assert kinds.index(earlier) < kinds.index("ModelPackage"), earlier
    operations = [each.operation for each in policies.writes()]
    registered = operations.index("CreateModelPackage")
    for earlier in ("PutModelPackageGroupPolicy", *WRITES):
        assert operations.index(earlier) < registered, earlier
    assert_converged(policies, documents)


def test_a_version_is_not_registered_where_the_groups_policy_failed(policies: PolicyLab) -> None:
    policies.server.faults.deny("PutModelPackageGroupPolicy")
    report = policies.apply(registering(policies))
    (found,) = [each for each in report.outcomes if each.key.kind == "ModelPackage"]
    assert found.status is Status.SKIPPED
    assert "ModelPackageGroupPolicy registry/churn" in found.why
    assert "CreateModelPackage" not in [each.operation for each in policies.writes()]


def test_an_artifact_policy_that_failed_does_not_keep_a_version_from_being_registered(
    policies: PolicyLab,
) -> None:
    """AWS may find the image readable by policies that are not ours, so it is for AWS to say."""
    policies.server.faults.deny("SetRepositoryPolicy")
    report = policies.apply(registering(policies))
    (found,) = [each for each in report.outcomes if each.key.kind == "ModelPackage"]
    assert found.status is Status.APPLIED


def test_a_version_of_the_groups_own_account_does_not_wait_for_its_policy(
    policies: PolicyLab,
) -> None:
    policies.server.faults.deny("PutModelPackageGroupPolicy")
    report = policies.apply([*accounts(), policy(), version()])
    (found,) = [each for each in report.outcomes if each.key.kind == "ModelPackage"]
    assert found.status is Status.APPLIED


# --- groups that are only watched


def test_a_watched_group_whose_policy_may_not_be_read_is_no_failure(policies: PolicyLab) -> None:
    """Nobody asks for anything there, so that what cannot be seen is only said."""
    documents = [*accounts(), group("fraud"), policy()]
    policies.settle(documents)
    deny_policy_of(policies, "fraud")
    report = policies.apply(documents)
    assert {each.status for each in report.outcomes} == {Status.UNCHANGED}
    notes = [note.text for action in report.plan.actions for note in action.notes]
    assert any("GetModelPackageGroupPolicy" in text for text in notes)


def deny_policy_of(lab: Lab, name: str) -> None:
    def refuse(call: Call) -> None:
        if call.parameters.get("ModelPackageGroupName") == name:
            raise ApiError(
                "AccessDeniedException",
                f"User: {call.caller_arn} is not authorized to perform: {call.action}",
            )

    lab.server.faults.before(refuse, "GetModelPackageGroupPolicy")


def test_a_policy_that_is_to_go_and_may_not_be_read_is_a_failure(policies: PolicyLab) -> None:
    policies.settle([*accounts(), policy()])
    deny_policy_of(policies, "churn")
    report = policies.apply([*accounts(), policy(ensure="absent")])
    (found,) = [each for each in report.outcomes if each.key.kind == "ModelPackageGroupPolicy"]
    assert (found.verb, found.status) == (Verb.BLOCKED, Status.FAILED)
    assert "GetModelPackageGroupPolicy" in f"{found.why} {found.fix}"
