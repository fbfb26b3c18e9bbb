"""Problems in manifests as text: `where: CODE path: what`, then why and fix, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.problem import Problem, Severity
from reconciler.errors import ReconcilerError
from reconciler.render.lines import Line, Span, Style, line
from reconciler.render.redact import without_credentials
from reconciler.render.text import fix_lines
from reconciler.render.words import counted

_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING}


def in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems by place, equal ones once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.sort_key))


def problem_lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Yield all problems by place, and how many there are. Nothing if there are none."""
    ordered = in_order(problems)
    for problem in ordered:
        yield from _one(problem)
    if ordered:
        yield line(_count(ordered))


def _one(problem: Problem) -> Iterator[Line]:
    path = f"{problem.path}: " if problem.path else ""
    yield line(
        Span(f"{problem.where}:", Style.STRONG),
        " ",
        Span(problem.code, _STYLES[problem.severity]),
        f" {path}{problem.what}",
    )
    if problem.why:
        yield line(f"  why: {problem.why}")
    yield from fix_lines(problem.fix, "  ")


def _count(problems: Sequence[Problem]) -> str:
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors
    parts = [counted(errors, "error")] if errors else []
    parts += [counted(warnings, "warning")] if warnings else []
    files = counted(len({problem.where.path for problem in problems}), "file")
    return f"{' and '.join(parts)} in {files}."


def error_lines(error: ReconcilerError) -> Iterator[Line]:
    """Yield an error that ended the command, in the form of every other message."""
    first, *rest = without_credentials(error.what).split("\n")
    yield line(Span("error:", Style.ERROR), f" {first}")
    for text in rest:
        yield line(f"  {text}")
    if error.why:
        yield line(f"  why: {error.why}")
    yield from fix_lines(error.fix, "  ")
