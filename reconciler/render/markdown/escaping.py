r"""Texts of others inside Markdown: as code, as a table cell, as HTML, or as prose.

Whatever comes from manifests or from AWS passes through here. It can then neither end the block
that it stands in, nor mention people, link issues and commits, load images or hide anything
(the hazards of pull-requests.md section 1.5), nor is any line of it a command to the runner that
prints it. Credentials are masked once more on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from reconciler.render.inert import inert, no_runner_commands
from reconciler.render.redact import without_credentials

_TICKS: Final = re.compile(r"`+")
_PIPE: Final = re.compile(r"(\\*)\|")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
)
# A word that means nothing to Markdown and that no host makes a link of: letters, or a small
# number, with the punctuation of a sentence around them.
_PLAIN_WORD: Final = re.compile(
    r"""[("']*(?:[A-Za-z]+(?:['-][A-Za-z]+)*|[0-9]{1,6}%?|[a-z]+\(s\))[)"'.,;:?!]*|[)"'.,;:?!]+"""
)
_HEXADECIMAL: Final = re.compile(r"[a-f]{7,}", re.IGNORECASE)
_QUOTED: Final = re.compile(r"(?<![`\w])`([^`]+)`(?![`\w])")
_BLANKS: Final = re.compile(r"\s+")
_ARROWS: Final = {"->": "→"}


class Code(str):
    """A text of others among words of ours: it is shown as code."""

    __slots__ = ()


Words = Sequence[str | Code]
"""Words of ours, with texts of others among them."""


def code(text: str) -> str:
    """Return a text as inline code, whatever is in it. Line ends become visible escapes."""
    return _code(_safe(text))


def clipped(text: str, most: int) -> str:
    """Return a text, the end of a long one left out and said: nothing of others sets our length."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def safe_lines(text: str) -> list[str]:
    """Return the lines of a text, each inert; the only characters that act are the line ends."""
    lines = without_credentials(text).replace("\r\n", "\n").split("\n")
    return [no_runner_commands(inert(each)) for each in lines]


def longest_run_of_ticks(text: str) -> int:
    """Return how many backticks stand in a row at most."""
    return max(map(len, _TICKS.findall(text)), default=0)


def cell(markdown: str) -> str:
    r"""Return Markdown as the cell of a table: on one line, and no bar ends it.

    A bar after a backslash cannot be escaped (`\\|` is a backslash and a bar), so it is spelled.
    """
    if "\n" in markdown:
        markdown = " ".join(markdown.split("\n"))
    return _PIPE.sub(_bar, markdown) if "|" in markdown else markdown


def html(text: str) -> str:
    """Return a text as HTML text."""
    return escape(_safe(text))


def html_code(text: str) -> str:
    """Return a text as code in HTML, where Markdown is not read: in a `<summary>`."""
    return _html_code(_safe(text))


def words(parts: Words) -> str:
    """Return words of ours, with texts of others among them as code."""
    return "".join([code(part) if isinstance(part, Code) else prose(part) for part in parts])


def html_words(parts: Words) -> str:
    """Return words of ours, with texts of others among them as code, as HTML."""
    return "".join(
        [html_code(part) if isinstance(part, Code) else html_prose(part) for part in parts]
    )


def prose(text: str) -> str:
    """Return a sentence of ours that quotes others: every word that is not plain is code.

    Example: `@ops must fix #1 in churn-v3.` has three words in code, so that it tells nobody and
    links nothing. What stands between backticks is one piece of code.
    """
    return _prose(text) if len(text) <= _OFTEN else "".join(_pieces(_safe(text), _code))


def html_prose(text: str) -> str:
    """Return the same as HTML, where Markdown is not read: in a `<summary>`."""
    return "".join(_pieces(_safe(text), _html_code))


def percent_encoded(path: str) -> str:
    """Return a path as part of an address; only slashes and plain characters stay."""
    data = path.encode("utf-8", "surrogatepass")
    return "".join([chr(each) if each in _UNRESERVED else f"%{each:02X}" for each in data])


# Kinds, verbs, statuses and the sentences of notes come again and again.
_OFTEN: Final = 512


@lru_cache(maxsize=4096)
def _prose(text: str) -> str:
    return "".join(_pieces(_safe(text), _code))


def _safe(text: str) -> str:
    return no_runner_commands(inert(without_credentials(text)))


def _code(text: str) -> str:
    if "`" not in text:
        padded = text.startswith(" ") and text.endswith(" ")
        return f"` {text} `" if padded and text.strip() else f"`{text or ' '}`"
    ticks = "`" * (longest_run_of_ticks(text) + 1)
    return f"{ticks} {text} {ticks}"


def _bar(found: re.Match[str]) -> str:
    return f"{found[1]}\\u007c" if found[1] else "\\|"


def _html_code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _pieces(text: str, as_code: Callable[[str], str]) -> Iterator[str]:
    """Yield the pieces of a sentence, between them the blanks."""
    at = 0
    for quoted in _QUOTED.finditer(text):
        yield _plain_or_code(text[at : quoted.start()], as_code)
        yield as_code(quoted[1])
        at = quoted.end()
    yield _plain_or_code(text[at:], as_code)


def _plain_or_code(text: str, as_code: Callable[[str], str]) -> str:
    """Return words that are not plain as code, neighbours as one piece of it."""
    front, back = text[:1].isspace(), text[-1:].isspace() and bool(text.strip())
    shown: list[str] = []
    strange: list[str] = []
    for word in _BLANKS.split(text.strip()):
        if word and word not in _ARROWS and not _is_plain(word):
            strange.append(word)
            continue
        shown += _strange(strange, as_code)
        strange = []
        shown.append(_ARROWS.get(word, word))
    shown += _strange(strange, as_code)
    return f"{' ' if front else ''}{' '.join(shown)}{' ' if back else ''}"


def _strange(found: Sequence[str], as_code: Callable[[str], str]) -> list[str]:
    """Return words as one piece of code, without the punctuation that ends it."""
    if not found:
        return []
    text = " ".join(found)
    bare = text.rstrip(".,;:") or text
    return [as_code(bare) + text[len(bare) :]]


def _is_plain(word: str) -> bool:
    return bool(_PLAIN_WORD.fullmatch(word)) and not _HEXADECIMAL.search(word)
