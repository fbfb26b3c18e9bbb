"""Lines of styled spans: what the text renderers return, before anybody decides on colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, Self

from reconciler.core.plan import Level, Verb
from reconciler.render.inert import inert, no_runner_commands
from reconciler.render.redact import without_credentials


class Style(StrEnum):
    """What a span means. The terminal layer chooses the colour."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    CREATE = "create"
    UPDATE = "update"
    APPROVE = "approve"
    ADOPT = "adopt"
    DELETE = "delete"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


STYLE_OF_VERB: Final[Mapping[Verb, Style]] = {
    Verb.CREATE: Style.CREATE,
    Verb.UPDATE: Style.UPDATE,
    Verb.APPROVE: Style.APPROVE,
    Verb.ADOPT: Style.ADOPT,
    Verb.DELETE: Style.DELETE,
    Verb.BLOCKED: Style.ERROR,
    Verb.NONE: Style.PLAIN,
}

STYLE_OF_LEVEL: Final[Mapping[Level, Style]] = {
    Level.INFO: Style.FAINT,
    Level.WARNING: Style.WARNING,
    Level.ERROR: Style.ERROR,
}


@lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    """Return the text inert and free of credentials; indents and signs come again and again."""
    return inert(without_credentials(text))


class _Span(NamedTuple):
    text: str
    style: Style


class Span(_Span):
    """A piece of a line. Its text is inert and free of credentials whatever it was made from.

    A tuple, because a large plan has a hundred thousand of them.
    """

    __slots__ = ()

    def __new__(cls, text: str, style: Style = Style.PLAIN) -> Self:
        """Make the text safe here, so that no renderer can forget to."""
        return tuple.__new__(cls, (_safe(text), style))


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """Return a line of spans; plain strings get no style."""
    return tuple([Span(part) if isinstance(part, str) else part for part in parts])


def safe_spans(spans: Line) -> Line:
    """Return a line that no log processor takes for a command, in the same spans where possible."""
    text = _text(spans)
    safe = no_runner_commands(text)
    return spans if safe == text else (Span(safe),)


def plain(lines: Iterable[Line]) -> str:
    """Return the text of lines without any style, ending in a line end if there is any line."""
    return "".join([_plain(_text(each)) + "\n" for each in lines])


def _plain(text: str) -> str:
    safe = no_runner_commands(text)
    return text if safe == text else _safe(safe)


def _text(spans: Line) -> str:
    return "".join([span.text for span in spans])
