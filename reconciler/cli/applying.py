"""Plan, show, ask, apply: the middle of `reconcile apply`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from reconciler.aws.sessions import Mode
from reconciler.cli import recording, workflow
from reconciler.cli.consent import require_consent
from reconciler.cli.interrupts import cancelling
from reconciler.cli.journal import FolderJournal, with_journal
from reconciler.cli.options import JOURNAL, SANDBOX_STATE, ApplyingOptions
from reconciler.cli.output import Output
from reconciler.cli.progress import shown_progress
from reconciler.cli.reviewing import terms_for
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.core.provenance import Change
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.desired import DesiredState
from reconciler.engine.review import REVIEWED, judge_review
from reconciler.kinds import HANDLERS
from reconciler.kinds.base import History
from reconciler.render.text import plan_lines


def apply(state: DesiredState, options: ApplyingOptions, output: Output) -> Report:
    """Return what became of the plan for the desired state.

    Raises:
        StaleError: if a later commit was deployed already.
        UsageError: if nobody can be asked and `--yes` is missing.
    """
    with (
        terms_for(options, state) as terms_of,
        workflow.sessions(options, Mode.APPLY) as access,
    ):
        handlers = with_journal(HANDLERS, _journal(options))
        planned = workflow.plan_with(state, access, options, handlers)
        plan = planned.plan
        _show(plan, output)
        recording.write_plan(options["plan_out"], plan, state.problems)
        terms = terms_of(plan)
        verdict = judge_review(plan, terms) if terms else REVIEWED
        permitted = () if plan.refusals or verdict.refuses else plan.changes
        if permitted:
            require_consent(len(permitted), yes=options["yes"], sandbox=options["sandbox"])
        how = ApplyOptions(
            wait=options["wait"],
            timeout=options["timeout"],
            parallelism=options["parallelism"],
            verdict=verdict,
            history=_history(options["pull_request"]),
        )
        with cancelling() as cancel, shown_progress(len(permitted), output) as progress:
            report = apply_plan(
                planned, writes=access.writes(), options=how, progress=progress, cancel=cancel
            )
        return replace(report, pulls=terms.pulls if terms else ())


def _history(pull_request: int | None) -> History:
    """Return who knows the last change of a file; a number is for those whose commit has none."""

    @cache
    def history(path: str) -> Change | None:
        from reconciler.git.history import last_change

        change = last_change(Path(path))
        if change is None or change.pull_request is not None:
            return change
        return replace(change, pull_request=pull_request)

    return history


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
