"""Where output goes: data on stdout, everything else on stderr, colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import IO, Final, TypedDict

import click

from reconciler.errors import ReconcilerError
from reconciler.render.inert import no_commands_in
from reconciler.render.lines import Line, Span, Style, plain, safe_spans


class Format(StrEnum):
    """What is printed on stdout."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class Color(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class _Look(TypedDict, total=False):
    fg: str
    bold: bool
    dim: bool


_AT_ONCE: Final = 2000  # lines; the text of a large plan takes more memory than the plan

LOOKS: Final[dict[Style, _Look]] = {
    Style.PLAIN: {},
    Style.STRONG: {"bold": True},
    Style.FAINT: {"dim": True},
    Style.CREATE: {"fg": "green"},
    Style.UPDATE: {"fg": "yellow"},
    Style.APPROVE: {"fg": "cyan"},
    Style.ADOPT: {"fg": "blue"},
    Style.DELETE: {"fg": "red"},
    Style.GOOD: {"fg": "green"},
    Style.WARNING: {"fg": "yellow"},
    Style.ERROR: {"fg": "red", "bold": True},
}


@dataclass(frozen=True, slots=True)
class Output:
    """How this command prints. `format` is what stdout carries."""

    format: Format = Format.TEXT
    color: Color = Color.AUTO

    def data(self, lines: Iterable[Line]) -> None:
        """Print lines on stdout: the result that was asked for."""
        _print(lines, sys.stdout, self.color)

    def remark(self, lines: Iterable[Line]) -> None:
        """Print lines on stderr: anything that is not the result."""
        _print(lines, sys.stderr, self.color)

    def document(self, text: str) -> None:
        """Print a document on stdout: with `--format json` exactly one, and nothing else.

        JSON is made so that no line of it acts on a runner's log; of Markdown that is seen to here.
        """
        click.echo(no_commands_in(text) if self.is_markdown else text, nl=False)

    @property
    def is_json(self) -> bool:
        """Say whether stdout carries a JSON document."""
        return self.format is Format.JSON

    @property
    def is_markdown(self) -> bool:
        """Say whether stdout carries Markdown, of every host or GitHub's."""
        return self.format in {Format.MARKDOWN, Format.GITHUB}


def print_error(error: ReconcilerError) -> None:
    """Print an error that ended the command on stderr."""
    from reconciler.render.problems import error_lines

    Output().remark(error_lines(error))


def is_colored(stream: IO[str], color: Color) -> bool:
    """Say whether to colour a stream: if told to, else on a terminal that allows it."""
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not unwanted


def colored(lines: Iterable[Line]) -> str:
    """Return the text of lines with ANSI colours."""
    return "".join("".join(map(_styled, safe_spans(each))) + "\n" for each in lines)


def _styled(span: Span) -> str:
    look = LOOKS[span.style]
    return click.style(span.text, **look) if look and span.text else span.text


def _print(lines: Iterable[Line], stream: IO[str], color: Color) -> None:
    wanted = is_colored(stream, color)
    render = colored if wanted else plain
    following = iter(lines)
    while some := list(islice(following, _AT_ONCE)):
        click.echo(render(some), file=stream, nl=False, color=wanted)
