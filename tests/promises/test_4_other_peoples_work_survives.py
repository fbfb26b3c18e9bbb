"""Promise 4: other people's work survives."""

from __future__ import annotations

from typing import Any

import pytest
from builders import OWNER, REGISTRY, Doc, environment, group, unversioned, version
from live import Lab, assert_converged, statuses

from reconciler.core.outcome import Status

SPEC = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":'
    '"arn:aws:iam::333333333333:root"},"Action":["sagemaker:DescribeModelPackageGroup"],'
    '"Resource":["arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"]}]}'
)


def first() -> list[Doc]:
    return [
        environment(approvals={"onDrift": "report"}),
        group(tags={"team": "growth"}),
        version(customerMetadataProperties={"team": "growth"}, approval={"status": "Approved"}),
        unversioned(tags={"team": "growth"}),
    ]


def second() -> list[Doc]:
    """Return edits of everything that can be edited."""
    return [
        environment(approvals={"onDrift": "report"}),
        group(tags={"team": "risk", "purpose": "retention"}),
        version(
            customerMetadataProperties={"team": None, "purpose": "retention"},
            modelLifeCycle={"stage": "Production", "stageStatus": "Done"},
            approval={"status": "Rejected"},
        ),
        unversioned(tags={"team": None}),
    ]


def theirs(lab: Lab) -> dict[str, Any]:
    """Let others work on everything of ours, and return what they made, by ARN."""
    client = lab.boto()
    for arn, record in lab.live(REGISTRY)[REGISTRY].items():
        if "ModelPackageVersion" in record:
            client.update_model_package(
                ModelPackageArn=arn, CustomerMetadataProperties={"studio": "ü / 字"}
            )
        else:
            client.add_tags(ResourceArn=arn, Tags=[{"Key": "auto/tag", "Value": "keep me"}])
    client.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=POLICY)
    made = [
        client.create_model_package(
            ModelPackageGroupName="churn",
            InferenceSpecification=SPEC,
            ModelApprovalStatus="Approved",
            CustomerMetadataProperties={"pipeline": "nightly"},
        )["ModelPackageArn"],
        client.create_model_package_group(ModelPackageGroupName="theirs")["ModelPackageGroupArn"],
    ]
    live = lab.live(REGISTRY)[REGISTRY]
    return {arn: live[arn] for arn in made}


def test_foreign_versions_groups_tags_keys_and_policies_survive_every_edit(lab: Lab) -> None:
    """Other people's work survives. Broken when a write sends a whole map or touches a stranger."""
    lab.settle(first())
    made = theirs(lab)
    policy = lab.boto().get_model_package_group_policy(ModelPackageGroupName="churn")
    lab.settle(second())
    live = lab.live(REGISTRY)[REGISTRY]
    assert {arn: live[arn] for arn in made} == made
    after = lab.boto().get_model_package_group_policy(ModelPackageGroupName="churn")
    assert after["ResourcePolicy"] == policy["ResourcePolicy"]
    for arn, record in live.items():
        if arn not in made:
            keys = record.get("CustomerMetadataProperties", {}) | record.get("Tags", {})
            assert keys.get("studio", "ü / 字") == "ü / 字"
            assert keys.get("auto/tag", "keep me") == "keep me"
            assert {"studio", "auto/tag"} & keys.keys()
            assert keys["reconciler/owner"] == OWNER
    assert_converged(lab, second())


def test_a_foreign_owners_group_is_refused_and_nothing_at_all_is_written(lab: Lab) -> None:
    """Other people's work survives. Broken when the foreign-owner guard lets a plan through."""
    lab.settle([environment(owner="other/team"), group(tags={"team": "theirs"})])
    before = lab.live()
    documents = [environment(), group(tags={"team": "ours"}), group("fraud")]
    report = lab.apply(documents)
    assert statuses(report) == {"churn": [Status.REFUSED], "fraud": [Status.SKIPPED]}
    assert lab.live() == before


