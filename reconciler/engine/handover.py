"""Access that moves from one resource to another is given there before it is taken here. Pure.

A key's policy and its grants are two resources with an action each. Where one of them gives what
the other takes, taking needs the giving to have ended well; so there is no moment without access,
and none is lost where giving it fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Level, Note, Verb

_Givers = Mapping[ResourceKey, tuple[ResourceKey, ...]]


def handed_over(actions: Sequence[Action]) -> list[Action]:
    """Return the actions, those that take needing those that give the same.

    Two that take from each other could not both come second: neither is carried out.
    """
    giving = [each for each in actions if each.moves.gives]
    found = {each.key: _givers(each, giving) for each in actions if each.moves.takes}
    givers = {key: keys for key, keys in found.items() if keys}
    return [_linked(each, givers) for each in actions] if givers else list(actions)


def _givers(taker: Action, giving: Sequence[Action]) -> tuple[ResourceKey, ...]:
    return tuple(
        each.key
        for each in giving
        if each.key != taker.key and each.moves.gives & taker.moves.takes
    )


def _linked(action: Action, givers: _Givers) -> Action:
    """Return an action that comes after those that give what it takes, and not before them."""
    own = givers.get(action.key, ())
    for each in own:
        if action.key in givers.get(each, ()):
            return _blocked(action, each)
    followed = tuple(key for key in action.after_keys if action.key not in givers.get(key, ()))
    if not own and followed == action.after_keys:
        return action
    return replace(
        action,
        needs=(*action.needs, *own),
        after_keys=followed,
        notes=(*action.notes, *map(_told, own)),
    )


def _told(giver: ResourceKey) -> Note:
    text = f"takes access away only after {giver} has given it"
    return Note(Level.INFO, "handover", text)


def _blocked(action: Action, other: ResourceKey) -> Action:
    note = Note(
        Level.ERROR,
        "handover-both-ways",
        f"it takes what {other} gives and gives what {other} takes: in either order access would "
        "stop in between",
        "apply in two steps: first change one of the two directions only",
    )
    return replace(action, verb=Verb.BLOCKED, after_keys=(), notes=(*action.notes, note))
