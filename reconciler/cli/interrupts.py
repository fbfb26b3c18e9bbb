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

from reconciler.errors import ExitCode

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_FIRST: Final = (
    "Interrupted: finishing calls in flight, starting nothing new. Again to stop at once."
)
_SECOND: Final = "Stopped at once. Run the command again to go on where this one ended."
_STDERR: Final = 2
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
        _say(_FIRST)

    previous = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    try:
        yield event
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _leave() -> None:
    show_cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
    os.write(_STDERR, f"{show_cursor}\n{_SECOND}\n".encode())
    os._exit(ExitCode.FAILURE)


def _say(text: str) -> None:
    """Write to what stderr is now: a live view puts itself in its place, and click goes past it."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
