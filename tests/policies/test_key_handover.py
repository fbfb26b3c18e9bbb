"""A key's access that moves from its policy to grants, or back: there is no moment without it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import Doc
from live import assert_done
from policy_lab import DEPLOYER, PRODUCTION, PolicyLab, accounts, grants, ours, policy

from reconciler.core.outcome import Status
from reconciler.core.plan import Verb
from reconciler.engine.selection import Selection
from reconciler.sandbox.calls import Call

DEPLOY = [{"principals": [DEPLOYER], "access": ["deploy"]}]
WAYS = [("keyPolicy", "grant"), ("grant", "keyPolicy")]


def asking(lab: PolicyLab, via: str, name: str = "churn-consumers", who: str = DEPLOYER) -> Doc:
    """Return a manifest that asks for one principal's access to the key."""
    part = {"environment": "training", "keys": [{"keyArn": lab.key, "via": via}]}
    return policy(name, grants=[{"principals": [who], "access": ["deploy"]}], artifacts=[part])


def has_access(lab: PolicyLab, who: str = DEPLOYER) -> bool:
    return who in str(ours(lab, "key")) or who in str(grants(lab, lab.key))


def key_actions(lab: PolicyLab, documents: list[Doc]) -> dict[str, Any]:
    actions = lab.plan(documents).plan.actions
    return {each.key.kind: each for each in actions if each.key.kind in {"KeyPolicy", "KeyGrants"}}


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_there_is_access_before_and_after_every_write(
    policies: PolicyLab, old: str, new: str
) -> None:
    policies.settle([*accounts(), asking(policies, old)])
    seen: list[bool] = []

    def look(_call: Call) -> None:
        seen.append(has_access(policies))

    for operation in ("PutKeyPolicy", "CreateGrant", "RevokeGrant"):
        policies.server.faults.before(look, operation)
        policies.server.faults.after(look, operation)
    policies.settle([*accounts(), asking(policies, new)])
    policies.server.faults.clear()
    assert len(seen) >= 4
    assert all(seen)


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_access_that_cannot_be_given_is_not_taken(policies: PolicyLab, old: str, new: str) -> None:
    policies.settle([*accounts(), asking(policies, old)])
    policies.server.faults.deny("CreateGrant" if new == "grant" else "PutKeyPolicy")
    report = policies.apply([*accounts(), asking(policies, new)])
    policies.server.faults.clear()
    statuses = {each.key.kind: each.status for each in report.outcomes}
    giver, taker = ("KeyGrants", "KeyPolicy") if new == "grant" else ("KeyPolicy", "KeyGrants")
    assert (statuses[giver], statuses[taker]) == (Status.FAILED, Status.SKIPPED)
    assert has_access(policies)
    assert_done(policies.apply([*accounts(), asking(policies, new)]))


def test_grants_that_cannot_be_seen_keep_the_policy_as_it_is(policies: PolicyLab) -> None:
    policies.settle([*accounts(), asking(policies, "keyPolicy")])
    policies.server.faults.deny("ListGrants")
    report = policies.apply([*accounts(), asking(policies, "grant")])
    policies.server.faults.clear()
    statuses = {each.key.kind: each.status for each in report.outcomes}
    assert (statuses["KeyGrants"], statuses["KeyPolicy"]) == (Status.FAILED, Status.SKIPPED)
    assert has_access(policies)


def test_access_that_goes_from_one_manifest_to_another_is_given_first(policies: PolicyLab) -> None:
    first, second = asking(policies, "keyPolicy"), asking(policies, "grant", "other")
    part = {"environment": "training", "keys": [{"keyArn": policies.key, "ensure": "absent"}]}
    gone = policy(grants=DEPLOY, artifacts=[part])
    policies.settle([*accounts(), first])
    found = key_actions(policies, [*accounts(), gone, second])
    assert found["KeyGrants"].key in found["KeyPolicy"].needs


def test_both_ways_at_once_are_blocked_and_one_after_the_other_works(policies: PolicyLab) -> None:
    one, two = ("keyPolicy", "grant"), ("grant", "keyPolicy")

    def both(first: str, second: str) -> list[Doc]:
        other = asking(policies, second, "other", PRODUCTION)
        return [*accounts(), asking(policies, first), other]

    policies.settle(both(*one))
    policies.forget_calls()
    report = policies.apply(both(*two))
    assert policies.writes() == []
    failed = [each for each in report.outcomes if each.status is Status.FAILED]
    assert {each.key.kind for each in failed} == {"KeyPolicy", "KeyGrants"}
    assert all("two steps" in each.fix for each in failed)
    policies.settle(both("grant", "grant"))
    policies.settle(both(*two))
    assert has_access(policies)
    assert has_access(policies, PRODUCTION)


