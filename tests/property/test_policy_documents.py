"""Promise 4 for documents: whatever others write, and whenever, only our statements change."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from builders import Doc
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import STATEMENTS
from shared_document import (
    CONSUMER,
    OTHER_CONSUMER,
    Hook,
    SharedDocument,
    as_read,
    grant,
    is_ours,
    manifests,
    parsed,
    run,
    verbatim,
)

from reconciler.core.outcome import Outcome, Status
from reconciler.core.plan import Verb
from reconciler.policy.arns import is_dangling
from reconciler.policy.canonical import equal
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import named_principals
from reconciler.policy.stores import Store

EXAMPLES = settings(max_examples=40, deadline=None)
ADMINISTRATION: Statement = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
    "Action": "kms:*",
    "Resource": "*",
}
VARIANTS = [
    manifests(grant(CONSUMER)),
    manifests(grant(CONSUMER, OTHER_CONSUMER)),
    manifests(grant(OTHER_CONSUMER, access=["deploy"])),
    manifests(),
]
"""A manifest over time: the last one takes everything away."""


def is_kept(statement: Statement) -> bool:
    """Say whether a statement keeps a document writable: guards have tests of their own."""
    return not any(map(is_dangling, named_principals(statement)))


def harmless(statement: Statement) -> bool:
    return is_kept(statement) and statement["Effect"] != "Deny"


FOREIGN = st.lists(STATEMENTS.filter(is_kept), max_size=3).flatmap(
    lambda found: st.sampled_from([found, found + found[:1], found[::-1] + found])
)
"""Statements of others: any Sids, other reconcilers' among them, and the same one several times."""
MEMBERS = st.sampled_from(
    [{"Version": "2012-10-17"}, {"Version": "2008-10-17", "Id": "somebody's"}, {}]
)


@st.composite
def documents(draw: st.DrawFn) -> SharedDocument:
    """Return a document that others have written, if they have, in any of the stores."""
    store = draw(st.sampled_from(Store))
    found = draw(FOREIGN)
    if store is Store.KEY:
        found = [ADMINISTRATION, *filter(harmless, found)]
    text = PolicyDocument({**draw(MEMBERS), "Statement": found}).text() if found else None
    seed = draw(st.none() | st.integers(0, 99))
    respell = verbatim if seed is None else as_read(random.Random(seed))
    return SharedDocument(store, text, respell)


@EXAMPLES
@given(documents(), st.lists(st.sampled_from(range(len(VARIANTS))), min_size=1, max_size=5))
def test_foreign_statements_survive_every_operation_unchanged_and_in_order(
    shared: SharedDocument, history: list[int]
) -> None:
    before, start = shared.foreign, shared.text
    for index in history:
        _, outcome = run(shared, VARIANTS[index])
        assert outcome is None or outcome.status in {Status.APPLIED, Status.UNCHANGED}
        assert shared.foreign == before
        assert bool(shared.ours) is (VARIANTS[index] is not VARIANTS[-1])
        puts = len(shared.puts)
        run(shared, VARIANTS[index])
        assert len(shared.puts) == puts, "a second run wrote"
    run(shared, VARIANTS[-1])
    assert shared.foreign == before
    assert (shared.text is None) is (start is None)


@EXAMPLES
@given(documents(), st.sampled_from(VARIANTS[:-1]))
def test_what_is_sent_holds_foreign_statements_and_members_as_they_were_read(
    shared: SharedDocument, variant: list[Doc]
) -> None:
    """Byte for byte where the service allows it: as parsed JSON, and members in place."""
    shared.respell = verbatim
    before = parsed(shared.text) if shared.text else None
    run(shared, variant)
    (text,) = shared.puts
    after = parsed(text)
    assert "\n" not in text
    if before is not None:
        assert [each for each in after.statements if not is_ours(each)] == [*before.statements]
        others = {key: value for key, value in before.members.items() if key != "Statement"}
        assert {k: v for k, v in after.members.items() if k != "Statement"} == others
        assert [key for key in after.members if key in before.members] == [*before.members]


# --- somebody else writes at the same time


def adding(shared: SharedDocument) -> None:
    shared.replace([*shared.statements, {**ADMINISTRATION, "Sid": "Added"}])


def undoing(shared: SharedDocument) -> None:
    """Put the document as it was before us: somebody else's tool that owns the whole document."""
    shared.replace([each for each in shared.statements if not is_ours(each)])


