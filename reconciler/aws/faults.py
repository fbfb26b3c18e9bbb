"""What a failed call means: the only place that reads botocore's errors and AWS's texts.

SageMaker tells most failures apart by text, not by code (`ValidationException` stands for "not
found", "already exists" and "bad input" alike), so the rows below match both. Sources of codes
and texts: the error catalogue in the botocore models and what Terraform's AWS provider,
CloudFormation's handlers and ACK's SageMaker controller match on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.aws.fault_words import Call, Denial, words
from reconciler.aws.local_faults import classify_local
from reconciler.aws.wording import one_line
from reconciler.core.environment import Environment


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of failure: the whole code and some part of the text must match."""

    kind: FaultKind
    code: str
    text: str = ""

    def matches(self, code: str, text: str) -> bool:
        """Say whether an error is of this kind. Texts are compared without regard to case."""
        return bool(re.fullmatch(self.code, code) and re.search(self.text, text, re.IGNORECASE))


ROWS: Final = (
    # Who is calling.
    Row(FaultKind.CREDENTIALS, r"ExpiredToken(Exception)?|RequestExpired"),
    Row(FaultKind.CREDENTIALS, r"InvalidClientTokenId|UnrecognizedClientException"),
    Row(FaultKind.CREDENTIALS, r"InvalidAccessKeyId|AuthFailure|InvalidIdentityToken"),
    Row(FaultKind.CREDENTIALS, r"InvalidToken", r"provided token"),
    Row(FaultKind.CREDENTIALS, r"MissingAuthenticationToken(Exception)?|IncompleteSignature"),
    Row(FaultKind.CREDENTIALS, r"SignatureDoesNotMatch|InvalidSignatureException"),
    Row(FaultKind.CREDENTIALS, r"RequestTimeTooSkewed"),
    Row(FaultKind.CREDENTIALS, r"RegionDisabledException"),  # STS is switched off there
    # Too fast. KMS says LimitExceededException when a quota is full; others when throttling.
    Row(FaultKind.THROTTLED, r"Throttl\w+|RequestThrottled\w*|TooManyRequestsException|SlowDown"),
    Row(FaultKind.THROTTLED, r"RequestLimitExceeded"),
    Row(FaultKind.THROTTLED, r".*", r"^rate exceeded\.?$"),
    # Not there. CloudFormation and Terraform match the same SageMaker texts.
    Row(FaultKind.NOT_FOUND, r"Validation\w*", r"^model ?package.* does not exist\.?$"),
    Row(FaultKind.NOT_FOUND, r"Validation\w*", r"cannot find model package"),
    Row(FaultKind.NOT_FOUND, r"Validation\w*", r"cannot find resource policy for"),
    Row(FaultKind.NOT_FOUND, r"ResourceNotFound(Exception)?|NoSuchEntity|404"),
    Row(FaultKind.NOT_FOUND, r"Repository(Policy)?NotFoundException"),  # ECR
    Row(FaultKind.NOT_FOUND, r"NoSuch(Bucket(Policy)?|Key|PublicAccessBlockConfiguration)"),  # S3
    Row(FaultKind.NOT_FOUND, r"NotFoundException"),  # KMS
    Row(FaultKind.NOT_FOUND, r"UnknownResourceException|Resource\w*ArnNotFoundException"),  # RAM
    # There already. SageMaker's own SDK accepts these two codes and texts.
    Row(FaultKind.ALREADY_EXISTS, r"Validation\w*|ResourceInUse\w*", r"already exist"),
    Row(FaultKind.ALREADY_EXISTS, r"\w*AlreadyExists(Exception)?|BucketAlreadyOwnedByYou"),
    # Not allowed. S3's HeadBucket has no body, so its code is the bare status.
    Row(FaultKind.DENIED, r"AccessDenied(Exception)?|Unauthorized\w*|403|OptInRequired"),
    Row(FaultKind.DENIED, r".*", r"not authorized to perform"),
    # Somebody else was at it at the same time.
    Row(FaultKind.CONFLICT, r"Conflict(Exception)?|ConditionalRequestConflict"),
    Row(FaultKind.CONFLICT, r"OperationAborted|PreconditionFailed|412|ResourceInUse\w*"),
    # Full.
    Row(FaultKind.LIMIT, r"\w*LimitExceeded\w*|\w*QuotaExceeded\w*|TooMany\w+"),
    # AWS itself failed.
    Row(FaultKind.UNREACHABLE, r"Internal\w*|ServerInternal\w*|Server(Error|Exception)"),
    Row(FaultKind.UNREACHABLE, r"ServiceUnavailable\w*|KMSInternalException|5\d\d"),
    Row(FaultKind.UNREACHABLE, r"DependencyTimeoutException|RequestTimeout(Exception)?"),
    # Not what AWS accepts.
    Row(FaultKind.INVALID, r"Validation\w*|Invalid\w+|Malformed\w+|Missing\w*Parameter\w*"),
    Row(FaultKind.INVALID, r"TagPolicy\w+|UnmatchedPolicy\w+|PackedPolicyTooLarge"),
    Row(FaultKind.INVALID, r".*", r"validation errors? detected"),
    Row(FaultKind.INVALID, r"OperationNotPermittedException|IdempotentParameterMismatch\w*"),
)
"""Codes and texts → what they mean. The first row that matches counts."""

