"""What the command says, letter by letter, for every case in the folders beside this file.

A case is a folder:

    manifests/      what is planned
    before/         manifests that were applied before (may be missing)
    live.yaml       `settings` of the sandbox, and `calls` that others made since (may be missing)
    arguments.txt   more arguments for the command, one a line (may be missing)

    plan.txt        stdout of `reconcile plan manifests`
    problems.txt    its stderr
    plan.json       stdout of the same with `--format json`; named after the document that it is
    plan.md         the comment about that plan in a pull request
    exit-code.txt   the exit code of both

`pytest tests/golden --update-golden` writes the last five anew; the diff is what to review.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from e2e_support import ACCOUNT, Cli, client

from reconciler.cli.schemas import schema_text
from reconciler.render.document import parse_plan_document
from reconciler.render.markdown import Setting, render_plans
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings, ValidationFailure

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/manifests"))
NOON = 4_102_488_000.0  # of 2100-01-01: roles that were assumed then have not expired yet
WRITTEN = (
    "plan.txt", "problems.txt", "plan.json", "problems.json", "error.json", "plan.md",
    "exit-code.txt",
)  # fmt: skip
_VERSION = re.compile(r'"toolVersion": "[^"]*"')
_TOOL = re.compile(r'"tool":"[^"]*"')
PULL_REQUEST = Setting(
    repository_url="https://github.com/acme/models",
    run_url="https://github.com/acme/models/actions/runs/7",
    run=7,
    attempt=1,
    head="1a2b3c4d5e6f708192a3b4c5d6e7f80912345678",
    base="0f" * 20,
    branch="main",
)


def found(case: Path, cli: Cli) -> dict[str, str]:
    """Return what the command says about a case, by the name of the file that holds it."""
    for name in ("manifests", "before"):
        if (case / name).is_dir():
            shutil.copytree(case / name, cli.folder / name)
    live = _live(case)
    with SandboxServer(None, settings=_settings(live), clock=lambda: NOON) as server:
        if (cli.folder / "before").is_dir():
            cli.call("apply", "before", "--yes", "--no-wait", env=cli.env(server)).ends(0)
        for call in live.get("calls", ()):
            registry = client(server, account=call.get("account", ACCOUNT))
            getattr(registry, call["operation"])(**call.get("parameters", {}))
        return _said(case, cli, server)


def _said(case: Path, cli: Cli, server: SandboxServer) -> dict[str, str]:
    arguments = case / "arguments.txt"
    more = arguments.read_text("utf-8").splitlines() if arguments.exists() else []
    args = ["plan", "manifests", *more]
    writes = len(server.calls.writes())
    as_text = cli.call(*args, env=cli.env(server))
    as_json = cli.call(*args, "--format", "json", env=cli.env(server))
    assert as_json.code == as_text.code
    assert len(server.calls.writes()) == writes
    said = {
        "plan.txt": as_text.out,
        "problems.txt": as_text.err,
        f"{as_json.document['document']}.json": _VERSION.sub('"toolVersion": "…"', as_json.out),
        "exit-code.txt": f"{as_text.code}\n",
    }
    if plan := said.get("plan.json"):
        comment = render_plans([parse_plan_document(plan)], PULL_REQUEST).text
        said["plan.md"] = _TOOL.sub('"tool":"…"', comment)
    return {name: text for name, text in said.items() if text}


def _live(case: Path) -> dict[str, Any]:
    path = case / "live.yaml"
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    assert data.keys() <= {"settings", "calls"}, data
    return data


def _settings(live: Mapping[str, Any]) -> SandboxSettings:
    given = dict(live.get("settings", {}))
    failures = [ValidationFailure(**each) for each in given.pop("validation_failures", ())]
    return SandboxSettings(**given, validation_failures=tuple(failures))


def expected(case: Path) -> dict[str, str]:
    """Return what a case's files say that the command says."""
    files = {name: case / name for name in WRITTEN}
    return {name: path.read_text("utf-8") for name, path in files.items() if path.exists()}


def write(case: Path, said: Mapping[str, str]) -> None:
    """Make a case's files say what the command said."""
    for name in WRITTEN:
        (case / name).unlink(missing_ok=True)
    for name, text in said.items():
        (case / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_the_command_says_what_the_case_says(
    name: str, cli: Cli, request: pytest.FixtureRequest
) -> None:
    said = found(HERE / name, cli)
    if request.config.getoption("--update-golden"):
        write(HERE / name, said)
    assert said == expected(HERE / name), "if it is meant: pytest tests/golden --update-golden"


@pytest.mark.parametrize("name", CASES)
def test_the_plan_of_a_case_fits_the_published_schema(name: str) -> None:
    path = HERE / name / "plan.json"
    if path.exists():
        jsonschema.validate(json.loads(path.read_text("utf-8")), json.loads(schema_text("plan")))
    else:
        assert int((HERE / name / "exit-code.txt").read_text("utf-8")) in {1, 5}


def test_every_folder_here_is_a_case_with_its_expectation() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] not in "_."}
    assert folders == set(CASES)
    for name in CASES:
        assert (HERE / name / "exit-code.txt").exists(), name


def test_a_case_that_says_something_else_is_noticed(tmp_path: Path, cli: Cli) -> None:
    case = tmp_path / "case"
    shutil.copytree(HERE / "first-run", case)
    said = found(case, cli)
    assert said == expected(case)
    (case / "plan.txt").write_text("No changes.\n", encoding="utf-8")
    assert said != expected(case)
    write(case, said)
    assert said == expected(case)
