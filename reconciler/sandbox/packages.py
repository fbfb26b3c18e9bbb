"""CreateModelPackage, DescribeModelPackage, DeleteModelPackage, BatchDescribeModelPackage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.sandbox.access import PACKAGE, authorize, find_package
from reconciler.sandbox.arns import Site, understand
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, digest, mapping, number, text, texts
from reconciler.sandbox.errors import ApiError, conflict, missing_group, package_exists
from reconciler.sandbox.filling import filled
from reconciler.sandbox.groups import refuse_while_deleting
from reconciler.sandbox.records import Group, Package, Timeline
from reconciler.sandbox.registry import Registry
from reconciler.sandbox.rules import refuse_bad_create, too_many
from reconciler.sandbox.shapes import member_shapes
from reconciler.sandbox.tagging import tags_of

_NOT_SHOWN = frozenset({"ClientToken", "Tags", "ModelPackageGroupName"})
_BATCH_MEMBERS = "BatchDescribeModelPackageSummary"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a new package goes: its registry, its group if it is a version, and its name part."""

    registry: Registry
    group: Group | None
    key: str
    version: int


def create_model_package(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a version in a group, or an unversioned package.

    Same ClientToken and same parameters: the package made before. Source: botocore ("guarantees
    ... idempotent"); the conflict on other parameters is the convention of AWS tokens.
    """
    refuse_bad_create(parameters)
    registry, group = _target(context, parameters)
    with registry.lock:
        known = _made_before(context, registry, parameters)
        if known is not None:
            return {"ModelPackageArn": known.arn}
        if registry.count() >= context.settings.max_packages:
            raise too_many(context.settings.max_packages)
        context = replace(context, now=context.world.clock())  # so that time and number agree
        place = _place(registry, group, parameters)
        package = _new_package(context, place, parameters)
        registry.save_package(package)
    return {"ModelPackageArn": package.arn}


def describe_model_package(context: Context, parameters: JsonObject) -> JsonObject:
    """Describe by name, `group/version` or ARN; versions have no ModelPackageName.

    Sources: botocore VersionedArnOrName; the developer guide's sample (no name for versions;
    also aws/sagemaker-python-sdk#5606). IncludedData=MetadataOnly leaves the card's content out
    (botocore IncludedData: content is sanitised; how exactly is unverified).
    """
    given = text(parameters, "ModelPackageName") or ""
    _, package = find_package(context, given, "DescribeModelPackage")
    shown = package.shown(context.now)
    if parameters.get("IncludedData") == "MetadataOnly" and "ModelCard" in shown:
        card = {k: v for k, v in mapping(shown, "ModelCard").items() if k != "ModelCardContent"}
        shown["ModelCard"] = card
    return shown


def delete_model_package(context: Context, parameters: JsonObject) -> JsonObject:
    """Delete a package; it shows Deleting until it is gone (CloudFormation's handler polls)."""
    given = text(parameters, "ModelPackageName") or ""
    registry, package = find_package(context, given, "DeleteModelPackage")
    with registry.lock:
        current = registry.package(package.key)
        if current is not None and current.timeline.gone_at is None:
            gone_at = context.now + context.settings.deletion_seconds
            timeline = replace(current.timeline, gone_at=gone_at)
            registry.save_package(replace(current, timeline=timeline))
    return {}


def batch_describe_model_package(context: Context, parameters: JsonObject) -> JsonObject:
    """Describe up to 100 versions in short form; failures are listed beside the answers.

    Source: botocore BatchDescribeModelPackage (versioned packages only, error map by ARN).
    """
    summaries: JsonObject = {}
    errors: JsonObject = {}
    for arn in texts(parameters, "ModelPackageArnList"):
        try:
            _, package = find_package(context, arn, "BatchDescribeModelPackage")
            if package.group_name is None:
                raise missing_versioned(arn)
        except ApiError as error:
            errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        else:
            summaries[arn] = projection(package.shown(context.now), _BATCH_MEMBERS)
    return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}


def missing_versioned(arn: str) -> ApiError:
    """Return the error entry for an unversioned package in a batch (text unverified)."""
    return ApiError("ValidationException", f"{arn} is not a versioned model package.")


def projection(document: JsonObject, structure: str) -> JsonObject:
    """Return the members of a document that a structure of the service model has."""
    members = member_shapes("sagemaker", structure)
    return {key: value for key, value in document.items() if key in members}


def _target(context: Context, parameters: JsonObject) -> tuple[Registry, Group | None]:
    """Return where the package goes; across accounts the group's policy decides.

    Source: developer guide "Register a model version from a different account": the group's ARN
    as ModelPackageGroupName, `sagemaker:CreateModelPackage` on `model-package/NAME/*`.
    """
    given = text(parameters, "ModelPackageGroupName")
    if given is None:
        return context.registry, None
    named = understand(given, context.home)
    registry = context.world.registry(named.site)
    group = registry.group(named.name)
    next_number = 1 if group is None else registry.next_version(group)
    resource = _versions_arn(named.site, named.name, next_number)
    authorize(context, named.site, group, "CreateModelPackage", [resource])
    if group is None or (named.kind is None and group.name != named.name):
        raise missing_group(named.site.arn("model-package-group", named.name))
    return registry, group


def _versions_arn(site: Site, group: str, version: int) -> str:
    return site.package_arn(f"{group}/{version}")


def _made_before(context: Context, registry: Registry, parameters: JsonObject) -> Package | None:
    token = text(parameters, "ClientToken")
    if token is None:
        return None
    package = registry.created_with(token)
    if package is None or is_forgotten(context, mapping(package.tokens, token)):
        return None
    if mapping(package.tokens, token).get("parameters") != fingerprint(parameters):
        raise conflict(
            f"A model package was already created with the client token {token} and different "
            "parameters."
        )
    return package


def fingerprint(parameters: JsonObject) -> str:
    """Return what a client token stands for: the request without the token."""
    return digest({key: value for key, value in parameters.items() if key != "ClientToken"})


def is_forgotten(context: Context, use: JsonObject) -> bool:
    """Return whether a token's use is longer ago than AWS remembers (a setting; unpublished)."""
    retention = context.settings.client_token_seconds
    return retention is not None and context.now >= (number(use, "at") or 0) + retention


def token_use(context: Context, parameters: JsonObject, operation: str) -> JsonObject:
    """Return what to remember of a client token: for which call, with what, and when."""
    token = text(parameters, "ClientToken")
    if token is None:
        return {}
    use: JsonObject = {
        "operation": operation,
        "parameters": fingerprint(parameters),
        "at": context.now,
    }
    return {token: use}


def _place(registry: Registry, group: Group | None, parameters: JsonObject) -> _Place:
    if group is None:
        name = text(parameters, "ModelPackageName") or ""
        existing = registry.package(name.lower())
        if existing is not None:
            raise package_exists(existing.arn)
        return _Place(registry, None, name.lower(), 0)
    current = registry.group(group.name)
    if current is None:
        raise missing_group(group.arn)
    refuse_while_deleting(current)
    version = registry.next_version(current)
    return _Place(registry, current, f"{current.name.lower()}/{version}", version)


def _new_package(context: Context, place: _Place, parameters: JsonObject) -> Package:
    site = place.registry.site
    arn = site.package_arn(place.key)
    document: JsonObject = {"ModelPackageArn": arn}
    if place.group is not None:
        document["ModelPackageGroupName"] = place.group.name
        document["ModelPackageVersion"] = place.version
        document |= _defaults_of_versions(context)
    document |= {k: v for k, v in parameters.items() if k not in _NOT_SHOWN}
    document |= {
        "CreationTime": context.now,
        "CreatedBy": context.author,
        "LastModifiedTime": context.now,
        "LastModifiedBy": context.author,
    }
    cloned = cloned_specification(context, parameters)
    return Package(
        site,
        filled(document | cloned, context.settings),
        tags_of(parameters),
        token_use(context, parameters, "CreateModelPackage"),
        _timeline(context, arn, parameters),
    )


def _defaults_of_versions(context: Context) -> JsonObject:
    """Return what a version gets that does not say (open points, hence settings)."""
    settings = context.settings
    defaults: dict[str, JsonValue] = {
        "ModelApprovalStatus": settings.default_approval_status,
        "ModelPackageRegistrationType": settings.default_registration_type,
    }
    return {key: value for key, value in defaults.items() if value is not None}


def cloned_specification(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the InferenceSpecification that a SourceUri brings when it is a package's ARN.

    Source: sagemaker-python-sdk test_clone_model_package and test_register_model_using_source_uri.
    ARNs of models are not followed (the sandbox leaves models to moto).
    """
    source = text(parameters, "SourceUri") or ""
    if f":{PACKAGE}/" not in source:
        return {}
    _, package = find_package(context, source, "DescribeModelPackage")
    specification = package.document.get("InferenceSpecification")
    return {} if specification is None else {"InferenceSpecification": specification}


def _timeline(context: Context, arn: str, parameters: JsonObject) -> Timeline:
    """Return a package's way to Completed: at once, unless a validation profile is to run.

    Sources: ACK test_model_package.py (InProgress first with a profile); botocore
    SkipModelValidation (All = not run).
    """
    settings = context.settings
    has_profile = bool(mapping(parameters, "ValidationSpecification").get("ValidationProfiles"))
    if not has_profile or parameters.get("SkipModelValidation") == "All":
        return Timeline(context.now, context.now)
    begins = context.now + settings.validation_pending_seconds
    ends = begins + settings.validation_in_progress_seconds
    return Timeline(begins, ends, settings.failure_of(arn))
