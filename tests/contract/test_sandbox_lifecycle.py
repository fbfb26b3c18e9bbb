"""Asynchronous status: groups, validation of packages, and deletion."""

from __future__ import annotations

from typing import Any

from sandbox_support import PROFILE, refused, versions

from reconciler.sandbox.settings import ValidationFailure


def status(registry: Any, name: str = "churn/1") -> str:
    text: str = registry.describe_model_package(ModelPackageName=name)["ModelPackageStatus"]
    return text


def steps(registry: Any) -> list[dict[str, str]]:
    found = registry.describe_model_package(ModelPackageName="churn/1")
    entries: list[dict[str, str]] = found["ModelPackageStatusDetails"]["ValidationStatuses"]
    return entries


def test_group_passes_pending_and_in_progress(served: Any) -> None:
    _, registry, clock = served(group_pending_seconds=5, group_in_progress_seconds=5)

    def seen() -> tuple[str, str]:
        described = registry.describe_model_package_group(ModelPackageGroupName="churn")
        (summary,) = registry.list_model_package_groups()["ModelPackageGroupSummaryList"]
        return described["ModelPackageGroupStatus"], summary["ModelPackageGroupStatus"]

    assert seen() == ("Pending", "Pending")
    clock.advance(5)
    assert seen() == ("InProgress", "InProgress")
    clock.advance(5)
    assert seen() == ("Completed", "Completed")


def test_package_with_a_profile_is_validated(served: Any) -> None:
    _, registry, clock = served(validation_pending_seconds=5, validation_in_progress_seconds=60)
    versions(registry, "churn", ValidationSpecification=PROFILE)
    assert (status(registry), steps(registry)[0]["Status"]) == ("Pending", "NotStarted")
    clock.advance(5)
    assert steps(registry) == [{"Name": "smoke", "Status": "InProgress"}]
    clock.advance(60)
    assert (status(registry), steps(registry)[0]["Status"]) == ("Completed", "Completed")


def test_package_without_a_profile_or_skipping_it_is_completed_at_once(served: Any) -> None:
    _, registry, _ = served(validation_pending_seconds=5)
    versions(registry, "churn")
    versions(registry, "churn", ValidationSpecification=PROFILE, SkipModelValidation="All")
    assert status(registry, "churn/1") == status(registry, "churn/2") == "Completed"


def test_failed_validation_gives_its_reason_and_stays_failed(served: Any) -> None:
    failure = ValidationFailure("*:model-package/churn/1", "ClientError: no such image")
    _, registry, clock = served(validation_in_progress_seconds=60, validation_failures=(failure,))
    versions(registry, "churn", 2, ValidationSpecification=PROFILE)
    assert status(registry) == "InProgress"
    clock.advance(60)
    assert (status(registry), status(registry, "churn/2")) == ("Failed", "Completed")
    assert steps(registry) == [
        {"Name": "smoke", "Status": "Failed", "FailureReason": "ClientError: no such image"}
    ]


def test_busy_version_is_not_updated(served: Any) -> None:
    _, registry, clock = served(validation_in_progress_seconds=60)
    (arn,) = versions(registry, "churn", ValidationSpecification=PROFILE)
    with refused("ConflictException", "InProgress"):
        registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    clock.advance(60)
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")


def test_deletion_shows_deleting_and_then_nothing(served: Any) -> None:
    _, registry, clock = served(deletion_seconds=10)
    (arn,) = versions(registry, "churn")
    registry.delete_model_package(ModelPackageName=arn)
    assert status(registry) == "Deleting"
    with refused("ConflictException"):
        registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    with refused("ConflictException"):
        registry.delete_model_package_group(ModelPackageGroupName="churn")
    clock.advance(10)
    with refused("ValidationException", "does not exist."):
        status(registry)
    registry.delete_model_package_group(ModelPackageGroupName="churn")
    described = registry.describe_model_package_group(ModelPackageGroupName="churn")
    assert described["ModelPackageGroupStatus"] == "Deleting"
    with refused("ConflictException"):
        registry.create_model_package_group(ModelPackageGroupName="churn")
    with refused("ConflictException"):
        versions(registry, "churn")
    clock.advance(10)
    with refused("ValidationException", "does not exist."):
        registry.describe_model_package_group(ModelPackageGroupName="churn")
    registry.create_model_package_group(ModelPackageGroupName="churn")
