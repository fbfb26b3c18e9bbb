"""The field table of model packages, and the normal forms in which their values compare.

Rules follow the API: what UpdateModelPackage accepts is mutable, what only CreateModelPackage
accepts is create-only (`tests/contract/test_field_tables.py` recomputes this from botocore).
One exception: InferenceSpecification. UpdateModelPackage takes it, but its only proven use is
filling in what a package lacks (aws.md section 2); replacing one on an approved version could
change what runs in production without a new version number. So an existing one is create-only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.core.data import Json, is_list, is_map
from reconciler.core.fields import Field, Rule, unchanged

_NEW_VERSION = "the API fixes it at creation; a change is a new version"
_NEW_NAMES = "the API adds new names only; a change of one that exists is a new version"
_UNVERSIONED = "UpdateModelPackage updates only versioned packages"

# Lists of which AWS keeps no order that means anything; `Containers` is pipeline order.
_SETS = frozenset(
    {
        "SupportedTransformInstanceTypes",
        "SupportedRealtimeInferenceInstanceTypes",
        "SupportedContentTypes",
        "SupportedResponseMIMETypes",
    }
)
# What the service fills in on its own: image digests, ETags of artifacts (aws.md section 2).
_SERVER_FILLED = frozenset({"ImageDigest", "ModelDataETag", "ETag", "ManifestEtag"})


def tidy(value: Json) -> Json:
    """Return a nested value without what means nothing: nulls, empty maps and lists, set order.

    AWS returns empty collections and an empty KmsKeyId where nothing was set.
    """
    if isinstance(value, str):  # most are, so they are asked first, here and below
        return value
    if is_map(value):
        kept = {key: _member(key, each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if not _is_empty(key, each)} or None
    if is_list(value):
        return [tidy(each) for each in value] or None
    return value


def pruned(value: Json) -> Json:
    """Return a nested value without nulls, otherwise as it was declared: what is sent to AWS."""
    if isinstance(value, str):
        return value
    if is_map(value):
        return {key: pruned(each) for key, each in value.items() if each is not None}
    if is_list(value):
        return [pruned(each) for each in value]
    return value


def _member(key: str, value: Json) -> Json:
    if key == "Environment":
        return value or None  # the user's own keys and values: nothing in them is ours to drop
    tidied = tidy(value)
    if key in _SETS and isinstance(tidied, list):
        return sorted(set(tidied))
    return tidied


def _is_empty(key: str, value: Json) -> bool:
    return value is None or (not value and key.lower() == "kmskeyid")


def adopt_server_values(desired: Json, live: Json) -> Json:
    """Return the declared value, completed with what the server fills in where it is silent."""
    if isinstance(desired, str):
        return desired
    if is_map(desired) and is_map(live):
        completed = {key: adopt_server_values(each, live.get(key)) for key, each in desired.items()}
        completed |= {key: live[key] for key in _SERVER_FILLED & live.keys() - desired.keys()}
        return _with_model_data(completed, live)
    if is_list(desired) and is_list(live):
        return [
            adopt_server_values(each, live[index]) if index < len(live) else each
            for index, each in enumerate(desired)
        ]
    return desired


def complete(desired: Json, live: Json) -> Json:
    """Return a declared structure with the live members that it is silent about; `null` removes.

    Of these structures the members are managed one by one: silence never deletes what is live.
    """
    if not is_map(desired):
        return desired
    present = live if is_map(live) else {}
    return {key: each for key, each in {**present, **desired}.items() if each is not None}


def _with_model_data(desired: dict[str, Json], live: Mapping[str, Json]) -> dict[str, Json]:
    """Take over the live spelling of a model's place where it says the same.

    ModelDataUrl and ModelDataSource.S3DataSource name one artifact; AWS derives one from the
    other (aws.md section 2), so either spelling may come back, or both.
    """
    if not {"ModelDataUrl", "ModelDataSource"} & desired.keys():
        return desired
    declared, present = _artifact(desired), _artifact(live)
    if declared is None or declared != present:
        return desired
    rest = {k: v for k, v in desired.items() if k not in {"ModelDataUrl", "ModelDataSource"}}
    both = ("ModelDataUrl", "ModelDataSource")
    return rest | {key: live[key] for key in both if key in live}


def _artifact(container: Mapping[str, Json]) -> tuple[Json, ...] | None:
    """Return what a container loads: (uri, data type, compression), one way or the other."""
    source = container.get("ModelDataSource")
    if is_map(source):
        s3 = source.get("S3DataSource")
        if not isinstance(s3, Mapping) or s3.keys() - _SERVER_FILLED - _S3_SOURCE:
            return None
        return tuple(s3.get(key) for key in ("S3Uri", "S3DataType", "CompressionType"))
    url = container.get("ModelDataUrl")
    return None if url is None else (url, "S3Object", "Gzip")


_S3_SOURCE = frozenset({"S3Uri", "S3DataType", "CompressionType"})


def _parsed(value: Json) -> Json:
    """Return a model card with its content parsed, so that only meaning is compared.

    Whatever the content says is the author's own: nothing in it means nothing.
    """
    if not is_map(value):
        return value
    card: dict[str, Json] = {key: each for key, each in value.items() if each is not None}
    if isinstance(content := card.get("ModelCardContent"), str):
        card["ModelCardContent"] = _json(content)
    return card


def _json(text: str) -> Json:
    try:
        parsed: Json = json.loads(text)
    except ValueError:
        return text
    return parsed


def _by_name(value: Json) -> Json:
    """Return additional inference specifications as a map by their unique names."""
    if not is_list(value):
        return None
    items = [tidy(each) for each in value]
    return {str(each["Name"]): each for each in items if is_map(each)}


def _false_is_absent(value: Json) -> Json:
    """Return `None` for false: AWS answers false where certification was never asked for."""
    return value or None


def _row(  # noqa: PLR0913 - the columns of the table
    name: str,
    rule: Rule,
    normalise: Callable[[Json], Json] = tidy,
    *,
    adopt: Callable[[Json, Json], Json] = adopt_server_values,
    by_key: bool = False,
    clearable: bool = False,
    sensitive: bool = False,
) -> Field:
    reason = {Rule.MUTABLE: "", Rule.ADD_ONLY: _NEW_NAMES}.get(rule, _NEW_VERSION)
    return Field(name, rule, normalise, adopt, by_key, clearable, sensitive, reason)


VERSIONED: tuple[Field, ...] = (
    _row("ModelPackageName", Rule.CREATE_ONLY),
    _row("ModelPackageGroupName", Rule.CREATE_ONLY),
    _row("ModelPackageDescription", Rule.CREATE_ONLY),
    _row("ModelPackageRegistrationType", Rule.MUTABLE),
    _row("InferenceSpecification", Rule.CREATE_ONLY),
    _row("AdditionalInferenceSpecifications", Rule.ADD_ONLY, _by_name, by_key=True),
    _row("ValidationSpecification", Rule.CREATE_ONLY),
    _row("SourceAlgorithmSpecification", Rule.CREATE_ONLY),
    _row("SourceUri", Rule.MUTABLE),
    _row("CertifyForMarketplace", Rule.CREATE_ONLY, _false_is_absent),
    _row("Tags", Rule.WRITE_ONLY, unchanged, by_key=True),
    _row("CustomerMetadataProperties", Rule.MUTABLE, unchanged, by_key=True, clearable=True),
    _row("MetadataProperties", Rule.CREATE_ONLY),
    _row("ModelMetrics", Rule.CREATE_ONLY),
    _row("DriftCheckBaselines", Rule.CREATE_ONLY),
    _row("ModelCard", Rule.MUTABLE, _parsed, adopt=complete, sensitive=True),
    _row("ModelLifeCycle", Rule.MUTABLE, unchanged, adopt=complete),
    _row("Domain", Rule.CREATE_ONLY),
    _row("Task", Rule.CREATE_ONLY),
    _row("SamplePayloadUrl", Rule.CREATE_ONLY),
    _row("SkipModelValidation", Rule.CREATE_ONLY),
    _row("SecurityConfig", Rule.CREATE_ONLY),
    _row("ManagedStorageType", Rule.CREATE_ONLY),
    _row("ModelApprovalStatus", Rule.MUTABLE),
    _row("ApprovalDescription", Rule.MUTABLE),
    _row("ClientToken", Rule.WRITE_ONLY),
)
"""What may change on a version in a group."""

APPROVAL_FIELDS = frozenset({"ModelApprovalStatus", "ApprovalDescription"})
"""Members that are reconciled three ways (`approval`), never by a plain comparison."""


def _unversioned(row: Field) -> Field:
    if row.name == "Tags":
        return replace(row, rule=Rule.MUTABLE, clearable=True, reason="")
    if row.rule is Rule.WRITE_ONLY:
        return row
    return replace(row, rule=Rule.CREATE_ONLY, clearable=False, reason=_UNVERSIONED)


UNVERSIONED: tuple[Field, ...] = tuple(map(_unversioned, VERSIONED))
"""What may change on an unversioned package: its tags, and nothing else."""


def without_inference_specification(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the table for a version that has no inference specification yet: it may be filled in.

    That is the one use of InferenceSpecification in UpdateModelPackage that is proven
    (aws.md section 2, sagemaker-python-sdk PR #4492).
    """
    return tuple(
        replace(row, rule=Rule.MUTABLE, reason="") if row.name == "InferenceSpecification" else row
        for row in fields
    )
