"""Buckets: CreateBucket, HeadBucket, GetBucketLocation, ListBuckets, DeleteBucket; who may do what.

Objects are moto's; before a call about them is passed on, it is judged by the bucket's policy.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from http import HTTPStatus

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.copies import forget_bucket
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, number, text
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.policy import Decision, evaluate_document
from reconciler.sandbox.s3_rules import is_public
from reconciler.sandbox.storage import BUCKETS
from reconciler.sandbox.stored_policies import effective, policy_of

_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_DEFAULT_REGION = "us-east-1"
_BLOCKED: JsonObject = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ACTIONS = {
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "HeadObject": "GetObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket where it is found: `site` is its owner and its region."""

    site: Site
    name: str
    document: JsonObject

    @property
    def arn(self) -> str:
        """Return the bucket's ARN."""
        return f"arn:{self.site.partition}:s3:::{self.name}"

    @property
    def public_access_block(self) -> JsonObject:
        """Return the public access block; all settings are off when there is none."""
        return mapping(self.document, "publicAccessBlock")

    def save(self, context: Context, **changes: JsonValue) -> None:
        """Store the bucket with some members replaced."""
        context.world.shelf(BUCKETS).put(self.site, self.name, {**self.document, **changes})


def create_bucket(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a bucket; its public access is blocked from the start.

    Sources: S3 user guide, "Blocking public access" (all four settings on since April 2023);
    S3 API reference CreateBucket (names are global; LocationConstraint; in us-east-1 a second
    call by the owner succeeds), "Error responses".
    """
    name = text(parameters, "Bucket") or ""
    if not _NAME.fullmatch(name):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")
    _check_location(context.region, mapping(parameters, "CreateBucketConfiguration"))
    shelf = context.world.shelf(BUCKETS)
    with shelf.lock:
        found = look_up(context, name)
        if found is None:
            about: JsonObject = {
                "Name": name,
                "CreationDate": context.now,
                "BucketRegion": context.region,
            }
            document: JsonObject = {"bucket": about, "publicAccessBlock": _BLOCKED}
            shelf.put(context.home, name, document)
        elif found.site != context.home or context.region != _DEFAULT_REGION:
            raise _exists(found, context.caller.account)
    return {"Location": f"/{name}", "BucketArn": f"arn:{context.home.partition}:s3:::{name}"}


def head_bucket(context: Context, parameters: JsonObject) -> JsonObject:
    """Say whether the bucket is there; an error has no body, so clients see 404 or 403."""
    bucket = find_bucket(context, parameters, "ListBucket")
    return {"BucketRegion": bucket.site.region, "BucketArn": bucket.arn}


def get_bucket_location(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the bucket's region, nothing for us-east-1 (botocore GetBucketLocationOutput).

    It is answered in every region (unverified; from the global endpoint it is).
    """
    bucket = find_bucket(context, parameters, "GetBucketLocation", anywhere=True)
    region = bucket.site.region
    return {"LocationConstraint": None if region == _DEFAULT_REGION else region}


def list_buckets(context: Context, parameters: JsonObject) -> JsonObject:
    """List the caller's own buckets of all regions by name (botocore ListBuckets)."""
    prefix, region = text(parameters, "Prefix") or "", text(parameters, "BucketRegion")
    token = text(parameters, "ContinuationToken")
    after = "" if token is None else base64.urlsafe_b64decode(token).decode()
    named = sorted(
        (name, mapping(document, "bucket"))
        for site, name, document in context.world.shelf(BUCKETS).everywhere()
        if site.account == context.caller.account
        and name.startswith(prefix)
        and name > after
        and region in {None, site.region}
    )
    size = int(number(parameters, "MaxBuckets") or 10_000)
    shown: list[JsonValue] = [about for _, about in named[:size]]
    answer: JsonObject = {"Buckets": shown, "Owner": {"ID": f"{context.caller.account:0>64}"}}
    if len(named) > size:
        answer["ContinuationToken"] = base64.urlsafe_b64encode(named[size - 1][0].encode()).decode()
    return answer


def delete_bucket(context: Context, parameters: JsonObject) -> JsonObject:
    """Delete an empty bucket (S3 API reference, "Error responses": BucketNotEmpty 409)."""
    shelf = context.world.shelf(BUCKETS)
    with shelf.lock:
        bucket = find_bucket(context, parameters, "DeleteBucket")
        if not forget_bucket(bucket.name):
            raise ApiError(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty",
                HTTPStatus.CONFLICT,
                details={"BucketName": bucket.name},
            )
        shelf.remove(bucket.site, bucket.name)
    return {}


def find_bucket(
    context: Context, parameters: JsonObject, action: str, *, anywhere: bool = False
) -> Bucket:
    """Return the bucket a call means, if it is in the call's region and the caller may do that.

    Sources: botocore ExpectedBucketOwner (403 when the owner is another); S3 API reference, "Error
    responses" (NoSuchBucket 404, PermanentRedirect 301 with the header x-amz-bucket-region).

    Raises:
        ApiError: NoSuchBucket, PermanentRedirect or AccessDenied.
    """
    name = text(parameters, "Bucket") or ""
    bucket = look_up(context, name)
    if bucket is None:
        raise ApiError(
            "NoSuchBucket",
            "The specified bucket does not exist",
            HTTPStatus.NOT_FOUND,
            details={"BucketName": name},
        )
    if not anywhere and context.settings.bucket_redirects and bucket.site.region != context.region:
        raise _redirect(bucket)
    if text(parameters, "ExpectedBucketOwner") not in {None, bucket.site.account}:
        raise access_denied()
    authorize(context, bucket, action, bucket.arn)
    return bucket


def look_up(context: Context, name: str) -> Bucket | None:
    """Return the bucket of this name, whoever owns it."""
    return next(
        (
            Bucket(site, name, document)
            for site, found, document in context.world.shelf(BUCKETS).everywhere()
            if found == name
        ),
        None,
    )


def authorize(context: Context, bucket: Bucket, action: str, resource: str) -> None:
    """Let the call pass, or refuse it.

    Sources: IAM user guide, "Policy evaluation logic" (an explicit deny wins; across accounts the
    bucket's policy must allow); botocore RestrictPublicBuckets (a public policy lets nobody else
    in). The policy operations are the owner's alone: see `authorize_policy_call`.

    Raises:
        ApiError: AccessDenied.
    """
    decision = judged(context, bucket, action, resource)
    own = context.caller.account == bucket.site.account
    if decision is Decision.DENY and own:
        raise access_denied(
            f"User: {context.caller.arn} is not authorized to perform: s3:{action} on resource: "
            f'"{resource}" with an explicit deny in a resource-based policy'
        )
    if not own and decision is not Decision.ALLOW:
        raise access_denied()


def authorize_policy_call(context: Context, bucket: Bucket, action: str) -> None:
    """Refuse the policy operations to all other accounts.

    Source: botocore PutBucketPolicy ("If you have the correct permissions, but you're not using an
    identity that belongs to the bucket owner's account, Amazon S3 returns a 405").

    Raises:
        ApiError: AccessDenied, or MethodNotAllowed for another account that the policy allows.
    """
    authorize(context, bucket, action, bucket.arn)
    if context.caller.account != bucket.site.account:
        raise ApiError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            HTTPStatus.METHOD_NOT_ALLOWED,
        )


