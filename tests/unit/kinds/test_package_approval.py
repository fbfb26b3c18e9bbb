"""Approval is three-way: every combination of Git, last applied and live, by what is done."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from builders import (
    desired_version,
    environment,
    group,
    live_package,
    markers,
    propose_package,
    version,
)
from live import Lab

from reconciler.core.environment import OnDrift
from reconciler.core.plan import Action, Level, Verb
from reconciler.core.provenance import Change
from reconciler.core.resources import Live
from reconciler.kinds.base import Stamp
from reconciler.kinds.model_package.writing import update_requests

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
STATUSES = (PENDING, APPROVED, REJECTED)
REPORT, REVERT, FAIL = OnDrift.REPORT, OnDrift.REVERT, OnDrift.FAIL

NOTHING, RECORD, APPLY, DRIFT, REVERTED, FAILED, CONFLICT = (
    "nothing",
    "only recorded",
    "apply",
    "drift is reported",
    "drift is reverted",
    "drift fails",
    "conflict",
)


def expected(git: str, applied: str | None, live: str, on_drift: OnDrift) -> str:
    """Say by the design's words what is to become of one combination."""
    if git == live:
        return NOTHING if applied in (None, live) else RECORD
    if applied in (None, live):
        return APPLY
    if on_drift is REVERT:
        return REVERTED
    if git != applied:
        return CONFLICT
    return FAILED if on_drift is FAIL else DRIFT


def found(approved: str | None, applied: str | None, **more: Any) -> Live:
    approval = {"approval": applied} if applied else {}
    values = {"CustomerMetadataProperties": markers(**approval), "ModelApprovalStatus": approved}
    kept = {name: each for name, each in values.items() if each is not None}
    return live_package(
        kept,
        applied_approval=applied,
        modified_by="alice",
        modified_at="2026-01-02T03:04:05+00:00",
        **more,
    )


def actions(
    git: str, live: Live, on_drift: OnDrift = REPORT, why: str | None = None
) -> list[Action]:
    approval = {"status": git} | ({"description": why} if why else {})
    return propose_package(desired_version(version(approval=approval), on_drift=on_drift), live)


def what_happens(proposed: list[Action]) -> str:
    own, *approval = proposed
    notes = [note for each in proposed for note in each.notes]
    codes = {(note.code, note.level) for note in notes}
    if not approval:
        assert own.verb is Verb.NONE
        assert codes <= {("approval-drift", Level.WARNING)}
        return DRIFT if codes else NOTHING
    (action,) = approval
    if action.verb is Verb.BLOCKED:
        assert not action.changes
        ((code, level),) = codes
        assert level is Level.ERROR
        return {"approval-drift": FAILED, "approval-conflict": CONFLICT}[code]
    assert action.verb is Verb.APPROVE
    if not any(change.name == "ModelApprovalStatus" for change in action.changes):
        return RECORD
    return REVERTED if codes == {("approval-drift", Level.WARNING)} else APPLY


ROWS = list(product(STATUSES, (None, *STATUSES), STATUSES, OnDrift))


@pytest.mark.parametrize(("git", "applied", "live", "on_drift"), ROWS)
def test_every_row_of_the_table_is_decided_as_designed(
    git: str, applied: str | None, live: str, on_drift: OnDrift
) -> None:
    proposed = actions(git, found(live, applied), on_drift)
    assert what_happens(proposed) == expected(git, applied, live, on_drift)


@pytest.mark.parametrize(("git", "applied", "live", "on_drift"), ROWS)
def test_a_sent_approval_is_what_git_says_and_is_recorded(
    git: str, applied: str | None, live: str, on_drift: OnDrift
) -> None:
    sent = [each for each in actions(git, found(live, applied), on_drift) if each.changes]
    wanted = expected(git, applied, live, on_drift)
    if wanted not in (APPLY, REVERTED, RECORD):
        assert not sent
        return
    values = {change.path: change.after for change in sent[0].changes}
    assert values.pop("ModelApprovalStatus", None) == (None if wanted == RECORD else git)
    recorded = values.pop("CustomerMetadataProperties.reconciler/approval", applied)
    assert recorded == git
    assert not values


def test_an_unchanged_status_is_never_sent_again() -> None:
    for status in STATUSES:
        for applied in (None, *STATUSES):
            own, *approval = actions(status, found(status, applied))
            assert own.verb is Verb.NONE
            sent = [change.path for each in approval for change in each.changes]
            behind = applied not in (None, status)
            assert sent == (["CustomerMetadataProperties.reconciler/approval"] if behind else [])


def test_a_changed_description_is_sent_without_the_status() -> None:
    _, approval = actions(APPROVED, found(APPROVED, APPROVED), why="reviewed")
    assert [(each.name, each.after) for each in approval.changes] == [
        ("ApprovalDescription", "reviewed")
    ]


