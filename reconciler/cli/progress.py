"""Progress of an apply on stderr: a live view on a terminal, one line an event elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from reconciler.cli.output import Output, colored, is_colored
from reconciler.core.keys import ResourceKey
from reconciler.core.outcome import Outcome
from reconciler.core.plan import Action, Verb
from reconciler.engine.progress import Progress
from reconciler.render.lines import Line, Span, Style, line
from reconciler.render.report import outcome_spans
from reconciler.render.words import duration

if TYPE_CHECKING:
    from rich.text import Text

HEARTBEAT: Final = 30.0
"""Seconds between two lines about the same wait, where there is no terminal."""

_MOST_SHOWN: Final = 8


_Doing = tuple[ResourceKey, Verb]


class LogProgress:
    """One line when an action ends, and one every `HEARTBEAT` seconds while it waits."""

    def __init__(self, total: int, say: Callable[[Line], None]) -> None:
        self._total = total
        self._say = say
        self._done = 0
        self._next_beat: dict[ResourceKey, float] = {}

    def started(self, action: Action) -> None:
        """Say nothing: the end follows soon, or a heartbeat does."""

    def waiting(self, action: Action, status: str, seconds: float) -> None:
        """Say what an action waits for, at most every `HEARTBEAT` seconds."""
        if seconds >= self._next_beat.get(action.key, HEARTBEAT):
            self._next_beat[action.key] = seconds + HEARTBEAT
            self._say(line(f"waiting   {action.key}: {status} for {duration(seconds)}"))

    def finished(self, outcome: Outcome) -> None:
        """Say what became of an action, and how many are done."""
        self._done += 1
        progress = Span(f"  ({self._done} of {self._total})", Style.FAINT)
        self._say((*outcome_spans(outcome), progress))


class LiveProgress:
    """What is running right now, redrawn in place. The report says the rest afterwards.

    The terminal redraws from a thread of its own, hence the lock.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._done = 0
        self._running: dict[_Doing, tuple[str, float]] = {}
        self._lock = threading.RLock()

    def started(self, action: Action) -> None:
        """Show an action."""
        with self._lock:
            self._running[action.key, action.verb] = (action.verb.word, self._clock())

    def waiting(self, action: Action, status: str, seconds: float) -> None:
        """Show what an action waits for."""
        with self._lock:
            doing = f"{action.verb.word} ({status})"
            self._running[action.key, action.verb] = (doing, self._clock() - seconds)

    def finished(self, outcome: Outcome) -> None:
        """Take an action off and count it."""
        with self._lock:
            self._running.pop((outcome.key, outcome.verb), None)
            self._done += 1

    def lines(self) -> Iterator[Line]:
        """Yield what to show now: how many are done, and the actions that take longest."""
        with self._lock:
            running, done = dict(self._running), self._done
        yield line(Span(f"{done} of {self._total} done", Style.STRONG), f", {len(running)} running")
        oldest = sorted(running.items(), key=lambda item: (item[1][1], item[0]))
        for (key, _), (doing, since) in oldest[:_MOST_SHOWN]:
            yield line(
                f"  {doing} {key}", Span(f"  {duration(self._clock() - since)}", Style.FAINT)
            )
        if len(oldest) > _MOST_SHOWN:
            yield line(Span(f"  and {len(oldest) - _MOST_SHOWN} more", Style.FAINT))


@contextmanager
def shown_progress(total: int, output: Output) -> Iterator[Progress]:
    """Yield where an apply reports to: live on a terminal, lines elsewhere."""
    import sys

    if not sys.stderr.isatty():
        yield LogProgress(total, lambda spans: output.remark([spans]))
        return
    from rich.console import Console
    from rich.live import Live

    live_progress = LiveProgress(total)
    with_color = is_colored(sys.stderr, output.color)
    console = Console(stderr=True, no_color=not with_color, highlight=False, markup=False)
    view = Live(
        console=console,
        get_renderable=lambda: _text(live_progress, with_color=with_color),
        refresh_per_second=8,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=True,
    )
    with view:
        yield live_progress


def _text(progress: LiveProgress, *, with_color: bool) -> Text:
    from rich.text import Text

    from reconciler.render.lines import plain

    lines = list(progress.lines())
    if not with_color:
        return Text(plain(lines).rstrip("\n"), no_wrap=True, overflow="ellipsis")
    shown = Text.from_ansi(colored(lines).rstrip("\n"))
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown
