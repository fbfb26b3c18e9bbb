"""The form of a statement: which elements there are, and what each may hold.

After the IAM user guide, "Grammar of the IAM JSON policy language". Ours must keep to it.
Others' statements are kept whatever they look like, but what the grammar does not know might mean
anything: nothing harmless may be read into it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reconciler.core.data import Json
from reconciler.policy.conditions import is_operator
from reconciler.policy.document import Statement

FORM: Final = "a form that IAM does not know"
"""What an answer depends on where a statement is unclear."""

_PRINCIPAL_TYPES: Final = frozenset({"AWS", "CanonicalUser", "Federated", "Service"})
_EFFECTS: Final = ("Allow", "Deny")
_VALUES: Final = "texts, as they are meant: one, or a list of them"
_PAIRS: Final = (("Principal", "NotPrincipal"), ("Action", "NotAction"))
_RESOURCES: Final = ("Resource", "NotResource")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of a statement (`path`), as the rest of a sentence, and the cure.

    `unclear` says that nobody can tell what the statement means; otherwise it has no effect.
    """

    path: Path
    what: str
    fix: str
    unclear: bool = True


def is_unclear(statement: Statement) -> bool:
    """Say whether a statement has a form that IAM does not know, so that it might mean anything."""
    return any(fault.unclear for fault in _of_elements(statement))


def faults(statement: Statement, *, needs_resource: bool = True) -> Iterator[Fault]:
    """Yield all that IAM or the service would reject, or take without any effect."""
    yield from _of_elements(statement)
    if "Effect" not in statement:
        yield Fault((), "has no Effect of Allow or Deny", 'Effect: "Allow", with this spelling')
    for one, other in (*_PAIRS, _RESOURCES) if needs_resource else _PAIRS:
        if one not in statement and other not in statement:
            fix = f"{one} with the values that are meant"
            yield Fault((), f"needs either {one} or {other}", fix, unclear=False)


def _of_elements(statement: Statement) -> Iterator[Fault]:
    """Yield what is wrong with the elements that are there."""
    for key, value in statement.items():
        rule = _RULES.get(key)
        if rule is not None:
            yield from rule((key,), value)
    for one, other in (*_PAIRS, _RESOURCES):
        if one in statement and other in statement:
            fix = f"{one} with the values that are meant"
            yield Fault((other,), f"needs either {one} or {other}, not both", fix)
    if unknown := sorted(statement.keys() - _RULES.keys()):
        fix = "the statement without them"
        yield Fault((unknown[0],), f"has the unknown keys {', '.join(unknown)}", fix)


def _sid(path: Path, value: Json) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(path, "has a Sid that is no text", "a Sid of letters and digits", unclear=False)


def _effect(path: Path, value: Json) -> Iterator[Fault]:
    if not isinstance(value, str) or value not in _EFFECTS:
        # Another case of the letters is as clear as it is wrong.
        known = isinstance(value, str) and value.capitalize() in _EFFECTS
        fix = 'Effect: "Allow", with this spelling'
        yield Fault(path, "has no Effect of Allow or Deny", fix, unclear=not known)


def _principal(path: Path, value: Json) -> Iterator[Fault]:
    """A text other than `"*"` is for the guards to judge: it is clear who is meant."""
    if isinstance(value, str):
        return
    if not isinstance(value, Mapping):
        fix = f'{path[0]}: {{"AWS": [account ids, or ARNs of roles]}}'
        yield Fault(path, f"has a {path[0]} that is {_named(value)}, not a mapping", fix)
    elif not value:
        fix = f"{path[0]} with the values that are meant"
        yield Fault(path, f"has an empty {path[0]}", fix, unclear=False)
    else:
        for kind, names in value.items():
            if kind not in _PRINCIPAL_TYPES:
                known = ", ".join(sorted(_PRINCIPAL_TYPES))
                yield Fault((*path, kind), f"has the unknown principal type {kind!r}", known)
            yield from _texts((*path, kind), names)


def _texts(path: Path, value: Json) -> Iterator[Fault]:
    """A text, or a list of texts; no lists in lists, no numbers, nothing empty."""
    name = ".".join(map(str, path))
    if isinstance(value, str) or not isinstance(value, Sequence):
        yield from _text(path, name, value)
    elif not value:
        fix = f"{name} with the values that are meant"
        yield Fault(path, f"has an empty {name}", fix, unclear=False)
    else:
        for index, each in enumerate(value):
            yield from _text((*path, index), name, each)


def _text(path: Path, name: str, value: Json) -> Iterator[Fault]:
    if not isinstance(value, str):
        what = f"has {_named(value)} in {name} where IAM takes text"
        yield Fault(path, what, f"{name} with {_VALUES}")
    elif not value and name.startswith(("Principal", "NotPrincipal")):
        yield Fault(path, f"has an empty text in {name}", f"{name} with {_VALUES}", unclear=False)


def _condition(path: Path, value: Json) -> Iterator[Fault]:
    if not isinstance(value, Mapping) or not value:
        what = "an empty mapping" if isinstance(value, Mapping) else _named(value)
        fix = "operators, each with keys and values; or leave Condition out"
        unclear = not isinstance(value, Mapping)
        yield Fault(path, f"has a Condition that is {what}", fix, unclear=unclear)
        return
    for operator, keys in value.items():
        where = (*path, operator)
        if not is_operator(operator):
            fix = "an operator of the IAM user guide, for example StringEquals"
            what = f"has the unknown condition operator {operator!r}"
            # Clear enough: the evaluation knows that it does not know this one condition.
            yield Fault(where, what, fix, unclear=False)
        if not isinstance(keys, Mapping) or not keys:
            fix = f"{operator} with keys and values, for example aws:SourceVpc: vpc-1"
            yield Fault(where, f"has no condition keys under {operator!r}", fix)
            continue
        for key, found in keys.items():
            yield from _condition_values((*where, key), found)


def _condition_values(path: Path, value: Json) -> Iterator[Fault]:
    """Texts, numbers and booleans: one, or a list of them."""
    many = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if not many or not all(map(_is_condition_value, many)):
        what = f"has no plain values under the condition key {path[-1]!r}"
        yield Fault(path, what, "text, numbers or true and false: one, or a list of them")


def _is_condition_value(value: Json) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool | int)


def _named(value: Json) -> str:
    """Return how a message calls a value that is no text."""
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return "a boolean" if isinstance(value, bool) else "a number"
    return "a mapping" if isinstance(value, Mapping) else "a list"


_RULES: Final[Mapping[str, Callable[[Path, Json], Iterator[Fault]]]] = MappingProxyType(
    {
        "Sid": _sid,
        "Effect": _effect,
        "Principal": _principal,
        "NotPrincipal": _principal,
        "Action": _texts,
        "NotAction": _texts,
        "Resource": _texts,
        "NotResource": _texts,
        "Condition": _condition,
    }
)
