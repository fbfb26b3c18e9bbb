"""Writing a document that others write too: every way in which it can go, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from builders import Doc
from shared_document import (
    CONSUMER,
    OTHER_CONSUMER,
    Hook,
    SharedDocument,
    execute,
    grant,
    is_ours,
    manifests,
    plan,
    run,
)

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.core.outcome import Outcome, Status
from reconciler.kinds.policies.access import CarrierMissingError
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.kinds.policies.propagation import BUSY_PAUSES, PRINCIPAL_PAUSES
from reconciler.kinds.policies.rounds import MOST_READS
from reconciler.policy.document import Statement, document
from reconciler.policy.elements import sid_of
from reconciler.policy.stores import Store

THEIRS: Statement = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::555555555555:role/x"},
    "Action": "ecr:BatchGetImage",
}
ADMINISTRATION: Statement = {
    "Sid": "Admin",
    "Effect": "Allow",
    "Principal": {"AWS": "222222222222"},
    "Action": "kms:*",
    "Resource": "*",
}
FIRST, SECOND = manifests(grant(CONSUMER)), manifests(grant(CONSUMER, OTHER_CONSUMER))
NOTHING = manifests()
PLAN, STEP, MERGE, PUT, VERIFY = range(5)
"""The calls of an undisturbed run, by number: three reads, the write, the first verifying read."""


def fault(kind: FaultKind, *, unknown_principal: bool = False) -> AwsFault:
    return AwsFault(
        kind,
        what="it failed",
        operation="SetRepositoryPolicy",
        unknown_principal=unknown_principal,
        why="so it is",
    )


@pytest.fixture
def shared() -> SharedDocument:
    """A repository policy with one statement of somebody else and what FIRST wants."""
    found = SharedDocument(Store.REPOSITORY, document(THEIRS).text())
    run(found, FIRST)
    found.calls.clear()
    found.puts.clear()
    return found


def at(number: int, act: Callable[[], None]) -> Hook:
    def hook(call: int, _name: str) -> None:
        if call == number:
            act()

    return hook


def failing(number: int, error: Exception) -> Hook:
    def fail() -> None:
        raise error

    return at(number, fail)


def apply(shared: SharedDocument, documents: list[Doc]) -> Outcome:
    _, outcome = run(shared, documents)
    assert outcome is not None
    return outcome


def drop_ours(shared: SharedDocument) -> None:
    shared.replace([each for each in shared.statements if not is_ours(each)])


# --- how often is read and written


@pytest.mark.parametrize(
    ("store", "reads"), [(Store.REPOSITORY, 3), (Store.BUCKET, 3), (Store.GROUP, 3), (Store.KEY, 5)]
)
def test_a_write_is_one_call_right_after_a_read_and_is_read_until_it_settled(
    store: Store, reads: int
) -> None:
    shared = SharedDocument(store, document(ADMINISTRATION).text() if store is Store.KEY else None)
    assert apply(shared, FIRST).status is Status.APPLIED
    once_more_by_the_engine = 1
    assert shared.calls == ["read"] * 3 + ["put"] + ["read"] * (reads + once_more_by_the_engine)


def test_a_service_that_shows_the_write_late_is_waited_for_and_nobody_is_blamed(
    shared: SharedDocument,
) -> None:
    late = Late(shared, by=20)
    shared.intruder = late.before_call
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.remarks) == (Status.APPLIED, ())
    assert shared.calls.count("put") == 1


@dataclass
class Late:
    """A service whose reads do not show what was put until so many of them."""

    shared: SharedDocument
    by: int
    written: str | None = None
    old: str | None = None

    def before_call(self, number: int, _name: str) -> None:
        if number == PUT:
            self.old = self.shared.text
        elif number == VERIFY:
            self.written, self.shared.text = self.shared.text, self.old
        elif number == VERIFY + self.by:
            self.shared.text = self.written


# --- somebody else wins


def test_who_loses_three_rounds_gives_up_and_says_what_was_lost(shared: SharedDocument) -> None:
    before = shared.text

    def undo(_number: int, name: str) -> None:
        if name == "put":
            drop_ours(shared)

    shared.witness = undo
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.FAILED
    assert shared.calls.count("put") == 3
    assert len(outcome.remarks) == 3
    lost = [sid_of(each) for each in document_of(shared.puts[-1]) if is_ours(each)]
    assert lost
    assert all(sid in outcome.why for sid in lost)
    assert "3 rounds" in outcome.why
    assert "what else writes this document" in outcome.fix
    assert outcome.previous == before
    assert [sid_of(each) for each in shared.statements] == ["Theirs"]


def document_of(text: str) -> tuple[Statement, ...]:
    return SharedDocument(Store.REPOSITORY, text).statements


def test_who_loses_two_rounds_and_wins_the_third_has_applied(shared: SharedDocument) -> None:
    def undo(_number: int, name: str) -> None:
        if name == "put" and len(shared.puts) < 3:
            drop_ours(shared)

    shared.witness = undo
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.APPLIED
    assert [each.partition(":")[0] for each in outcome.remarks] == [
        "another writer changed the document"
    ] * 2


SECOND_MERGE = VERIFY + 3 + 1
"""The read that the second round merges into: three reads verify, one begins anew."""


def test_a_change_of_our_own_part_between_two_rounds_ends_the_run_and_is_told(
    shared: SharedDocument,
) -> None:
    """What was written before is not forgotten: the previous text is the only way back."""
    before = shared.text

    def meddle(number: int, _name: str) -> None:
        if number == VERIFY:
            drop_ours(shared)
        if number == SECOND_MERGE:
            shared.text = shared.puts[0]

    shared.intruder = meddle
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.FAILED
    assert "own statements were changed" in outcome.why
    assert outcome.previous == before
    assert len(outcome.remarks) == 1


def test_a_guard_that_others_trip_between_plan_and_write_keeps_us_from_writing(
    shared: SharedDocument,
) -> None:
    huge = {**THEIRS, "Sid": "Huge", "Condition": {"StringEquals": {"aws:SourceVpc": "v" * 10_000}}}
    shared.intruder = at(MERGE, lambda: shared.replace([*shared.statements, huge]))
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.STALE
    assert "10,240 are allowed" in outcome.why
    assert shared.puts == []


def garble(shared: SharedDocument) -> None:
    shared.text = '{"Statement": [], "Statement": []}'


@pytest.mark.parametrize("number", [STEP, MERGE])
def test_a_document_that_cannot_be_parsed_any_more_is_not_written(
    shared: SharedDocument, number: int
) -> None:
    shared.intruder = at(number, lambda: garble(shared))
    outcome = apply(shared, SECOND)
    assert outcome.status in {Status.STALE, Status.FAILED}
    assert outcome.why
    assert outcome.fix
    assert shared.puts == []


def test_a_document_that_is_garbled_after_the_write_is_a_failure_with_the_way_back(
    shared: SharedDocument,
) -> None:
    before = shared.text
    shared.intruder = at(VERIFY, lambda: garble(shared))
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.FAILED, before)
    assert "cannot be parsed any more" in outcome.why
    assert len(shared.puts) == 1


@pytest.mark.parametrize("number", [STEP, MERGE])
def test_a_carrier_that_is_gone_meanwhile_is_not_written(
    shared: SharedDocument, number: int
) -> None:
    shared.intruder = failing(number, CarrierMissingError("there is no repository"))
    outcome = apply(shared, SECOND)
    assert outcome.status in {Status.STALE, Status.FAILED}
    assert outcome.why
    assert shared.puts == []


# --- calls that fail


def test_a_write_that_is_denied_replaced_nothing(shared: SharedDocument) -> None:
    shared.intruder = failing(PUT, fault(FaultKind.DENIED))
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.FAILED, "")
    assert "so it is" in outcome.why
    assert shared.puts == []


def test_a_write_whose_answer_is_lost_is_read_back_and_not_sent_again(
    shared: SharedDocument,
) -> None:
    before = shared.text
    shared.witness = failing(PUT, fault(FaultKind.UNREACHABLE))
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.APPLIED, before)
    (remark,) = outcome.remarks
    assert "did not say whether it carried out a write" in remark
    assert len(shared.puts) == 1
    assert run(shared, SECOND)[0].changes == ()


NEXT_MERGE = VERIFY + MOST_READS + 1
"""The read that a second round merges into, after a write that never shows."""


def test_a_write_that_was_neither_answered_nor_carried_out_is_merged_anew_before_it_is_sent(
    shared: SharedDocument,
) -> None:
    before = shared.text
    late = {**THEIRS, "Sid": "Late"}

    def meddle(number: int, _name: str) -> None:
        if number == PUT:
            raise fault(FaultKind.UNREACHABLE)
        if number == NEXT_MERGE:
            shared.replace([*shared.statements, late])

    shared.intruder = meddle
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.APPLIED, before)
    assert [sid_of(each) for each in shared.statements if not is_ours(each)] == ["Theirs", "Late"]
    assert shared.calls.count("put") == 2
    assert "a write was not carried out" in str(outcome.remarks)
    assert "another writer" not in str(outcome.remarks)


def test_writes_that_are_never_answered_nor_carried_out_fail_after_three_rounds(
    shared: SharedDocument,
) -> None:
    def refuse(_number: int, name: str) -> None:
        if name == "put":
            raise fault(FaultKind.UNREACHABLE)

    shared.intruder = refuse
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.FAILED
    assert "it failed: so it is" in outcome.why
    assert shared.calls.count("put") == 3


@pytest.mark.parametrize("kind", [FaultKind.THROTTLED, FaultKind.CONFLICT])
def test_a_write_that_is_refused_for_now_is_merged_anew_before_it_is_sent_again(
    shared: SharedDocument, kind: FaultKind
) -> None:
    late = {**THEIRS, "Sid": "Late"}

    def meddle(number: int, _name: str) -> None:
        if number == PUT:
            shared.replace([*shared.statements, late])
            raise fault(kind)

    shared.intruder = meddle
    outcome = apply(shared, SECOND)
    assert outcome.status is Status.APPLIED
    assert shared.calls[PUT : PUT + 3] == ["put", "read", "put"]
    assert [sid_of(each) for each in shared.statements if not is_ours(each)] == ["Theirs", "Late"]
    assert len(shared.puts) == 1


def test_a_write_that_is_throttled_for_too_long_fails_and_replaced_nothing(
    shared: SharedDocument,
) -> None:
    def refuse(_number: int, name: str) -> None:
        if name == "put":
            raise fault(FaultKind.THROTTLED)

    shared.intruder = refuse
    planned = plan(shared, SECOND)
    (scope,) = planned.scopes
    pauses: list[float] = []
    scope.handler = DocumentHandler(shared, pause=pauses.append)
    (outcome,) = execute(planned).outcomes
    assert (outcome.status, outcome.previous) == (Status.FAILED, "")
    assert tuple(pauses) == BUSY_PAUSES
    assert shared.puts == []


def test_a_read_that_fails_after_the_write_leaves_the_previous_text_in_the_report(
    shared: SharedDocument,
) -> None:
    before = shared.text
    shared.intruder = failing(VERIFY, fault(FaultKind.UNREACHABLE))
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.FAILED, before)


def test_a_second_round_that_is_denied_still_tells_of_the_first(shared: SharedDocument) -> None:
    before = shared.text

    def meddle(number: int, name: str) -> None:
        if number == VERIFY:
            drop_ours(shared)
        if number == SECOND_MERGE + 1:
            assert name == "put"
            raise fault(FaultKind.DENIED)

    shared.intruder = meddle
    outcome = apply(shared, SECOND)
    assert (outcome.status, outcome.previous) == (Status.FAILED, before)
    assert len(outcome.remarks) == 1
    assert len(shared.puts) == 1


def test_a_document_that_is_gone_when_it_is_to_be_deleted_is_deleted() -> None:
    """A delete that is repeated after a lost answer finds nothing: that is what was wanted."""
    shared = SharedDocument(Store.REPOSITORY)
    run(shared, FIRST)
    shared.calls.clear()

    def gone() -> None:
        shared.text = None
        raise fault(FaultKind.NOT_FOUND)

    shared.intruder = at(PUT, gone)
    assert apply(shared, NOTHING).status is Status.APPLIED
    assert shared.text is None


# --- principals that AWS does not know yet


@dataclass
class Newcomer:
    """A principal that AWS does not know for so many writes; somebody is at work meanwhile."""

    shared: SharedDocument
    unknown_for: int
    pauses: list[float] = field(default_factory=list)

    def refuse(self, _number: int, name: str) -> None:
        if name == "put" and len(self.pauses) < self.unknown_for:
            raise fault(FaultKind.INVALID, unknown_principal=True)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        theirs = {**THEIRS, "Sid": f"During{len(self.pauses)}"}
        self.shared.replace([*self.shared.statements, theirs])

    def write(self) -> Outcome:
        self.shared.intruder = self.refuse
        planned = plan(self.shared, FIRST)
        (scope,) = planned.scopes
        scope.handler = DocumentHandler(self.shared, pause=self.pause)
        (outcome,) = execute(planned).outcomes
        return outcome


def newcomer(unknown_for: int) -> Newcomer:
    return Newcomer(SharedDocument(Store.REPOSITORY, document(THEIRS).text()), unknown_for)


def test_a_principal_that_appears_is_waited_for_and_nobody_elses_write_is_lost_meanwhile() -> None:
    found = newcomer(unknown_for=3)
    outcome = found.write()
    assert outcome.status is Status.APPLIED
    assert tuple(found.pauses) == PRINCIPAL_PAUSES[:3]
    foreign = [sid_of(each) for each in found.shared.statements if not is_ours(each)]
    assert foreign == ["Theirs", "During1", "During2", "During3"]
    assert len(outcome.remarks) == 1
    assert found.shared.ours


def test_a_principal_that_never_appears_fails_after_about_a_minute() -> None:
    found = newcomer(unknown_for=100)
    outcome = found.write()
    assert (outcome.status, outcome.previous) == (Status.FAILED, "")
    assert tuple(found.pauses) == PRINCIPAL_PAUSES
    assert 45 < sum(found.pauses) < 90
    assert found.shared.puts == []


def test_another_refusal_is_not_waited_for(shared: SharedDocument) -> None:
    shared.intruder = failing(PUT, fault(FaultKind.INVALID))
    planned = plan(shared, SECOND)
    (scope,) = planned.scopes
    pauses: list[float] = []
    scope.handler = DocumentHandler(shared, pause=pauses.append)
    (outcome,) = execute(planned).outcomes
    assert outcome.status is Status.FAILED
    assert pauses == []
