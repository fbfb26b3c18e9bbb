"""Print what a command found, in the format that was asked for, and say what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.cli import actions
from reconciler.cli.exits import problems_exit, report_exit
from reconciler.cli.output import Output
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem
from reconciler.errors import ExitCode
from reconciler.manifest.workspace import Workspace
from reconciler.render.lines import Line, Span, Style, line
from reconciler.render.problems import problem_lines
from reconciler.render.report import report_lines
from reconciler.render.words import counted


def report_problems(problems: Sequence[Problem], output: Output) -> ExitCode:
    """Print problems and return 5 if there is an error among them.

    Text goes to stderr. With JSON, errors are the document on stdout; warnings are left to the
    document of the command itself.
    """
    code = problems_exit(problems)
    if (step := actions.step()).is_there:
        from reconciler.cli.telling import tell_problems

        tell_problems(step, problems)
    output.remark(problem_lines(problems))
    if code is not ExitCode.OK and output.is_json:
        output.document(problems_text(problems))
    return code


def problems_text(problems: Sequence[Problem]) -> str:
    """Return problems as their JSON document."""
    from reconciler.render.document import problems_document, to_json

    return to_json(problems_document(problems))


def valid_lines(workspace: Workspace) -> Iterator[Line]:
    """Yield what was found in manifests that are all valid."""
    kinds = Counter(manifest.kind for manifest in workspace.manifests)
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    yield line(
        Span("Valid:", Style.GOOD), f" {counted(len(workspace.manifests), 'manifest')} ({listed})."
    )


def plan_text(plan: Plan, problems: Sequence[Problem]) -> str:
    """Return a plan as its JSON document, with the warnings about its manifests."""
    from reconciler.render.document import plan_document, to_json

    return to_json(plan_document(plan, problems))


def tell(plan: Plan, problems: Sequence[Problem]) -> None:
    """Tell a plan to the step of GitHub Actions that the command runs in, if it does."""
    if (step := actions.step()).is_there:
        from reconciler.cli.telling import tell_plan

        tell_plan(step, plan, problems)


def report_outcome(report: Report, problems: Sequence[Problem], output: Output) -> ExitCode:
    """Print what became of a plan, and return the exit code that it stands for."""
    if (step := actions.step()).is_there:
        from reconciler.cli.telling import tell_report

        tell_report(step, report, problems)
    if output.is_json:
        from reconciler.render.document import report_document, to_json

        output.document(to_json(report_document(report, problems)))
    else:
        output.data(report_lines(report))
    return report_exit(report)
