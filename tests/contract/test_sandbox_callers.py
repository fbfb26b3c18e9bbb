"""Who calls: accounts by key, roles by AssumeRole, and credentials that are refused."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from sandbox_support import OTHER, REGION, Clock, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT, credentials_for
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

ROLE = f"arn:aws:iam::{OTHER}:role/team/deployer"


def with_keys(server: SandboxServer, service: str, *keys: str | None) -> Any:
    key, secret, token = (*keys, "secret", None)[:3] if len(keys) == 1 else keys
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def assumed(server: SandboxServer, **parameters: Any) -> tuple[Any, Any]:
    """Assume the role; return the answer and an STS client with its credentials."""
    answer = client(server, "sts").assume_role(RoleArn=ROLE, RoleSessionName="ci-1", **parameters)
    found = answer["Credentials"]
    keys = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    return answer, with_keys(server, "sts", *keys)


def test_twelve_digit_key_is_that_account_and_others_are_the_default(
    server: SandboxServer,
) -> None:
    for key, account in ((OTHER, OTHER), ("test", DEFAULT_ACCOUNT)):
        found = with_keys(server, "sts", key).get_caller_identity()
        assert (found["Account"], found["Arn"]) == (account, f"arn:aws:iam::{account}:user/sandbox")


def test_assumed_role_is_who_sts_says_it_is(server: SandboxServer) -> None:
    answer, sts = assumed(server)
    found = sts.get_caller_identity()
    assert found["Account"] == OTHER
    assert found["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/deployer/ci-1"
    assert answer["AssumedRoleUser"]["Arn"] == found["Arn"]
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == found["UserId"]
    assert found["UserId"].startswith("AROA")


def test_assumed_credentials_outlive_the_server() -> None:
    with SandboxServer(None) as first:
        answer, _ = assumed(first)
    keys = answer["Credentials"]
    with SandboxServer(None) as second:
        sts = with_keys(
            second, "sts", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        )
        assert sts.get_caller_identity()["Arn"].endswith("assumed-role/deployer/ci-1")


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"])
def test_real_looking_keys_are_refused(server: SandboxServer, key: str) -> None:
    invalid = "The security token included in the request is invalid"
    with refused("UnrecognizedClientException", invalid):
        with_keys(server, "sagemaker", key).list_model_packages()
    with pytest.raises(ClientError) as caught:
        with_keys(server, "sts", key).get_caller_identity()
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InvalidClientTokenId"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_minted_key_needs_its_own_token(server: SandboxServer) -> None:
    key, secret, token = credentials_for(OTHER, "deployer")
    _, _, foreign = credentials_for(DEFAULT_ACCOUNT, "deployer")
    assert with_keys(server, "sts", key, secret, token).get_caller_identity()["Account"] == OTHER
    for wrong in (foreign, "nonsense", None):
        with refused("InvalidClientTokenId"):
            with_keys(server, "sts", key, secret, wrong).get_caller_identity()


def test_assumed_session_expires() -> None:
    clock = Clock()
    with SandboxServer(None, clock=clock) as server:
        answer, sts = assumed(server, DurationSeconds=900)
        assert answer["Credentials"]["Expiration"].timestamp() == clock() + 900
        clock.advance(899)
        sts.get_caller_identity()
        clock.advance(1)
        with refused("ExpiredToken", "expired"):
            sts.get_caller_identity()
        keys = answer["Credentials"]
        sagemaker = with_keys(
            server, "sagemaker", keys["AccessKeyId"], "secret", keys["SessionToken"]
        )
        with refused("ExpiredTokenException", "expired"):
            sagemaker.list_model_packages()


def test_external_id_is_wanted_where_the_settings_say_so() -> None:
    with SandboxServer(None, settings=SandboxSettings(external_ids={ROLE: "s3cret"})) as server:
        assumed(server, ExternalId="s3cret")
        for wrong in ({}, {"ExternalId": "other"}):
            with refused("AccessDenied", "not authorized to perform: sts:AssumeRole on resource"):
                assumed(server, **wrong)


def test_bad_assume_role_parameters_are_refused(server: SandboxServer) -> None:
    with refused("ValidationError", "durationSeconds", "less than or equal to 43200"):
        assumed(server, DurationSeconds=50_000)
    with refused("ValidationError", "roleSessionName"):
        client(server, "sts").assume_role(RoleArn=ROLE, RoleSessionName="no spaces")


def test_unsigned_request_is_refused(server: SandboxServer) -> None:
    from botocore import UNSIGNED
    from botocore.config import Config

    anonymous = boto3.client(
        "sagemaker",
        endpoint_url=server.url,
        region_name=REGION,
        config=Config(signature_version=UNSIGNED),
    )
    with refused("MissingAuthenticationTokenException"):
        anonymous.list_model_packages()
