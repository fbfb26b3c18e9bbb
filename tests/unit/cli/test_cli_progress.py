"""Progress, colours, durations and interrupts: what people see while something runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from io import StringIO

import click
import pytest

from reconciler.cli import values
from reconciler.cli.output import LOOKS, Color, Output, colored, is_colored
from reconciler.cli.progress import HEARTBEAT, LiveProgress, LogProgress, shown_progress
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Status
from reconciler.core.plan import Action, Verb
from reconciler.errors import ExitCode
from reconciler.render.lines import Line, Span, Style, line, plain
from reconciler.render.words import counted
from reconciler.render.words import duration as in_words

HERE = Location("a.yaml")


def an_action(name: str = "churn-v1", verb: Verb = Verb.CREATE) -> Action:
    return Action(ResourceKey("registry", "ModelPackage", name), verb, HERE)


def an_outcome(name: str = "churn-v1", verb: Verb = Verb.CREATE) -> Outcome:
    return Outcome(an_action(name).key, verb, Status.APPLIED, HERE)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_heartbeat_every_thirty_seconds_and_one_line_an_end() -> None:
    said: list[Line] = []
    progress = LogProgress(2, said.append)
    progress.started(an_action())
    for seconds in range(0, 100, 5):
        progress.waiting(an_action(), "InProgress", float(seconds))
    progress.finished(an_outcome())
    assert plain(said).splitlines() == [
        "waiting   ModelPackage registry/churn-v1: InProgress for 30s",
        "waiting   ModelPackage registry/churn-v1: InProgress for 1m00s",
        "waiting   ModelPackage registry/churn-v1: InProgress for 1m30s",
        "applied   create ModelPackage registry/churn-v1  (1 of 2)",
    ]
    assert HEARTBEAT == 30


def test_the_live_view_shows_the_longest_running_first_and_bounds_itself() -> None:
    now = [0.0]
    progress = LiveProgress(20, clock=lambda: now[0])
    for number in range(10):
        now[0] = float(number)
        progress.started(an_action(f"v{number}"))
    progress.waiting(an_action("v9"), "Pending", 65)
    progress.finished(an_outcome("v0"))
    progress.finished(an_outcome("v1", Verb.APPROVE))
    shown = plain(progress.lines()).splitlines()
    assert shown[0] == "2 of 20 done, 9 running"
    assert shown[1] == "  create (Pending) ModelPackage registry/v9  1m05s"
    assert shown[2] == "  create ModelPackage registry/v1  8s"
    assert shown[-1] == "  and 1 more"


def test_without_a_terminal_progress_is_lines_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_progress(1, Output()) as progress:
        progress.finished(an_outcome())
    captured = capsys.readouterr()
    assert captured.err == "applied   create ModelPackage registry/churn-v1  (1 of 1)\n"
    assert captured.out == ""


@pytest.mark.parametrize("color", [Color.ALWAYS, Color.NEVER])
def test_on_a_terminal_progress_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, color: Color
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress(1, Output(color=color)) as progress:
        progress.started(an_action("[bold]x[/]"))
    shown = terminal.getvalue()
    assert "0 of 1 done" in shown
    assert "[bold]x[/]" in shown
    assert shown.rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize(
    ("color", "terminal", "environment", "wanted"),
    [
        (Color.AUTO, True, {}, True),
        (Color.AUTO, False, {}, False),
        (Color.AUTO, True, {"NO_COLOR": "1"}, False),
        (Color.AUTO, True, {"NO_COLOR": ""}, True),
        (Color.AUTO, True, {"TERM": "dumb"}, False),
        (Color.ALWAYS, False, {"NO_COLOR": "1"}, True),
        (Color.NEVER, True, {}, False),
    ],
)
def test_when_to_colour(
    color: Color,
    terminal: bool,
    environment: dict[str, str],
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_colored(Terminal() if terminal else StringIO(), color) is wanted


def test_every_style_has_a_look_and_colours_add_nothing_but_colour() -> None:
    assert set(LOOKS) == set(Style)
    spans = [line(*(Span(style.value, style) for style in Style))]
    assert click.unstyle(colored(spans)) == plain(spans)
    assert "\x1b[32m" in colored(spans)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1h1m1s", 3661)],
)
def test_durations(text: str, seconds: float) -> None:
    assert values.duration(*_unused(), text) == seconds


@pytest.mark.parametrize("text", ["", "s", "m30", "-1", "1.5h", "1d", "30m 1h"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(click.BadParameter):
        values.duration(*_unused(), text)


def test_comma_lists_and_labels() -> None:
    assert values.comma_list(*_unused(), ("a,b", " c ,")) == ("a", "b", "c")
    assert values.labels(*_unused(), ("team=growth", "x=a=b", "y=")) == (
        ("team", "growth"),
        ("x", "a=b"),
        ("y", ""),
    )


def _unused() -> tuple[click.Context, click.Parameter]:
    return click.Context(click.Command("x")), click.Option(["--x"])


def test_numbers_in_words() -> None:
    assert counted(1, "group") == "1 group"
    assert counted(0, "group") == "0 groups"
    assert [in_words(each) for each in (9.9, 60, 245, 7380)] == ["9s", "1m00s", "4m05s", "2h03m"]


INTERRUPTED = """
import os, sys
from reconciler.cli.interrupts import cancelling
with cancelling() as cancel:
    for number in sys.argv[1:]:
        os.kill(os.getpid(), int(number))
    print("cancelled" if cancel.wait(5 if sys.argv[1:] else 0) else "going on")
"""


@pytest.mark.parametrize(
    ("signals", "out", "code"),
    [
        ([], "going on", 0),
        ([signal.SIGINT], "cancelled", 0),
        ([signal.SIGTERM], "cancelled", 0),
        ([signal.SIGINT, signal.SIGINT], "", ExitCode.FAILURE),
        ([signal.SIGTERM, signal.SIGINT], "", ExitCode.FAILURE),
    ],
)
def test_the_first_signal_cancels_and_the_second_ends(
    signals: list[signal.Signals], out: str, code: int
) -> None:
    numbers = [str(int(each)) for each in signals]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *numbers],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert (done.stdout.strip(), done.returncode) == (out, code)
    assert "Traceback" not in done.stderr
    assert ("Stopped at once." in done.stderr) is (len(signals) > 1)
    assert ("finishing calls in flight" in done.stderr) or len(signals) != 1
