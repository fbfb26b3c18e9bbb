"""Every condition operator, modifier and kind of missing knowledge (policies.md A7.2 step 4)."""

from __future__ import annotations

import time

import pytest

from reconciler.core.data import Json
from reconciler.policy.conditions import Context, holds
from reconciler.policy.globs import equals, matches
from reconciler.policy.operators import NEGATED, TESTS
from reconciler.policy.truth import NO, YES, Truth, both, either, negate, unknown

ARN = "arn:aws:s3:::bucket"


def judged(operator: str, pattern: Json, *values: str, variables: bool = True) -> bool | None:
    context = Context({"k": values})
    return holds({operator: {"K": pattern}}, context, variables=variables).value


@pytest.mark.parametrize(
    ("operator", "pattern", "yes", "no"),
    [
        ("StringEquals", "a*", "a*", "ab"),
        ("StringEqualsIgnoreCase", "Ab", "aB", "b"),
        ("StringLike", "a*?", "ab", "a"),
        ("StringLike", ["x", "a"], "a", "A"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericLessThan", 10, "9", "10"),
        ("NumericLessThanEquals", "10", "10", "11"),
        ("NumericGreaterThan", "10", "11", "10"),
        ("NumericGreaterThanEquals", "10", "10", "9"),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02"),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
        ("DateGreaterThan", "0", "1970-01-01T00:00:01Z", "1970-01-01T00:00:00Z"),
        ("DateGreaterThanEquals", "2026-01-01", "2026-01-01", "2025-12-31"),
        ("Bool", True, "TRUE", "false"),
        ("Bool", "false", "false", "true"),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "qmluyxj5"),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", "11.1.2.3"),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", "10.1.2.3"),
        ("ArnEquals", "arn:aws:s3:::b*", ARN, "arn:aws:s3:::c"),
        ("ArnLike", "arn:aws:*:::bucket", ARN, "arn:aws:s3:eu-west-1::bucket"),
        ("ArnLike", "arn:aws:s3:::a:*", "arn:aws:s3:::a:b", "not an arn"),
    ],
)
def test_operators(operator: str, pattern: Json, yes: str, no: str) -> None:
    assert judged(operator, pattern, yes) is True
    assert judged(operator, pattern, no) is False
    opposite = next((name for name, base in NEGATED.items() if base == operator), None)
    if opposite:
        assert judged(opposite, pattern, yes) is False
        assert judged(opposite, pattern, no) is True


def test_every_operator_is_tested_above_or_below() -> None:
    # 6 of strings, 6 numeric, 6 of dates, Bool, Binary, 2 of addresses, 4 of ARNs; and Null.
    assert len(TESTS) + len(NEGATED) == 26


@pytest.mark.parametrize("operator", ["NumericEquals", "DateEquals", "IpAddress"])
def test_a_value_of_another_type_does_not_match(operator: str) -> None:
    pattern = {"NumericEquals": "1", "DateEquals": "2026-01-01", "IpAddress": "::/0"}[operator]
    assert judged(operator, pattern, "word") is False


@pytest.mark.parametrize(
    ("operator", "pattern"),
    [
        ("NumericEquals", "word"),
        ("NumericEquals", "NaN"),
        ("DateEquals", "word"),
        ("IpAddress", "word"),
        ("ArnLike", "*"),
        ("ArnLike", "arn:aws:s3:::${aws:username}"),
        ("StringEquals", "${aws:username}"),
        ("StringLike", "${aws:PrincipalTag/team, 'none'}/*"),
        ("StringEquals", None),
        ("StringEquals", {"a": "b"}),
        ("StringEqual", "a"),
        ("stringequals", "a"),
        ("String Equals", "a"),
        ("ForSomeValues:StringEquals", "a"),
        ("IfExists", "a"),
        ("Null", "perhaps"),
    ],
)
def test_what_is_not_known_is_unknown_not_false(operator: str, pattern: Json) -> None:
    assert judged(operator, pattern, "1") is None


@pytest.mark.parametrize("condition", ["text", {"StringEquals": "text"}, ["a"]])
def test_a_malformed_condition_is_unknown(condition: Json) -> None:
    assert holds(condition, Context(), variables=True).is_unknown


