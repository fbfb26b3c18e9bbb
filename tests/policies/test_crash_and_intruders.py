"""Crashes at every write, and others who write at every moment, against the services themselves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from builders import Doc
from live import CrashingAws, Lab, assert_converged, assert_done
from policy_lab import (
    DEPLOYER,
    DOCUMENTS,
    KINDS,
    PRODUCTION,
    PUT,
    READ,
    PolicyLab,
    accounts,
    add_foreign,
    all_live,
    assert_no_duplicates,
    everything,
    foreign,
    furnished,
    grants,
    of_store,
    ours,
    policy,
    sent,
    text_of,
    without_ours,
)

from reconciler.core.outcome import Outcome, Status
from reconciler.engine.apply import ApplyOptions
from reconciler.sandbox.calls import Call

ONE_AT_A_TIME = ApplyOptions(parallelism=1, timeout=5.0)


# --- crashes


def start_anew(lab: Lab, *, edited: bool) -> tuple[PolicyLab, list[Doc]]:
    """Return an empty AWS, or one where edits and removals are to come, and what is to be there."""
    lab.server.clear()
    policies = furnished(lab)
    if not edited:
        return policies, everything(policies)
    policies.settle(everything(policies))
    fewer = [{"principals": [DEPLOYER], "access": ["read", "deploy"]}]
    changed = everything(policies, grants=fewer)
    changed[-1]["spec"]["artifacts"][0]["repositories"] = [
        {"name": "decision-trees", "ensure": "absent"}
    ]
    policies.forget_calls()
    return policies, changed


def without_arns(policies: PolicyLab) -> str:
    """Return all that is live, with the keys' random ids made equal."""
    text = json.dumps(all_live(policies), sort_keys=True)
    return text.replace(policies.key, "KEY").replace(policies.granting, "GRANTING")


@pytest.mark.parametrize("edited", [False, True], ids=["creating", "changing"])
def test_a_crash_after_any_write_leaves_no_trace_after_the_next_run(
    lab: Lab, *, edited: bool
) -> None:
    policies, documents = start_anew(lab, edited=edited)
    policies.settle(documents)
    expected, count = without_arns(policies), len(policies.writes())
    assert count >= 5
    for k in range(1, count + 1):
        policies, documents = start_anew(lab, edited=edited)
        crashing = CrashingAws(policies.applying.writes(), k, takes_effect=True)
        policies.execute(policies.plan(documents), writes=crashing, options=ONE_AT_A_TIME)
        assert crashing.crashed
        assert len(policies.writes()) == k
        policies.settle(documents)
        assert without_arns(policies) == expected, f"after a crash at write {k}"
        assert_no_duplicates(policies)
        policies.forget_calls()
        policies.settle(documents)
        assert policies.writes() == []


def test_a_grant_that_changes_is_created_before_the_old_one_is_revoked(
    policies: PolicyLab,
) -> None:
    """Access never stops in between; after a crash between the two the old one is still found."""
    narrow = [{"keyArn": policies.granting, "via": "grant"}]
    part = {"environment": "training", "keys": narrow}
    documents = [*accounts(), policy(artifacts=[part])]
    policies.settle(documents)
    name, grantee = (grants(policies)[0][each] for each in ("Name", "GranteePrincipal"))
    kms = policies.boto("222222222222", "kms")
    wider = kms.create_grant(
        KeyId=policies.granting,
        Name=name,
        GranteePrincipal=grantee,
        Operations=["Decrypt", "Encrypt", "DescribeKey"],
    )
    for each in kms.list_grants(KeyId=policies.granting)["Grants"]:
        if each["Name"] == name and each["GrantId"] != wider["GrantId"]:
            kms.revoke_grant(KeyId=policies.granting, GrantId=each["GrantId"])
    policies.forget_calls()
    policies.settle(documents)
    assert [each.operation for each in policies.writes()] == ["CreateGrant", "RevokeGrant"]
    assert_no_duplicates(policies)
    assert_converged(policies, documents)


@pytest.mark.parametrize("operation", [*PUT.values(), "CreateGrant"])
def test_a_lost_answer_leaves_nothing_to_do_after_one_more_run_and_nothing_twice(
    policies: PolicyLab, operation: str
) -> None:
    """A document is read instead, in the same run; a grant is found by its name in the next."""
    policies.server.faults.lose_answer(operation)
    report = policies.apply(everything(policies), options=ONE_AT_A_TIME)
    failed = [each for each in report.outcomes if each.status is Status.FAILED]
    assert len(failed) == (operation == "CreateGrant")
    policies.server.faults.clear()
    policies.settle(everything(policies))
    assert_no_duplicates(policies)
    assert_converged(policies, everything(policies))


def test_two_runs_at_the_same_time_leave_one_of_each(policies: PolicyLab) -> None:
    documents = everything(policies)
    both = [policies.plan(documents), policies.plan(documents)]
    for planned in both:
        assert_done(policies.execute(planned))
    assert_no_duplicates(policies)
    assert_converged(policies, documents)


# --- others who write at the same time

WIDER = [{"principals": [PRODUCTION, DEPLOYER], "access": ["read", "deploy"]}]


