"""Who calls: accounts and roles, read from the access key and session token alone.

Nothing is remembered, so credentials outlive a restart of the server. Signatures are not checked:
the sandbox listens on the loopback address and guards nothing of value.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from http import HTTPStatus

from reconciler.sandbox.documents import JsonObject, number, parse_object, text
from reconciler.sandbox.errors import ApiError

DEFAULT_ACCOUNT = "123456789012"
"""The account of keys that name none, such as `test`; moto's default too."""

SECRET = "sandbox-secret-not-checked"  # noqa: S105 - there is nothing behind it
_ACCOUNT_ID = re.compile(r"\d{12}")
_AWS_SHAPED = re.compile(r"A(?:KIA|SIA)[A-Z2-7]{16}")
_SEAL_SALT = b"reconciler-sandbox"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller, as GetCallerIdentity would describe it.

    `role_arn` is set for assumed roles: policies name the role, `arn` names the session.
    """

    account: str
    arn: str
    user_id: str
    role_arn: str | None = None


def credentials_for(
    account_id: str,
    role: str | None = None,
    *,
    session_name: str = "sandbox",
    expires: float | None = None,
) -> tuple[str, str, str | None]:
    """Return (access key, secret, session token) that the sandbox takes for this account.

    Without `role` the key is the account id itself and the token None. With a role's name (or
    ARN) the caller is that assumed role; `expires` is a time in seconds since the epoch.
    """
    if role is None:
        return account_id, SECRET, None
    role_arn = role if role.startswith("arn:") else f"arn:aws:iam::{account_id}:role/{role}"
    claims: JsonObject = {"role": role_arn, "session": session_name, "expires": expires}
    key = _access_key(account_id)
    return key, SECRET, _sealed(key, claims)


def identify(access_key: str, token: str | None, now: float) -> Caller:
    """Return who owns these credentials.

    Raises:
        ApiError: AWS would refuse them: a key that looks like AWS's and was not minted here, a
            damaged token, or an expired one (codes as the JSON services answer them).
    """
    if _ACCOUNT_ID.fullmatch(access_key):
        return _plain_user(access_key)
    if not _AWS_SHAPED.fullmatch(access_key):
        return _plain_user(DEFAULT_ACCOUNT)
    account = _account_of(access_key)
    if account is None or not token:
        raise _unrecognized()
    claims = _unsealed(access_key, token)
    expires = number(claims, "expires")
    if expires is not None and now >= expires:
        raise expired()
    return _assumed_role(account, text(claims, "role") or "", text(claims, "session") or "")


def expired() -> ApiError:
    """Return the answer to expired credentials.

    Source: AWS "Common errors" page of the JSON services; STS answers the same text with the code
    ExpiredToken (see `query_code`).
    """
    return ApiError(
        "ExpiredTokenException", "The security token included in the request is expired"
    )


def query_code(code: str) -> str:
    """Return how the query protocol (STS) spells a credential error's code.

    Source: AWS STS API reference, "Common errors".
    """
    spelled = {
        "UnrecognizedClientException": "InvalidClientTokenId",
        "ExpiredTokenException": "ExpiredToken",
        "AccessDeniedException": "AccessDenied",
        "ThrottlingException": "Throttling",
        "ValidationException": "ValidationError",
    }
    return spelled.get(code, code)


def _unrecognized() -> ApiError:
    return ApiError(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )


def _plain_user(account: str) -> Caller:
    return Caller(account, f"arn:aws:iam::{account}:user/sandbox", f"AIDA{unique_tag(account)}")


def _assumed_role(account: str, role_arn: str, session: str) -> Caller:
    name = role_arn.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return Caller(account, arn, f"AROA{unique_tag(role_arn)}:{session}", role_arn)


def _access_key(account: str) -> str:
    packed = base64.b32encode(int(account).to_bytes(5, "big")).decode()
    return f"ASIA{packed}{unique_tag('key' + account)[:8]}"


def _account_of(access_key: str) -> str | None:
    try:
        account = str(int.from_bytes(base64.b32decode(access_key[4:12]), "big")).zfill(12)
    except ValueError:
        return None
    return account if len(account) == 12 and access_key == _access_key(account) else None  # noqa: PLR2004


def unique_tag(seed: str) -> str:
    """Return the part of a unique id that follows its prefix (AROA, AIDA): always the same."""
    return base64.b32encode(hashlib.sha256(_SEAL_SALT + seed.encode()).digest()).decode()[:17]


def _sealed(access_key: str, claims: JsonObject) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims, sort_keys=True).encode()).decode()
    return f"{payload}.{unique_tag(access_key + payload)}"


def _unsealed(access_key: str, token: str) -> JsonObject:
    payload, _, seal = token.partition(".")
    if seal != unique_tag(access_key + payload):
        raise _unrecognized()
    return parse_object(base64.urlsafe_b64decode(payload))


def missing_credentials() -> ApiError:
    """Return the answer to an unsigned request. Source: AWS "Common errors" page."""
    return ApiError(
        "MissingAuthenticationTokenException", "Missing Authentication Token", HTTPStatus.FORBIDDEN
    )
