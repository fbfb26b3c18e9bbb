"""Groups: names, ARNs, refusals and deletion, as boto3 sees them."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import REGION, client, refused, versions

from reconciler.sandbox.server import SandboxServer


@pytest.mark.aws
def test_group_is_described_by_name_and_by_arn_with_its_name_as_written(
    registry: Any, group: str
) -> None:
    by_name = registry.describe_model_package_group(ModelPackageGroupName=group)
    arn = by_name["ModelPackageGroupArn"]
    by_arn = registry.describe_model_package_group(ModelPackageGroupName=arn)
    assert by_arn["ModelPackageGroupName"] == by_name["ModelPackageGroupName"] == group
    assert arn.endswith(f":model-package-group/{group}")
    assert by_name["ModelPackageGroupStatus"] == "Completed"
    assert "CreatedBy" in by_name


@pytest.mark.aws
def test_second_create_of_a_group_is_refused_by_text(registry: Any, group: str) -> None:
    with refused("ValidationException", "Model Package Group already exists: arn:aws:sagemaker:"):
        registry.create_model_package_group(ModelPackageGroupName=group)


def test_group_that_differs_only_in_case_is_refused(registry: Any) -> None:
    registry.create_model_package_group(ModelPackageGroupName="Churn")
    with refused("ValidationException", "already exists", "model-package-group/Churn"):
        registry.create_model_package_group(ModelPackageGroupName="cHURN")


@pytest.mark.aws
def test_missing_group_ends_in_does_not_exist(registry: Any) -> None:
    for call in (registry.describe_model_package_group, registry.delete_model_package_group):
        with refused("ValidationException", "ModelPackageGroup arn:", "does not exist."):
            call(ModelPackageGroupName="no-such-group")


def test_plain_name_must_have_the_right_case(registry: Any) -> None:
    registry.create_model_package_group(ModelPackageGroupName="Churn")
    with refused("ValidationException", "model-package-group/churn does not exist."):
        registry.describe_model_package_group(ModelPackageGroupName="churn")


def test_managed_configuration_and_description_are_kept(registry: Any) -> None:
    registry.create_model_package_group(
        ModelPackageGroupName="churn",
        ModelPackageGroupDescription="Kündigungen",
        ManagedConfiguration={"ManagedStorageType": "Restricted"},
    )
    found = registry.describe_model_package_group(ModelPackageGroupName="churn")
    assert found["ModelPackageGroupDescription"] == "Kündigungen"
    assert found["ManagedConfiguration"] == {"ManagedStorageType": "Restricted"}


@pytest.mark.aws
def test_group_with_versions_is_not_deleted(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group)
    with refused("ConflictException"):
        registry.delete_model_package_group(ModelPackageGroupName=group)
    registry.delete_model_package(ModelPackageName=arn)
    registry.delete_model_package_group(ModelPackageGroupName=group)


def test_group_of_another_region_is_refused_and_not_shared(
    server: SandboxServer, registry: Any, group: str
) -> None:
    arn = registry.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    abroad = client(server, region="us-west-2")
    with refused("ValidationException", "ARN should be scoped to correct region: us-west-2"):
        abroad.describe_model_package_group(ModelPackageGroupName=arn)
    assert abroad.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert REGION in arn


def test_group_quota_is_a_resource_limit(served: Any) -> None:
    _, registry, _ = served(max_groups=1)
    with refused("ResourceLimitExceeded", "Number of model package groups"):
        registry.create_model_package_group(ModelPackageGroupName="second")
