"""Drift made by hand, class by class: what is said, how it ends, and that nothing is written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from e2e_support import (
    ACCOUNT,
    OTHER,
    REGION,
    Cli,
    client,
    environment,
    group,
    manifest,
    version,
    versions,
    written,
)

from reconciler.cli import drifting
from reconciler.cli.schemas import schema_of
from reconciler.sandbox.server import SandboxServer

APPROVED = "approval: {status: Approved}"
GROUP_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/churn"


def policy(principal: str = OTHER) -> str:
    return manifest(
        "CrossAccountPolicy",
        "consumers",
        "environment: registry",
        "modelPackageGroups: [churn]",
        f'grants: [{{principals: ["{principal}"], access: [read]}}]',
    )


@pytest.fixture
def live(cli: Cli, sandbox: SandboxServer) -> Cli:
    """A group, two versions, one approved, and a policy: all as declared."""
    cli.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        version("churn-v1", APPROVED),
        version("churn-v2", "customerMetadataProperties: {stage: pilot}"),
        policy(),
    )
    cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(0)
    sandbox.calls.clear()
    return cli


def arns(sandbox: SandboxServer) -> list[str]:
    return [str(each["ModelPackageArn"]) for each in versions(sandbox)]


def found(cli: Cli, sandbox: SandboxServer, *args: str, code: int = 0) -> dict[str, Any]:
    """Return the document of a drift run, which must be valid and must have written nothing."""
    sandbox.calls.clear()
    env = cli.env(sandbox)
    result = cli.call("drift", "manifests", "--format", "json", *args, env=env).ends(code)
    assert written(sandbox) == []
    document: dict[str, Any] = result.document
    jsonschema.validate(document, schema_of("drift"))
    return document


def classes(document: dict[str, Any]) -> dict[str, list[str]]:
    by_class: dict[str, list[str]] = {}
    for each in document["drift"]:
        by_class.setdefault(each["class"], []).append(each["resource"]["name"])
    return by_class


def test_what_is_as_declared_is_no_drift(live: Cli, sandbox: SandboxServer) -> None:
    document = found(live, sandbox, "--detailed-exitcode")
    assert document["clean"]
    assert document["drift"] == document["unread"] == []
    live.call("drift", "manifests", env=live.env(sandbox)).ends(0, "No drift.")


# --- each class, made by hand


def test_changed_outside_git(live: Cli, sandbox: SandboxServer) -> None:
    aws = client(sandbox)
    aws.delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    aws.update_model_package(
        ModelPackageArn=arns(sandbox)[1], CustomerMetadataProperties={"stage": "live"}
    )
    document = found(live, sandbox, "--detailed-exitcode", code=2)
    assert classes(document) == {"changed": ["churn", "churn-v2"]}
    tag, metadata = (each["changes"][0] for each in document["drift"])
    assert (tag["path"], tag["live"], tag["git"]) == ("Tags.team", None, "risk")
    assert (metadata["live"], metadata["git"]) == ("live", "pilot")
    assert document["drift"][1]["modifiedAt"]


def test_an_edit_that_no_operation_could_mend_is_changed(live: Cli, sandbox: SandboxServer) -> None:
    manifests = live.folder / "manifests" / "all.yaml"
    text = manifests.read_text().replace("churn/model.tar.gz", "churn/other.tar.gz")
    manifests.write_text(text)
    assert classes(found(live, sandbox)) == {"changed": ["churn-v1", "churn-v2"]}


@pytest.mark.parametrize("on_drift", ["report", "revert", "fail"])
def test_approved_outside_git(live: Cli, sandbox: SandboxServer, on_drift: str) -> None:
    client(sandbox).update_model_package(
        ModelPackageArn=arns(sandbox)[0], ModelApprovalStatus="Rejected"
    )
    path = live.folder / "manifests" / "all.yaml"
    owner = f"  approvals: {{onDrift: {on_drift}}}\n---"
    path.write_text(path.read_text().replace("---", owner, 1))
    document = found(live, sandbox, "--detailed-exitcode", code=2)
    assert classes(document) == {"approved": ["churn-v1"]}
    (item,) = document["drift"]
    assert item["changes"][0] == {
        "path": "ModelApprovalStatus",
        "live": "Rejected",
        "git": "Approved",
        "sensitive": False,
        "where": item["changes"][0]["where"],
    }
    assert item["modifiedBy"]
    assert item["modifiedAt"]
    text = live.call("drift", "manifests", env=live.env(sandbox)).ends(0).out
    assert "Approved outside Git" in text
    assert '~ ModelApprovalStatus: "Rejected" -> "Approved"' in text


def test_in_git_only(live: Cli, sandbox: SandboxServer) -> None:
    path = live.folder / "manifests" / "all.yaml"
    path.write_text(path.read_text().replace("Approved", "Rejected"))
    live.write(version("churn-v3"), name="manifests/more.yaml")
    assert classes(found(live, sandbox, "--detailed-exitcode", code=2)) == {
        "git-only": ["churn-v1", "churn-v3"]
    }


def test_live_only(live: Cli, sandbox: SandboxServer) -> None:
    """Registered by hand, made by hand, and left by manifests that are gone."""
    aws = client(sandbox)
    aws.create_model_package(
        ModelPackageGroupName="churn", InferenceSpecification=specification(aws, arns(sandbox)[0])
    )
    aws.create_model_package_group(ModelPackageGroupName="by-hand")
    live.write(environment(), group("churn", "tags: {team: risk}"), version("churn-v1", APPROVED))
    document = found(live, sandbox, "--detailed-exitcode", code=2)
    assert set(classes(document)["live-only"]) == {"churn", "by-hand", "churn/2", "churn/3"}
    texts = {each["resource"]["name"]: each["what"] for each in document["drift"]}
    assert "its manifest 'churn-v2' has vanished" in texts["churn/2"]
    assert texts["churn/3"] == texts["by-hand"] == "in AWS, and no manifest declares it"
    kinds = {each["resource"]["kind"] for each in document["drift"]}
    assert kinds == {"ModelPackage", "ModelPackageGroup", "ModelPackageGroupPolicy"}


def specification(aws: Any, arn: str) -> Any:
    found_there = aws.describe_model_package(ModelPackageName=arn)["InferenceSpecification"]
    return json.loads(json.dumps(found_there, default=str))


def test_versions_of_a_group_without_any_manifest_are_seen_too(
    live: Cli, sandbox: SandboxServer
) -> None:
    live.write(environment(), group("churn", "tags: {team: risk}"), policy())
    document = found(live, sandbox)
    assert classes(document) == {"live-only": ["churn/1", "churn/2"]}
    again = found(live, sandbox, "-e", "registry")
    assert again["digest"] == document["digest"]


def test_a_selection_of_names_says_what_it_cannot_see(live: Cli, sandbox: SandboxServer) -> None:
    client(sandbox).create_model_package_group(ModelPackageGroupName="by-hand")
    document = found(live, sandbox, "--name", "churn*")
    assert not document["whole"]
    assert document["drift"] == []
    live.call("drift", "manifests", "--name", "churn*", env=live.env(sandbox)).ends(
        0, "what only exists live is not looked for"
    )


def test_another_reconcilers_group_is_its_own_business(live: Cli, sandbox: SandboxServer) -> None:
    client(sandbox).create_model_package_group(
        ModelPackageGroupName="theirs", Tags=[{"Key": "reconciler/owner", "Value": "others"}]
    )
    document = found(live, sandbox, "--detailed-exitcode")
    assert document["clean"]
    assert "another-owner" in {each["note"]["code"] for each in document["remarks"]}


# --- known drift


def known(cli: Cli, expires: str, *more: str, resource: str = "registry/*/churn*") -> str:
    lines = [f"  - resource: {resource}", "    ticket: ML-7", f"    expires: {expires}"]
    lines += (f"    {line}" for line in more)
    (cli.folder / "known.yaml").write_text("\n".join(["known:", *lines, ""]))
    return "known.yaml"


def test_known_drift_does_not_count_and_expired_does_again(
    live: Cli, sandbox: SandboxServer
) -> None:
    client(sandbox).delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    args = ("--detailed-exitcode", "--known")
    document = found(live, sandbox, *args, known(live, "2999-12-31", "field: Tags.*"))
    assert document["clean"]
    assert document["known"][0]["known"]["ticket"] == "ML-7"
    document = found(live, sandbox, *args, known(live, "2020-01-01"), code=2)
    assert document["drift"][0]["expired"][0]["ticket"] == "ML-7"
    result = live.call("drift", "manifests", "--known", "known.yaml", env=live.env(sandbox))
    result.ends(0, "expired: accepted until 2020-01-01, which is over: ML-7")
    document = found(live, sandbox, *args, known(live, "never", "class: live-only"), code=2)
    assert [each["ticket"] for each in document["unused"]] == ["ML-7"]


def test_mistakes_in_known_drift_are_told_as_those_of_manifests(
    live: Cli, sandbox: SandboxServer
) -> None:
    sandbox.calls.clear()
    path = known(live, "someday", "clas: changed")
    result = live.call("drift", "manifests", "--known", path, env=live.env(sandbox))
    result.ends(5, "known.yaml:4:14: E207", "known.yaml:5:5: E203", "did you mean 'class'?")
    assert sandbox.calls.writes() == []
    live.call("drift", "--known", "nothing.yaml").ends(64)


# --- how it ends


def test_what_cannot_be_read_is_listed_and_fails(live: Cli, sandbox: SandboxServer) -> None:
    live.write(
        environment(name="elsewhere", account="999999999999"),
        group("far", environment="elsewhere"),
        name="manifests/far.yaml",
    )
    document = found(live, sandbox, "--detailed-exitcode", code=1)
    assert {each["resource"]["name"] for each in document["unread"] if each["needed"]} == {"far"}
    assert document["drift"] == []
    assert not document["clean"]
    assert {each["name"]: each["clean"] for each in document["environments"]} == {
        "registry": True,
        "elsewhere": False,
    }


def test_an_empty_folder_is_refused_and_a_guard_is_not_asked(
    live: Cli, sandbox: SandboxServer
) -> None:
    (live.folder / "empty").mkdir()
    env = live.env(sandbox)
    live.call("drift", "empty", env=env).ends(4, "there are no manifests")
    live.call("drift", "manifests", "-e", "nowhere", env=env).ends(4, "the selection matches none")
    path = live.folder / "manifests" / "all.yaml"
    path.write_text(path.read_text().replace("---", "  guards: {maxChanges: 0}\n---", 1))
    client(sandbox).delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    live.call("plan", "manifests", env=env).ends(4, "too-many-changes")
    assert classes(found(live, sandbox)) == {"changed": ["churn"]}


def test_every_format_and_the_file_say_the_same(live: Cli, sandbox: SandboxServer) -> None:
    client(sandbox).delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    env = live.env(sandbox)
    out = live.folder / "drift.json"
    printed = found(live, sandbox, "--out", str(out))
    assert json.loads(out.read_text()) == printed
    markdown = live.call("drift", "manifests", "--format", "markdown", env=env).ends(0).out
    assert markdown.startswith("## Drift in `registry`\n")
    assert "- **`ModelPackageGroup` `churn`**" in markdown
    assert "<details>" not in markdown
    live.run("drift", "manifests", env=env).ends(0, "Drift: 1 changed outside Git.")


def test_the_same_drift_has_the_same_digest_the_next_day(
    live: Cli, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(sandbox).delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    first = found(live, sandbox)
    monkeypatch.setattr(drifting, "today", lambda: date(2030, 1, 1))
    later = found(live, sandbox)
    assert later["date"] == "2030-01-01"
    assert later["digest"] == first["digest"]
    client(sandbox).add_tags(ResourceArn=GROUP_ARN, Tags=[{"Key": "team", "Value": "x"}])
    assert found(live, sandbox)["digest"] != first["digest"]


def test_the_place_of_a_drift_is_the_manifest(live: Cli, sandbox: SandboxServer) -> None:
    client(sandbox).delete_tags(ResourceArn=GROUP_ARN, TagKeys=["team"])
    (item,) = found(live, sandbox)["drift"]
    assert item["where"]["path"] == str(Path("manifests/all.yaml"))
