"""Make text from manifests and from AWS harmless to terminals, logs and readers.

A plan is what a person approves, so nothing in it may hide, move, colour or imitate other parts
of it: control characters, ANSI sequences, bidirectional overrides, zero-width characters and line
ends become visible escapes. Everything that is printed passes through here, once, at the end.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Blank or spacing characters of other categories that make two texts look alike.
_LOOKS_EMPTY: Final = frozenset("\u00a0\u115f\u1160\u3164\uffa0\u2800")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# GitHub's runner executes lines that begin with `::`, white space aside, and `##[` anywhere.
_RUNNER_COMMAND: Final = re.compile(r"^(\s*):(?=:)|##\[")
_ASTRAL: Final = 0xFFFF


def inert(text: str) -> str:
    r"""Return the text with every invisible or active character as a `\u` escape.

    Example: `inert("a\x1b[2J")` is `a\u001b[2J`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if unicodedata.category(char) in _HIDDEN or char in _LOOKS_EMPTY:
        code = ord(char)
        return f"\\U{code:08x}" if code > _ASTRAL else f"\\u{code:04x}"
    return char


def no_runner_commands(line: str) -> str:
    """Return a whole output line that GitHub's runner cannot take for a workflow command."""
    if "::" not in line and "##[" not in line:
        return line
    return _RUNNER_COMMAND.sub(
        lambda found: "##\\u005b" if found.group().startswith("#") else f"{found[1]}\\u003a", line
    )


def no_commands_in(text: str) -> str:
    """Return a text of several lines, none of which GitHub's runner takes for a command."""
    if "::" not in text and "##[" not in text:
        return text
    return "\n".join([no_runner_commands(line) for line in text.split("\n")])
