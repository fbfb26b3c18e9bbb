"""A command that finds the sandbox's folder taken waits for it, says so once, and then goes on."""

from __future__ import annotations

import threading

from e2e_support import PATIENCE, Cli, ended, environment, group

from reconciler.sandbox.lock import FolderLock

STATE = "state"
MESSAGE = f"Waiting for another run that uses the sandbox in {STATE}.\n"
ARGS = ("plan", "manifests", "--sandbox", "--sandbox-state", STATE, "--format", "json")


def test_a_run_waits_for_the_one_that_has_the_folder_and_says_so_once(cli: Cli) -> None:
    """The folder's lock is held as by a run that serves itself: it says nowhere where it is."""
    cli.write(environment(), group())
    folder = cli.folder / STATE
    folder.mkdir()
    lock = FolderLock(folder)
    with cli.started(*ARGS) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)  # should the message never come
        watchdog.start()
        assert process.stderr is not None
        first = process.stderr.readline().decode()
        assert first == MESSAGE
        assert process.poll() is None, "it waits"
        lock.release()
        result = ended(process, *ARGS).ends(0)
        watchdog.cancel()
    assert MESSAGE not in result.err, "once is enough"
    assert "Using the sandbox, not AWS." in result.err
    assert [each["verb"] for each in result.document["actions"]] == ["create"]
