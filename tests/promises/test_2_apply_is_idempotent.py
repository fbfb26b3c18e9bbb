"""Promise 2: apply is idempotent. The random and the crashing halves are in `tests/property`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import (
    TRAINING,
    Doc,
    card,
    environment,
    group,
    inference,
    rich,
    validation,
    version,
)
from live import Lab, assert_clean, assert_converged, lab_with, outcome_of

from reconciler.core.outcome import Status
from reconciler.core.plan import Source, Verb


def test_applying_everything_twice_writes_nothing_the_second_time(lab: Lab) -> None:
    """Apply is idempotent. Broken by any declared value that does not read back as it was said."""
    lab.settle(rich())
    assert_converged(lab, rich())


SERVER_FILLED: dict[str, Doc] = {
    "image digest": {
        "inferenceSpecification": inference(
            {"image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/a:1"}
        )
    },
    "empty kms key": {"validationSpecification": validation()},
    "certification": {"certifyForMarketplace": False},
    "order of sets": {
        "inferenceSpecification": inference(
            supportedContentTypes=["text/csv", "application/json", "text/csv"]
        )
    },
    "nulls inside": {
        "modelLifeCycle": {"stage": "A", "stageStatus": "B", "stageDescription": None}
    },
    "card without status": {"modelCard": {"modelCardContent": {"model_overview": {}}}},
    "card with status only": {"modelCard": {"modelCardStatus": "Draft"}},
    "null metadata": {"customerMetadataProperties": {"team": None}},
    "empty environment": {
        "inferenceSpecification": inference({"image": "a", "environment": {"A": "", "B": "1"}})
    },
}


@pytest.mark.parametrize("case", SERVER_FILLED)
def test_what_the_service_fills_in_is_no_difference(lab: Lab, case: str) -> None:
    """Apply is idempotent. Broken when a server-filled or re-ordered value counts as a change."""
    documents = [environment(), group(), version(**SERVER_FILLED[case])]
    lab.settle(documents)
    assert_converged(lab, documents)


def test_a_model_source_derived_from_its_url_is_no_difference() -> None:
    """Apply is idempotent. Broken when ModelDataUrl and ModelDataSource are not one thing."""
    with lab_with(derive_model_data_source=True) as lab:
        documents = [environment(), group(), version()]
        lab.settle(documents)
        assert_converged(lab, documents)


def test_the_same_decision_can_be_made_twice(lab: Lab) -> None:
    """Apply is idempotent, not deaf. Broken when a client token outlives the update it was for."""
    for status in ("Approved", "Rejected", "Approved", "Rejected"):
        documents = [environment(), group(), version(approval={"status": status})]
        lab.settle(documents)
        assert_converged(lab, documents)


def test_an_edit_that_is_undone_and_done_again_is_written_each_time(lab: Lab) -> None:
    """Apply is idempotent, not deaf. Broken when a client token outlives the update it was for."""
    for value in ("a", "b", "a", "b", None, "b"):
        documents = [environment(), group(), version(customerMetadataProperties={"team": value})]
        lab.settle(documents)
        assert_converged(lab, documents)


def test_a_version_is_not_registered_again_when_its_manifest_moves_to_another_place(
    lab: Lab,
) -> None:
    """Apply is idempotent. Broken when identity depends on file order instead of the name."""
    documents = [environment(), group(), version("churn-v1"), version("churn-v2")]
    lab.settle(documents)
    assert_converged(lab, [documents[0], *reversed(documents[1:])])


def in_between(lab: Lab, act: Callable[[Any], object], *documents: Doc) -> Any:
    """Plan, let somebody else act, then apply that plan."""
    planned = lab.plan(documents)
    act(lab.boto())
    lab.forget_calls()
    return lab.execute(planned)


@pytest.mark.parametrize("recent", [True, False])
def test_a_group_that_another_run_created_meanwhile_is_not_created_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, *, recent: bool
) -> None:
    """Apply is idempotent. Broken when "already exists" is an error although it is ours.

    Whether the listing of the plan is recent (AWS says that it exists) or not (it is read again).
    """
    if not recent:
        monkeypatch.setattr("reconciler.kinds.model_package_group.RECENT_SECONDS", 0.0)
    documents = [environment(), group(tags={"team": "growth"})]

    def act(_client: Any) -> None:
        lab.settle(documents)

    report = in_between(lab, act, *documents)
    if recent:
        assert [each.status for each in report.outcomes] == [Status.APPLIED]
        assert [each.code for each in lab.writes()] == ["ValidationException"]
    else:
        assert [each.status for each in report.outcomes] == [Status.UNCHANGED]
        assert lab.writes() == []
    assert_converged(lab, documents)


@pytest.mark.parametrize("commits", [("a" * 40, "a" * 40), ("a" * 40, "b" * 40)])
def test_two_runs_that_both_miss_a_version_register_it_once(
    lab: Lab, commits: tuple[str, str]
) -> None:
    """Apply is idempotent. Broken when runs, or commits, choose client tokens of their own.

    Both have seen that it is not there; only the token tells AWS that they mean the same one.
    """
    documents = [environment(), group(), version()]
    lab.settle(documents[:2])
    for planned, commit in [(lab.plan(documents), each) for each in commits]:
        at_commit = replace(planned.plan, source=Source(commit, dirty=False))
        lab.execute(replace(planned, plan=at_commit))
    assert len(lab.server.calls.of("CreateModelPackage")) >= 2  # a conflict is tried again
    listed = lab.boto().list_model_packages(ModelPackageGroupName="churn")
    assert len(listed["ModelPackageSummaryList"]) == 1
    lab.settle(documents)
    assert_converged(lab, documents)


def test_registering_across_accounts_twice_registers_once(lab: Lab) -> None:
    """Apply is idempotent. Broken when versions in another account's group are not recognised."""
    documents = [
        environment(),
        environment("training", TRAINING),
        group(),
        version("churn-v1", {"environment": "registry", "name": "churn"}, environment="training"),
    ]
    lab.settle(documents[:3])
    open_to(lab, TRAINING)
    lab.settle(documents)
    assert_converged(lab, documents)
    assert len(versions(lab)) == 1


