"""Promise 3 for policies: what is taken away, when, and what is kept though nobody asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from builders import OWNER, Doc, group
from live import assert_converged, assert_done
from policy_lab import (
    BUCKET,
    DEPLOYER,
    DOCUMENTS,
    POLICY,
    PRODUCTION,
    REPOSITORY,
    PolicyLab,
    accounts,
    add_foreign,
    all_live,
    artifacts,
    everything,
    foreign,
    grants,
    of_store,
    ours,
    policy,
    principals,
    statements,
    text_of,
)

from reconciler.core.outcome import Status
from reconciler.core.plan import Action, Level, Verb
from reconciler.engine.selection import Selection
from reconciler.policy.ownership import holding, identity_hash, sid

BOTH = [{"principals": [PRODUCTION, DEPLOYER], "access": ["read", "deploy"]}]


def changing(policies: PolicyLab, documents: list[Doc]) -> list[Action]:
    return list(policies.plan(documents).plan.changes)


def removals(actions: list[Action]) -> list[str]:
    """Return the paths that a plan shows as removed, or as edited to something smaller."""
    return [each.path for action in actions for each in action.changes if each.before]


# --- a manifest that exists asks for less


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_principal_that_is_dropped_is_shown_and_taken_away(
    policies: PolicyLab, store: str
) -> None:
    policies.settle(of_store(policies, store, grants=BOTH))
    assert DEPLOYER in principals(ours(policies, store))
    fewer = of_store(policies, store)
    actions = [each for each in changing(policies, fewer) if each.verb is Verb.UPDATE]
    shown = [change for action in actions for change in action.changes]
    assert shown
    assert any(DEPLOYER in str(each.before) for each in shown)
    assert not any(DEPLOYER in str(each.after) for each in shown)
    policies.settle(fewer)
    assert DEPLOYER not in principals(ours(policies, store))
    assert_converged(policies, fewer)


def test_a_grant_to_a_principal_that_is_dropped_is_revoked(policies: PolicyLab) -> None:
    key = [{"keyArn": policies.granting, "via": "grant"}]
    part = [{"environment": "training", "keys": key}]
    policies.settle([*accounts(), policy(grants=BOTH, artifacts=part)])
    fewer = [*accounts(), policy(artifacts=part)]
    (action,) = [each for each in changing(policies, fewer) if each.key.kind == "KeyGrants"]
    assert action.verb is Verb.UPDATE
    (change,) = action.changes
    assert DEPLOYER in str(change.before)
    policies.settle(fewer)
    assert DEPLOYER not in {each["GranteePrincipal"] for each in grants(policies)}
    assert_converged(policies, fewer)


def test_an_access_level_that_is_dropped_takes_its_statements_from_every_document(
    policies: PolicyLab,
) -> None:
    policies.settle([*accounts(), policy(artifacts=artifacts(policies))])
    reading = [{"principals": [PRODUCTION], "access": ["read"]}]
    fewer = [*accounts(), policy(grants=reading, artifacts=artifacts(policies))]
    gone = removals(changing(policies, fewer))
    assert {path[-len("DeployGroup") :] for path in gone} >= {"DeployGroup"}
    policies.settle(fewer)
    for store in DOCUMENTS:
        roles = {holding(each, OWNER).role for each in ours(policies, store)}
        assert not [role for role in roles if role.startswith("Deploy")], store
    assert {each["GranteePrincipal"] for each in grants(policies)} == {
        "arn:aws:iam::111111111111:root"
    }
    assert_converged(policies, fewer)


def test_a_group_that_is_dropped_loses_its_statements(policies: PolicyLab) -> None:
    two = [*accounts(), group("fraud"), policy(modelPackageGroups=["churn", "fraud"])]
    policies.settle(two)
    assert text_of(policies, "group", "fraud")
    one = [*accounts(), group("fraud"), policy()]
    (action,) = changing(policies, one)
    assert (action.key.name, action.verb) == ("fraud", Verb.DELETE)
    assert len(action.changes) == 4
    policies.settle(one)
    assert text_of(policies, "group", "fraud") is None
    assert ours(policies, "group")
    assert_converged(policies, one)


def test_a_prefix_that_is_dropped_is_taken_out_of_the_bucket_policy(policies: PolicyLab) -> None:
    def with_prefixes(*prefixes: str) -> list[Doc]:
        buckets = [{"name": BUCKET, "prefix": each} for each in prefixes]
        part = [{"environment": "training", "buckets": buckets}]
        return [*accounts(), policy(artifacts=part)]

    policies.settle(with_prefixes("churn/", "shared/"))
    assert "shared/" in str(ours(policies, "bucket"))
    fewer = with_prefixes("churn/")
    (action,) = changing(policies, fewer)
    assert any("shared/" in str(each.before) for each in action.changes)
    policies.settle(fewer)
    assert "shared/" not in str(ours(policies, "bucket"))
    assert "churn/" in str(ours(policies, "bucket"))


# --- ensure: absent


ITEMS: dict[str, Any] = {
    "repository": {"repositories": [{"name": REPOSITORY, "ensure": "absent"}]},
    "bucket": {"buckets": [{"name": BUCKET, "ensure": "absent"}]},
}


@pytest.mark.parametrize("store", ITEMS)
@pytest.mark.parametrize("others", [0, 2])
def test_an_item_that_is_to_be_absent_is_taken_away_and_the_document_if_it_is_empty(
    policies: PolicyLab, store: str, others: int
) -> None:
    if others:
        add_foreign(policies, store, *["Theirs"] * others)
    kept = foreign(policies, store)
    policies.settle([*accounts(), policy(artifacts=artifacts(policies))])
    less = [*accounts(), policy(artifacts=artifacts(policies, **ITEMS[store]))]
    (action,) = changing(policies, less)
    assert action.verb is (Verb.UPDATE if others else Verb.DELETE)
    policies.settle(less)
    assert ours(policies, store) == []
    assert foreign(policies, store) == kept
    assert (text_of(policies, store) is None) is not bool(others)
    assert ours(policies, "key"), "the other documents stay"
    assert_converged(policies, less)


def test_a_key_that_is_to_be_absent_loses_statements_and_grants_and_keeps_its_policy(
    policies: PolicyLab,
) -> None:
    before = statements(policies, "key")
    policies.settle([*accounts(), policy(artifacts=artifacts(policies))])
    gone = [
        {"keyArn": policies.key, "ensure": "absent"},
        {"keyArn": policies.granting, "via": "grant", "ensure": "absent"},
    ]
    less = [*accounts(), policy(artifacts=artifacts(policies, keys=gone))]
    verbs = {action.key.kind: action.verb for action in changing(policies, less)}
    assert verbs == {"KeyPolicy": Verb.UPDATE, "KeyGrants": Verb.DELETE}
    policies.settle(less)
    assert statements(policies, "key") == before
    assert grants(policies) == []
    assert_converged(policies, less)


def test_a_manifest_that_is_to_be_absent_takes_everything_of_it_away(policies: PolicyLab) -> None:
    policies.settle(accounts())
    for store in ("group", "repository"):
        add_foreign(policies, store, "Theirs", "Theirs")
    before = all_live(policies)
    policies.settle(everything(policies))
    assert all_live(policies) != before
    policies.settle(everything(policies, ensure="absent"))
    assert all_live(policies) == before
    assert text_of(policies, "bucket") is None
    assert_converged(policies, everything(policies, ensure="absent"))


# --- a manifest that is not there any more


def test_statements_of_a_manifest_that_vanished_are_reported_and_kept(policies: PolicyLab) -> None:
    other = policy("other", grants=[{"principals": ["555555555555"], "access": ["read", "deploy"]}])
    other["spec"]["artifacts"] = artifacts(policies)
    policies.settle([*accounts(), policy(artifacts=artifacts(policies)), other])
    before = all_live(policies)
    policies.forget_calls()
    report = policies.apply([*accounts(), other])
    assert_done(report)
    assert policies.writes() == []
    assert all_live(policies) == before
    warned = {
        action.key.kind
        for action in report.plan.actions
        for note in action.notes_of(Level.WARNING)
        if note.code in {"orphaned-statement", "orphaned-grant"} and note.fix
    }
    assert warned == {
        "ModelPackageGroupPolicy",
        "RepositoryPolicy",
        "BucketPolicy",
        "KeyPolicy",
        "KeyGrants",
    }


def test_orphans_survive_a_write_of_the_manifest_that_is_left(policies: PolicyLab) -> None:
    other = policy("other", artifacts=artifacts(policies))
    policies.settle([*accounts(), policy(artifacts=artifacts(policies)), other])
    vanished = identity_hash(f"registry/{POLICY}")
    left = policy("other", grants=BOTH, artifacts=artifacts(policies))
    policies.settle([*accounts(), left])
    for store in DOCUMENTS:
        orphans = [each for each in ours(policies, store) if vanished in each["Sid"]]
        assert orphans, store
        assert DEPLOYER not in principals(orphans)
    assert sum(vanished in each["Name"] for each in grants(policies)) == 2


def test_a_manifest_that_comes_back_takes_its_statements_up_again(policies: PolicyLab) -> None:
    documents = [*accounts(), policy(artifacts=artifacts(policies))]
    policies.settle(documents)
    policies.settle(accounts())
    policies.forget_calls()
    policies.settle(documents)
    assert policies.writes() == []


# --- several manifests, one document


def test_of_two_manifests_in_one_document_one_can_go_without_the_other(
    policies: PolicyLab,
) -> None:
    first = policy(artifacts=artifacts(policies))
    second = policy("other", grants=BOTH, artifacts=artifacts(policies))
    policies.settle([*accounts(), second])
    alone = all_live(policies)
    policies.settle([*accounts(), first, second])
    both = all_live(policies)
    for store in DOCUMENTS:
        assert len(both[store]) > len(alone[store])
    policies.settle([*accounts(), policy(ensure="absent", artifacts=artifacts(policies)), second])
    assert all_live(policies) == alone


def test_the_order_of_manifests_means_nothing(policies: PolicyLab) -> None:
    first = policy(artifacts=artifacts(policies))
    second = policy("other", grants=BOTH, artifacts=artifacts(policies))
    policies.settle([*accounts(), first, second])
    policies.forget_calls()
    policies.settle([*accounts(), second, first])
    assert policies.writes() == []


# --- keyPolicy to grant and back


def test_a_key_goes_from_its_policy_to_grants_and_back(policies: PolicyLab) -> None:
    before = statements(policies, "key")

    def via(how: str) -> list[Doc]:
        part = [{"environment": "training", "keys": [{"keyArn": policies.key, "via": how}]}]
        return [*accounts(), policy(artifacts=part)]

    for _ in range(2):
        policies.settle(via("keyPolicy"))
        assert ours(policies, "key")
        assert grants(policies, policies.key) == []
        assert_converged(policies, via("keyPolicy"))
        policies.settle(via("grant"))
        assert statements(policies, "key") == before
        assert len(grants(policies, policies.key)) == 2
        assert_converged(policies, via("grant"))


# --- adoption


def handmade(policies: PolicyLab) -> list[dict[str, Any]]:
    """Put what we would write under Sids of somebody else, and return it."""
    policies.settle(of_store(policies, "repository"))
    found = ours(policies, "repository")
    policies.settle(of_store(policies, "repository", ensure="absent"))
    for number, each in enumerate(found):
        add_foreign(policies, "repository", f"By hand {number}", **{**each, "Sid": f"Hand{number}"})
    return foreign(policies, "repository")


def test_equal_statements_of_others_are_adopted_only_when_the_manifest_says_so(
    policies: PolicyLab,
) -> None:
    by_hand = handmade(policies)
    without = of_store(policies, "repository")
    (create,) = [each for each in changing(policies, without) if "Repository" in each.key.kind]
    assert create.verb is Verb.UPDATE
    adopting = of_store(policies, "repository", adopt=True)
    (adopt,) = [each for each in changing(policies, adopting) if "Repository" in each.key.kind]
    assert adopt.verb is Verb.ADOPT
    policies.settle(adopting)
    assert foreign(policies, "repository") == []
    assert len(ours(policies, "repository")) == len(by_hand)
    assert_converged(policies, adopting)


def test_without_adopting_both_stand_side_by_side(policies: PolicyLab) -> None:
    by_hand = handmade(policies)
    report = policies.settle(of_store(policies, "repository"))
    assert Status.APPLIED in {each.status for each in report.outcomes}
    assert foreign(policies, "repository") == by_hand
    assert len(ours(policies, "repository")) == len(by_hand)


def test_adopting_is_for_one_manifest_and_not_for_its_neighbours(policies: PolicyLab) -> None:
    """Two manifests write into one document, and only one of them asks to adopt."""
    part = {"environment": "training", "repositories": ["decision-trees"]}
    granted = [{"principals": [DEPLOYER], "access": ["deploy"]}]
    neighbour = policy("neighbour", grants=granted, artifacts=[part])
    policies.settle([*accounts(), neighbour])
    (said,) = [each for each in ours(policies, "repository") if "Deploy" in each["Sid"]]
    absent = policy("neighbour", ensure="absent", artifacts=[part])
    policies.settle([*accounts(), absent])
    add_foreign(policies, "repository", "By hand", **{**said, "Sid": "Hand"})
    by_hand = foreign(policies, "repository")
    adopting = of_store(policies, "repository", adopt=True)
    planned = changing(policies, [*adopting, neighbour])
    (action,) = [each for each in planned if each.key.kind == "RepositoryPolicy"]
    (offer,) = [each for each in action.notes if each.code == "adoptable-statement"]
    assert "Hand" in offer.text
    assert "adopt: true" in offer.fix
    policies.settle([*adopting, neighbour])
    assert foreign(policies, "repository") == by_hand
    assert_converged(policies, [*adopting, neighbour])


# --- whose is what, in words


def test_what_others_have_is_counted_and_another_reconcilers_is_named(
    policies: PolicyLab,
) -> None:
    theirs = sid("acme/other", "registry/theirs", "ReadPackages")
    add_foreign(policies, "repository", "One", theirs)
    (action,) = [
        each
        for each in changing(policies, of_store(policies, "repository"))
        if each.key.kind == "RepositoryPolicy"
    ]
    told = {each.code: each.text for each in action.notes}
    assert told["foreign-statements"].startswith("2 statements of others")
    assert theirs in told["another-reconciler"]


def test_one_statement_of_others_is_said_in_the_singular(policies: PolicyLab) -> None:
    add_foreign(policies, "repository", "One")
    planned = policies.plan(of_store(policies, "repository")).plan
    told = [each.text for action in planned.actions for each in action.notes]
    assert "1 statement of others is kept as it is" in told


def test_labels_of_every_manifest_that_contributes_select_a_document(policies: PolicyLab) -> None:
    first = policy(artifacts=artifacts(policies))
    second = policy("other", artifacts=artifacts(policies))
    first["metadata"]["labels"] = {"team": "growth"}
    second["metadata"]["labels"] = {"tier": "gold"}
    for label in (("team", "growth"), ("tier", "gold")):
        chosen = Selection(labels=(label,), kinds=("BucketPolicy",))
        planned = policies.plan([*accounts(), first, second], selection=chosen).plan
        assert [each.key.name for each in planned.actions] == [BUCKET], label
