"""The manifests: envelopes written by hand around the generated API structures.

Every member that CreateModelPackageGroup, CreateModelPackage and UpdateModelPackage accept can
be declared, under the API's name with its first letter lowered. Three are spelled differently
because they are one idea here: `ModelPackageGroupName` is `modelPackageGroup`,
`ModelApprovalStatus` and `ApprovalDescription` are `approval`, and `Tags` is a map.
`ClientToken` is ours to choose. `tests/contract/test_botocore_fields.py` keeps the list complete.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.shapes import sagemaker as api
from reconciler.shapes.base import NotApi, Shape

API_VERSION = "reconciler/v1"

Name = Annotated[
    str, Field(pattern=r"^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$", max_length=128)
]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$")]
Owner = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$", max_length=128)]
RoleArn = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$", max_length=2048),
]
ExternalId = Annotated[str, Field(pattern=r"^[\w+=,.@:/-]*$", min_length=2, max_length=1224)]
GroupNameOrArn = Annotated[
    str,
    Field(
        pattern=r"^(?:arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,16}:[0-9]{12}:model-package-group/"
        r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}|[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?)$",
        max_length=170,
    ),
]
# 50 in all, less our markers: owner, name and commit.
TagMap = Annotated[dict[api.TagKey, api.TagValue | None], Field(max_length=47)]
MetadataMap = Annotated[
    dict[api.CustomerMetadataKey, api.CustomerMetadataValue | None], Field(max_length=46)
]


class Metadata(Shape):
    """Who this manifest is, and how it can be selected."""

    name: Name = Field(
        alias="name", description="The identity within kind and environment. Required, stable."
    )
    labels: dict[str, str] = Field(
        default_factory=dict, alias="labels", description="Free labels, for --label selection."
    )
    description: str = Field(default="", alias="description", description="For readers only.")


class AssumeRole(Shape):
    """The roles to assume in the account, from the caller's credentials."""

    plan: RoleArn | None = Field(default=None, alias="plan", description="Role for reading.")
    apply: RoleArn | None = Field(default=None, alias="apply", description="Role for writing.")
    external_id: ExternalId | None = Field(
        default=None, alias="externalId", description="External id that the roles' trust asks for."
    )


class Guards(Shape):
    """How much of what exists one run may change."""

    max_changes: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        alias="maxChanges",
        description="Most existing resources that one run may change. Default: no such limit.",
    )
    max_change_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        default=30,
        alias="maxChangePercent",
        description="Most of the existing resources, in percent, that one run may change; "
        "judged where at least ten exist.",
    )


class Approvals(Shape):
    """How approvals are reconciled."""

    on_drift: Literal["report", "revert", "fail"] = Field(
        default="report",
        alias="onDrift",
        description="What to do when an approval was changed outside Git: report it, revert it "
        "to what Git says, or fail.",
    )


class EnvironmentSpec(Shape):
    """An AWS account and region that may be read and written."""

    account_id: AccountId = Field(alias="accountId", description="The 12-digit account id, quoted.")
    region: Region = Field(alias="region", description="The region, e.g. eu-west-1.")
    owner: Owner = Field(
        alias="owner",
        description="Who reconciles: stored on live things, so that two repositories never fight.",
    )
    assume_role: AssumeRole | None = Field(
        default=None,
        alias="assumeRole",
        description="Roles to assume; without one the caller's own credentials are used.",
    )
    guards: Guards | None = Field(
        default=None, alias="guards", description="Limits on how much one run may change."
    )
    approvals: Approvals | None = Field(
        default=None, alias="approvals", description="How approvals are reconciled."
    )
    artifact_buckets: dict[str, Region] | None = Field(
        default=None,
        alias="artifactBuckets",
        description="Regions of artifact buckets, by name, so that a model in the wrong region "
        "is refused offline.",
    )
    watch_policies: bool = Field(
        default=False,
        alias="watchPolicies",
        description="Also look here for what CrossAccountPolicy manifests left when none of them "
        "is left at all. It costs a read for each group, repository, bucket and key. Where there "
        "is one, every environment is looked at anyway.",
    )


class ModelPackageGroupSpec(Shape):
    """A model package group: a model with its versions."""

    __api_shape__ = "CreateModelPackageGroupInput"

    environment: Annotated[Name, NotApi()] = Field(
        alias="environment", description="The Environment manifest that owns this resource."
    )
    take_ownership_from: Annotated[Owner, NotApi()] | None = Field(
        default=None,
        alias="takeOwnershipFrom",
        description="The present owner from which this resource is taken over.",
    )
    model_package_group_name: api.EntityName | None = Field(
        default=None,
        alias="modelPackageGroupName",
        description="The group's name in SageMaker. Default: metadata.name.",
    )
    model_package_group_description: api.EntityDescription | None = Field(
        default=None, alias="modelPackageGroupDescription"
    )
    tags: TagMap | None = Field(
        default=None,
        alias="tags",
        description="Tags by key; null removes one. Tags that are not named are left alone.",
    )
    managed_configuration: api.ManagedConfiguration | None = Field(
        default=None, alias="managedConfiguration"
    )


class GroupReference(Shape):
    """A group that another environment declares."""

    environment: Name = Field(
        alias="environment", description="The environment that owns the group."
    )
    name: Name = Field(alias="name", description="The metadata.name of the ModelPackageGroup.")