def test_values_are_alternatives_and_a_negated_operator_wants_none_of_them() -> None:
    assert judged("StringEquals", ["a", "b"], "b") is True
    assert judged("StringNotEquals", ["a", "b"], "b") is False
    assert judged("StringNotEquals", ["a", "b"], "c") is True


def test_operators_and_keys_are_all_required() -> None:
    context = Context({"a": ("1",), "b": ("2",)})
    assert holds({"StringEquals": {"a": "1", "b": "2"}}, context, variables=True) == YES
    assert holds({"StringEquals": {"a": "1", "b": "3"}}, context, variables=True) == NO
    split: Json = {"StringEquals": {"a": "1"}, "StringLike": {"b": "3"}}
    assert holds(split, context, variables=True) == NO
    assert holds({}, context, variables=True) == YES


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("Bool", False),
        ("StringNotEquals", True),
        ("NotIpAddress", True),
        ("ArnNotLike", True),
        ("NumericNotEquals", True),
        ("DateNotEquals", True),
        ("StringEqualsIfExists", True),
        ("BoolIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_a_key_that_the_request_lacks(operator: str, *, expected: bool) -> None:
    for context in (Context(absent=frozenset({"k"})), Context({"k": ()})):
        assert holds({operator: {"K": "1"}}, context, variables=True).value is expected


def test_a_key_that_is_not_known_is_named() -> None:
    found = holds({"StringEqualsIfExists": {"aws:SourceVpc": "v"}}, Context(), variables=True)
    assert found == unknown("aws:sourcevpc")
    known = Context({"aws:sourcevpc": ("w",)})
    assert holds({"StringEqualsIfExists": {"aws:SourceVpc": "v"}}, known, variables=True) == NO


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "z"), False),
        ("ForAnyValue:StringEquals", ("a", "z"), True),
        ("ForAnyValue:StringEquals", ("y", "z"), False),
        ("ForAllValues:StringNotEquals", ("y", "z"), True),
        ("ForAllValues:StringNotEquals", ("a", "z"), False),
        ("ForAnyValue:StringNotEquals", ("a", "z"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("a", "b"), None),
    ],
)
def test_several_values(operator: str, values: tuple[str, ...], *, expected: bool | None) -> None:
    assert judged(operator, ["a", "b"], *values) is expected


@pytest.mark.parametrize(
    ("pattern", "present", "absent"),
    [("true", False, True), ("True", False, True), (False, True, False)],
)
def test_null_asks_for_the_key_itself(pattern: Json, *, present: bool, absent: bool) -> None:
    condition: Json = {"Null": {"K": pattern}}
    assert holds(condition, Context({"k": ("1",)}), variables=True).value is present
    assert holds(condition, Context(absent=frozenset({"k"})), variables=True).value is absent
    assert holds(condition, Context(), variables=True) == unknown("k")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxbyy", False),
        ("*.gz", "model.tar.gz", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a??", "ab", False),
        ("", "", True),
        ("", "a", False),
        ("a", "ab", False),
        ("a[b]c", "abc", False),
        ("a.c", "abc", False),
        ("a*", "a\nb", True),
        ("A", "a", False),
        ("${*}", "*", True),
        ("${*}", "a", False),
        ("a${?}${$}", "a?$", True),
        ("$a", "$a", True),
    ],
)
def test_patterns(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, text, variables=True).value is expected


def test_variables_exist_only_in_the_new_version() -> None:
    assert matches("${aws:UserName}", "x", variables=True) == unknown("aws:username")
    assert matches("${aws:username}", "${aws:username}", variables=False) == YES
    assert matches("${*}", "${x}", variables=False) == YES
    assert equals("a*${*}", "a**", variables=True) == YES
    assert equals("${*}", "${*}", variables=False) == YES


def test_no_pattern_takes_long() -> None:
    started = time.monotonic()
    assert matches("*a" * 40 + "b", "a" * 4000, variables=True) == NO
    assert time.monotonic() - started < 2


def test_what_is_unknown_matters_only_where_it_decides() -> None:
    doubt = unknown("k")
    assert both([doubt, NO]) == NO
    assert both([doubt, YES]) == doubt
    assert both([]) == YES
    assert either([doubt, YES]) == YES
    assert either([doubt, NO]) == doubt
    assert either([]) == NO
    assert negate(doubt) == doubt
    assert both([unknown("a"), unknown("b")]) == Truth(None, frozenset({"a", "b"}))
