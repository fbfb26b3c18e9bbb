"""What S3 refuses in a bucket policy, and when it calls one public: one function a fact.

Sources of the texts: versity/versitygw#645 and #648, noobaa/noobaa-core#10058, aws/aws-cdk#6708,
aws-samples/aws-batch-architecture-for-alphafold#1 (all quote AWS), and the S3 console.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from reconciler.sandbox.documents import JsonObject, JsonValue, compact, parse_object
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.policy import as_list, statements
from reconciler.sandbox.stored_policies import has_principal, malformed_principal, principals_of

_LARGEST = 20_480
_VERSIONS = frozenset({None, "2008-10-17", "2012-10-17"})
_ACTION = re.compile(r"\*|s3:[A-Za-z0-9*?]+", re.IGNORECASE)
_OF_OBJECTS = re.compile(
    r"s3:(?:(?:get|put|delete|restore|replicate)object.*|replicate(?:delete|tags)|"
    r"abortmultipartupload|listmultipartuploadparts|bypassgovernanceretention|"
    r"objectowneroverridetobucketowner|updateobjectencryption)"
)
_FIXED_KEYS = frozenset(
    {
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:principalaccount",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)


def checked(policy: str, bucket: str, partition: str) -> JsonObject:
    """Return the document of a bucket policy whose form is right; who exists is not asked here.

    Raises:
        ApiError: MalformedPolicy, or PolicyTooLarge.
    """
    document = _readable(policy)
    _small_enough(document)
    if document.get("Version") not in _VERSIONS:
        raise malformed("The policy must contain a valid version string")
    _has_statements(document)
    for statement in statements(document):
        _whole(statement)
        _effect(statement)
        _actions(statement)
        _resources(statement, bucket, partition)
    wrong = malformed_principal(document, partition)
    if wrong is not None:
        raise invalid_principal(wrong)
    return document


def malformed(message: str, **details: str) -> ApiError:
    """Return a MalformedPolicy error."""
    return ApiError("MalformedPolicy", message, details=details)


def invalid_principal(principal: str) -> ApiError:
    """Return the refusal of a principal that is none, or that S3 does not see yet.

    Sources: aws-samples/aws-batch-architecture-for-alphafold#1; that one of the bad principals is
    named in the element Detail: MIT-LCP/physionet-build#2094 (its form is unverified).
    """
    return malformed("Invalid principal in policy", Detail=f'"AWS" : "{principal}"')


def is_public(document: JsonObject) -> bool:
    """Return whether S3 calls a policy public: a statement for anybody, not narrowed down.

    Source: S3 user guide, "The meaning of public"; botocore PublicAccessBlockConfiguration.
    """
    return any(
        statement.get("Effect") == "Allow"
        and _names_anybody(statement)
        and not _narrowed(statement)
        for statement in statements(document)
    )


def _readable(policy: str) -> JsonObject:
    """Want JSON. Source: the S3 console and every S3-compatible store have this sentence."""
    try:
        return parse_object(policy)
    except ValueError as error:
        raise malformed("Policies must be valid JSON and the first byte must be '{'") from error


def _small_enough(document: JsonObject) -> None:
    """Count what S3 counts: bytes without insignificant white space, as they were put.

    Source of the number and the counting: MIT-LCP/physionet-build#2094 (measured). The code and the
    text are minio's, which follows S3 (minio/minio#8625); unverified.
    """
    if len(compact(document).encode()) > _LARGEST:
        raise ApiError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")


def _has_statements(document: JsonObject) -> None:
    """Want statements. Source: versity/versitygw, which holds its texts against AWS."""
    if "Statement" not in document:
        raise malformed("Missing required field Statement")
    listed = as_list(document["Statement"])
    if not listed:
        raise malformed("Could not parse the policy: Statement is empty!")
    if len(statements(document)) < len(listed):
        raise malformed("Invalid policy syntax.")


def _whole(statement: JsonObject) -> None:
    """Want the four elements of a bucket policy's statement. Source: aws/aws-cdk#6708."""
    complete = has_principal(statement) and all(
        {element, f"Not{element}"} & statement.keys() for element in ("Action", "Resource")
    )
    if not complete or "Effect" not in statement:
        raise malformed("Statement is missing required element")


def _effect(statement: JsonObject) -> None:
    """Want Allow or Deny, in this spelling. Source: versity/versitygw."""
    effect = statement.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise malformed(f"Invalid effect: {effect}")


def _actions(statement: JsonObject) -> None:
    """Want actions of S3. Source: versity/versitygw."""
    for action in _texts(statement, "Action"):
        if action is None or not _ACTION.fullmatch(action):
            raise malformed("Policy has invalid action")


def _resources(statement: JsonObject, bucket: str, partition: str) -> None:
    """Want resources of this bucket, and for each action one that it applies to.

    Sources: "invalid resource": versity/versitygw#648, `*`: noobaa/noobaa-core#10058; an action
    without a resource of its level: versity/versitygw#645, ministryofjustice/modernisation-platform
    PR #10762 (both quote AWS).
    """
    own = f"arn:{partition}:s3:::{bucket}"
    levels: set[str] = set()
    for resource in _texts(statement, "Resource"):
        if resource is None or not (resource == own or resource.startswith(f"{own}/")):
            raise malformed("Policy has invalid resource")
        levels.add("bucket" if resource == own else "object")
    if "NotAction" in statement or "NotResource" in statement:
        return
    for action in _texts(statement, "Action"):
        if not levels & _levels(action or ""):
            raise malformed("Action does not apply to any resource(s) in statement")


def _levels(action: str) -> set[str]:
    """Return what an action works on; one with a wildcard may be for both."""
    if "*" in action or "?" in action:
        return {"bucket", "object"}
    return {"object"} if _OF_OBJECTS.fullmatch(action.lower()) else {"bucket"}


def _texts(statement: JsonObject, element: str) -> Iterator[str | None]:
    for name in (element, f"Not{element}"):
        for item in as_list(statement.get(name)):
            yield item if isinstance(item, str) else None


def _names_anybody(statement: JsonObject) -> bool:
    if "NotPrincipal" in statement:
        return True
    return any(kind == "AWS" and entry == "*" for kind, entry in principals_of(statement))


def _narrowed(statement: JsonObject) -> bool:
    """Return whether a condition fixes one of the keys that make a policy non-public."""
    condition = statement.get("Condition")
    if not isinstance(condition, dict):
        return False
    return any(
        "Not" not in operator and key.lower() in _FIXED_KEYS and _is_fixed(as_list(values))
        for operator, keys in condition.items()
        if isinstance(keys, dict)
        for key, values in keys.items()
    )


def _is_fixed(values: Iterable[JsonValue]) -> bool:
    """Return whether all values are constants: no wildcard, no variable, not every address."""
    return all(
        isinstance(value, str)
        and "${" not in value
        and value != "0.0.0.0/0"
        and not set("*?") & set(value)
        for value in values
    )


def public_is_blocked(caller: str, bucket_arn: str) -> ApiError:
    """Return the refusal of a public policy under BlockPublicPolicy.

    Sources: botocore PublicAccessBlockConfiguration.BlockPublicPolicy; code: torchbox/buckup#18;
    text: S3 user guide, "Troubleshoot access denied (403 Forbidden) errors".
    """
    return ApiError(
        "AccessDenied",
        f"User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"{bucket_arn}" '
        "because public policies are blocked by the BlockPublicPolicy block public access setting.",
        HTTPStatus.FORBIDDEN,
    )