_UNKNOWN_PRINCIPAL: Final = re.compile(
    r"invalid principal|principal not found|InvalidArnException", re.IGNORECASE
)
"""How S3, ECR and KMS say that a principal does not exist, or not yet."""

_MISSING: Final = re.compile(
    r"(?:user: (?P<who>\S+) is )?not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>\S+))?",
    re.IGNORECASE,
)

# IAM actions that are not called like the operation (service authorization reference, S3).
_ACTIONS: Final[Mapping[str, str]] = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
}


def classify(
    error: Exception, *, service: str, operation: str, environment: Environment | None
) -> AwsFault:
    """Return what an exception of a call means, in words for people.

    Takes what botocore raises; an `AwsFault` comes back as it is and any other exception as
    `UNKNOWN`.
    """
    if isinstance(error, AwsFault):
        return error
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping) or "Error" not in response:
        return classify_local(error, service=service, operation=operation, environment=environment)
    called = str(getattr(error, "operation_name", operation))
    if called != operation:  # botocore signed in first, and that is what failed
        service, operation = "sts" if called == "AssumeRole" else service, called
    return _answered(error, response, Call(service, operation, environment))


def metadata_of(error: Exception) -> Mapping[str, Any]:
    """Return what is known of the exchange: `RequestId`, `RetryAttempts`; empty if unanswered."""
    response = getattr(error, "response", None)
    metadata = response.get("ResponseMetadata") if isinstance(response, Mapping) else None
    return metadata if isinstance(metadata, Mapping) else {}


def _answered(error: Exception, response: Mapping[str, Any], call: Call) -> AwsFault:
    code = str(response["Error"].get("Code", ""))
    text = str(response["Error"].get("Message", "")).strip()
    kind = _kind(call, code, text)
    denial = _denial(call, kind, text)
    what, fix = words(call, kind, code, text, denial)
    return AwsFault(
        kind,
        what=what,
        operation=call.operation,
        code=code,
        request_id=metadata_of(error).get("RequestId"),
        permission=denial.action if denial else None,
        resource=denial.resource if denial else "",
        unknown_principal=bool(_UNKNOWN_PRINCIPAL.search(f"{code} {text}")),
        why=f"AWS says: {one_line(f'{code}: {text}' if text else code)}",
        fix=fix,
    )


def _kind(call: Call, code: str, text: str) -> FaultKind:
    if call.service == "kms" and code == "LimitExceededException":
        return FaultKind.LIMIT
    kind = next((row.kind for row in ROWS if row.matches(code, text)), FaultKind.UNKNOWN)
    # A role that cannot be assumed is nothing that could be shown as "unknown" and passed over.
    if call.operation == "AssumeRole" and kind is FaultKind.DENIED:
        return FaultKind.CREDENTIALS
    return kind


def _denial(call: Call, kind: FaultKind, text: str) -> Denial | None:
    if kind is not FaultKind.DENIED and call.operation != "AssumeRole":
        return None
    found = _MISSING.search(text)
    named = found.groupdict() if found else {}
    derived = f"{call.service}:{call.operation}"
    return Denial(
        who=one_line(named.get("who") or ""),
        action=one_line(named.get("action") or _ACTIONS.get(derived, derived)),
        resource=one_line(named.get("resource") or ""),
    )
