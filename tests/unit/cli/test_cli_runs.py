"""Validate, plan and apply as commands: which stream says what, consent, review, exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.cli.edge import run
from reconciler.cli.manifests import read_manifests
from reconciler.errors import ExitCode
from reconciler.render.document import parse_plan_document, parse_report_document
from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer

ACCOUNT = "111111111111"
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Environment
metadata: {name: registry}
spec: {accountId: "111111111111", region: eu-west-1, owner: ml}
---
apiVersion: reconciler/v1
kind: ModelPackageGroup
metadata: {name: churn, labels: {team: growth}}
spec: {environment: registry, tags: {team: growth}}
---
apiVersion: reconciler/v1
kind: ModelPackageGroup
metadata: {name: fraud}
spec: {environment: registry}
"""
DOUBTFUL = """\
---
apiVersion: reconciler/v1
kind: ModelPackageGroup
metadata: {name: Upper}
spec: {environment: registry}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Cli:
    """Runs commands in a folder with manifests."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, text: str) -> None:
        (self.folder / "manifests").mkdir(exist_ok=True)
        (self.folder / "manifests" / "all.yaml").write_text(text)

    def __call__(self, line: str) -> Ran:
        self._capsys.readouterr()
        code = run(line.split())
        return Ran(code, *self._capsys.readouterr())


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    made = Cli(tmp_path, capsys)
    made.write(MANIFESTS)
    return made


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a sandbox as AWS, with credentials as AWS has them."""
    key, secret, _ = credentials_for(ACCOUNT)
    with SandboxServer(None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        yield server.url


def test_validate_says_what_there_is(cli: Cli) -> None:
    ran = cli("validate")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Valid: 3 manifests (1 Environment, 2 ModelPackageGroup).\n"


def test_warnings_alone_go_to_stderr_and_are_no_failure(cli: Cli) -> None:
    cli.write(MANIFESTS + DOUBTFUL)
    ran = cli("validate")
    assert ran.code == 0
    assert "1 warning in 1 file." in ran.err
    document = json.loads(cli("plan --sandbox --format json").out)
    assert len(document["warnings"]) == 1


@pytest.mark.parametrize("command", ["validate", "plan --sandbox", "apply --sandbox"])
def test_invalid_manifests_are_5_and_nothing_else_is_done(cli: Cli, command: str) -> None:
    cli.write(MANIFESTS.replace("team: growth}}", "team: [growth]}}", 1))
    ran = cli(command)
    assert (ran.code, ran.out) == (ExitCode.INVALID, "")
    assert "manifests/all.yaml:8:" in ran.err
    document = json.loads(cli(f"{command} --format json").out)
    assert document["document"] == "problems"
    assert document["valid"] is False
    assert not (cli.folder / ".reconciler").exists()


def test_an_empty_folder_is_refused(cli: Cli) -> None:
    (cli.folder / "empty").mkdir()
    assert cli("validate empty").code == ExitCode.INVALID
    for command in ("plan --sandbox empty", "apply --sandbox empty"):
        ran = cli(command)
        assert ran.code == ExitCode.REFUSED
        assert "empty-manifest-set" in ran.out


def test_plan_shows_writes_and_counts(cli: Cli) -> None:
    ran = cli("plan --sandbox --out plan.json --detailed-exitcode")
    assert ran.code == ExitCode.CHANGES
    assert "+ create ModelPackageGroup churn" in ran.out
    assert ran.out.endswith(
        "Plan: 2 to create, 0 to update, 0 approval changes, 0 blocked; 0 unchanged.\n"
    )
    assert ran.err == "Using the sandbox, not AWS. Its state is in .reconciler/sandbox.\n"
    written = (cli.folder / "plan.json").read_text()
    assert parse_plan_document(written).summary.create == 2
    again = cli("plan --sandbox --format json")
    assert (again.code, again.out) == (0, written)


def test_plan_as_markdown_is_what_render_makes_of_its_file(cli: Cli) -> None:
    for form in ("github", "markdown"):
        ran = cli(f"plan --sandbox --format {form} --out plan.json --detailed-exitcode")
        assert ran.code == ExitCode.CHANGES
        assert "## reconcile plan · `registry` · 2 changes\n" in ran.out
        assert ran.err == "Using the sandbox, not AWS. Its state is in .reconciler/sandbox.\n"
        assert cli(f"render plan.json --format {form}").out == ran.out


def test_apply_has_no_markdown_of_its_own(cli: Cli) -> None:
    assert cli("apply --sandbox --format markdown").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        ("--name chu*,fraud --exclude ModelPackageGroup/churn", 1),
        ("--label team=growth", 1),
        ("--kind ModelPackageGroup -e registry --path manifests/*", 2),
    ],
)
def test_selection(cli: Cli, selection: str, count: int) -> None:
    ran = cli(f"plan --sandbox {selection}")
    assert ran.code == 0
    assert f"Plan: {count} to create" in ran.out


def test_apply_twice_in_the_sandbox(cli: Cli) -> None:
    first = cli("apply --sandbox")
    assert first.code == 0
    assert first.out.endswith("Apply: 2 applied.\n")
    assert "(2 of 2)" in first.err
    second = cli("apply --sandbox")
    assert second.code == 0
    assert second.out.endswith("Apply: nothing to do, 2 unchanged.\n")
    assert "No changes. 2 resources as declared." in second.out


def test_apply_as_json_is_one_report_with_the_plan_on_stderr(cli: Cli) -> None:
    ran = cli("apply --sandbox --format json")
    assert ran.code == 0
    assert parse_report_document(ran.out).summary.applied == 2
    assert "Plan: 2 to create" in ran.err


@pytest.mark.usefixtures("endpoint")
def test_without_a_terminal_apply_needs_yes_after_showing_the_plan(cli: Cli) -> None:
    ran = cli("apply")
    assert ran.code == ExitCode.USAGE
    assert "Plan: 2 to create" in ran.out
    assert "add --yes" in ran.err
    assert cli("apply --yes").code == 0
    assert cli("apply").code == 0, "nothing to do needs no consent"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("yes\n", 0, "Apply: 2 applied."),
        ("y\n", 1, "Plan: 2 to create"),
        ("", 1, "Plan: 2 to create"),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_on_a_terminal_only_yes_is_accepted(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, words: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", Terminal())
    ran = cli("apply")
    assert ran.code == code
    assert words in ran.out


def test_only_what_was_reviewed_is_applied(cli: Cli) -> None:
    cli("plan --sandbox --name churn --out plan.json")
    ran = cli("apply --sandbox --reviewed plan.json")
    assert ran.code == ExitCode.STALE
    assert "1 applied, 1 stale" in ran.out
    assert cli("apply --sandbox --name churn --reviewed plan.json").code == 0


def test_a_plan_reviewed_for_another_account_is_stale(cli: Cli) -> None:
    cli("plan --sandbox --out plan.json")
    cli.write(MANIFESTS.replace(ACCOUNT, "222222222222"))
    ran = cli("apply --sandbox --reviewed plan.json")
    assert ran.code == ExitCode.STALE
    assert "not reviewed for this account" in ran.err


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"nonsense"])
def test_a_file_that_is_no_plan_is_5_before_anything_is_read(cli: Cli, content: bytes) -> None:
    (cli.folder / "plan.json").write_bytes(content)
    ran = cli("apply --sandbox --reviewed plan.json")
    assert ran.code == ExitCode.INVALID
    assert "plan.json" in ran.err
    assert not (cli.folder / ".reconciler").exists()


def test_a_guard_refuses_and_nothing_is_written(cli: Cli) -> None:
    cli("apply --sandbox")
    cli.write(MANIFESTS.replace("tags: {team: growth}", "tags: {team: other}"))
    ran = cli("apply --sandbox --max-changes 0")
    assert ran.code == ExitCode.REFUSED
    assert "nothing was written" in ran.out
    assert cli("apply --sandbox --max-changes 1").code == 0


def test_the_sandbox_counts_what_its_other_services_hold(cli: Cli) -> None:
    cli("apply --sandbox")
    site = next(Path(".reconciler/sandbox").glob("[0-9]*/eu-west-1"))
    for kind, names in {"ecr-repositories": "a", "kms-keys": "bc", "s3-buckets": "d"}.items():
        (site / kind).mkdir()
        for name in names:
            (site / kind / f"{name}.json").write_text("{}")
    assert cli("sandbox status").out.splitlines()[-1] == (
        "holds     2 groups, 0 packages, 1 ECR repository, 2 KMS keys, 1 S3 bucket"
    )


def test_the_sandbox_says_what_it_holds_and_forgets(cli: Cli) -> None:
    cli("apply --sandbox")
    assert "holds     2 groups, 0 packages" in cli("sandbox status").out
    assert cli("sandbox reset").code == 0
    assert "holds     0 groups" in cli("sandbox status").out
    assert "2 to create" in cli("plan --sandbox").out


def test_a_folder_that_is_not_the_sandboxs_is_left_alone(cli: Cli) -> None:
    ran = cli("sandbox reset --state manifests")
    assert ran.code == ExitCode.FAILURE
    assert "the sandbox cannot be used" in ran.err
    assert (cli.folder / "manifests" / "all.yaml").exists()


def test_without_the_extra_the_sandbox_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    ran = cli("plan --sandbox")
    assert ran.code == ExitCode.FAILURE
    assert "pip install 'sagemaker-reconciler[sandbox]'" in ran.err


def test_serve_offers_the_sandbox_to_any_client_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "serve", "--state", str(tmp_path / "s")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = urlsplit(process.stdout.readline().removeprefix("Serving on ").strip())
        with socket.create_connection((url.hostname, url.port)):
            process.send_signal(signal.SIGTERM)
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"):
        assert f"export {name}=" in out
    assert "Stopped." in err


def test_a_command_that_looks_for_drift_can_ask_to_watch_policies_everywhere(
    tmp_path: Path,
) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS)
    for everywhere in (False, True):
        _, state = read_manifests((tmp_path,), watch_everywhere=everywhere)
        looked_at = {each.key.kind for each in state.resources if not each.declared}
        watched = {"ModelPackage", "ModelPackageGroupPolicy", "ResourceShare"}
        assert looked_at == (watched if everywhere else set())
