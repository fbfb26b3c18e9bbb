"""Exit codes: which result outweighs which, as tables."""

from __future__ import annotations

import pytest

from reconciler.cli.exits import plan_exit, problems_exit, report_exit
from reconciler.core.changes import FieldChange
from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Action, Level, Note, Plan, Refusal, Verb
from reconciler.core.problem import Problem, Severity
from reconciler.errors import (
    ExitCode,
    InvalidInputError,
    ReconcilerError,
    StaleError,
    UsageError,
)

HERE = Location("a.yaml")
KEY = ResourceKey("registry", "ModelPackage", "churn-v1")
PLACE = Environment("registry", "111111111111", "eu-west-1", "ml", HERE)
REFUSAL = Refusal("too-many-changes", None, None, "what", "why", "fix")
CHANGE = Action(KEY, Verb.UPDATE, HERE, (FieldChange("F", "F", 1, 2, Rule.MUTABLE),))
ERROR = Action(KEY, Verb.BLOCKED, HERE, notes=(Note(Level.ERROR, "unknown", "denied"),))
WARNED = Action(KEY, Verb.NONE, HERE, notes=(Note(Level.WARNING, "approval-drift", "x"),))
SAME = Action(KEY, Verb.NONE, HERE)


@pytest.mark.parametrize(
    ("actions", "refused", "plain", "detailed"),
    [
        ((), False, 0, 0),
        ((SAME,), False, 0, 0),
        ((WARNED,), False, 0, 0),
        ((CHANGE,), False, 0, 2),
        ((ERROR,), False, 1, 1),
        ((ERROR, CHANGE), False, 1, 1),
        ((CHANGE,), True, 4, 4),
        ((ERROR, CHANGE), True, 4, 4),
        ((), True, 4, 4),
    ],
)
def test_plan(actions: tuple[Action, ...], refused: bool, plain: int, detailed: int) -> None:
    plan = Plan((PLACE,), actions, refusals=(REFUSAL,) if refused else ())
    assert plan_exit(plan, detailed=False) == plain
    assert plan_exit(plan, detailed=True) == detailed


@pytest.mark.parametrize(
    ("statuses", "interrupted", "code"),
    [
        ((), False, 0),
        ((Status.UNCHANGED,), False, 0),
        ((Status.APPLIED, Status.UNCHANGED), False, 0),
        ((Status.APPLIED, Status.WAITING), False, 0),
        ((Status.APPLIED, Status.STALE), False, 3),
        ((Status.STALE, Status.SKIPPED), False, 3),
        ((Status.APPLIED, Status.SKIPPED), False, 1),
        ((Status.FAILED,), False, 1),
        ((Status.FAILED, Status.STALE, Status.SKIPPED), False, 1),
        ((Status.APPLIED,), True, 1),
        ((Status.STALE,), True, 1),
        ((Status.REFUSED, Status.FAILED, Status.STALE), True, 4),
    ],
)
def test_report(statuses: tuple[Status, ...], interrupted: bool, code: int) -> None:
    outcomes = tuple(Outcome(KEY, Verb.UPDATE, status, HERE) for status in statuses)
    assert report_exit(Report(Plan((PLACE,), ()), outcomes, interrupted)) == code


def test_a_report_of_a_refused_plan_is_refused_even_without_outcomes() -> None:
    assert report_exit(Report(Plan((PLACE,), (), refusals=(REFUSAL,)), ())) == ExitCode.REFUSED


def test_every_status_has_a_place_in_the_table() -> None:
    for status in Status:
        report = Report(Plan((PLACE,), ()), (Outcome(KEY, Verb.UPDATE, status, HERE),))
        done = status in {Status.APPLIED, Status.UNCHANGED, Status.WAITING}
        assert (report_exit(report) == ExitCode.OK) is done


@pytest.mark.parametrize(
    ("severities", "code"),
    [
        ((), 0),
        ((Severity.WARNING,), 0),
        ((Severity.ERROR,), 5),
        ((Severity.WARNING, Severity.ERROR), 5),
    ],
)
def test_problems(severities: tuple[Severity, ...], code: int) -> None:
    problems = [Problem("E101", HERE, "", "what", severity=each) for each in severities]
    assert problems_exit(problems) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [(ReconcilerError, 1), (StaleError, 3), (InvalidInputError, 5), (UsageError, 64)],
)
def test_errors(error: type[ReconcilerError], code: int) -> None:
    assert error("what").exit_code == code
