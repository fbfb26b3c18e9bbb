"""Plans over random declarations: order, digests, and differences. Pure, but for the fake world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builders import Doc, desired_version, group, rich, state, version
from fake_kind import World, plan_things, thing, thing_key
from hypothesis import given
from hypothesis import strategies as st
from live import Lab
from strategies import extras, inferences

from reconciler.core.changes import compare
from reconciler.core.data import Json, is_missing
from reconciler.core.location import Location
from reconciler.core.plan import Action, Verb
from reconciler.engine.plan import ordered
from reconciler.kinds.model_package.fields import VERSIONED
from reconciler.kinds.model_package.proposal import with_markers

NAMES = [f"n{number}" for number in range(8)]


@st.composite
def graphs(draw: st.DrawFn) -> list[Action]:
    """Return actions with random links that have no cycle, approvals among them, in any order."""
    actions = []
    for index, name in enumerate(NAMES):
        earlier = st.lists(st.sampled_from(NAMES[:index] or NAMES[:1]), max_size=2, unique=True)
        needs, after = (
            tuple(thing_key(each) for each in (draw(earlier) if index else ())) for _ in range(2)
        )
        action = Action(thing_key(name), Verb.CREATE, Location(name), needs=needs, after_keys=after)
        actions.append(action)
        if draw(st.booleans()):
            own = (*needs, action.key)
            actions.append(Action(action.key, Verb.APPROVE, Location(name), needs=own))
    return draw(st.permutations(actions))


@given(graphs())
def test_every_action_follows_what_it_needs_and_what_it_comes_after(actions: list[Action]) -> None:
    found = ordered(actions)
    assert sorted(map(id, found)) == sorted(map(id, actions))
    placed: set[Any] = set()
    for action in found:
        for key in (*action.needs, *action.after_keys):
            assert key in placed
        if action.verb is not Verb.APPROVE:
            placed.add(action.key)


@given(graphs())
def test_ordering_what_is_ordered_changes_nothing(actions: list[Action]) -> None:
    once = ordered(actions)
    assert ordered(once) == once


@given(st.permutations(NAMES))
def test_independent_actions_keep_the_declared_order(names: Sequence[str]) -> None:
    planned = plan_things(World(), *(thing(name) for name in names))
    assert [each.key.name for each in planned.plan.actions] == list(names)


@given(inferences, extras)
def test_what_is_compared_with_itself_does_not_differ(specification: Doc, extra: Doc) -> None:
    values = desired_version(
        version(inferenceSpecification=specification, **without_references(extra))
    ).values
    assert compare(VERSIONED, values, values) == ()


def without_references(extra: Doc) -> Doc:
    return {name: each for name, each in extra.items() if name != "validationSpecification"}


@given(inferences, extras)
def test_a_creation_that_is_carried_out_leaves_no_difference(
    specification: Doc, extra: Doc
) -> None:
    desired = desired_version(
        version(inferenceSpecification=specification, **without_references(extra))
    )
    values = with_markers(desired)
    live: dict[str, Json] = {}
    for change in compare(VERSIONED, values, {}):
        assert is_missing(change.before)
        assert not is_missing(change.after)
        name, _, key = change.path.partition(".")
        by_key = live.setdefault(name, {}) if key else None
        if isinstance(by_key, dict):
            by_key[key] = change.after
        else:
            live[name] = change.after
    assert compare(VERSIONED, values, live) == ()


def test_a_plan_does_not_depend_on_the_order_of_the_manifests(lab: Lab) -> None:
    """Except for the order of versions within a group, which decides their numbers."""
    one = rich()
    other = [*one[4:], *reversed(one[:4])]
    first, second = (lab.plan(each).plan for each in (one, other))
    assert {each.digest for each in first.actions} == {each.digest for each in second.actions}
    assert first.digest == second.digest


def test_the_digest_of_a_plan_changes_with_every_value_that_is_declared(lab: Lab) -> None:
    digests = {
        lab.plan([*rich(), *more]).plan.digest
        for more in ([], [group("a")], [group("a", tags={"b": "c"})], [group("b")])
    }
    assert len(digests) == 4


def test_the_digest_of_an_action_is_that_of_what_it_does_and_not_of_where_it_is_written(
    lab: Lab,
) -> None:
    documents = [*rich(), group("a")]
    moved = [group("a"), *rich()]
    digests = [
        next(each.digest for each in lab.plan(docs).plan.actions if each.key.name == "a")
        for docs in (documents, moved)
    ]
    assert digests[0] == digests[1]
    assert len(state(documents).resources) == len(state(moved).resources)
