"""Approval is three-way: what Git says, what we last applied, what is live. Pure.

An approval triggers deployments (aws.md section 2), so an unchanged status is never sent again,
and a decision that somebody made outside Git is never silently overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING, Value
from reconciler.core.environment import OnDrift
from reconciler.core.fields import Rule
from reconciler.core.plan import Level, Note
from reconciler.core.provenance import without_provenance
from reconciler.core.resources import Live
from reconciler.kinds.model_package.intent import Approval

PENDING = "PendingManualApproval"
DRIFT = "approval-drift"
CONFLICT = "approval-conflict"
KEPT = "description-kept"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about an approval: the changes to send, and what to tell.

    `refused` says that nothing may be sent although Git and AWS differ. `records` says that only
    the marker is behind: somebody decided outside Git, and Git follows.
    """

    changes: tuple[FieldChange, ...] = ()
    notes: tuple[Note, ...] = ()
    refused: bool = False
    records: bool = False


def decide(wanted: Approval, live: Live, on_drift: OnDrift) -> Decision:
    """Return what the three sides add up to.

    | Git vs last applied | live vs last applied | result |
    |---|---|---|
    | same as live | same, or never applied | nothing (only a changed description is sent) |
    | same as live | changed | Git follows: recorded as applied, the status is not sent again |
    | changed, or never applied | unchanged, or never applied | apply Git |
    | unchanged | changed | approval drift: report, revert or fail |
    | changed | changed | conflict: refused, unless drift is to be reverted |
    """
    status = _live_status(live)
    applied = live.applied_approval
    if status == wanted.status:
        # Unless it is recorded, the next decision outside Git would look like none, or like ours.
        return Decision(_description_change(wanted, live), records=applied not in (None, status))
    changes = (*_status_change(wanted, live), *_description_change(wanted, live))
    if applied is None or status == applied:
        return Decision(changes, _kept_note(wanted, live))
    if on_drift is OnDrift.REVERT:
        reverted = _drift_note(wanted, live, Level.WARNING, "it is reverted")
        return Decision(changes, (reverted, *_kept_note(wanted, live)))
    if wanted.status != applied:
        return Decision(notes=(_conflict_note(wanted, live),), refused=True)
    if on_drift is OnDrift.FAIL:
        return Decision(notes=(_drift_note(wanted, live, Level.ERROR, ""),), refused=True)
    return Decision(notes=(_drift_note(wanted, live, Level.WARNING, "it is left as it is"),))


def at_creation(wanted: Approval) -> Decision:
    """Return what follows the creation of a version, which is always registered as pending."""
    if wanted.status == PENDING and wanted.description is None:
        return Decision()
    newborn = Live(arn="", values={"ModelApprovalStatus": PENDING}, applied_approval=PENDING)
    return decide(wanted, newborn, OnDrift.REPORT)


def _live_status(live: Live) -> Value:
    return live.values.get("ModelApprovalStatus", MISSING)


def _status_change(wanted: Approval, live: Live) -> tuple[FieldChange, ...]:
    name = "ModelApprovalStatus"
    return (FieldChange(name, name, _live_status(live), wanted.status, Rule.MUTABLE),)


def _description_change(wanted: Approval, live: Live) -> tuple[FieldChange, ...]:
    name = "ApprovalDescription"
    present = live.values.get(name, MISSING)
    said = without_provenance(present) if isinstance(present, str) else present
    if wanted.description is None or wanted.description in (present, said):
        return ()
    before = MISSING if said == "" != present else said
    return (FieldChange(name, name, before, wanted.description, Rule.MUTABLE),)


def _kept_note(wanted: Approval, live: Live) -> tuple[Note, ...]:
    """Return what there is to say of a live description that Git does not declare."""
    present = live.values.get("ApprovalDescription")
    if wanted.description is not None or not isinstance(present, str):
        return ()
    if not without_provenance(present):
        return ()
    text = "approval.description is not declared, so the live description stays as it is"
    return (Note(Level.INFO, KEPT, text, "declare approval.description to replace it"),)


def _drift_note(wanted: Approval, live: Live, level: Level, consequence: str) -> Note:
    what = f"approval was changed outside Git: {live.applied_approval} -> {_live_status(live)}"
    text = "; ".join(part for part in (what + _by_whom(live), consequence) if part)
    why = "approvals.onDrift of the environment is fail"
    fails = level is Level.ERROR
    return Note(
        level,
        DRIFT,
        text,
        _ways_out(wanted, live),
        why if fails else "",
        refuses=fails,
        about=_status_change(wanted, live),
    )


def _conflict_note(wanted: Approval, live: Live) -> Note:
    text = (
        f"Git says {wanted.status}, but the approval was also changed outside Git: "
        f"{live.applied_approval} -> {_live_status(live)}{_by_whom(live)}"
    )
    why = "a decision made outside Git is not overwritten silently"
    about = _status_change(wanted, live)
    return Note(
        Level.ERROR, CONFLICT, text, _ways_out(wanted, live), why, refuses=True, about=about
    )


def _by_whom(live: Live) -> str:
    who = f" by {live.modified_by}" if live.modified_by else ""
    when = f" at {live.modified_at}" if live.modified_at else ""
    return f", last modified{who}{when}" if who or when else ""


def _ways_out(wanted: Approval, live: Live) -> str:
    return (
        f"accept it with approval.status: {_live_status(live)}, or set approvals.onDrift: revert "
        f"in the Environment to make it {wanted.status} again"
    )
