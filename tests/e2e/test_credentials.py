"""Who calls AWS: proven before anything is read, and explained when it is the wrong one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from e2e_support import ACCOUNT, OTHER, Cli, client, environment, group, version, written

from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

PLAN_ROLE = f"arn:aws:iam::{OTHER}:role/reconciler-plan"
APPLY_ROLE = f"arn:aws:iam::{OTHER}:role/reconciler-apply"
ROLES = ("assumeRole:", f"  plan: {PLAN_ROLE}", f"  apply: {APPLY_ROLE}")
COMMANDS = (("plan",), ("apply", "--yes"))


@pytest.fixture
def manifests(cli: Cli) -> Cli:
    """A working folder whose manifests need an account."""
    cli.write(environment(), group(), version())
    return cli


@pytest.mark.parametrize("command", COMMANDS)
def test_without_credentials_nothing_is_asked_and_every_way_to_sign_in_is_named(
    manifests: Cli, sandbox: SandboxServer, command: tuple[str, ...]
) -> None:
    result = manifests.run(
        *command, "manifests", "--format", "json", env=manifests.env(sandbox, account=None)
    )
    result.ends(1, "error: no AWS credentials were found for environment 'registry'")
    result.ends(1, "aws sso login", "AWS_ACCESS_KEY_ID", "--sandbox")
    assert result.document["document"] == "error"
    assert list(sandbox.calls) == []


def test_half_of_the_credentials_is_not_taken_for_all(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    env = manifests.env(sandbox, account=None, AWS_ACCESS_KEY_ID=ACCOUNT)
    result = manifests.call("plan", "manifests", env=env)
    result.ends(1, "are incomplete", "missing: AWS_SECRET_ACCESS_KEY", "fix: set the missing part")


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_credentials_are_called_wrong_before_anything_is_read(
    manifests: Cli, sandbox: SandboxServer, command: tuple[str, ...]
) -> None:
    env = manifests.env(sandbox, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    result = manifests.call(*command, "manifests", "--format", "json", env=env)
    result.ends(1, "AWS does not accept the credentials", "sts:GetCallerIdentity")
    result.ends(1, "InvalidClientTokenId", "fix: sign in again", "aws sts get-caller-identity")
    assert list(sandbox.calls) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_expired_credentials_are_called_expired(
    manifests: Cli, sandbox: SandboxServer, command: tuple[str, ...]
) -> None:
    key, _, token = credentials_for(ACCOUNT, "deployer", expires=time.time() - 60)
    env = manifests.env(sandbox, AWS_ACCESS_KEY_ID=key, AWS_SESSION_TOKEN=token or "")
    result = manifests.call(*command, "manifests", env=env)
    result.ends(1, "fix: the session has expired: sign in again (`aws sso login`")
    assert list(sandbox.calls) == []


def test_credentials_that_expire_during_an_apply_lose_nothing(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    expire = sandbox.faults.expire_credentials
    sandbox.faults.after(lambda _call: expire(), "CreateModelPackageGroup")
    env = manifests.env(sandbox)
    result = manifests.call("apply", "manifests", "--yes", env=env)
    result.ends(1, "failed    create ModelPackageGroup registry/churn", "the session has expired")
    result.ends(1, "skipped   create ModelPackage registry/churn-v1")
    sandbox.faults.clear()
    again = manifests.call("apply", "manifests", "--yes", env=env)
    again.ends(
        0, "applied   create ModelPackage registry/churn-v1", "Apply: 1 applied, 1 unchanged"
    )
    assert written(sandbox) == ["CreateModelPackageGroup", "CreateModelPackage"]


@pytest.mark.parametrize("command", COMMANDS)
def test_another_account_than_the_environments_is_refused_before_anything_is_read(
    manifests: Cli, sandbox: SandboxServer, command: tuple[str, ...]
) -> None:
    env = manifests.env(sandbox, account=OTHER)
    result = manifests.run(*command, "manifests", "--format", "json", env=env)
    result.ends(1, f"is account {ACCOUNT}, but the credentials are for account {OTHER}")
    result.ends(
        1, "manifests/all.yaml:1:1 names the account", f"use credentials of account {ACCOUNT}"
    )
    assert [call.action for call in sandbox.calls] == ["sts:GetCallerIdentity"]


def test_one_account_of_two_that_cannot_be_reached_leaves_the_other_one_readable(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(
        environment(),
        environment(name="production", account=OTHER),
        group(),
        group(environment="production"),
    )
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    result.ends(1, "? unknown ModelPackageGroup churn", f"credentials are for account {ACCOUNT}")
    result.ends(1, "applied   create ModelPackageGroup registry/churn", "fix: use credentials of")
    assert [call.account for call in sandbox.calls.writes()] == [ACCOUNT]


def test_a_profile_that_does_not_exist_is_answered_with_those_that_do(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    config = manifests.home / ".aws"
    config.mkdir()
    (config / "config").write_text("[profile registry]\nregion = eu-west-1\n", encoding="utf-8")
    result = manifests.call(
        "plan", "manifests", "--profile", "registri", env=manifests.env(sandbox)
    )
    result.ends(1, "AWS profile 'registri' not found", "know: registry", "fix: name one of them")


def test_a_profile_chosen_on_the_command_line_gives_the_credentials(
    manifests: Cli, sandbox: SandboxServer
) -> None:
    config = manifests.home / ".aws"
    config.mkdir()
    text = f"[registry]\naws_access_key_id = {ACCOUNT}\naws_secret_access_key = x\n"
    (config / "credentials").write_text(text, encoding="utf-8")
    env = manifests.env(sandbox, account=None)
    result = manifests.call("plan", "manifests", "--profile", "registry", env=env)
    result.ends(0, "Plan: 2 to create")


# --- assumed roles


@pytest.fixture
def role_sandbox() -> Iterator[SandboxServer]:
    """A sandbox whose roles ask for an external id."""
    ids = {PLAN_ROLE: "acme-1234", APPLY_ROLE: "acme-1234"}
    with SandboxServer(None, settings=SandboxSettings(external_ids=ids)) as server:
        yield server


def test_plan_and_apply_each_assume_their_own_role_with_the_external_id(
    cli: Cli, role_sandbox: SandboxServer
) -> None:
    cli.write(environment(*ROLES, "  externalId: acme-1234", account=OTHER), group())
    env = cli.env(role_sandbox)
    cli.call("plan", "manifests", env=env).ends(0, "Plan: 1 to create")
    assumed = [call.parameters for call in role_sandbox.calls.of("AssumeRole")]
    assert [(each["RoleArn"], each["ExternalId"]) for each in assumed] == [(PLAN_ROLE, "acme-1234")]
    role_sandbox.calls.clear()
    cli.call("apply", "manifests", "--yes", env=env).ends(0, "Apply: 1 applied.")
    assumed = [call.parameters for call in role_sandbox.calls.of("AssumeRole")]
    assert [each["RoleArn"] for each in assumed] == [APPLY_ROLE]
    (created,) = role_sandbox.calls.writes()
    assert created.account == OTHER
    assert ":assumed-role/reconciler-apply/" in created.caller_arn


@pytest.mark.parametrize("lines", [(), ("  externalId: acme-4321",)], ids=["missing", "wrong"])
def test_a_role_that_refuses_the_external_id_is_explained_and_nothing_is_read(
    cli: Cli, role_sandbox: SandboxServer, lines: tuple[str, ...]
) -> None:
    cli.write(environment(*ROLES, *lines, account=OTHER), group())
    result = cli.call("plan", "manifests", "--format", "json", env=cli.env(role_sandbox))
    result.ends(1, f"could not assume {PLAN_ROLE}", "external id", "trust policy")
    assert {call.service for call in role_sandbox.calls} == {"sts"}


def test_a_role_that_may_not_be_assumed_is_named_with_who_tried(
    cli: Cli, sandbox: SandboxServer
) -> None:
    sandbox.faults.deny("sts:AssumeRole", resource=APPLY_ROLE)
    cli.write(environment(*ROLES, account=OTHER), group())
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    result.ends(1, f"arn:aws:iam::{ACCOUNT}:user/sandbox could not assume {APPLY_ROLE}")
    result.ends(1, f"fix: check that {APPLY_ROLE} exists", "sts:AssumeRole")
    assert written(sandbox) == []


def test_a_role_of_another_account_than_the_environments_is_refused(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment("assumeRole:", f"  plan: {PLAN_ROLE}"), group())
    result = cli.call("plan", "manifests", env=cli.env(sandbox))
    result.ends(1, f"is account {ACCOUNT}, but the credentials are for account {OTHER}")
    result.ends(1, "correct accountId or assumeRole.plan at manifests/all.yaml:1:1")
    assert {call.service for call in sandbox.calls} == {"sts"}


def test_a_caller_that_is_the_role_already_does_not_assume_it_again(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(*ROLES, account=OTHER), group())
    env = cli.env(sandbox, account=OTHER, role="reconciler-plan")
    cli.call("plan", "manifests", env=env).ends(0, "Plan: 1 to create")
    assert sandbox.calls.of("AssumeRole") == []


# --- a group that another account owns


def policy(action: str) -> str:
    """Return the policy by which the group's owner lets the other account in."""
    statement = {
        "Sid": "training",
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": action,
        "Resource": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package*/churn*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def across(cli: Cli, sandbox: SandboxServer) -> Cli:
    """Manifests that register a version from one account in a live group of another one."""
    cli.write(
        environment(),
        environment(name="training", account=OTHER),
        group(),
        version(environment="training", group="{environment: registry, name: churn}"),
    )
    result = cli.call(
        "apply", "manifests", "--yes", "--kind", "ModelPackageGroup", env=cli.env(sandbox)
    )
    result.ends(0, "Apply: 1 applied.")
    return cli


def test_a_version_is_registered_in_another_accounts_group_that_lets_it_in(
    across: Cli, sandbox: SandboxServer
) -> None:
    client(sandbox).put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=policy("sagemaker:*")
    )
    env = across.env(sandbox, account=OTHER)
    only = ("manifests", "--environment", "training")
    across.call("apply", "--yes", *only, env=env).ends(
        0, "applied   create ModelPackage training/churn-v1"
    )
    (created,) = sandbox.calls.of("CreateModelPackage")
    assert created.account == OTHER
    across.call("plan", *only, env=env).ends(0, "No changes.")


