"""What became of each action of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Plan, Verb


class Status(StrEnum):
    """What became of an action. Every action of a plan gets exactly one."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    STALE = "stale"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one action. `why` and `fix` are set unless it was applied or unchanged.

    `previous` is the text that a whole document had before it was put, and `journal` the file
    that keeps it. `remarks` say what happened on the way.
    """

    key: ResourceKey
    verb: Verb
    status: Status
    where: Location
    arn: str | None = None
    why: str = ""
    fix: str = ""
    request_id: str | None = None
    context: str = ""
    previous: str = ""
    remarks: tuple[str, ...] = ()
    journal: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of every action of a plan, in the plan's order.

    `interrupted` says that a signal ended the run early. `remarks` are about the run as a whole.
    `code` says why nothing of the plan was written although no guard refused it: it is not what
    was reviewed (`unreviewed`), or not what the approver was shown (`gate`). `pulls` are the pull
    requests whose reviews were looked at.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    interrupted: bool = False
    remarks: tuple[str, ...] = ()
    code: str = ""
    pulls: tuple[int, ...] = ()

    @property
    def counts(self) -> Mapping[Status, int]:
        """Return how many outcomes there are of each status, in the order of `Status`."""
        return {
            status: sum(outcome.status is status for outcome in self.outcomes) for status in Status
        }