def open_to(lab: Lab, account: str) -> None:
    """Let another account register in the group, by a policy of the group's owner."""
    client = lab.boto()
    found = client.describe_model_package_group(ModelPackageGroupName="churn")
    arn = found["ModelPackageGroupArn"]
    statement = {
        "Sid": "Training",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": [
            "sagemaker:CreateModelPackage",
            "sagemaker:DescribeModelPackage",
            "sagemaker:ListModelPackages",
            "sagemaker:UpdateModelPackage",
        ],
        "Resource": [arn, arn.replace("model-package-group", "model-package") + "/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=policy)


def versions(lab: Lab) -> list[Any]:
    listed = lab.boto().list_model_packages(ModelPackageGroupName="churn")
    return list(listed["ModelPackageSummaryList"])


def test_an_adopted_version_is_adopted_once(lab: Lab) -> None:
    """Apply is idempotent. Broken when adoption does not leave the markers that identify it."""
    lab.settle([environment(), group()])
    lab.boto().create_model_package(
        ModelPackageGroupName="churn", InferenceSpecification={"Containers": [{"Image": "a"}]}
    )
    documents = [environment(), group(), version("churn-v1", version=1, modelCard=card())]
    (action,) = lab.plan(documents).plan.changes
    assert action.verb is Verb.ADOPT
    lab.settle(documents)
    assert_converged(lab, documents)
    assert_clean(lab.plan([*documents[:2], version("churn-v1", version=1)]).plan)


def test_an_adopted_version_that_changes_its_name_keeps_one_owner(lab: Lab) -> None:
    """Apply is idempotent. Broken when two manifests take one version from each other forever."""
    lab.settle([environment(), group(), version("churn-v1")])
    both = [environment(), group(), version("churn-v1"), version("churn-one", version=1)]
    report = lab.apply(both)
    assert len(versions(lab)) == 1
    assert Status.REFUSED in {each.status for each in report.outcomes}
    renamed = [environment(), group(), version("churn-one", version=1)]
    lab.settle(renamed)
    assert_converged(lab, renamed)


def test_a_version_that_was_deleted_is_registered_again(lab: Lab) -> None:
    """Apply is idempotent, not deaf. Broken when what is gone counts as done."""
    documents = [environment(), group(), version("churn-v1")]
    report = lab.settle(documents)
    arn = report.outcomes[-1].arn
    lab.boto().delete_model_package(ModelPackageName=arn)
    again = lab.settle(documents)
    assert outcome_of(again, again.outcomes[-1].key).verb is Verb.CREATE
    assert_converged(lab, documents)
