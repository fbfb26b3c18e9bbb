"""Whose credentials are used, and the proof of the account before anything else is called."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_stub import (
    ACCOUNT,
    FixedCaller,
    Received,
    Refusal,
    StubAws,
    a_stub,
    a_user,
    an_environment,
    denied,
    sessions_to,
)

from reconciler.aws.api import AwsFault, FaultKind, concurrently
from reconciler.aws.credentials import is_role
from reconciler.aws.sessions import AmbientSessions, Mode, Sessions
from reconciler.aws.timing import Timing
from reconciler.core.environment import AssumeRole, CallerIdentity

OTHER = "222222222222"
PLAN = f"arn:aws:iam::{OTHER}:role/teams/ml/plan"
APPLY = f"arn:aws:iam::{OTHER}:role/teams/ml/apply"
ROLES = AssumeRole(plan=PLAN, apply=APPLY, external_id="shared-word")

AWS_VARIABLES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Take every ambient credential away; return the folder for configuration files."""
    for name in AWS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def search(sessions: Sessions, environment: Any) -> None:
    sessions.reads().call(environment, "sagemaker", "Search", {"Resource": "ModelPackage"})


def test_the_account_is_proven_once_before_the_first_call() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        search(sessions, an_environment())
        search(sessions, an_environment())
        sessions.writes().call(
            an_environment(), "sagemaker", "DeleteModelPackage", {"ModelPackageName": "a"}
        )
        assert stub.operations == ["GetCallerIdentity", "Search", "Search", "DeleteModelPackage"]


def test_another_account_is_a_fault_and_nothing_is_read() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        environment = an_environment(account_id=OTHER)
        for _ in range(2):
            with pytest.raises(AwsFault) as caught:
                search(sessions, environment)
        fault = caught.value
        assert fault.kind is FaultKind.CREDENTIALS
        assert fault.code == "AccountMismatch"
        assert OTHER in fault.what
        assert ACCOUNT in fault.what
        assert f"arn:aws:iam::{ACCOUNT}:user/ci" in fault.why
        assert "manifests/environments.yaml:3" in fault.why
        assert "--profile" in fault.fix
        assert stub.operations == ["GetCallerIdentity"]


def test_one_identity_call_serves_all_environments_that_share_the_caller() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        environments = [an_environment(f"e{n}", region=f"eu-west-{n}") for n in (1, 2, 3)]
        concurrently(sessions.verify, environments)
        assert stub.counts["GetCallerIdentity"] == 1


def test_different_callers_are_asked_at_the_same_time() -> None:
    stub = StubAws(identities={f"AKIA{n}": a_user() for n in range(4)}, delay=0.15)
    caller = FixedCaller("AKIA0", **{f"e{n}": f"AKIA{n}" for n in range(4)})
    with stub, sessions_to(stub, caller=caller) as sessions:
        environments = [an_environment(f"e{n}") for n in range(4)]
        concurrently(sessions.verify, environments)
        assert stub.counts["GetCallerIdentity"] == 4
        assert stub.most_at_once >= 2


@pytest.mark.parametrize(("mode", "role"), [(Mode.PLAN, PLAN), (Mode.APPLY, APPLY)])
def test_the_role_of_the_mode_is_assumed(mode: Mode, role: str) -> None:
    with a_stub() as stub, sessions_to(stub, mode=mode) as sessions:
        environment = an_environment(account_id=OTHER, region="eu-north-1", assume_role=ROLES)
        search(sessions, environment)
        assert stub.operations == ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity", "Search"]
        assumed = stub.received[1]
        assert assumed.parameters["RoleArn"] == role
        assert assumed.parameters["ExternalId"] == "shared-word"
        assert assumed.parameters["RoleSessionName"] == f"reconciler-{mode}"
        assert assumed.region == "eu-north-1"
        assert [one.access_key for one in stub.received[:2]] == ["AKIACALLER"] * 2
        assert {one.access_key[:4] for one in stub.received[2:]} == {"ASIA"}
        name = role.rsplit("/", 1)[1]
        assert sessions.verify(environment).arn == (
            f"arn:aws:sts::{OTHER}:assumed-role/{name}/reconciler-{mode}"
        )


