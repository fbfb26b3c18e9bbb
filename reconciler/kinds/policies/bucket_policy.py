"""The policy of an S3 bucket, always with the owner that we expect it to have."""

from __future__ import annotations

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.environment import Environment
from reconciler.kinds.policies.access import CarrierMissingError
from reconciler.kinds.policies.intent import BUCKET_POLICY
from reconciler.policy.stores import Store

_SERVICE = "s3"
_NO_BUCKET = "NoSuchBucket"


class BucketPolicyAccess:
    """Bucket policies. `ConfirmRemoveSelfBucketAccess` is never set."""

    kind = BUCKET_POLICY
    store = Store.BUCKET
    reads = frozenset({"s3:GetBucketPolicy"})
    writes = frozenset({"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        """Return the policy's text."""
        try:
            answer = aws.call(environment, _SERVICE, "GetBucketPolicy", _named(environment, target))
        except AwsFault as fault:
            if fault.code == _NO_BUCKET:
                raise CarrierMissingError(f"there is no bucket {target}") from None
            if fault.kind is FaultKind.NOT_FOUND:
                return None
            raise
        return str(answer["Policy"])

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        """Return nothing: all of them can be shared."""
        del aws, environment, target
        return ""

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        """Put the whole policy."""
        parameters = {**_named(environment, target), "Policy": text}
        aws.call(environment, _SERVICE, "PutBucketPolicy", parameters)

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        """Delete the policy."""
        aws.call(environment, _SERVICE, "DeleteBucketPolicy", _named(environment, target))


def _named(environment: Environment, target: str) -> dict[str, str]:
    return {"Bucket": target, "ExpectedBucketOwner": environment.account_id}
