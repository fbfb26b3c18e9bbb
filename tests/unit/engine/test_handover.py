"""Access that moves between two resources: who comes first, and what happens if that fails."""

from __future__ import annotations

from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action, Handover, Level, Verb
from reconciler.engine.handover import handed_over
from reconciler.engine.plan import ordered

POLICY, GRANTS, OTHER = (ResourceKey("training", kind, "k") for kind in ("P", "G", "O"))


def action(
    key: ResourceKey,
    gives: str = "",
    takes: str = "",
    *after: ResourceKey,
    verb: Verb = Verb.UPDATE,
) -> Action:
    moves = Handover(frozenset(gives.split()), frozenset(takes.split()))
    return Action(key, verb, Location("m.yaml", 1), after_keys=after, moves=moves)


def test_taking_needs_the_giving_wherever_the_two_stand() -> None:
    policy, grants = action(POLICY, takes="a b"), action(GRANTS, "b", "", POLICY)
    for actions in ([policy, grants], [grants, policy]):
        found = ordered(handed_over(actions))
        assert [each.key for each in found] == [GRANTS, POLICY]
        first, second = found
        assert (first.needs, first.after_keys) == ((), ()), "no circle"
        assert second.needs == (GRANTS,)
        assert str(GRANTS) in second.notes[-1].text


def test_who_only_comes_after_the_other_stays_there_without_needing_it() -> None:
    found = ordered(handed_over([action(GRANTS, "a", "", POLICY), action(POLICY, "b")]))
    assert [each.key for each in found] == [POLICY, GRANTS]
    assert found[1].needs == ()
    assert found[1].after_keys == (POLICY,)


def test_what_another_neither_gives_nor_takes_is_left_as_it_is() -> None:
    actions = [action(POLICY, "a", "b"), action(GRANTS, "c", "d", POLICY), action(OTHER)]
    assert handed_over(actions) == actions


def test_both_ways_at_once_is_blocked_and_says_how_to_go_on() -> None:
    both = [action(POLICY, "a", "b"), action(GRANTS, "b", "a", POLICY), action(OTHER)]
    *blocked, other = handed_over(both)
    assert [each.verb for each in blocked] == [Verb.BLOCKED] * 2
    assert not any(each.needs or each.after_keys for each in blocked)
    for each in blocked:
        (note,) = each.notes_of(Level.ERROR)
        assert "two steps" in note.fix
    assert other == both[2]


def test_what_cannot_be_given_is_not_taken() -> None:
    found = handed_over([action(POLICY, takes="a"), action(GRANTS, "a", verb=Verb.BLOCKED)])
    assert found[0].needs == (GRANTS,)
