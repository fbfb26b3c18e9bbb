"""Run whole processes and measure each: wall clock, CPU, and the most memory it held.

This module and whoever imports it stay small: the kernel counts the memory of the process that
forks as the child's own until the child has replaced it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PYTHON = sys.executable
RECONCILE = str(Path(PYTHON).parent / "reconcile")
PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process."""

    wall: float
    cpu: float
    megabytes: float
    output: str


class FailedRunError(Exception):
    """A measured process ended otherwise than it has to."""


def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    exit_code: int = 0,
) -> Run:
    """Run a process to its end and return what it took.

    Raises:
        FailedRunError: It ended with another exit code.
    """
    output, errors = folder / "stdout", folder / "stderr"
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment(environment),
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != exit_code:
        told = errors.read_text(encoding="utf-8")[-2000:]
        raise FailedRunError(f"{' '.join(arguments)}: exit {process.returncode}\n{told}")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, usage.ru_maxrss / 1024, output.read_text(encoding="utf-8"))


def peer(name: str, *arguments: str) -> list[str]:
    """Return the command line of one of the peers."""
    return [PYTHON, str(PEERS / f"{name}.py"), *arguments]


def wall(runs: Sequence[Run]) -> float:
    """Return the median wall clock time in seconds."""
    return median(each.wall for each in runs)


def cpu(runs: Sequence[Run]) -> float:
    """Return the median CPU time in seconds."""
    return median(each.cpu for each in runs)


def megabytes(runs: Sequence[Run]) -> float:
    """Return the most memory that any of the runs held."""
    return max(each.megabytes for each in runs)


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Return a plain environment: nothing of the user's AWS or Python settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    quiet = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return {**kept, **quiet, **(extra or {})}
