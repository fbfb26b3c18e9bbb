"""Ctrl-C and SIGTERM: finish what is in flight, then report, instead of dying in the middle."""

from __future__ import annotations

import _thread
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
def ending_in_words() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: in words, and with an exit code of ours.

    What has calls to finish takes both signals itself meanwhile, see `cancelling`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can take signals
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def cancelling() -> Iterator[threading.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; the second one ends the process.

    Ending at once is safe: a later run finds what was written and goes on from there.
    """
    event = threading.Event()
    seen: list[int] = []

    def interrupted(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            _leave()
        # A handler runs between two steps of whatever the main thread does, which may hold the
        # event's lock or be writing to stderr. Another thread waits its turn; a handler cannot.
        _thread.start_new_thread(_cancel, (event,))

    previous = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    try:
        yield event
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _cancel(event: threading.Event) -> None:
    try:
        # Not by click: a live view stands in for stderr, and click goes past it.
        sys.stderr.write(_FIRST + "\n")
        sys.stderr.flush()
    finally:
        event.set()


def _leave() -> None:
    show_cursor = _SHOW_CURSOR if os.isatty(_STDERR) else ""
    os.write(_STDERR, f"{show_cursor}\n{_SECOND}\n".encode())
    os._exit(ExitCode.FAILURE)
