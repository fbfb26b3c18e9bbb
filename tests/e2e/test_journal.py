"""The journal: what a policy was, on the disk before it is replaced, whatever comes of the run."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from e2e_support import PATIENCE, Cli, client, environment, group, manifest, written

from reconciler.cli.journal import KEPT
from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import AnswerLost
from reconciler.sandbox.server import SandboxServer

APPLY = ("apply", "manifests", "--yes", "--format", "json")
PUT = "PutModelPackageGroupPolicy"
THEIRS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Theirs",
            "Effect": "Allow",
            "Principal": {"AWS": "444444444444"},
            "Action": ["sagemaker:DescribeModelPackageGroup"],
            "Resource": "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn",
        }
    ],
}


def declare(cli: Cli, *accounts: str) -> None:
    """Write a group and a policy that lets some accounts read it."""
    names = ", ".join(f'"{each}"' for each in accounts)
    granted = f"grants: [{{principals: [{names}], access: [read]}}]"
    policy = manifest(
        "CrossAccountPolicy",
        "readers",
        "environment: registry",
        "modelPackageGroups: [churn]",
        granted if accounts else "ensure: absent",
    )
    cli.write(environment(), group(), policy)


def put_theirs(sandbox: SandboxServer) -> None:
    client(sandbox).create_model_package_group(
        ModelPackageGroupName="churn",
        Tags=[{"Key": "sagemaker-reconciler:owner", "Value": "acme/ml"}],
    )
    client(sandbox).put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=json.dumps(THEIRS)
    )


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return what a journal holds, the oldest first."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*/*.json"))]


def sids(text: str) -> list[str]:
    return [each["Sid"] for each in json.loads(text)["Statement"]]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_at_the_put_leaves_the_way_back(
    cli: Cli, sandbox: SandboxServer, moment: str
) -> None:
    put_theirs(sandbox)
    declare(cli, "333333333333")
    pids: list[int] = []

    def kill(_call: Call) -> None:
        os.kill(pids[0], signal.SIGKILL)
        raise AnswerLost

    (sandbox.faults.before if moment == "before" else sandbox.faults.after)(kill, PUT)
    with cli.started(*APPLY, env=cli.env(sandbox)) as process:
        pids.append(process.pid)
        process.wait(PATIENCE)
    sandbox.faults.clear()
    (entry,) = entries(cli.folder / ".reconciler/journal")
    assert sids(entry["previous"]) == ["Theirs"]
    assert entry["rounds"] == [entry["previous"]]
    assert entry["resource"] == {
        "environment": "registry",
        "kind": "ModelPackageGroupPolicy",
        "name": "churn",
    }
    assert (entry["accountId"], entry["region"]) == ("111111111111", "eu-west-1")
    client(sandbox).put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=entry["previous"]
    )
    live = client(sandbox).get_model_package_group_policy(ModelPackageGroupName="churn")
    assert sids(live["ResourcePolicy"]) == ["Theirs"]


def test_the_report_names_the_file_which_is_the_users_alone_and_not_for_git(
    cli: Cli, sandbox: SandboxServer
) -> None:
    put_theirs(sandbox)
    declare(cli, "333333333333")
    result = cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    (outcome,) = [each for each in result.document["outcomes"] if each["journal"]]
    path = cli.folder / outcome["journal"]
    assert json.loads(path.read_text())["previous"] == outcome["previous"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (cli.folder / ".reconciler/journal/.gitignore").read_text() == "*\n"
    assert not list(path.parent.glob(".*")), "no drafts are left"
    declare(cli, "333333333333", "555555555555")
    told = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(0)
    assert "\nPolicies as they were before are in .reconciler/journal.\nApply: " in told.out
    assert ".json" not in told.out


def test_a_failure_names_the_file_at_once(cli: Cli, sandbox: SandboxServer) -> None:
    put_theirs(sandbox)
    declare(cli, "333333333333")
    sandbox.faults.fail("GetModelPackageGroupPolicy", code="InternalFailure", nth=4, times=None)
    told = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(1)
    assert "the text before is in .reconciler/journal/registry.ModelPackageGroupPolicy" in told.out


def test_a_policy_that_was_not_there_is_kept_as_null(cli: Cli, sandbox: SandboxServer) -> None:
    declare(cli, "333333333333")
    cli.call(*APPLY, "--journal", "kept", env=cli.env(sandbox)).ends(0)
    assert not (cli.folder / ".reconciler").exists()
    (entry,) = entries(cli.folder / "kept")
    assert entry["previous"] is None


def test_what_others_wrote_between_two_rounds_is_kept_too(cli: Cli, sandbox: SandboxServer) -> None:
    put_theirs(sandbox)
    declare(cli, "333333333333")
    other = json.loads(json.dumps(THEIRS))
    other["Statement"][0]["Sid"] = "Later"

    def overwrite(_call: Call) -> None:
        sandbox.faults.clear()
        client(sandbox).put_model_package_group_policy(
            ModelPackageGroupName="churn", ResourcePolicy=json.dumps(other)
        )

    sandbox.faults.after(overwrite, PUT, nth=1)
    cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    (entry,) = entries(cli.folder / ".reconciler/journal")
    assert [sids(each) for each in entry["rounds"]] == [["Theirs"], ["Later"]]


def test_only_the_newest_files_of_a_document_stay(cli: Cli, sandbox: SandboxServer) -> None:
    declare(cli, "333333333333")
    first = cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    (path,) = [each["journal"] for each in first.document["outcomes"] if each["journal"]]
    folder = (cli.folder / path).parent
    for number in range(KEPT + 5):
        (folder / f"20200101T0000{number:02}Z-1.json").write_text("{}")
    (folder.parent / "another").mkdir()
    other = folder.parent / "another/20190101T000000Z-1.json"
    other.write_text("{}")
    declare(cli, "333333333333", "555555555555")
    cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    names = sorted(each.name for each in folder.glob("*.json"))
    assert len(names) == KEPT
    assert "20200101T000000Z-1.json" not in names, "the oldest go first"
    assert (cli.folder / path).name in names
    assert other.exists(), "other documents have their own"


def test_what_cannot_be_kept_is_not_replaced(cli: Cli, sandbox: SandboxServer) -> None:
    put_theirs(sandbox)
    declare(cli, "333333333333")
    (cli.folder / "file").write_text("in the way")
    sandbox.calls.clear()
    args = (*APPLY, "--journal", "file/below")
    cli.call(*args, env=cli.env(sandbox)).ends(
        1, "journal file/below cannot be written", "--journal"
    )
    assert PUT not in written(sandbox)


def test_an_apply_without_policies_leaves_no_journal(cli: Cli, sandbox: SandboxServer) -> None:
    cli.write(environment(), group())
    cli.call(*APPLY, env=cli.env(sandbox)).ends(0)
    assert not (cli.folder / ".reconciler").exists()


def test_what_a_sandbox_replaces_is_kept_beside_its_state(cli: Cli) -> None:
    declare(cli, "333333333333")
    cli.call("apply", "manifests", "--sandbox", "--format", "json").ends(0)
    assert len(entries(cli.folder / ".reconciler/sandbox-journal")) == 1
    assert not (cli.folder / ".reconciler/journal").exists()
