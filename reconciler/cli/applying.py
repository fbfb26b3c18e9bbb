"""Plan, show, ask, apply: the middle of `reconcile apply`."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.aws.sessions import Mode
from reconciler.cli import workflow
from reconciler.cli.consent import require_consent, require_same_places, reviewed_plan
from reconciler.cli.interrupts import cancelling
from reconciler.cli.journal import FolderJournal, with_journal
from reconciler.cli.options import JOURNAL, SANDBOX_STATE, ApplyingOptions
from reconciler.cli.output import Output
from reconciler.cli.progress import shown_progress
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.desired import DesiredState
from reconciler.kinds import HANDLERS
from reconciler.render.text import plan_lines


def apply(state: DesiredState, options: ApplyingOptions, output: Output) -> Report:
    """Return what became of the plan for the desired state.

    Raises:
        StaleError: if it was reviewed for another account, region or owner.
        UsageError: if nobody can be asked and `--yes` is missing.
    """
    reviewed = reviewed_plan(options["reviewed"])
    with workflow.sessions(options, Mode.APPLY) as access:
        handlers = with_journal(HANDLERS, _journal(options))
        planned = workflow.plan_with(state, access, options, handlers)
        _show(planned.plan, output)
        if reviewed is not None:
            require_same_places(planned.plan, reviewed)
        digests = reviewed.reviewed if reviewed else None
        permitted = [
            each for each in planned.plan.changes if digests is None or each.digest in digests
        ]
        if permitted and not planned.plan.refusals:
            require_consent(len(permitted), yes=options["yes"], sandbox=options["sandbox"])
        how = ApplyOptions(
            wait=options["wait"],
            timeout=options["timeout"],
            parallelism=options["parallelism"],
            reviewed=digests,
        )
        with cancelling() as cancel, shown_progress(len(permitted), output) as progress:
            return apply_plan(
                planned, writes=access.writes(), options=how, progress=progress, cancel=cancel
            )


def _journal(options: ApplyingOptions) -> FolderJournal:
    """Return where to keep what is replaced. What a sandbox replaces is kept apart."""
    folder = options["journal"] or JOURNAL
    if options["sandbox"] and not options["journal"]:
        state = options["sandbox_state"] or SANDBOX_STATE
        folder = state.with_name(f"{state.name}-journal")
    return FolderJournal(folder, moment=datetime.now(UTC))


def _show(plan: Plan, output: Output) -> None:
    """Print the plan: on stdout as part of the result, unless that is to be one JSON document."""
    if output.is_json:
        output.remark(plan_lines(plan))
    else:
        output.data(plan_lines(plan))
