"""Print what a command found, in the format that was asked for, and say what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.cli.actions import step
from reconciler.cli.exits import problems_exit, report_exit
from reconciler.cli.output import Output
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem
from reconciler.core.review import Comparison
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
    if (told := step()).is_there:
        from reconciler.cli.telling import tell_problems

        tell_problems(told, problems)
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


def plan_text(plan: Plan, problems: Sequence[Problem], review: Comparison | None = None) -> str:
    """Return a plan as its JSON document, with the warnings about its manifests."""
    from reconciler.render.document import plan_document, to_json

    return to_json(plan_document(plan, problems, review))


def tell(plan: Plan, problems: Sequence[Problem], review: Comparison | None = None) -> None:
    """Tell a plan to the step of GitHub Actions that the command runs in, if it does."""
    if (told := step()).is_there:
        from reconciler.cli.telling import tell_plan

        tell_plan(told, plan, problems, review)


def print_comparison(review: Comparison, output: Output) -> None:
    """Print a plan beside what was reviewed: on stderr where stdout is one document."""
    from reconciler.render.comparison import comparison_lines

    is_text = not (output.is_json or output.is_markdown)
    (output.data if is_text else output.remark)(comparison_lines(review))


def report_outcome(report: Report, problems: Sequence[Problem], output: Output) -> ExitCode:
    """Print what became of a plan, and return the exit code that it stands for."""
    if (told := step()).is_there:
        from reconciler.cli.telling import tell_report

        tell_report(told, report, problems)
    if output.is_json:
        from reconciler.render.document import report_document, to_json

        output.document(to_json(report_document(report, problems)))
    else:
        output.data(report_lines(report))
    return report_exit(report)
