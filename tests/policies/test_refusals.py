"""Guards on the merged documents: refused in plan and in apply, with what to write instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import Doc
from live import Lab, assert_done, lab_with
from policy_lab import (
    DEPLOYER,
    DOCUMENTS,
    GROUP_ARN,
    KINDS,
    PRODUCTION,
    PolicyLab,
    accounts,
    add_foreign,
    artifacts,
    foreign,
    furnished,
    grants,
    of_store,
    ours,
    policy,
    put_text,
    statement,
    statements,
    text_of,
)

from reconciler.cli.exits import report_exit
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Level, Refusal
from reconciler.errors import ExitCode
from reconciler.policy.guards import GUARDS

PACKAGES = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/*"
ALLOW: Doc = {
    "Effect": "Allow",
    "Principal": {"AWS": [DEPLOYER]},
    "Action": ["sagemaker:DescribeModelPackage"],
    "Resource": [PACKAGES],
}


def without(*elements: str, **more: Any) -> Doc:
    return {key: value for key, value in ALLOW.items() if key not in elements} | more


RAW: dict[str, tuple[str, Doc, str]] = {
    "everyone": ("public-principal", ALLOW | {"Principal": "*"}, "account ids, or ARNs of roles"),
    "a pattern": (
        "public-principal",
        ALLOW | {"Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:role/*"}},
        "account ids, or ARNs of roles",
    ),
    "everyone in an organisation": (
        "public-principal",
        ALLOW
        | {
            "Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        },
        "the organisation's accounts",
    ),
    "a denial that locks us out": (
        "group-lockout",
        ALLOW
        | {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sagemaker:PutModelPackageGroupPolicy"],
            "Resource": [GROUP_ARN],
        },
        "the principals of other accounts",
    ),
    "a service": (
        "principal-form",
        ALLOW | {"Principal": {"Service": "sagemaker.amazonaws.com"}},
        "account ids, or ARNs of roles",
    ),
    "a session": (
        "principal-form",
        ALLOW | {"Principal": {"AWS": f"arn:aws:sts::{PRODUCTION}:assumed-role/deployer/ci"}},
        f"arn:aws:iam::{PRODUCTION}:role/deployer",
    ),
    "twice the same": (
        "duplicate-principal",
        ALLOW | {"Principal": {"AWS": [PRODUCTION, f"arn:aws:iam::{PRODUCTION}:root"]}},
        f"{PRODUCTION}, once",
    ),
    "a deleted role": (
        "dangling-principal",
        ALLOW | {"Principal": {"AWS": "AROAEXAMPLEEXAMPLE1"}},
        "the ARN of a principal that exists",
    ),
    "everyone but": (
        "inverted-allow",
        without("Principal", NotPrincipal={"AWS": DEPLOYER}),
        "Principal with what is meant",
    ),
    "everything but": (
        "inverted-allow",
        without("Action", NotAction="sagemaker:DeleteModelPackage"),
        "Action with what is meant",
    ),
    "all actions": ("wildcard-action", ALLOW | {"Action": "sagemaker:*"}, "the single actions"),
    "a blank in an action": (
        "action-form",
        ALLOW | {"Action": "sagemaker:DescribeModelPackage "},
        "write instead: sagemaker:DescribeModelPackage",
    ),
    "another service": (
        "action-form",
        ALLOW | {"Action": "s3:GetObject"},
        "an action of sagemaker",
    ),
    "what AWS's example says": (
        "resource-form",
        ALLOW | {"Resource": "arn:aws:s3:::{bucket}"},
        f"{GROUP_ARN} or {PACKAGES}",
    ),
    "another group": (
        "other-resource",
        ALLOW | {"Resource": PACKAGES.replace("churn", "fraud")},
        f"{GROUP_ARN} or {PACKAGES}",
    ),
    "an action on what it does not act on": (
        "action-on-resource",
        ALLOW | {"Resource": GROUP_ARN},
        "each with the actions that act on it",
    ),
}


def refused(lab: Lab, documents: list[Doc]) -> dict[str, Refusal]:
    """Require that plan and apply refuse, that apply writes nothing, and return why, by guard."""
    planned = lab.plan(documents).plan
    lab.forget_calls()
    report = lab.apply(documents)
    assert report.plan.refusals == planned.refusals
    assert report_exit(report) is ExitCode.REFUSED
    assert lab.writes() == []
    assert Status.REFUSED in {each.status for each in report.outcomes}
    assert not [each for each in report.outcomes if each.status is Status.APPLIED]
    return {each.guard: each for each in planned.refusals}


@pytest.mark.parametrize("case", RAW)
def test_a_statement_that_a_guard_refuses_is_not_applied_and_says_what_to_write(
    policies: PolicyLab, case: str
) -> None:
    guard, raw, instead = RAW[case]
    policies.settle(accounts())
    refusals = refused(policies, [*accounts(), policy(statements=[raw])])
    assert instead in refusals[guard].fix
    assert refusals[guard].why
    assert refusals[guard].where is not None
    assert text_of(policies, "group") is None


def test_a_raw_statement_that_no_guard_refuses_is_applied(policies: PolicyLab) -> None:
    """What is refused above is refused for the one thing in which it differs from this."""
    policies.settle([*accounts(), policy(grants=[], statements=[ALLOW])])
    (found,) = ours(policies, "group")
    assert found["Principal"] == {"AWS": [DEPLOYER]}


def test_a_denial_is_marked_in_the_plan_when_it_comes_and_when_it_goes(
    policies: PolicyLab,
) -> None:
    """Also where the whole document goes with it."""
    denial = ALLOW | {"Effect": "Deny"}
    with_denial = [*accounts(), policy(grants=[], statements=[denial])]
    notes = [note for action in policies.plan(with_denial).plan.actions for note in action.notes]
    (came,) = [each for each in notes if each.code == "denies-access"]
    assert f"{DEPLOYER} (production)" in came.text
    assert "sagemaker:DescribeModelPackage" in came.text
    policies.settle(with_denial)
    gone = [*accounts(), policy(ensure="absent")]
    notes = [note for action in policies.plan(gone).plan.actions for note in action.notes]
    (went,) = [each for each in notes if each.code == "widens-access"]
    assert "no longer denies" in went.text


def test_one_refused_statement_keeps_everything_else_from_being_applied(
    policies: PolicyLab,
) -> None:
    raw = [ALLOW | {"Principal": "*"}]
    refused(policies, [*accounts(), policy(artifacts=artifacts(policies), statements=raw)])
    assert text_of(policies, "repository") is None


def test_roles_are_refused_on_a_group_that_is_to_be_discoverable(policies: PolicyLab) -> None:
    policies.settle(accounts())
    raw = policy(discoverable=True, statements=[ALLOW])
    refusals = refused(policies, [*accounts(), raw])
    assert f"the account {PRODUCTION}" in refusals["discoverable-principal"].fix


# --- through live documents


ADMINISTRATOR = "arn:aws:iam::222222222222:role/reconciler"


def break_administration(lab: PolicyLab, *more: Doc) -> None:
    """Put a key policy that lets the key's account look, but not put another one."""
    document = json.loads(text_of(lab, "key") or "")
    looking = ["kms:GetKeyPolicy", "kms:DescribeKey", "kms:ListGrants"]
    document["Statement"] = [{**document["Statement"][0], "Action": looking}, *more]
    kms = lab.boto("222222222222", "kms")
    kms.put_key_policy(
        KeyId=lab.key, Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=True
    )


