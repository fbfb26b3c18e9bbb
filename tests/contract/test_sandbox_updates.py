"""UpdateModelPackage changes what it is told and keeps the rest."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import IMAGE, SPEC, refused, versions

from reconciler.core.provenance import LONGEST, Change, with_provenance

CARD = {"ModelCardContent": '{"a":1}', "ModelCardStatus": "Draft"}


@pytest.fixture
def package(registry: Any, group: str) -> str:
    """A version with something in every updatable member."""
    (arn,) = versions(
        registry,
        group,
        CustomerMetadataProperties={"a": "1", "b": "2"},
        ModelCard=CARD,
        ModelLifeCycle={"Stage": "Dev", "StageStatus": "Ready"},
    )
    registry.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="fine"
    )
    return arn


def described(registry: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = registry.describe_model_package(ModelPackageName=arn)
    for volatile in ("ResponseMetadata", "LastModifiedTime", "LastModifiedBy"):
        found.pop(volatile)
    return found


@pytest.mark.aws
@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({"ModelApprovalStatus": "Rejected"}, {"ModelApprovalStatus": "Rejected"}),
        ({"ApprovalDescription": "why"}, {"ApprovalDescription": "why"}),
        (
            {"CustomerMetadataProperties": {"b": "3", "c": "4"}},
            {"CustomerMetadataProperties": {"a": "1", "b": "3", "c": "4"}},
        ),
        (
            {"CustomerMetadataPropertiesToRemove": ["a", "missing"]},
            {"CustomerMetadataProperties": {"b": "2"}},
        ),
        (
            {"ModelLifeCycle": {"Stage": "Prod", "StageStatus": "Live"}},
            {"ModelLifeCycle": {"Stage": "Prod", "StageStatus": "Live"}},
        ),
        (
            {"ModelCard": {"ModelCardStatus": "Approved"}},
            {"ModelCard": {**CARD, "ModelCardStatus": "Approved"}},
        ),
        (
            {"ModelCard": {"ModelCardContent": "{}"}},
            {"ModelCard": {**CARD, "ModelCardContent": "{}"}},
        ),
        (
            {"ModelPackageRegistrationType": "Logged"},
            {"ModelPackageRegistrationType": "Logged"},
        ),
        ({"SourceUri": "s3://acme/code"}, {"SourceUri": "s3://acme/code"}),
    ],
)
def test_update_of_one_member_leaves_all_others(
    registry: Any, package: str, change: dict[str, Any], effect: dict[str, Any]
) -> None:
    before = described(registry, package)
    registry.update_model_package(ModelPackageArn=package, **change)
    assert described(registry, package) == {**before, **effect}


def test_additional_specifications_are_added_and_unique(registry: Any, package: str) -> None:
    for name in ("edge", "gpu"):
        registry.update_model_package(
            ModelPackageArn=package,
            AdditionalInferenceSpecificationsToAdd=[
                {"Name": name, "Containers": [{"Image": IMAGE}]}
            ],
        )
    found = described(registry, package)["AdditionalInferenceSpecifications"]
    assert [item["Name"] for item in found] == ["edge", "gpu"]
    with refused("ValidationException", "unique"):
        registry.update_model_package(
            ModelPackageArn=package,
            AdditionalInferenceSpecificationsToAdd=[
                {"Name": "edge", "Containers": [{"Image": IMAGE}]}
            ],
        )
    with refused("ValidationException", "can not exceed 15"):
        registry.update_model_package(
            ModelPackageArn=package,
            AdditionalInferenceSpecificationsToAdd=[
                {"Name": f"n{number}", "Containers": [{"Image": IMAGE}]} for number in range(14)
            ],
        )


def test_archived_card_content_is_frozen(registry: Any, package: str) -> None:
    registry.update_model_package(
        ModelPackageArn=package, ModelCard={"ModelCardStatus": "Archived"}
    )
    with refused("ValidationException", "Model Card is in Archived state"):
        registry.update_model_package(ModelPackageArn=package, ModelCard={"ModelCardContent": "{}"})


def test_metadata_stops_at_fifty_entries(registry: Any, package: str) -> None:
    with refused("ValidationException", "50"):
        registry.update_model_package(
            ModelPackageArn=package,
            CustomerMetadataProperties={f"k{number}": "v" for number in range(49)},
        )


@pytest.mark.aws
def test_source_and_specification_are_not_sent_together(registry: Any, package: str) -> None:
    with refused("ValidationException", "SourceUri"):
        registry.update_model_package(
            ModelPackageArn=package, SourceUri="s3://acme/x", InferenceSpecification=SPEC
        )


def test_specification_is_filled_in_later_but_not_replaced(registry: Any, group: str) -> None:
    arn = registry.create_model_package(ModelPackageGroupName=group, SourceUri="s3://acme/x")[
        "ModelPackageArn"
    ]
    registry.update_model_package(ModelPackageArn=arn, InferenceSpecification=SPEC)
    assert described(registry, arn)["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    registry.update_model_package(ModelPackageArn=arn, InferenceSpecification=SPEC)
    changed = {**SPEC, "SupportedContentTypes": ["application/json"]}
    with refused("ValidationException", "cannot be replaced"):
        registry.update_model_package(ModelPackageArn=arn, InferenceSpecification=changed)


def test_replacing_the_specification_is_a_setting(served: Any) -> None:
    _, registry, _ = served(inference_specification_update="replace")
    (arn,) = versions(registry, "churn")
    changed = {**SPEC, "SupportedContentTypes": ["application/json"]}
    registry.update_model_package(ModelPackageArn=arn, InferenceSpecification=changed)
    found = described(registry, arn)["InferenceSpecification"]
    assert found["SupportedContentTypes"] == ["application/json"]


def test_empty_approval_description_clears_it(registry: Any, package: str) -> None:
    registry.update_model_package(ModelPackageArn=package, ApprovalDescription="")
    assert "ApprovalDescription" not in described(registry, package)


@pytest.mark.aws
def test_an_approval_description_takes_what_we_say_of_git_up_to_its_limit(
    registry: Any, package: str
) -> None:
    change = Change("1a2b3c4d5e6f", "Jänë O'Doe (山田), 1st/2nd: <x>", 12)
    longest = with_provenance("x" * 960, change)
    for text in (with_provenance("", change), f"{longest}{'x' * (LONGEST - len(longest))}"):
        registry.update_model_package(ModelPackageArn=package, ApprovalDescription=text)
        assert described(registry, package)["ApprovalDescription"] == text
    with refused("ValidationException"):
        registry.update_model_package(ModelPackageArn=package, ApprovalDescription="x" * 1025)


def test_last_modified_moves_and_creation_stays(served: Any) -> None:
    _, registry, clock = served()
    (arn,) = versions(registry, "churn")
    clock.advance(60)
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    found = registry.describe_model_package(ModelPackageName=arn)
    assert (found["LastModifiedTime"] - found["CreationTime"]).total_seconds() == 60


def test_unversioned_package_is_not_updated(registry: Any) -> None:
    spec = {
        **SPEC,
        "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
    }
    arn = registry.create_model_package(ModelPackageName="trees", InferenceSpecification=spec)[
        "ModelPackageArn"
    ]
    with refused("ValidationException", "not a versioned"):
        registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
