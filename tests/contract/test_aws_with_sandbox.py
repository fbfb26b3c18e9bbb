"""Sessions and calls against the sandbox: what AWS answers is understood, its limits are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from reconciler.aws.api import AwsFault, FaultKind, concurrently
from reconciler.aws.sessions import Mode, Sessions
from reconciler.core.environment import AssumeRole, Environment
from reconciler.core.location import Location
from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/ml/registry-apply"


class Account:
    """A caller with credentials of one account of the sandbox."""

    def __init__(self, account_id: str) -> None:
        key, secret, token = credentials_for(account_id)
        self._session = boto3.Session(key, secret, token)

    def session(self, environment: Environment) -> boto3.Session:  # noqa: ARG002 - one for all
        return self._session


def an_environment(
    account_id: str = ACCOUNT, *, role: str | None = None, external_id: str | None = None
) -> Environment:
    return Environment(
        name="registry",
        account_id=account_id,
        region="eu-west-1",
        owner="us",
        where=Location("environments.yaml", 3),
        assume_role=AssumeRole(apply=role, external_id=external_id),
    )


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(None, settings=SandboxSettings(external_ids={ROLE: "word"})) as server:
        yield server


@pytest.fixture
def sessions(sandbox: SandboxServer) -> Iterator[Sessions]:
    with Sessions(Account(ACCOUNT), mode=Mode.APPLY, endpoint_url=sandbox.url) as made:
        yield made


def write(
    sessions: Sessions, operation: str, environment: Environment | None = None, **parameters: Any
) -> Any:
    return sessions.writes().call(
        environment or an_environment(), "sagemaker", operation, parameters
    )


def test_what_is_missing_is_not_found(sessions: Sessions) -> None:
    for operation in ("DescribeModelPackageGroup", "GetModelPackageGroupPolicy"):
        with pytest.raises(AwsFault) as caught:
            write(sessions, operation, ModelPackageGroupName="churn")
        assert caught.value.kind is FaultKind.NOT_FOUND
    write(sessions, "CreateModelPackageGroup", ModelPackageGroupName="churn")
    with pytest.raises(AwsFault) as caught:
        write(sessions, "GetModelPackageGroupPolicy", ModelPackageGroupName="churn")
    assert caught.value.kind is FaultKind.NOT_FOUND


def test_what_is_there_already_exists(sessions: Sessions) -> None:
    write(sessions, "CreateModelPackageGroup", ModelPackageGroupName="churn")
    with pytest.raises(AwsFault) as caught:
        write(sessions, "CreateModelPackageGroup", ModelPackageGroupName="churn")
    assert caught.value.kind is FaultKind.ALREADY_EXISTS


def test_a_missing_permission_is_named(sandbox: SandboxServer, sessions: Sessions) -> None:
    sandbox.faults.deny("Search")
    with pytest.raises(AwsFault) as caught:
        write(sessions, "Search", Resource="ModelPackage")
    assert caught.value.kind is FaultKind.DENIED
    assert caught.value.permission == "sagemaker:Search"


def test_a_role_is_assumed_with_its_external_id(sessions: Sessions) -> None:
    environment = an_environment(OTHER, role=ROLE, external_id="word")
    assert sessions.verify(environment).arn == (
        f"arn:aws:sts::{OTHER}:assumed-role/registry-apply/reconciler-apply"
    )
    made = write(sessions, "CreateModelPackageGroup", environment, ModelPackageGroupName="churn")
    assert f":{OTHER}:" in made["ModelPackageGroupArn"]


def test_a_wrong_external_id_is_a_fault_that_names_the_role(sessions: Sessions) -> None:
    with pytest.raises(AwsFault) as caught:
        sessions.verify(an_environment(OTHER, role=ROLE, external_id="guess"))
    assert caught.value.kind is FaultKind.CREDENTIALS
    assert ROLE in caught.value.what
    assert "trust policy" in caught.value.fix


def test_a_session_that_expires_in_between_says_sign_in_again(
    sandbox: SandboxServer, sessions: Sessions
) -> None:
    sessions.verify(an_environment())
    sandbox.faults.expire_credentials()
    with pytest.raises(AwsFault) as caught:
        write(sessions, "Search", Resource="ModelPackage")
    assert caught.value.kind is FaultKind.CREDENTIALS
    assert "sign in again" in caught.value.fix


def test_a_rate_limit_is_kept_with_few_calls_throttled(
    sandbox: SandboxServer, sessions: Sessions
) -> None:
    """The bound is 10 % at 10 calls a second; run faster here, and therefore with some slack."""
    sessions.verify(an_environment())
    sandbox.faults.latency(0.02)
    sandbox.faults.rate_limit(40, burst=20)
    concurrently(
        lambda number: write(
            sessions, "CreateModelPackageGroup", ModelPackageGroupName=f"group-{number}"
        ),
        range(80),
    )
    calls = [call for call in sandbox.calls if call.operation == "CreateModelPackageGroup"]
    throttled = [call for call in calls if call.code != "OK"]
    assert 0 < len(throttled) <= 0.15 * len(calls)