def test_a_key_that_nobody_could_change_again_is_not_written(policies: PolicyLab) -> None:
    policies.settle(accounts())
    break_administration(policies)
    refusals = refused(policies, of_store(policies, "key"))
    assert "kms:*" in refusals["key-lockout"].fix
    assert ours(policies, "key") == []


def test_a_key_that_only_the_applying_role_administers_may_be_written(
    policies: PolicyLab,
) -> None:
    everything = {"Principal": {"AWS": ADMINISTRATOR}, "Action": "kms:*"}
    break_administration(policies, statement("key", "Administration", **everything))
    documents = of_store(policies, "key")
    documents[1]["spec"]["assumeRole"] = {"apply": ADMINISTRATOR}
    report = policies.settle(documents)
    assert not report.plan.refusals
    assert ours(policies, "key")


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_deleted_role_in_a_statement_of_others_is_not_sent_back(
    policies: PolicyLab, store: str
) -> None:
    policies.settle(accounts())
    gone = "arn:aws:iam::444444444444:role/gone"
    add_foreign(policies, store, "Theirs", Principal={"AWS": [gone, PRODUCTION]})
    policies.server.principals.delete(gone)
    assert "AROA" in str(foreign(policies, store))
    refusals = refused(policies, of_store(policies, store))
    assert "Theirs" in refusals["dangling-principal"].what
    assert "author" in refusals["dangling-principal"].fix