def test_a_foreign_owners_version_is_refused(lab: Lab) -> None:
    """Other people's work survives. Broken when only groups are judged by their owner."""
    lab.settle([environment(owner="other/team"), group(), version()])
    documents = [
        environment(),
        group(takeOwnershipFrom="other/team"),
        version("mine", version=1, modelLifeCycle={"stage": "A", "stageStatus": "B"}),
    ]
    before = lab.live()
    report = lab.apply(documents)
    assert statuses(report)["mine"] == [Status.REFUSED]
    assert lab.live() == before


def test_what_somebody_changed_after_the_plan_is_not_overwritten(lab: Lab) -> None:
    """Other people's work survives. Broken when a write trusts what the plan had read."""
    declared = [environment(), group(tags={"team": "growth"})]
    lab.settle(declared)
    planned = lab.plan([environment(), group(tags={"team": "retention"})])
    arn = lab.boto().describe_model_package_group(ModelPackageGroupName="churn")
    theirs = [{"Key": "team", "Value": "theirs"}]
    lab.boto().add_tags(ResourceArn=arn["ModelPackageGroupArn"], Tags=theirs)
    lab.forget_calls()
    (outcome,) = lab.execute(planned).outcomes
    assert outcome.status is Status.STALE
    assert lab.writes() == []


def test_ownership_changes_hands_only_when_both_names_agree(lab: Lab) -> None:
    """Other people's work survives. Broken when takeOwnershipFrom accepts any owner."""
    lab.settle([environment(owner="other/team"), group(), version()])
    wrong = [environment(), group(takeOwnershipFrom="somebody/else")]
    assert [each.guard for each in lab.plan(wrong).plan.refusals] == ["foreign-owner"]
    documents = [
        environment(),
        group(takeOwnershipFrom="other/team"),
        version(takeOwnershipFrom="other/team", version=1),
    ]
    lab.settle(documents)
    owners = {
        (record.get("CustomerMetadataProperties") or record["Tags"])["reconciler/owner"]
        for record in lab.live(REGISTRY)[REGISTRY].values()
    }
    assert owners == {OWNER}
    assert_converged(lab, documents)


def test_the_same_name_of_another_owner_is_another_version(lab: Lab) -> None:
    """Other people's work survives. Broken when identity is the name without its owner."""
    lab.settle([environment(), group()])
    lab.boto().create_model_package(
        ModelPackageGroupName="churn",
        InferenceSpecification=SPEC,
        CustomerMetadataProperties={
            "reconciler/owner": "other/team",
            "reconciler/name": "churn-v1",
        },
    )
    before = lab.live(REGISTRY)[REGISTRY]
    documents = [environment(), group(), version("churn-v1")]
    lab.settle(documents)
    after = lab.live(REGISTRY)[REGISTRY]
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert_converged(lab, documents)


def test_adopting_a_version_changes_only_what_the_manifest_declares(lab: Lab) -> None:
    """Other people's work survives. Broken when adoption overwrites what its author wrote."""
    lab.settle([environment(), group()])
    arn = lab.boto().create_model_package(
        ModelPackageGroupName="churn",
        InferenceSpecification=SPEC,
        ModelPackageDescription="theirs",
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"pipeline": "nightly", "team": "theirs"},
    )["ModelPackageArn"]
    before = lab.live(REGISTRY)[REGISTRY][arn]
    spec = version("churn-v1", version=1, customerMetadataProperties={"team": "growth"})
    lab.settle([environment(), group(), spec])
    after = lab.live(REGISTRY)[REGISTRY][arn]
    metadata = after.pop("CustomerMetadataProperties")
    assert metadata["pipeline"] == "nightly"
    assert metadata["team"] == "growth"
    before.pop("CustomerMetadataProperties")
    assert before == {name: after[name] for name in before}


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_a_decision_made_outside_git_is_reported_and_left(lab: Lab, status: str) -> None:
    """Other people's work survives. Broken when approval is compared two ways instead of three."""
    documents = first()
    report = lab.settle(documents)
    arn = next(each.arn for each in report.outcomes if each.key.name == "churn-v1")
    lab.boto().update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
    before = lab.live()
    lab.settle(documents)
    assert lab.live() == before
    notes = [note.code for each in lab.plan(documents).plan.actions for note in each.notes]
    assert notes == ["approval-drift"]
