"""Fixtures of the sandbox's contract tests: plain boto3 against a server, or a real account.

Tests that use only `registry` and `group` also run against AWS (marker `aws`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT, credentials_for
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

REGION = "eu-west-1"
OTHER = "222222222222"
THIRD = "333333333333"
IMAGE = f"{DEFAULT_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn:1.0"
SPEC = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://acme-models/churn/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
PROFILE = {
    "ValidationRole": f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/validator",
    "ValidationProfiles": [
        {
            "ProfileName": "smoke",
            "TransformJobDefinition": {
                "TransformInput": {
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://acme/in/"}
                    }
                },
                "TransformOutput": {"S3OutputPath": "s3://acme/out/"},
                "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            },
        }
    ],
}

Clients = Callable[..., Any]


class Clock:
    """A time that only moves when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def client(  # noqa: PLR0913 - all but the server by name, all with defaults
    server: SandboxServer | str,
    service: str = "sagemaker",
    *,
    account: str = DEFAULT_ACCOUNT,
    role: str | None = None,
    region: str = REGION,
    check_locally: bool = True,
) -> Any:
    """Return a client without retries, so that tests see each answer; a URL will do as server."""
    key, secret, token = credentials_for(account, role)
    return boto3.client(
        service,
        endpoint_url=server if isinstance(server, str) else server.url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(
            parameter_validation=check_locally,
            retries={"total_max_attempts": 1},
            max_pool_connections=40,
        ),
    )


@contextmanager
def refused(code: str, *fragments: str) -> Iterator[None]:
    """Expect an error answer with this code and these parts of its message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for fragment in fragments:
        assert fragment in error["Message"], error["Message"]


def versions(registry: Any, group: str, count: int = 1, **members: Any) -> list[str]:
    """Register versions and return their ARNs."""
    return [
        registry.create_model_package(
            ModelPackageGroupName=group, InferenceSpecification=SPEC, **members
        )["ModelPackageArn"]
        for _ in range(count)
    ]


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SandboxServer]:
    with SandboxServer(None) as server:
        yield server


@pytest.fixture
def server(shared_server: SandboxServer) -> SandboxServer:
    shared_server.clear()
    return shared_server


@pytest.fixture(scope="session")
def shared_registry(request: pytest.FixtureRequest) -> Any:
    if request.config.getoption("--aws", default=False):
        return boto3.client("sagemaker")
    return client(request.getfixturevalue("shared_server"))


@pytest.fixture
def registry(request: pytest.FixtureRequest, shared_registry: Any) -> Any:
    if not request.config.getoption("--aws", default=False):
        request.getfixturevalue("server")
    return shared_registry


@pytest.fixture
def group(registry: Any) -> Iterator[str]:
    """An empty group with a mixed-case name; removed with its versions when on a real account."""
    name = f"Sandbox-{uuid.uuid4().hex[:8]}"
    registry.create_model_package_group(ModelPackageGroupName=name)
    yield name
    with suppress(ClientError):
        listed = registry.list_model_packages(ModelPackageGroupName=name, MaxResults=100)
        for package in listed["ModelPackageSummaryList"]:
            registry.delete_model_package(ModelPackageName=package["ModelPackageArn"])
        registry.delete_model_package_group(ModelPackageGroupName=name)


@pytest.fixture
def served() -> Iterator[Callable[..., tuple[SandboxServer, Any, Clock]]]:
    """Start servers with settings of their own; gives (server, client, clock)."""
    running: list[SandboxServer] = []

    def start(**settings: Any) -> tuple[SandboxServer, Any, Clock]:
        clock = Clock()
        server = SandboxServer(None, settings=SandboxSettings(**settings), clock=clock)
        running.append(server.start())
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        return server, registry, clock

    yield start
    for server in running:
        server.stop()