def test_a_deleted_role_is_reported_where_nothing_is_to_be_written(policies: PolicyLab) -> None:
    policies.settle(of_store(policies, "group"))
    gone = "arn:aws:iam::444444444444:role/gone"
    add_foreign(policies, "group", "Theirs", Principal={"AWS": [gone]})
    policies.server.principals.delete(gone)
    planned = policies.plan(of_store(policies, "group")).plan
    (note,) = [each for a in planned.actions for each in a.notes if "AROA" in each.text]
    assert (note.code, note.level) == ("dangling-principal", Level.WARNING)
    assert not planned.refusals


def test_public_statements_of_others_are_a_warning_and_do_not_block(policies: PolicyLab) -> None:
    add_foreign(policies, "repository", "Open", Principal="*")
    report = policies.settle(of_store(policies, "repository"))
    notes = [note for action in report.plan.actions for note in action.notes]
    (found,) = [each for each in notes if each.code == "foreign-public"]
    assert "Open" in found.text
    assert any("Open" in each["Sid"] for each in foreign(policies, "repository"))


@pytest.mark.parametrize(
    ("store", "count", "limit"), [("group", 400, "20,480"), ("repository", 200, "10,240")]
)
def test_a_document_that_grows_too_large_is_refused_before_any_call(
    policies: PolicyLab, store: str, count: int, limit: str
) -> None:
    policies.settle(accounts())
    roles = [f"arn:aws:iam::{PRODUCTION}:role/a-role-of-theirs-{n:04}" for n in range(count)]
    granted = [{"principals": roles, "access": ["deploy"]}]
    refusals = refused(policies, of_store(policies, store, grants=granted))
    assert limit in refusals["size"].what
    assert "accounts in place of many roles" in refusals["size"].fix


def test_what_others_have_counts_towards_the_size(policies: PolicyLab) -> None:
    policies.settle(accounts())
    condition = {"StringEquals": {"aws:PrincipalTag/x": "y" * 9_600}}
    add_foreign(policies, "repository", "Long", Condition=condition)
    assert "10,240" in refused(policies, of_store(policies, "repository"))["size"].what


def test_every_guard_has_a_case_here_or_is_known_to_have_none() -> None:
    """By its code: a guard that is added is added here."""
    here = {guard for guard, _, _ in RAW.values()} | {
        "discoverable-principal",
        "key-lockout",
        "size",
        "foreign-public",
    }
    only_in_unit_tests = {
        "statement-form": "what manifests hold is refused offline before (E242)",
        "own-denial": "no manifest leads to a Deny beyond the group policy",
        "bucket-lockout": "a warning, in test_lockouts",
        "repository-lockout": "a warning, in test_lockouts",
        "charset": "what is rendered and what is parsed is escaped before",
        "whole-account": "a remark, below",
    }
    assert {each.__name__.replace("_", "-") for each in GUARDS} == here | only_in_unit_tests.keys()


def test_a_whole_account_is_said_to_be_one(policies: PolicyLab) -> None:
    planned = policies.plan(of_store(policies, "repository")).plan
    texts = [note.text for action in planned.actions for note in action.notes]
    assert any(f"account {PRODUCTION} decides itself" in text for text in texts)


# --- carriers


def failures(report: Report) -> dict[str, str]:
    return {
        each.key.kind: f"{each.why} {each.fix}"
        for each in report.outcomes
        if each.status is Status.FAILED
    }


