"""Which changes the API can carry out on something that exists. Shared by all kinds."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING
from reconciler.core.fields import Field, Rule


def refused(changes: Sequence[FieldChange], fields: tuple[Field, ...]) -> tuple[FieldChange, ...]:
    """Return the changes that the API cannot carry out on an existing resource."""
    by_name = {row.name: row for row in fields}
    return tuple(change for change in changes if not _possible(change, by_name[change.name]))


def _possible(change: FieldChange, row: Field) -> bool:
    if change.after is MISSING:
        return row.rule is Rule.MUTABLE and row.clearable
    if row.rule is Rule.ADD_ONLY:
        return row.by_key and change.before is MISSING
    return row.rule is Rule.MUTABLE
