"""The README against the product: its output, its commands, its tables."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from reconciler.errors import ExitCode
from reconciler.manifest.limits import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from reconciler.manifest.registry import MANIFESTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LEFT_OUT = "[...]"
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/"


def section(title: str) -> str:
    """Return the README's text under a heading of the second level."""
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their heads."""
    lines = [each for each in text.splitlines() if each.startswith("| ")]
    return [[cell.strip() for cell in each.strip("|").split("|")] for each in lines]


def test_two_commands_set_everything_up_by_themselves() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", section("Try it"), re.DOTALL)
    assert commands == [f"{SET_UP}reconcile apply --sandbox manifests", f"{SET_UP}pytest"]


def test_printed_output_is_what_the_commands_print(tmp_path: Path) -> None:
    """Follow the README from top to bottom. An edit lasts until the next output."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    steps = re.findall(
        r"<!-- edit: (?P<file>\S+) \| (?P<old>.+?) \| (?P<new>.+?) -->"
        r"|<!-- write: (?P<path>\S+) -->\n```yaml\n(?P<content>.*?)```"
        r"|<!-- output: reconcile (?P<args>.+?) -->\n```text\n(?P<text>.*?)\n```",
        README,
        re.DOTALL,
    )
    assert len(steps) == 10
    undo: dict[Path, str] = {}
    for file, old, new, path, content, arguments, text in steps:
        if path:
            (tmp_path / path).write_text(content, "utf-8")
        elif file:
            edited = tmp_path / file
            undo[edited] = before = edited.read_text("utf-8")
            assert before.count(old) == 1
            edited.write_text(before.replace(old, new), "utf-8")
        else:
            printed = ran(arguments.split(), tmp_path)
            parts = re.split(rf"^{re.escape(LEFT_OUT)}$", text, flags=re.MULTILINE)
            shown = [each.strip("\n") for each in parts if each.strip()]
            assert shown
            for part in shown:
                assert f"\n{part}\n" in printed, f"not printed by {arguments}:\n{part}\n\n{printed}"
            for edited, before in undo.items():
                edited.write_text(before, "utf-8")
            undo = {}


def test_access_for_an_account_takes_twenty_lines_at_most() -> None:
    written = re.findall(r"<!-- write: \S+ -->\n```yaml\n(.*?)```", README, re.DOTALL)
    assert len(written) == 1
    assert len(written[0].splitlines()) <= 20


def ran(arguments: list[str], folder: Path) -> str:
    """Return what a run prints, without the progress, whose order is that of the events."""
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    remarks = [each for each in done.stderr.splitlines() if not re.search(r"\(\d+ of \d+\)$", each)]
    return "\n".join(["", *remarks, done.stdout])


def test_exit_codes() -> None:
    listed = [row for row in rows(section("Plan, review, apply")) if row[0].isdigit()]
    assert [int(code) for code, _ in listed] == [code.value for code in ExitCode]


def test_kinds() -> None:
    named = [row[0].strip("`") for row in rows(section("Your first manifest"))[1:]]
    assert named == list(MANIFESTS)


def test_first_manifest_is_valid_without_a_warning(tmp_path: Path) -> None:
    found = re.search(r"<!-- manifests -->\n```yaml\n(.*?)```", README, re.DOTALL)
    assert found is not None
    (tmp_path / "registry.yaml").write_text(found[1], "utf-8")
    printed = ran(["validate", "."], tmp_path)
    assert printed.startswith("\nValid: 3 manifests"), printed


def test_limits() -> None:
    assert MAX_FILE_BYTES == 1024**2
    assert "A manifest file may have 1 MiB" in README
    assert f"{MAX_FILES:,} files and {MAX_TOTAL_BYTES // 1024**2} MiB" in README
