"""Offsets, lines and columns of a text, counted as libyaml counts them."""

from __future__ import annotations

from typing import Final, cast

from yaml.error import Mark
from yaml.events import Event

BYTE_ORDER_MARK: Final = "\ufeff"
"""libyaml skips it at the beginning of a text without counting it, so it is removed before."""


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column of an offset; LF, CRLF and CR end a line."""
    before = text[:offset].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, offset - before.rfind("\n")


def mark_of(event: Event) -> Mark:
    """Return where an event begins. A parser's events have a mark, whatever their type says."""
    return cast("Mark", event.start_mark)
