"""What libyaml's refusals mean, in words that say what to change."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Protocol

from yaml import MarkedYAMLError, YAMLError

from reconciler.core.location import Location
from reconciler.core.problem import Problem
from reconciler.manifest.marks import line_and_column

# What YAML forbids, and the line breaks and marks on which its versions differ. (Listing what is
# allowed instead takes ten times as long to compile.)
_STRANGE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]",
)

_TAG_DIRECTIVES_READ: Final = 16

_TAG_DIRECTIVE = re.compile(r"(?:\A|(?<=[\r\n]))%TAG")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_TAB_INDENTATION = re.compile(r" *\t")


class Marked(Protocol):
    """A place in the text as libyaml counts it: from zero."""

    line: int
    column: int


class _Advice(NamedTuple):
    """What to say about a libyaml problem; `opening` points to where the construct began."""

    what: str
    fix: str
    opening: bool = False


_FALLBACK: Final = _Advice("this is not YAML", "check the indentation and the line before")

# libyaml's text, or "context: text" where the text alone says too little. First match wins.
_ADVICE: Final[tuple[tuple[str, _Advice], ...]] = (
    (
        "mapping values are not allowed",
        _Advice(
            "a ':' where no key can be",
            "quote the value if it contains ': ', or align the key with its siblings",
        ),
    ),
    (
        "could not find expected ':'",
        _Advice(
            "a line that is neither 'key: value' nor a list item",
            "add the ':', or indent the line if it continues the text above",
            opening=True,
        ),
    ),
    (
        "quoted scalar: found unexpected end of stream",
        _Advice("a quote that is never closed", "close the quote", opening=True),
    ),
    (
        "quoted scalar: found unexpected document indicator",
        _Advice("a quote that is still open at '---'", "close the quote", opening=True),
    ),
    (
        "did not find expected ',' or ']'",
        _Advice("a ',' or ']' is missing in the list that begins here", "add it", opening=True),
    ),
    (
        "did not find expected ',' or '}'",
        _Advice("a ',' or '}' is missing in the mapping that begins here", "add it", opening=True),
    ),
    (
        "did not find expected key",
        _Advice(
            "something else where the next key has to be",
            "align it with the other keys; after a quoted value nothing may follow",
        ),
    ),
    (
        "did not find expected '-' indicator",
        _Advice("something else where the next list item has to be", "indent it or add '- '"),
    ),
    (
        "block sequence entries are not allowed",
        _Advice("a list item where none can be", "start the list on its own line"),
    ),
    (
        "cannot start any token",
        _Advice(
            "a character that cannot begin a value without quotes",
            "quote values that begin with @, ` or %",
        ),
    ),
    ("unknown escape", _Advice("an unknown escape in a quoted text", "write '\\\\' or use '…'")),
    ("hexdecimal number", _Advice("an incomplete escape in a quoted text", "complete it")),
    ("character escape code", _Advice("an escape that is no character", "correct the code")),
    (
        "did not find expected comment or line break",
        _Advice("text after '|' or '>'", "begin the text on the next line"),
    ),
    (
        "did not find expected <document start>",
        _Advice("something after the end of the document", "separate documents with '---'"),
    ),
    (
        "did not find expected node content",
        _Advice("nothing where a value has to be", "write the value, or remove the ',' or bracket"),
    ),
    (
        "exceeded maximum nesting depth",
        _Advice("brackets nested far too deep", "close the brackets, or flatten the structure"),
    ),
    (
        "undefined tag handle",
        _Advice("a tag with an undeclared prefix", "remove the tag: manifests have none"),
    ),
    (
        "expected alphabetic or numeric character",
        _Advice(
            "'*' or '&' that does not begin an alias or anchor",
            'quote the value, for example "*"',
        ),
    ),
)

_DIRECTIVE_TROUBLE: Final = ("incompatible YAML", "directive")


def strange_character(path: str, text: str) -> Problem | None:
    """Return the problem of the first character that manifests may not contain, if any."""
    match = _STRANGE.search(text)
    if match is None:
        return None
    return Problem(
        code="E112",
        where=Location(path, *line_and_column(text, match.start())),
        path="",
        what=f"character U+{ord(match[0]):04X} is not allowed",
        why="such characters are invisible, and tools read them differently",
        fix="remove it, or write it as an escape in double quotes",
    )


def explain(path: str, text: str, error: YAMLError) -> Problem:
    """Return the problem that stands for an error that libyaml raised on this text."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return strange_character(path, text) or _syntax(path, None, _FALLBACK)
    text_of_libyaml = f"{error.context or ''}: {error.problem or ''}"
    tab = _indenting_tab(path, text, error.problem_mark.line)
    if tab is not None or "found a tab" in text_of_libyaml:
        return _tab(tab or _marked(path, error.problem_mark))
    if any(words in text_of_libyaml for words in _DIRECTIVE_TROUBLE):
        return directive(Location(path, error.problem_mark.line + 1))
    advice = next((found for words, found in _ADVICE if words in text_of_libyaml), _FALLBACK)
    if not advice.opening or error.context_mark is None:
        return _syntax(path, error.problem_mark, advice)
    noticed = f"reading it failed on line {error.problem_mark.line + 1}"
    return _syntax(path, error.context_mark, advice, why=noticed)


def flood_of_directives(path: str, text: str) -> Problem | None:
    """Return the problem of the first `%TAG` if there are so many that reading them takes long.

    libyaml compares each with all others before it reports the first one.
    """
    found = list(_TAG_DIRECTIVE.finditer(text))
    if len(found) <= _TAG_DIRECTIVES_READ:
        return None
    return directive(Location(path, *line_and_column(text, found[0].start())))


def directive(where: Location) -> Problem:
    """Return the problem of a `%` directive at a place."""
    return Problem(
        code="E113",
        where=where,
        path="",
        what="this '%' directive is not allowed",
        why="manifests are YAML 1.2 without tags",
        fix="remove the line",
    )


def _syntax(path: str, mark: Marked | None, advice: _Advice, *, why: str = "") -> Problem:
    return Problem(
        code="E110",
        where=Location(path) if mark is None else _marked(path, mark),
        path="",
        what=f"YAML syntax: {advice.what}",
        why=why,
        fix=advice.fix,
    )


def _tab(where: Location) -> Problem:
    return Problem(
        code="E111",
        where=where,
        path="",
        what="a tab in the indentation",
        why="YAML allows only spaces there",
        fix="replace the tab by spaces",
    )


def _indenting_tab(path: str, text: str, line: int) -> Location | None:
    lines = _LINE_BREAK.split(text)
    tab = _TAB_INDENTATION.match(lines[line]) if line < len(lines) else None
    return Location(path, line + 1, tab.end()) if tab else None


def _marked(path: str, mark: Marked) -> Location:
    return Location(path, mark.line + 1, mark.column + 1)
