"""The marker of a text about plans: by what later runs, and the apply, know what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.data import digest
from reconciler.core.plan import Verb
from reconciler.core.review import place_digest, short
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.markdown.budget import Budget
from reconciler.render.markdown.setting import Setting
from reconciler.render.marker import MOST_OPERATIONS, Marker, Subject, marker_line


def whole_digest(plans: Sequence[PlanDocument], reports: Sequence[ReportDocument] = ()) -> str:
    """Return what plans are known by: a single one by its own digest, of several a joint one."""
    found = sorted({plan.digest for plan in plans} or {report.plan_digest for report in reports})
    return found[0] if len(found) == 1 else digest(found)


def marker_of(
    plans: Sequence[PlanDocument], reports: Sequence[ReportDocument], setting: Setting
) -> Marker:
    """Return the marker of a text: what was reviewed stays what it was once it is merged."""
    marker = Marker(
        subject=Subject.PLAN,
        key=setting.key,
        state=setting.state,
        digest=whole_digest(plans, reports),
        head=setting.head,
        base=setting.base,
        run=setting.run,
        attempt=setting.attempt,
        operations=_operations(plans),
        places=tuple(_places(plans)),
        nonce=setting.nonce,
    )
    seen = setting.reviewed
    if seen is None:
        return marker
    return replace(
        marker,
        digest=seen.digest,
        head=seen.head,
        base=seen.base,
        operations=seen.operations,
        places=seen.places,
    )


def fitting(marker: Marker, budget: Budget) -> Marker:
    """Return a marker that takes no more than a quarter of a text, without its lists if need be."""
    for candidate in (marker, replace(marker, operations=None)):
        if budget.size(marker_line(candidate)) <= budget.limit // 4:
            return candidate
    return replace(marker, operations=None, places=())


def _operations(plans: Sequence[PlanDocument]) -> tuple[str, ...] | None:
    """Return the short digests of what would be done, `None` if they are too many to list."""
    found: dict[str, None] = {}
    for plan in plans:
        for action in plan.actions:
            if action.verb is not Verb.NONE:
                found[short(action.digest)] = None
                if len(found) > MOST_OPERATIONS:
                    return None
    return tuple(found)


def _places(plans: Sequence[PlanDocument]) -> list[str]:
    return list(
        dict.fromkeys(
            place_digest(each.name, each.account_id, each.region, each.owner)
            for plan in plans
            for each in plan.environments
        )
    )
