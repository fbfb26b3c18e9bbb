"""The guards on principals: what they refuse, let pass, and suggest."""

from __future__ import annotations

import pytest
from guard_cases import (
    ORGANISATION,
    bucket,
    errors,
    found,
)
from policy_samples import (
    CONSUMER,
    ROLE,
    ROOT,
    STRANGER,
    foreign,
    ours,
    theirs,
    without,
)

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.document import Statement
from reconciler.policy.stores import Store


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": [ROLE, "*"]},
        {"AWS": f"arn:aws:iam::{CONSUMER}:role/*"},
        {"AWS": f"arn:aws:iam::{CONSUMER}:role/deploye?"},
        {"AWS": "arn:aws:iam::${aws:PrincipalAccount}:root"},
        {"Service": "*"},
    ],
)
def test_public_principals_of_ours_are_refused(principal: Json) -> None:
    assert len(errors("public-principal", ours(Principal=principal))) == 1
    assert found("public-principal", foreign(Principal=principal)) == []


@pytest.mark.parametrize(
    ("condition", "instead"),
    [
        (ORGANISATION, "the organisation's accounts"),
        ({"StringEquals": {"AWS:principalorgid": ["o-a1b2c3d4e5"]}}, "the organisation's accounts"),
        ({"StringLike": {"aws:PrincipalOrgPaths": "o-a1/r-x/*"}}, "the organisation's accounts"),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, "account ids"),
        ({"StringEquals": {"aws:PrincipalAccount": CONSUMER}}, "account ids"),
    ],
)
def test_no_condition_makes_everyone_a_principal_that_we_write(
    condition: Json, instead: str
) -> None:
    """Design, section 8: public principals are refused. There is no way around it to opt into."""
    (concern,) = errors("public-principal", ours(Principal="*", Condition=condition))
    assert instead in concern.fix
    named = ours(Principal={"AWS": CONSUMER}, Condition=condition)
    assert errors("public-principal", named) == []


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_pattern_names_nobody(effect: str) -> None:
    pattern: Json = {"AWS": f"arn:aws:iam::{CONSUMER}:role/*"}
    (concern,) = errors("principal-form", ours(Principal=pattern, Effect=effect))
    assert "a pattern names nobody" in concern.why
    assert errors("principal-form", ours(Principal="*", Effect=effect)) == []


@pytest.mark.parametrize(
    ("principal", "instead"),
    [
        (CONSUMER, f'{{"AWS": "{CONSUMER}"}}'),
        ({"AWS": f"arn:aws:sts::{CONSUMER}:assumed-role/deployer/ci"}, ROLE),
        ({"AWS": "12345"}, "account ids"),
        ({"AWS": f"arn:aws:iam::{CONSUMER}:group/admins"}, "account ids"),
        ({"AWS": "arn:aws:iam::aws:root2"}, "account ids"),
        ({"AWS": f"arn:aws-cn:iam::{CONSUMER}:root"}, "a principal of aws"),
        ({"Service": "sagemaker.amazonaws.com"}, "account ids"),
        ({"CanonicalUser": "79a5"}, "account ids"),
    ],
)
def test_principals_that_are_not_accounts_roles_or_users(principal: Json, instead: str) -> None:
    (concern,) = errors("principal-form", ours(Principal=principal))
    assert instead in concern.fix
    if isinstance(principal, dict) and "AWS" not in principal:
        assert f"not {next(iter(principal))} principals" in concern.why
    assert found("principal-form", foreign(Principal=principal)) == []


@pytest.mark.parametrize(
    "principal", [CONSUMER, ROOT, ROLE, f"arn:aws:iam::{CONSUMER}:user/team/a.b@c"]
)
def test_accounts_roles_and_users_pass(principal: str) -> None:
    assert errors("principal-form", ours(Principal={"AWS": [principal]})) == []


def test_duplicates_are_found_after_folding() -> None:
    twice: Json = {"AWS": [ROOT, ROLE, CONSUMER]}
    (concern,) = errors("duplicate-principal", ours(Principal=twice))
    assert CONSUMER in concern.what
    assert errors("duplicate-principal", ours(), ours("DeployPackages")) == []
    (concern,) = found("duplicate-principal", foreign(Principal=twice))
    assert concern.level is Level.WARNING
    assert found("duplicate-principal", foreign(Principal=twice), store=Store.BUCKET) == []


@pytest.mark.parametrize("store", Store)
def test_deleted_principals_are_not_echoed_back(store: Store) -> None:
    gone: Json = {"AWS": [ROLE, "AROAEXAMPLE"]}
    (concern,) = errors("dangling-principal", foreign(Principal=gone), store=store)
    assert "author" in concern.fix
    (concern,) = errors("dangling-principal", ours(Principal=gone), store=store)
    assert "author" not in concern.fix


def test_roles_cannot_be_discovered_for() -> None:
    guard = "discoverable-principal"
    assert found(guard, ours()) == []
    (concern,) = found(guard, ours(), discoverable=True)
    assert (concern.level, CONSUMER in concern.fix) == (Level.ERROR, True)
    (concern,) = found(guard, foreign(), discoverable=True)
    assert concern.level is Level.WARNING
    accounts = ours(Principal={"AWS": [ROOT, STRANGER]})
    assert found(guard, accounts, discoverable=True) == []
    assert found(guard, bucket(), store=Store.BUCKET, discoverable=True) == []


@pytest.mark.parametrize(
    ("elements", "public"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": [ROLE, "*"]}}, True),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": {"AWS": ROLE}}, False),
        ({"Principal": "*", "Condition": ORGANISATION}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "word"}}}, True),
        (
            {
                "Principal": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}},
            },
            True,
        ),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:userid": "${x}"}}}, True),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "v"}}}, True),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "v"}}}, True),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}}, True),
    ],
)
def test_public_statements_of_others_are_a_warning(
    elements: dict[str, Json], *, public: bool
) -> None:
    concerns = found("foreign-public", foreign(**elements), theirs(**elements))
    assert [each.level for each in concerns] == [Level.WARNING] * (2 if public else 0)
    assert found("foreign-public", ours(**elements)) == []


def test_whoever_allows_all_but_some_is_public_too() -> None:
    inverted: Statement = {**without(foreign(), "Principal"), "NotPrincipal": {"AWS": ROLE}}
    (concern,) = found("foreign-public", inverted, store=Store.BUCKET)
    assert "RestrictPublicBuckets" in concern.why


def test_an_account_as_principal_is_said_once() -> None:
    statements = [ours(Principal={"AWS": ROOT}), ours("X", Principal={"AWS": [CONSUMER, ROLE]})]
    (concern,) = found("whole-account", *statements)
    assert concern.level is Level.INFO
    assert CONSUMER in concern.what
    more = ours("Y", Principal={"AWS": [STRANGER]})
    (concern,) = found("whole-account", *statements, more)
    assert f"accounts {CONSUMER}, {STRANGER} decide" in concern.what
    assert found("whole-account", foreign(Principal={"AWS": ROOT})) == []
