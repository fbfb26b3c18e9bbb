"""Whether a statement's condition holds for what is known of a request.

IAM user guide, "Condition operators" and "Conditions with multiple context keys or values":
operators and keys are all required, values are alternatives, a negated operator wants none of
them. A key that the request lacks fails, except for negated operators, `IfExists` and
`ForAllValues`. A key or operator that we do not know is unknown, never false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reconciler.core.data import Json
from reconciler.policy.elements import texts
from reconciler.policy.operators import NEGATED, TESTS, Test
from reconciler.policy.truth import NO, YES, Truth, both, either, negate, truth, unknown

_OPERATOR = re.compile(r"(?:(?P<over>ForAllValues|ForAnyValue):)?(?P<name>\w+?)(?P<if>IfExists)?")


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a request: values by lower-case key, and keys that it surely lacks.

    `encryption` is the encryption context of a KMS request (`None` = not known).
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    encryption: Mapping[str, str] | None = None

    def including(self, values: Mapping[str, tuple[str, ...]]) -> Context:
        """Return the context with more values, by key in any case; known ones are kept."""
        added = {key.lower(): found for key, found in values.items()}
        return Context({**added, **self.values}, self.absent, self.encryption)


OVER_TLS: Final = Context({"aws:securetransport": ("true",)})
"""What is known of every request that AWS's own clients make: their endpoints are https."""


class _Over(StrEnum):
    ONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class _Operator:
    test: Test
    negated: bool
    over: _Over
    if_exists: bool


def holds(condition: Json, context: Context, *, variables: bool) -> Truth:
    """Say whether a `Condition` element holds. `variables`: the document knows `${...}`."""
    if not isinstance(condition, Mapping):
        return unknown("Condition")
    return both(_operators(condition, context, variables=variables))


def is_operator(name: str) -> bool:
    """Say whether IAM knows a condition operator, with what may stand before and after it."""
    return name == "Null" or _parse(name) is not None


def _operators(
    condition: Mapping[str, Json], context: Context, *, variables: bool
) -> Iterator[Truth]:
    for name, keys in condition.items():
        if not isinstance(keys, Mapping):
            yield unknown(name)
            continue
        for key, found in keys.items():
            patterns = texts(found)
            if patterns is None:
                yield unknown(key.lower())
            elif name == "Null":
                yield _null(key.lower(), patterns, context)
            else:
                operator = _parse(name)
                yield (
                    _key(operator, key.lower(), patterns, context, variables=variables)
                    if operator
                    else unknown(name)
                )


def _parse(name: str) -> _Operator | None:
    found = _OPERATOR.fullmatch(name)
    if found is None:
        return None
    base = found["name"]
    positive = NEGATED.get(base, base)
    test = TESTS.get(positive)
    if test is None:
        return None
    return _Operator(test, base in NEGATED, _Over(found["over"] or ""), bool(found["if"]))


def _key(
    operator: _Operator,
    key: str,
    patterns: tuple[str, ...],
    context: Context,
    *,
    variables: bool,
) -> Truth:
    values = context.values.get(key, ())
    if not values:
        return _missing(operator) if _lacks(context, key) else unknown(key)
    if operator.over is _Over.ONE and len(values) > 1:
        return unknown(key)
    tested = (_value(operator, patterns, value, variables=variables) for value in values)
    return either(tested) if operator.over is _Over.ANY else both(tested)


def _lacks(context: Context, key: str) -> bool:
    return key in context.absent or key in context.values


def _missing(operator: _Operator) -> Truth:
    """Return what an operator says of a key that the request lacks."""
    if operator.if_exists or operator.over is _Over.ALL:
        return YES
    return truth(value=operator.negated and operator.over is _Over.ONE)


def _value(operator: _Operator, patterns: tuple[str, ...], value: str, *, variables: bool) -> Truth:
    found = either(operator.test(pattern, value, variables=variables) for pattern in patterns)
    return negate(found) if operator.negated else found


def _null(key: str, patterns: tuple[str, ...], context: Context) -> Truth:
    """`true` wants the key to be lacking, `false` wants it to be there."""
    if context.values.get(key):
        lacking = NO
    elif _lacks(context, key):
        lacking = YES
    else:
        return unknown(key)
    wants = {"true": lacking, "false": negate(lacking)}
    return either(wants.get(pattern.lower(), unknown("Null")) for pattern in patterns)
