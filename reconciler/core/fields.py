"""The field table of a kind: a row per API member, how it may change and how it compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.data import Json


class Rule(StrEnum):
    """How the API lets a field change once the resource exists."""

    MUTABLE = "mutable"
    CREATE_ONLY = "create-only"
    ADD_ONLY = "add-only"
    WRITE_ONLY = "write-only"


def unchanged(value: Json) -> Json:
    """Return the value as it is: the normaliser of fields that need none."""
    return value


def declared_only(desired: Json, _live: Json) -> Json:
    """Return what is declared, adopting nothing from the live value."""
    return desired


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a field table.

    `normalise` maps a declared or a live value to the form in which equal means equal.
    `adopt` returns the declared value completed with what the server filled in on its own
    (both given in normal form), so that silence in a manifest is never a difference.
    `by_key` fields are maps of which only the declared keys are managed. `clearable` says that
    `null` may remove the value. `reason` is shown when an edit is refused.
    """

    name: str
    rule: Rule
    normalise: Callable[[Json], Json] = unchanged
    adopt: Callable[[Json, Json], Json] = declared_only
    by_key: bool = False
    clearable: bool = False
    sensitive: bool = False
    reason: str = ""
