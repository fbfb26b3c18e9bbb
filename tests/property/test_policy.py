"""Policies over generated documents: equality, the merge, and the evaluation."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reconciler.core.data import Json
from reconciler.policy.arns import fold_principal, is_account_id, root_arn
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
from reconciler.policy.evaluate import Asker, Decision, Evidence, Result, evaluate
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
from reconciler.policy.needs import Need
from reconciler.policy.ownership import Holder, holding, identity_hash, sid
from reconciler.policy.stores import Store

EXAMPLES = settings(max_examples=40, deadline=None)

OWNER, OTHER = "acme/platform", "acme/other"
IDENTITIES = ["registry/a", "registry/b", "registry/vanished"]
ACCOUNTS = ["111111111111", "012345678901"]
NAMES = [
    *ACCOUNTS,
    *(root_arn("aws", each) for each in ACCOUNTS),
    *(f"arn:aws:iam::{each}:role/deployer" for each in ACCOUNTS),
    f"arn:aws:sts::{ACCOUNTS[0]}:assumed-role/deployer/ci",
    "*",
    "AROAEXAMPLE",
]
GROUP = f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS[0]}:model-package-group/churn"
VERSION = f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS[0]}:model-package/churn/7"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNTS[0]}:key/0a1b"
ACTIONS = ["sagemaker:DescribeModelPackage", "SAGEMAKER:describe*", "kms:Decrypt", "*", "s3:Put?"]


def some(choices: Sequence[str]) -> st.SearchStrategy[Json]:
    return st.sampled_from(choices) | st.lists(st.sampled_from(choices), max_size=3)


PRINCIPALS: st.SearchStrategy[Json] = st.sampled_from(["*", ACCOUNTS[0]]) | st.dictionaries(
    st.sampled_from(["AWS", "Service"]), some(NAMES), max_size=2
)
CONDITIONS: st.SearchStrategy[Json] = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotLikeIfExists", "Null", "Odd"]),
    st.dictionaries(
        st.sampled_from(["aws:SourceVpc", "AWS:sourcevpc", "aws:PrincipalAccount"]),
        some([*ACCOUNTS, "true", "v-*"]) | st.booleans() | st.integers(),
        max_size=2,
    ),
    max_size=2,
)
SIDS = st.sampled_from(
    ["", "Somebody else", "SmrHandmade", sid(OTHER, IDENTITIES[0], "Read")]
    + [sid(OWNER, each, role) for each in IDENTITIES for role in ("Read", "Deploy")]
)
ELEMENTS: dict[str, st.SearchStrategy[Json]] = {
    "Sid": SIDS,
    "Principal": PRINCIPALS,
    "NotPrincipal": PRINCIPALS,
    "Action": some(ACTIONS),
    "NotAction": some(ACTIONS),
    "Resource": some([GROUP, VERSION, KEY, "*", VERSION.replace("/7", "/*")]),
    "NotResource": some([GROUP, VERSION]),
    "Condition": CONDITIONS,
    "Extra": st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
}
STATEMENTS: st.SearchStrategy[Statement] = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "allow"])}, optional=ELEMENTS
)
LISTS = st.lists(STATEMENTS, max_size=4)
# Statements that often speak about what is asked below.
APT: st.SearchStrategy[Statement] = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(NAMES[:-2]).map(lambda name: {"AWS": name}) | st.just("*"),
        "Action": st.sampled_from(ACTIONS[:4]),
        "Resource": st.sampled_from(["*", VERSION]),
    },
    optional={"Condition": CONDITIONS, "Sid": SIDS},
)
ASKED = st.lists(APT | STATEMENTS, max_size=3)
DOCUMENTS = st.builds(
    lambda version, ident, statements: PolicyDocument(
        {**version, **ident, "Statement": statements}
    ),
    st.sampled_from([{}, {"Version": "2012-10-17"}, {"Version": "2008-10-17"}]),
    st.sampled_from([{}, {"Id": "somebody's"}]),
    LISTS,
)
KNOWN = st.sets(st.sampled_from(IDENTITIES[:2])).map(frozenset)
# What we want is rendered by us: it has no variables, and one statement for each Sid.
DESIRED = st.dictionaries(
    st.sampled_from([sid(OWNER, each, role) for each in IDENTITIES[:2] for role in ("Read", "X")]),
    STATEMENTS,
    max_size=3,
).map(lambda found: tuple({**each, "Sid": name} for name, each in found.items()))
WANTED = st.builds(Wanted, st.just(OWNER), DESIRED, KNOWN)
RANDOMS = st.randoms(use_true_random=False)


def respelled(value: Json, dice: random.Random) -> Json:
    """Return what AWS might return: values shuffled and repeated, ids as root ARNs."""
    found = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found += [each for each in found if dice.random() < 0.2]
    dice.shuffle(found)
    return [
        root_arn("aws", each)
        if isinstance(each, str) and is_account_id(each) and dice.random() < 0.5
        else each
        for each in found
    ]


def as_returned(statement: Statement, dice: random.Random) -> Statement:
    changed: dict[str, Json] = {"Sid": "", **statement}
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in changed:
            changed[element] = respelled(changed[element], dice)
    for element in ("Principal", "NotPrincipal"):
        names = changed.get(element)
        if isinstance(names, Mapping):
            changed[element] = {
                kind: respelled(found, dice) if kind == "AWS" else found
                for kind, found in names.items()
            }
    keys = list(changed)
    dice.shuffle(keys)
    return {key: changed[key] for key in keys}


def returned(found: PolicyDocument, dice: random.Random) -> PolicyDocument:
    statements = [as_returned(each, dice) for each in found.statements]
    dice.shuffle(statements)
    return found.with_statements(statements)


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
    found = merged(live, Wanted(OWNER, desired, frozenset(), adopt=True))
    assert len(found.document.statements) == len(live.statements)
    assert all(each.adopts for each in found.edits)


# The evaluation

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
