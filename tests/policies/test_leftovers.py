"""Access that was left behind: the manifest has vanished, or a block of it, and nobody asked."""

from __future__ import annotations

from collections import Counter

from builders import REGION, TRAINING, Doc, container, group, inference, version
from live import assert_clean, lab_with
from policy_lab import (
    BUCKET,
    PRODUCTION,
    REPOSITORY,
    PolicyLab,
    accounts,
    artifacts,
    furnished,
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


# --- when no policy manifest is left at all


def left_behind(lab: PolicyLab) -> list[Doc]:
    """Return manifests without any policy, where one has left something of every kind."""
    keys = [{"keyArn": lab.key}]
    access: Doc = {"discoverable": True}
    access["grants"] = [{"principals": [PRODUCTION], "access": ["deploy"]}]
    granting = [{"environment": "training", "keys": [{"keyArn": lab.key, "via": "grant"}]}]
    documents = [*accounts(), *using(lab)]
    lab.settle(
        [
            *documents,
            policy(artifacts=artifacts(lab, keys=keys), **access),
            policy("granting", artifacts=granting),
        ]
    )
    lab.forget_calls()
    return documents


def watching(documents: list[Doc], *names: str) -> list[Doc]:
    """Return the manifests with `watchPolicies` in some environments."""
    return [
        {**each, "spec": {**each["spec"], "watchPolicies": True}}
        if each["kind"] == "Environment" and each["metadata"]["name"] in names
        else each
        for each in documents
    ]


IN_REGISTRY = {
    ("ModelPackageGroupPolicy", "orphaned-statement"),
    ("ResourceShare", "orphaned-share"),
}
IN_TRAINING = {
    ("RepositoryPolicy", "orphaned-statement"),
    ("BucketPolicy", "orphaned-statement"),
    ("KeyPolicy", "orphaned-statement"),
    ("KeyGrants", "orphaned-grant"),
}


def test_what_the_last_policy_manifest_left_is_seen_where_the_environment_asks_for_it(
    policies: PolicyLab,
) -> None:
    documents = left_behind(policies)
    cases: list[tuple[list[str], set[tuple[str, str]]]] = [
        ([], set()),
        (["registry"], IN_REGISTRY),
        (["training"], IN_TRAINING),
        (["registry", "training"], IN_REGISTRY | IN_TRAINING),
    ]
    for names, expected in cases:
        plan = policies.plan(watching(documents, *names)).plan
        assert_clean(plan)
        assert {(kind, code) for kind, code, _ in warnings(plan)} == expected, names
        policies.apply(watching(documents, *names))
    assert policies.writes() == []


def test_a_command_can_ask_to_look_everywhere_whatever_the_environments_say(
    policies: PolicyLab,
) -> None:
    documents = left_behind(policies)
    plan = policies.plan(documents, watch_everywhere=True).plan
    assert_clean(plan)
    assert {(kind, code) for kind, code, _ in warnings(plan)} == IN_REGISTRY | IN_TRAINING


def test_what_is_looked_at_for_a_command_alone_and_may_not_be_read_is_unknown(
    policies: PolicyLab,
) -> None:
    """Unknown, with the permission that is missing, and no failure: nobody asked for access."""
    documents = left_behind(policies)
    reads = {
        "GetModelPackageGroupPolicy": "sagemaker:GetModelPackageGroupPolicy",
        "GetRepositoryPolicy": "ecr:GetRepositoryPolicy",
        "GetBucketPolicy": "s3:GetBucketPolicy",
        "GetKeyPolicy": "kms:GetKeyPolicy",
        "ListGrants": "kms:ListGrants",
        "GetResourceShares": "ram:GetResourceShares",
    }
    for operation in reads:
        policies.server.faults.deny(operation)
    plan = policies.plan(documents, watch_everywhere=True).plan
    policies.server.faults.clear()
    assert_clean(plan)
    notes = [
        note
        for action in plan.actions
        for note in action.notes_of(Level.INFO)
        if note.code.endswith("-not-read")
    ]
    assert all("unknown" in each.text for each in notes)
    for permission in reads.values():
        assert any(permission in each.fix for each in notes), permission
    (bucket,) = [each for each in notes if "s3:GetBucketPolicy" in each.fix]
    assert "another account owns the bucket" in bucket.fix


def test_an_account_that_is_only_looked_at_and_cannot_be_signed_in_to_is_no_failure() -> None:
    """Who looks for drift may have no way into the account that owns an image."""
    with lab_with() as plain:
        lab = furnished(plain)
        made = inference(container(IMAGE))
        documents = [*accounts(), version(inferenceSpecification=made)]
        lab.settle(documents)
        lab.server.faults.expire_credentials(account=TRAINING)
        plan = lab.plan(documents, watch_everywhere=True).plan
        lab.server.faults.clear()
        assert_clean(plan)
        action = of_kind(plan, "RepositoryPolicy")
        assert [(note.code, note.level) for note in action.notes] == [
            ("policy-not-read", Level.INFO)
        ]
        assert "expired" in action.notes[0].text
        assert action.notes[0].fix


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
