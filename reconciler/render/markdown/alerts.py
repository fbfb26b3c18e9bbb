"""What a reviewer must not overlook: a list each for what blocks, destroys, opens and approves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.core.outcome import Status
from reconciler.core.plan import Level, Verb
from reconciler.render.contract import OutcomePart, ReportDocument
from reconciler.render.markdown.blocks import Alert
from reconciler.render.markdown.escaping import clipped, code
from reconciler.render.markdown.listing import Listing
from reconciler.render.markdown.naming import Naming, fix_of, item, labelled, number_of, said
from reconciler.render.markdown.overview import FAILED, NOT_DONE, WIDENS, Entry, Overview
from reconciler.render.markdown.setting import EarlyEnd
from reconciler.render.markdown.tables import transition

_MOST_WARNINGS: Final = 20
_LONGEST: Final = 60
_LONGEST_PATH: Final = 200
_LONGEST_REMARK: Final = 400
_MOST_DIFFERENCES: Final = 13
_MOST_FIXES: Final = 3
_GATE: Final = "gate"  # the code of a report


def listings(found: Overview, naming: Naming) -> list[Listing]:
    """Return the lists that are not empty, most severe first, without their rows yet."""
    remarks = _remarks(found)
    is_refused = bool(found.objected)  # then they say which reviews did not count, and why
    every = (
        _blocking(found, naming),
        _unreviewed(found, naming),
        *([remarks] if is_refused else []),
        _destructive(found, naming),
        _widening(found, naming),
        _approvals(found, naming),
        _not_done(found, naming),
        *([] if is_refused else [remarks]),
        _warnings(found, naming),
    )
    return [each for each in every if each.total]


def _blocking(found: Overview, naming: Naming) -> Listing:
    refused = {each.resource for each, _ in found.refusals if each.resource}
    blocked = [e for e in found.entries if _blocks(e) and e.action.resource not in refused]
    failed = [e for e in _apart_from(found.refused, found) if _has_status(e, FAILED)]
    interrupted = [each for each in found.reports if each.interrupted]
    rows: tuple[Iterable[str], ...] = (
        (_end_row(each, "the plan failed: ") for each in found.unplanned),
        (_missing_row(each) for each in found.missing),
        (_end_row(each) for each in found.ends),
        (_interrupted_row(each) for each in interrupted),
        (_outcome_row(each, naming) for each in failed),
        _refusal_rows(found, naming),
        (_blocked_row(each, naming) for each in blocked),
    )
    plans = found.unplanned, found.missing
    total = sum(map(len, (*plans, found.ends, interrupted, failed, found.refusals, blocked)))
    title = _blocking_title(found, failed=len(failed), total=total)
    return Listing(Alert.CAUTION, title, total, (row for some in rows for row in some))


def _blocking_title(found: Overview, *, failed: int, total: int) -> str:
    if found.refusals:
        words = number_of(len(found.refusals), "guard refusal")
        return f"Refused: {words}, so nothing is applied"
    if failed:
        return f"{number_of(failed, 'change')} failed"
    if found.ends:
        return "The apply ended early"
    if total == len(found.missing) + len(found.unplanned):
        return f"{number_of(total, 'plan')} {'failed' if found.unplanned else 'missing'}"
    return f"{number_of(total, 'error')}"


def _apart_from(environments: frozenset[str], found: Overview) -> Iterator[Entry]:
    """Yield what is in other environments: in these, one reason is told for everything."""
    return (e for e in found.entries if e.action.resource.environment not in environments)


def _blocks(entry: Entry) -> bool:
    errors = any(note.level is Level.ERROR for note in entry.action.notes)
    return errors or entry.action.verb is Verb.BLOCKED


def _has_status(entry: Entry, statuses: frozenset[Status]) -> bool:
    return entry.outcome is not None and entry.outcome.status in statuses


def _missing_row(name: str) -> str:
    return item(f"{code(name)}: there is no plan, see the job that should have written it")


def _end_row(end: EarlyEnd, subject: str = "") -> str:
    name = f"{code(clipped(end.environment, _LONGEST))}: " if end.environment else ""
    error = end.error
    text = f"{name}{subject}{said(error.what)}"
    return item(text, labelled("why", said(error.why)), labelled("fix", fix_of(error.fix)))


def _interrupted_row(report: ReportDocument) -> str:
    names = dict.fromkeys(each.resource.environment for each in report.outcomes)
    about = ", ".join([code(each) for each in list(names)[:3]])
    return item(
        f"the apply was interrupted{f' in {about}' if about else ''}",
        "calls in flight were finished, the rest was left; run it again to go on",
    )


def _outcome_row(entry: Entry, naming: Naming) -> str:
    outcome = entry.outcome
    if outcome is None:
        raise ValueError("nothing became of this action yet")
    verb, name = entry.action.verb.word, naming.resource(entry.action.resource)
    place = naming.place(outcome.where, entry.prefix)
    text = f"**{outcome.status.value}**: {verb} of {name} ({place})"
    return item(text, *outcome_reasons(outcome))


def outcome_reasons(outcome: OutcomePart) -> Iterator[str]:
    """Yield why something was not done, how to go on, and the request to ask AWS about.

    What was skipped is mended at its cause.
    """
    request = f" (request {code(outcome.request_id)})" if outcome.request_id else ""
    yield labelled("why", f"{said(outcome.why)}{request}" if outcome.why or request else "")
    if outcome.status is not Status.SKIPPED:
        yield labelled("fix", fix_of(outcome.fix))


def _unreviewed(found: Overview, naming: Naming) -> Listing:
    """Return what keeps an apply from being what was reviewed, or shown to its approver."""
    every = [
        (entry, entry.outcome)
        for entry in found.entries
        if entry.action.resource.environment in found.objected
        and entry.outcome
        and entry.outcome.status is Status.STALE
    ]
    is_gate = all(each.code in ("", _GATE) for each in found.reports)
    seen = "the approver was shown" if is_gate else "was reviewed"
    fixes = dict.fromkeys(outcome.fix for _, outcome in every if outcome.fix)
    return Listing(
        Alert.CAUTION,
        f"Not what {seen}: {number_of(len(every), 'change')}, so nothing is applied",
        len(every),
        (_unreviewed_row(entry, outcome, naming) for entry, outcome in every),
        closing="\n\n".join([f"To go on: {fix_of(each)}" for each in list(fixes)[:_MOST_FIXES]]),
    )


def _unreviewed_row(entry: Entry, outcome: OutcomePart, naming: Naming) -> str:
    verb, place = entry.action.verb.word, naming.place(outcome.where, entry.prefix)
    text = f"{verb} of {_subject(entry, naming)} ({place}): {said(outcome.why)}"
    return item(text, *[difference(each) for each in outcome.remarks[:_MOST_DIFFERENCES]])


def difference(remark: str) -> str:
    """Return how a field differs from what was reviewed: values of others, so it is code."""
    return code(clipped(remark, _LONGEST_REMARK)) if ": " in remark else said(remark)


def _remarks(found: Overview) -> Listing:
    """Return what reports say about their runs as a whole."""
    every = [(report, remark) for report in found.reports for remark in report.remarks]
    several = len(found.environments) > 1
    return Listing(
        Alert.NOTE,
        f"{number_of(len(every), 'note')} on this apply",
        len(every),
        (item(f"{_about(report) if several else ''}{said(remark)}") for report, remark in every),
    )


def _about(report: ReportDocument) -> str:
    names = dict.fromkeys(each.resource.environment for each in report.outcomes)
    return "".join([f"{code(clipped(each, _LONGEST))}: " for each in list(names)[:1]])


def _refusal_rows(found: Overview, naming: Naming) -> Iterator[str]:
    for refusal, prefix in found.refusals:
        place = f" ({naming.place(refusal.where, prefix)})" if refusal.where else ""
        resource = refusal.resource
        about = (
            f" {naming.resource(resource)}"
            if resource and _unsaid(refusal.what, resource.name)
            else ""
        )
        yield item(
            f"{code(refusal.guard)}{about}: {said(refusal.what)}{place}",
            labelled("why", said(refusal.why)),
            labelled("fix", fix_of(refusal.fix)),
        )


def _unsaid(what: str, name: str) -> bool:
    return name not in what


def _blocked_row(entry: Entry, naming: Naming) -> str:
    errors = [note for note in entry.action.notes if note.level is Level.ERROR]
    what = "; ".join([said(note.text) for note in errors]) or "cannot be done"
    return item(
        f"{_subject(entry, naming)}: {what} ({naming.place(entry.action.where, entry.prefix)})",
        *[labelled("fix", fix_of(note.fix)) for note in errors],
    )


def _destructive(found: Overview, naming: Naming) -> Listing:
    every = [each for each in found.entries if each.is_destructive]
    gone = sum(each.action.verb is Verb.DELETE for each in every)
    parts = [number_of(gone, "deletion")] if gone else []
    if revoking := len(every) - gone:
        parts.append(f"access taken away by {number_of(revoking, 'update')}")
    return Listing(
        Alert.CAUTION,
        f"Destructive: {' and '.join(parts)}",
        len(every),
        (_destructive_row(each, naming) for each in every),
        every,
        _destructive_label,
    )


def _destructive_label(entry: Entry) -> str:
    verb = "delete" if entry.action.verb is Verb.DELETE else "take away access from"
    return f"**{verb}** {_kind(entry)}"


def _kind(entry: Entry) -> str:
    """Return the kind of a resource and, where something became of it, what."""
    return f"{said(clipped(entry.action.resource.kind, _LONGEST))}{_ending(entry)}"


def _destructive_row(entry: Entry, naming: Naming) -> str:
    place = naming.place(entry.action.where, entry.prefix)
    subject, end = _subject(entry, naming), _ending(entry)
    if entry.action.verb is Verb.DELETE:
        return item(f"**delete** {subject} ({place}){end}")
    return item(f"**take away** {_some(entry.taken)} from {subject} ({place}){end}")


def _widening(found: Overview, naming: Naming) -> Listing:
    every = [(each, texts) for each in found.entries if (texts := _widenings(each))]
    return Listing(
        Alert.WARNING,
        f"Access is widened by {number_of(len(every), 'change')}",
        len(every),
        (_widening_row(entry, texts, naming) for entry, texts in every),
        [entry for entry, _ in every],
        _kind,
    )


def _widenings(entry: Entry) -> list[str]:
    return [note.text for note in entry.action.notes if note.code == WIDENS]


def _widening_row(entry: Entry, texts: Sequence[str], naming: Naming) -> str:
    place = naming.place(entry.action.where, entry.prefix)
    said_ = [said(text.removeprefix("widens access: ")) for text in texts]
    return item(f"{_subject(entry, naming)} ({place}){_ending(entry)}", *said_)


def _approvals(found: Overview, naming: Naming) -> Listing:
    every = found.approvals
    return Listing(
        Alert.IMPORTANT,
        f"{number_of(len(every), 'approval change')}: pipelines deploy what is approved",
        len(every),
        (_approval_row(each, naming) for each in every),
        every,
        lambda entry: f"{_kind(entry)}: {_transition(entry)}",
    )


def _approval_row(entry: Entry, naming: Naming) -> str:
    place = naming.place(entry.action.where, entry.prefix)
    return item(f"{_subject(entry, naming)}: {_transition(entry)} ({place}){_ending(entry)}")


def _transition(entry: Entry) -> str:
    return transition(entry.status_change) if entry.status_change else ""


def _not_done(found: Overview, naming: Naming) -> Listing:
    told = found.refused | found.objected
    every = [e for e in _apart_from(told, found) if _has_status(e, NOT_DONE)]
    return Listing(
        Alert.WARNING,
        f"{number_of(len(every), 'change')} not made",
        len(every),
        (_outcome_row(each, naming) for each in every),
    )


def _warnings(found: Overview, naming: Naming) -> Listing:
    noted = [
        (entry, note)
        for entry in found.entries
        for note in entry.action.notes
        if note.level is Level.WARNING and note.code != WIDENS
    ]
    total = len(noted) + len(found.warnings)
    rows: tuple[Iterable[str], ...] = (
        (
            item(f"{_subject(entry, naming)}: {said(note.text)}", labelled("fix", fix_of(note.fix)))
            for entry, note in noted
        ),
        _problem_rows(found, naming),
    )
    return Listing(
        Alert.WARNING,
        number_of(total, "warning"),
        total,
        (row for some in rows for row in some),
        most=_MOST_WARNINGS,
    )


def _problem_rows(found: Overview, naming: Naming) -> Iterator[str]:
    for problem, prefix in found.warnings:
        path = f"{code(clipped(problem.path, _LONGEST_PATH))}: " if problem.path else ""
        place = naming.place(problem.where, prefix)
        yield item(
            f"{code(problem.code)} {path}{said(problem.what)} ({place})",
            labelled("why", said(problem.why)),
            labelled("fix", fix_of(problem.fix)),
        )


def _subject(entry: Entry, naming: Naming) -> str:
    context = f", {said(entry.action.context)}" if entry.action.context else ""
    return f"{naming.resource(entry.action.resource)}{context}"


def _ending(entry: Entry) -> str:
    return f": **{entry.outcome.status.value}**" if entry.outcome else ""


def _some(texts: Sequence[str]) -> str:
    most = 6
    more = [f"{len(texts) - most} more"] if len(texts) > most else []
    return ", ".join([*[said(f"`{each}`") for each in texts[:most]], *more])
