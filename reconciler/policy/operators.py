"""The condition operators of the IAM user guide, each a test of one pattern and one value."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final, Protocol

from reconciler.policy.globs import equals, matches
from reconciler.policy.truth import NO, Truth, both, truth, unknown

_ARN_PARTS = 6


class Test(Protocol):
    """Compare a value of the request with one value of the policy."""

    def __call__(self, pattern: str, value: str, *, variables: bool) -> Truth:
        """Say whether the value is what the pattern wants."""
        ...


def _equals_ignoring_case(pattern: str, value: str, *, variables: bool) -> Truth:
    return equals(pattern.lower(), value.lower(), variables=variables)


def _arn(pattern: str, value: str, *, variables: bool) -> Truth:
    """Compare part by part; `ArnEquals` and `ArnLike` are one and the same."""
    wanted, found = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or "${" in pattern:
        return unknown(f"the pattern {pattern}")
    if len(found) != _ARN_PARTS:
        return NO
    pairs = zip(wanted, found, strict=True)
    return both(matches(part, text, variables=variables) for part, text in pairs)


def _address(pattern: str, value: str, *, variables: bool) -> Truth:
    del variables
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return unknown(f"the address {pattern}")
    try:
        return truth(value=ipaddress.ip_address(value) in network)
    except ValueError:
        return NO


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> Decimal | None:
    """Return a date as seconds since 1970; AWS takes ISO 8601 and epoch time."""
    if (number := _number(text)) is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str(aware.timestamp()))


def _ordered(
    read: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]
) -> Test:
    def test(pattern: str, value: str, *, variables: bool) -> Truth:
        del variables
        wanted, found = read(pattern), read(value)
        if wanted is None:
            return unknown(f"the value {pattern}")
        return NO if found is None else truth(value=compare(found, wanted))

    return test


_ORDERS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = MappingProxyType(
    {
        "Equals": operator.eq,
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
)

TESTS: Final[Mapping[str, Test]] = MappingProxyType(
    {
        "StringEquals": equals,
        "StringEqualsIgnoreCase": _equals_ignoring_case,
        "StringLike": matches,
        "Bool": _equals_ignoring_case,
        "BinaryEquals": equals,
        "IpAddress": _address,
        "ArnEquals": _arn,
        "ArnLike": _arn,
        **{f"Numeric{name}": _ordered(_number, order) for name, order in _ORDERS.items()},
        **{f"Date{name}": _ordered(_moment, order) for name, order in _ORDERS.items()},
    }
)
"""The operators that are not negated. `Null` is not among them: it tests the key, not a value."""

NEGATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "StringNotEquals": "StringEquals",
        "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
        "StringNotLike": "StringLike",
        "NumericNotEquals": "NumericEquals",
        "DateNotEquals": "DateEquals",
        "NotIpAddress": "IpAddress",
        "ArnNotEquals": "ArnEquals",
        "ArnNotLike": "ArnLike",
    }
)
"""The negated operators, each with the one that it negates."""
