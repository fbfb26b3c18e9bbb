"""Whether an apply may go on: what was reviewed, and what the person at the terminal says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.core.plan import Plan
from reconciler.errors import InvalidInputError, ReconcilerError, StaleError, UsageError
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.render.contract import PlanDocument

_PLAN_AGAIN: Final = "plan again with --out, have it reviewed, and apply that one"


def reviewed_plan(path: Path | None) -> PlanDocument | None:
    """Return the plan that was reviewed, if one is given.

    Raises:
        InvalidInputError: if the file is no such plan.
    """
    if path is None:
        return None
    from reconciler.render.document import parse_plan_document

    try:
        return parse_plan_document(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path}: not UTF-8, so no plan", fix=_PLAN_AGAIN) from None
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.what}", why=error.why, fix=error.fix) from None


def require_same_places(plan: Plan, reviewed: PlanDocument) -> None:
    """Raise `StaleError` if changes would go to another account than was reviewed.

    The digests of actions name environments, not accounts, so this is checked by itself.
    """
    seen = {(each.name, each.account_id, each.region, each.owner) for each in reviewed.environments}
    changed = {action.key.environment for action in plan.changes}
    moved = [
        each.name
        for each in plan.environments
        if each.name in changed
        and (each.name, each.account_id, each.region, each.owner) not in seen
    ]
    if moved:
        raise StaleError(
            f"the plan was not reviewed for this account, region and owner: {', '.join(moved)}",
            why="the Environment manifest changed since, or was not part of the reviewed plan",
            fix=_PLAN_AGAIN,
        )


def require_consent(changes: int, *, yes: bool, sandbox: bool) -> None:
    """Ask the person at the terminal whether so many changes are to be made.

    Raises:
        UsageError: if there is no terminal and no `--yes`.
        ReconcilerError: if the answer is not `yes`.
    """
    if yes or sandbox:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "apply asks for confirmation, and there is no terminal to ask on",
            fix="add --yes, after reading the plan",
        )
    question = f"Do you want to apply {counted(changes, 'change')}? Only 'yes' is accepted"
    if click.prompt(question, err=True, default="no", show_default=False).strip() != "yes":
        raise ReconcilerError("not confirmed, so nothing was applied")
