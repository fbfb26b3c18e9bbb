"""Applying policies twice: the second run reads each document once and writes nothing."""

from __future__ import annotations

from collections import Counter

from live import assert_clean, assert_done
from policy_lab import (
    BUCKET,
    DEPLOYER,
    DOCUMENTS,
    PRODUCTION,
    READ,
    PolicyLab,
    accounts,
    artifacts,
    everything,
    grants,
    ours,
    policy,
    principals,
    statements,
)

from reconciler.core.plan import Verb


def test_one_apply_leads_to_every_document_in_three_accounts(policies: PolicyLab) -> None:
    report = policies.settle(everything(policies))
    assert {each.key.kind for each in report.outcomes} == {
        "ModelPackageGroup",
        "ModelPackageGroupPolicy",
        "RepositoryPolicy",
        "BucketPolicy",
        "KeyPolicy",
        "KeyGrants",
    }
    assert {each.key.environment for each in report.outcomes} == {
        "registry",
        "training",
        "production",
    }
    for store in DOCUMENTS:
        assert {PRODUCTION, DEPLOYER} <= principals(ours(policies, store)), store
    assert {each["GranteePrincipal"] for each in grants(policies)} == {
        DEPLOYER,
        f"arn:aws:iam::{PRODUCTION}:root",
        "arn:aws:iam::111111111111:root",
    }
    assert any(BUCKET in str(each["Resource"]) for each in ours(policies, "bucket"))


def test_the_second_run_writes_nothing_however_the_documents_are_shuffled(
    policies: PolicyLab,
) -> None:
    documents = everything(policies)
    policies.settle(documents)
    for _ in range(4):
        assert_clean(policies.plan(documents).plan)
        policies.forget_calls()
        assert_done(policies.apply(documents))
        assert policies.writes() == []


def test_a_plan_reads_each_document_once_and_a_key_at_most_twice_and_its_grants(
    policies: PolicyLab,
) -> None:
    documents = everything(policies)
    policies.settle(documents)
    policies.forget_calls()
    planned = policies.plan(documents)
    assert all(action.verb is Verb.NONE for action in planned.plan.actions)
    read: Counter[tuple[str, str]] = Counter()
    for call in policies.server.calls.snapshot():
        named = ("ModelPackageGroupName", "repositoryName", "Bucket", "KeyId")
        target = next((str(call.parameters[name]) for name in named if name in call.parameters), "")
        read[call.operation, target] += 1
    for operation in READ.values():
        assert {count for (name, _), count in read.items() if name == operation} == {1}, operation
    for key in (policies.key, policies.granting):
        calls = {name: count for (name, target), count in read.items() if target == key}
        assert calls == {"GetKeyPolicy": 1, "DescribeKey": 1, "ListGrants": 1}


def test_what_a_service_reports_of_principals_and_orders_is_no_change(
    policies: PolicyLab,
) -> None:
    """The order in a manifest, an id beside its root ARN, and a level named twice mean nothing."""
    granted = [{"principals": [PRODUCTION, DEPLOYER], "access": ["read", "deploy"]}]
    policies.settle([*accounts(), policy(grants=granted, artifacts=artifacts(policies))])
    before = {store: statements(policies, store) for store in DOCUMENTS}
    respelled = [
        {"principals": [DEPLOYER, f"arn:aws:iam::{PRODUCTION}:root"], "access": ["deploy"]},
        {"principals": [PRODUCTION, DEPLOYER], "access": ["deploy", "read", "read"]},
    ]
    policies.forget_calls()
    policies.settle([*accounts(), policy(grants=respelled, artifacts=artifacts(policies))])
    assert policies.writes() == []
    assert {store: statements(policies, store) for store in DOCUMENTS} == before
