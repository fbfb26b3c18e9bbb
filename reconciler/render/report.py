"""What became of a plan, as text: every outcome that is not "nothing to do", a summary last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Verb
from reconciler.render.lines import Line, Span, Style, line
from reconciler.render.text import fix_lines

STYLE_OF_STATUS: Final[Mapping[Status, Style]] = {
    Status.APPLIED: Style.GOOD,
    Status.UNCHANGED: Style.FAINT,
    Status.WAITING: Style.WARNING,
    Status.STALE: Style.WARNING,
    Status.SKIPPED: Style.WARNING,
    Status.REFUSED: Style.ERROR,
    Status.FAILED: Style.ERROR,
}

_DETAIL: Final = "      "


def report_lines(report: Report) -> Iterator[Line]:
    """Yield the lines of a report. The last one is the summary.

    What a refused plan did not do is only counted: the plan itself says why.
    """
    shown = () if report.plan.refusals else report.outcomes
    yield ()
    for outcome in shown:
        if (
            outcome.status is not Status.UNCHANGED
            or outcome.verb is not Verb.NONE
            or (outcome.remarks)
        ):
            yield from outcome_lines(outcome)
    if any(outcome.verb is not Verb.NONE for outcome in shown):
        yield ()
    if report.interrupted:
        yield line(Span("Interrupted.", Style.WARNING), _RERUN)
    if report.plan.refusals:
        yield line(Span("Refused by a guard: nothing was written.", Style.ERROR))
    if report.code:
        yield line(Span("Not what was reviewed: nothing was written.", Style.ERROR))
    for remark in report.remarks:
        yield line(f"note: {remark}")
    yield from _journal_lines(shown)
    yield summary_line(report)


def _journal_lines(outcomes: Sequence[Outcome]) -> Iterator[Line]:
    """Yield where replaced policies are kept: once, since most runs need none of them."""
    folders = {str(PurePath(each.journal).parent.parent) for each in outcomes if each.journal}
    for folder in sorted(folders):
        yield line(f"Policies as they were before are in {folder}.")


_RERUN: Final = " Calls in flight were finished, the rest was left. Run the command again to go on."


def outcome_lines(outcome: Outcome) -> Iterator[Line]:
    """Yield one outcome: what became of which resource, and if not done, why and what next."""
    yield line("  ", *outcome_spans(outcome))
    for remark in outcome.remarks:
        yield line(f"{_DETAIL}note: {remark}")
    if outcome.journal and (outcome.remarks or outcome.status is not Status.APPLIED):
        yield line(f"{_DETAIL}the text before is in {outcome.journal}")
    if outcome.status is Status.APPLIED and not outcome.why:
        return
    request = f" (request {outcome.request_id})" if outcome.request_id else ""
    is_cause = outcome.status is not Status.SKIPPED  # what was skipped is mended at its cause
    if is_cause:
        yield line(Span(f"{_DETAIL}{outcome.where}", Style.FAINT))
    if outcome.why:
        yield line(f"{_DETAIL}why: {outcome.why}", Span(request, Style.FAINT))
    if is_cause:
        yield from fix_lines(outcome.fix, _DETAIL)


def outcome_spans(outcome: Outcome) -> Line:
    """Return `applied  create ModelPackage churn-v3  in group churn` as spans."""
    return line(
        Span(f"{outcome.status.value:<9}", STYLE_OF_STATUS[outcome.status]),
        f" {outcome.verb.word} {outcome.key.kind} {outcome.key.environment}/",
        Span(outcome.key.name, Style.STRONG),
        Span(f"  {outcome.context}" if outcome.context else "", Style.FAINT),
    )


def summary_line(report: Report) -> Line:
    """Return how many outcomes there are of each status that occurs."""
    counts = {status: number for status, number in report.counts.items() if number}
    if set(counts) <= {Status.UNCHANGED}:
        number = counts.get(Status.UNCHANGED, 0)
        return line(Span("Apply:", Style.STRONG), f" nothing to do, {number} unchanged.")
    parts = ", ".join(f"{number} {status.value}" for status, number in counts.items())
    return line(Span("Apply:", Style.STRONG), f" {parts}.")
