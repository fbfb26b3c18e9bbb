"""Whether an apply may go on: what was reviewed, and what the person at the terminal says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from reconciler.core.plan import Plan
from reconciler.errors import InvalidInputError, ReconcilerError, StaleError, UsageError
from reconciler.render.contract import PlanDocument
from reconciler.render.document import parse_plan_document
from reconciler.render.words import counted

_MOST_NAMED: Final = 10
_PLAN_AGAIN: Final = "plan again with --out, have it reviewed, and apply that one"


def reviewed_plan(path: Path | None) -> PlanDocument | None:
    """Return the plan that was reviewed, if one is given.

    Raises:
        InvalidInputError: if the file is no such plan.
    """
    if path is None:
        return None
    try:
        return parse_plan_document(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path}: not UTF-8, so no plan", fix=_PLAN_AGAIN) from None
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.what}", why=error.why, fix=error.fix) from None


def require_reviewed(plan: Plan, reviewed: PlanDocument | None) -> None:
    """Raise `StaleError` unless everything that would be written was reviewed.

    Actions that were reviewed and are done by now are no longer in the plan, so a run that ended
    halfway can be repeated with the same reviewed plan.
    """
    if reviewed is None:
        return
    sites = {
        (each.name, each.account_id, each.region, each.owner) for each in reviewed.environments
    }
    moved = [
        each.name
        for each in plan.environments
        if (each.name, each.account_id, each.region, each.owner) not in sites
        and any(action.key.environment == each.name for action in plan.changes)
    ]
    if moved:
        raise StaleError(
            f"the plan was reviewed for another account, region or owner: {', '.join(moved)}",
            why="an Environment manifest changed since, or was not part of the reviewed plan",
            fix=_PLAN_AGAIN,
        )
    unseen = [action for action in plan.changes if action.digest not in reviewed.reviewed]
    if unseen:
        named = [f"{action.verb.value} {action.key}" for action in unseen[:_MOST_NAMED]]
        more = [f"and {len(unseen) - _MOST_NAMED} more"] if len(unseen) > _MOST_NAMED else []
        raise StaleError(
            f"{counted(len(unseen), 'change')} would be made that nobody reviewed, so none is made",
            why="; ".join([*named, *more]),
            fix=_PLAN_AGAIN,
        )


def require_consent(plan: Plan, *, yes: bool, sandbox: bool) -> None:
    """Ask the person at the terminal, unless there is nothing to ask.

    Raises:
        UsageError: if there is no terminal and no `--yes`.
        ReconcilerError: if the answer is not `yes`.
    """
    if yes or sandbox or plan.refusals or not plan.changes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "apply asks for confirmation, and there is no terminal to ask on",
            fix="add --yes, after reading the plan",
        )
    number = counted(len(plan.changes), "change")
    question = f"Do you want to apply {number}? Only 'yes' is accepted"
    if click.prompt(question, err=True, default="no", show_default=False).strip() != "yes":
        raise ReconcilerError("not confirmed, so nothing was applied")
