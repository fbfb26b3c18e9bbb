"""Whether an apply may go on: what the person at the terminal says."""

from __future__ import annotations

import sys

import click

from reconciler.errors import ReconcilerError, UsageError
from reconciler.render.words import counted


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
