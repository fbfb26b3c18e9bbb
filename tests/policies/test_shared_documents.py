"""Documents that several manifests share: each of them selects it, and the plan names them all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from builders import Doc
from policy_lab import PRODUCTION, PolicyLab, accounts, artifacts, policy

from reconciler.core.plan import Action
from reconciler.engine.selection import Selection

CONSUMER = "444444444444"


def two(lab: PolicyLab) -> list[Doc]:
    """Return two manifests about the same carriers, with labels of their own."""
    second = [{"principals": [CONSUMER], "access": ["read", "deploy"]}]
    found = [policy("first", artifacts=artifacts(lab))]
    found.append(policy("second", artifacts=artifacts(lab), grants=second))
    for each, team in zip(found, ("growth", "risk"), strict=True):
        each["metadata"]["labels"] = {"team": team}
    return [*accounts(), *found]


def shared(actions: Sequence[Action]) -> list[Action]:
    return [each for each in actions if "Policy" in each.key.kind or each.key.kind == "KeyGrants"]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(names=("first",)),
        Selection(names=("second",)),
        Selection(labels=(("team", "growth"),)),
        Selection(labels=(("team", "risk"),)),
    ],
)
def test_selecting_either_manifest_selects_all_that_they_share(
    policies: PolicyLab, selection: Selection
) -> None:
    documents = two(policies)
    whole = shared(policies.plan(documents).plan.actions)
    chosen = shared(policies.plan(documents, selection=selection).plan.actions)
    assert len(whole) == 5
    assert [each.digest for each in chosen] == [each.digest for each in whole]


def test_the_plan_says_who_shares_a_document_that_is_written(policies: PolicyLab) -> None:
    documents = two(policies)
    for action in shared(policies.plan(documents).plan.changes):
        (note,) = [each for each in action.notes if each.code == "shared-document"]
        assert "first (" in note.text
        assert "second (" in note.text
    policies.settle(documents)
    codes = [note.code for each in policies.plan(documents).plan.actions for note in each.notes]
    assert "shared-document" not in codes, "nothing is applied"


def test_a_document_of_one_manifest_is_not_called_shared(policies: PolicyLab) -> None:
    documents = [*accounts(), policy(artifacts=artifacts(policies))]
    assert PRODUCTION in str(documents)
    codes = [note.code for each in policies.plan(documents).plan.actions for note in each.notes]
    assert "shared-document" not in codes
