"""A fresh plan beside what was reviewed, as text: what the approver of an apply has to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.core.review import Comparison, Unreviewed
from reconciler.render.lines import STYLE_OF_VERB, Line, Span, Style, line
from reconciler.render.text import fix_lines

_DETAIL: Final = "      "


def comparison_lines(found: Comparison) -> Iterator[Line]:
    """Yield the operations that nobody reviewed, and what it comes to, last."""
    yield ()
    for each in found.unreviewed:
        yield from _unreviewed_lines(each)
    for remark in found.remarks:
        yield line(f"note: {remark}")
    if found.trouble:
        yield line(f"why: {found.trouble}")
    style = Style.WARNING if found.unreviewed or found.trouble else Style.GOOD
    yield line(Span("Review:", Style.STRONG), " ", Span(found.words, style))


def _unreviewed_lines(found: Unreviewed) -> Iterator[Line]:
    key = found.key
    yield line(
        Span("  not reviewed  ", Style.WARNING),
        Span(found.verb.word, STYLE_OF_VERB[found.verb]),
        f" {key.kind} {key.environment}/",
        Span(key.name, Style.STRONG),
    )
    yield line(f"{_DETAIL}why: {found.why}")
    for difference in found.differences:
        yield line(f"{_DETAIL}  {difference}")
    yield from fix_lines(found.fix, _DETAIL)
