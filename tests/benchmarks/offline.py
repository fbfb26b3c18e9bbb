"""The rows that need no AWS: help, validation, memory of many manifests."""

from __future__ import annotations

import json
from pathlib import Path

from .manifests import Size, write_manifests
from .processes import PYTHON, RECONCILE, Run, megabytes, peer, run
from .report import Check, Row, Taken, at_most, times_slower

_HEAVY = ("boto3", "botocore", "pydantic", "deepdiff", "git", "moto", "yaml", "rich")
_LIST_IMPORTS = """
import json, sys
from reconciler.cli import main
sys.argv = ["reconcile", "--help"]
try:
    main()
finally:
    sys.stderr.write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def help_row(folder: Path, runs: int) -> Row:
    """Measure `reconcile --help` beside a bare click program's."""
    ours: list[Run] = []
    bare: list[Run] = []
    for _ in range(4 * runs):
        ours.append(run([RECONCILE, "--help"], folder=folder))
        bare.append(run(peer("bare_click", "--help"), folder=folder))
    run([PYTHON, "-c", _LIST_IMPORTS], folder=folder)
    imported = set(json.loads((folder / "stderr").read_text(encoding="utf-8")))
    heavy = sorted(imported.intersection(_HEAVY))
    return Row(
        "reconcile --help",
        (Taken.of("reconcile --help", ours), Taken.of("bare click program", bare)),
        (
            times_slower(ours, bare, 1.5, "the bare click program"),
            Check("heavy packages imported", ", ".join(heavy) or "none", "none", not heavy),
        ),
    )


def validate_row(folder: Path, runs: int) -> Row:
    """Measure `reconcile validate` of 1,000 packages beside the lean floor."""
    manifests = str(write_manifests(folder / "manifests", Size(10, 100)))
    ours: list[Run] = []
    floor: list[Run] = []
    for _ in range(runs):
        ours.append(run([RECONCILE, "validate", manifests], folder=folder))
        floor.append(run(peer("lean_floor", manifests), folder=folder))
    return Row(
        "validate, 1,000 manifests of 60 lines, a file each",
        (Taken.of("reconcile validate", ours), Taken.of("lean floor (events + pydantic)", floor)),
        (
            times_slower(ours, floor, 3, "the lean floor"),
            at_most("memory", megabytes(ours), 150, " MB"),
        ),
    )


def large_row(folder: Path, runs: int) -> Row:
    """Measure the memory of `reconcile validate` with 5,000 packages."""
    manifests = str(write_manifests(folder / "manifests", Size(50, 100)))
    ours: list[Run] = []
    floor: list[Run] = []
    for _ in range(runs):
        ours.append(run([RECONCILE, "validate", manifests], folder=folder))
        floor.append(run(peer("lean_floor", manifests), folder=folder))
    return Row(
        "validate, 5,000 manifests of 60 lines, a file each",
        (Taken.of("reconcile validate", ours), Taken.of("lean floor (events + pydantic)", floor)),
        (at_most("memory", megabytes(ours), 300, " MB"),),
    )
