"""Where each key and value of a file stands. Built by a second pass, only when somebody asks.

Clean runs need no locations, and an index costs more memory than the data. So nothing is
kept while loading, and only the indexes of the last few files are kept at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Final, cast

from yaml import CSafeLoader
from yaml.error import Mark
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.core.location import DataPath
from reconciler.manifest.marks import BYTE_ORDER_MARK, mark_of

_INDEXES_KEPT: Final = 8
_ANCHOR = re.compile(r"&[\w-]+(?:\s++(?:#[^\r\n]*+)?)*+")


@dataclass(slots=True)
class Node:
    """A value's offsets in the text, and its entries: key or index → (offset of key, value)."""

    start: int
    end: int
    entries: dict[str | int, tuple[int, Node]] | None = None


@dataclass(frozen=True, slots=True)
class FileIndex:
    """The nodes of one text, document by document."""

    text: str
    roots: tuple[Node, ...]

    def find(self, document: int, path: DataPath) -> tuple[int, Node, bool]:
        """Return (offset of its key, node, whether it exists) for a path.

        If the path does not exist, the nearest ancestor that does stands in. The key of a
        list item or of the root is the value itself.
        """
        node = self.roots[document]
        key = node.start
        for step in path:
            entry = node.entries.get(step) if node.entries else None
            if entry is None:
                return key, node, False
            key, node = entry
        return key, node, True


@lru_cache(maxsize=_INDEXES_KEPT)
def index(text: str) -> FileIndex:
    """Return the index of a text that the loader has accepted."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    return FileIndex(text, _Indexing(text).roots())


_Opening = ScalarEvent | MappingStartEvent | SequenceStartEvent


class _Indexing:
    """One pass over the events of a text. Nodes are collected flat and folded at each end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes: list[Node] = []
        self._uses: list[tuple[str, int]] = []  # a scalar's text, and where the node is used
        self._starts: list[int] = []
        self._anchors: dict[str, tuple[Node, str]] = {}

    def roots(self) -> tuple[Node, ...]:
        """Return the root node of every document, empty ones included."""
        found: list[Node] = []
        for event in iter(CSafeLoader(self._text).get_event, None):
            kind = type(event)
            if kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(cast("_Opening", event))
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(is_list=kind is SequenceEndEvent)
            elif isinstance(event, AliasEvent):
                node, text = self._anchors.get(event.anchor or "", (_at(event), ""))
                self._add(node, text, mark_of(event).index)
            elif kind is DocumentStartEvent:
                self._anchors = {}
            elif kind is DocumentEndEvent:
                found.append(self._nodes.pop())
                self._uses.clear()
        return tuple(found)

    def _open(self, event: _Opening) -> None:
        node, text = _at(event), ""
        if isinstance(event, ScalarEvent):
            text = intern(event.value)
            if event.anchor and (name := _ANCHOR.match(self._text, node.start, node.end)):
                node.start = name.end()
        if event.anchor:
            self._anchors[event.anchor] = (node, text)
        self._add(node, text, node.start)
        if not isinstance(event, ScalarEvent):
            self._starts.append(len(self._nodes))

    def _add(self, node: Node, text: str, used: int) -> None:
        self._nodes.append(node)
        self._uses.append((text, used))

    def _close(self, *, is_list: bool) -> None:
        start = self._starts.pop()
        values, uses = self._nodes[start:], self._uses[start:]
        del self._nodes[start:], self._uses[start:]
        if is_list:
            entries = enumerate(zip((used for _, used in uses), values, strict=True))
            self._nodes[-1].entries = dict(entries)
            return
        self._nodes[-1].entries = {
            key: (used, value) for (key, used), value in zip(uses[::2], values[1::2], strict=True)
        }


def _at(event: Event) -> Node:
    return Node(mark_of(event).index, cast("Mark", event.end_mark).index)
