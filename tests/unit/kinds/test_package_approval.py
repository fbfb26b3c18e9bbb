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
from reconciler.core.resources import Live

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