def test_without_the_groups_policy_a_foreign_group_is_unknown_and_never_absent(
    across: Cli, sandbox: SandboxServer
) -> None:
    sandbox.calls.clear()
    env = across.env(sandbox, account=OTHER)
    result = across.call("apply", "--yes", "manifests", "--environment", "training", env=env)
    result.ends(1, "? unknown ModelPackage churn-v1", "sagemaker:ListModelPackages")
    result.ends(
        1, "fix: allow sagemaker:ListModelPackages on", f"{ACCOUNT}:model-package-group/churn"
    )
    assert written(sandbox) == []


def test_registering_without_the_groups_policy_fails_and_names_the_policy_to_change(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(
        environment(),
        environment(*ROLES, name="training", account=OTHER),
        group(),
        version(environment="training", group="{environment: registry, name: churn}"),
    )
    env = cli.env(sandbox)
    result = cli.call("apply", "manifests", "--yes", env=env)
    result.ends(1, "applied   create ModelPackageGroup registry/churn")
    result.ends(1, "failed    create ModelPackage training/churn-v1")
    result.ends(
        1, "fix: allow sagemaker:CreateModelPackage to ", "in the resource policy of arn:aws:"
    )
    client(sandbox).put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=policy("sagemaker:*")
    )
    again = cli.call("apply", "manifests", "--yes", env=env)
    again.ends(0, "applied   create ModelPackage training/churn-v1")
    cli.call("plan", "manifests", env=env).ends(0, "No changes.")
