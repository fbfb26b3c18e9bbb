"""Bucket policies and public access blocks.

Sources: botocore PutBucketPolicy (no revision, no merge), S3 API reference, "Error responses".
"""

from __future__ import annotations

from http import HTTPStatus

from reconciler.sandbox.context import Context
from reconciler.sandbox.credentials import Caller
from reconciler.sandbox.documents import JsonObject, compact, mapping, text
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.policy import Decision, evaluate_document
from reconciler.sandbox.s3_buckets import (
    Bucket,
    access_denied,
    authorize_policy_call,
    find_bucket,
)
from reconciler.sandbox.s3_rules import checked, invalid_principal, is_public, public_is_blocked
from reconciler.sandbox.storage import BUCKETS
from reconciler.sandbox.stored_policies import (
    StoredPolicy,
    aws_principals,
    policy_of,
    shown,
    stored,
)

_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def put_bucket_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the bucket's whole policy."""
    given = text(parameters, "Policy") or ""
    with context.world.shelf(BUCKETS).lock:
        bucket = _owned(context, parameters, "PutBucketPolicy")
        document = checked(given, bucket.name, bucket.site.partition)
        named = aws_principals(document, bucket.site.partition)
        missing = context.world.principals.missing(named)
        if missing:
            raise invalid_principal(missing[0])
        if bucket.public_access_block.get("BlockPublicPolicy") is True and is_public(document):
            raise public_is_blocked(context.caller.arn, bucket.arn)
        if parameters.get("ConfirmRemoveSelfBucketAccess") is not True:
            _refuse_lockout(context, bucket, document)
        policy = stored(context, given, bucket.site.partition)
        bucket.save(context, policy=policy.to_json())
    return {}


def get_bucket_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the policy as S3 shows it: compact, principals resolved, `Sid` in every statement.

    Source of the empty Sid: terraform#6952 and terraform-provider-aws bucket_policy_test.go.
    """
    bucket = _owned(context, parameters, "GetBucketPolicy")
    document = shown(_policy(bucket), context, bucket.site.partition, empty_sids=True)
    return {"Policy": compact(document)}


def delete_bucket_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove the policy; without one this succeeds too (S3 API reference DeleteBucketPolicy)."""
    with context.world.shelf(BUCKETS).lock:
        bucket = _owned(context, parameters, "DeleteBucketPolicy")
        bucket.save(context, policy={})
    return {}


def get_bucket_policy_status(context: Context, parameters: JsonObject) -> JsonObject:
    """Say whether the policy is public (botocore PolicyStatus)."""
    bucket = find_bucket(context, parameters, "GetBucketPolicyStatus")
    return {"PolicyStatus": {"IsPublic": is_public(_policy(bucket).document)}}


def put_public_access_block(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the bucket's public access block; what is left out is off (botocore)."""
    wanted = mapping(parameters, "PublicAccessBlockConfiguration")
    with context.world.shelf(BUCKETS).lock:
        bucket = find_bucket(context, parameters, "PutBucketPublicAccessBlock")
        settings: JsonObject = {name: wanted.get(name) is True for name in _SETTINGS}
        bucket.save(context, publicAccessBlock=settings)
    return {}


def get_public_access_block(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the public access block (S3 API reference, "Error responses" for none)."""
    bucket = find_bucket(context, parameters, "GetBucketPublicAccessBlock")
    if not bucket.public_access_block:
        raise ApiError(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
            HTTPStatus.NOT_FOUND,
            details={"BucketName": bucket.name},
        )
    return {"PublicAccessBlockConfiguration": bucket.public_access_block}


def delete_public_access_block(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove the public access block."""
    with context.world.shelf(BUCKETS).lock:
        bucket = find_bucket(context, parameters, "PutBucketPublicAccessBlock")
        bucket.save(context, publicAccessBlock={})
    return {}


def _owned(context: Context, parameters: JsonObject, action: str) -> Bucket:
    bucket = find_bucket(context, parameters, action)
    authorize_policy_call(context, bucket, action)
    return bucket


def _policy(bucket: Bucket) -> StoredPolicy:
    policy = policy_of(bucket.document)
    if policy is None:
        raise ApiError(
            "NoSuchBucketPolicy",
            "The bucket policy does not exist",
            HTTPStatus.NOT_FOUND,
            details={"BucketName": bucket.name},
        )
    return policy


def _refuse_lockout(context: Context, bucket: Bucket, document: JsonObject) -> None:
    """Refuse a policy that would deny its writer the next PutBucketPolicy.

    Source: botocore PutBucketPolicy.ConfirmRemoveSelfBucketAccess; code and text are unverified,
    and whether S3 insists on the flag is too: a setting.
    """
    if context.settings.bucket_lockout == "allowed":
        return
    caller: Caller = context.caller
    decision = evaluate_document(document, caller, "s3:PutBucketPolicy", bucket.arn)
    if decision is Decision.DENY:
        raise access_denied(
            f"User: {caller.arn} would lose s3:PutBucketPolicy on {bucket.arn}; confirm the removal"
            " of your own access."
        )
