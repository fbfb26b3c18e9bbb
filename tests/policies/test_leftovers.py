"""Access that was left behind: the manifest has vanished, or a block of it, and nobody asked."""

from __future__ import annotations

from collections import Counter

from builders import REGION, TRAINING, Doc, container, group, inference, version
from live import assert_clean
from policy_lab import (
    BUCKET,
    REPOSITORY,
    PolicyLab,
    accounts,
    artifacts,
    grants,
    ours,
    policy,
)

from reconciler.core.plan import Action, Level, Plan, Verb

IMAGE = f"{TRAINING}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}@sha256:{'ab' * 32}"
MODEL = f"s3://{BUCKET}/churn/model.tar.gz"


BYSTANDER = [
    group("other"),
    policy("bystander", modelPackageGroups=["other"]),
]
"""A policy of another group: somebody still speaks of policies."""


def using(lab: PolicyLab) -> list[Doc]:
    """Return a version, in the artifacts' account, of what the policies let others read."""
    return [
        group("theirs", "training"),
        version(
            "theirs-v1",
            "theirs",
            environment="training",
            inferenceSpecification=inference(container(IMAGE, modelDataUrl=MODEL)),
            securityConfig={"kmsKeyId": lab.key},
        ),
    ]


def warnings(plan: Plan) -> list[tuple[str, str, str]]:
    """Return kind, code and text of all warnings."""
    return [
        (action.key.kind, note.code, note.text)
        for action in plan.actions
        for note in action.notes_of(Level.WARNING)
        if note.code.startswith("orphaned")
    ]


def of_kind(plan: Plan, kind: str) -> Action:
    (found,) = [each for each in plan.actions if each.key.kind == kind]
    return found


def test_the_policy_of_a_group_is_seen_when_its_manifest_has_vanished(
    policies: PolicyLab,
) -> None:
    """One call a group that no policy names, and nothing is deleted."""
    documents = [*accounts(), *BYSTANDER]
    policies.settle([*documents, policy()])
    policies.forget_calls()
    plan = policies.plan(documents).plan
    assert_clean(plan)
    calls = Counter(call.operation for call in policies.server.calls.snapshot())
    sids = [each["Sid"] for each in ours(policies, "group")]
    found = warnings(plan)
    assert sorted(text.split()[1] for _, _, text in found) == sorted(sids)
    assert {(kind, code) for kind, code, _ in found} == {
        ("ModelPackageGroupPolicy", "orphaned-statement")
    }
    assert calls["GetModelPackageGroupPolicy"] == 2
    policies.apply(documents)
    assert len(ours(policies, "group")) == len(sids), "nothing is deleted"


def test_without_any_policy_manifest_no_policy_is_looked_at(policies: PolicyLab) -> None:
    documents = [*accounts(), *using(policies)]
    policies.settle(documents)
    policies.forget_calls()
    assert_clean(policies.plan(documents).plan)
    services = {call.service for call in policies.server.calls.snapshot()}
    operations = {call.operation for call in policies.server.calls.snapshot()}
    assert services == {"sagemaker"}
    assert "GetModelPackageGroupPolicy" not in operations


def test_what_versions_are_made_of_is_looked_at_when_its_manifest_has_vanished(
    policies: PolicyLab,
) -> None:
    both = [{"keyArn": policies.key}]
    named = [policy(artifacts=artifacts(policies, keys=both))]
    granting = [{"environment": "training", "keys": [{"keyArn": policies.key, "via": "grant"}]}]
    named.append(policy("granting", artifacts=granting))
    documents = [*accounts(), *using(policies), *BYSTANDER]
    policies.settle([*documents, *named])
    before = [ours(policies, store) for store in ("repository", "bucket", "key")]
    assert all(before)
    assert grants(policies, policies.key)
    policies.forget_calls()
    plan = policies.plan(documents).plan
    assert_clean(plan)
    assert {(kind, code) for kind, code, _ in warnings(plan)} == {
        ("ModelPackageGroupPolicy", "orphaned-statement"),
        ("RepositoryPolicy", "orphaned-statement"),
        ("BucketPolicy", "orphaned-statement"),
        ("KeyPolicy", "orphaned-statement"),
        ("KeyGrants", "orphaned-grant"),
    }
    calls = Counter(call.operation for call in policies.server.calls.snapshot())
    for operation in ("GetRepositoryPolicy", "GetBucketPolicy", "GetKeyPolicy", "ListGrants"):
        assert calls[operation] == 1


def test_a_block_that_was_dropped_from_a_living_manifest_is_taken_away_in_sight(
    policies: PolicyLab,
) -> None:
    policies.settle([*accounts(), *using(policies), policy(artifacts=artifacts(policies))])
    documents = [*accounts(), *using(policies), policy()]
    plan = policies.plan(documents).plan
    assert of_kind(plan, "RepositoryPolicy").verb is Verb.DELETE
    assert of_kind(plan, "BucketPolicy").verb is Verb.DELETE
    policies.settle(documents)
    assert ours(policies, "repository") == ours(policies, "bucket") == []


def test_what_is_only_looked_for_and_may_not_be_read_is_no_failure(policies: PolicyLab) -> None:
    reads = ("GetRepositoryPolicy", "GetBucketPolicy", "GetKeyPolicy", "ListGrants")
    documents = [*accounts(), *using(policies), *BYSTANDER]
    policies.settle(documents)
    for operation in reads:
        policies.server.faults.deny(operation)
    plan = policies.plan(documents).plan
    policies.server.faults.clear()
    assert_clean(plan)
    infos = {
        (action.key.kind, note.code)
        for action in plan.actions
        for note in action.notes_of(Level.INFO)
        if note.code.endswith("-not-read")
    }
    assert infos == {
        ("RepositoryPolicy", "policy-not-read"),
        ("BucketPolicy", "policy-not-read"),
        ("KeyPolicy", "policy-not-read"),
        ("KeyGrants", "grants-not-read"),
    }
