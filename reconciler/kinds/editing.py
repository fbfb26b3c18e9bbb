"""Which changes the API can carry out on something that exists. Shared by all kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING
from reconciler.core.fields import Field, Rule


def judged(changes: Sequence[FieldChange], fields: tuple[Field, ...]) -> tuple[FieldChange, ...]:
    """Return the changes with a `reason` on exactly those that the API cannot carry out."""
    by_name = {row.name: row for row in fields}
    return tuple(_judged(change, by_name[change.name]) for change in changes)


def impossible(changes: Sequence[FieldChange]) -> bool:
    """Say whether any of some judged changes cannot be carried out."""
    return any(change.reason for change in changes)


def _judged(change: FieldChange, row: Field) -> FieldChange:
    return replace(change, reason="" if _possible(change, row) else row.reason or _NOT_CLEARABLE)


_NOT_CLEARABLE = "no operation clears it once it is set"


def _possible(change: FieldChange, row: Field) -> bool:
    if change.after is MISSING:
        return row.rule is Rule.MUTABLE and row.clearable
    if row.rule is Rule.ADD_ONLY:
        return row.by_key and change.before is MISSING
    return row.rule is Rule.MUTABLE
