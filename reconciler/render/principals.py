"""Principals as people know them: with the environment of their account beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconciler.core.data import MISSING, Json, Value, is_list, is_map, is_missing

_MEMBERS: Final = frozenset({"Principal", "NotPrincipal", "GranteePrincipal"})
_ACCOUNT: Final = re.compile(r"([0-9]{12})|arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):\S+")


def with_places(value: Value, accounts: Mapping[str, str]) -> Value:
    """Return a value with every principal in it named: `444444444444 (production)`."""
    return MISSING if is_missing(value) else _named(value, accounts, inside=False)


def _named(value: Json, accounts: Mapping[str, str], *, inside: bool) -> Json:
    """Walk a value; only what is `inside` a member for principals is one."""
    if isinstance(value, str):
        return _name(value, accounts) if inside else value
    if is_map(value):
        return {
            key: _named(item, accounts, inside=inside or key in _MEMBERS)
            for key, item in value.items()
        }
    if is_list(value):
        return [_named(item, accounts, inside=inside) for item in value]
    return value


def _name(principal: str, accounts: Mapping[str, str]) -> str:
    found = _ACCOUNT.fullmatch(principal)
    name = accounts.get(found[1] or found[2]) if found else None
    return f"{principal} ({name})" if name else principal
