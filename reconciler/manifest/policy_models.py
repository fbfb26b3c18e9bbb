"""The manifest of kind CrossAccountPolicy: who may do what with some groups, in all documents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from reconciler.manifest.models import Metadata, Name
from reconciler.shapes.base import Shape

Ensure = Literal["present", "absent"]
Access = Literal["discover", "read", "deploy", "register", "approve"]
Principal = Annotated[
    str,
    Field(
        pattern=r"^(?:[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:role|user)/[\w+=,.@/-]+))$",
        max_length=2048,
    ),
]
RepositoryName = Annotated[
    str,
    Field(
        pattern=r"^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$",
        min_length=2,
        max_length=256,
    ),
]
BucketName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$", min_length=3, max_length=63)
]
Prefix = Annotated[str, Field(pattern=r"^[^*?${}]*$", max_length=1024)]
KeyArn = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", max_length=2048),
]
_ENSURE = "absent takes everything of this away again; keep it until that is applied."


class AccessGrant(Shape):
    """Some principals and what they may do."""

    principals: Annotated[list[Principal], Field(min_length=1)] = Field(
        alias="principals", description="Account ids (quoted), or ARNs of roles and users."
    )
    access: Annotated[list[Access], Field(min_length=1)] = Field(
        alias="access", description="Any of discover, read, deploy, register, approve."
    )


class Repository(Shape):
    """An ECR repository that holds images of the models."""

    name: RepositoryName = Field(alias="name", description="The repository's name.")
    ensure: Ensure = Field(default="present", alias="ensure", description=_ENSURE)


class Bucket(Shape):
    """An S3 bucket that holds artifacts of the models."""

    name: BucketName = Field(alias="name", description="The bucket's name.")
    prefix: Prefix = Field(
        default="", alias="prefix", description="Only keys that begin so, e.g. churn/."
    )
    ensure: Ensure = Field(default="present", alias="ensure", description=_ENSURE)


class Key(Shape):
    """A customer managed KMS key that encrypts the artifacts."""

    key_arn: KeyArn = Field(alias="keyArn", description="The key's ARN: no id, no alias.")
    via: Literal["grant", "keyPolicy"] = Field(
        default="keyPolicy",
        alias="via",
        description="How: statements in the key policy, or a grant for each principal.",
    )
    ensure: Ensure = Field(default="present", alias="ensure", description=_ENSURE)


class Artifacts(Shape):
    """What the models are made of, in the account that owns it."""

    environment: Name = Field(
        alias="environment", description="The environment that owns images, models and keys."
    )
    repositories: list[RepositoryName | Repository] = Field(
        default_factory=list, alias="repositories", description="ECR repositories, by name."
    )
    buckets: list[Bucket] = Field(
        default_factory=list, alias="buckets", description="S3 buckets and prefixes."
    )
    keys: list[Key] = Field(default_factory=list, alias="keys", description="KMS keys.")


class CrossAccountPolicySpec(Shape):
    """Access of other accounts to models, rendered into every document that must agree."""

    environment: Name = Field(
        alias="environment", description="The environment that owns the groups."
    )
    ensure: Ensure = Field(default="present", alias="ensure", description=_ENSURE)
    model_package_groups: Annotated[list[Name], Field(min_length=1)] = Field(
        alias="modelPackageGroups", description="metadata.name of ModelPackageGroup manifests."
    )
    grants: list[AccessGrant] = Field(
        default_factory=list, alias="grants", description="Who may do what."
    )
    artifacts: list[Artifacts] = Field(
        default_factory=list,
        alias="artifacts",
        description="What principals that deploy must also be able to read.",
    )
    discoverable: bool = Field(
        default=False,
        alias="discoverable",
        description="Share the groups by AWS RAM, so that consumers find them by list and search.",
    )
    statements: list[dict[str, JsonValue]] = Field(
        default_factory=list,
        alias="statements",
        description="Further statements of the group policy, in IAM's own JSON form, without Sid.",
    )
    adopt: bool = Field(
        default=False,
        alias="adopt",
        description="Make statements of others ours that already say exactly what this manifest "
        "wants.",
    )


class CrossAccountPolicyManifest(Shape):
    """Access of other accounts (kind CrossAccountPolicy)."""

    api_version: Literal["reconciler/v1"] = Field(alias="apiVersion")
    kind: Literal["CrossAccountPolicy"] = Field(alias="kind")
    metadata: Metadata = Field(alias="metadata")
    spec: CrossAccountPolicySpec = Field(alias="spec")
