"""A fresh plan beside what was reviewed, as Markdown: for the approver of an apply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.review import Comparison, Unreviewed
from reconciler.render.markdown.blocks import Alert, Dialect, alert, joined, table
from reconciler.render.markdown.budget import Budget
from reconciler.render.markdown.escaping import clipped, code, prose

_LONGEST: Final = 300
_MOST_FIELDS: Final = 5


def comparison_markdown(
    found: Comparison, *, limit: Budget, dialect: Dialect = Dialect.GITHUB
) -> str:
    """Return which operations nobody reviewed, and why. Rows that do not fit are counted."""
    kind = Alert.WARNING if found.unreviewed or found.trouble else Alert.NOTE
    trouble = prose(found.trouble)
    said = alert(kind, f"**{found.words}**" + (f" {trouble}" if trouble else ""), dialect)
    shown = len(found.unreviewed)
    while True:
        text = joined(["## Reviewed and fresh", said, *_body(found, shown)]) + "\n"
        if not shown or limit.fits(text):
            return text
        shown //= 2


def _body(found: Comparison, shown: int) -> Iterator[str]:
    yield table(["not reviewed", "why", "what differs"], map(_row, found.unreviewed[:shown]))
    if rest := len(found.unreviewed) - shown:
        yield f"**and {rest:,} more**, see the log."
    remarks = [f"- {prose(clipped(each, _LONGEST))}" for each in found.remarks]
    yield "\n".join(remarks)


def _row(found: Unreviewed) -> Sequence[str]:
    key = found.key
    differences = [prose(clipped(each, _LONGEST)) for each in found.differences[:_MOST_FIELDS]]
    if rest := len(found.differences) - _MOST_FIELDS:
        differences += [f"and {rest} more"] if rest > 0 else []
    return (
        f"{found.verb.word} {code(f'{key.kind} {key.environment}/{key.name}')}",
        prose(clipped(found.why, _LONGEST)),
        "<br>".join(differences),
    )
