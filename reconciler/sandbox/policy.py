"""A small IAM evaluator: does a resource policy allow this caller this action on this resource?

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference". Knows
account, role, session and user principals, NotPrincipal, wildcards in Action and Resource (and
NotAction, NotResource), explicit Deny, and string and ARN conditions on the caller's account and
ARN. Conditions on anything else are not met.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from reconciler.sandbox.credentials import Caller
from reconciler.sandbox.documents import JsonObject, JsonValue, parse_object

_ACCOUNT_PRINCIPAL = re.compile(r"(?:arn:aws[a-z\-]*:iam::)?(\d{12})(?::root)?")


class Decision(Enum):
    """What a policy says about one call."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


def evaluate(policy: str, caller: Caller, action: str, resource: str) -> Decision:
    """Return what the policy says; an explicit Deny wins over any Allow."""
    return evaluate_document(parse_object(policy), caller, action, resource)


def evaluate_document(policy: JsonObject, caller: Caller, action: str, resource: str) -> Decision:
    """Return what a policy document says; see `evaluate`."""
    found = Decision.SILENT
    for statement in statements(policy):
        if not _applies(statement, caller, action, resource):
            continue
        if statement.get("Effect") == "Deny":
            return Decision.DENY
        found = Decision.ALLOW
    return found


def allows_account(policy: str, account: str, action: str, resource: str) -> bool:
    """Return whether the policy allows a whole account (not only one of its roles) an action."""
    probe = Caller(account, f"arn:aws:iam::{account}:root", account)
    return evaluate(policy, probe, action, resource) is Decision.ALLOW


def statements(policy: JsonObject) -> list[JsonObject]:
    """Return the statements of a policy document; a single one may stand without a list."""
    return [item for item in as_list(policy.get("Statement")) if isinstance(item, dict)]


def as_list(value: JsonValue) -> list[JsonValue]:
    """Return a policy element as a list, which may be written as a scalar."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _applies(statement: JsonObject, caller: Caller, action: str, resource: str) -> bool:
    return (
        _principal_matches(statement, caller)
        and _element_matches(statement, "Action", action.lower(), fold=True)
        and _element_matches(statement, "Resource", resource, fold=False)
        and _conditions_met(statement, caller)
    )


def _principal_matches(statement: JsonObject, caller: Caller) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], caller)
    return _names(statement.get("Principal"), caller)


def _names(principal: JsonValue, caller: Caller) -> bool:
    listed = as_list(principal.get("AWS")) if isinstance(principal, dict) else as_list(principal)
    return any(isinstance(entry, str) and _is_caller(entry, caller) for entry in listed)


def _is_caller(principal: str, caller: Caller) -> bool:
    account = _ACCOUNT_PRINCIPAL.fullmatch(principal)
    if account is not None:
        return account[1] == caller.account
    return principal in {"*", caller.arn, caller.role_arn}


def _element_matches(statement: JsonObject, element: str, value: str, *, fold: bool) -> bool:
    negated = f"Not{element}" in statement
    patterns = as_list(statement.get(f"Not{element}" if negated else element))
    hit = any(
        isinstance(pattern, str) and wildcard(pattern.lower() if fold else pattern, value)
        for pattern in patterns
    )
    return hit is not negated


def _conditions_met(statement: JsonObject, caller: Caller) -> bool:
    conditions = statement.get("Condition")
    if not isinstance(conditions, dict):
        return True
    return all(
        _condition_met(operator, key.lower(), as_list(wanted), caller)
        for operator, keys in conditions.items()
        if isinstance(keys, dict)
        for key, wanted in keys.items()
    )


def _condition_met(operator: str, key: str, wanted: list[JsonValue], caller: Caller) -> bool:
    known = {
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.role_arn or caller.arn,
    }
    actual = known.get(key)
    plain = operator.replace("Not", "")
    if actual is None or plain not in {"StringEquals", "StringLike", "ArnEquals", "ArnLike"}:
        return False
    texts = [entry for entry in wanted if isinstance(entry, str)]
    if plain == "StringEquals":
        hit = actual in texts
    else:
        hit = any(wildcard(pattern, actual) for pattern in texts)
    return hit is not (plain != operator)


def wildcard(pattern: str, value: str) -> bool:
    """Return whether a policy pattern (`*` any text, `?` any one character) matches a value."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
