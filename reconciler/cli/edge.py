"""The one place where a command ends: every exception becomes words and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import click

from reconciler.cli.interrupts import ending_in_words
from reconciler.errors import ExitCode, ReconcilerError, UsageError

PROGRAM: Final = "reconcile"
_REPORT_TO: Final = (
    "run again with --debug to see where it happened, and report it with that output "
    "(take out what is confidential)"
)
_LOOK_AT: Final = "see that it exists, is what it should be, and may be read and written by you"
_ABORTED: Final = "Ctrl-C, or SIGTERM, ended it before there was anything to report"


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code. Nothing but the exit code leaves here."""
    for stream in (sys.stdout, sys.stderr):
        _tolerate_any_text(stream)
    try:
        with ending_in_words():
            code = _run(list(args))
        sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        return _silenced()
    return code


def _run(args: list[str]) -> int:
    from reconciler.cli.group import reconcile

    try:
        result = reconcile.main(args, prog_name=PROGRAM, standalone_mode=False)
    except click.UsageError as error:
        return _usage(error, args)
    except click.ClickException as error:
        error.show()
        return _ended(ReconcilerError(error.format_message()), args)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Aborted. Nothing more is done.", err=True)
        return _ended(ReconcilerError("aborted", why=_ABORTED), args)
    except ReconcilerError as error:
        return _failed(error, args)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise
        return _unexpected(error, args)
    return int(result) if isinstance(result, int) else ExitCode.OK


def _usage(error: click.UsageError, args: list[str]) -> int:
    error.show()
    return _ended(UsageError(error.format_message()), args)


def _failed(error: ReconcilerError, args: list[str]) -> int:
    from reconciler.cli.output import print_error

    if "--debug" in args:
        _print_traceback()
    print_error(error)
    return _ended(error, args)


def _ended(error: ReconcilerError, args: list[str]) -> int:
    """Leave the error, told by now, wherever a document was to be, and return its exit code."""
    _record(error, args)
    if _wants_json(args):
        _print_document(error)
    return error.exit_code


def _unexpected(error: Exception, args: list[str]) -> int:
    words = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, OSError):
        fix = _LOOK_AT if error.filename else _REPORT_TO
        return _failed(ReconcilerError(_os_words(error), fix=fix), args)
    return _failed(ReconcilerError(f"unexpected {words}", fix=_REPORT_TO), args)


def _os_words(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def _print_document(error: ReconcilerError) -> None:
    from reconciler.render.document import error_document, to_json

    click.echo(to_json(error_document(error)), nl=False)


def _record(error: ReconcilerError, args: list[str]) -> None:
    """Write why a plan or an apply ended early to the file of its --out, if one was named."""
    if args[:1] in (["plan"], ["apply"]) and any(each.startswith("--out") for each in args):
        from reconciler.cli.recording import write_error

        write_error(args, error)


def _print_traceback() -> None:
    import traceback

    from reconciler.cli.output import Output
    from reconciler.render.lines import line

    Output().remark(line(text) for text in traceback.format_exc().splitlines())


def _wants_json(args: list[str]) -> bool:
    """Say whether the command line asks for JSON, even if it could not be parsed."""
    pairs = pairwise([*args, ""])
    return any(one == "--format=json" or (one, two) == ("--format", "json") for one, two in pairs)


def _silenced() -> int:
    """Let nobody hear that the reader of our output went away (`reconcile plan | head`)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILURE


def _tolerate_any_text(stream: object) -> None:
    """Escape what the terminal's encoding cannot say, rather than fail in the middle."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
