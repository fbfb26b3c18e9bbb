"""Ctrl-C and SIGTERM: finish what is in flight, then report, instead of dying in the middle."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

from reconciler.errors import ExitCode

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_FIRST: Final = (
    "Interrupted: finishing calls in flight, starting nothing new. Again to stop at once."
)
_SECOND: Final = "Stopped at once. Run the command again to go on where this one ended."
_SHOW_CURSOR: Final = "\x1b[?25h"


@contextmanager
def cancelling() -> Iterator[threading.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; the second one ends the process.

    Ending at once is safe: a later run finds what was written and goes on from there.
    """
    event = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if event.is_set():
            _leave()
        event.set()
        click.echo(_FIRST, err=True)

    previous = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    try:
        yield event
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _leave() -> None:
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)
    sys.stderr.write(_SECOND + "\n")
    sys.stderr.flush()
    os._exit(ExitCode.FAILURE)
