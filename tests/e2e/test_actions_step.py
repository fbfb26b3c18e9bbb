"""What a step of GitHub Actions gets: outputs, a summary, annotations; and stdout as elsewhere."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from e2e_support import Cli, Result, client, environment, group, version, versions
from git import Actor, Repo

from reconciler.sandbox.server import SandboxServer

SOMEBODY = Actor("Somebody", "somebody@example.org")
ANNOTATION = re.compile(r"::(error|warning)(?: ([^:]*))?::(.*)")


class Step:
    """The files of a step, and what a run in it left in them."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.output, self.summary = cli.folder / "output", cli.folder / "summary"

    def run(self, *args: str, at: SandboxServer | None = None, **more: str) -> Result:
        env = self.cli.env(
            at,
            GITHUB_ACTIONS="true",
            GITHUB_OUTPUT=str(self.output),
            GITHUB_STEP_SUMMARY=str(self.summary),
            **more,
        )
        return self.cli.call(*args, env=env)

    @property
    def outputs(self) -> dict[str, str]:
        """Return the outputs as the runner reads them."""
        found: dict[str, str] = {}
        lines = iter(self.output.read_text().splitlines())
        for line in lines:
            name, _, delimiter = line.partition("<<")
            value = []
            while (each := next(lines)) != delimiter:
                value.append(each)
            found[name] = "\n".join(value)
        return found


def annotated(result: Result) -> list[tuple[str, str]]:
    """Return the annotations in a log: their properties, decoded, and message."""
    found = [ANNOTATION.fullmatch(each) for each in result.err.splitlines()]
    return [(unquote(each[2] or ""), unquote(each[3])) for each in found if each]


@pytest.fixture
def step(cli: Cli) -> Step:
    return Step(cli)


def test_a_plan_sets_outputs_and_appends_the_summary(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group(), version())
    step.summary.write_text("before\n")
    plain = step.cli.call("plan", "manifests", env=step.cli.env(sandbox)).ends(0)
    result = step.run("plan", "manifests", "--out", "plan.json", at=sandbox).ends(0)
    assert result.out == plain.out
    digest = json.loads((step.cli.folder / "plan.json").read_text())["digest"]
    assert step.outputs == {
        "changes": "true",
        "creates": "2",
        "updates": "0",
        "approvals": "0",
        "adoptions": "0",
        "deletes": "0",
        "blocked": "0",
        "warnings": "0",
        "plan-digest": digest,
        "plan-path": "plan.json",
        "exit-code": "0",
    }
    summary = step.summary.read_text()
    assert summary.startswith("before\n")
    assert "## reconcile plan · `registry`" in summary


def test_outside_of_actions_nothing_of_it_happens(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group())
    env = step.cli.env(sandbox, GITHUB_OUTPUT=str(step.output), GITHUB_STEP_SUMMARY="x")
    result = step.cli.call("plan", "manifests", env=env).ends(0)
    assert not step.output.exists()
    assert not annotated(result)


def test_apply_says_what_became_of_it(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group(), version())
    step.run("apply", "manifests", "--yes", at=sandbox).ends(0)
    assert step.outputs["creates"] == "2"
    assert step.outputs["exit-code"] == "0"
    assert "2 applied" in step.summary.read_text()
    step.summary.unlink()
    shown = step.run("plan", "manifests", "--format", "github", at=sandbox).ends(0).out
    assert "- ModelPackageGroup: `churn`\n- ModelPackage: `churn-v1`" in step.summary.read_text()
    assert "2 resources as declared" in shown
    assert "churn-v1" not in shown


def test_problems_are_annotated_at_their_lines(step: Step) -> None:
    step.cli.write(environment(), group("churn", "tagz: {a: b}"))
    result = step.run("validate", "manifests").ends(5)
    ((properties, message),) = annotated(result)
    assert properties == "file=manifests/all.yaml,line=14,col=3,title=E203"
    assert message.startswith("spec.tagz: unknown key 'tagz'")
    assert step.outputs == {"exit-code": "5"}
    assert "Manifests are not valid: 1 error" in step.summary.read_text()


def test_places_are_relative_to_the_repository(step: Step) -> None:
    inner = step.cli.folder / "registry"
    step.cli.write(environment(), group("Churn"), name="registry/manifests/all.yaml")
    with Repo.init(step.cli.folder) as repository:
        repository.git.add("--all")
        repository.index.commit("one", author=SOMEBODY, committer=SOMEBODY)
    below = Step(step.cli)
    step.cli.folder = inner
    result = below.run("validate", "manifests").ends(0)
    ((properties, _),) = annotated(result)
    assert properties.startswith("file=registry/manifests/all.yaml,line=")
    path = str(inner / "manifests")
    result = below.run("validate", path, GITHUB_WORKSPACE=str(inner.parent)).ends(0)
    ((properties, _),) = annotated(result)
    assert properties.startswith("file=registry/manifests/all.yaml,line=")
    result = below.run("validate", path, GITHUB_WORKSPACE="/elsewhere").ends(0)
    ((properties, message),) = annotated(result)
    assert properties == "title=W403"
    assert message.startswith(path)


def test_refusals_and_early_ends_are_annotated(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group())
    step.run("apply", "manifests", "--yes", at=sandbox).ends(0)
    step.cli.write(environment(), group("churn", "modelPackageGroupDescription: new"))
    result = step.run("plan", "manifests", at=sandbox).ends(4)
    ((properties, message),) = annotated(result)
    assert "title=immutable-edit: ModelPackageGroup registry/churn" in properties
    assert "fix" not in message
    result = step.run("plan", "nowhere", at=sandbox).ends(64)
    ((properties, message),) = annotated(result)
    assert properties == "title=reconcile plan"
    assert message.startswith("no such file or folder: nowhere")
    assert step.outputs["exit-code"] == "64"
    assert "ended early" in step.summary.read_text()


def test_drift_is_a_warning_at_the_manifest(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group(), version("churn-v1", "approval: {status: Approved}"))
    step.run("apply", "manifests", "--yes", at=sandbox).ends(0)
    (live,) = versions(sandbox)
    client(sandbox).update_model_package(
        ModelPackageArn=live["ModelPackageArn"], ModelApprovalStatus="Rejected"
    )
    result = step.run("drift", "manifests", "--out", "drift.json", at=sandbox).ends(0)
    ((properties, message),) = annotated(result)
    assert properties.startswith("file=manifests/all.yaml,line=")
    assert properties.endswith("title=Approved outside Git: ModelPackage registry/churn-v1")
    assert message == "the approval was decided outside Git: ModelApprovalStatus"
    assert step.outputs["drift"] == "true"
    assert step.outputs["report-path"] == "drift.json"
    assert "### Approved outside Git (1)" in step.summary.read_text()


def test_a_summary_that_is_full_is_left_alone(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group())
    step.summary.write_text("x" * 900 * 1024)
    step.run("plan", "manifests", at=sandbox).ends(0)
    assert step.summary.stat().st_size == 900 * 1024


def test_files_that_cannot_be_written_fail_nothing(step: Step, sandbox: SandboxServer) -> None:
    step.cli.write(environment(), group())
    step.output.mkdir()
    result = step.run("plan", "manifests", at=sandbox).ends(0)
    ((_, message),) = annotated(result)
    assert "output" in message