def test_an_unchanged_description_is_not_sent() -> None:
    live = live_package(
        {"ModelApprovalStatus": APPROVED, "ApprovalDescription": "reviewed"},
        applied_approval=APPROVED,
    )
    (own,) = actions(APPROVED, live, why="reviewed")
    assert own.verb is Verb.NONE


def test_drift_names_who_and_when_and_both_ways_out() -> None:
    (own,) = actions(APPROVED, found(REJECTED, APPROVED))
    (note,) = own.notes
    assert "Approved -> Rejected" in note.text
    assert "alice" in note.text
    assert "2026-01-02T03:04:05+00:00" in note.text
    assert "approval.status: Rejected" in note.fix
    assert "approvals.onDrift: revert" in note.fix


def test_approval_that_git_does_not_state_is_not_managed() -> None:
    (own,) = propose_package(desired_version(version()), found(REJECTED, APPROVED))
    assert own.verb is Verb.NONE
    assert not own.notes


def test_a_version_that_has_no_status_at_all_is_approved() -> None:
    _, approval = actions(APPROVED, found(None, None))
    assert approval.verb is Verb.APPROVE


@pytest.mark.parametrize("status", STATUSES)
def test_a_new_version_is_registered_as_pending_and_approved_afterwards(status: str) -> None:
    wanted = desired_version(version(approval={"status": status}))
    create, *approval = propose_package(wanted, None)
    values = {change.path: change.after for change in create.changes}
    assert values["ModelApprovalStatus"] == PENDING
    assert values["CustomerMetadataProperties.reconciler/approval"] == PENDING
    assert [each.verb for each in approval] == ([] if status == PENDING else [Verb.APPROVE])
    assert all(create.key in each.needs for each in approval)


@pytest.mark.parametrize("status", ["Pending", "InProgress"])
def test_an_approval_waits_while_the_version_is_validated(status: str) -> None:
    _, approval = actions(APPROVED, found(PENDING, PENDING, status=status))
    assert approval.verb is Verb.APPROVE
    assert approval.waits_for == status


def test_a_failed_version_is_never_approved() -> None:
    live = found(PENDING, PENDING, status="Failed", failures=("smoke: no answer",))
    (own,) = actions(APPROVED, live)
    assert own.verb is Verb.BLOCKED
    (note,) = own.notes_of(Level.ERROR)
    assert "smoke: no answer" in note.text


# --- adopting


def adopted(git: str, live: Live) -> list[Action]:
    spec = version(version=1, approval={"status": git, "description": "why"})
    return propose_package(desired_version(spec), live)


def test_adopting_an_agreed_approval_records_it() -> None:
    own, _ = adopted(APPROVED, live_package({"ModelApprovalStatus": APPROVED}, owner=None))
    values = {change.path: change.after for change in own.changes}
    assert own.verb is Verb.ADOPT
    assert values["CustomerMetadataProperties.reconciler/approval"] == APPROVED


def test_adopting_does_not_record_what_git_does_not_say() -> None:
    own, approval = adopted(APPROVED, live_package({"ModelApprovalStatus": REJECTED}, owner=None))
    assert "CustomerMetadataProperties.reconciler/approval" not in {e.path for e in own.changes}
    assert approval.verb is Verb.APPROVE
    assert "CustomerMetadataProperties.reconciler/approval" in {e.path for e in approval.changes}


def test_taking_over_keeps_the_previous_owners_decision_as_drift() -> None:
    live = live_package({"ModelApprovalStatus": REJECTED}, owner="other", applied_approval=APPROVED)
    spec = version(takeOwnershipFrom="other", approval={"status": APPROVED})
    (own,) = propose_package(desired_version(spec), live)
    assert own.verb is Verb.ADOPT
    assert "CustomerMetadataProperties.reconciler/approval" not in {e.path for e in own.changes}
    assert own.notes_of(Level.WARNING)


def test_the_table_holds_at_the_server(lab: Lab) -> None:
    documents = [environment(), group(), version(approval={"status": APPROVED})]
    report = lab.settle(documents)
    arn = report.outcomes[-1].arn
    lab.boto().update_model_package(ModelPackageArn=arn, ModelApprovalStatus=REJECTED)
    plan = lab.plan(documents).plan
    assert [note.code for each in plan.actions for note in each.notes] == ["approval-drift"]
    lab.forget_calls()
    lab.settle(documents)
    assert lab.writes() == []
    accepted = [environment(), group(), version(approval={"status": REJECTED})]
    lab.settle(accepted)
    assert not any("ModelApprovalStatus" in call.parameters for call in lab.writes())
    lab.boto().update_model_package(ModelPackageArn=arn, ModelApprovalStatus=APPROVED)
    drifted = lab.plan(accepted).plan
    assert [note.code for each in drifted.actions for note in each.notes] == ["approval-drift"]
    again = lab.plan([environment(), group(), version(approval={"status": APPROVED})]).plan
    assert not any("ModelApprovalStatus" in (each.after or {}) for each in again.changes)