def test_repositories_buckets_and_keys_that_are_not_there_are_named(policies: PolicyLab) -> None:
    key = policies.key[:-12] + "000000000000"
    part = {
        "environment": "training",
        "repositories": ["no-such"],
        "buckets": [{"name": "no-such-bucket"}],
        "keys": [{"keyArn": key}, {"keyArn": key.replace("-000", "-111"), "via": "grant"}],
    }
    report = policies.apply([*accounts(), policy(artifacts=[part])])
    assert report_exit(report) is ExitCode.FAILURE
    found = failures(report)
    assert "no repository no-such" in found["RepositoryPolicy"]
    assert "no bucket no-such-bucket" in found["BucketPolicy"]
    assert f"no key {key}" in found["KeyPolicy"]
    assert "no key" in found["KeyGrants"]
    assert ours(policies, "group"), "the rest is applied"


def test_what_is_not_there_needs_no_removal(policies: PolicyLab) -> None:
    gone = [{"name": "no-such", "ensure": "absent"}]
    part = {"environment": "training", "repositories": gone}
    assert_done(policies.apply([*accounts(), policy(artifacts=[part])]))


@pytest.mark.parametrize("via", ["keyPolicy", "grant"])
def test_a_key_that_aws_manages_is_refused(policies: PolicyLab, via: str) -> None:
    kms = policies.boto("222222222222", "kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    policies.settle(accounts())
    part = {"environment": "training", "keys": [{"keyArn": managed["Arn"], "via": via}]}
    refusals = refused(policies, [*accounts(), policy(artifacts=[part])])
    assert "customer managed key" in refusals["aws-managed-key"].fix


def test_a_live_document_that_cannot_be_parsed_is_never_overwritten() -> None:
    garbled = (
        '{"Version":"2012-10-17","Statement":[],"Statement":'
        + json.dumps([statement("group")])
        + "}"
    )
    with lab_with(policy_readback="verbatim") as plain:
        lab = furnished(plain)
        lab.settle(accounts())
        put_text(lab, "group", garbled)
        lab.forget_calls()
        report = lab.apply([*accounts(), policy()])
        assert lab.writes() == []
        assert text_of(lab, "group") == garbled
    (outcome,) = [each for each in report.outcomes if each.key.kind == KINDS["group"]]
    assert outcome.status is Status.FAILED
    assert 'key "Statement" stands twice' in outcome.why
    assert "repair the document" in outcome.fix


# --- principals that AWS does not know


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_role_that_is_new_is_waited_for(policies: PolicyLab, store: str) -> None:
    granted = [{"principals": [DEPLOYER], "access": ["read", "deploy"]}]
    policies.settle(accounts())
    policies.server.principals.appear_later(DEPLOYER, attempts=2)
    policies.settle(of_store(policies, store, grants=granted))
    assert 2.0 in policies.pauses
    assert ours(policies, store)


def test_a_grantee_that_is_new_is_waited_for(policies: PolicyLab) -> None:
    keys = [{"keyArn": policies.granting, "via": "grant"}]
    part = {"environment": "training", "keys": keys}
    granted = [{"principals": [DEPLOYER], "access": ["deploy"]}]
    policies.settle(accounts())
    policies.server.principals.appear_later(DEPLOYER, attempts=3)
    policies.settle([*accounts(), policy(grants=granted, artifacts=[part])])
    assert DEPLOYER in {each["GranteePrincipal"] for each in grants(policies)}
    assert len({each["Name"] for each in grants(policies)}) == 2


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_role_that_never_appears_fails_with_its_document_and_nothing_else(
    policies: PolicyLab, store: str
) -> None:
    unknown = f"arn:aws:iam::{PRODUCTION}:role/misspelt"
    policies.server.principals.delete(unknown)
    policies.settle(accounts())
    before = statements(policies, store)
    granted = [{"principals": [unknown], "access": ["deploy"]}]
    report = policies.apply(of_store(policies, store, grants=granted))
    (outcome,) = [each for each in report.outcomes if each.key.kind == KINDS[store]]
    assert outcome.status is Status.FAILED
    assert "principal" in f"{outcome.why} {outcome.fix}".lower()
    assert statements(policies, store) == before
    assert sum(policies.pauses) >= 60
