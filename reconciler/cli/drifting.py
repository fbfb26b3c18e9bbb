"""Read, compare, sort, show: the middle of `reconcile drift`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from reconciler.aws.sessions import Mode
from reconciler.cli import actions, verdicts, workflow
from reconciler.cli.manifests import read_manifests
from reconciler.cli.options import DriftOptions, DriftRunOptions, output_of
from reconciler.cli.output import Format, Output
from reconciler.core.drift import DriftReport, KnownDrift
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem
from reconciler.engine.drift import classify
from reconciler.errors import ExitCode, RefusedError
from reconciler.manifest.known_drift import read_known_drift
from reconciler.render.document import to_json
from reconciler.render.drift import drift_lines
from reconciler.render.drift_contract import DriftDocument
from reconciler.render.drift_document import drift_document

_ABOUT_NOTHING = frozenset({"empty-manifest-set", "empty-selection", "misspelt-selection"})


def today() -> date:
    """Return the day that decides which known drift has expired."""
    return datetime.now(UTC).date()


def drift(options: DriftOptions) -> ExitCode:
    """Find drift, print it, write it if asked to, and return the exit code that it stands for."""
    run: DriftRunOptions = {**options, "max_changes": None}
    output = output_of(run)
    _, state = read_manifests(options["paths"], watch_everywhere=True)
    known, wrong = _known(options["known"])
    problems = [*state.problems, *wrong]
    if (code := verdicts.report_problems(problems, output)) is not ExitCode.OK:
        return code
    with workflow.sessions(run, Mode.PLAN) as access:
        plan = workflow.plan_with(state, access, run).plan
    _require_something(plan)
    is_whole = workflow.selection_of(run).is_whole_environments
    report = classify(plan, known, today=today(), is_whole=is_whole)
    if (step := actions.step()).is_there:
        from reconciler.cli.telling import tell_drift

        tell_drift(step, report, problems)
    _show(report, problems, output, options)
    return drift_exit(report, detailed=options["detailed_exitcode"])


def drift_exit(report: DriftReport, *, detailed: bool) -> ExitCode:
    """Return 1 if something declared could not be read, 2 with drift (if `detailed`), else 0."""
    if report.failures:
        return ExitCode.FAILURE
    return ExitCode.CHANGES if detailed and report.items else ExitCode.OK


def _known(path: Path | None) -> tuple[list[KnownDrift], list[Problem]]:
    return read_known_drift(path) if path else ([], [])


def _require_something(plan: Plan) -> None:
    """Refuse to be about nothing: a wrong folder must not look like a clean environment."""
    for refusal in plan.refusals:
        if refusal.guard in _ABOUT_NOTHING:
            raise RefusedError(refusal.what, why=refusal.why, fix=refusal.fix, code=refusal.guard)


def _show(
    report: DriftReport, problems: list[Problem], output: Output, options: DriftOptions
) -> None:
    out, printed = options["out"], output.is_json or output.is_markdown
    document = drift_document(report, problems) if out or printed else None
    if document is not None and out:
        out.write_text(to_json(document), encoding="utf-8")
    if document is None or not printed:
        output.data(drift_lines(report))
    elif output.is_json:
        output.document(to_json(document))
    else:
        output.document(_markdown(document, output.format))


def _markdown(document: DriftDocument, chosen: Format) -> str:
    from reconciler.render.markdown import Dialect
    from reconciler.render.markdown.drift import DriftPage, drift_markdown

    return drift_markdown(document, DriftPage(dialect=Dialect(chosen.value)))[0]
