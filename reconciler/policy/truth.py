"""Yes, no and unknown: what an evaluation knows about a condition it can only partly see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Truth:
    """True, false, or neither (`value` is `None`), and then what is not known."""

    value: bool | None
    unknown: frozenset[str] = frozenset()

    @property
    def is_unknown(self) -> bool:
        """Say whether it is neither true nor false."""
        return self.value is None


YES: Final = Truth(value=True)
NO: Final = Truth(value=False)


def truth(*, value: bool) -> Truth:
    """Return a known truth."""
    return YES if value else NO


def unknown(*what: str) -> Truth:
    """Return a truth that depends on what is not known."""
    return Truth(None, frozenset(what))


def negate(one: Truth) -> Truth:
    """Return the opposite; what is unknown stays so."""
    return one if one.value is None else truth(value=not one.value)


def both(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: one that does not decides, whatever is unknown."""
    return _decide(truths, decisive=False)


def either(truths: Iterable[Truth]) -> Truth:
    """Return whether any holds: one that does decides, whatever is unknown."""
    return _decide(truths, decisive=True)


def _decide(truths: Iterable[Truth], *, decisive: bool) -> Truth:
    missing: frozenset[str] = frozenset()
    open_question = False
    for each in truths:
        if each.value is decisive:
            return truth(value=decisive)
        open_question = open_question or each.is_unknown
        missing |= each.unknown
    return Truth(None, missing) if open_question else truth(value=not decisive)
