"""As a new user does it: the first step of the README in an empty folder, and what it leaves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from workflow_parts import ROOT, load, mapping

README: Final = (ROOT / "README.md").read_text("utf-8")
GUIDE: Final = (ROOT / "docs" / "github.md").read_text("utf-8")
COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
NAMED: Final = {"CLONE": str(ROOT), "OWNER": "acme", "COMMIT": COMMIT}
"""The placeholders of the commands, and what a user would put there."""


def commands(text: str) -> str:
    """Return the commands that copy the workflows, with a user's values in them."""
    found = re.search(r"```sh\n(mkdir -p \.github/workflows\n.*?)```", text, re.DOTALL)
    assert found is not None
    words = re.compile("|".join(NAMED))
    return words.sub(lambda each: NAMED[each[0]], found[1])


@pytest.fixture(params=["README", "docs/github.md"])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    text = README if request.param == "README" else GUIDE
    subprocess.run(["/bin/bash", "-ec", commands(text)], cwd=tmp_path, check=True)
    return tmp_path / ".github" / "workflows"


def test_three_files_that_call_the_reusable_ones_at_a_commit(copied: Path) -> None:
    assert {each.name for each in copied.iterdir()} == {"plan.yml", "apply.yml", "drift.yml"}
    for each in copied.iterdir():
        (job,) = (mapping(one) for one in mapping(load(each)["jobs"]).values())
        start = "acme/sagemaker-reconciler/.github/workflows/"
        assert job["uses"] == f"{start}reusable-{each.name}@{COMMIT}"


def test_they_pass_the_checks_of_workflows_as_they_are(copied: Path) -> None:
    tools = Path(sys.executable).parent
    for command in (
        ["zizmor", "--offline", "--quiet", str(copied)],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *copied.iterdir()],
    ):
        done = subprocess.run(
            [tools / str(command[0]), *command[1:]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_placeholder_is_named_in_the_guide() -> None:
    table = GUIDE.partition("### Every placeholder")[2].partition("\n### ")[0]
    named = set(re.findall(r"^\|[^|]*\| ([^|]+) \|", table, re.MULTILINE))
    for each in (*NAMED, "assumeRole", "--repository"):
        assert any(f"`{each}`" in one for one in named), each
    for name in ("plan", "apply", "drift"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")
        for variable in re.findall(r"vars\.(\w+)", text):
            assert variable in table
        for given in re.findall(r"manifests: manifests|branches: \[main\]|cron", text):
            assert any(f"`{given}`" in one for one in named), given
        for given in re.findall(r"^ +# ([a-z-]+): ", text, re.MULTILINE):
            assert any(f"`{given}`" in one for one in named), given
    assert "reconcile-NAME" in table


def test_commands_of_both_pages_are_the_same() -> None:
    assert commands(README) == commands(GUIDE)
