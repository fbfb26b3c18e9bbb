"""What plans, reports, problems and drift say to the step that the command runs in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reconciler.cli.rendering import setting_of
from reconciler.cli.step import Step
from reconciler.core.drift import DriftItem, DriftReport
from reconciler.core.keys import ResourceKey
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Level, Plan, Refusal, Verb
from reconciler.core.problem import Problem, Severity
from reconciler.core.review import Comparison
from reconciler.errors import ReconcilerError
from reconciler.github.run import Run
from reconciler.manifest.workspace import Workspace
from reconciler.render.document import plan_document, report_document
from reconciler.render.drift import TITLES
from reconciler.render.drift_document import drift_document
from reconciler.render.markdown import Budget, Setting, render_plans
from reconciler.render.markdown.comparison import comparison_markdown
from reconciler.render.markdown.drift import DriftPage, drift_markdown
from reconciler.render.markdown.endings import error_markdown, problems_markdown
from reconciler.render.marker import State
from reconciler.render.words import counted
from reconciler.render.workflow_commands import Annotation, Kind

_COUNTS: Final = {
    "creates": Verb.CREATE,
    "updates": Verb.UPDATE,
    "approvals": Verb.APPROVE,
    "adoptions": Verb.ADOPT,
    "deletes": Verb.DELETE,
    "blocked": Verb.BLOCKED,
}
_FAILED: Final = frozenset({Status.FAILED, Status.STALE})


def tell_problems(step: Step, problems: Sequence[Problem]) -> None:
    """Tell what is wrong with the manifests; the summary has it if nothing else follows."""
    step.annotations += map(_of_problem, problems)
    if any(each.severity is Severity.ERROR for each in problems):
        step.summaries.append(lambda limit: problems_markdown(problems, limit=limit))


def tell_valid(step: Step, problems: Sequence[Problem], workspace: Workspace) -> None:
    """Tell that the manifests are valid, and how many there are."""
    found = f"{counted(len(workspace.manifests), 'manifest')}."
    step.summaries.append(lambda limit: problems_markdown(problems, found, limit=limit))


def tell_plan(
    step: Step, plan: Plan, problems: Sequence[Problem], review: Comparison | None = None
) -> None:
    """Tell what would change, what is in the way, and first what of it nobody reviewed."""
    _tell_counts(step, plan, problems)
    if review is not None:
        step.output("unreviewed", "" if review.trouble else len(review.unreviewed))
        step.summaries.append(lambda limit: comparison_markdown(review, limit=_half(limit)))
    step.annotations += _of_plan(plan)
    setting = replace(_setting(State.PLANNED), list_unchanged=True)

    def summary(limit: Budget) -> str:
        document = plan_document(plan, problems)
        return render_plans([document], setting, limit=limit, marker=False).text

    step.summaries.append(summary)


def tell_report(step: Step, report: Report, problems: Sequence[Problem]) -> None:
    """Tell what became of a plan."""
    _tell_counts(step, report.plan, problems)
    step.annotations += map(_of_refusal, report.plan.refusals)
    if not report.plan.refusals:
        step.annotations += (
            _of_outcome(each) for each in report.outcomes if each.status in _FAILED
        )
    done = not any(each.status in _FAILED for each in report.outcomes) and not report.plan.refusals
    setting = _setting(State.APPLIED if done else State.FAILED)

    def summary(limit: Budget) -> str:
        plan = plan_document(report.plan, problems)
        became = report_document(report, problems)
        return render_plans([plan], setting, reports=[became], limit=limit, marker=False).text

    step.summaries.append(summary)


def tell_drift(step: Step, report: DriftReport, problems: Sequence[Problem]) -> None:
    """Tell how AWS differs from Git."""
    step.prefix = report.source.prefix if report.source else step.prefix
    step.output("drift", bool(report.items))
    step.annotations += map(_of_drift, report.items)
    step.annotations += (
        Annotation(Kind.ERROR, f"not read: {each.key}", _message(each.note.text, each.note.fix))
        for each in report.failures
    )
    run = step.run or Run()
    page = DriftPage(run.repository_url, run.url, hiding=setting_of(os.environ).hiding)

    def summary(limit: Budget) -> str:
        return drift_markdown(drift_document(report, problems), page, limit=limit)[0]

    step.summaries.append(summary)


def tell_error(step: Step, command: str, error: ReconcilerError) -> None:
    """Tell why a command ended early."""
    message = _message(error.what, error.why, error.fix)
    step.annotations.append(Annotation(Kind.ERROR, f"reconcile {command}", message))
    step.summaries.append(lambda _limit: error_markdown(command, error))


def _tell_counts(step: Step, plan: Plan, problems: Sequence[Problem]) -> None:
    step.prefix = plan.source.prefix if plan.source else step.prefix
    warnings = sum(each.severity is Severity.WARNING for each in problems)
    warnings += sum(len(each.notes_of(Level.WARNING)) for each in plan.actions)
    step.output("changes", bool(plan.changes))
    for name, verb in _COUNTS.items():
        step.output(name, plan.counts[verb])
    step.output("warnings", warnings)
    step.output("plan-digest", plan.digest)


def _half(limit: Budget) -> Budget:
    return replace(limit, limit=limit.limit // 2)


def _setting(state: State) -> Setting:
    return replace(setting_of(os.environ), state=state)


# --- as annotations


def _of_problem(problem: Problem) -> Annotation:
    kind = Kind.ERROR if problem.severity is Severity.ERROR else Kind.WARNING
    what = f"{problem.path}: {problem.what}" if problem.path else problem.what
    return Annotation(kind, problem.code, _message(what, problem.why, problem.fix), problem.where)


def _of_plan(plan: Plan) -> Iterator[Annotation]:
    yield from map(_of_refusal, plan.refusals)
    for action in plan.actions:
        for note in action.notes_of(Level.ERROR):
            if not note.refuses:  # what refuses is among the refusals
                title = f"{note.code}: {action.key}"
                yield Annotation(Kind.ERROR, title, _message(note.text, note.fix), action.where)


def _of_refusal(refusal: Refusal) -> Annotation:
    title = f"{refusal.guard}: {refusal.key}" if refusal.key else refusal.guard
    message = _message(refusal.what, refusal.why, refusal.fix)
    return Annotation(Kind.ERROR, title, message, refusal.where)


def _of_outcome(outcome: Outcome) -> Annotation:
    title = f"{outcome.status.value}: {outcome.verb.word} {outcome.key}"
    return Annotation(Kind.ERROR, title, _message(outcome.why, outcome.fix), outcome.where)


def _of_drift(item: DriftItem) -> Annotation:
    fields = ", ".join(each.path for each in item.changes)
    title = f"{TITLES[item.drift]}: {_named(item.key)}"
    message = f"{item.what}: {fields}" if fields else item.what
    return Annotation(Kind.WARNING, title, message, item.where)


def _named(key: ResourceKey) -> str:
    return f"{key.kind} {key.environment}/{key.name}"


def _message(what: str, *more: str) -> str:
    return ". ".join(part.rstrip(".") for part in (what, *more) if part)