# --- which change in Git caused it

CHANGE = Change("1a2b3c4d5e6f" + "0" * 28, "Jane Doe", 12)
OURS = "[Git 1a2b3c4d5e6f by Jane Doe, #12]"
EARLIER = "[Git 000000000000 by Eve, #7]"


def sent(git: str, live: Live, why: str | None = None, change: Change | None = CHANGE) -> Any:
    """Return the description that goes to AWS, `None` if none does. Git is asked at most once."""
    asked: list[str] = []

    def history(path: str) -> Change | None:
        asked.append(path)
        return change

    wanted = desired_version(
        version(approval={"status": git} | ({"description": why} if why else {}))
    )
    requests = [
        request
        for action in propose_package(wanted, live)
        for request in update_requests(action.changes, wanted, Stamp(history=history), live)
    ]
    assert asked in ([], ["manifests/all.yaml"])
    found = [each["ApprovalDescription"] for each in requests if "ApprovalDescription" in each]
    return found[0] if found else None


def described(status: str, text: str | None) -> Live:
    values = {"ModelApprovalStatus": status} | ({"ApprovalDescription": text} if text else {})
    return live_package(values, applied_approval=status)


@pytest.mark.parametrize(
    ("live", "why", "text"),
    [
        (None, None, OURS),
        (None, "fine", f"fine {OURS}"),
        ("fine", "fine", f"fine {OURS}"),
        ("theirs", "fine", f"fine {OURS}"),
        (f"fine {EARLIER}", "fine", f"fine {OURS}"),
        (EARLIER, None, OURS),
        (f"fine {EARLIER}", None, f"fine {OURS}"),
        ("theirs", None, None),
        (None, f"fine {EARLIER}", f"fine {EARLIER} {OURS}"),
    ],
)
def test_an_approval_says_which_change_caused_it(
    live: str | None, why: str | None, text: str | None
) -> None:
    assert sent(APPROVED, described(PENDING, live), why) == text


def test_a_changed_description_says_which_change_caused_it() -> None:
    assert sent(APPROVED, described(APPROVED, f"old {EARLIER}"), "new") == f"new {OURS}"


@pytest.mark.parametrize("live", [EARLIER, f"fine {EARLIER}", "fine"])
def test_what_was_said_of_an_earlier_change_is_no_difference(live: str) -> None:
    why = "fine" if live != EARLIER else None
    assert sent(APPROVED, described(APPROVED, live), why) is None
    (own,) = actions(APPROVED, described(APPROVED, live), why=why)
    assert own.verb is Verb.NONE


def test_a_declared_text_of_our_form_is_a_text_as_any_other() -> None:
    declared = f"fine {EARLIER}"
    for live in (declared, f"{declared} {OURS}"):
        assert sent(APPROVED, described(APPROVED, live), declared) is None
    assert sent(APPROVED, described(APPROVED, "fine"), declared) == f"{declared} {OURS}"


@pytest.mark.parametrize(
    ("live", "why", "text"),
    [(None, None, None), (EARLIER, None, ""), (f"fine {EARLIER}", "fine", "fine")],
)
def test_where_git_knows_nothing_an_earlier_change_is_not_left_to_stand_for_this_one(
    live: str | None, why: str | None, text: str | None
) -> None:
    assert sent(APPROVED, described(PENDING, live), why, change=None) == text


def test_a_decision_outside_git_that_is_only_recorded_is_not_said_to_be_ours() -> None:
    assert sent(REJECTED, found(REJECTED, APPROVED)) is None


def test_neither_plan_nor_digest_hold_what_was_said_of_a_change() -> None:
    one, two = (
        actions(APPROVED, described(PENDING, f"old {each}"), why="new")[1]
        for each in (OURS, EARLIER)
    )
    assert one.digest == two.digest
    assert "[Git" not in str(one.changes)
    assert one.before == {"ModelApprovalStatus": PENDING, "ApprovalDescription": "old"} | {
        "CustomerMetadataProperties.reconciler/approval": PENDING
    }


def test_a_description_that_git_does_not_declare_is_kept_and_that_is_said() -> None:
    for text, notes in ((None, []), (EARLIER, []), ("theirs", ["description-kept"])):
        _, approval = actions(APPROVED, described(PENDING, text))
        assert [note.code for note in approval.notes] == notes
