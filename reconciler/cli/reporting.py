"""What issues are about: drift and failed applies, one environment each.

`drift_texts` and `failure_texts` say what an issue is to say; `reconciler.github.issues` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import short_digest
from reconciler.errors import UsageError
from reconciler.github.issues import IssueText, Report, Reported
from reconciler.github.run import Run
from reconciler.render.contract import ErrorDocument, PlanDocument, ReportDocument
from reconciler.render.drift_contract import DriftDocument
from reconciler.render.markdown import Budget, EarlyEnd, prose
from reconciler.render.markdown.drift import DriftPage, drift_issue
from reconciler.render.markdown.failure import failure_issue
from reconciler.render.markdown.overview import SUPERSEDED
from reconciler.render.markdown.setting import Hiding
from reconciler.render.marker import Marker, State, Subject

Texts = Mapping[str, IssueText]
"""What the issue of each environment is to say. An environment without a text is left alone."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the jobs of an apply have left: outcomes, plans, and why some plans failed."""

    outcomes: Sequence[ReportDocument | EarlyEnd]
    plans: Sequence[PlanDocument]
    unplanned: Sequence[EarlyEnd] = ()


def marker_for(run: Run, subject: Subject, environment: str) -> Marker:
    """Return the marker of an issue; its digest and state are those of its text."""
    return Marker(
        subject=subject,
        key=environment,
        state=State.FAILED,
        digest="",
        head=run.sha,
        run=run.run_id,
        attempt=run.attempt,
        nonce=short_digest([run.run_id, run.attempt, subject.value, environment]),
    )


def drift_texts(
    documents: Sequence[DriftDocument], run: Run, only: Sequence[str], hiding: Hiding
) -> Texts:
    """Return what the drift issues are to say, `only` those of some environments if any are named.

    Raises:
        UsageError: if a document is about a part of its environments.
    """
    found: dict[str, IssueText] = {}
    page = DriftPage(run.repository_url, run.url, hiding=hiding)
    for document in documents:
        if not document.whole:
            raise UsageError(
                "the drift document is about a part of its environments",
                why="an issue would be closed although there is drift in the rest",
                fix="run reconcile drift without --kind, --name, --label, --path and --exclude",
            )
        for name in (each.name for each in document.environments):
            if not only or name in only:
                issue = drift_issue(document, name, page)
                said = (
                    "There is no drift any more."
                    if issue.is_clean
                    else prose(f"Now: {issue.title}.")
                )
                found[name] = IssueText(
                    issue.title, issue.body, issue.digest, issue.is_clean, _signed(said, run)
                )
    return found


def failure_texts(left: Left, run: Run, only: Sequence[str], hiding: Hiding) -> Texts:
    """Return what the failure issues are to say.

    An environment of `only` without an outcome has failed, since its job ended before it wrote one;
    unless its plan had nothing to apply. One whose plan failed has failed as well. One that a later
    apply overtook is left alone.

    Raises:
        UsageError: if it is not known which environments there are.
    """
    names = _names(left, only)
    if not names:
        raise UsageError(
            "it is not known which environment was applied",
            why="nothing was to do, or the apply ended early",
            fix="name it with --environment",
        )
    accounts = {account for plan in left.plans for account in plan.accounts}
    found: dict[str, IssueText] = {}
    for name in names:
        alone = len(names) == 1
        outcome = (
            _outcome(left.outcomes, name, alone=alone)
            or _outcome(left.unplanned, name, alone=alone)
            or _plan(left.plans, name)
        )
        if isinstance(outcome, ErrorDocument) and outcome.code == SUPERSEDED:
            continue
        issue = failure_issue(name, outcome, run.url, hiding=hiding, accounts=accounts)
        found[name] = IssueText(
            issue.title, issue.body, issue.digest, issue.is_clean, _signed(issue.summary, run)
        )
    return found


def preview(texts: Texts, *, limit: Budget) -> str:
    """Return the texts, as many as fit, for where no issue can be written."""
    shown = ""
    for each in texts.values():
        more = f"{shown}## {prose(each.title)}\n\n{each.body}\n\n"
        if limit.fits(more):
            shown = more
    return shown


def _names(left: Left, only: Sequence[str]) -> Sequence[str]:
    """Return the environments that are told, else those that plans and outcomes name."""
    named = [each.name for plan in left.plans for each in plan.environments]
    for outcome in (*left.unplanned, *left.outcomes):
        named += _environments(outcome)
    return tuple(dict.fromkeys(only or named))


def _environments(outcome: ReportDocument | EarlyEnd) -> Iterator[str]:
    if isinstance(outcome, EarlyEnd):
        yield from filter(None, [outcome.environment])
    else:
        yield from (each.resource.environment for each in outcome.outcomes)


def _outcome(
    outcomes: Sequence[ReportDocument | EarlyEnd], environment: str, *, alone: bool
) -> ReportDocument | ErrorDocument | None:
    """Return what became of an environment: a report of it before one that names none."""
    ends: list[ErrorDocument] = []
    for each in outcomes:
        if isinstance(each, EarlyEnd):
            if each.environment in (environment, ""):
                ends.append(each.error)
        elif environment in _environments(each) or (alone and not each.outcomes):
            return each
    return ends[0] if ends else None


def _plan(plans: Sequence[PlanDocument], environment: str) -> PlanDocument | None:
    covering = (each for each in plans if environment in (one.name for one in each.environments))
    return next(covering, None)


def _signed(said: str, run: Run) -> str:
    return f"{said} [Workflow run]({run.url})" if run.url else said


_SAID: Final[Mapping[Reported, str]] = {
    Reported.OPENED: "issue opened",
    Reported.REOPENED: "issue reopened",
    Reported.UPDATED: "issue updated",
    Reported.CLOSED: "issue closed",
    Reported.UNCHANGED: "the issue says this already",
    Reported.OUTRUN: "a later run has written the issue, so nothing is written",
    Reported.NOTHING: "nothing to report, and no open issue",
}


def words_of(environment: str, report: Report) -> str:
    """Return what became of the issue of an environment."""
    issue = report.issue
    return f"{environment}: {_SAID[report.done]}{f' ({issue.url})' if issue and issue.url else ''}"
