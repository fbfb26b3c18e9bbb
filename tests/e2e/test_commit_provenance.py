"""Approvals name the commit, author and pull request that caused them, and nothing else changes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from e2e_support import Cli, client, environment, group, version, versions, written
from git import Actor, Repo

from reconciler.sandbox.server import SandboxServer

JANE = Actor("Jane Doe", "jane@example.org")
APPROVED = "approval: {status: Approved}"
APPLY = ("apply", "manifests", "--yes")


def commit(cli: Cli, subject: str, author: Actor = JANE) -> str:
    """Commit the manifests and return the first digits of the commit."""
    with Repo(cli.folder) as repository:
        repository.git.add("manifests")
        return repository.index.commit(subject, author=author, committer=author).hexsha[:12]


@pytest.fixture
def checkout(cli: Cli, sandbox: SandboxServer) -> Cli:
    """A live version, and a commit that approves it."""
    Repo.init(cli.folder).close()
    cli.write(environment(), name="manifests/environment.yaml")
    cli.write(group(), version())
    commit(cli, "register (#11)")
    cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    cli.write(group(), version("churn-v1", APPROVED))
    sandbox.calls.clear()
    return cli


def live(sandbox: SandboxServer) -> dict[str, Any]:
    (found,) = versions(sandbox)
    described: dict[str, Any] = client(sandbox).describe_model_package(
        ModelPackageName=found["ModelPackageArn"]
    )
    return described


def test_an_approval_names_commit_author_and_pull_request(
    checkout: Cli, sandbox: SandboxServer
) -> None:
    env = checkout.env(sandbox)
    cause = commit(checkout, "approve churn-v1 (#12)")
    checkout.write(environment(), "# unrelated\n", name="manifests/environment.yaml")
    later = commit(checkout, "unrelated (#13)", Actor("Somebody", "x@example.org"))
    checkout.call("plan", "manifests", env=env).ends(0, "1 approval change")
    checkout.call(*APPLY, env=env).ends(0, "1 applied")
    found = live(sandbox)
    assert found["ApprovalDescription"] == f"[Git {cause} by Jane Doe, #12]"
    assert found["CustomerMetadataProperties"]["reconciler/commit"].startswith(later)
    for command in (("plan", "manifests", "--detailed-exitcode"), APPLY):
        sandbox.calls.clear()
        result = checkout.call(*command, env=env)
        assert result.code == 0, result.text
        assert "[Git" not in result.text
        assert written(sandbox) == []


def test_the_plan_and_its_digests_do_not_know_it(checkout: Cli, sandbox: SandboxServer) -> None:
    env = checkout.env(sandbox)
    commit(checkout, "approve churn-v1 (#12)")
    checkout.call("plan", "manifests", "--out", "plan.json", env=env).ends(0)
    assert "Jane" not in (checkout.folder / "plan.json").read_text("utf-8")
    checkout.call(*APPLY, "--reviewed", "plan.json", env=env).ends(0, "1 applied")
    checkout.call(*APPLY, "--reviewed", "plan.json", env=env).ends(0, "nothing to do")


def test_what_git_declares_comes_first_and_changes_with_its_cause(
    checkout: Cli, sandbox: SandboxServer
) -> None:
    env = checkout.env(sandbox)
    for status, text, number in (("Approved", "AUC 0.91", 12), ("Rejected", "it drifts", 13)):
        lines = f"approval: {{status: {status}, description: {text}}}"
        checkout.write(group(), version("churn-v1", lines))
        cause = commit(checkout, f"Merge pull request #{number} from acme/topic")
        checkout.call(*APPLY, env=env).ends(0, "1 applied")
        described = live(sandbox)["ApprovalDescription"]
        assert described == f"{text} [Git {cause} by Jane Doe, #{number}]"
    checkout.call("plan", "manifests", "--detailed-exitcode", env=env).ends(0)


def test_a_description_that_somebody_else_wrote_is_kept_and_the_plan_says_so(
    checkout: Cli, sandbox: SandboxServer
) -> None:
    env = checkout.env(sandbox)
    commit(checkout, "approve churn-v1 (#12)")
    client(sandbox).update_model_package(
        ModelPackageArn=live(sandbox)["ModelPackageArn"], ApprovalDescription="looks promising"
    )
    said = "note: approval.description is not declared, so the live description stays as it is"
    checkout.call("plan", "manifests", env=env).ends(0, said)
    checkout.call(*APPLY, env=env).ends(0)
    found = live(sandbox)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "looks promising"


def test_a_dirty_tree_names_nobody(checkout: Cli, sandbox: SandboxServer) -> None:
    head = commit(checkout, "approve churn-v1 (#12)")
    path = checkout.folder / "manifests/all.yaml"
    path.write_text(path.read_text("utf-8") + "# edited\n")
    checkout.call(*APPLY, env=checkout.env(sandbox)).ends(0)
    assert live(sandbox)["ApprovalDescription"] == f"[Git {head}-dirty]"


def test_a_shallow_clone_names_the_pull_request_that_the_workflow_gives(
    checkout: Cli, sandbox: SandboxServer, tmp_path: Path
) -> None:
    head = commit(checkout, "approve churn-v1")
    clone = tmp_path / "clone"
    Repo.clone_from(checkout.folder.as_uri(), clone, depth=1, no_local=True).close()
    shutil.copytree(clone / ".git", tmp_path / "shallow")
    shutil.rmtree(checkout.folder / ".git")
    (tmp_path / "shallow").rename(checkout.folder / ".git")
    checkout.call(*APPLY, "--pull-request", "12", env=checkout.env(sandbox)).ends(0)
    assert live(sandbox)["ApprovalDescription"] == f"[Git {head}, #12]"


def test_a_commit_that_names_its_pull_request_is_believed_over_the_workflow(
    checkout: Cli, sandbox: SandboxServer
) -> None:
    cause = commit(checkout, "approve churn-v1 (#12)", Actor("eve], #9]", "x@example.org"))
    checkout.call(*APPLY, "--pull-request", "13", env=checkout.env(sandbox)).ends(0)
    assert live(sandbox)["ApprovalDescription"] == f"[Git {cause} by eve , 9, #12]"


def test_without_git_nothing_is_said(checkout: Cli, sandbox: SandboxServer) -> None:
    shutil.rmtree(checkout.folder / ".git")
    checkout.call(*APPLY, "--pull-request", "12", env=checkout.env(sandbox)).ends(0)
    assert "ApprovalDescription" not in live(sandbox)
