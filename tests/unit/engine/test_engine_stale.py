"""What happens in AWS between plan and apply, and between read and write."""

from __future__ import annotations

from collections import Counter

import pytest
from builders import OWNER, environment, group, inference, version
from live import Lab, assert_converged, statuses

from reconciler.cli.exits import report_exit
from reconciler.core.outcome import Status
from reconciler.core.plan import Plan
from reconciler.engine.apply import ApplyOptions
from reconciler.engine.plan import Planned
from reconciler.engine.review import Terms, judge_review
from reconciler.errors import ExitCode
from reconciler.render.document import plan_document
from reconciler.render.reviewed import as_shown, review_of
from reconciler.sandbox.calls import Call

BASE = [environment(), group()]


def test_a_group_deleted_between_plan_and_apply_makes_its_actions_stale(lab: Lab) -> None:
    lab.settle(BASE)
    planned = lab.plan([environment(), group(tags={"team": "growth"}), version()])
    lab.boto().delete_model_package_group(ModelPackageGroupName="churn")
    lab.forget_calls()
    report = lab.execute(planned)
    assert statuses(report) == {"churn": [Status.STALE], "churn-v1": [Status.SKIPPED]}
    assert report_exit(report) is ExitCode.STALE
    assert lab.writes() == []
    assert "it would now be: create" in report.outcomes[0].why


def test_a_version_in_a_group_deleted_between_plan_and_apply_fails_with_awss_words(
    lab: Lab,
) -> None:
    lab.settle(BASE)
    planned = lab.plan([*BASE, version()])
    lab.boto().delete_model_package_group(ModelPackageGroupName="churn")
    report = lab.execute(planned)
    assert statuses(report)["churn-v1"] == [Status.FAILED]
    assert "does not exist" in report.outcomes[1].why


def edit(lab: Lab) -> Planned:
    lab.settle([*BASE, version(customerMetadataProperties={"team": "a"})])
    spec = version(
        customerMetadataProperties={"team": "b"},
        modelLifeCycle={"stage": "A", "stageStatus": "B"},
    )
    return lab.plan([*BASE, spec])


ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"


def test_a_version_changed_between_plan_and_apply_is_stale_and_names_the_field(lab: Lab) -> None:
    planned = edit(lab)
    lab.boto().update_model_package(
        ModelPackageArn=ARN, CustomerMetadataProperties={"team": "theirs"}
    )
    lab.forget_calls()
    report = lab.execute(planned)
    assert statuses(report)["churn-v1"] == [Status.STALE]
    assert "CustomerMetadataProperties.team" in report.outcomes[1].why
    assert lab.writes() == []


def test_a_change_of_something_undeclared_makes_nothing_stale(lab: Lab) -> None:
    planned = edit(lab)
    lab.boto().update_model_package(
        ModelPackageArn=ARN, CustomerMetadataProperties={"studio": "theirs"}
    )
    assert statuses(lab.execute(planned))["churn-v1"] == [Status.APPLIED]


def test_an_approval_given_between_plan_and_apply_is_not_overwritten(lab: Lab) -> None:
    lab.settle([*BASE, version(approval={"status": "PendingManualApproval"})])
    planned = lab.plan([*BASE, version(approval={"status": "Approved"})])
    lab.boto().update_model_package(ModelPackageArn=ARN, ModelApprovalStatus="Rejected")
    report = lab.execute(planned)
    assert statuses(report)["churn-v1"] == [Status.UNCHANGED, Status.STALE]
    live = lab.boto().describe_model_package(ModelPackageName=ARN)
    assert live["ModelApprovalStatus"] == "Rejected"


def test_the_same_approval_given_between_plan_and_apply_is_not_sent_again(lab: Lab) -> None:
    lab.settle([*BASE, version(approval={"status": "PendingManualApproval"})])
    planned = lab.plan([*BASE, version(approval={"status": "Approved"})])
    lab.boto().update_model_package(ModelPackageArn=ARN, ModelApprovalStatus="Approved")
    lab.forget_calls()
    report = lab.execute(planned)
    assert statuses(report)["churn-v1"] == [Status.UNCHANGED, Status.APPLIED]
    (recorded,) = lab.writes()
    assert "ModelApprovalStatus" not in recorded.parameters
    assert recorded.parameters["CustomerMetadataProperties"] == {"reconciler/approval": "Approved"}


