"""Who would be locked out of a policy: the role that applies, or whoever calls where none is named.

The caller of the sandbox is a user of each account, and a session of the role that is assumed.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import TRAINING, Doc
from policy_lab import BUCKET, PolicyLab, of_store, ours, put_text, statement, text_of

from reconciler.core.outcome import Status
from reconciler.core.plan import Level, Note, Plan
from reconciler.sandbox.calls import Call

CALLER = f"arn:aws:iam::{TRAINING}:user/sandbox"
WRITER, READER = (f"arn:aws:iam::{TRAINING}:role/teams/{each}" for each in ("applies", "plans"))
WARNED = ["repository", "bucket"]
CHANGE = {
    "repository": "ecr:SetRepositoryPolicy",
    "bucket": "s3:PutBucketPolicy",
    "key": "kms:PutKeyPolicy",
}


def shut_out(lab: PolicyLab, store: str, *who: str) -> None:
    """Add a Deny to change the policy, as somebody who gets past the services' own checks."""
    denial = statement(store, "NotYou", Effect="Deny", Action=CHANGE[store])
    denial["Principal"] = {"AWS": list(who)}
    if store == "bucket":
        denial["Resource"] = f"arn:aws:s3:::{BUCKET}"
    text = text_of(lab, store)
    document: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17"}
    document.setdefault("Statement", []).append(denial)
    new = json.dumps(document)
    if store == "repository":
        lab.boto(TRAINING, "ecr").set_repository_policy(
            repositoryName="decision-trees", policyText=new, force=True
        )
    elif store == "bucket":
        lab.boto(TRAINING, "s3").put_bucket_policy(
            Bucket=BUCKET, Policy=new, ConfirmRemoveSelfBucketAccess=True
        )
    else:
        lab.boto(TRAINING, "kms").put_key_policy(
            KeyId=lab.key, Policy=new, BypassPolicyLockoutSafetyCheck=True
        )


def manifests(lab: PolicyLab, store: str, **roles: str) -> list[Doc]:
    """Return manifests that lead to statements in one document; `roles` are `assumeRole`."""
    documents = of_store(lab, store)
    if roles:
        documents[1]["spec"]["assumeRole"] = roles
    return documents


def lockouts(plan: Plan) -> list[Note]:
    return [
        note for action in plan.actions for note in action.notes if note.code.endswith("-lockout")
    ]


@pytest.mark.parametrize("store", WARNED)
@pytest.mark.parametrize("applies", [False, True])
def test_without_a_declared_role_the_caller_is_who_would_be_locked_out(
    policies: PolicyLab, store: str, *, applies: bool
) -> None:
    shut_out(policies, store, CALLER)
    documents = manifests(policies, store)
    plan = policies.apply(documents).plan if applies else policies.plan(documents).plan
    (note,) = lockouts(plan)
    assert (note.code, note.level) == (f"{store}-lockout", Level.WARNING)
    assert "NotYou" in note.text
    assert f"{CALLER} {CHANGE[store]}" in note.text
    assert "assumeRole.apply" in note.fix
    assert not plan.refusals


def test_a_key_policy_that_its_caller_could_not_change_again_is_refused_in_plan_and_apply(
    policies: PolicyLab,
) -> None:
    shut_out(policies, "key", CALLER)
    documents = manifests(policies, "key")
    report = policies.apply(documents)
    assert {each.status for each in report.outcomes} <= {
        Status.REFUSED, Status.SKIPPED, Status.UNCHANGED
    }  # fmt: skip
    for plan in (report.plan, policies.plan(documents).plan):
        (refusal,) = plan.refusals
        assert refusal.guard == "key-lockout"
        assert CALLER in refusal.what
        assert "assumeRole.apply" in refusal.fix
    assert ours(policies, "key") == []


@pytest.mark.parametrize("store", CHANGE)
def test_a_declared_role_is_who_matters_and_not_the_caller_of_the_plan(
    policies: PolicyLab, store: str
) -> None:
    shut_out(policies, store, CALLER, READER)
    documents = manifests(policies, store, apply=WRITER)
    assert lockouts(policies.plan(documents).plan) == []
    assert lockouts(policies.plan(manifests(policies, store, apply=WRITER, plan=READER)).plan) == []
    report = policies.settle(documents)
    assert lockouts(report.plan) == []


@pytest.mark.parametrize("store", CHANGE)
def test_the_declared_role_that_would_be_locked_out_is_told_though_another_plans(
    policies: PolicyLab, store: str
) -> None:
    shut_out(policies, store, WRITER)
    assert lockouts(policies.plan(manifests(policies, store)).plan) == []
    (note,) = lockouts(policies.plan(manifests(policies, store, apply=WRITER)).plan)
    assert "NotYou" in note.text
    assert "assumeRole.apply" not in note.fix
    assert note.level is (Level.ERROR if store == "key" else Level.WARNING)


@pytest.mark.parametrize("store", CHANGE)
def test_with_a_role_for_planning_only_a_plan_does_not_know_who_applies_but_apply_does(
    policies: PolicyLab, store: str
) -> None:
    shut_out(policies, store, READER, CALLER)
    documents = manifests(policies, store, plan=READER)
    assert lockouts(policies.plan(documents).plan) == []
    (note,) = lockouts(policies.apply(documents).plan)
    assert CALLER in note.text


def test_a_lockout_that_comes_between_plan_and_write_is_not_written(policies: PolicyLab) -> None:
    """The caller of the write is judged on the document that is really put."""
    documents = manifests(policies, "key")
    policies.settle([each for each in documents if each["kind"] != "CrossAccountPolicy"])
    planned = policies.plan(documents)
    assert not planned.plan.refusals
    reads = 0

    def intrude(_call: Call) -> None:
        nonlocal reads
        reads += 1
        if reads == 2:  # the engine's own read was the first one
            shut_out(policies, "key", CALLER)

    policies.server.faults.before(intrude, "GetKeyPolicy")
    report = policies.execute(planned)
    policies.server.faults.clear()
    (found,) = [each for each in report.outcomes if each.key.kind == "KeyPolicy"]
    assert found.status is Status.STALE
    assert CALLER in found.why
    assert ours(policies, "key") == []


def test_what_the_caller_itself_may_change_is_enough_to_keep_a_key(policies: PolicyLab) -> None:
    """Its account may not, and no role is declared: known from who calls alone."""
    document = json.loads(text_of(policies, "key") or "")
    looking = ["kms:GetKeyPolicy", "kms:DescribeKey", "kms:ListGrants"]
    own = statement("key", "Administration", Principal={"AWS": CALLER}, Action="kms:*")
    document["Statement"] = [{**document["Statement"][0], "Action": looking}, own]
    put_text(policies, "key", json.dumps(document))
    assert not policies.settle(manifests(policies, "key")).plan.refusals
    assert ours(policies, "key")
