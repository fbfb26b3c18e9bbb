"""The names of what does not change: for whoever wants to know, folded, and left out first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.render.markdown.blocks import details
from reconciler.render.markdown.budget import Room
from reconciler.render.markdown.escaping import clipped, code
from reconciler.render.markdown.naming import Naming, number_of, said
from reconciler.render.markdown.overview import Overview

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The names, and of how many resources there was no room for them."""

    text: str
    left_out: int


def unchanged(found: Overview, naming: Naming, room: Room) -> Unchanged:
    """Return the names of what does not change, if they are wanted and there is room for them."""
    if not (naming.setting.list_unchanged and found.unchanged):
        return Unchanged("", 0)
    number = len(found.unchanged)
    title = number_of(number, "unchanged resource")
    text = details([title], "\n".join(_lines(found, naming)), naming.dialect)
    return Unchanged(text, 0) if room.take(text) else Unchanged("", number)


def _lines(found: Overview, naming: Naming) -> Iterator[str]:
    """Yield a line for each kind in each environment."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in found.unchanged:
        group = groups.setdefault((each.environment, each.kind), [])
        group.append(code(clipped(each.name, _LONGEST)))
    for (environment, kind), names in groups.items():
        place = f"{code(clipped(environment, _LONGEST))} " if naming.several else ""
        yield f"- {place}{said(clipped(kind, _LONGEST))}: {', '.join(names)}"
