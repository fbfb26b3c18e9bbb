"""How much text fits, in the unit that a host counts in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """What is counted.

    GitHub limits a comment to 65,536 characters and does not say of which kind; UTF-16 units are
    the most that it can mean. A step's summary is limited in bytes.
    """

    UTF16 = "UTF-16 units"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a text may be."""

    limit: int
    unit: Unit = Unit.UTF16

    def size(self, text: str) -> int:
        """Return how long a text is in this budget's unit."""
        if text.isascii():
            return len(text)
        if self.unit is Unit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def fits(self, text: str) -> bool:
        """Say whether a whole text is within the limit."""
        return self.size(text) <= self.limit


COMMENT = Budget(60_000)
"""What a comment or an issue may take: GitHub refuses more than 65,536."""

SUMMARY = Budget(900 * 1024, Unit.BYTES)
"""What a step's summary may take: GitHub drops one of more than 1 MiB."""


class Room:
    """What is left of a budget while a text is filled, part by part."""

    __slots__ = ("budget", "left")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.left = budget.limit

    def take(self, text: str, *, most: int | None = None) -> bool:
        """Say whether a part still fits, with the blank line below it, and give it its room.

        `most` is a smaller bound for this part alone.
        """
        size = self.budget.size(text) + _BELOW
        if size > (self.left if most is None else min(most, self.left)):
            return False
        self.left -= size
        return True


_BELOW: Final = 2
