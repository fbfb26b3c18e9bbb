"""Runs that are cut short: by a signal, by kill -9, by a full disk; and two runs at once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from e2e_support import (
    COMMAND,
    PATIENCE,
    VALIDATED,
    Cli,
    ended,
    environment,
    group,
    version,
    versions,
    written,
)

from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

STATE = ".reconciler/sandbox"
MOUNT = shutil.which("mount") or "/bin/false"
UNMOUNT = shutil.which("umount") or "/bin/false"


def declare(cli: Cli, count: int) -> None:
    """Write a group and so many versions of it, which have to be registered in order."""
    cli.write(environment(), group(), *(version(f"churn-v{n}") for n in range(1, count + 1)))


# --- signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_calls_in_flight_finish_and_a_new_run_goes_on(
    cli: Cli, sandbox: SandboxServer, number: signal.Signals
) -> None:
    declare(cli, 4)
    reached = threading.Event()
    sandbox.faults.before(lambda _call: reached.set(), "CreateModelPackage", nth=2)
    sandbox.faults.latency(0.7, "CreateModelPackage")
    args = ("apply", "manifests", "--yes", "--format", "json")
    with cli.started(*args, env=cli.env(sandbox)) as process:
        assert reached.wait(PATIENCE)
        process.send_signal(number)
        result = ended(process, *args)
    result.ends(1, "Interrupted: finishing calls in flight", "Again to stop at once.")
    ends = {each["resource"]["name"]: each["status"] for each in result.document["outcomes"]}
    assert result.document["interrupted"] is True
    assert ends["churn-v1"] == "applied"
    assert {ends["churn-v3"], ends["churn-v4"]} == {"skipped"}
    assert ends["churn-v2"] in {"applied", "waiting"}
    assert len(versions(sandbox)) == 2
    sandbox.faults.clear()
    cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(0, "2 applied, 3 unchanged.")
    assert len(versions(sandbox)) == 4


def test_the_text_report_of_an_interrupted_apply_says_how_to_go_on(
    cli: Cli, sandbox: SandboxServer
) -> None:
    declare(cli, 3)
    reached = threading.Event()
    sandbox.faults.before(lambda _call: reached.set(), "CreateModelPackageGroup")
    sandbox.faults.latency(0.5, "CreateModelPackageGroup")
    with cli.started("apply", "manifests", "--yes", env=cli.env(sandbox)) as process:
        assert reached.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        result = ended(process)
    result.ends(1, "Interrupted. Calls in flight were finished, the rest was left.")
    result.ends(1, "skipped   create ModelPackage registry/churn-v1", "why: interrupted")
    result.ends(1, "Run the command again to go on.", "3 skipped")
    assert written(sandbox) == ["CreateModelPackageGroup"]


def test_a_wait_for_aws_ends_with_the_signal(cli: Cli) -> None:
    cli.write(environment(), group(), version("churn-v1", *VALIDATED))
    slow = SandboxSettings(validation_in_progress_seconds=600)
    with SandboxServer(None, settings=slow) as server:
        created = threading.Event()
        server.faults.after(lambda _call: created.set(), "DescribeModelPackage")
        with cli.started("apply", "manifests", "--yes", env=cli.env(server)) as process:
            assert created.wait(PATIENCE)
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            result = ended(process)
    result.ends(1, "waiting   create ModelPackage registry/churn-v1", "Interrupted.")


def test_a_second_signal_stops_at_once(cli: Cli, sandbox: SandboxServer) -> None:
    declare(cli, 1)
    reached = threading.Event()
    sandbox.faults.before(lambda _call: reached.set(), "CreateModelPackageGroup")
    sandbox.faults.latency(20, "CreateModelPackageGroup")
    with cli.started("apply", "manifests", "--yes", env=cli.env(sandbox)) as process:
        assert reached.wait(PATIENCE)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        result = ended(process)
    result.ends(1, "Stopped at once. Run the command again")
    assert time.monotonic() - started < 10
    sandbox.faults.clear()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_signal_while_planning_ends_in_words_and_one_document(
    cli: Cli, sandbox: SandboxServer, command: str, number: signal.Signals
) -> None:
    declare(cli, 1)
    reached = threading.Event()
    sandbox.faults.before(lambda _call: reached.set(), "ListModelPackages")
    sandbox.faults.latency(0.5, "ListModelPackages")
    args = (command, "manifests", "--format", "json")
    with cli.started(*args, env=cli.env(sandbox)) as process:
        assert reached.wait(PATIENCE)
        process.send_signal(number)
        result = ended(process, *args)
    result.ends(1, "Aborted. Nothing more is done.")
    assert (result.document["document"], result.document["what"]) == ("error", "aborted")


# --- the state of the sandbox


def packages(cli: Cli) -> list[Path]:
    """Return the files in which the sandbox keeps versions."""
    return sorted((cli.folder / STATE).glob("*/*/model-packages/*/*.json"))


def contents(paths: Sequence[Path]) -> dict[Path, str]:
    """Return what is in some files."""
    return {path: path.read_text("utf-8") for path in paths}


def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(cli: Cli) -> None:
    declare(cli, 80)
    with cli.started("apply", "--sandbox", "manifests") as process:
        deadline = time.monotonic() + PATIENCE
        while len(packages(cli)) < 3 and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    survived = contents(packages(cli))
    assert 3 <= len(survived) < 80
    cli.call("apply", "--sandbox", "manifests").ends(0, "Apply: ", " applied, ")
    assert len(packages(cli)) == 80
    assert survived.items() <= contents(packages(cli)).items()
    cli.call("plan", "--sandbox", "manifests", "--detailed-exitcode").ends(0, "No changes.")


def test_two_applies_at_once_on_one_state_folder_take_turns(cli: Cli) -> None:
    declare(cli, 12)
    command = ("apply", "--sandbox", "manifests")
    with cli.started(*command) as first, cli.started(*command) as second:
        results = [ended(first), ended(second)]
    assert len(packages(cli)) == 12
    assert sorted(result.code for result in results) == [0, 0], [each.text for each in results]
    # Which of them waits, and whether it has to, is a matter of the machine's speed.
    assert sum("nothing to do, 13 unchanged" in each.out for each in results) == 1


def test_a_damaged_state_file_is_named_with_the_way_to_begin_anew(cli: Cli) -> None:
    declare(cli, 1)
    cli.call("apply", "--sandbox", "manifests").ends(0)
    (damaged,) = packages(cli)
    damaged.write_text(damaged.read_text("utf-8")[:40], encoding="utf-8")
    for command in ("plan", "apply"):
        result = cli.call(command, "--sandbox", "manifests", "--format", "json")
        result.ends(1, f"{damaged.relative_to(cli.folder)}: damaged sandbox state", "reset")
        result.ends(1, "this is the sandbox, not AWS: mend the file")
    cli.call("sandbox", "reset").ends(0, "is empty.")
    cli.call("apply", "--sandbox", "manifests").ends(0, "Apply: 2 applied.")


def test_a_folder_that_holds_something_else_is_never_used_as_state(cli: Cli) -> None:
    declare(cli, 1)
    cli.write("precious: true\n", name="elsewhere/notes.yaml")
    for command in (("plan", "manifests", "--sandbox"), ("sandbox", "reset")):
        option = "--sandbox-state" if command[0] == "plan" else "--state"
        result = cli.call(*command, option, "elsewhere")
        result.ends(1, "elsewhere is not a sandbox folder", "fix: ")
    assert [path.name for path in (cli.folder / "elsewhere").iterdir()] == ["notes.yaml"]


# --- a full disk


@dataclass(slots=True)
class SmallDisk:
    """A place with room for next to nothing, and how the command is started to feel it."""

    folder: Path
    launcher: Sequence[str]
    says: str
    mounted: list[Path] = field(default_factory=list)

    def grow(self) -> None:
        """Make room."""
        for place in self.mounted:
            subprocess.run([MOUNT, "-o", "remount,size=16m", place], check=True)
        self.launcher = COMMAND


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A file system of two pages where this user may mount one, else a limit on every file."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8k", "tmpfs", str(place)]
    if subprocess.run([MOUNT, *options], capture_output=True, check=False).returncode == 0:
        yield SmallDisk(place / "state", COMMAND, "No space left on device", [place])
        subprocess.run([UNMOUNT, place], check=True)
        return
    code = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    yield SmallDisk(place / "state", (sys.executable, "-c", code, *COMMAND), "File too large")


def test_a_full_disk_under_the_state_fails_what_did_not_fit_and_keeps_what_did(
    cli: Cli, small_disk: SmallDisk
) -> None:
    declare(cli, 1)
    command = ("apply", "--sandbox", "--sandbox-state", str(small_disk.folder), "manifests")
    result = cli.run(*command, launcher=small_disk.launcher)
    result.ends(1, "failed    create ModelPackage", small_disk.says, "Nothing was changed.")
    result.ends(1, "fix: this is the sandbox, not AWS: ", "make room")
    assert not list(small_disk.folder.rglob("*.tmp"))
    kept = contents(sorted(small_disk.folder.glob("*/*/*/*.json")))
    small_disk.grow()
    cli.run(*command, launcher=small_disk.launcher).ends(0, f"Apply: {2 - len(kept)} applied")
    assert kept == contents(list(kept))
