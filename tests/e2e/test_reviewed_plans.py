"""A plan that was reviewed is what is applied: nothing more, and nothing that changed since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_support import OTHER, Cli, client, environment, group, version, versions, written

from reconciler.sandbox.server import SandboxServer

APPLY = ("apply", "manifests", "--yes", "--reviewed", "plan.json")


@pytest.fixture
def reviewed(cli: Cli, sandbox: SandboxServer) -> Cli:
    """A live version whose change was planned into plan.json."""
    env = cli.env(sandbox)
    cli.write(environment(), group(), version())
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    cli.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        version("churn-v1", "approval: {status: Approved}"),
    )
    cli.call("plan", "manifests", "--out", "plan.json", env=env).ends(
        0, "1 to update, 1 approval change"
    )
    sandbox.calls.clear()
    return cli


def test_a_reviewed_plan_is_applied_and_applied_again_changes_nothing(
    reviewed: Cli, sandbox: SandboxServer
) -> None:
    env = reviewed.env(sandbox)
    reviewed.call(*APPLY, env=env).ends(0, "Apply: 2 applied, 1 unchanged.")
    reviewed.call(*APPLY, env=env).ends(0, "nothing to do, 2 unchanged.")
    assert sorted(written(sandbox)) == ["AddTags", "UpdateModelPackage"]


def test_what_was_not_in_the_reviewed_plan_keeps_all_the_rest_from_being_applied(
    reviewed: Cli, sandbox: SandboxServer
) -> None:
    reviewed.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        version("churn-v1", "approval: {status: Rejected}"),
        version("churn-v2"),
    )
    result = reviewed.call(*APPLY, "--format", "json", env=reviewed.env(sandbox))
    result.ends(3, "nobody reviewed it: it is not in plan.json", "--accept-digest")
    ends = {
        (each["resource"]["name"], each["verb"]): each["status"]
        for each in result.document["outcomes"]
    }
    assert ends["churn", "update"] == "skipped"
    assert (ends["churn-v1", "approve"], ends["churn-v2", "create"]) == ("stale", "stale")
    assert result.document["code"] == "unreviewed"
    assert written(sandbox) == []


def test_a_group_deleted_between_plan_and_apply_is_not_created_again_unseen(
    cli: Cli, sandbox: SandboxServer
) -> None:
    env = cli.env(sandbox)
    cli.write(environment(), group())
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    cli.write(environment(), group("churn", "tags: {team: risk}"), version())
    cli.call("plan", "manifests", "--out", "plan.json", env=env).ends(0)
    client(sandbox).delete_model_package_group(ModelPackageGroupName="churn")
    sandbox.calls.clear()
    result = cli.call(*APPLY, env=env)
    result.ends(3, "stale     create ModelPackageGroup registry/churn")
    result.ends(3, "why: it was reviewed as update, and is now create", "fix: plan again and have")
    assert written(sandbox) == []


def test_a_version_changed_between_plan_and_apply_is_stale(
    reviewed: Cli, sandbox: SandboxServer
) -> None:
    (live,) = versions(sandbox)
    client(sandbox).update_model_package(
        ModelPackageArn=live["ModelPackageArn"], ModelApprovalStatus="Rejected"
    )
    result = reviewed.call(*APPLY, env=reviewed.env(sandbox))
    result.ends(
        3,
        "stale     approval ModelPackage registry/churn-v1",
        "it was reviewed, but not like this: the live resource changed since",
        'ModelApprovalStatus: reviewed "PendingManualApproval" -> "Approved"; '
        'now "Rejected" -> "Approved"',
    )
    assert written(sandbox) == ["UpdateModelPackage"]  # by hand, above
    assert versions(sandbox)[0]["ModelApprovalStatus"] == "Rejected"


def test_a_plan_reviewed_for_another_account_is_not_applied(
    reviewed: Cli, sandbox: SandboxServer
) -> None:
    reviewed.write(environment(account=OTHER), group("churn", "tags: {team: risk}"))
    env = reviewed.env(sandbox, account=OTHER)
    result = reviewed.call(*APPLY, env=env)
    result.ends(3, "was not reviewed for this account, region and owner: registry", "--out")
    assert written(sandbox) == []


def _edited(path: Path, **members: Any) -> None:
    document = json.loads(path.read_text("utf-8")) | members
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_plan_file_that_was_tampered_with_is_refused(
    reviewed: Cli, sandbox: SandboxServer
) -> None:
    path = reviewed.folder / "plan.json"
    actions = json.loads(path.read_text("utf-8"))["actions"]
    actions[0]["digest"] = "sha256:" + "0" * 64
    _edited(path, actions=actions)
    result = reviewed.call(*APPLY, "--format", "json", env=reviewed.env(sandbox))
    result.ends(5, "plan.json: this plan was edited after it was written", "write it again with")
    assert list(sandbox.calls) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "plan.json: this is no plan: it is not JSON"),
        (b"Plan: 2 to create", "plan.json: this is no plan: it is not JSON"),
        (b"[]", 'why: a plan is a JSON object with "document": "plan"'),
        (b'{"document": "report"}', "this is no plan of the reconciler"),
        (b'{"document": "plan", "formatVersion": "9"}', 'this plan has format version "9"'),
        (b'{"document": "plan", "formatVersion": "1"}', "this plan is damaged"),
        (b"\xff\xfe{\x00}\x00", "plan.json: not UTF-8, so nothing that"),
        (b"[" * 100_000, "plan.json: this is no plan: it is not JSON"),
    ],
)
def test_a_file_that_is_no_plan_is_called_so_before_anything_is_asked(
    reviewed: Cli, sandbox: SandboxServer, content: bytes, says: str
) -> None:
    (reviewed.folder / "plan.json").write_bytes(content)
    reviewed.call(*APPLY, env=reviewed.env(sandbox)).ends(5, says, "  fix: ", "--out")
    assert list(sandbox.calls) == []


def test_a_reviewed_plan_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    cli.write(environment(), group())
    result = cli.call(*APPLY, "--format", "json")
    result.ends(64, "'plan.json' does not exist")


def test_a_plan_that_cannot_be_written_says_which_file(cli: Cli, sandbox: SandboxServer) -> None:
    cli.write(environment(), group())
    result = cli.call(
        "plan", "manifests", "--out", "no/such/folder/plan.json", env=cli.env(sandbox)
    )
    result.ends(1, "no/such/folder/plan.json", "No such file or directory")


@pytest.mark.parametrize(
    ("args", "code", "what"),
    [
        (("manifests",), 1, "no AWS credentials"),
        (("manifests", "--nonsense"), 64, "nonsense"),
        (("broken",), 5, "so nothing was planned"),
    ],
)
def test_a_plan_that_fails_says_why_in_its_file(
    cli: Cli, sandbox: SandboxServer, args: tuple[str, ...], code: int, what: str
) -> None:
    cli.write(environment(), group())
    (cli.folder / "broken").mkdir()
    (cli.folder / "broken/x.yaml").write_text("kind: Nonsense\n")
    path = cli.folder / "plan.json"
    path.write_text("the plan of yesterday")
    env = cli.env(sandbox, account=None)
    cli.call("plan", *args, "--out", "plan.json", env=env).ends(code)
    error = json.loads(path.read_text())
    assert (error["document"], error["exitCode"]) == ("error", code)
    assert what in error["what"]
    cli.call("plan", *args, "--out", "no/such/plan.json", env=env).ends(code)
