"""What CreateModelPackage and UpdateModelPackage refuse beyond the service model: one fact each."""

from __future__ import annotations

import json

from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, objects, text, texts
from reconciler.sandbox.errors import ApiError, invalid

MOST_ADDITIONAL_SPECIFICATIONS = 15
MOST_METADATA = 50
_INSTANCE_LISTS = ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes")


def refuse_bad_create(parameters: JsonObject) -> None:
    """Refuse parameters that no CreateModelPackage takes.

    Raises:
        ApiError: ValidationException.
    """
    _one_name(parameters)
    if "ModelPackageGroupName" in parameters:
        _no_tags_on_versions(parameters)
    else:
        _unversioned_members(parameters)
    refuse_source_with_specification(parameters)
    refuse_additional_data_source(parameters)
    refuse_repeated_names(objects(parameters, "AdditionalInferenceSpecifications"))
    refuse_bad_card(parameters)


def _one_name(parameters: JsonObject) -> None:
    """Want exactly one of the two names. Source: getmoto/moto PR #7165, which quotes AWS."""
    names = {"ModelPackageName", "ModelPackageGroupName"} & parameters.keys()
    if len(names) > 1:
        raise invalid(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if not names:
        raise invalid("Missing ARN.")


def _no_tags_on_versions(parameters: JsonObject) -> None:
    """Refuse Tags with a group: versions use the group's tags.

    Source: botocore CreateModelPackage.Tags; CloudFormation's handler strips them. The text is
    unverified.
    """
    if objects(parameters, "Tags"):
        raise invalid(
            "Tags cannot be provided with ModelPackageGroupName; a model package version uses the "
            "tags of its model package group."
        )


def _unversioned_members(parameters: JsonObject) -> None:
    """Refuse what unversioned packages cannot have, and want what they must have.

    Sources: Environment: an AWS answer quoted in public code; ModelDataSource and SourceUri: the
    guards of sagemaker-python-sdk; instance types: botocore InferenceSpecification ("required for
    unversioned models"). Texts other than the first are unverified.
    """
    if "SourceUri" in parameters:
        raise invalid("SourceUri cannot be specified when using non-versioned ModelPackages")
    specification = mapping(parameters, "InferenceSpecification")
    for container in objects(specification, "Containers"):
        if "Environment" in container:
            raise invalid(
                "Environment variable map cannot be specified when using non-versioned "
                "ModelPackages"
            )
        if "ModelDataSource" in container:
            raise invalid(
                "ModelDataSource cannot be specified when using non-versioned ModelPackages"
            )
    for member in _INSTANCE_LISTS if specification else ():
        if not texts(specification, member):
            raise invalid(f"{member} is required for non-versioned ModelPackages")


def refuse_source_with_specification(parameters: JsonObject) -> None:
    """Refuse SourceUri beside InferenceSpecification, on Create and Update.

    Source: sagemaker-python-sdk PR #4492 and the comment in its model registry module. The text
    is unverified.
    """
    if "SourceUri" in parameters and "InferenceSpecification" in parameters:
        raise invalid("SourceUri and InferenceSpecification cannot be provided together.")


def refuse_additional_data_source(parameters: JsonObject) -> None:
    """Refuse AdditionalS3DataSource although the model has it. Source: boto/boto3#4510."""
    for container in objects(mapping(parameters, "InferenceSpecification"), "Containers"):
        if "AdditionalS3DataSource" in container:
            raise invalid("AdditionalS3DataSource is not allowed in InferenceSpecification")


def refuse_repeated_names(specifications: list[JsonObject]) -> None:
    """Refuse two additional inference specifications of one name, or more than 15.

    Source: botocore AdditionalInferenceSpecificationDefinition.Name ("The name must be unique
    within the additional inference specifications") and UpdateModelPackage ("can not exceed 15").
    The texts are unverified.
    """
    names = [text(item, "Name") for item in specifications]
    if len(set(names)) < len(names):
        raise invalid("AdditionalInferenceSpecifications must have unique names.")
    if len(names) > MOST_ADDITIONAL_SPECIFICATIONS:
        raise invalid("Total number of additional Inference Specifications can not exceed 15.")


def refuse_bad_card(parameters: JsonObject) -> None:
    """Refuse model card content that is not JSON (botocore ModelCardContent; text unverified)."""
    content = text(mapping(parameters, "ModelCard"), "ModelCardContent")
    if content is None:
        return
    try:
        json.loads(content)
    except ValueError as error:
        raise invalid("Model card content is not a valid JSON document.") from error


def merged_card(current: JsonObject, change: JsonObject) -> JsonObject:
    """Return the card after a partial update; archived content is frozen.

    Sources: sagemaker-python-sdk ModelPackage.update_model_card (status and content in separate
    calls); botocore ModelCardStatus ("Archived": cannot be updated) and its message.

    Raises:
        ApiError: The card is archived and its content is to change.
    """
    archived = current.get("ModelCardStatus") == "Archived"
    if archived and change.get("ModelCardContent", None) not in {
        None,
        text(current, "ModelCardContent"),
    }:
        raise invalid("Model Card is in Archived state")
    return {**current, **change}


def merged_metadata(current: JsonObject, change: JsonObject, removed: list[str]) -> JsonObject:
    """Return the metadata after an upsert and removals.

    Sources: CloudFormation's UpdateHandler and sagemaker-python-sdk (upsert; explicit removal);
    botocore CustomerMetadataMap (at most 50). A key in both lists is removed (order unverified).

    Raises:
        ApiError: More than 50 entries would result.
    """
    merged: dict[str, JsonValue] = {**current, **change}
    kept = {key: value for key, value in merged.items() if key not in removed}
    if len(kept) > MOST_METADATA:
        raise invalid(f"CustomerMetadataProperties cannot have more than {MOST_METADATA} entries.")
    return kept


def too_many(limit: int) -> ApiError:
    """Return the quota error (botocore ResourceLimitExceeded; sentence as for other resources)."""
    return ApiError(
        "ResourceLimitExceeded",
        f"The account-level service limit 'Number of model packages' is {limit}, with current "
        f"utilization of {limit} and a request delta of 1.",
    )