@pytest.mark.parametrize("recent", [True, False])
def test_a_run_at_the_same_time_that_creates_the_same_version_creates_it_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, *, recent: bool
) -> None:
    """Whether the listing is recent (the client token decides) or not (the look-up does)."""
    if not recent:
        monkeypatch.setattr("reconciler.kinds.model_package.reading.RECENT_SECONDS", 0.0)
    lab.settle(BASE)
    documents = [*BASE, version("churn-v1"), version("churn-v2")]
    planned = lab.plan(documents)
    lab.settle(documents)
    lab.forget_calls()
    report = lab.execute(planned)
    assert {each.status for each in report.outcomes} <= {Status.APPLIED, Status.UNCHANGED}
    assert bool(lab.server.calls.of("CreateModelPackage")) is recent
    assert identities(lab) == {"churn-v1": 1, "churn-v2": 1}
    assert_converged(lab, documents)


def identities(lab: Lab) -> Counter[str]:
    return Counter(
        record["CustomerMetadataProperties"]["reconciler/name"]
        for record in lab.live()["111111111111"].values()
        if "CustomerMetadataProperties" in record
    )


def test_somebody_elses_version_that_appears_meanwhile_is_left_alone(lab: Lab) -> None:
    lab.settle(BASE)
    planned = lab.plan([*BASE, version()])
    lab.boto().create_model_package(
        ModelPackageGroupName="churn",
        InferenceSpecification={"Containers": [{"Image": "theirs"}]},
        CustomerMetadataProperties={"reconciler/owner": "other", "reconciler/name": "churn-v1"},
    )
    assert statuses(lab.execute(planned))["churn-v1"] == [Status.APPLIED]
    assert len(lab.live()["111111111111"]) == 3


def test_a_group_that_somebody_else_creates_between_read_and_write_is_not_claimed(
    lab: Lab,
) -> None:
    def act(_call: Call) -> None:
        lab.server.faults.clear()
        lab.boto().create_model_package_group(
            ModelPackageGroupName="churn", Tags=[{"Key": "reconciler/owner", "Value": "other"}]
        )

    planned = lab.plan(BASE)
    lab.server.faults.before(act, "CreateModelPackageGroup")
    report = lab.execute(planned)
    assert statuses(report) == {"churn": [Status.FAILED]}
    assert "'other'" in report.outcomes[0].why
    tags = lab.boto().list_tags(
        ResourceArn="arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"
    )["Tags"]
    assert tags == [{"Key": "reconciler/owner", "Value": "other"}]


def reviewed(plan: Plan) -> Terms:
    return Terms(as_shown, review_of(plan_document(plan), "plan.json"))


def test_nothing_is_applied_unless_all_of_it_was_reviewed(lab: Lab) -> None:
    terms = reviewed(lab.plan([*BASE, version()]).plan)
    edited = version(inferenceSpecification=inference({"image": "slipped-in"}))
    documents = [environment(), group(), edited, version("churn-v2")]
    verdict = judge_review(lab.plan(documents).plan, terms)
    report = lab.apply(documents, options=ApplyOptions(verdict=verdict))
    assert statuses(report) == {
        "churn": [Status.SKIPPED],
        "churn-v1": [Status.STALE],
        "churn-v2": [Status.STALE],
    }
    assert report_exit(report) is ExitCode.STALE
    assert lab.writes() == []


def test_a_reviewed_plan_that_is_applied_twice_is_done_the_second_time(lab: Lab) -> None:
    documents = [environment(owner=OWNER), group(), version(approval={"status": "Approved"})]
    plan = lab.plan(documents).plan
    verdict = judge_review(plan, reviewed(plan))
    options = ApplyOptions(verdict=verdict)
    first, second = (lab.apply(documents, options=options) for _ in range(2))
    assert {each.status for each in first.outcomes} == {Status.APPLIED}
    assert {each.status for each in second.outcomes} == {Status.UNCHANGED}
