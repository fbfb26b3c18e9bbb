"""The two steps of an action: read again and write, then read and compare until it settled.

Each step runs in a thread of its own and returns a value; nothing here knows about order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.aws.api import Aws, AwsFault
from reconciler.core.outcome import Outcome, Status
from reconciler.core.plan import Action, Level, Verb
from reconciler.core.resources import Finding, Found, Reading
from reconciler.engine.desired import AnyDesired
from reconciler.engine.snapshot import Scope
from reconciler.kinds.base import IncompleteWriteError, StaleWriteError, Stamp, WriteResult

_BUSY = frozenset({"Pending", "InProgress"})
_ALREADY = "it is already so"
_REVIEW = "plan again and review what changed"
_NOT_CONVERGED = "run plan: it shows what still differs"


@dataclass(frozen=True, slots=True)
class Written:
    """The write was made (or the service already had it); the resource is to be read next."""

    result: WriteResult


@dataclass(frozen=True, slots=True)
class Unsettled:
    """AWS is still at work on the resource: try this step again later."""

    status: str
    arn: str


Step = Written | Unsettled | Outcome


@dataclass(frozen=True, slots=True)
class Work:
    """One action with all that is needed to carry it out."""

    action: Action
    desired: AnyDesired
    scope: Scope
    writes: Aws
    stamp: Stamp


def write(work: Work, arn: str | None) -> Step:
    """Read the resource again; write if it is still as planned and not busy.

    `arn` is the live resource, if there is one by now (an approval follows its creation).
    """
    try:
        return _write(work, arn)
    except AwsFault as fault:
        return failed(work.action, fault)
    except IncompleteWriteError as error:
        return told(failed(work.action, error.fault), error.partial)
    except StaleWriteError as error:
        return outcome(work.action, Status.STALE, why=str(error), fix=_REVIEW)


def _write(work: Work, arn: str | None) -> Step:
    action = work.action
    finding = work.scope.reader.read_again(work.desired, arn)
    fresh = _same_step(work, finding)
    live = finding.live if isinstance(finding, Found) else None
    if fresh is None:
        return outcome(action, Status.UNCHANGED, arn=live.arn if live else arn, why=_ALREADY)
    if _approves(action):
        errors = [note for note in fresh.notes_of(Level.ERROR) if not note.refuses]
        if fresh.verb is Verb.BLOCKED and errors:
            return outcome(action, Status.FAILED, arn=arn, why=errors[0].text, fix=errors[0].fix)
        if fresh.verb is action.verb and all(each in action.changes for each in fresh.changes):
            action = fresh  # somebody gave the same approval: the rest is still to be recorded
    gone = work.action.arn is not None and live is None
    if (fresh.digest != action.digest or gone) and not _same_part(action, fresh):
        return stale(work.action, fresh)
    if live is not None and live.status in _BUSY:
        return Unsettled(live.status, live.arn)
    return Written(work.scope.handler.write(work.writes, action, work.desired, live, work.stamp))


def _same_part(action: Action, fresh: Action) -> bool:
    """Say whether our part is as planned, in a resource that others create and delete with us."""
    return bool(action.basis) and fresh.writes and fresh.changes == action.changes


def _approves(action: Action) -> bool:
    """Say whether an action is the approval that follows the action on the resource itself."""
    return action.key in action.needs


def _same_step(work: Work, finding: Finding) -> Action | None:
    """Return what would be proposed now in place of an action; `None` if nothing is left to do.

    A package that is blocked as a whole (failed, unreadable, somebody else's) blocks its approval.
    """
    approves = _approves(work.action)
    proposed = [each for each in _propose(work, finding) if each.verb is not Verb.NONE]
    same = [each for each in proposed if _approves(each) == approves]
    blocked = [each for each in proposed if each.verb is Verb.BLOCKED] if approves else []
    return next(iter([*same, *blocked]), None)


def _propose(work: Work, finding: Finding) -> list[Action]:
    caller = work.writes.caller(work.scope.environment)
    reading = Reading({work.desired.key: finding}, caller=caller)
    return work.scope.handler.propose([work.desired], reading)


def verify(work: Work, result: WriteResult) -> Step:
    """Read a written resource and compare it again: nothing of the action may remain."""
    try:
        step = _verify(work, result.arn)
    except AwsFault as fault:
        step = failed(work.action, fault)
    return told(step, result) if isinstance(step, Outcome) else step


def told(ended: Outcome, result: WriteResult) -> Outcome:
    """Return an outcome with what there is to tell about the write."""
    return replace(ended, previous=result.previous, remarks=result.remarks, journal=result.journal)


def _verify(work: Work, arn: str) -> Step:
    finding = work.scope.reader.read_again(work.desired, arn)
    if isinstance(finding, Found) and finding.live.status in _BUSY:
        return Unsettled(finding.live.status, arn)
    remains = _same_step(work, finding)
    if remains is None:
        return outcome(work.action, Status.APPLIED, arn=arn)
    errors = remains.notes_of(Level.ERROR)
    if errors:
        note = errors[0]
        return outcome(work.action, Status.FAILED, arn=arn, why=note.text, fix=note.fix)
    paths = ", ".join(change.path for change in remains.changes) or str(remains.verb)
    why = f"did not converge: after the write these still differ: {paths}"
    return outcome(work.action, Status.FAILED, arn=arn, why=why, fix=_NOT_CONVERGED)


def stale(action: Action, fresh: Action) -> Outcome:
    """Return the outcome of an action whose resource changed since the plan was made."""
    if fresh.verb is not action.verb:
        change = f"it would now be: {fresh.verb.word}"
    else:
        planned = {each.path: each for each in action.changes}
        moved = [each.path for each in fresh.changes if planned.get(each.path) != each]
        gone = sorted(planned.keys() - {each.path for each in fresh.changes})
        change = f"it differs in {', '.join([*moved, *gone]) or 'detail'}"
    return outcome(
        action,
        Status.STALE,
        why=f"the live resource changed after the plan was made; {change}",
        fix=_REVIEW,
    )


def failed(action: Action, fault: AwsFault) -> Outcome:
    """Return the outcome of an action whose call failed."""
    why = f"{fault.what}: {fault.why}" if fault.why else fault.what
    base = outcome(action, Status.FAILED, why=why, fix=fault.fix)
    return replace(base, request_id=fault.request_id)


def outcome(
    action: Action, status: Status, *, arn: str | None = None, why: str = "", fix: str = ""
) -> Outcome:
    """Return what became of an action."""
    return Outcome(
        key=action.key,
        verb=action.verb,
        status=status,
        where=action.where,
        arn=arn or action.arn,
        why=why,
        fix=fix,
        context=action.context,
    )
