"""Plan, show, ask, apply: the middle of `reconcile apply`."""

from __future__ import annotations

from reconciler.aws.sessions import Mode, Sessions
from reconciler.cli import workflow
from reconciler.cli.consent import require_consent, require_reviewed, reviewed_plan
from reconciler.cli.interrupts import cancelling
from reconciler.cli.options import ApplyingOptions
from reconciler.cli.output import Output
from reconciler.cli.progress import shown_progress
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.desired import DesiredState
from reconciler.kinds import HANDLERS
from reconciler.render.text import plan_lines


def apply(
    state: DesiredState, options: ApplyingOptions, output: Output, how: ApplyOptions
) -> Report:
    """Return what became of the plan for the desired state.

    Raises:
        StaleError: if it is not what was reviewed.
        UsageError: if nobody can be asked and `--yes` is missing.
    """
    reviewed = reviewed_plan(options["reviewed"])
    with workflow.sessions(options, Mode.APPLY) as access:
        plan = workflow.plan_with(state, access, options)
        _show(plan, output)
        require_reviewed(plan, reviewed)
        require_consent(plan, yes=options["yes"], sandbox=options["sandbox"])
        return _carry_out(plan, state, access, output, how)


def _show(plan: Plan, output: Output) -> None:
    """Print the plan: on stdout as part of the result, unless that is to be one JSON document."""
    if output.is_json:
        output.remark(plan_lines(plan))
    else:
        output.data(plan_lines(plan))


def _carry_out(
    plan: Plan, state: DesiredState, access: Sessions, output: Output, how: ApplyOptions
) -> Report:
    with cancelling() as cancel, shown_progress(len(plan.changes), output) as progress:
        return apply_plan(
            plan,
            state,
            reads=access.reads(),
            writes=access.writes(),
            handlers=HANDLERS,
            options=how,
            progress=progress,
            cancel=cancel,
        )
