"""`access iam-policy`: a row for every declared action, and cover for every recorded call."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from access_support import CONSUMER, IMAGE, MODEL, Artifacts, documents, policy
from builders import (
    REGION,
    REGISTRY,
    TRAINING,
    Doc,
    container,
    environment,
    group,
    inference,
    rich,
    unversioned,
    validation,
    version,
    workspace,
)

from reconciler.access.permissions import SCOPES, Mode, On, identity_policy
from reconciler.core.access import IdentityPolicy
from reconciler.core.resources import Desired
from reconciler.kinds import HANDLERS
from reconciler.policy.document import PolicyDocument
from reconciler.policy.matching import Caller, Request, match
from reconciler.render.access import policy_lines, policy_text
from reconciler.render.lines import plain
from reconciler.sandbox.calls import Call

ACCOUNTS = {"registry": REGISTRY, "training": TRAINING}


def full(key: str) -> list[Doc]:
    """Return manifests of every kind, over two accounts, one registering into the other."""
    mixed = group("fraud", modelPackageGroupName="Fraud-Detection", tags={"team": "risk"})
    grants = [
        {"principals": [CONSUMER], "access": ["read", "deploy"]},
        {"principals": [TRAINING], "access": ["register", "approve"]},
    ]
    there = version(
        "there",
        {"environment": "registry", "name": "churn"},
        environment="training",
        inferenceSpecification=inference(container(IMAGE, modelDataUrl=MODEL)),
    )
    return [
        *documents(mixed, version("fraud-1", "fraud"), unversioned(tags={"team": "a"})),
        there,
        policy(key, grants=grants, discoverable=True),
        policy(key, via="grant", modelPackageGroups=["fraud"]) | {"metadata": {"name": "fraud"}},
    ]


def policy_of(docs: list[Doc], name: str, mode: Mode) -> IdentityPolicy:
    found = workspace(docs)
    assert found.is_valid, found.problems
    return identity_policy(found, found.environments[name], mode)


# --- the table


def test_every_action_that_a_handler_declares_has_a_row_and_no_other() -> None:
    declared = {action for each in HANDLERS for action in each.reads | each.writes}
    assert declared == set(SCOPES)


def test_only_actions_without_a_resource_level_are_allowed_on_everything() -> None:
    everything = {action for action, on in SCOPES.items() if On.EVERYTHING in on}
    assert everything == {
        "ram:CreateResourceShare",
        "ram:GetResourceShareAssociations",
        "ram:GetResourceShares",
        "sagemaker:ListModelPackageGroups",
        "sagemaker:Search",
    }
    for mode in Mode:
        for each in policy_of(rich(), "registry", mode).permissions:
            if "*" in each.resources:
                assert set(each.actions) <= everything | {"sts:GetCallerIdentity"}


def test_every_kind_of_resource_is_known() -> None:
    for name in ACCOUNTS:
        found = policy_of(full(f"arn:aws:kms:{REGION}:{TRAINING}:key/1"), name, Mode.APPLY)
        assert found.permissions


# --- the recorded calls


def resources_of(call: Call, docs: list[Doc]) -> Iterator[str]:
    """Yield the ARNs that a call may be judged on; one of them has to be allowed."""
    given = call.parameters
    name = str(given.get("ModelPackageGroupName", ""))
    home = f"arn:aws:sagemaker:{REGION}:{call.account}"
    if name:
        group_arn = name if name.startswith("arn:") else f"{home}:model-package-group/{name}"
        yield group_arn
        short = group_arn.rpartition("/")[2].lower()
        yield f"{group_arn.rpartition(':')[0]}:model-package/{short}/1"
    for member in ("ModelPackageName", "ModelPackageArn", "ResourceArn", "KeyId"):
        value = str(given.get(member, ""))
        if value.startswith("arn:"):
            yield value
        elif value:
            yield f"{home}:model-package/{value.lower()}"
    if repository := given.get("repositoryName"):
        yield f"arn:aws:ecr:{REGION}:{call.account}:repository/{repository}"
    if bucket := given.get("Bucket"):
        yield f"arn:aws:s3:::{bucket}"
    if share := given.get("resourceShareArn"):
        yield str(share)
    yield "*"
    assert docs


def is_covered(call: Call, allowed: IdentityPolicy, docs: list[Doc]) -> bool:
    document = PolicyDocument(allowed.document)
    caller = Caller(f"arn:aws:iam::{call.account}:role/reconciler")
    return any(
        match(statement, Request(caller, call.action, arn), document.version).truth.value
        for statement in document.statements
        for arn in resources_of(call, docs)
    )


def test_the_policy_covers_every_call_of_plan_and_apply(artifacts: Artifacts) -> None:
    lab = artifacts.lab
    docs = full(artifacts.key)
    taken = [
        {**each, "spec": {**each["spec"], "ensure": "absent"}}
        if each["kind"] == "CrossAccountPolicy"
        else each
        for each in docs
    ]
    lab.forget_calls()
    for stage in (docs, taken):
        lab.plan(stage)
        planned = [call for call in lab.server.calls.snapshot() if call.service != "sts"]
        for call in planned:
            name = _environment(call)
            assert is_covered(call, policy_of(stage, name, Mode.PLAN), stage), call
        lab.settle(stage)
        calls = [call for call in lab.server.calls.snapshot() if call.service != "sts"]
        assert {call.service for call in calls} >= {"sagemaker", "ecr", "s3", "kms", "ram"}
        for call in calls:
            name = _environment(call)
            assert is_covered(call, policy_of(stage, name, Mode.APPLY), stage), call
        lab.forget_calls()


def _environment(call: Call) -> str:
    return next(name for name, account in ACCOUNTS.items() if account == call.account)


def test_the_plan_policy_lets_nothing_be_written(artifacts: Artifacts) -> None:
    docs = full(artifacts.key)
    artifacts.lab.settle(docs)
    artifacts.lab.forget_calls()
    artifacts.lab.settle([*docs[:-2], *_narrowed(docs[-2:])])
    writes = artifacts.lab.writes()
    assert writes
    for call in writes:
        assert not is_covered(call, policy_of(docs, _environment(call), Mode.PLAN), docs), call


def _narrowed(policies: list[Doc]) -> list[Doc]:
    grants = [{"principals": [CONSUMER], "access": ["deploy"]}]
    return [{**each, "spec": {**each["spec"], "grants": grants}} for each in policies]


# --- what is looked at though no policy manifest is left


def watched(*names: str, key: str) -> list[Doc]:
    """Return manifests of every kind but policies, watched in some environments."""
    docs = [each for each in full(key) if each["kind"] != "CrossAccountPolicy"]
    for each in docs:
        if each["kind"] == "Environment":
            each["spec"]["watchPolicies"] = each["metadata"]["name"] in names
        if each["metadata"]["name"] == "there":
            each["spec"]["securityConfig"] = {"kmsKeyId": key}
    return docs


def actions_of(docs: list[Doc], name: str, mode: Mode) -> set[str]:
    return {action for each in policy_of(docs, name, mode).permissions for action in each.actions}


@pytest.mark.parametrize("mode", [Mode.PLAN, Mode.APPLY])
def test_watching_without_any_policy_manifest_adds_the_reads_and_nothing_else(mode: Mode) -> None:
    key = f"arn:aws:kms:{REGION}:{TRAINING}:key/1"
    of_versions = {"ecr:GetRepositoryPolicy", "s3:GetBucketPolicy"}
    of_groups = {"sagemaker:GetModelPackageGroupPolicy", "ram:GetResourceShares"}
    of_keys = {"kms:GetKeyPolicy", "kms:ListGrants"}
    cases = {"registry": of_versions | of_groups, "training": of_versions | of_keys}
    for name, reads in cases.items():
        without = actions_of(watched(key=key), name, mode)
        assert not without & reads
        assert actions_of(watched(name, key=key), name, mode) - without == reads


def test_watching_without_any_policy_manifest_calls_only_what_is_covered(
    artifacts: Artifacts,
) -> None:
    lab = artifacts.lab
    docs = watched("registry", "training", key=artifacts.key)
    lab.forget_calls()
    lab.plan(docs)
    calls = [call for call in lab.server.calls.snapshot() if call.service != "sts"]
    assert {call.service for call in calls} >= {"sagemaker", "ecr", "s3", "kms", "ram"}
    for call in calls:
        assert is_covered(call, policy_of(docs, _environment(call), Mode.PLAN), docs), call


# --- what a look for drift reads beyond a plan


def unspoken(artifacts: Artifacts) -> list[Doc]:
    """Return manifests without policies, beside what others made and what nobody declares."""
    docs = [*watched(key=artifacts.key), group("empty")]
    artifacts.lab.settle([*docs, *full(artifacts.key)[-2:]])
    here = artifacts.client("sagemaker", REGISTRY)
    here.create_model_package_group(ModelPackageGroupName="By-Hand")
    for name in ("empty", "By-Hand"):
        here.create_model_package(ModelPackageGroupName=name, InferenceSpecification=SPECIFICATION)
    artifacts.lab.forget_calls()
    return docs


SPECIFICATION = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": MODEL}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def test_the_drift_policy_covers_every_call_of_a_look_for_drift(artifacts: Artifacts) -> None:
    docs = unspoken(artifacts)
    plan = artifacts.lab.plan(docs, watch_everywhere=True).plan
    assert {each.arn.partition("/")[2] for each in plan.unmanaged} >= {"By-Hand", "empty/1"}
    calls = [call for call in artifacts.lab.server.calls.snapshot() if call.service != "sts"]
    assert {call.service for call in calls} >= {"sagemaker", "ecr", "s3", "kms", "ram"}
    beyond: set[str] = set()
    for call in calls:
        name = _environment(call)
        assert is_covered(call, policy_of(docs, name, Mode.DRIFT), docs), call
        if not is_covered(call, policy_of(docs, name, Mode.PLAN), docs):
            beyond.add(call.action)
    assert beyond >= {
        "ecr:GetRepositoryPolicy",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
        "ram:GetResourceShares",
        "s3:GetBucketPolicy",
        "sagemaker:GetModelPackageGroupPolicy",
        "sagemaker:ListModelPackages",
        "sagemaker:ListTags",
    }


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_drift_policy_is_enough_for_a_plan_and_writes_nothing(name: str) -> None:
    key = f"arn:aws:kms:{REGION}:{TRAINING}:key/1"
    writes = {action for each in HANDLERS for action in each.writes}
    for docs in (full(key), watched(key=key), documents(policy(key)), rich()):
        if name not in workspace(docs).environments:
            continue
        drift, plan = (policy_of(docs, name, mode) for mode in (Mode.DRIFT, Mode.PLAN))
        assert pairs(plan) <= pairs(drift)
        assert not writes & {action for action, _ in pairs(drift)}


def pairs(allowed: IdentityPolicy) -> set[tuple[str, str]]:
    return {(name, arn) for each in allowed.permissions for name in each.actions
        for arn in each.resources}  # fmt: skip


def test_a_look_for_drift_signs_in_with_the_role_of_the_plan() -> None:
    role = f"arn:aws:iam::{REGISTRY}:role/plan"
    docs = [environment(assumeRole={"plan": role}), group()]
    found = {each.sid: each for each in policy_of(docs, "registry", Mode.DRIFT).permissions}
    assert found["Sts2"].resources == (role,)


# --- what is in it


def test_other_groups_and_buckets_are_not_in_it() -> None:
    text = policy_text(policy_of(full("arn:aws:kms:eu-west-1:222222222222:key/1"), "training",
        Mode.APPLY), minified=True)  # fmt: skip
    assert "model-package-group/churn" in text
    assert "fraud" not in text.lower()
    assert text.count("\n") == 1


def test_roles_to_assume_and_to_pass_are_named() -> None:
    role = f"arn:aws:iam::{REGISTRY}:role/plan"
    docs = [
        environment(assumeRole={"plan": role}),
        group(),
        version(validationSpecification=validation()),
    ]
    plan = {each.sid: each for each in policy_of(docs, "registry", Mode.PLAN).permissions}
    assert plan["Sts2"].resources == (role,)
    assert "Iam1" not in plan
    applying = policy_of(docs, "registry", Mode.APPLY)
    (passing,) = [each for each in applying.permissions if each.sid == "Iam1"]
    assert passing.resources == (f"arn:aws:iam::{REGISTRY}:role/validator",)
    assert passing.condition
    assert any("unverified" in note for note in applying.notes)
    assert "Sts2" not in {each.sid for each in applying.permissions}


def test_a_bucket_without_a_named_key_may_be_asked_how_it_encrypts() -> None:
    docs = documents(policy("arn:aws:kms:eu-west-1:222222222222:key/1"))
    assert "Encryption" not in str(policy_of(docs, "training", Mode.PLAN).document)
    del docs[-1]["spec"]["artifacts"][0]["keys"]
    for name, mode, asked in (
        ("training", Mode.PLAN, True),
        ("training", Mode.APPLY, False),
        ("registry", Mode.PLAN, False),
    ):
        found = {each.sid: each for each in policy_of(docs, name, mode).permissions}
        assert ("Check1" in found) is asked
    (reading,) = [
        each
        for each in policy_of(docs, "training", Mode.PLAN).permissions
        if "s3:GetEncryptionConfiguration" in each.actions
    ]
    assert reading.resources == ("arn:aws:s3:::acme-artifacts",)


@pytest.mark.parametrize("minified", [True, False])
def test_it_is_a_policy_with_unique_sids(*, minified: bool) -> None:
    found = policy_of(rich(), "registry", Mode.APPLY)
    document = json.loads(policy_text(found, minified=minified))
    sids = [each["Sid"] for each in document["Statement"]]
    assert document["Version"] == "2012-10-17"
    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids)
    text = plain(policy_lines(found))
    assert all(action in text for each in found.permissions for action in each.actions)


def test_a_kind_without_permissions_is_an_error() -> None:
    from reconciler.access.permissions import _resources

    (desired, *_), _ = HANDLERS[0].desire(workspace(rich()))
    unknown: Desired[object] = Desired(
        desired.key, desired.environment, {}, object(), desired.where, desired.locate
    )
    with pytest.raises(TypeError, match="permissions are not known"):
        _resources(unknown)
