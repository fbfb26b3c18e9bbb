"""What each access level needs, store by store: the narrowest actions that work, as tables.

Sources: aws.md section 5.1 (which cites AWS's pages on registering and deploying across
accounts), section 8 (reading back what was registered) and policies.md A7.2. Where AWS's own
pages write `ecr:Describe*`, `ecr:*` or `GenerateDataKey*`, the members that are needed are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.policy.stores import Store


class Purpose(StrEnum):
    """What somebody is let do: the levels of a manifest, and what the registry itself needs.

    `REGISTRY` is the account that owns the group, where images, artifacts and keys belong to
    another one: SageMaker reads them there when a version is registered.
    """

    DISCOVER = "discover"
    READ = "read"
    DEPLOY = "deploy"
    REGISTER = "register"
    APPROVE = "approve"
    REGISTRY = "registry"


ACCESS_LEVELS: Final = tuple(each for each in Purpose if each is not Purpose.REGISTRY)
"""The purposes that a manifest may grant."""


class Scope(StrEnum):
    """The kind of resource that actions are allowed on: each has statements of its own."""

    GROUP = "Group"
    PACKAGES = "Packages"
    IMAGES = "Images"
    OBJECTS = "Objects"
    BUCKET = "Bucket"
    KEY = "Key"


SCOPES: Final[Mapping[Store, tuple[Scope, ...]]] = MappingProxyType(
    {
        Store.GROUP: (Scope.GROUP, Scope.PACKAGES),
        Store.REPOSITORY: (Scope.IMAGES,),
        Store.BUCKET: (Scope.BUCKET, Scope.OBJECTS),
        Store.KEY: (Scope.KEY,),
    }
)
"""Which scopes one store's document speaks about."""

# Listing is on the group for Terraform's sample and on the packages for AWS's: both (aws.md 5.1).
_ON_GROUP = ("sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages")
_ON_PACKAGES = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")

_ACTIONS: Final[Mapping[Purpose, Mapping[Scope, tuple[str, ...]]]] = MappingProxyType(
    {
        Purpose.DISCOVER: {
            Scope.GROUP: _ON_GROUP,
            Scope.PACKAGES: ("sagemaker:ListModelPackages",),
        },
        Purpose.READ: {Scope.GROUP: _ON_GROUP, Scope.PACKAGES: _ON_PACKAGES},
        # AWS's sample adds UpdateModelPackage, which deploying does not need: that is `approve`.
        # DescribeKey: policies.md A7.2 (recalled there).
        Purpose.DEPLOY: {
            Scope.GROUP: _ON_GROUP,
            Scope.PACKAGES: ("sagemaker:CreateModel", *_ON_PACKAGES),
            Scope.IMAGES: (
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ),
            Scope.BUCKET: ("s3:ListBucket",),
            Scope.OBJECTS: ("s3:GetObject",),
            Scope.KEY: ("kms:Decrypt", "kms:DescribeKey"),
        },
        Purpose.REGISTER: {
            Scope.GROUP: _ON_GROUP,
            Scope.PACKAGES: ("sagemaker:CreateModelPackage", *_ON_PACKAGES),
        },
        Purpose.APPROVE: {
            Scope.GROUP: _ON_GROUP,
            Scope.PACKAGES: (*_ON_PACKAGES, "sagemaker:UpdateModelPackage"),
        },
        Purpose.REGISTRY: {
            Scope.IMAGES: ("ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories"),
            Scope.BUCKET: ("s3:GetBucketAcl",),
            Scope.OBJECTS: ("s3:GetObject", "s3:GetObjectAcl"),
            Scope.KEY: ("kms:Decrypt", "kms:GenerateDataKey"),
        },
    }
)

LISTED_BY_PREFIX: Final = "s3:ListBucket"
"""The bucket-level action that is restricted to the prefix by a condition on `s3:prefix`."""


def actions(purpose: Purpose, scope: Scope) -> tuple[str, ...]:
    """Return the actions that a purpose needs on a kind of resource, sorted; often none."""
    return _ACTIONS[purpose].get(scope, ())


def grant_operations(purposes: Iterable[Purpose]) -> tuple[str, ...]:
    """Return the operations that a KMS grant for these purposes must list, sorted.

    A grant's operations are the actions without `kms:` (botocore's enum `GrantOperation`).
    """
    names = {action for purpose in purposes for action in actions(purpose, Scope.KEY)}
    return tuple(sorted(name.removeprefix("kms:") for name in names))
