"""What a command has to say that is no plan: problems in manifests, or why it ended early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.problem import Problem, Severity
from reconciler.errors import ReconcilerError
from reconciler.render.markdown.blocks import joined, table
from reconciler.render.markdown.budget import SUMMARY, Budget
from reconciler.render.markdown.escaping import code, prose
from reconciler.render.problems import in_order
from reconciler.render.words import counted


def problems_markdown(
    problems: Sequence[Problem], found: str = "", *, limit: Budget = SUMMARY
) -> str:
    """Return the problems as a table. `found` says what there is where nothing is wrong.

    Rows that do not fit are counted.
    """
    ordered = in_order(problems)
    errors = sum(each.severity is Severity.ERROR for each in ordered)
    parts = [counted(errors, "error")] if errors else []
    parts += [counted(len(ordered) - errors, "warning")] if len(ordered) > errors else []
    state = "Manifests are not valid" if errors else "Manifests are valid"
    head = f"## {state}" + (f": {' and '.join(parts)}" if parts else "")
    shown = len(ordered)
    while True:
        rest = len(ordered) - shown
        more = f"**and {counted(rest, 'more problem')}**, see the log." if rest else ""
        rows = table(["place", "code", "what", "fix"], map(_row, ordered[:shown]))
        text = joined([head, prose(found), rows, more]) + "\n"
        if not shown or limit.fits(text):
            return text
        shown //= 2


def _row(problem: Problem) -> Sequence[str]:
    path = f"{code(problem.path)}: " if problem.path else ""
    why = f" ({prose(problem.why)})" if problem.why else ""
    return (
        code(str(problem.where)),
        problem.code,
        f"{path}{prose(problem.what)}{why}",
        prose(problem.fix),
    )


def error_markdown(command: str, error: ReconcilerError) -> str:
    """Return why a command ended early."""
    return joined(_error(command, error)) + "\n"


def _error(command: str, error: ReconcilerError) -> Iterator[str]:
    yield f"## {code(f'reconcile {command}')} ended early"
    yield prose(error.what)
    if error.why:
        yield f"Why: {prose(error.why)}"
    if error.fix:
        yield f"Fix: {prose(error.fix)}"
