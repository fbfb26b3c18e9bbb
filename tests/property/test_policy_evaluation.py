"""Evaluation over generated documents: widening, narrowing, order and suggestions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st
from policy_strategies import (
    ACCOUNTS,
    ACTIONS,
    APT,
    ASKED,
    EXAMPLES,
    GROUP,
    KEY,
    NAMES,
    RANDOMS,
    STATEMENTS,
    VERSION,
    returned,
)

from reconciler.policy.document import Statement, document
from reconciler.policy.evaluate import Asker, Decision, Evidence, Result, evaluate
from reconciler.policy.globs import covers, matches
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store
from reconciler.policy.truth import NO, YES, unknown

NEEDS = st.sampled_from(
    [
        Need(Store.GROUP, GROUP, ACCOUNTS[0], "sagemaker:DescribeModelPackage", VERSION),
        Need(Store.KEY, KEY, ACCOUNTS[0], "kms:Decrypt", KEY),
    ]
)
ASKERS = st.builds(
    Asker,
    st.sampled_from([f"arn:aws:iam::{each}:role/deployer" for each in ACCOUNTS]),
    st.none() | ASKED.map(lambda found: (document(*found),)),
)
ALLOWS = (APT | STATEMENTS).map(lambda each: {**each, "Effect": "Allow"})
DENIALS = (APT | STATEMENTS).map(lambda each: {**each, "Effect": "Deny"})
RANKS = {
    Result.MISSING: 0,
    Result.UNKNOWN: 1,
    Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY: 2,
    Result.ALLOWED: 3,
}


def decided(need: Need, asker: Asker, statements: Sequence[Statement]) -> Decision:
    return evaluate(need, asker, Evidence({need.carrier: document(*statements)}))


def own_statements(asker: Asker) -> list[Statement]:
    return [each for found in asker.identity or () for each in found.statements]


@EXAMPLES
@example(
    # In the same account a doubtful statement leaves the identity policies as good as before.
    Need(Store.GROUP, GROUP, ACCOUNTS[0], ACTIONS[0], VERSION),
    Asker(f"arn:aws:iam::{ACCOUNTS[0]}:role/deployer"),
    [],
    {"Effect": "Allow", "Principal": {"AWS": NAMES[6]}, "Action": ACTIONS[0], "Resource": "*"},
)
@given(NEEDS, ASKERS, ASKED, ALLOWS)
def test_an_allow_more_never_takes_anything_away(
    need: Need, asker: Asker, statements: list[Statement], more: Statement
) -> None:
    before = decided(need, asker, statements).result
    after = decided(need, asker, [*statements, more]).result
    if before in {Result.DENIED, Result.ALLOWED}:
        assert after is before
    elif not any(each["Effect"] == "Deny" for each in [*statements, *own_statements(asker)]):
        # A doubtful denial shows only once something would be allowed.
        assert RANKS[after] >= RANKS[before]


@EXAMPLES
@given(NEEDS, ASKERS, ASKED, DENIALS)
def test_a_deny_more_never_gives_anything(
    need: Need, asker: Asker, statements: list[Statement], more: Statement
) -> None:
    before = decided(need, asker, statements).result
    after = decided(need, asker, [*statements, more]).result
    ranks = {**RANKS, Result.DENIED: -1}
    assert ranks[after] <= ranks[before]


@EXAMPLES
@given(NEEDS, ASKERS, ASKED, RANDOMS)
def test_an_answer_does_not_depend_on_order_or_spelling(
    need: Need, asker: Asker, statements: list[Statement], dice: random.Random
) -> None:
    shuffled = returned(document(*statements), dice).statements
    first, second = decided(need, asker, statements), decided(need, asker, shuffled)
    assert (first.result, first.place) == (second.result, second.place)
    assert first.unknown == second.unknown or first.result is Result.UNKNOWN


@EXAMPLES
@given(NEEDS, ASKERS, ASKED)
def test_what_is_suggested_helps(need: Need, asker: Asker, statements: list[Statement]) -> None:
    found = decided(need, asker, statements)
    assert found.why
    assert (found.suggestion is not None) is (
        found.result in {Result.MISSING, Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY}
    )
    assert bool(found.unknown) is (found.result is Result.UNKNOWN)
    if found.result is Result.MISSING and found.suggestion and "Principal" in found.suggestion:
        after = decided(need, asker, [*statements, found.suggestion])
        assert (after.result, after.place) != (Result.MISSING, found.place)


PATTERNS = st.text("ab*?", max_size=3)
# Two patterns of three characters that have a text in common have one of four characters or less.
TEXTS = ["".join(each) for size in range(5) for each in product("abc", repeat=size)]


@EXAMPLES
@example("a*", "?*")
@example("*b", "a*")
@given(PATTERNS, PATTERNS)
def test_a_pattern_covers_all_none_or_some_of_what_another_stands_for(one: str, other: str) -> None:
    meant = [each for each in TEXTS if matches(other, each, variables=True).value]
    held = [each for each in meant if matches(one, each, variables=True).value]
    found = covers(one, other, variables=True)
    if found == YES:
        assert held == meant
    elif found == NO:
        assert not held
    else:
        assert held
        assert found == unknown(f"which of {other} is meant")
    assert covers(other, other, variables=True) == YES
