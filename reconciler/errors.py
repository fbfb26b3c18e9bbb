"""Errors that end a command, each with its exit code and words for people.

Problems in manifests and refusals of guards are values, not exceptions (`core.problem`,
`core.plan`). What is here is raised where going on makes no sense, and printed in one place.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command (README, "Exit codes")."""

    OK = 0
    FAILURE = 1
    CHANGES = 2
    STALE = 3
    REFUSED = 4
    INVALID = 5
    USAGE = 64


class ReconcilerError(Exception):
    """Something that ends the command: `what` happened, `why`, and how to `fix` it.

    `code` is for machines, where they have to tell one reason from another.
    """

    exit_code = ExitCode.FAILURE

    def __init__(self, what: str, *, why: str = "", fix: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.code = code


class UsageError(ReconcilerError):
    """The command line asks for something that does not exist or does not go together."""

    exit_code = ExitCode.USAGE


class RefusedError(ReconcilerError):
    """A guard does not let the command go on."""

    exit_code = ExitCode.REFUSED


class InvalidInputError(ReconcilerError):
    """A file that the user gave (a plan, say) is not what it should be."""

    exit_code = ExitCode.INVALID


class StaleError(ReconcilerError):
    """What would be done is not what was reviewed."""

    exit_code = ExitCode.STALE
