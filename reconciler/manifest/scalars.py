"""How an unquoted YAML scalar becomes a value: the YAML 1.2 core schema, minus every surprise.

A number is read as one only if nothing that was written is lost. These stay text, beyond
what the core schema leaves as text (`no`, `on`, `2012-10-17`, `12:30:45`, `1_000`):

- a leading zero (`012345678901`, `007.5`), as in account ids,
- digits, `e`, digits (`1e3`, `7e12345`), as in commit ids; `1.0e3` and `1e-3` are numbers,
- a float that overflows or becomes zero, and a number of more than `MAX_NUMBER_LENGTH` characters.
"""

from __future__ import annotations

import math
import re
from typing import Final

MAX_NUMBER_LENGTH: Final = 1_000
"""Longer digit strings stay text; converting them would take quadratic time."""

_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_WORD_STARTS: Final = frozenset("nNtTfF")

TYPED_STARTS: Final = frozenset({"", "~", *_WORD_STARTS, *"+-.0123456789"})
"""First characters (`text[:1]`) of all plain scalars that may be something else than text."""

_NUMBER_ENDS: Final = frozenset("0123456789.abcdefABCDEFnN")  # 0xf, .inf, .nan

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)").fullmatch
_FLOAT = re.compile(
    r"""[-+]?(?: (?: \.[0-9]+ | (?:0|[1-9][0-9]*)\.[0-9]* ) (?:[eE][-+]?[0-9]+)?
               | (?:0|[1-9][0-9]*)[eE][-+][0-9]+ )""",
    re.VERBOSE,
).fullmatch
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_OCTAL = re.compile(r"0o[0-7]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MANTISSA = re.compile(r"[1-9]")


def resolve(text: str) -> str | float | bool | None:
    """Return the value of a plain scalar; the text itself if it is a string.

    `.inf` and `.nan` give the floats of that name, for the caller to refuse.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _WORD_STARTS or text[-1] not in _NUMBER_ENDS or len(text) > MAX_NUMBER_LENGTH:
        return text
    if _INTEGER(text):
        return int(text)
    if _FLOAT(text):
        return _float(text)
    return _rare(text)


def _float(text: str) -> str | float:
    """Return the number, or the text where the number would be infinite or vanish."""
    value = float(text)
    vanished = value == 0 and _MANTISSA.search(text.lower().partition("e")[0])
    return text if math.isinf(value) or vanished else value


def _rare(text: str) -> str | float:
    """Return the value of what is neither a constant nor decimal."""
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text
