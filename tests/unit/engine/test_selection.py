"""Which resources a run is about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import environment, group, rich, version
from fake_kind import thing
from live import Lab

from reconciler.core.location import Location
from reconciler.core.resources import Contributor
from reconciler.engine.selection import Selection

CASES: list[tuple[Selection, bool]] = [
    (Selection(), True),
    (Selection(names=("churn-v1",)), True),
    (Selection(names=("churn-*",)), True),
    (Selection(names=("fraud-*", "churn-?1")), True),
    (Selection(names=("Churn-v1",)), False),
    (Selection(names=("churn",)), False),
    (Selection(kinds=("Thing",)), True),
    (Selection(kinds=("Model*",)), False),
    (Selection(environments=("reg*",)), True),
    (Selection(environments=("prod*",)), False),
    (Selection(labels=(("team", "growth"),)), True),
    (Selection(labels=(("team", "growth"), ("tier", "1"))), False),
    (Selection(labels=(("tier", "1"),)), False),
    (Selection(exclude=("churn-*",)), False),
    (Selection(exclude=("Thing/churn-*",)), False),
    (Selection(exclude=("registry/*",)), False),
    (Selection(exclude=("fraud-*", "Other/*")), True),
    (Selection(names=("churn-*",), exclude=("*-v1",)), False),
    (Selection(paths=("manifests/*.yaml",)), True),
    (Selection(paths=("other/*",)), False),
    (Selection(names=("churn-*",), kinds=("Other",)), False),
]


@pytest.mark.parametrize(("selection", "kept"), CASES)
def test_a_resource_is_selected_if_it_matches_every_field(
    selection: Selection, *, kept: bool
) -> None:
    where = Location("manifests/churn.yaml")
    wanted = replace(thing("churn-v1", labels={"team": "growth"}), where=where)
    assert selection.keeps(wanted) is kept
    assert selection.is_everything is (selection == Selection())


SHARED: list[tuple[Selection, bool]] = [
    (Selection(names=("first",)), True),
    (Selection(names=("second",)), True),
    (Selection(names=("acme-models",)), True),
    (Selection(names=("third",)), False),
    (Selection(paths=("a.yaml",)), True),
    (Selection(paths=("b.yaml",)), True),
    (Selection(labels=(("team", "growth"),)), True),
    (Selection(labels=(("team", "risk"),)), True),
    (Selection(labels=(("team", "growth"), ("tier", "1"))), False),
    (Selection(paths=("b.yaml",), labels=(("team", "growth"),)), False),
    (Selection(names=("second",), paths=("b.yaml",), labels=(("team", "risk"),)), True),
    (Selection(exclude=("acme-models",)), False),
    (Selection(exclude=("first",)), True),
    (Selection(exclude=("first", "Manifest/second")), False),
    (Selection(kinds=("Manifest",)), False),
]


@pytest.mark.parametrize(("selection", "kept"), SHARED)
def test_a_resource_of_several_manifests_is_selected_with_each_of_them(
    selection: Selection, *, kept: bool
) -> None:
    first = Contributor("Manifest", "first", Location("a.yaml"), {"team": "growth"})
    second = Contributor("Manifest", "second", Location("b.yaml"), {"team": "risk", "tier": "1"})
    wanted = replace(
        thing("acme-models", labels=first.labels),
        where=first.where,
        contributors=(first, second),
    )
    assert selection.keeps(wanted) is kept


def test_a_plan_holds_only_what_was_selected(lab: Lab) -> None:
    planned = lab.plan(rich(), selection=Selection(kinds=("ModelPackageGroup",)))
    assert {each.key.kind for each in planned.plan.actions} == {"ModelPackageGroup"}


def test_a_plan_names_only_environments_that_were_selected(lab: Lab) -> None:
    documents = [environment(), environment("training", "222222222222"), group()]
    documents.append(group("theirs", "training"))
    planned = lab.plan(documents, selection=Selection(environments=("training",)))
    assert [each.name for each in planned.plan.environments] == ["training"]
    called = lab.server.calls.snapshot()
    assert {call.account for call in called} == {"222222222222"}, called
    assert {call.service for call in called} == {"sagemaker"}  # nobody signs in during a test


def test_declared_versions_that_were_not_selected_are_not_called_undeclared(lab: Lab) -> None:
    documents = [environment(), group(), version("churn-v1"), version("churn-v2")]
    lab.settle(documents)
    everything = lab.plan(documents).plan
    one = lab.plan(documents, selection=Selection(names=("churn-v1",))).plan
    assert everything.unmanaged == ()
    assert one.unmanaged == ()


def test_what_nobody_declares_is_shown_and_left(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1"), version("churn-v2")])
    plan = lab.plan([environment(), group(), version("churn-v1")]).plan
    (item,) = plan.unmanaged
    assert item.arn.endswith("model-package/churn/2")
    assert not plan.changes
