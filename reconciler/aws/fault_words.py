"""What failed and what to do about it, in our words: one table per kind of AWS answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.aws.api import FaultKind
from reconciler.aws.wording import place
from reconciler.core.environment import Environment


@dataclass(frozen=True, slots=True)
class Call:
    """The call that failed."""

    service: str
    operation: str
    environment: Environment | None

    def __str__(self) -> str:
        """Return `sagemaker:Search in environment 'registry' (1234…, eu-west-1)`."""
        return f"{self.service}:{self.operation} in {place(self.environment)}"


@dataclass(frozen=True, slots=True)
class Denial:
    """Who was not allowed which action on what, as far as AWS says (empty = it does not)."""

    who: str
    action: str
    resource: str


_WORDS: Final[Mapping[FaultKind, tuple[str, str]]] = {
    FaultKind.NOT_FOUND: (
        "{call} found nothing under that name",
        "check the name, and that it is in this account and region",
    ),
    FaultKind.ALREADY_EXISTS: (
        "{call} was refused: there is one already",
        "run plan again: it reads what exists and shows how the manifest differs",
    ),
    FaultKind.CREDENTIALS: (
        "AWS does not accept the credentials used for {call}",
        "run `aws sts get-caller-identity` to see who you are, and sign in again",
    ),
    FaultKind.CONFLICT: (
        "{call} was refused: the resource was being changed by somebody else, or is still in use",
        "wait for the other change to end, then run it again",
    ),
    FaultKind.THROTTLED: (
        "AWS kept throttling {call} until the retries were used up",
        "run it again later or with a smaller --parallelism; a re-run goes on where this ended",
    ),
    FaultKind.LIMIT: (
        "{call} was refused: a quota is used up",
        "remove what is no longer needed, or request a higher quota in Service Quotas",
    ),
    FaultKind.INVALID: (
        "AWS refused the input of {call}",
        "correct the value that AWS names",
    ),
    FaultKind.UNREACHABLE: (
        "AWS failed inside {call}",
        "run it again in a few minutes; if it stays, look at the AWS Health Dashboard",
    ),
    FaultKind.UNKNOWN: (
        "{call} failed",
        "look the error code up in the AWS documentation of {operation}",
    ),
}

_SANDBOX: Final = (
    "this is the sandbox, not AWS: mend the file or make room where the message says, or choose"
    " another folder with --sandbox-state"
)

# Special cases of a kind: code, text → fix. The first that matches counts.
_FIXES: Final[Mapping[FaultKind, tuple[tuple[str, str, str], ...]]] = {
    FaultKind.CREDENTIALS: (
        (
            r"ExpiredToken.*|RequestExpired",
            r"",
            "the session has expired: sign in again (`aws sso login`, or renew the temporary keys)",
        ),
        (
            r"RequestTimeTooSkewed|SignatureDoesNotMatch|InvalidSignatureException",
            r"expired|not yet current|skew|time",
            "set this machine's clock: AWS refuses signatures that are some minutes off",
        ),
        (
            r"SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature",
            r"",
            "the secret key does not belong to the access key: set both again",
        ),
        (
            r"InvalidClientTokenId|UnrecognizedClientException|InvalidToken|AuthFailure|Region.*",
            r"",
            (
                "sign in again (`aws sso login`), check with `aws sts get-caller-identity`, and see"
                " that the region is enabled in the account"
            ),
        ),
    ),
    FaultKind.UNKNOWN: ((r"SandboxFault", r"", _SANDBOX),),
    FaultKind.UNREACHABLE: ((r"InternalFailure", r"^The sandbox\b", _SANDBOX),),
    FaultKind.CONFLICT: (
        (r".*", r"contains? .*model package|not empty", "delete what it still contains first"),
    ),
    FaultKind.INVALID: (
        (
            r".*",
            r"scoped to correct region",
            (
                "an ARN belongs to another region than the environment: correct the ARN, or the"
                " `region` of the Environment manifest"
            ),
        ),
        (
            r".*",
            r"invalid principal|principal not found",
            (
                "check the spelling of every principal; one created just now takes a minute to be"
                " known"
            ),
        ),
    ),
}

_ALLOWED_BY: Final = (
    (
        r"explicit deny",
        (
            "a policy denies {action} on {resource} explicitly; an Allow does not help: change the"
            " statement that denies it"
        ),
    ),
    (
        r"BlockPublicPolicy|public policies are",
        "the Block Public Access settings refuse this policy: narrow its principals",
    ),
    (
        r"no resource-based policy allows",
        "allow {action} to {who} in the resource policy of {resource}",
    ),
    (
        r"no permissions boundary allows",
        "allow {action} on {resource} in the permissions boundary of {who}",
    ),
    (
        r"no service control policy allows",
        "allow {action} on {resource} in the organization's service control policy",
    ),
    (r"", "allow {action} on {resource} in an IAM policy of {who}"),
)


def words(
    call: Call, kind: FaultKind, code: str, text: str, denial: Denial | None
) -> tuple[str, str]:
    """Return what failed and how to fix it."""
    if denial and call.operation == "AssumeRole":
        return _not_assumed(call, denial)
    if denial and kind is FaultKind.DENIED:
        return _not_allowed(call, text, denial)
    what, fix = _WORDS[kind]
    for code_pattern, text_pattern, special in _FIXES.get(kind, ()):
        if re.fullmatch(code_pattern, code) and re.search(text_pattern, text, re.IGNORECASE):
            fix = special
            break
    return what.format(call=call), fix.format(operation=call.operation)


def _not_allowed(call: Call, text: str, denial: Denial) -> tuple[str, str]:
    rows = (fix for pattern, fix in _ALLOWED_BY if re.search(pattern, text, re.IGNORECASE))
    fix = next(rows).format(
        action=denial.action,
        resource=denial.resource or "the resource",
        who=denial.who or "the caller",
    )
    return f"{denial.who or 'the caller'} may not call {call}", fix


def _not_assumed(call: Call, denial: Denial) -> tuple[str, str]:
    roles = call.environment.assume_role if call.environment else None
    given = roles and " or ".join(role for role in (roles.plan, roles.apply) if role)
    role = denial.resource or given or "the role"
    who = denial.who or "the caller"
    external = (
        "with the external id that the Environment manifest gives"
        if roles and roles.external_id
        else "and, if it asks for an external id, the Environment manifest must give it"
        " (assumeRole.externalId)"
    )
    return (
        f"{who} could not assume {role} for {place(call.environment)}",
        (
            f"check that {role} exists, that its trust policy lets {who} call sts:AssumeRole"
            f" {external}, and that the caller's own policy allows sts:AssumeRole on it"
        ),
    )