class Approval(Shape):
    """The approval that Git states for a version."""

    status: api.ModelApprovalStatus = Field(
        alias="status", description="Approved, Rejected or PendingManualApproval."
    )
    description: api.ApprovalDescription | None = Field(
        default=None, alias="description", description="Why; SageMaker keeps it on the version."
    )


class ModelPackageSpec(Shape):
    """A model package: a version in a group, or an unversioned (Marketplace) package."""

    __api_shape__ = "CreateModelPackageInput"

    environment: Annotated[Name, NotApi()] = Field(
        alias="environment", description="The Environment whose credentials register the package."
    )
    model_package_group: Annotated[GroupNameOrArn | GroupReference, NotApi()] | None = Field(
        default=None,
        alias="modelPackageGroup",
        description="The group, for a version: a ModelPackageGroup's name, {environment, name}, "
        "or the ARN of a group in another account.",
    )
    model_package_name: api.EntityName | None = Field(
        default=None,
        alias="modelPackageName",
        description="The name of an unversioned package. Instead of modelPackageGroup.",
    )
    version: Annotated[int, NotApi(), Field(ge=1, le=999_999_999)] | None = Field(
        default=None,
        alias="version",
        description="Adopt this existing version of the group, registered by somebody else.",
    )
    approval: Annotated[Approval, NotApi()] | None = Field(
        default=None,
        alias="approval",
        description="The approval to apply. Without it, approval is not managed.",
    )
    take_ownership_from: Annotated[Owner, NotApi()] | None = Field(
        default=None,
        alias="takeOwnershipFrom",
        description="The present owner from which this resource is taken over.",
    )
    model_package_description: api.EntityDescription | None = Field(
        default=None, alias="modelPackageDescription"
    )
    model_package_registration_type: api.ModelPackageRegistrationType | None = Field(
        default=None, alias="modelPackageRegistrationType"
    )
    inference_specification: api.InferenceSpecification | None = Field(
        default=None,
        alias="inferenceSpecification",
        description="Inline, or {ref: NAME} of an InferenceSpecification with overrides.",
    )
    additional_inference_specifications: (
        Annotated[
            list[api.AdditionalInferenceSpecificationDefinition],
            Field(min_length=1, max_length=15),
        ]
        | None
    ) = Field(default=None, alias="additionalInferenceSpecifications")
    validation_specification: api.ModelPackageValidationSpecification | None = Field(
        default=None,
        alias="validationSpecification",
        description="Inline, or {ref: NAME} of a ValidationProfile.",
    )
    source_algorithm_specification: api.SourceAlgorithmSpecification | None = Field(
        default=None, alias="sourceAlgorithmSpecification"
    )
    source_uri: api.ModelPackageSourceUri | None = Field(default=None, alias="sourceUri")
    certify_for_marketplace: bool | None = Field(default=None, alias="certifyForMarketplace")
    tags: TagMap | None = Field(
        default=None,
        alias="tags",
        description="Tags by key, for unversioned packages only; null removes one.",
    )
    customer_metadata_properties: MetadataMap | None = Field(
        default=None,
        alias="customerMetadataProperties",
        description="Metadata by key; null removes one. Keys that are not named are left alone.",
    )
    metadata_properties: api.MetadataProperties | None = Field(
        default=None, alias="metadataProperties"
    )
    model_metrics: api.ModelMetrics | None = Field(default=None, alias="modelMetrics")
    drift_check_baselines: api.DriftCheckBaselines | None = Field(
        default=None, alias="driftCheckBaselines"
    )
    model_card: api.ModelPackageModelCard | None = Field(default=None, alias="modelCard")
    model_life_cycle: api.ModelLifeCycle | None = Field(default=None, alias="modelLifeCycle")
    domain: str | None = Field(default=None, alias="domain")
    task: str | None = Field(default=None, alias="task")
    sample_payload_url: api.S3Uri | None = Field(default=None, alias="samplePayloadUrl")
    skip_model_validation: api.SkipModelValidation | None = Field(
        default=None, alias="skipModelValidation"
    )
    security_config: api.ModelPackageSecurityConfig | None = Field(
        default=None, alias="securityConfig"
    )
    managed_storage_type: api.ManagedStorageType | None = Field(
        default=None, alias="managedStorageType"
    )


class EnvironmentManifest(Shape):
    """A named account and region (kind Environment)."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["Environment"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: EnvironmentSpec = Field(alias="spec")


class ModelPackageGroupManifest(Shape):
    """A model package group (kind ModelPackageGroup)."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["ModelPackageGroup"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: ModelPackageGroupSpec = Field(alias="spec")


class ModelPackageManifest(Shape):
    """A model package version, or an unversioned package (kind ModelPackage)."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["ModelPackage"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: ModelPackageSpec = Field(alias="spec")


class InferenceSpecificationManifest(Shape):
    """A reusable inference specification (kind InferenceSpecification), used by ref."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["InferenceSpecification"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: api.InferenceSpecification = Field(alias="spec")


class ValidationProfileManifest(Shape):
    """A reusable validation role and profile (kind ValidationProfile), used by ref."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["ValidationProfile"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: api.ModelPackageValidationSpecification = Field(alias="spec")
