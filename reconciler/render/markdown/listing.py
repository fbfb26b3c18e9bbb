"""Lists that are kept whatever else is left out: as rows, then as bare names, then as a number.

A row is made only when there is room for it. Of a long list the first entries have a row each, the
others are named together, so that a thousand deletions are still all named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler.render.markdown.blocks import Alert, Dialect, alert, joined
from reconciler.render.markdown.budget import Room
from reconciler.render.markdown.escaping import code
from reconciler.render.markdown.naming import Naming
from reconciler.render.markdown.overview import Entry

MOST_ROWS: Final = 25
_QUOTED: Final = 4  # what `> ` and the line end add to a line, and some more


@dataclass
class Listing:
    """One list: its title, and its rows as far as there was room for them.

    `named` are the entries behind the rows, where they can be named without one, and `label` says
    in a few words what each of them is about. `closing` stands below all of them.
    """

    kind: Alert
    title: str
    total: int
    rows: Iterator[str]
    named: Sequence[Entry] = ()
    label: Callable[[Entry], str] = str
    most: int = MOST_ROWS
    closing: str = ""
    shown: list[str] = field(default_factory=list)
    _names: dict[str, list[str]] = field(default_factory=dict)
    _next: str | None = None
    _rest: Iterator[tuple[str, Entry]] | None = None
    _next_name: tuple[str, str] | None = None

    @property
    def left_out(self) -> int:
        """Return how many entries are only counted."""
        return self.total - len(self.shown) - sum(map(len, self._names.values()))

    def fill(self, room: Room, share: int) -> None:
        """Make rows as long as there is room, at most a share of it."""
        end = room.left - share
        while len(self.shown) < self.most:
            self._next = self._next or next(self.rows, None)
            if self._next is None:
                return
            quoted = self._next + "x" * _QUOTED * (self._next.count("\n") + 1)
            if not room.take(quoted, most=room.left - end):
                return
            self.shown.append(self._next)
            self._next = None

    def name(self, room: Room, share: int, naming: Naming) -> None:
        """Name the entries that have no row as long as there is room, at most a share of it."""
        end = room.left - share
        if self._rest is None:
            labelled = [(self.label(entry), entry) for entry in self.named[len(self.shown) :]]
            self._rest = iter(sorted(labelled, key=lambda pair: pair[0]))
        while following := self._next_name or self._following(self._rest, naming):
            self._next_name = following
            label, name = following
            heading = "" if label in self._names else f"> - {label}: "
            if not room.take(f"{heading}{name}", most=room.left - end):
                return
            self._names.setdefault(label, []).append(name)
            self._next_name = None

    def text(self, dialect: Dialect) -> str:
        """Return the list as an alert."""
        named = [f"- {label}: {', '.join(names)}" for label, names in self._names.items()]
        more = [f"- and {self.left_out:,} more"] if self.left_out else []
        body = "\n".join([*self.shown, *named, *more])
        parts = [f"**{self.title}**", body, self.closing]
        return alert(self.kind, joined(parts), dialect)

    @staticmethod
    def _following(rest: Iterator[tuple[str, Entry]], naming: Naming) -> tuple[str, str] | None:
        found = next(rest, None)
        return found and (found[0], code(naming.name(found[1].action.resource)))


def fill(lists: Sequence[Listing], room: Room, naming: Naming) -> None:
    """Fill the lists: each gets its share for rows, then for names, then what others left."""
    closings = [each.closing for each in lists]
    for each in lists:  # what is always there
        each.closing = ""
        room.take(each.text(naming.dialect))
    for each, closing in zip(lists, closings, strict=True):
        lines = closing.count("\n") + 1
        each.closing = closing if room.take(closing + "x" * _QUOTED * lines) else ""
    share = room.left // (2 * max(1, len(lists)))
    for each in lists:
        each.fill(room, share)
    share = room.left // max(1, len(lists))
    for each in lists:
        each.name(room, share, naming)
    for each in lists:
        if each.named:
            each.name(room, room.left, naming)
        else:
            each.fill(room, room.left)
