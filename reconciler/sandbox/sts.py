"""GetCallerIdentity and AssumeRole. Every role of every account may be assumed.

Trust policies are not modelled; a required ExternalId is (`SandboxSettings.external_ids`), and
`Faults.deny` refuses a role on demand.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from reconciler.sandbox.context import Context
from reconciler.sandbox.credentials import credentials_for, identify
from reconciler.sandbox.documents import JsonObject, number, text
from reconciler.sandbox.errors import ApiError, invalid

_ROLE_ARN = re.compile(r"arn:aws[a-z\-]*:iam::(\d{12}):role/[\w+=,.@\-/]+")
_SESSION_NAME = re.compile(r"[\w+=,.@\-]{2,64}")
_SHORTEST, _LONGEST = 900, 43_200


def get_caller_identity(context: Context, _parameters: JsonObject) -> JsonObject:
    """Say who calls; needs no permission (AWS STS API reference)."""
    caller = context.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def assume_role(context: Context, parameters: JsonObject) -> JsonObject:
    """Mint credentials of a role.

    Source: AWS STS API reference, AssumeRole (patterns, 900 to 43200 seconds, ExternalId).
    """
    role_arn = text(parameters, "RoleArn") or ""
    session = text(parameters, "RoleSessionName") or ""
    role = _ROLE_ARN.fullmatch(role_arn)
    if role is None:
        raise invalid(f"{role_arn} is invalid")
    if not _SESSION_NAME.fullmatch(session):
        raise _violation(
            "roleSessionName", session, r"satisfy regular expression pattern: [\w+=,.@-]*"
        )
    _require_external_id(context, role_arn, text(parameters, "ExternalId"))
    expires = context.now + _duration(context, parameters)
    key, secret, token = credentials_for(role[1], role_arn, session_name=session, expires=expires)
    caller = identify(key, token, context.now)
    moment = datetime.fromtimestamp(expires, UTC)
    return {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
    }


def _duration(context: Context, parameters: JsonObject) -> float:
    asked = number(parameters, "DurationSeconds")
    if asked is None:
        return context.settings.assumed_role_seconds
    if not _SHORTEST <= asked <= _LONGEST:
        bound = (
            f"have value greater than or equal to {_SHORTEST}"
            if asked < _SHORTEST
            else f"have value less than or equal to {_LONGEST}"
        )
        raise _violation("durationSeconds", str(int(asked)), bound)
    return asked


def _require_external_id(context: Context, role_arn: str, given: str | None) -> None:
    wanted = context.settings.external_ids.get(role_arn)
    if wanted is not None and given != wanted:
        raise ApiError(
            "AccessDeniedException",
            f"User: {context.caller.arn} is not authorized to perform: sts:AssumeRole on "
            f"resource: {role_arn}",
        )


def _violation(where: str, value: str, constraint: str) -> ApiError:
    return invalid(
        f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
        f"Member must {constraint}"
    )
