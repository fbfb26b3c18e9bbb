"""What AWS says about a member: read from the installed botocore when asked, never copied.

Importing this module is free; botocore is loaded by the first question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import Shape as ApiShape

_BLOCKS = frozenset({"p", "ul", "ol", "dl", "dt", "dd", "note", "important", "pre", "h1", "h2"})


class UnknownMemberError(LookupError):
    """The service model has no such structure or member."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the service model demands of a value, in botocore's own terms.

    `minimum` and `maximum` bound the length of texts, lists and maps, and the value of numbers.
    `pattern` is Java's dialect, as AWS documents it. `item` describes the items of a list or the
    values of a map, `key` the keys of a map.
    """

    type: str
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    pattern: str = ""
    values: tuple[str, ...] = ()
    sensitive: bool = False
    key: Constraints | None = None
    item: Constraints | None = None


def describe(structure: str, member: str = "") -> str:
    """Return AWS's documentation of a structure, or of one of its members, as plain text.

    Paragraphs are separated by an empty line and list items begin with `- `.

    Raises:
        UnknownMemberError: if botocore knows no such structure or member.
    """
    shape = _member(structure, member) if member else _structure(structure)
    return plain_text(str(shape.documentation))


def constraints(structure: str, member: str) -> Constraints:
    """Return what the service model demands of a member.

    Raises:
        UnknownMemberError: if botocore knows no such structure or member.
    """
    required = member in _structure(structure).required_members
    return _constraints(_member(structure, member), required=required)


def plain_text(html: str) -> str:
    """Return the text of AWS's HTML: entities decoded, white space folded, blocks kept apart."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


def _structure(name: str) -> ApiShape:
    from reconciler.shapes import service_model

    if name not in service_model.load().shape_names:
        raise UnknownMemberError(f"botocore has no structure {name}")
    return service_model.load().shape_for(name)


def _member(structure: str, name: str) -> ApiShape:
    members = getattr(_structure(structure), "members", {})
    if name not in members:
        raise UnknownMemberError(f"{structure} has no member {name}")
    return members[name]


def _constraints(shape: ApiShape, *, required: bool = False) -> Constraints:
    metadata = shape.metadata
    kind = shape.type_name
    return Constraints(
        type=kind,
        required=required,
        minimum=metadata.get("min"),
        maximum=metadata.get("max"),
        pattern=metadata.get("pattern", ""),
        values=tuple(metadata.get("enum", ())),
        sensitive=bool(metadata.get("sensitive")),
        key=_constraints(shape.key) if kind == "map" else None,
        item=_constraints(shape.value if kind == "map" else shape.member)
        if kind in ("map", "list")
        else None,
    )


class _Reader(HTMLParser):
    """Collects text by block: a paragraph or a list item."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._current = ""
        self._bullet = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block where the tag does."""
        del attrs
        if tag in _BLOCKS:
            self._flush()
        elif tag == "li":
            self._flush()
            self._bullet = "- "
        elif tag == "br":
            self._current += " "

    def handle_endtag(self, tag: str) -> None:
        """End a block where the tag does."""
        if tag in _BLOCKS or tag == "li":
            self._flush()

    def handle_data(self, data: str) -> None:
        """Take up text."""
        self._current += data

    def text(self) -> str:
        """Return everything read so far."""
        self._flush()
        return "\n\n".join(self._blocks)

    def _flush(self) -> None:
        folded = re.sub(r"\s+", " ", self._current).strip()
        if folded:
            self._blocks.append(self._bullet + folded)
            self._bullet = ""
        self._current = ""
