"""The four places that hold a policy document, and what each of them accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Store(StrEnum):
    """A kind of resource that carries a policy document."""

    GROUP = "group"
    REPOSITORY = "repository"
    BUCKET = "bucket"
    KEY = "key"


class Unit(StrEnum):
    """What a service counts when it measures a document."""

    CHARACTERS = "characters"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What one service accepts. `service` is its prefix in actions and in ARNs.

    `charset` is the pattern that the whole text must match. `removable` says whether the
    document may be taken away. `needs_resource` says whether a statement must name resources.
    """

    title: str
    service: str
    limit: int
    unit: Unit
    charset: re.Pattern[str]
    removable: bool = True
    needs_resource: bool = True

    def size(self, text: str) -> int:
        """Return the size of a text as this service counts it."""
        return len(text.encode()) if self.unit is Unit.BYTES else len(text)


_ANY = re.compile(r"[\s\S]*")

FACTS: Final[Mapping[Store, StoreFacts]] = MappingProxyType(
    {
        # Length and pattern: botocore's shape `PolicyString`.
        Store.GROUP: StoreFacts(
            "group policy", "sagemaker", 20_480, Unit.CHARACTERS, re.compile(r"[^\n\r]*")
        ),
        # Length: botocore's shape `RepositoryPolicyText`. The repository is the resource.
        Store.REPOSITORY: StoreFacts(
            "repository policy", "ecr", 10_240, Unit.CHARACTERS, _ANY, needs_resource=False
        ),
        # 20 KB: S3 user guide, "Policies and permissions" (policies.md A3).
        Store.BUCKET: StoreFacts("bucket policy", "s3", 20_480, Unit.BYTES, _ANY),
        # 32 KB: KMS quota; botocore's shape `PolicyType` has the pattern but a larger maximum.
        Store.KEY: StoreFacts(
            "key policy",
            "kms",
            32_768,
            Unit.BYTES,
            re.compile(r"[\t\n\r\u0020-\u00ff]*"),
            removable=False,
        ),
    }
)
"""What each store accepts."""
