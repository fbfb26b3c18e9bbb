"""Trouble on demand: each kind of fault does what it says, and no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from sandbox_support import OTHER, SPEC, client, refused, versions

from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.server import SandboxServer


class Waits:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def troubled(waits: Waits) -> Iterator[SandboxServer]:
    faults = Faults(sleep=waits.sleep, monotonic=lambda: waits.now)
    with SandboxServer(None, faults=faults) as server:
        client(server).create_model_package_group(ModelPackageGroupName="churn")
        server.calls.clear()
        yield server


def names(registry: Any) -> list[str]:
    listed = registry.list_model_package_groups()["ModelPackageGroupSummaryList"]
    return [group["ModelPackageGroupName"] for group in listed]


def test_latency_is_per_call_and_operation(troubled: SandboxServer, waits: Waits) -> None:
    troubled.faults.latency(0.06)
    troubled.faults.latency(1, "Create*")
    registry = client(troubled)
    names(registry)
    versions(registry, "churn")
    assert waits.slept == [0.06, 0.06, 1]


def test_latency_of_concurrent_calls_overlaps(server: SandboxServer) -> None:
    registry = client(server)
    registry.create_model_package_group(ModelPackageGroupName="churn")
    server.faults.latency(0.2)
    started = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        arns = list(pool.map(lambda _: versions(registry, "churn")[0], range(10)))
    assert len(set(arns)) == 10
    assert time.monotonic() - started < 1.5


def test_rate_limit_is_a_token_bucket_per_operation(troubled: SandboxServer, waits: Waits) -> None:
    troubled.faults.rate_limit(2, burst=3)
    registry = client(troubled)
    for _ in range(3):
        names(registry)
    with refused("ThrottlingException", "Rate exceeded"):
        names(registry)
    registry.describe_model_package_group(ModelPackageGroupName="churn")
    names(client(troubled, account=OTHER))
    waits.now += 0.5
    names(registry)
    with refused("ThrottlingException"):
        names(registry)


def test_throttling_everything_or_a_few(troubled: SandboxServer) -> None:
    registry = client(troubled)
    troubled.faults.throttle("ListModelPackageGroups", times=2)
    for _ in range(2):
        with refused("ThrottlingException"):
            names(registry)
    assert names(registry) == ["churn"]
    troubled.faults.throttle()
    for _ in range(3):
        with refused("ThrottlingException"):
            names(registry)
    with refused("Throttling", "Rate exceeded"):
        client(troubled, "sts").get_caller_identity()


def test_denied_operation_names_the_caller(troubled: SandboxServer) -> None:
    troubled.faults.deny("sagemaker:Search", account=OTHER)
    client(troubled).search(Resource="ModelPackage")
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:sts::{OTHER}:assumed-role/reader/sandbox is not authorized to perform: "
        "sagemaker:Search on resource: *",
        "because no identity-based policy allows the sagemaker:Search action",
    ):
        client(troubled, account=OTHER, role="reader").search(Resource="ModelPackage")


def test_nth_call_fails_and_only_that(troubled: SandboxServer) -> None:
    registry = client(troubled)
    troubled.faults.fail("CreateModelPackage", code="ConflictException", message="no", nth=2)
    versions(registry, "churn")
    with refused("ConflictException", "no"):
        versions(registry, "churn")
    assert versions(registry, "churn")[0].endswith("/2")


def test_late_failure_leaves_the_write_in_place(troubled: SandboxServer) -> None:
    registry = client(troubled)
    troubled.faults.fail("CreateModelPackage", code="InternalFailure", status=500, after_write=True)
    with refused("InternalFailure"):
        versions(registry, "churn")
    assert versions(registry, "churn")[0].endswith("/2")


def test_lost_answer_has_written_and_a_retry_with_the_token_finds_it(
    troubled: SandboxServer,
) -> None:
    registry = client(troubled)
    troubled.faults.lose_answer("CreateModelPackage")
    create = {"ModelPackageGroupName": "churn", "InferenceSpecification": SPEC, "ClientToken": "t"}
    with pytest.raises(ConnectionClosedError):
        registry.create_model_package(**create)
    assert registry.create_model_package(**create)["ModelPackageArn"].endswith("/1")
    assert [call.code for call in troubled.calls] == ["AnswerLost", "OK"]


def test_expired_credentials_from_the_nth_call_on(troubled: SandboxServer) -> None:
    registry = client(troubled)
    troubled.faults.expire_credentials(nth=2)
    names(registry)
    for _ in range(2):
        with refused("ExpiredTokenException"):
            names(registry)
    with refused("ExpiredToken"):
        client(troubled, "sts").get_caller_identity()


def test_hook_before_a_call_can_be_a_concurrent_writer(troubled: SandboxServer) -> None:
    registry = client(troubled)

    def intrude(_call: Call) -> None:
        versions(registry, "churn")

    troubled.faults.before(intrude, "CreateModelPackage", nth=1)
    assert versions(registry, "churn")[0].endswith("/2")


def test_hook_after_each_write_sees_the_call_and_may_refuse(troubled: SandboxServer) -> None:
    seen: list[str] = []

    def note(call: Call) -> None:
        seen.append(call.operation)
        if len(seen) == 2:
            raise ApiError("InternalFailure", "stop here", 500)

    troubled.faults.after(note, "Create*")
    registry = client(troubled)
    versions(registry, "churn")
    with refused("InternalFailure", "stop here"):
        versions(registry, "churn")
    assert seen == ["CreateModelPackage"] * 2


def test_cleared_faults_are_gone(troubled: SandboxServer) -> None:
    troubled.faults.throttle()
    troubled.faults.clear()
    assert names(client(troubled)) == ["churn"]
