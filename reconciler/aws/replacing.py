"""Operations that put or delete a whole document: what others wrote goes with what was there.

No service offers compare-and-swap for policies (botocore's shapes have no token), so a copy of such
a call that is sent later, after a lost answer or a throttled attempt, overwrites what somebody
wrote in between. Each of them is therefore sent once; who sends it reads again before the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REPLACING: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "sagemaker": frozenset({"PutModelPackageGroupPolicy", "DeleteModelPackageGroupPolicy"}),
        "ecr": frozenset({"SetRepositoryPolicy", "DeleteRepositoryPolicy"}),
        "s3": frozenset({"PutBucketPolicy", "DeleteBucketPolicy"}),
        "kms": frozenset({"PutKeyPolicy"}),
    }
)
"""Service to the operations that replace a document as a whole."""


def replaces_all(service: str, operation: str) -> bool:
    """Say whether an operation replaces a document that others may write too."""
    return operation in REPLACING.get(service, frozenset())
