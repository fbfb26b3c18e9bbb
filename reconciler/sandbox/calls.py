"""Which calls came, and which of them write: what tests and budgets count."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

from reconciler.sandbox.documents import JsonObject

READS = frozenset(
    {
        "ecr:BatchCheckLayerAvailability",
        "ecr:DescribeRepositories",
        "ecr:GetRepositoryPolicy",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GetKeyPolicy",
        "kms:ListAliases",
        "kms:ListGrants",
        "kms:ListKeyPolicies",
        "kms:ListKeys",
        "ram:GetPermission",
        "ram:GetResourceShareAssociations",
        "ram:GetResourceShareInvitations",
        "ram:GetResourceShares",
        "ram:ListPermissions",
        "ram:ListPrincipals",
        "ram:ListResourceSharePermissions",
        "ram:ListResources",
        "s3:GetBucketEncryption",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetPublicAccessBlock",
        "s3:HeadBucket",
        "s3:ListBuckets",
        "sagemaker:BatchDescribeModelPackage",
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:GetModelPackageGroupPolicy",
        "sagemaker:ListModelPackageGroups",
        "sagemaker:ListModelPackages",
        "sagemaker:ListTags",
        "sagemaker:Search",
        "sts:AssumeRole",
        "sts:GetCallerIdentity",
    }
)
WRITES = frozenset(
    {
        "ecr:CreateRepository",
        "ecr:DeleteRepository",
        "ecr:DeleteRepositoryPolicy",
        "ecr:SetRepositoryPolicy",
        "kms:CreateAlias",
        "kms:CreateGrant",
        "kms:CreateKey",
        "kms:PutKeyPolicy",
        "kms:RevokeGrant",
        "kms:ScheduleKeyDeletion",
        "ram:AcceptResourceShareInvitation",
        "ram:AssociateResourceShare",
        "ram:CreateResourceShare",
        "ram:DeleteResourceShare",
        "ram:DisassociateResourceShare",
        "ram:PromotePermissionCreatedFromPolicy",
        "ram:PromoteResourceShareCreatedFromPolicy",
        "ram:RejectResourceShareInvitation",
        "ram:TagResource",
        "ram:UntagResource",
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:DeletePublicAccessBlock",
        "s3:PutBucketEncryption",
        "s3:PutBucketPolicy",
        "s3:PutPublicAccessBlock",
        "sagemaker:AddTags",
        "sagemaker:CreateModelPackage",
        "sagemaker:CreateModelPackageGroup",
        "sagemaker:DeleteModelPackage",
        "sagemaker:DeleteModelPackageGroup",
        "sagemaker:DeleteModelPackageGroupPolicy",
        "sagemaker:DeleteTags",
        "sagemaker:PutModelPackageGroupPolicy",
        "sagemaker:UpdateModelPackage",
    }
)
_READING_VERBS = ("Describe", "List", "Get", "BatchGet", "Head", "Search", "Lookup")


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived. `code` is "" until it is answered, "OK" or the error's code after."""

    service: str
    operation: str
    account: str
    region: str
    parameters: JsonObject = field(default_factory=dict)
    code: str = ""
    caller_arn: str = ""

    @property
    def action(self) -> str:
        """Return `service:Operation`, as policies and fault rules write it."""
        return f"{self.service}:{self.operation}"

    @property
    def is_write(self) -> bool:
        """Return whether the call can change anything; unknown operations count as writes."""
        if self.action in READS:
            return False
        return self.action in WRITES or not self.operation.startswith(_READING_VERBS)

    def answered(self, code: str) -> Call:
        """Return the call with its outcome."""
        return replace(self, code=code)


class CallLog(Sequence[Call]):
    """All calls so far, in the order of their answers. Safe to use from any thread."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Append one answered call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls = []

    def snapshot(self) -> list[Call]:
        """Return the calls so far as a list of its own."""
        with self._lock:
            return list(self._calls)

    def writes(self) -> list[Call]:
        """Return the calls that can change something."""
        return [call for call in self.snapshot() if call.is_write]

    def of(self, operation: str) -> list[Call]:
        """Return the calls of one operation."""
        return [call for call in self.snapshot() if call.operation == operation]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.snapshot())

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self.snapshot()[index]
