"""What a document allows that it did not allow before. Pure, and conservative: in doubt, it widens.

A statement is taken apart into principal, action and resource; each must have been allowed by one
earlier statement, under the same condition or none. Dropping a denial widens too, and so does
whatever cannot be taken apart: new, it might allow anything, and dropped, it might have denied it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import Json, canonical
from reconciler.policy.arns import fold_principal
from reconciler.policy.canonical import canonical_statement, statement_text
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import (
    ANYONE,
    AWS,
    is_allow,
    is_deny,
    may_allow,
    may_deny,
    principals,
    sid_of,
    values,
)
from reconciler.policy.globs import matches
from reconciler.policy.grammar import is_unclear

_INVERTED: Final = ("NotPrincipal", "NotAction", "NotResource")
_WILDCARD: Final = re.compile(r"[*?]|\$\{")
_Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Widening:
    """What one statement newly allows; empty `principals` stand for whoever it does not name.

    `denial` says that a denial was dropped or narrowed: the rest is what it denied. `unclear` says
    that the statement has a form that IAM does not know, so that it might be about anything.
    """

    sid: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    denial: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Denial:
    """What one statement newly denies; empty `principals` stand for whoever it does not name."""

    sid: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]


def widened(before: PolicyDocument | None, after: PolicyDocument) -> tuple[Widening, ...]:
    """Return what a document allows that the earlier one (`None` = there was none) did not."""
    old = before.statements if before else ()
    new = after.statements
    return (*_allowed(old, new), *_no_longer_denied(old, new))


def newly_denied(before: PolicyDocument | None, after: PolicyDocument) -> tuple[Denial, ...]:
    """Return what a document denies that the earlier one (`None` = there was none) did not.

    In doubt it is told: a denial that changed counts as a new one.
    """
    kept = set(map(_meaning, before.statements)) if before else set()
    new = (each for each in after.statements if is_deny(each) and _meaning(each) not in kept)
    return tuple(
        Denial(each.sid, each.principals, each.actions, each.resources) for each in map(_whole, new)
    )


def _allowed(old: Iterable[Statement], new: Iterable[Statement]) -> Iterator[Widening]:
    present = list(old)
    same = set(map(_meaning, present))
    earlier = [each for each in present if is_allow(each)]
    for statement in new:
        if may_allow(statement) and _meaning(statement) not in same:
            found = _uncovered(statement, earlier)
            if found is not None:
                yield found


def _no_longer_denied(old: Iterable[Statement], new: Iterable[Statement]) -> Iterator[Widening]:
    kept = set(map(_meaning, new))
    for statement in old:
        if may_deny(statement) and _meaning(statement) not in kept:
            yield _whole(statement, denial=True)


def _meaning(statement: Statement) -> str:
    return statement_text({**statement, "Sid": ""})


def _whole(statement: Statement, *, denial: bool = False) -> Widening:
    """Return all that a statement speaks about, as far as it can be named."""
    return Widening(
        sid_of(statement),
        tuple(_principals(statement)),
        tuple(_elements(statement, "Action")),
        tuple(_elements(statement, "Resource")),
        denial,
        is_unclear(statement),
    )


def _uncovered(statement: Statement, earlier: Iterable[Statement]) -> Widening | None:
    """Return what of a statement no earlier one allowed, `None` if all of it was."""
    if not _is_plain(statement):
        return _whole(statement)
    fitting = [
        each
        for each in earlier
        if _is_plain(each) and _condition(each) in {"", _condition(statement)}
    ]
    triples: list[_Triple] = [
        (principal, action, resource)
        for principal in _principals(statement)
        for action in _elements(statement, "Action")
        for resource in _elements(statement, "Resource") or [""]
        if not any(_covers(each, principal, action, resource) for each in fitting)
    ]
    if not triples:
        return None
    names, done, where = (tuple(dict.fromkeys(column)) for column in zip(*triples, strict=True))
    return Widening(sid_of(statement), names, done, tuple(each for each in where if each))


def _is_plain(statement: Statement) -> bool:
    """Say whether a statement can be taken apart."""
    return not is_unclear(statement) and not any(each in statement for each in _INVERTED)


def _condition(statement: Statement) -> str:
    found: Json = canonical_statement(statement).get("Condition")
    return canonical(found) if found else ""


def _principals(statement: Statement) -> list[str]:
    """Return everybody that a statement names, the type before those that are no AWS principals."""
    named: Mapping[str, tuple[str, ...]] = principals(statement)
    return [
        fold_principal(name) if kind == AWS else f"{kind or 'Principal'} {name}"
        for kind, names in named.items()
        for name in names
    ]


def _elements(statement: Statement, name: str) -> list[str]:
    found = list(values(statement, name))
    inverted = [f"everything but {each}" for each in values(statement, f"Not{name}")]
    return [*found, *inverted]


def _covers(earlier: Statement, principal: str, action: str, resource: str) -> bool:
    named = _principals(earlier)
    resources = _elements(earlier, "Resource") or [""]
    return (
        (principal in named or (ANYONE in named and " " not in principal))
        and any(_includes(each.lower(), action.lower()) for each in _elements(earlier, "Action"))
        and any(_includes(each, resource) for each in resources)
    )


def _includes(pattern: str, wanted: str) -> bool:
    """Say whether a pattern surely matches all that another one matches."""
    if pattern == wanted:
        return True
    if not _WILDCARD.search(wanted):
        return matches(pattern, wanted, variables=True).value is True
    head = pattern.removesuffix("*")
    return head != pattern and not _WILDCARD.search(head) and wanted.startswith(head)
