"""What `reconcile explain` shows: a kind or a field with its rules, as a value and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypedDict

from reconciler.render.lines import Line, Span, Style, line

_WIDTH: Final = 88


class _Wrap(TypedDict):
    break_long_words: bool
    break_on_hyphens: bool


_WRAP: Final[_Wrap] = {"break_long_words": False, "break_on_hyphens": False}


@dataclass(frozen=True, slots=True)
class Member:
    """One field in a list of fields."""

    name: str
    type: str
    required: bool
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A kind or one of its fields.

    `facts` are name and value pairs (type, rule, constraints, ...); `documentation` is AWS's own
    text where there is one.
    """

    title: str
    summary: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    documentation: str = ""
    members: tuple[Member, ...] = ()


def explanation_lines(explained: Explanation) -> Iterator[Line]:
    """Yield the lines of an explanation."""
    yield line(Span(explained.title, Style.STRONG))
    yield from _paragraphs(explained.summary)
    if explained.facts:
        yield ()
    for name, value in explained.facts:
        yield from _fact(name, value)
    if explained.documentation:
        yield ()
        yield line(Span("AWS says", Style.STRONG))
        yield from _paragraphs(explained.documentation)
    if explained.members:
        yield ()
        yield line(Span("Fields", Style.STRONG))
        yield from _members(explained.members)


def _fact(name: str, value: str) -> Iterator[Line]:
    first, *rest = textwrap.wrap(value, _WIDTH - 15, **_WRAP) or [""]
    yield line(Span(f"  {name:<12} ", Style.FAINT), first)
    for text in rest:
        yield line(f"{'':<15}{text}")


def _paragraphs(text: str) -> Iterator[Line]:
    for paragraph in text.split("\n\n") if text else ():
        hanging = "    " if paragraph.startswith("- ") else "  "
        for part in textwrap.wrap(
            paragraph, _WIDTH, initial_indent="  ", subsequent_indent=hanging, **_WRAP
        ):
            yield line(part)


def _members(members: tuple[Member, ...]) -> Iterator[Line]:
    names = max(len(member.name) for member in members)
    types = max(len(member.type) for member in members)
    for member in members:
        required = Span(" required", Style.WARNING) if member.required else ""
        rule = f"  {member.rule}" if member.rule else ""
        yield line(
            f"  {member.name:<{names}}  ",
            Span(f"{member.type:<{types}}" if rule or required else member.type, Style.FAINT),
            rule,
            required,
        )
