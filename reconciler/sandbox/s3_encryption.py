"""The default encryption of buckets: what new objects are encrypted with, unless they say so.

Source: botocore GetBucketEncryption ("By default, all buckets have a default encryption
configuration that uses server-side encryption with Amazon S3 managed keys").
"""

from __future__ import annotations

from typing import Final

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, mapping
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.s3_buckets import find_bucket
from reconciler.sandbox.storage import BUCKETS

_DEFAULT: Final[JsonObject] = {
    "Rules": [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
        }
    ]
}


def get_bucket_encryption(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the configuration, SSE-S3 where nobody chose another."""
    bucket = find_bucket(context, parameters, "GetEncryptionConfiguration")
    found = mapping(bucket.document, "encryption")
    return {"ServerSideEncryptionConfiguration": found or _DEFAULT}


def put_bucket_encryption(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the configuration, which is one rule (S3 API reference, PutBucketEncryption)."""
    given = mapping(parameters, "ServerSideEncryptionConfiguration")
    rules = given.get("Rules")
    if not isinstance(rules, list) or len(rules) != 1:
        raise ApiError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    with context.world.shelf(BUCKETS).lock:
        bucket = find_bucket(context, parameters, "PutEncryptionConfiguration")
        bucket.save(context, encryption=given)
    return {}
