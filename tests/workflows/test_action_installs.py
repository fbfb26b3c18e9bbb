"""The action's own step, run for real: every hash is checked, and what comes out is the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from workflow_parts import ROOT, load, mapping, sequence

from reconciler import __version__

SHIPPED: Final = ("reconciler", ".github", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture
def action(tmp_path: Path) -> Path:
    """The action as the runner has it: in a copy of the repository at its commit."""
    for name in SHIPPED:
        source, target = ROOT / name, tmp_path / "source" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
    return tmp_path / "source" / ".github" / "actions" / "reconcile"


def install(action: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    steps = [
        mapping(each) for each in sequence(mapping(load(action / "action.yml")["runs"])["steps"])
    ]
    (script,) = (str(each["run"]) for each in steps if "run" in each)
    tools = folder / "tools"  # what actions/setup-python puts on the path
    tools.mkdir()
    (tools / "python").symlink_to(sys.executable)
    own = {"ACTION": str(action), "HOME_OF_RECONCILE": str(folder / "reconcile")}
    own |= {"GITHUB_PATH": str(folder / "path"), "PATH": f"{tools}:{os.environ['PATH']}"}
    return subprocess.run(
        ["/bin/bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_installed_is_the_command_of_this_commit(action: Path, tmp_path: Path) -> None:
    done = install(action, tmp_path)
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout
    added = (tmp_path / "path").read_text().strip()
    ran = subprocess.run(
        [Path(added) / "reconcile", "validate", ROOT / "manifests"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Valid:")


def test_a_dependency_with_another_hash_is_not_installed(action: Path, tmp_path: Path) -> None:
    locked = action / "requirements.txt"
    name = "annotated-types"
    pinned = next(each for each in locked.read_text().splitlines() if each.startswith(f"{name}=="))
    locked.write_text(f"{pinned}\n    --hash=sha256:{'0' * 64}\n")
    done = install(action, tmp_path)
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()
    assert not (tmp_path / "path").exists()
