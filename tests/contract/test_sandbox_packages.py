"""Packages: versions and unversioned ones, what is filled in, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import IMAGE, PROFILE, SPEC, client, refused, versions

from reconciler.sandbox.server import SandboxServer

UNVERSIONED_SPEC = {
    **SPEC,
    "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
}
EDGE = {"Name": "edge", "Containers": [{"Image": IMAGE}]}
FULL = {
    "ModelPackageDescription": "Gradient boosted trees",
    "InferenceSpecification": SPEC,
    "AdditionalInferenceSpecifications": [EDGE],
    "ModelApprovalStatus": "Rejected",
    "MetadataProperties": {"CommitId": "abc123", "GeneratedBy": "pipeline"},
    "ModelMetrics": {
        "ModelQuality": {
            "Statistics": {"ContentType": "application/json", "S3Uri": "s3://acme/q.json"}
        }
    },
    "DriftCheckBaselines": {
        "Bias": {"ConfigFile": {"ContentType": "application/json", "S3Uri": "s3://acme/b.json"}}
    },
    "Domain": "MACHINE_LEARNING",
    "Task": "CLASSIFICATION",
    "SamplePayloadUrl": "s3://acme/sample.tar.gz",
    "CustomerMetadataProperties": {"reconciler/owner": "ml-platform", "team": "Köln 1"},
    "SkipModelValidation": "None",
    "SecurityConfig": {"KmsKeyId": "alias/models"},
    "ModelCard": {"ModelCardContent": '{"a":1}', "ModelCardStatus": "Draft"},
    "ModelLifeCycle": {"Stage": "Development", "StageStatus": "Ready"},
    "ModelPackageRegistrationType": "Registered",
    "ManagedStorageType": "Restricted",
}


@pytest.mark.aws
def test_versions_count_up_and_have_a_lower_cased_arn_and_no_name(
    registry: Any, group: str
) -> None:
    arns = versions(registry, group, 3)
    assert [arn.split(":model-package/")[1] for arn in arns] == [
        f"{group.lower()}/{number}" for number in (1, 2, 3)
    ]
    found = registry.describe_model_package(ModelPackageName=arns[2])
    assert "ModelPackageName" not in found
    assert (found["ModelPackageGroupName"], found["ModelPackageVersion"]) == (group, 3)


def test_every_member_of_create_is_described_back(registry: Any, group: str) -> None:
    arn = registry.create_model_package(ModelPackageGroupName=group, **FULL)["ModelPackageArn"]
    found = registry.describe_model_package(ModelPackageName=arn)
    for member, value in FULL.items():
        if "InferenceSpecification" not in member:
            assert found[member] == value, member


def test_package_is_described_by_arn_and_by_group_slash_version(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group)
    for spelling in (arn, f"{group}/1", f"{group.lower()}/1"):
        assert registry.describe_model_package(ModelPackageName=spelling)["ModelPackageArn"] == arn


@pytest.mark.aws
def test_missing_package_ends_in_does_not_exist(registry: Any, group: str) -> None:
    with refused("ValidationException", f"model-package/{group.lower()}/9 does not exist."):
        registry.describe_model_package(ModelPackageName=f"{group}/9")


def test_bare_group_name_is_not_a_package(registry: Any, group: str) -> None:
    versions(registry, group)
    with refused("ValidationException", f"model-package/{group.lower()} does not exist."):
        registry.describe_model_package(ModelPackageName=group)


def test_tag_only_ecr_image_gets_a_digest_and_a_written_digest_is_taken(
    registry: Any, group: str
) -> None:
    pinned = f"{IMAGE.rsplit(':', 1)[0]}@sha256:{'a' * 64}"
    spec = {**SPEC, "Containers": [{"Image": IMAGE}, {"Image": pinned}, {"Image": "public/x:1"}]}
    registry.create_model_package(ModelPackageGroupName=group, InferenceSpecification=spec)
    found = registry.describe_model_package(ModelPackageName=f"{group}/1")
    first, second, third = found["InferenceSpecification"]["Containers"]
    assert first["ImageDigest"].startswith("sha256:")
    assert second["ImageDigest"] == f"sha256:{'a' * 64}"
    assert "ImageDigest" not in third


def test_server_filled_values_of_a_bare_version(registry: Any, group: str) -> None:
    versions(registry, group)
    found = registry.describe_model_package(ModelPackageName=f"{group}/1")
    assert found["CertifyForMarketplace"] is False
    assert found["ModelPackageStatus"] == "Completed"
    assert found["ModelPackageStatusDetails"] == {"ValidationStatuses": [], "ImageScanStatuses": []}
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert "ModelDataSource" not in found["InferenceSpecification"]["Containers"][0]


def test_validation_output_shows_an_empty_kms_key(registry: Any, group: str) -> None:
    registry.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=SPEC, ValidationSpecification=PROFILE
    )
    found = registry.describe_model_package(ModelPackageName=f"{group}/1")
    (profile,) = found["ValidationSpecification"]["ValidationProfiles"]
    assert profile["TransformJobDefinition"]["TransformOutput"]["KmsKeyId"] == ""


@pytest.mark.aws
def test_exactly_one_name_is_wanted(registry: Any, group: str) -> None:
    with refused("ValidationException", "Both ModelPackageName and ModelPackageGroupName"):
        registry.create_model_package(
            ModelPackageGroupName=group, ModelPackageName="x", InferenceSpecification=SPEC
        )
    with refused("ValidationException", "Missing ARN."):
        registry.create_model_package(InferenceSpecification=SPEC)


@pytest.mark.parametrize(
    ("members", "fragment"),
    [
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "Tags"),
        ({"SourceUri": "s3://acme/source"}, "SourceUri"),
        ({"ModelCard": {"ModelCardContent": "no json", "ModelCardStatus": "Draft"}}, "card"),
        (
            {
                "AdditionalInferenceSpecifications": [{"Name": "e", "Containers": [{"Image": "x"}]}]
                * 2
            },
            "unique",
        ),
    ],
)
def test_version_is_refused_with(
    registry: Any, group: str, members: dict[str, Any], fragment: str
) -> None:
    with refused("ValidationException", fragment):
        versions(registry, group, **members)


def test_additional_s3_data_source_is_refused_although_modelled(registry: Any, group: str) -> None:
    container = {
        "Image": IMAGE,
        "AdditionalS3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://acme/more/"},
    }
    with refused("ValidationException", "AdditionalS3DataSource is not allowed in Inference"):
        registry.create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification={**SPEC, "Containers": [container]},
        )


def test_unversioned_package_is_unique_and_tagged(registry: Any) -> None:
    registry.create_model_package(
        ModelPackageName="Trees",
        InferenceSpecification=UNVERSIONED_SPEC,
        Tags=[{"Key": "team", "Value": "ml"}],
    )
    found = registry.describe_model_package(ModelPackageName="Trees")
    assert found["ModelPackageName"] == "Trees"
    assert found["ModelPackageArn"].endswith(":model-package/trees")
    assert "ModelApprovalStatus" not in found
    tags = registry.list_tags(ResourceArn=found["ModelPackageArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}]
    with refused("ValidationException", "ModelPackage already exists"):
        registry.create_model_package(
            ModelPackageName="trees", InferenceSpecification=UNVERSIONED_SPEC
        )


def test_unversioned_package_has_no_environment_and_needs_instance_types(registry: Any) -> None:
    container = {"Image": IMAGE, "Environment": {"A": "b"}}
    with refused(
        "ValidationException",
        "Environment variable map cannot be specified when using non-versioned ModelPackages",
    ):
        registry.create_model_package(
            ModelPackageName="trees",
            InferenceSpecification={**UNVERSIONED_SPEC, "Containers": [container]},
        )
    with refused("ValidationException", "SupportedTransformInstanceTypes is required"):
        registry.create_model_package(ModelPackageName="trees", InferenceSpecification=SPEC)


def test_source_uri_of_a_package_clones_its_specification(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group)
    registry.create_model_package(ModelPackageGroupName=group, SourceUri=arn)
    source, clone = (
        registry.describe_model_package(ModelPackageName=f"{group}/{number}") for number in (1, 2)
    )
    assert clone["SourceUri"] == arn
    assert clone["InferenceSpecification"] == source["InferenceSpecification"]


def test_create_in_a_missing_group_says_so(registry: Any) -> None:
    with refused("ValidationException", "ModelPackageGroup arn:", "does not exist."):
        versions(registry, "no-such-group")


def test_batch_describe_answers_versions_and_lists_errors(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group, ModelPackageDescription="d")
    missing = f"{arn[:-1]}9"
    answer = registry.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    summary = answer["ModelPackageSummaries"][arn]
    assert summary["ModelPackageVersion"] == 1
    assert "CustomerMetadataProperties" not in summary
    error = answer["BatchDescribeModelPackageErrorMap"][missing]
    assert error["ErrorCode"] == "ValidationException"
    assert error["ErrorResponse"].endswith("does not exist.")


def test_metadata_only_leaves_the_card_content_out(registry: Any, group: str) -> None:
    (arn,) = versions(
        registry, group, ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"}
    )
    found = registry.describe_model_package(ModelPackageName=arn, IncludedData="MetadataOnly")
    assert found["ModelCard"] == {"ModelCardStatus": "Draft"}


def test_packages_of_two_accounts_are_apart(server: SandboxServer, registry: Any) -> None:
    registry.create_model_package_group(ModelPackageGroupName="churn")
    versions(registry, "churn", 2)
    other = client(server, account="222222222222")
    other.create_model_package_group(ModelPackageGroupName="churn")
    (arn,) = versions(other, "churn")
    assert arn.endswith("222222222222:model-package/churn/1")
