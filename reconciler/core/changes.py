"""Compare what is declared with what is live, field by field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.data import MISSING, Json, Value, is_list, is_map
from reconciler.core.fields import Field, Rule
from reconciler.core.location import DataPath, Location


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs: `before` is live, `after` is declared (`MISSING` = not set).

    `name` is the API member; `path` also names the key of a map (`Tags.team`). `where` is the
    place in the manifest (or fragment) that declares the value, when there is one.
    """

    name: str
    path: str
    before: Value
    after: Value
    rule: Rule
    sensitive: bool = False
    reason: str = ""
    where: Location | None = None


def compare(
    fields: tuple[Field, ...], declared: Mapping[str, Json], live: Mapping[str, Json]
) -> tuple[FieldChange, ...]:
    """Return the differences in the fields that are declared, in the order of the table.

    Both mappings hold API-shaped values by member name. A member that is not declared is not
    looked at; a declared `None` means "must not be set".
    """
    found: list[FieldChange] = []
    for row in fields:
        if row.name in declared:
            find = _key_changes if row.by_key else _value_changes
            found += find(row, declared[row.name], live.get(row.name))
    return tuple(found)


def _value_changes(row: Field, declared: Json, live: Json) -> Iterator[FieldChange]:
    after, before = row.normalise(declared), row.normalise(live)
    if after is not None:
        after = row.adopt(after, before)
    if after != before:
        yield _change(row, row.name, before, after)


def _key_changes(row: Field, declared: Json, live: Json) -> Iterator[FieldChange]:
    wanted, present = row.normalise(declared) or {}, row.normalise(live) or {}
    if not is_map(wanted) or not is_map(present):
        raise TypeError(f"{row.name} is declared by key but is not a map")
    for key in sorted(wanted):
        after, before = wanted[key], present.get(key)
        if after is not None:
            after = row.adopt(after, before)
        if after != before:
            yield _change(row, f"{row.name}.{key}", before, after)


def _change(row: Field, path: str, before: Json, after: Json) -> FieldChange:
    return FieldChange(
        name=row.name,
        path=path,
        before=MISSING if before is None else before,
        after=MISSING if after is None else after,
        rule=row.rule,
        sensitive=row.sensitive,
        reason=row.reason,
    )


def located(
    changes: tuple[FieldChange, ...], locate: Callable[[DataPath], Location | None]
) -> tuple[FieldChange, ...]:
    """Return the changes with the place in the manifests that declares the first difference."""
    return tuple(replace(change, where=locate(_declared_path(change))) for change in changes)


def _declared_path(change: FieldChange) -> DataPath:
    key = change.path.removeprefix(change.name).removeprefix(".")
    if key:
        return (change.name, key)
    return (change.name, *first_difference(change.before, change.after))


def first_difference(before: Value, after: Value) -> DataPath:
    """Return the path to the first place in `after` that differs from `before`, depth first."""
    if is_map(after) and is_map(before):
        for key in after:
            if after[key] != before.get(key):
                return (key, *first_difference(before.get(key), after[key]))
    if is_list(after) and is_list(before):
        for index, item in enumerate(after):
            if index >= len(before):
                return (index,)
            if item != before[index]:
                return (index, *first_difference(before[index], item))
    return ()
