"""Blocks of Markdown: fences, tables, sections that fold, alerts. What is in them stays in them.

Every block is a text without a line end at its end; `joined` puts them one below the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from reconciler.render.markdown.escaping import (
    Words,
    cell,
    html_words,
    longest_run_of_ticks,
    percent_encoded,
    safe_lines,
    words,
)

_SHORTEST_FENCE: Final = 3
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#&=%+@,;-]{1,400}")


class Dialect(StrEnum):
    """Which Markdown is written: GitHub's, with alerts and folds, or what every host renders."""

    GITHUB = "github"
    MARKDOWN = "markdown"


class Alert(StrEnum):
    """How much a block of its own weighs, most severe last."""

    NOTE = "note"
    IMPORTANT = "important"
    WARNING = "warning"
    CAUTION = "caution"


def joined(blocks: Iterable[str]) -> str:
    """Return blocks one below the other, a blank line between them, empty ones left out."""
    return "\n\n".join([block for block in blocks if block])


def fence(text: str, language: str = "") -> str:
    """Return a text as a block of code: no line of it can end the block.

    Its line ends stay, everything else that is invisible or active becomes a visible escape.
    """
    return fenced(safe_lines(text), language)


def fenced(lines: Sequence[str], language: str = "") -> str:
    """Return lines that are safe already (`safe_lines`) as a block of code."""
    body = "\n".join(lines)
    ticks = "`" * max(_SHORTEST_FENCE, longest_run_of_ticks(body) + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. Cells are Markdown of ours (`code`, `prose`, `link`); bars are escaped here.

    No rows make no table.
    """
    body = [row(each) for each in rows]
    return "\n".join([row(head), rule(len(head)), *body]) if body else ""


def row(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join([cell(each) for each in cells])} |"


def rule(columns: int) -> str:
    """Return the line below the head of a table."""
    return "|" + "---|" * columns


def details(
    summary: Words, body: str, dialect: Dialect = Dialect.GITHUB, *, is_open: bool = False
) -> str:
    """Return a section that folds, where the dialect has that, else its summary and its body."""
    if dialect is Dialect.MARKDOWN:
        return f"**{words(summary)}**\n\n{body}"
    # Without the blank lines, what is inside is not read as Markdown.
    start = "<details open>" if is_open else "<details>"
    return f"{start}<summary>{html_words(summary)}</summary>\n\n{body}\n\n</details>"


def alert(kind: Alert, text: str, dialect: Dialect = Dialect.GITHUB) -> str:
    """Return Markdown of ours as an alert, where the dialect has that, else as a quote.

    Alerts belong at the top level: hosts do not render them inside of other blocks.
    """
    first = f"[!{kind.upper()}]" if dialect is Dialect.GITHUB else f"**{kind.capitalize()}**\n"
    return "\n".join([f"> {line}" if line else ">" for line in f"{first}\n{text}".split("\n")])


def link(markdown: str, address: str) -> str:
    """Return Markdown of ours as a link, plain where there is no address, or one that is none."""
    return f"[{markdown}]({address})" if _ADDRESS.fullmatch(address) else markdown


def address_of(base: str, path: str, anchor: str = "") -> str:
    """Return the address of a path below a base that is ours; the path may be anything."""
    return f"{base}/{percent_encoded(path)}{f'#{anchor}' if anchor else ''}"