def adding(lab: PolicyLab, store: str) -> None:
    add_foreign(lab, store, "Added", "Added", "")


def undoing(lab: PolicyLab, store: str) -> None:
    without_ours(lab, store)


def intrude(lab: PolicyLab, store: str, act: Callable[[PolicyLab, str], None], nth: int) -> None:
    """Let somebody else act once: before our `nth` read of a document, counted from now."""
    done: list[Call] = []

    def hook(call: Call) -> None:
        if not done and is_ours(call):
            done.append(call)
            act(lab, store)

    def is_ours(call: Call) -> bool:
        names = ("churn", "decision-trees", "acme-models", lab.key)
        return any(name in call.parameters.values() for name in names)

    lab.server.faults.before(hook, READ[store], nth=nth)


def applied(lab: PolicyLab, store: str, nth: int, act: Callable[[PolicyLab, str], None]) -> Outcome:
    """Change one document while somebody else acts, and return what became of it."""
    add_foreign_first(lab, store)
    lab.forget_calls()
    intrude(lab, store, act, nth)
    report = lab.apply(of_store(lab, store, grants=WIDER))
    lab.server.faults.clear()
    (outcome,) = [each for each in report.outcomes if each.key.kind == KINDS[store]]
    return outcome


def add_foreign_first(lab: PolicyLab, store: str) -> None:
    lab.settle(of_store(lab, store))
    add_foreign(lab, store, "Earlier", "Earlier", "with spaces, and commas")


PLAN, STEP, MERGE, VERIFY = range(1, 5)
MOMENTS = {"before the plan": PLAN, "before the first read": STEP, "before the second read": MERGE}


@pytest.mark.parametrize("store", DOCUMENTS)
@pytest.mark.parametrize("moment", [*MOMENTS, "before it is verified"])
def test_statements_that_others_add_at_any_moment_survive_in_order(
    policies: PolicyLab, store: str, moment: str
) -> None:
    nth = MOMENTS.get(moment, VERIFY)
    outcome = applied(policies, store, nth, adding)
    assert outcome.status is Status.APPLIED
    sids = [each["Sid"] for each in foreign(policies, store)]
    start = ["Enable IAM User Permissions"] if store == "key" else []
    assert sids == [*start, "Earlier", "Earlier", "with spaces, and commas", "Added", "Added", ""]
    assert DEPLOYER in str(ours(policies, store))
    told = {PLAN: 0}.get(nth, 1)
    assert len(outcome.remarks) == told, outcome.remarks
    assert outcome.previous
    assert_converged(policies, of_store(policies, store, grants=WIDER))


@pytest.mark.parametrize("store", DOCUMENTS)
@pytest.mark.parametrize("moment", ["before the first read", "before the second read"])
def test_our_own_part_changed_by_others_meanwhile_is_stale_and_nothing_is_written(
    policies: PolicyLab, store: str, moment: str
) -> None:
    outcome = applied(policies, store, MOMENTS[moment], undoing)
    assert outcome.status is Status.STALE
    assert "chang" in outcome.why
    assert outcome.fix
    assert len(sent(policies, store)) == 1, "only what the others put"
    policies.settle(of_store(policies, store, grants=WIDER))
    assert DEPLOYER in str(ours(policies, store))


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_write_that_others_undo_is_written_again_and_told(
    policies: PolicyLab, store: str
) -> None:
    outcome = applied(policies, store, VERIFY, undoing)
    assert outcome.status is Status.APPLIED
    (remark,) = outcome.remarks
    assert "ours lost" in remark
    assert DEPLOYER in str(ours(policies, store))
    assert len(sent(policies, store)) == 3


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_write_that_others_undo_every_time_fails_after_three_rounds(
    policies: PolicyLab, store: str
) -> None:
    add_foreign_first(policies, store)
    before = text_of(policies, store)
    puts: list[Call] = []

    def undo_ours(call: Call) -> None:
        text = str({**call.parameters})
        if DEPLOYER in text:
            puts.append(call)
            without_ours(policies, store)

    policies.server.faults.after(undo_ours, PUT[store])
    report = policies.apply(of_store(policies, store, grants=WIDER))
    policies.server.faults.clear()
    (outcome,) = [each for each in report.outcomes if each.key.kind == KINDS[store]]
    assert outcome.status is Status.FAILED
    assert len(puts) == 3
    assert len(outcome.remarks) == 3
    assert "ours lost" in outcome.why
    assert sorted(outcome.previous) == sorted(before or ""), "shuffled, as on every read"
    assert [each["Sid"] for each in foreign(policies, store)][-1] == "with spaces, and commas"


# --- what KMS shows of grantees


def test_a_new_grantee_that_is_shown_by_its_id_is_no_change(policies: PolicyLab) -> None:
    documents = everything(policies)
    policies.settle(documents)
    policies.server.principals.show_id(DEPLOYER, reads=2)
    policies.forget_calls()
    report = policies.apply(documents)
    assert_done(report)
    assert policies.writes() == []
    codes = {note.code for action in report.plan.actions for note in action.notes}
    assert "dangling-principal" in codes
    assert PRODUCTION in str(grants(policies))
