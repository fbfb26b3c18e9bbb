"""Where output goes: pipes that close, terminals that ask, colours, JSON; nothing that acts."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from e2e_support import COMMAND, PATIENCE, Cli, environment, group, version, written

from reconciler.sandbox.server import SandboxServer

ESCAPE = "\x1b"


@pytest.fixture
def manifests(cli: Cli) -> Cli:
    """A working folder with manifests that are not applied yet."""
    cli.write(environment(), group(), version())
    return cli


# --- no terminal


def test_without_a_terminal_and_without_yes_nothing_is_applied(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    result = manifests.run("apply", "manifests", "--format", "json", env=manifests.env(sandbox))
    result.ends(64, "there is no terminal to ask on", "fix: add --yes, after reading the plan")
    assert result.document["exitCode"] == 64
    assert "+ create ModelPackageGroup churn" in result.err
    assert written(sandbox) == []


def test_without_changes_nobody_is_asked(manifests: Cli, sandbox: SandboxServer) -> None:
    env = manifests.env(sandbox)
    manifests.call("apply", "manifests", "--yes", env=env).ends(0)
    manifests.run("apply", "manifests", env=env).ends(0, "nothing to do, 2 unchanged.")


def test_results_are_on_stdout_and_everything_else_on_stderr(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    result = manifests.call("apply", "manifests", "--yes", env=manifests.env(sandbox)).ends(0)
    assert result.out.endswith("\nApply: 2 applied.\n")
    assert result.err.splitlines()[-1].endswith("(2 of 2)")
    assert "Apply:" not in result.err


def test_detailed_exit_codes_tell_changes_from_none(manifests: Cli, sandbox: SandboxServer) -> None:
    env = manifests.env(sandbox)
    manifests.call("plan", "manifests", "--detailed-exitcode", env=env).ends(2, "2 to create")
    manifests.call("plan", "manifests", env=env).ends(0, "2 to create")
    manifests.call("apply", "manifests", "--yes", env=env).ends(0)
    manifests.call("plan", "manifests", "--detailed-exitcode", env=env).ends(0, "No changes.")


@pytest.mark.parametrize(
    ("args", "code", "kind"),
    [
        (("validate", "manifests", "--format", "json"), 0, "problems"),
        (("validate", "nowhere", "--format", "json"), 64, "error"),
        (("plan", "manifests", "--format", "json", "--name", "x*"), 4, "plan"),
        (("apply", "manifests", "--format", "json", "--name", "x*", "--yes"), 4, "report"),
        (("plan", "manifests", "--format", "json", "--parallelism", "none"), 64, "error"),
        (("plan", "manifests", "--format=json", "--format", "json", "--unknown"), 64, "error"),
    ],
)
def test_json_is_one_document_however_the_command_ends(
    manifests: Cli, sandbox: SandboxServer, args: tuple[str, ...], code: int, kind: str
) -> None:
    result = manifests.call(*args, env=manifests.env(sandbox)).ends(code)
    assert result.document["document"] == kind


def test_a_reader_that_goes_away_is_no_error_to_talk_about(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    # As in `reconcile plan | head -1`: the reading end is closed before anything is written.
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run(
            [*COMMAND, "plan", "manifests"],
            cwd=manifests.folder,
            env=manifests.env(sandbox),
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"")


def test_an_apply_whose_reader_goes_away_writes_nothing_half(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run(
            [*COMMAND, "apply", "manifests", "--yes"],
            cwd=manifests.folder,
            env=manifests.env(sandbox),
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    manifests.call("apply", "manifests", "--yes", env=manifests.env(sandbox)).ends(0)
    manifests.call("plan", "manifests", env=manifests.env(sandbox)).ends(0, "No changes.")
    assert sorted(written(sandbox)) == ["CreateModelPackage", "CreateModelPackageGroup"]


# --- a terminal


class Terminal:
    """A person at a terminal in which the command runs."""

    def __init__(self, screen: int, process: subprocess.Popen[bytes]) -> None:
        self._screen = screen
        self._process = process
        self.shown = ""

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._screen, text.encode() + b"\n")

    def read_until(self, wanted: str) -> None:
        """Read what appears until some text did."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.shown:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), f"{wanted!r} never appeared:\n{self.shown}"

    def end(self) -> int:
        """Read the rest and return the exit code."""
        while self._read():
            continue
        code = self._process.wait(PATIENCE)
        assert "Traceback" not in self.shown
        return code

    def _read(self) -> bool:
        ready, _, _ = select.select([self._screen], [], [], PATIENCE)
        try:
            found = os.read(self._screen, 65536) if ready else b""
        except OSError:  # how Linux says that the other side is closed
            return False
        self.shown += found.decode("utf-8", "replace")
        return bool(found)


@contextmanager
def terminal(cli: Cli, *args: str, env: dict[str, str]) -> Iterator[Terminal]:
    """Run the command in a terminal of its own."""
    screen, inside = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *args],
        cwd=cli.folder,
        env=env,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    with process:
        try:
            yield Terminal(screen, process)
        finally:
            process.kill()
            os.close(screen)


@pytest.mark.parametrize(
    ("answer", "code", "calls"), [("yes", 0, 2), ("no", 1, 0), ("y", 1, 0), ("", 1, 0)]
)
def test_only_yes_at_the_terminal_applies(
    manifests: Cli, sandbox: SandboxServer, answer: str, code: int, calls: int
) -> None:
    with terminal(manifests, "apply", "manifests", env=manifests.env(sandbox)) as person:
        person.read_until("Only 'yes' is accepted")
        assert "2 to create" in person.shown
        assert written(sandbox) == []
        person.type(answer)
        assert person.end() == code
    assert len(written(sandbox)) == calls
    assert ("not confirmed, so nothing was applied" in person.shown) is (calls == 0)


@pytest.mark.parametrize(
    ("more", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_colours_appear_on_a_terminal_that_wants_them(
    manifests: Cli, sandbox: SandboxServer, more: dict[str, str], *, coloured: bool
) -> None:
    env = manifests.env(sandbox, TERM="xterm-256color") | more
    with terminal(manifests, "plan", "manifests", env=env) as person:
        assert person.end() == 0
    assert (ESCAPE in person.shown) is coloured


def test_colours_appear_in_a_pipe_only_when_asked_for(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    env = manifests.env(sandbox)
    assert ESCAPE not in manifests.call("plan", "manifests", env=env).text
    assert ESCAPE in manifests.call("plan", "manifests", "--color", "always", env=env).out
