"""What a plan tells about a live group besides its fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.plan import Level, Note
from reconciler.core.resources import Live


def status_notes(live: Live) -> Iterator[Note]:
    """Yield what is wrong with a group that AWS is taking away, or could not make."""
    if live.status == "Deleting":
        text = "the group is being deleted; it can be created again once it is gone"
        yield Note(Level.ERROR, "being-deleted", text, "run again when the deletion is done")
    if live.status in ("Failed", "DeleteFailed"):
        text = f"the group's status is {live.status}"
        yield Note(Level.ERROR, "failed", text, "delete the group in SageMaker and run again")