@pytest.mark.parametrize("mode", Mode)
def test_who_calls_is_told_as_sts_says_it_and_whether_that_is_to_write(mode: Mode) -> None:
    with a_stub() as stub, sessions_to(stub, mode=mode) as sessions:
        plain, elsewhere = an_environment(), an_environment("e", OTHER, assume_role=ROLES)
        user, role = (sessions.reads().caller(each) for each in (plain, elsewhere))
        applies = mode is Mode.APPLY
        assert user == CallerIdentity(a_user()[1], applies)
        name = "apply" if applies else "plan"
        session = f"arn:aws:sts::{OTHER}:assumed-role/{name}/reconciler-{mode}"
        assert role == CallerIdentity(session, applies)
        search(sessions, plain)
        assert stub.counts["GetCallerIdentity"] == 2
        if applies:
            assert sessions.writes().caller(plain) == user


def test_who_calls_is_not_told_for_another_account() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions, pytest.raises(AwsFault):
        sessions.reads().caller(an_environment(account_id=OTHER))


def test_no_external_id_is_sent_where_none_is_given() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        sessions.verify(an_environment(account_id=OTHER, assume_role=AssumeRole(apply=APPLY)))
        assert "ExternalId" not in stub.received[1].parameters


def test_a_role_for_the_other_mode_only_leaves_the_callers_own_credentials() -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        sessions.verify(an_environment(assume_role=AssumeRole(apply=APPLY)))
        assert stub.operations == ["GetCallerIdentity"]


def test_who_is_in_the_role_already_does_not_assume_it_again() -> None:
    arn = f"arn:aws:sts::{OTHER}:assumed-role/plan/GitHubActions"
    stub = StubAws(identities={"AKIACALLER": (OTHER, arn)})
    with stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        search(sessions, an_environment(account_id=OTHER, assume_role=ROLES))
        assert stub.operations == ["GetCallerIdentity", "Search"]


@pytest.mark.parametrize(
    ("caller", "role", "same"),
    [
        (f"arn:aws:sts::{OTHER}:assumed-role/plan/s", PLAN, True),
        (f"arn:aws:sts::{OTHER}:assumed-role/plan/s", f"arn:aws:iam::{OTHER}:role/plan", True),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/plan/s", PLAN, False),
        (f"arn:aws:sts::{OTHER}:assumed-role/apply/s", PLAN, False),
        (f"arn:aws-cn:sts::{OTHER}:assumed-role/plan/s", PLAN, False),
        (f"arn:aws:iam::{OTHER}:user/plan", PLAN, False),
        (f"arn:aws:sts::{OTHER}:federated-user/plan", PLAN, False),
        (f"arn:aws:iam::{OTHER}:root", PLAN, False),
    ],
)
def test_a_caller_is_compared_with_a_role(caller: str, role: str, *, same: bool) -> None:
    assert is_role(caller, role) is same


def test_a_role_of_the_wrong_account_is_found_out() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            search(sessions, an_environment(assume_role=ROLES))
        assert caught.value.code == "AccountMismatch"
        assert APPLY in caught.value.why
        assert "assumeRole.apply" in caught.value.fix
        assert "Search" not in stub.operations


def test_a_refused_role_names_itself_and_the_trust_policy() -> None:
    def refuse(received: Received) -> Mapping[str, Any]:
        role = received.parameters["RoleArn"]
        text = f"User: x is not authorized to perform: sts:AssumeRole on resource: {role}"
        raise Refusal("AccessDenied", text, 403)

    with a_stub(AssumeRole=refuse) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            search(sessions, an_environment(account_id=OTHER, assume_role=ROLES))
        assert caught.value.kind is FaultKind.CREDENTIALS
        assert caught.value.operation == "AssumeRole"
        assert APPLY in caught.value.what
        assert "trust policy" in caught.value.fix


