"""The other documents against the product, and against one another."""

from __future__ import annotations

import dataclasses
import re
import runpy
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from reconciler.cli.group import reconcile
from reconciler.sandbox.operations import implemented
from reconciler.sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SANDBOX = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
NOT_PATHS = {"reconciler/owner", "reconciler/name", "reconciler/kinds/thing.py"}
PLACEHOLDER = re.compile(r"\b(COMMAND|PATH|NAME)\b")


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield every `reconcile ...` that a document shows, with the document."""
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        shown = [*lines, *re.findall(r"`(reconcile [^`\n]+)`", text)]
        for each in shown:
            found = re.search(r"(?:^|[ /(])reconcile ([^)]*)", each.partition("  #")[0])
            if found and not PLACEHOLDER.search(found[1]):
                yield document.name, found[1].removesuffix('"').strip()


@pytest.mark.parametrize(("document", "arguments"), sorted(set(command_lines())))
def test_shown_command_lines_are_understood(
    document: str, arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.json").touch()
    monkeypatch.chdir(tmp_path)
    words = shlex.split(arguments)
    command: click.Command = reconcile
    parent = context = click.Context(reconcile, **reconcile.context_settings)
    while isinstance(command, click.Group) and words:
        inner = command.get_command(context, words.pop(0))
        assert inner is not None, f"{document}: {arguments}"
        command, parent = inner, context
        context = click.Context(inner, parent)
    command.make_context(str(command.name), words, parent=parent)


def test_command_lines_are_found() -> None:
    assert len(set(command_lines())) > 20


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    links = re.findall(r"\]\((?!https?://)([\w./-]*)(#[\w-]+)?\)", text)
    for target, anchor in links:
        file = document.parent / target if target else document
        assert file.exists(), target
        if anchor:
            assert anchor[1:] in slugs(file), anchor
    for path in re.findall(r"`((?:reconciler|tests|docs|schemas|manifests)/[\w./-]*)`", text):
        assert (ROOT / path).exists() or path in NOT_PATHS, path


def slugs(file: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def checks() -> list[str]:
    """Return the commands that CONTRIBUTING lists as the checks."""
    found = re.search(r"<!-- checks -->\n```sh\n(.*?)\n```", CONTRIBUTING, re.DOTALL)
    assert found is not None
    return found[1].splitlines()


def test_one_list_of_checks() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps = workflow["jobs"]["checks"]["steps"]
    assert [each["run"] for each in steps if "run" in each] == checks()
    script = (ROOT / ".ci/run").read_text("utf-8")
    tests = re.search(r'^tests="(.*)"$', script, re.MULTILINE)
    assert tests is not None
    listed = [tests[1], *re.findall(r'^check "(\.venv.*)"$', script, re.MULTILINE)]
    assert listed == checks()


def test_the_script_is_executable_and_parses() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)  # noqa: S607 - the user's bash


def test_generated_pages_are_current() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    for name, text in pages.items():
        assert (ROOT / "docs" / name).read_text("utf-8") == text, "run python docs/generate.py"


def test_sandbox_page_lists_every_operation_and_open_question() -> None:
    for action in implemented():
        assert action.partition(":")[2] in SANDBOX
    documented = (SandboxSettings.__doc__ or "").partition("Unverified")[2].partition("Other:")[0]
    for each in dataclasses.fields(SandboxSettings):
        if re.search(rf"^ {{8}}.*\b{each.name}\b.*:", documented, re.MULTILINE):
            assert f"`{each.name}`" in SANDBOX
