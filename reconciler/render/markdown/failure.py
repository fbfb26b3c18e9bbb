"""An apply that did not come to its end, as the text of an issue about one environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import digest
from reconciler.core.outcome import Status
from reconciler.core.plan import WRITING_VERBS, Level
from reconciler.render.contract import (
    ActionPart,
    ErrorDocument,
    Identity,
    OutcomePart,
    PlanDocument,
    RefusalPart,
    ReportDocument,
)
from reconciler.render.markdown.blocks import Alert, alert, joined, link, table
from reconciler.render.markdown.budget import COMMENT, Budget
from reconciler.render.markdown.escaping import code, prose
from reconciler.render.markdown.masking import masked, masked_text
from reconciler.render.markdown.setting import NOTHING, Hiding

UNDONE: Final = (Status.FAILED, Status.STALE, Status.REFUSED, Status.SKIPPED)
"""What keeps an apply from having succeeded, worst first."""

_COLUMNS: Final = ("what became of it", "what", "why", "what to do")
_SHORT: Final = 12
_NEXT: Final = (
    "Running the failed job again is safe: what was applied is not applied twice. This issue is "
    "closed by the next apply that succeeds."
)


@dataclass(frozen=True, slots=True)
class FailureIssue:
    """What an issue says about one environment. `body` has no marker."""

    title: str
    body: str
    digest: str
    is_clean: bool
    summary: str


@dataclass(frozen=True, slots=True)
class _Trouble:
    """One thing that went wrong."""

    status: str
    what: str
    why: str
    fix: str
    where: str = ""


def failure_issue(  # noqa: PLR0913 - one text, with all that it may say
    environment: str,
    outcome: ReportDocument | ErrorDocument | PlanDocument | None,
    run_url: str = "",
    *,
    limit: Budget = COMMENT,
    hiding: Hiding = NOTHING,
    accounts: Iterable[str] = (),
) -> FailureIssue:
    """Return the issue about an environment.

    A plan instead of an outcome means that nothing was applied: there was no need, or it was
    refused. Nothing at all means that the run has left nothing. What is in `hiding` is not shown;
    `accounts` are known to be ids of accounts.
    """
    known_accounts = dict.fromkeys(accounts, "")
    environment = masked_text(environment, hiding, known_accounts)
    outcome = masked(outcome, hiding, known_accounts) if outcome else None
    troubles = tuple(_troubles(environment, outcome))
    interrupted = isinstance(outcome, ReportDocument) and outcome.interrupted
    is_clean = not troubles and not interrupted
    said = "was interrupted" if interrupted and not troubles else _counts(troubles)
    summary = "The last apply succeeded." if is_clean else f"The last apply {said}."
    known: list[str] = [each for one in troubles for each in (one.status, one.what, one.why)]
    head = f"Environment {code(environment)}. {summary}"
    return FailureIssue(
        title=f"Apply failed: {environment}",
        body=_fitted(_Page(head, troubles, is_clean, _footer(outcome, run_url)), limit),
        digest=digest([is_clean, interrupted, *known]),
        is_clean=is_clean,
        summary=summary,
    )


_NO_REPORT: Final = _Trouble(
    "failed", "the apply left no report", "its job ended before it wrote one", ""
)


def _troubles(
    environment: str, outcome: ReportDocument | ErrorDocument | PlanDocument | None
) -> Iterator[_Trouble]:
    if outcome is None:
        yield _NO_REPORT
    elif isinstance(outcome, PlanDocument):
        yield from _of_plan(environment, outcome)
    elif isinstance(outcome, ErrorDocument):
        yield _Trouble("failed", outcome.what, outcome.why, outcome.fix)
    else:
        yield from _refusals(outcome.refusals, environment)
        own = [each for each in outcome.outcomes if each.resource.environment == environment]
        for status in UNDONE:
            yield from (_undone(each) for each in own if each.status is status)


def _of_plan(environment: str, plan: PlanDocument) -> Iterator[_Trouble]:
    """Yield why a plan was not applied; none if there was nothing to apply."""
    own = [each for each in plan.actions if each.resource.environment == environment]
    refused = [*_refusals(plan.refusals, environment)]
    errors = [
        _Trouble("error", _name(each.resource), note.text, note.fix, _place_of(each))
        for each in own
        for note in each.notes
        if note.level is Level.ERROR
    ]
    yield from (*refused, *errors)
    if not refused and any(each.verb in WRITING_VERBS for each in own):
        yield _NO_REPORT


def _refusals(refusals: Sequence[RefusalPart], environment: str) -> Iterator[_Trouble]:
    for each in refusals:
        if each.resource is None or each.resource.environment == environment:
            where = _place(each.where.path, each.where.line) if each.where else ""
            name = f"{_name(each.resource)}: " if each.resource else ""
            yield _Trouble(f"refused by {each.guard}", name + each.what, each.why, each.fix, where)


def _undone(outcome: OutcomePart) -> _Trouble:
    return _Trouble(
        outcome.status.value,
        f"{outcome.verb.word} {_name(outcome.resource)}",
        outcome.why,
        outcome.fix,
        _place_of(outcome),
    )


def _place_of(part: OutcomePart | ActionPart) -> str:
    return _place(part.where.path, part.where.line)


def _name(resource: Identity) -> str:
    return f"{resource.kind} {resource.environment}/{resource.name}"


def _place(path: str, line: int) -> str:
    return f"{path}:{line}"


def _counts(troubles: Sequence[_Trouble]) -> str:
    if len(troubles) == 1 and troubles[0].status == Status.FAILED:
        return "failed"
    numbers = {
        status: sum(each.status.startswith(status.value) for each in troubles) for status in UNDONE
    }
    parts = [f"{number} {status.value}" for status, number in numbers.items() if number]
    return f"failed: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class _Page:
    """What the text is made of."""

    head: str
    troubles: Sequence[_Trouble]
    is_clean: bool
    footer: str

    def text(self, shown: int) -> str:
        """Return the text with so many rows, and how many were left out."""
        rest = len(self.troubles) - shown
        return joined(
            [
                self.head if self.is_clean else alert(Alert.CAUTION, self.head),
                table(_COLUMNS, map(_row, self.troubles[:shown])),
                f"{rest} more in the run." if rest else "",
                "" if self.is_clean else _NEXT,
                self.footer,
            ]
        )


def _fitted(page: _Page, limit: Budget) -> str:
    """Return the text with as many rows as there is room for."""
    shown = len(page.troubles)
    while shown and not limit.fits(page.text(shown)):
        shown = shown * 3 // 4
    return page.text(shown)


def _footer(outcome: ReportDocument | ErrorDocument | PlanDocument | None, run_url: str) -> str:
    commit = outcome.commit if isinstance(outcome, ReportDocument) else None
    parts = (
        link("workflow run", run_url) if run_url else "",
        f"commit {code(commit[:_SHORT])}" if commit else "",
        f"reconcile {code(outcome.tool_version)}" if outcome else "",
    )
    return " · ".join(filter(None, parts))


def _row(trouble: _Trouble) -> tuple[str, ...]:
    place = f" at {code(trouble.where)}" if trouble.where else ""
    return (
        prose(trouble.status),
        f"{prose(trouble.what)}{place}",
        prose(trouble.why),
        prose(trouble.fix),
    )
