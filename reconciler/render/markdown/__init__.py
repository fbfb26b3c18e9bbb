"""Plans, reports and drift as Markdown: safe whatever is in them, and never longer than allowed.

The parts (`code`, `prose`, `fence`, `table`, `details`, `alert`, `Budget`) are for every text that
is written for a host; `render_plans` is the text about plans and what became of them.
"""

from reconciler.render.markdown.blocks import (
    Alert,
    Dialect,
    address_of,
    alert,
    details,
    fence,
    joined,
    link,
    table,
)
from reconciler.render.markdown.budget import COMMENT, SUMMARY, Budget, Unit
from reconciler.render.markdown.escaping import Code, Words, cell, code, html, prose, words
from reconciler.render.markdown.overview import state_of
from reconciler.render.markdown.plans import LEAST, render_plans
from reconciler.render.markdown.setting import EarlyEnd, Rendered, Setting

__all__ = [
    "COMMENT",
    "LEAST",
    "SUMMARY",
    "Alert",
    "Budget",
    "Code",
    "Dialect",
    "EarlyEnd",
    "Rendered",
    "Setting",
    "Unit",
    "Words",
    "address_of",
    "alert",
    "cell",
    "code",
    "details",
    "fence",
    "html",
    "joined",
    "link",
    "prose",
    "render_plans",
    "state_of",
    "table",
    "words",
]