def removing(shared: SharedDocument) -> None:
    """Take away the last statement that is not ours and that nobody's access depends on."""
    kept = list(shared.statements)
    theirs = [at for at, each in enumerate(kept) if not is_ours(each) and each != ADMINISTRATION]
    if theirs:
        del kept[theirs[-1]]
    shared.replace(kept)


def editing(shared: SharedDocument) -> None:
    """Change one of our own statements by hand."""
    shared.replace(
        [
            {**each, "Principal": {"AWS": "*"}} if is_ours(each) else each
            for each in shared.statements
        ]
    )


ACTS = [adding, undoing, removing, editing]
Act = Callable[[SharedDocument], None]


@dataclass
class Intrusion:
    """Somebody who acts once, before call `number` of ours, and what that changed."""

    act: Act
    number: int
    foreign: list[str] | None = None
    changed_ours: bool = False
    changed_foreign: bool = False

    def into(self, shared: SharedDocument) -> Hook:
        def intruder(at: int, _name: str) -> None:
            if at == self.number:
                ours, foreign = shared.ours, shared.foreign
                self.act(shared)
                self.foreign = shared.foreign
                self.changed_ours = shared.ours != ours
                self.changed_foreign = shared.foreign != foreign

        return intruder


@settings(max_examples=120, deadline=None)
@given(
    documents(),
    st.sampled_from([None, *VARIANTS[:3]]),
    st.sampled_from(VARIANTS),
    st.builds(Intrusion, st.sampled_from(ACTS), st.integers(0, 9)),
)
def test_whenever_others_write_nothing_of_theirs_is_lost_and_nothing_is_silent(
    shared: SharedDocument, earlier: list[Doc] | None, variant: list[Doc], intrusion: Intrusion
) -> None:
    """The outcomes are those of policies.md A5.

    What somebody writes in the one moment between our last read and our write cannot be told
    from what we read, so it is lost: no service offers more.
    """
    if earlier is not None:
        run(shared, earlier)
    shared.calls.clear()
    shared.puts.clear()
    before = shared.text
    shared.intruder = intrusion.into(shared)
    _, outcome = run(shared, variant)
    fired = intrusion.number < len(shared.calls)
    if outcome is not None:
        assert_told(shared, outcome, intrusion, before)
    if fired and not in_the_window(shared, intrusion):
        assert shared.foreign == intrusion.foreign
    shared.intruder = SharedDocument(shared.store).intruder
    theirs = shared.foreign
    run(shared, variant)
    assert shared.foreign == theirs
    assert shared.ours == alone(shared.store, variant)


def in_the_window(shared: SharedDocument, intrusion: Intrusion) -> bool:
    return intrusion.number < len(shared.calls) and shared.calls[intrusion.number] != "read"


def alone(store: Store, variant: list[Doc]) -> list[str]:
    """Return our statements where nobody else is at work."""
    undisturbed = SharedDocument(store)
    if store is Store.KEY:
        undisturbed.replace([ADMINISTRATION])
    run(undisturbed, variant)
    return undisturbed.ours


MERGED_ANEW = "statements of others changed after the plan; merged anew"


def assert_told(
    shared: SharedDocument, outcome: Outcome, intrusion: Intrusion, before: str | None
) -> None:
    """Require the outcome, the remarks and the previous text that somebody's act leads to."""
    number, last = intrusion.number, len(shared.calls) - 1
    changed = intrusion.changed_ours or intrusion.changed_foreign
    if 1 <= number <= 2 and intrusion.changed_ours:
        assert outcome.status in {Status.STALE, Status.UNCHANGED}
        assert outcome.status is Status.UNCHANGED or "chang" in outcome.why
        assert not shared.puts
    elif number == last and intrusion.changed_ours and last > 3:
        assert outcome.status is Status.FAILED
        assert "did not converge" in outcome.why
    elif outcome.verb is not Verb.NONE:
        assert outcome.status is Status.APPLIED
        expected: list[str] = []
        if 1 <= number <= 2 and intrusion.changed_foreign:
            expected = [MERGED_ANEW]
        elif 4 <= number < last and changed:
            expected = ["another writer changed the document: "]
        assert len(outcome.remarks) == len(expected), outcome.remarks
        assert all(map(str.startswith, outcome.remarks, expected))
    if shared.puts and number > 3:
        assert bool(outcome.previous) is (before is not None)
        assert before is None or equal(parsed(outcome.previous), parsed(before))
