"""Policies over generated documents: equality and the merge."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from policy_strategies import (
    DESIRED,
    DOCUMENTS,
    EXAMPLES,
    LISTS,
    NAMES,
    OWNER,
    RANDOMS,
    STATEMENTS,
    WANTED,
    returned,
)

from reconciler.policy.arns import fold_principal
from reconciler.policy.canonical import (
    canonical_document,
    canonical_statement,
    difference,
    equal,
    equal_statements,
    fingerprint,
)
from reconciler.policy.document import PolicyDocument, Statement, document, parse
from reconciler.policy.elements import sid_of
from reconciler.policy.merge import (
    Merge,
    Reread,
    Wanted,
    Write,
    fingerprints,
    merge,
    reread,
    verify,
)
from reconciler.policy.ownership import Holder, holding, identity_hash
from reconciler.policy.stores import Store

# Equality


@EXAMPLES
@given(STATEMENTS)
def test_the_canonical_form_of_a_canonical_form_is_itself(statement: Statement) -> None:
    once = canonical_statement(statement)
    assert canonical_statement(once) == once


@EXAMPLES
@given(DOCUMENTS, RANDOMS)
def test_what_aws_returns_equals_what_was_written(
    written: PolicyDocument, dice: random.Random
) -> None:
    read = returned(written, dice)
    assert equal(written, read)
    assert canonical_document(written) == canonical_document(read)
    assert fingerprint(written.statements) == fingerprint(read.statements)
    assert not difference(written.statements, read.statements)


@EXAMPLES
@given(LISTS, STATEMENTS)
def test_one_statement_more_is_never_equal(statements: list[Statement], more: Statement) -> None:
    assert not equal(document(*statements), document(*statements, more))


@EXAMPLES
@given(STATEMENTS, STATEMENTS)
def test_equality_is_matching_one_to_one(one: Statement, other: Statement) -> None:
    assume(not equal_statements(one, other))
    assert equal(document(one, other, one), document(one, one, other))
    assert not equal(document(one, one, other), document(one, other, other))


@EXAMPLES
@given(STATEMENTS, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_principals_are_equal_only_if_they_are_one(base: Statement, one: str, other: str) -> None:
    statements = [{**base, "Principal": {"AWS": each}} for each in (one, other)]
    same = fold_principal(one) == fold_principal(other)
    assert equal_statements(*statements) is same


@EXAMPLES
@given(DOCUMENTS)
def test_the_text_of_a_document_parses_to_itself(found: PolicyDocument) -> None:
    text = found.text()
    assert parse(text) == found
    assert json.loads(text) == found.members
    assert "\n" not in text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='{}[]":,\\ aStaemn0.eE-', max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    found = parse(text)
    if isinstance(found, PolicyDocument) and text.strip():
        assert json.loads(found.text()) == json.loads(text)


# The merge


def merged(live: PolicyDocument | None, wanted: Wanted) -> Merge:
    found = merge(live, wanted, Store.GROUP)
    assert isinstance(found, Merge)
    return found


def others(found: PolicyDocument) -> list[Statement]:
    return [each for each in found.statements if holding(each, OWNER).holder is not Holder.OURS]


def texts(statements: Sequence[Statement]) -> list[str]:
    """Return the statements byte for byte."""
    return [json.dumps(each) for each in statements]


@EXAMPLES
@given(DOCUMENTS, WANTED)
def test_what_is_not_ours_stays_byte_for_byte_and_in_order(
    live: PolicyDocument, wanted: Wanted
) -> None:
    found = merged(live, wanted)
    assert texts(others(found.document)) == texts(others(live))
    if found.write is not Write.DELETE:
        rest = {key: value for key, value in found.document.members.items() if key != "Statement"}
        assert rest == {key: value for key, value in live.members.items() if key != "Statement"}
        assert list(found.document.members) == list(live.members)
    else:
        assert others(live) == []


@EXAMPLES
@given(DOCUMENTS, WANTED)
def test_what_is_wanted_is_there_and_no_vanished_manifest_loses_anything(
    live: PolicyDocument, wanted: Wanted
) -> None:
    found = merged(live, wanted)
    left = list(found.document.statements)
    assert not difference(wanted.statements, left).missing
    known = {identity_hash(each) for each in wanted.known}
    kept = [
        each
        for each in live.statements
        if holding(each, OWNER).holder is Holder.OURS
        and holding(each, OWNER).identity_hash not in known
        and sid_of(each) not in {sid_of(one) for one in wanted.statements}
    ]
    assert texts(kept) == texts(found.orphaned)
    assert set(texts(kept)) <= set(texts(left))
    assert len(left) == len(others(live)) + len(kept) + len(wanted.statements)


@EXAMPLES
@given(st.none() | DOCUMENTS, WANTED, RANDOMS)
def test_merging_again_writes_nothing_however_aws_spells_it(
    live: PolicyDocument | None, wanted: Wanted, dice: random.Random
) -> None:
    once = merged(live, wanted)
    read = returned(once.document, dice)
    again = merged(read, wanted)
    assert (again.write, again.edits) == (Write.NONE, ())
    assert again.document is read
    assert verify(once.document, read, OWNER).converged
    assert reread(fingerprints(once.document, OWNER), read, OWNER) is Reread.UNCHANGED


@EXAMPLES
@given(DOCUMENTS, WANTED)
def test_edits_account_for_every_difference(live: PolicyDocument, wanted: Wanted) -> None:
    found = merged(live, wanted)
    change = difference(live.statements, found.document.statements)
    assert not difference(
        [each.before for each in found.edits if each.before is not None], change.missing
    )
    assert not difference(
        [each.after for each in found.edits if each.after is not None], change.unexpected
    )


@EXAMPLES
@given(DOCUMENTS, WANTED, STATEMENTS)
def test_a_concurrent_writer_is_always_noticed(
    live: PolicyDocument, wanted: Wanted, theirs: Statement
) -> None:
    planned = merged(live, wanted)
    ours = holding(theirs, OWNER).holder is Holder.OURS
    between = live.with_statements([*live.statements, theirs])
    expected = Reread.STALE if ours else Reread.FOREIGN_CHANGED
    assert reread(planned.fingerprints, between, OWNER) is expected
    after = planned.document.with_statements([*planned.document.statements, theirs])
    seen = verify(planned.document, after, OWNER)
    assert not seen.converged
    assert texts((seen.owned if ours else seen.foreign).unexpected) == texts([theirs])
    # Their write just after our read, and ours on top of it: their statement is missed.
    lost = verify(between, live, OWNER)
    assert texts((lost.owned if ours else lost.foreign).missing) == texts([theirs])
    if not ours:
        again = merged(between, wanted)
        assert texts(others(again.document)) == texts([*others(live), theirs])


@EXAMPLES
@given(st.lists(STATEMENTS, max_size=4), DESIRED)
def test_adopting_only_renames(statements: list[Statement], desired: tuple[Statement, ...]) -> None:
    copies = [{**each, "Sid": "theirs"} for each in desired]
    theirs = [{**each, "Sid": "theirs"} for each in statements]
    live = document(*theirs, *copies)
    found = merged(live, Wanted(OWNER, desired, frozenset(), frozenset(map(sid_of, desired))))
    assert len(found.document.statements) == len(live.statements)
    assert all(each.adopts for each in found.edits)
