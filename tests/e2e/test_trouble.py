"""AWS in trouble: throttling, lost answers, slow and failed validation, changes by others."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from e2e_support import (
    VALIDATED,
    Cli,
    client,
    ended,
    environment,
    group,
    version,
    versions,
    written,
)

from reconciler.sandbox.calls import Call
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings, ValidationFailure

THROTTLED = ("apply", "manifests", "--yes", "--format", "json")
REASON = "ClientError: model.tar.gz holds no inference.py"


@dataclass(frozen=True, slots=True)
class Throttled:
    """A run against an AWS that throttles every call."""

    server: SandboxServer
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module", autouse=True)
def throttled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Throttled]:
    """Start the run that mostly waits before all other tests; the last one looks at it."""
    cli = Cli(tmp_path_factory.mktemp("throttled"))
    cli.write(environment(), group(), version())
    with SandboxServer(None) as server:
        server.faults.throttle("*")
        with cli.started(*THROTTLED, env=cli.env(server)) as process:
            yield Throttled(server, process)


def test_a_burst_of_throttling_is_waited_out_and_nothing_is_done_twice(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(), group(), version(), version("churn-v2"))
    sandbox.faults.throttle("CreateModelPackage", times=2)
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    result.ends(0, "Apply: 3 applied.")
    assert len(versions(sandbox)) == 2


@pytest.mark.parametrize("times", [1, 3])
def test_a_version_whose_answer_is_lost_is_registered_once_and_reported_applied(
    cli: Cli, sandbox: SandboxServer, times: int
) -> None:
    cli.write(environment(), group(), version())
    sandbox.faults.lose_answer("CreateModelPackage", times=times)
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    result.ends(0, "applied   create ModelPackage registry/churn-v1")
    assert len(sandbox.calls.of("CreateModelPackage")) == times + 1
    assert len(versions(sandbox)) == 1


def test_an_answer_that_never_comes_is_a_failure_and_the_next_run_finds_what_was_written(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(), group(), version())
    sandbox.faults.lose_answer("CreateModelPackage", times=None)
    env = cli.env(sandbox)
    result = cli.call("apply", "manifests", "--yes", env=env)
    result.ends(1, "failed    create ModelPackage registry/churn-v1", "broke during")
    result.ends(1, "fix: run it again: what was done is recognised")
    sandbox.faults.clear()
    cli.call("apply", "manifests", "--yes", env=env).ends(0, "nothing to do, 2 unchanged")
    assert len(versions(sandbox)) == 1


@pytest.mark.parametrize("operation", ["CreateModelPackageGroup", "AddTags", "UpdateModelPackage"])
def test_any_write_whose_answer_is_lost_ends_applied(
    cli: Cli, sandbox: SandboxServer, operation: str
) -> None:
    env = cli.env(sandbox)
    if operation != "CreateModelPackageGroup":
        cli.write(environment(), group(), version())
        cli.call("apply", "manifests", "--yes", env=env).ends(0)
    cli.write(
        environment(),
        group("churn", "tags: {team: risk}"),
        version("churn-v1", "approval: {status: Rejected}"),
    )
    sandbox.faults.lose_answer(operation)
    cli.call("apply", "manifests", "--yes", env=env).ends(0, "applied")
    cli.call("plan", "manifests", env=env).ends(0, "No changes.")


def test_an_endpoint_where_nobody_listens_says_what_to_check(cli: Cli) -> None:
    cli.write(environment(), group())
    with SandboxServer(None) as server:
        url = server.url
    env = cli.env(url, AWS_ACCESS_KEY_ID="111111111111", AWS_SECRET_ACCESS_KEY="x")
    result = cli.call("plan", "manifests", "--format", "json", env=env)
    result.ends(1, "cannot be reached for sts:GetCallerIdentity", "AWS_ENDPOINT_URL")
    assert result.document["document"] == "error"


# --- changed by somebody else between the plan and the write


def test_a_group_deleted_during_an_apply_leaves_its_update_stale(
    cli: Cli, sandbox: SandboxServer
) -> None:
    env = cli.env(sandbox)
    cli.write(environment(), group())
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    cli.write(environment(), group("churn", "tags: {team: risk}"))

    def delete(_call: Call) -> None:
        client(sandbox).delete_model_package_group(ModelPackageGroupName="churn")

    reads = len(sandbox.calls.of("DescribeModelPackageGroup"))
    cli.call("plan", "manifests", env=env).ends(0, "1 to update")
    planning = len(sandbox.calls.of("DescribeModelPackageGroup")) - reads
    sandbox.faults.before(delete, "DescribeModelPackageGroup", nth=planning + 1)
    result = cli.call("apply", "manifests", "--yes", env=env)
    result.ends(3, "stale     update ModelPackageGroup registry/churn", "it would now be: create")
    result.ends(3, "fix: plan again and review what changed")
    assert written(sandbox) == ["CreateModelPackageGroup", "DeleteModelPackageGroup"]


def test_a_version_changed_during_an_apply_is_stale_and_not_overwritten(
    cli: Cli, sandbox: SandboxServer
) -> None:
    env = cli.env(sandbox)
    cli.write(environment(), group(), version())
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    (live,) = versions(sandbox)
    cli.write(environment(), group(), version("churn-v1", "customerMetadataProperties: {a: ours}"))

    def change(_call: Call) -> None:
        client(sandbox).update_model_package(
            ModelPackageArn=live["ModelPackageArn"], CustomerMetadataProperties={"a": "theirs"}
        )

    reads = len(sandbox.calls.of("DescribeModelPackage"))
    cli.call("plan", "manifests", env=env).ends(0, "1 to update")
    planning = len(sandbox.calls.of("DescribeModelPackage")) - reads
    sandbox.faults.before(change, "DescribeModelPackage", nth=planning + 1)
    result = cli.call("apply", "manifests", "--yes", "--format", "json", env=env)
    result.ends(3, "stale", "it differs in CustomerMetadataProperties.a", "plan again")
    described = client(sandbox).describe_model_package(ModelPackageName=live["ModelPackageArn"])
    assert described["CustomerMetadataProperties"]["a"] == "theirs"


# --- validation by AWS


@pytest.fixture
def validating() -> Iterator[Any]:
    """Start sandboxes that take time to validate versions."""
    servers: list[SandboxServer] = []

    def start(**settings: Any) -> SandboxServer:
        server = SandboxServer(None, settings=SandboxSettings(**settings))
        servers.append(server.start())
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def validated(cli: Cli) -> Cli:
    """Manifests with a version that AWS validates and that is to be approved."""
    approved = version("churn-v1", *VALIDATED, "approval: {status: Approved}")
    cli.write(environment(), group(), approved)
    return cli


def test_a_version_that_fails_validation_is_explained_by_aws_reasons_and_never_approved(
    validated: Cli, validating: Any
) -> None:
    failure = ValidationFailure("*/churn/*", REASON)
    server = validating(validation_in_progress_seconds=0.3, validation_failures=(failure,))
    env = validated.env(server)
    result = validated.call("apply", "manifests", "--yes", env=env)
    result.ends(1, "failed    create ModelPackage registry/churn-v1", REASON)
    result.ends(1, "manifests/all.yaml:15:1", "skipped   approval ModelPackage registry/churn-v1")
    result.ends(1, "fix: a failed version cannot be repaired", "declare a new metadata.name")
    plan = validated.call("plan", "manifests", env=env)
    plan.ends(1, "! blocked ModelPackage churn-v1", REASON, "declare a new metadata.name")
    validated.call("apply", "manifests", "--yes", env=env).ends(1, REASON)
    assert written(server) == ["CreateModelPackageGroup", "CreateModelPackage"]
    assert versions(server)[0]["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_validation_is_waited_for_and_then_approved(validated: Cli, validating: Any) -> None:
    server = validating(validation_pending_seconds=0.3, validation_in_progress_seconds=0.3)
    result = validated.call("apply", "manifests", "--yes", env=validated.env(server))
    result.ends(0, "applied   approval ModelPackage registry/churn-v1", "Apply: 3 applied.")


def test_a_validation_longer_than_the_timeout_fails_without_losing_anything(
    validated: Cli, validating: Any
) -> None:
    server = validating(validation_in_progress_seconds=2.5)
    env = validated.env(server)
    result = validated.call("apply", "manifests", "--yes", "--timeout", "1s", env=env)
    result.ends(1, "failed    create ModelPackage registry/churn-v1", "still InProgress after 1 s")
    result.ends(1, "fix: nothing is lost: run apply again, or allow more time with --timeout")
    plan = validated.call("plan", "manifests", env=env)
    plan.ends(0, "waiting (InProgress) ModelPackage churn-v1", "* approval ModelPackage churn-v1")
    again = validated.call("apply", "manifests", "--yes", env=env)
    again.ends(0, "applied   approval ModelPackage registry/churn-v1")
    assert written(server).count("CreateModelPackage") == 1


def test_no_wait_leaves_the_validation_to_aws_and_says_what_is_left(
    validated: Cli, validating: Any
) -> None:
    server = validating(validation_in_progress_seconds=1.0)
    env = validated.env(server)
    result = validated.call("apply", "manifests", "--yes", "--no-wait", env=env)
    result.ends(0, "waiting   create ModelPackage registry/churn-v1", "AWS is still at work")
    result.ends(0, "waiting   approval ModelPackage registry/churn-v1", "2 waiting")
    time.sleep(1.0)
    validated.call("apply", "manifests", "--yes", env=env).ends(0, "applied   approval")
    validated.call("plan", "manifests", env=env).ends(0, "No changes.")


# --- throttling without end


def test_throttling_without_end_is_given_up_in_bounded_time_and_says_what_to_do(
    throttled: Throttled,
) -> None:
    result = ended(throttled.process, *THROTTLED)
    result.ends(1, "AWS kept throttling sts:GetCallerIdentity", "until the retries were used up")
    result.ends(1, "fix: run it again later or with a smaller --parallelism")
    assert len(throttled.server.calls) <= 40
    assert written(throttled.server) == []
