"""Which exit code a result stands for. Text, JSON and exit code always agree."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem, Severity
from reconciler.errors import ExitCode


def problems_exit(problems: Sequence[Problem]) -> ExitCode:
    """Return 5 if any problem is an error, else 0: warnings are only printed."""
    errors = any(problem.severity is Severity.ERROR for problem in problems)
    return ExitCode.INVALID if errors else ExitCode.OK


def plan_exit(plan: Plan, *, detailed: bool) -> ExitCode:
    """Return 4 if refused, 1 with errors, 2 with changes (if `detailed`), else 0."""
    if plan.refusals:
        return ExitCode.REFUSED
    if plan.errors:
        return ExitCode.FAILURE
    return ExitCode.CHANGES if detailed and plan.changes else ExitCode.OK


def report_exit(report: Report) -> ExitCode:
    """Return 4 if refused, 1 if anything failed or was interrupted, 3 if stale, else 0.

    What AWS is still at work on is done as far as `--no-wait` asked for.
    """
    found = {outcome.status for outcome in report.outcomes}
    if report.plan.refusals or Status.REFUSED in found:
        return ExitCode.REFUSED
    if report.interrupted or Status.FAILED in found:
        return ExitCode.FAILURE
    if Status.STALE in found:
        return ExitCode.STALE
    return ExitCode.FAILURE if Status.SKIPPED in found else ExitCode.OK
