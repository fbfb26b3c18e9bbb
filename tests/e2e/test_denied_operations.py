"""One missing permission: what it is, for whom, on what; never drift, never absence."""

from __future__ import annotations

import pytest
from e2e_support import ACCOUNT, VALIDATED, Cli, client, environment, group, version, written

from reconciler.sandbox.server import SandboxServer

CALLER = f"arn:aws:iam::{ACCOUNT}:user/sandbox"


@pytest.fixture
def applied(cli: Cli, sandbox: SandboxServer) -> Cli:
    """A working folder whose manifests are applied already."""
    cli.write(environment(), group("churn", "tags: {team: growth}"), version())
    env = cli.env(sandbox)
    cli.call("apply", "manifests", "--yes", env=env).ends(0, "Apply: 2 applied.")
    sandbox.calls.clear()
    return cli


def edit(cli: Cli) -> None:
    """Change a tag, and a metadata key of the version."""
    cli.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        version("churn-v1", "customerMetadataProperties: {reviewer: ada}"),
    )


def test_without_search_each_version_is_described_and_the_plan_is_the_same(
    applied: Cli, sandbox: SandboxServer
) -> None:
    edit(applied)
    env = applied.env(sandbox)
    expected = applied.call("plan", "manifests", "--format", "json", env=env).document
    assert expected["summary"]["update"] == 2
    assert sandbox.calls.of("Search")
    sandbox.faults.deny("Search")
    found = applied.call("plan", "manifests", "--format", "json", env=env).ends(0).document
    assert found == expected
    assert "DescribeModelPackage" in {call.operation for call in sandbox.calls}


@pytest.mark.parametrize(
    ("operation", "resource", "kinds"),
    [
        ("ListModelPackageGroups", "model-package-group/*", {"ModelPackageGroup"}),
        ("ListModelPackages", "model-package-group/churn", {"ModelPackage"}),
    ],
)
def test_without_a_list_the_resources_are_unknown_with_the_permission_to_add(
    applied: Cli, sandbox: SandboxServer, operation: str, resource: str, kinds: set[str]
) -> None:
    sandbox.faults.deny(operation)
    result = applied.call("plan", "manifests", env=applied.env(sandbox))
    for kind in kinds:
        result.ends(1, f"? unknown {kind} churn")
    result.ends(1, f"{CALLER} may not call sagemaker:{operation} in environment 'registry'")
    result.ends(1, f"fix: allow sagemaker:{operation} on arn:aws:sagemaker:eu-west-1:{ACCOUNT}:")
    result.ends(1, resource, "1 resource with errors", "0 to create", "1 blocked; 1 unchanged.")


@pytest.mark.parametrize("operation", ["DescribeModelPackage", "ListTags", "Describe*"])
def test_without_reading_again_before_the_write_nothing_is_written(
    applied: Cli, sandbox: SandboxServer, operation: str
) -> None:
    edit(applied)
    sandbox.faults.deny(operation)
    result = applied.call("apply", "manifests", "--yes", env=applied.env(sandbox))
    named = operation.replace("*", "ModelPackage")
    result.ends(1, f"may not call sagemaker:{named}", f"fix: allow sagemaker:{named} on arn:")
    denied = {"AddTags"} if operation == "ListTags" else {"UpdateModelPackage"}
    assert denied.isdisjoint(written(sandbox))


@pytest.mark.parametrize(
    ("operation", "failed"),
    [
        ("CreateModelPackageGroup", "create ModelPackageGroup registry/fraud"),
        ("CreateModelPackage", "create ModelPackage registry/churn-v2"),
        ("UpdateModelPackage", "update ModelPackage registry/churn-v1"),
        ("AddTags", "update ModelPackageGroup registry/churn"),
    ],
)
def test_a_write_that_is_denied_fails_alone_and_names_the_permission(
    applied: Cli, sandbox: SandboxServer, operation: str, failed: str
) -> None:
    applied.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        group("fraud"),
        version("churn-v1", "customerMetadataProperties: {reviewer: ada}"),
        version("churn-v2", group="churn"),
        version("fraud-v1", group="fraud"),
    )
    sandbox.faults.deny(operation)
    env = applied.env(sandbox)
    result = applied.call("apply", "manifests", "--yes", "--format", "json", env=env)
    result.ends(1, f"failed    {failed}", f"allow sagemaker:{operation} on ")
    ends = {each["status"] for each in result.document["outcomes"]}
    assert {"failed", "applied"} <= ends
    sandbox.faults.clear()
    applied.call("apply", "manifests", "--yes", env=env).ends(0, "applied   ", failed)
    applied.call("plan", "manifests", env=env).ends(0, "No changes.")


def test_a_validated_version_whose_result_may_not_be_read_is_not_called_applied(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(), group(), version("churn-v1", *VALIDATED))
    sandbox.faults.deny("DescribeModelPackage")
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    result.ends(1, "applied   create ModelPackageGroup", "failed    create ModelPackage")
    result.ends(1, "fix: allow sagemaker:DescribeModelPackage on ")
    assert client(sandbox).list_model_packages(ModelPackageGroupName="churn")