def judged(context: Context, bucket: Bucket, action: str, resource: str) -> Decision:
    """Return what the bucket's policy says of this caller."""
    policy = policy_of(bucket.document)
    if policy is None:
        return Decision.SILENT
    document = effective(policy, context.world.principals, bucket.site.partition)
    decision = evaluate_document(document, context.caller, f"s3:{action}", resource)
    restricted = bucket.public_access_block.get("RestrictPublicBuckets") is True
    if decision is Decision.ALLOW and restricted and is_public(document):
        return Decision.SILENT
    return decision


def authorize_passed_on(context: Context, operation: str, parameters: JsonObject) -> str:
    """Judge a call about objects before it goes to moto, which lets everybody do everything.

    Returns the account that moto is to answer for: the caller's.

    Raises:
        ApiError: AccessDenied.
    """
    bucket = look_up(context, text(parameters, "Bucket") or "")
    if bucket is None:
        return context.caller.account
    key = text(parameters, "Path") or ""
    _, _, inside = key.lstrip("/").partition("/")
    resource = f"{bucket.arn}/{inside}" if inside else bucket.arn
    authorize(context, bucket, _ACTIONS.get(operation, operation), resource)
    return context.caller.account


def access_denied(message: str = "Access Denied") -> ApiError:
    """Return S3's refusal (S3 API reference, "Error responses")."""
    return ApiError("AccessDenied", message, HTTPStatus.FORBIDDEN)


def _check_location(region: str, configuration: JsonObject) -> None:
    wanted = text(configuration, "LocationConstraint")
    if wanted == region or (wanted is None and region == _DEFAULT_REGION):
        return
    raise ApiError(
        "IllegalLocationConstraintException",
        f"The {wanted or 'unspecified'} location constraint is incompatible for the region "
        "specific endpoint this request was sent to.",
    )


def _exists(bucket: Bucket, account: str) -> ApiError:
    if bucket.site.account == account:
        return ApiError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            HTTPStatus.CONFLICT,
        )
    return ApiError(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users "
        "of the system. Please select a different name and try again.",
        HTTPStatus.CONFLICT,
    )


def _redirect(bucket: Bucket) -> ApiError:
    return ApiError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        HTTPStatus.MOVED_PERMANENTLY,
        details={"Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.site.region},
    )
