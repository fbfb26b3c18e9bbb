"""The form in which two policies that mean the same are equal, and no others (policies.md A1.4).

It is for comparing and fingerprints only: what is sent is never canonicalised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reconciler.core.data import Json, canonical, digest
from reconciler.policy.arns import fold_principal, fold_session, is_dangling
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import (
    ANYONE,
    AWS,
    UNTYPED,
    as_text,
    named_principals,
    sid_of,
    texts,
)


def canonical_statement(statement: Statement) -> dict[str, Json]:
    """Return the canonical form of a statement, as JSON. Unknown keys are kept verbatim."""
    found: dict[str, Json] = {"Sid": ""}
    for key, value in statement.items():
        rule = _RULES.get(key)
        found[key] = rule(value) if rule else value
    if found.get("Condition") == {}:
        del found["Condition"]
    return found


def canonical_document(document: PolicyDocument) -> dict[str, Json]:
    """Return the canonical form of a document: its statements in an order of their own."""
    forms = sorted((canonical_statement(each) for each in document.statements), key=canonical)
    return {"Id": "", **document.members, "Version": document.version, "Statement": forms}


def equal(one: PolicyDocument, other: PolicyDocument) -> bool:
    """Say whether two documents mean the same, their statements matched one to one."""
    return canonical(canonical_document(one)) == canonical(canonical_document(other))


def equal_statements(one: Statement, other: Statement) -> bool:
    """Say whether two statements mean the same, Sid included."""
    return statement_text(one) == statement_text(other)


def statement_text(statement: Statement) -> str:
    """Return the one text of all statements that mean the same: a key for sets and counters."""
    return canonical(canonical_statement(statement))


def fingerprint(statements: Iterable[Statement]) -> str:
    """Return the digest of a multiset of statements, in whatever order and spelling."""
    return digest(sorted(map(statement_text, statements)))


@dataclass(frozen=True, slots=True)
class Difference:
    """What two multisets of statements do not share, each statement verbatim."""

    missing: tuple[Statement, ...]
    unexpected: tuple[Statement, ...]

    def __bool__(self) -> bool:
        """Say whether there is any difference."""
        return bool(self.missing or self.unexpected)


def difference(expected: Iterable[Statement], found: Iterable[Statement]) -> Difference:
    """Return what is missing from `found` and what was not expected, matched one to one."""
    wanted, present = tuple(expected), tuple(found)
    return Difference(_without(wanted, present), _without(present, wanted))


def _without(ours: tuple[Statement, ...], theirs: tuple[Statement, ...]) -> tuple[Statement, ...]:
    left = Counter(map(statement_text, theirs))
    kept: list[Statement] = []
    for each in ours:
        text = statement_text(each)
        if left[text]:
            left[text] -= 1
        else:
            kept.append(each)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class DanglingPrincipal:
    """A deleted role or user that a statement still names, by its unique id."""

    sid: str
    principal: str


def dangling_principals(statements: Iterable[Statement]) -> tuple[DanglingPrincipal, ...]:
    """Return the principals that AWS shows by unique id because they were deleted, in order."""
    return tuple(
        DanglingPrincipal(sid_of(each), name)
        for each in statements
        for name in named_principals(each)
        if is_dangling(name)
    )


def differ_by_sessions_only(one: Statement, other: Statement) -> bool:
    """Say whether two statements differ, but only in session ARNs against their role ARNs.

    KMS was reported to rewrite the one into the other (terraform-provider-aws#39788); as a
    session is less than its role, this is a class of warning, not equality.
    """
    return not equal_statements(one, other) and (
        statement_text(_with_roles(one)) == statement_text(_with_roles(other))
    )


def _with_roles(statement: Statement) -> Statement:
    return {
        key: _fold_sessions(value) if key in {"Principal", "NotPrincipal"} else value
        for key, value in statement.items()
    }


def _fold_sessions(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return value
    return {
        kind: names
        if (known := texts(names)) is None
        else [fold_session(each) if kind == AWS else each for each in known]
        for kind, names in value.items()
    }


def _set(value: Json) -> Json:
    found = texts(value)
    return value if found is None else sorted(set(found))


def _lower_set(value: Json) -> Json:
    """Fold the case of actions: IAM matches them without regard to it."""
    found = texts(value)
    return value if found is None else sorted({each.lower() for each in found})


def _effect(value: Json) -> Json:
    return value.capitalize() if isinstance(value, str) else value


def _sid(value: Json) -> Json:
    found = as_text(value)
    return value if found is None else found


def _principal(value: Json) -> Json:
    """Fold `"*"` into its typed form; any other string is a set of its own, equal to no account."""
    if isinstance(value, str):
        return {AWS: [ANYONE]} if value == ANYONE else {UNTYPED: [value]}
    if not isinstance(value, Mapping):
        return value
    forms = {kind: _principals(kind, names) for kind, names in value.items()}
    return {kind: form for kind, form in forms.items() if form != []}


def _principals(kind: str, names: Json) -> Json:
    found = texts(names)
    if found is None:
        return names
    return sorted({fold_principal(each) if kind == AWS else each for each in found})


def _condition(value: Json) -> Json:
    """Fold the case of keys and the order of values; an operator without keys says nothing."""
    if not isinstance(value, Mapping):
        return value
    forms = {operator: _keys(keys) for operator, keys in value.items()}
    return {operator: form for operator, form in forms.items() if form != {}}


def _keys(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return value
    spellings = Counter(key.lower() for key in value)
    # Two spellings of one key are two tests that must both hold: they are not merged.
    return {
        key.lower() if spellings[key.lower()] == 1 else key: _set(found)
        for key, found in value.items()
    }


_RULES: Final[Mapping[str, Callable[[Json], Json]]] = MappingProxyType(
    {
        "Sid": _sid,
        "Effect": _effect,
        "Action": _lower_set,
        "NotAction": _lower_set,
        "Resource": _set,
        "NotResource": _set,
        "Principal": _principal,
        "NotPrincipal": _principal,
        "Condition": _condition,
    }
)
