"""UpdateModelPackage: a partial update of a version. What is not said stays."""

from __future__ import annotations

from dataclasses import replace

from reconciler.sandbox.access import find_package
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, objects, text, texts
from reconciler.sandbox.errors import conflict, invalid, missing_package
from reconciler.sandbox.filling import with_container_values
from reconciler.sandbox.packages import (
    cloned_specification,
    fingerprint,
    is_forgotten,
    token_use,
)
from reconciler.sandbox.records import Package
from reconciler.sandbox.rules import (
    merged_card,
    merged_metadata,
    refuse_additional_data_source,
    refuse_bad_card,
    refuse_repeated_names,
    refuse_source_with_specification,
)

_REPLACED = (
    "ModelApprovalStatus",
    "ModelPackageRegistrationType",
    "SourceUri",
    "ModelLifeCycle",
)
_BUSY = frozenset({"Pending", "InProgress"})


def update_model_package(context: Context, parameters: JsonObject) -> JsonObject:
    """Change the given members of a version and nothing else.

    Sources: botocore UpdateModelPackage ("Updates a versioned model"); CloudFormation's
    UpdateHandler (members that are not sent stay).
    """
    refuse_source_with_specification(parameters)
    refuse_additional_data_source(parameters)
    refuse_bad_card(parameters)
    given = text(parameters, "ModelPackageArn") or ""
    registry, found = find_package(context, given, "UpdateModelPackage")
    with registry.lock:
        current = registry.package(found.key)
        if current is None:
            raise missing_package(found.arn)
        if _done_before(context, current, parameters):
            return {"ModelPackageArn": current.arn}
        _refuse_unchangeable(context, current)
        document = _updated(context, current.document, parameters)
        tokens = current.tokens | token_use(context, parameters, "UpdateModelPackage")
        registry.save_package(replace(current, document=document, tokens=tokens))
    return {"ModelPackageArn": current.arn}


def _done_before(context: Context, package: Package, parameters: JsonObject) -> bool:
    """Return whether this very update was carried out already (botocore: token is idempotent)."""
    use = mapping(package.tokens, text(parameters, "ClientToken") or "")
    if use.get("operation") != "UpdateModelPackage" or is_forgotten(context, use):
        return False
    if use.get("parameters") != fingerprint(parameters):
        raise conflict("The client token was already used for an update with other parameters.")
    return True


def _refuse_unchangeable(context: Context, package: Package) -> None:
    """Refuse updates of unversioned packages and of those that are validated or deleted.

    Sources: botocore ("versioned model"); ACK's modifyingStatuses (Pending, InProgress and
    Deleting are not to be modified). Codes and texts are unverified.
    """
    if package.group_name is None:
        raise invalid(f"{package.arn} is not a versioned model package and cannot be updated.")
    status = package.timeline.status(context.now)
    if status == "Deleting":
        raise conflict(f"Model Package {package.arn} is being deleted.")
    if status in _BUSY and context.settings.busy_updates == "conflict":
        raise conflict(f"Model Package {package.arn} is in status {status}.")


def _updated(context: Context, current: JsonObject, change: JsonObject) -> JsonObject:
    document: JsonObject = {**current}
    document |= {member: change[member] for member in _REPLACED if member in change}
    document |= _described(context, change)
    document |= _specified(context, current, change)
    if "AdditionalInferenceSpecificationsToAdd" in change:
        document["AdditionalInferenceSpecifications"] = _added(context, current, change)
    if "ModelCard" in change:
        document["ModelCard"] = merged_card(
            mapping(current, "ModelCard"), mapping(change, "ModelCard")
        )
    document = _with_metadata(document, change)
    if text(document, "ApprovalDescription") is None:
        document.pop("ApprovalDescription", None)
    return document | {"LastModifiedTime": context.now, "LastModifiedBy": context.author}


def _described(context: Context, change: JsonObject) -> JsonObject:
    """Return the new approval text; whether "" clears it is an open point (a setting)."""
    if "ApprovalDescription" not in change:
        return {}
    said = text(change, "ApprovalDescription")
    clears = said == "" and context.settings.empty_approval_description == "clears"
    return {"ApprovalDescription": None if clears else said}


def _specified(context: Context, current: JsonObject, change: JsonObject) -> JsonObject:
    """Return the new inference specification: filled in later, or brought by a source.

    Source: sagemaker-python-sdk test_update_inference_specification (a package registered with
    SourceUri gets one later). Replacing an existing one is an open point (a setting).
    """
    if "InferenceSpecification" not in change:
        has_one = "InferenceSpecification" in current
        return {} if has_one else cloned_specification(context, change)
    wanted = with_container_values(mapping(change, "InferenceSpecification"), context.settings)
    present = current.get("InferenceSpecification")
    refused = context.settings.inference_specification_update == "refuse"
    if present is not None and present != wanted and refused:
        raise invalid("InferenceSpecification of a model package version cannot be replaced.")
    return {"InferenceSpecification": wanted}


def _added(context: Context, current: JsonObject, change: JsonObject) -> list[JsonValue]:
    """Return the additional specifications with the new ones behind (botocore: add only)."""
    added = objects(change, "AdditionalInferenceSpecificationsToAdd")
    new = [with_container_values(item, context.settings) for item in added]
    together = [*objects(current, "AdditionalInferenceSpecifications"), *new]
    refuse_repeated_names(together)
    return [*together]


def _with_metadata(document: JsonObject, change: JsonObject) -> JsonObject:
    member = "CustomerMetadataProperties"
    removed = texts(change, "CustomerMetadataPropertiesToRemove")
    if member not in change and not removed:
        return document
    merged = merged_metadata(mapping(document, member), mapping(change, member), removed)
    rest = {key: value for key, value in document.items() if key != member}
    return {**rest, member: merged} if merged else rest
