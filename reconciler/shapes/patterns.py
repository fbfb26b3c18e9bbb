r"""Java's regular expressions, which the service model uses, in the dialects that we need.

A pattern of the API has to match the entire text. The translation knows only the constructs that
the model uses and refuses any other one, so that a new pattern never changes its meaning silently.

- `translate` yields the text for pydantic's default engine (Rust), which knows `\p{L}` but no
  look-around. Where Java and Rust differ, Java wins: `.` stops at every line terminator and
  `\d`, `\w`, `\S` mean ASCII.
- `portable` yields what ECMAScript, Python and most JSON Schema validators understand. Classes
  with `\p{..}` are exact for ASCII there and admit every other character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category

_TOKEN = re.compile(
    r"(?P<any>\[\\S\\s\])"
    r"|(?P<set>\[(?:[^\]\\]|\\p\{\w\}|\\[^p])+\])"
    r"|(?P<group>\((?!\?))"
    r"|(?P<escape>\\[^pP])"
    r"|(?P<dot>\.)"
    r"|(?P<rest>\(\?:|[)|?*+]|\{\d+(?:,\d*)?\}|[^\\\[\](){}.^$])"
)
_ITEM = re.compile(r"\\p\{(?P<category>\w)\}|\\(?P<escape>[^p])|(?P<literal>[^\\])")
_SHORTHANDS = {"d": "0-9", "w": "A-Za-z0-9_"}
_NO_LINE_END = r"[^\n\r\u0085\u2028\u2029]"
_NO_SPACE = r"[^ \t\n\u000b\f\r]"
_ANYTHING = r"[\s\S]"
_UNICODE_SET = re.compile(r"\[(?:[^\]\\]|\\.)*?\\p\{(?:[^\]\\]|\\.)*\]")
_LAST_ASCII = 127


class UnknownSyntaxError(ValueError):
    """A pattern uses a construct that has no translation; it needs a tweak."""


def translate(java: str) -> str:
    """Return the Rust pattern that matches a text exactly when Java's matches all of it.

    Raises:
        UnknownSyntaxError: if the pattern uses a construct that is not known here.
    """
    body = "".join(_pieces(java))
    return f"^(?:{body})$" if "|" in body else f"^{body}$"


def admits_everything(java: str) -> bool:
    """Return whether a pattern refuses no text, or none but the empty one."""
    return java in (r"[\S\s]*", r"[\S\s]+")


def portable(pattern: str) -> str:
    r"""Return a translated pattern without `\p{..}`; it admits what the pattern admits, or more."""
    return _UNICODE_SET.sub(lambda found: _ascii_exact(found.group()), pattern)


def _pieces(java: str) -> Iterator[str]:
    position = 0
    while position < len(java):
        token = _TOKEN.match(java, position)
        if token is None:
            raise UnknownSyntaxError(f"no translation at offset {position} of {java!r}")
        yield _piece(token.lastgroup or "", token.group(), java)
        position = token.end()


def _piece(kind: str, text: str, java: str) -> str:
    match kind:
        case "any":
            return _ANYTHING
        case "set":
            return _set(text, java)
        case "group":
            return "(?:"
        case "dot":
            return _NO_LINE_END
        case "escape":
            return _escape(text[1], java)
        case _:
            return text


def _escape(letter: str, java: str) -> str:
    if letter in _SHORTHANDS:
        return f"[{_SHORTHANDS[letter]}]"
    if letter.isalnum():
        raise UnknownSyntaxError(rf"no translation of \{letter} in {java!r}")
    return letter if letter == "/" else f"\\{letter}"


def _set(text: str, java: str) -> str:
    if text == r"[\S]":
        return _NO_SPACE
    if "[" in text[1:] or "&&" in text or "--" in text or "~~" in text:
        raise UnknownSyntaxError(f"no translation of the set {text} in {java!r}")
    return "[" + "".join(_item(item, java) for item in _ITEM.finditer(text[1:-1])) + "]"


def _item(item: re.Match[str], java: str) -> str:
    letter = item.group("escape")
    if letter is None or letter == "-":
        return item.group()
    if letter in _SHORTHANDS:
        return _SHORTHANDS[letter]
    if letter.isalnum():
        raise UnknownSyntaxError(rf"no translation of \{letter} in a set of {java!r}")
    return letter if letter in "/." else f"\\{letter}"


def _ascii_exact(unicode_set: str) -> str:
    """Return the set of all characters but the ASCII ones that are not in the given set."""
    categories = set(re.findall(r"\\p\{(\w)\}", unicode_set))
    if unicode_set.startswith("[^"):
        raise UnknownSyntaxError(f"no portable form of {unicode_set}")
    literals = re.compile(re.sub(r"\\p\{\w\}", "", unicode_set).replace("[]", "[^\\s\\S]"))
    admitted = {
        code
        for code in range(_LAST_ASCII + 1)
        if category(chr(code))[0] in categories or literals.fullmatch(chr(code))
    }
    return f"[^{''.join(_ranges(set(range(_LAST_ASCII + 1)) - admitted))}]"


def _ranges(codes: set[int]) -> Iterator[str]:
    """Yield each run of consecutive characters as `first-last`, a lonely one as itself."""
    for first in sorted(code for code in codes if code - 1 not in codes):
        last = next(code for code in range(first, _LAST_ASCII + 1) if code + 1 not in codes)
        yield f"\\u{first:04x}" + (f"-\\u{last:04x}" if last > first else "")
