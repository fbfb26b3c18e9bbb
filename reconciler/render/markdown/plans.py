"""The text about plans, and about what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.markdown.blocks import Dialect
from reconciler.render.markdown.budget import COMMENT, Budget
from reconciler.render.markdown.setting import EarlyEnd, Rendered, Setting


def render_plans(  # noqa: PLR0913 - one text, with all that it may say
    plans: Sequence[PlanDocument],
    setting: Setting,
    *,
    reports: Sequence[ReportDocument | EarlyEnd] = (),
    limit: int | Budget = COMMENT,
    dialect: Dialect = Dialect.GITHUB,
    marker: bool = True,
) -> Rendered:
    """Return the text about plans, within the limit (a number counts UTF-16 units)."""
    raise NotImplementedError
