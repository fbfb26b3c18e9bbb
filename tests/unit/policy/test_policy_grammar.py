"""Statements of odd form: ours are refused, others' might mean anything, and nothing crashes."""

from __future__ import annotations

import pytest
from evaluations import ALLOWED, UNKNOWN, decided
from guard_cases import ADMIN, case, errors, found, key
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_samples import CONSUMER, OWNER, ROLE, allow, foreign, ours, without

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.canonical import canonical_statement
from reconciler.policy.document import Statement, document
from reconciler.policy.grammar import faults, is_unclear
from reconciler.policy.guards import judge
from reconciler.policy.merge import Merge, Wanted, merge
from reconciler.policy.stores import Store
from reconciler.policy.widening import widened

READ = "sagemaker:DescribeModelPackage"

# Elements that IAM's grammar does not know, and where in the statement the fault is.
ODD: dict[str, tuple[dict[str, Json], tuple[str | int, ...]]] = {
    "everyone in a list": ({"Principal": ["*"]}, ("Principal",)),
    "a list of accounts": ({"Principal": [CONSUMER]}, ("Principal",)),
    "a number for a principal": ({"Principal": 333333333333}, ("Principal",)),
    "no principal at all": ({"Principal": None}, ("Principal",)),
    "everyone, nested": ({"Principal": {"AWS": [["*"]]}}, ("Principal", "AWS", 0)),
    "an account as a number": ({"Principal": {"AWS": 333333333333}}, ("Principal", "AWS")),
    "an account as a number in a list": (
        {"Principal": {"AWS": [ROLE, 333333333333]}},
        ("Principal", "AWS", 1),
    ),
    "a mapping for an account": ({"Principal": {"AWS": {"id": "*"}}}, ("Principal", "AWS")),
    "null for an account": ({"Principal": {"AWS": None}}, ("Principal", "AWS")),
    "a type in lower case": ({"Principal": {"aws": "*"}}, ("Principal", "aws")),
    "an action, nested": ({"Action": [["sagemaker:*"]]}, ("Action", 0)),
    "an action as a mapping": ({"Action": {"sagemaker": "*"}}, ("Action",)),
    "an action as a boolean": ({"Action": [READ, True]}, ("Action", 1)),
    "no action": ({"Action": None}, ("Action",)),
    "a resource, nested": ({"Resource": [["*"]]}, ("Resource", 0)),
    "a resource as a number": ({"Resource": 1.5}, ("Resource",)),
    "an effect in a list": ({"Effect": ["Allow"]}, ("Effect",)),
    "an effect as a mapping": ({"Effect": {"Allow": True}}, ("Effect",)),
    "an effect that there is not": ({"Effect": "Permit"}, ("Effect",)),
    "no effect": ({"Effect": None}, ("Effect",)),
    "a list of conditions": ({"Condition": [{"Null": {"aws:x": "true"}}]}, ("Condition",)),
    "no condition": ({"Condition": None}, ("Condition",)),
    "an operator without keys": (
        {"Condition": {"StringEquals": "aws:x"}},
        ("Condition", "StringEquals"),
    ),
    "a condition value, nested": (
        {"Condition": {"StringEquals": {"aws:x": [["y"]]}}},
        ("Condition", "StringEquals", "aws:x"),
    ),
    "a condition value that is null": (
        {"Condition": {"StringEquals": {"aws:x": None}}},
        ("Condition", "StringEquals", "aws:x"),
    ),
    "a condition without values": (
        {"Condition": {"StringEquals": {"aws:x": []}}},
        ("Condition", "StringEquals", "aws:x"),
    ),
    "no number": (
        {"Condition": {"NumericEquals": {"aws:x": float("inf")}}},
        ("Condition", "NumericEquals", "aws:x"),
    ),
    "an element in lower case": ({"action": "*"}, ("action",)),
    "both of a pair": ({"NotAction": READ}, ("NotAction",)),
}

# What IAM rejects, or takes without any effect, but of which it is clear what it means.
IDLE: dict[str, tuple[dict[str, Json], tuple[str | int, ...]]] = {
    "nobody": ({"Principal": {}}, ("Principal",)),
    "no accounts": ({"Principal": {"AWS": []}}, ("Principal", "AWS")),
    "an empty account": ({"Principal": {"AWS": ""}}, ("Principal", "AWS")),
    "no actions": ({"Action": []}, ("Action",)),
    "no resources": ({"Resource": []}, ("Resource",)),
    "an effect in lower case": ({"Effect": "allow"}, ("Effect",)),
    "an empty condition": ({"Condition": {}}, ("Condition",)),
    "no keys": ({"Condition": {"StringEquals": {}}}, ("Condition", "StringEquals")),
    "an operator that there is not": (
        {"Condition": {"StringIs": {"aws:x": "y"}}},
        ("Condition", "StringIs"),
    ),
}