def test_new_grants_come_after_the_policy_that_they_may_rest_on(policies: PolicyLab) -> None:
    """A key's administrators may be let in by a statement that the same run puts."""
    other = asking(policies, "grant", "other", PRODUCTION)
    documents = [*accounts(), other, asking(policies, "keyPolicy")]
    found = key_actions(policies, documents)
    assert {each.verb for each in found.values()} == {Verb.CREATE, Verb.UPDATE}
    assert found["KeyPolicy"].key in found["KeyGrants"].after_keys
    policies.settle(documents)
    written = [call.operation for call in policies.writes()]
    assert written.index("PutKeyPolicy") < written.index("CreateGrant")


def test_a_grant_that_another_manifest_takes_over_is_created_before_the_old_is_revoked(
    policies: PolicyLab,
) -> None:
    """Names begin with the manifest's hash, so one of the two ways goes against their order."""
    names = ["a-manifest", "b-manifest"]
    for old, new in (names, names[::-1]):
        policies.settle([*accounts(), asking(policies, "grant", old)])
        policies.forget_calls()
        part = {"environment": "training", "keys": [{"keyArn": policies.key, "ensure": "absent"}]}
        gone = policy(old, grants=DEPLOY, artifacts=[part])
        policies.settle([*accounts(), gone, asking(policies, "grant", new)])
        written = [call.operation for call in policies.writes() if "Grant" in call.operation]
        created = [n for n, name in enumerate(written) if name == "CreateGrant"]
        revoked = [n for n, name in enumerate(written) if name == "RevokeGrant"]
        assert max(created) < min(revoked), json.dumps(written)
        policies.settle([*accounts(), policy(new, ensure="absent", artifacts=[part])])


# --- selections that leave out one of the two


@pytest.mark.parametrize(("old", "new"), WAYS)
@pytest.mark.parametrize("how", ["kinds", "names", "exclude"])
def test_what_takes_is_refused_where_what_gives_is_not_selected(
    policies: PolicyLab, old: str, new: str, how: str
) -> None:
    policies.settle([*accounts(), asking(policies, old)])
    giver, taker = ("KeyGrants", "KeyPolicy") if new == "grant" else ("KeyPolicy", "KeyGrants")
    documents = [*accounts(), asking(policies, new)]
    of_key = policies.key.rpartition("/")[2]
    selections = {
        "kinds": Selection(kinds=(taker,)),
        "names": Selection(names=(of_key,), exclude=(f"{giver}/*",)),
        "exclude": Selection(exclude=(f"{giver}/{of_key}",)),
    }
    policies.forget_calls()
    report = policies.apply(documents, selection=selections[how])
    assert policies.writes() == []
    (refusal,) = report.plan.refusals
    assert refusal.guard == "incomplete-handover"
    assert refusal.key is not None
    assert refusal.key.kind == taker
    assert f"select {giver} training/{of_key}" in refusal.fix
    assert giver not in {each.key.kind for each in report.plan.actions}
    planned = policies.plan(documents, selection=selections[how]).plan
    assert planned.refusals == report.plan.refusals
    assert_done(policies.apply(documents, selection=Selection(kinds=(giver,))))
    assert_done(policies.apply(documents, selection=selections[how]))
    assert has_access(policies)


@pytest.mark.parametrize("via", ["keyPolicy", "grant"])
def test_taking_away_alone_needs_no_partner(policies: PolicyLab, via: str) -> None:
    policies.settle([*accounts(), asking(policies, via)])
    part = {"environment": "training", "keys": [{"keyArn": policies.key, "ensure": "absent"}]}
    gone = [*accounts(), policy(grants=DEPLOY, artifacts=[part])]
    taker = "KeyPolicy" if via == "keyPolicy" else "KeyGrants"
    assert_done(policies.apply(gone, selection=Selection(kinds=(taker,))))
    assert not has_access(policies)


def test_what_is_to_give_and_cannot_be_seen_keeps_what_takes_from_running_alone(
    policies: PolicyLab,
) -> None:
    policies.settle([*accounts(), asking(policies, "keyPolicy")])
    policies.server.faults.deny("ListGrants")
    only = Selection(kinds=("KeyPolicy",))
    report = policies.apply([*accounts(), asking(policies, "grant")], selection=only)
    policies.server.faults.clear()
    assert [each.guard for each in report.plan.refusals] == ["incomplete-handover"]
    assert has_access(policies)
