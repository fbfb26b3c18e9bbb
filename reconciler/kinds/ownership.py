"""Who owns a live resource, and what a plan says about it. Shared by all kinds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.plan import Level, Note
from reconciler.core.resources import Desired, Live, Unknown

FOREIGN_OWNER = "foreign-owner"


class Claim(StrEnum):
    """What our claim on a live resource is worth."""

    OURS = "ours"
    FREE = "free"
    TAKEN_OVER = "taken over"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim, and what there is to say about it."""

    claim: Claim
    notes: tuple[Note, ...] = ()


def judge(desired: Desired[object], live: Live, take_ownership_from: str | None) -> Judgement:
    """Say whether a live resource may be reconciled by the environment's owner."""
    owner = desired.environment.owner
    if live.owner is None:
        return Judgement(Claim.FREE)
    if live.owner == owner:
        return Judgement(Claim.OURS)
    if live.owner == take_ownership_from:
        text = f"ownership is taken over from '{live.owner}'"
        return Judgement(Claim.TAKEN_OVER, (Note(Level.WARNING, "ownership", text),))
    note = Note(
        Level.ERROR,
        FOREIGN_OWNER,
        f"{live.arn} is reconciled by '{live.owner}', not by '{owner}'",
        f"remove the manifest, or take it over with takeOwnershipFrom: {live.owner}",
        "two reconcilers must not fight over one resource",
        refuses=True,
    )
    return Judgement(Claim.FOREIGN, (note,))


def unknown_note(finding: Unknown) -> Note:
    """Return the note for a resource that could not be read: never drift, never absent."""
    return Note(Level.ERROR, "unknown", f"cannot be read: {finding.why}", readable_by(finding))


def readable_by(finding: Unknown) -> str:
    """Return what to do so that it can be read: the missing permission, where that is known."""
    if finding.permission:
        return f"allow {finding.permission} on {finding.resource or '*'}"
    return finding.fix
