"""Reading the elements of a statement, which may each be one value or a list of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.core.data import Json
from reconciler.policy.document import Statement

ANYONE: Final = "*"
"""The principal that is everyone: `"*"` and `{"AWS": "*"}` alike."""
AWS: Final = "AWS"
"""The type of principals that are accounts, roles and users."""
UNTYPED: Final = ""
"""The type that we give to a string principal other than `"*"`, which AWS does not know."""


def as_text(value: Json) -> str | None:
    """Return a scalar as policies compare it: `true`, `100`, text; `None` if it is no scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None


def texts(value: Json) -> tuple[str, ...] | None:
    """Return the values of an element, in order; `None` if it is not made of scalars."""
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = [as_text(each) for each in many]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None


def values(statement: Statement, element: str) -> tuple[str, ...]:
    """Return the values of an element of a statement; none if absent or not made of scalars."""
    return texts(statement.get(element, [])) or ()


def sid_of(statement: Statement) -> str:
    """Return the Sid; an absent one is `""`, as S3 writes it (policies.md A2)."""
    return as_text(statement.get("Sid", "")) or ""


def is_allow(statement: Statement) -> bool:
    """Say whether a statement allows."""
    return effect_of(statement) == "Allow"


def is_deny(statement: Statement) -> bool:
    """Say whether a statement denies."""
    return effect_of(statement) == "Deny"


def may_allow(statement: Statement) -> bool:
    """Say whether a statement allows, or has an effect that nobody knows."""
    return effect_of(statement) != "Deny"


def may_deny(statement: Statement) -> bool:
    """Say whether a statement denies, or has an effect that nobody knows."""
    return effect_of(statement) != "Allow"


def effect_of(statement: Statement) -> str:
    """Return the effect with a capital letter, `""` if there is none."""
    return (as_text(statement.get("Effect", "")) or "").capitalize()


def principals(statement: Statement, element: str = "Principal") -> dict[str, tuple[str, ...]]:
    """Return the principals by type, in order. `"*"` is `{"AWS": ["*"]}`; `{}` if absent."""
    found = statement.get(element)
    if found == ANYONE:
        return {AWS: (ANYONE,)}
    if isinstance(found, str):
        return {UNTYPED: (found,)}
    if not isinstance(found, Mapping):
        return {}
    return {kind: texts(names) or () for kind, names in found.items()}


def named_principals(statement: Statement) -> tuple[str, ...]:
    """Return everyone named in `Principal` and `NotPrincipal`, of every type, in order."""
    return tuple(
        name
        for element in ("Principal", "NotPrincipal")
        for names in principals(statement, element).values()
        for name in names
    )