@pytest.mark.parametrize("case_", [*ODD, *IDLE])
def test_what_the_grammar_does_not_know_is_refused_in_ours_at_its_place(case_: str) -> None:
    elements, place = (ODD | IDLE)[case_]
    (fault,) = faults(ours(**elements))
    assert fault.path == place
    assert len(errors("statement-form", ours(**elements))) == 1
    assert found("statement-form", foreign(**elements)) == []


def test_a_sid_is_text() -> None:
    (fault,) = faults({**allow(), "Sid": ["a"]})
    assert fault.path == ("Sid",)


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": [ROLE], "Service": "sagemaker.amazonaws.com"}},
        {"Action": "*", "Resource": ["*"]},
        {"Condition": {"Bool": {"aws:SecureTransport": True}}},
        {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": [60, 1.5]}}},
        {"Condition": {"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a", "b*"]}}},
        {"Condition": {"Null": {"aws:SourceVpc": "true"}, "ArnNotLike": {"aws:x": "y"}}},
    ],
)
def test_what_the_grammar_knows_has_no_fault(elements: dict[str, Json]) -> None:
    assert list(faults(ours(**elements))) == []
    assert not is_unclear(ours(**elements))


@pytest.mark.parametrize("case_", ODD)
def test_a_statement_of_others_of_odd_form_might_mean_anything(case_: str) -> None:
    """It may allow a stranger, and it may deny what another statement allows."""
    odd = {**foreign(), **ODD[case_][0]}
    assert decided(odd, principal="arn:aws:iam::999999999999:role/stranger").result is UNKNOWN
    other: Statement = {**foreign(), "Effect": "Deny", "Principal": {"AWS": "999999999999"}}
    assert decided(allow()).result is ALLOWED
    assert decided(allow(), {**other, **ODD[case_][0]}).result is UNKNOWN


@pytest.mark.parametrize("case_", ODD)
def test_an_odd_statement_that_comes_or_goes_is_a_widening(case_: str) -> None:
    odd = {**foreign(), **ODD[case_][0]}
    all_allowed = allow(Principal="*", Action="*", Resource="*")
    (came,) = widened(document(all_allowed), document(all_allowed, odd))
    assert (came.unclear, came.denial) == (True, False)
    denying: Statement = {**odd, "Effect": ODD[case_][0].get("Effect", "Deny")}
    (went,) = widened(document(denying), document())
    assert (went.unclear, went.denial) == (True, True)
    assert widened(document(odd), document(odd)) == ()


@pytest.mark.parametrize("case_", ODD)
def test_an_odd_statement_of_others_is_warned_of_as_if_it_were_public(case_: str) -> None:
    (concern,) = found("foreign-public", foreign(**ODD[case_][0]))
    assert concern.level is Level.WARNING
    assert "might mean anything" in concern.why


def test_an_odd_denial_may_lock_out() -> None:
    odd: Statement = {**ADMIN, "Effect": ["Deny"], "Principal": "*"}
    assert len(errors("key-lockout", ADMIN, odd, key(), store=Store.KEY)) == 1
    assert errors("key-lockout", ADMIN, key(), store=Store.KEY) == []


@pytest.mark.parametrize("case_", [*ODD, *IDLE])
def test_an_odd_statement_of_others_is_kept_verbatim(case_: str) -> None:
    odd = {**foreign(), **(ODD | IDLE)[case_][0]}
    found_ = merge(document(odd), Wanted(OWNER, (ours(),), frozenset()), Store.GROUP)
    assert isinstance(found_, Merge)
    assert found_.document.statements == (odd, ours())


# --- whatever JSON there is, nothing crashes

ANY: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "Allow", "Deny", ROLE, READ]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["AWS", "StringEquals", "aws:x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = ["Sid", "Effect", "Condition", "Other"] + [
    f"{inverted}{name}" for inverted in ("", "Not") for name in ("Principal", "Action", "Resource")
]
ELEMENTS = st.dictionaries(st.sampled_from(NAMES), ANY, max_size=5)


@settings(max_examples=150, deadline=None)
@given(ELEMENTS, st.sampled_from(Store))
def test_no_form_of_a_statement_crashes_anything(elements: dict[str, Json], store: Store) -> None:
    theirs = {**without(foreign(), "Sid"), **elements}
    own = {**theirs, "Sid": ours()["Sid"]}
    for one in (theirs, own):
        judge(case(store, one, discoverable=True))
        canonical_statement(one)
        widened(document(one), document())
        widened(document(), document(one))
        decided(one)
    list(faults(theirs))


@settings(max_examples=150, deadline=None)
@given(ELEMENTS)
def test_what_passes_the_form_can_be_taken_apart(elements: dict[str, Json]) -> None:
    """Every guard reads what `elements` returns: nothing may be left out of that in ours."""
    own = {**ours(), **elements, "Sid": ours()["Sid"]}
    if not list(faults(own)):
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            value = own.get(element, [])
            many = [value] if isinstance(value, str) else value
            assert isinstance(many, list)
            assert all(isinstance(each, str) for each in many)
