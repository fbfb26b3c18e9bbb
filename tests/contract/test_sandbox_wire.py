"""The wire: persistent connections, other services by moto, and errors that clients can read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox_support import OTHER, REGION, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.errors import SandboxFault
from reconciler.sandbox.server import SandboxServer

SIGNED = f"AWS4-HMAC-SHA256 Credential=test/20270101/{REGION}/sagemaker/aws4_request, Signature=x"


def post(connection: HTTPConnection, operation: str, body: str) -> tuple[int, dict[str, Any]]:
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Authorization": SIGNED}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_one_connection_serves_many_calls(server: SandboxServer) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        status, answer = post(connection, "ListModelPackageGroups", "{}")
        assert (status, answer) == (200, {"ModelPackageGroupSummaryList": []})
        assert connection.sock is not None
        assert connection.sock.getsockname() == local
    connection.close()


def test_unreadable_or_wrongly_typed_bodies_are_serialization_errors(
    server: SandboxServer,
) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    for body in ("{", "[]", '{"ModelPackageGroupName": 5}', '{"ModelPackageGroupName": ["a"]}'):
        status, answer = post(connection, "CreateModelPackageGroup", body)
        assert (status, answer["__type"]) == (400, "SerializationException"), body
    connection.close()


def test_operation_nobody_has_is_a_json_error(server: SandboxServer) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    for operation in ("NoSuchOperation", "ListEdgePackagingJobs"):
        status, answer = post(connection, operation, "{}")
        assert (status, answer["__type"]) == (400, "UnknownOperationException")
        assert operation in answer["message"]
    connection.close()


def test_other_services_and_operations_are_motos_by_account(server: SandboxServer) -> None:
    client(server, "ecr").create_repository(repositoryName="trees")
    found = client(server, "ecr").describe_repositories()["repositories"]
    expected = f"arn:aws:ecr:{REGION}:{DEFAULT_ACCOUNT}:repository/trees"
    assert [repository["repositoryArn"] for repository in found] == [expected]
    assert client(server, "ecr", account=OTHER).describe_repositories()["repositories"] == []
    assert client(server).list_models()["Models"] == []
    with refused("RepositoryPolicyNotFoundException"):
        client(server, "ecr").get_repository_policy(repositoryName="trees")


def test_objects_pass_through_unharmed(server: SandboxServer) -> None:
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="acme", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="acme", Key="a b/ü.txt", Body=b"\x00hello")
    assert s3.get_object(Bucket="acme", Key="a b/ü.txt")["Body"].read() == b"\x00hello"
    assert s3.head_object(Bucket="acme", Key="a b/ü.txt")["ContentLength"] == 6
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="acme")
    names = [(call.action, call.is_write, call.code) for call in server.calls]
    assert names == [
        ("s3:CreateBucket", True, "OK"),
        ("s3:PutObject", True, "OK"),
        ("s3:GetObject", False, "OK"),
        ("s3:HeadObject", False, "OK"),
        ("s3:GetBucketPolicy", False, "NoSuchBucketPolicy"),
    ]


def test_calls_are_recorded_with_their_outcome(server: SandboxServer) -> None:
    registry = client(server)
    registry.create_model_package_group(ModelPackageGroupName="churn")
    with refused("ValidationException"):
        registry.create_model_package_group(ModelPackageGroupName="churn")
    registry.list_model_package_groups()
    client(server, "sts").get_caller_identity()
    first, second, third, fourth = server.calls
    assert (first.service, first.operation, first.account, first.region) == (
        "sagemaker",
        "CreateModelPackageGroup",
        DEFAULT_ACCOUNT,
        REGION,
    )
    assert first.parameters == {"ModelPackageGroupName": "churn"}
    assert [call.code for call in (first, second, third, fourth)] == [
        "OK",
        "ValidationException",
        "OK",
        "OK",
    ]
    assert server.calls.writes() == [first, second]


def test_only_the_loopback_address_is_served() -> None:
    with pytest.raises(SandboxFault, match="loopback"):
        SandboxServer(None, host="0.0.0.0")  # noqa: S104 - the refusal is the test


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_aws_cli_talks_to_it(server: SandboxServer) -> None:
    client(server).create_model_package_group(ModelPackageGroupName="churn")
    command = ["aws", "--endpoint-url", server.url, "--region", REGION, "--output", "json"]
    finished = subprocess.run(
        [*command, "sagemaker", "list-model-package-groups"],
        env={
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    (group,) = json.loads(finished.stdout)["ModelPackageGroupSummaryList"]
    assert group["ModelPackageGroupName"] == "churn"
