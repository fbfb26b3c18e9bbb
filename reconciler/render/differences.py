"""Where two unequal values differ inside. For display only: equality is decided in `core`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import MISSING, Json, Value, is_list, is_map

Step = str | int
Steps = tuple[Step, ...]

_ALIKE: Final = 0.33  # of the keys; maps that share fewer are shown whole, as deepdiff does
_SIMPLE_KEY: Final = re.compile(r"[\w/:+@=-]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place inside a field: `path` from the field's root, the two sides there."""

    path: str
    before: Value
    after: Value


def differences(path: str, before: Value, after: Value) -> tuple[Difference, ...]:
    """Return where the two values differ, innermost places first named by their path.

    Lists of scalars are compared as bags, so that one more content type is one line. Values that
    deepdiff cannot tell apart are returned whole: a difference is never lost.
    """
    if not _both_nested(before, after):
        return (Difference(path, before, after),)
    found = tuple(
        Difference(_joined(path, steps), old, new) for steps, old, new in _expanded(before, after)
    )
    return found or (Difference(path, before, after),)


def _expanded(before: Value, after: Value) -> Iterator[tuple[Steps, Value, Value]]:
    lists: set[Steps] = set()
    for steps in sorted(_changed_places(before, after), key=_order):
        parent = steps[:-1]
        old, new = _at(before, parent), _at(after, parent)
        if steps and _is_scalar_list(old) and _is_scalar_list(new):
            if parent not in lists:
                lists.add(parent)
                yield from _bag_changes(parent, old, new)
        else:
            yield steps, _at(before, steps), _at(after, steps)


def _changed_places(before: Value, after: Value, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the innermost places that differ; deepdiff aligns lists of nested values.

    What has the same shape on both sides is followed here: that is most of what is shown, and
    deepdiff takes a millisecond for each of thousands of values.
    """
    if isinstance(before, str) and isinstance(after, str):
        if before != after:
            yield steps
    elif is_map(before) and is_map(after):
        keys = before.keys() | after.keys()
        if len(keys) > 1 and len(before.keys() & after.keys()) / len(keys) < _ALIKE:
            yield steps
            return
        for key in keys:
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            yield from _changed_places(old, new, (*steps, key))
    elif is_list(before) and is_list(after):
        if len(before) == len(after):
            for index, (old, new) in enumerate(zip(before, after, strict=True)):
                yield from _changed_places(old, new, (*steps, index))
        else:
            yield from ((*steps, *inner) for inner in _aligned(before, after))
    elif type(before) is not type(after) or before != after:
        yield steps


def _aligned(before: Value, after: Value) -> set[Steps]:
    from deepdiff import DeepDiff

    tree = DeepDiff(before, after, view="tree", zip_ordered_iterables=True)
    return {
        tuple(level.path(output_format="list")) for category in tree.values() for level in category
    }


def _bag_changes(parent: Steps, old: Value, new: Value) -> Iterator[tuple[Steps, Value, Value]]:
    gone, come = _items(old), _items(new)
    for item in list(gone):
        if item in come:
            come.remove(item)
            gone.remove(item)
    if not gone and not come:
        yield parent, old, new
        return
    for item in gone:
        yield (*parent, "[]"), item, MISSING
    for item in come:
        yield (*parent, "[]"), MISSING, item


def _both_nested(before: Value, after: Value) -> bool:
    return (is_map(before) and is_map(after)) or (is_list(before) and is_list(after))


def _is_scalar_list(value: Value) -> bool:
    return is_list(value) and not any(is_list(item) or is_map(item) for item in value)


def _items(value: Value) -> list[Json]:
    return list(value) if is_list(value) else []


def _at(value: Value, steps: Steps) -> Value:
    for step in steps:
        if is_map(value) and step in value:
            value = value[str(step)]
        elif is_list(value) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return MISSING
    return value


def _order(steps: Steps) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (isinstance(step, str), step if isinstance(step, int) else 0, str(step)) for step in steps
    )


def _joined(path: str, steps: Steps) -> str:
    for step in steps:
        if step == "[]":
            path += "[]"
        elif isinstance(step, int):
            path += f"[{step}]"
        elif _SIMPLE_KEY.fullmatch(step):
            path += f".{step}"
        else:
            path += f"[{json.dumps(step, ensure_ascii=False)}]"
    return path