def test_a_role_that_runs_out_is_assumed_again_while_calls_are_in_flight() -> None:
    expired = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30))
    with a_stub() as stub, sessions_to(stub, parallelism=1) as sessions:
        first = stub._assume

        def short_lived(received: Received) -> Mapping[str, Any]:
            answer = first(received)
            return {**answer, "Credentials": {**answer["Credentials"], "Expiration": expired}}

        stub.replies["AssumeRole"] = short_lived
        environment = an_environment(account_id=OTHER, assume_role=ROLES)
        search(sessions, environment)
        search(sessions, environment)
        assert stub.counts["AssumeRole"] >= 2


def test_expired_credentials_say_sign_in_again() -> None:
    def expired(_received: Received) -> Mapping[str, Any]:
        raise Refusal("ExpiredToken", "The security token included in the request is expired", 403)

    with a_stub(GetCallerIdentity=expired) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            sessions.verify(an_environment())
        assert caught.value.kind is FaultKind.CREDENTIALS
        assert "aws sso login" in caught.value.fix
        assert stub.counts["GetCallerIdentity"] == 1


def test_a_fault_while_reading_is_the_environments_own() -> None:
    with a_stub(Search=denied) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            search(sessions, an_environment())
        assert caught.value.kind is FaultKind.DENIED
        assert caught.value.permission == "sagemaker:Search"


def test_a_caller_without_credentials_is_told_how_to_get_some(bare: Path) -> None:
    assert not list(bare.iterdir())
    with Sessions(AmbientSessions(), mode=Mode.PLAN) as sessions:
        with pytest.raises(AwsFault) as caught:
            sessions.verify(an_environment())
        assert caught.value.kind is FaultKind.CREDENTIALS
        assert "environment 'registry' (111111111111, eu-west-1)" in caught.value.what
        assert "--sandbox" in caught.value.fix


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_profile_that_does_not_exist_lists_those_that_do(
    bare: Path, monkeypatch: pytest.MonkeyPatch, *, by_variable: bool
) -> None:
    (bare / "config").write_text("[profile prod]\nregion=eu-west-1\n[profile dev]\n")
    if by_variable:
        monkeypatch.setenv("AWS_PROFILE", "prd")
    caller = AmbientSessions(None if by_variable else "prd")
    with pytest.raises(AwsFault) as caught:
        caller.session(an_environment())
    assert caught.value.kind is FaultKind.CREDENTIALS
    assert caught.value.what == "AWS profile 'prd' not found"
    assert "dev, prod" in caught.value.why


def test_the_profile_that_was_named_is_used_and_only_one_session_made(bare: Path) -> None:
    (bare / "credentials").write_text(
        "[ci]\naws_access_key_id = AKIACALLER\naws_secret_access_key = secret\n"
    )
    caller = AmbientSessions("ci")
    assert caller.session(an_environment()) is caller.session(an_environment("other"))
    with a_stub() as stub:
        with Sessions(caller, mode=Mode.PLAN, endpoint_url=stub.url) as sessions:
            assert sessions.verify(an_environment()).account_id == ACCOUNT
        assert stub.received[0].access_key == "AKIACALLER"


def test_an_endpoint_from_the_environment_is_honoured(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not list(bare.iterdir())
    with a_stub() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url)
        with Sessions(FixedCaller(), mode=Mode.PLAN) as sessions:
            search(sessions, an_environment())
        assert stub.operations == ["GetCallerIdentity", "Search"]


def test_one_client_is_made_for_each_purpose_however_many_ask() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        environment = an_environment()
        reads, writes = sessions.reads(), sessions.writes()
        clients = concurrently(
            lambda _: reads._connect(environment, "sagemaker", ""),  # type: ignore[attr-defined]
            range(16),
        )
        assert len({id(client) for client in clients}) == 1
        assert writes._connect(environment, "sagemaker", "") is not clients[0]  # type: ignore[attr-defined]


def test_nothing_of_boto_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, reconciler.aws.api, reconciler.aws.sessions as s;"
        "s.Sessions(s.AmbientSessions(None), mode=s.Mode.PLAN);"
        "sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_defaults_are_patient() -> None:
    assert Timing().read_timeout >= 30
