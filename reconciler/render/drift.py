"""Drift as text for people: one block an environment, by class, a summary last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reconciler.core.drift import (
    AcceptedDrift,
    DriftClass,
    DriftItem,
    DriftReport,
    KnownDrift,
    Remark,
    Unread,
)
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action, Level, Note, Verb
from reconciler.render.lines import STYLE_OF_LEVEL, Line, Span, Style, line
from reconciler.render.rows import field_rows
from reconciler.render.text import field_lines
from reconciler.render.words import counted

TITLES: Final[Mapping[DriftClass, str]] = {
    DriftClass.CHANGED: "Changed outside Git",
    DriftClass.APPROVED: "Approved outside Git",
    DriftClass.GIT_ONLY: "In Git only",
    DriftClass.LIVE_ONLY: "Live only",
}
MEANINGS: Final[Mapping[DriftClass, str]] = {
    DriftClass.CHANGED: "live -> Git; or Git changed and is not applied yet",
    DriftClass.APPROVED: "live -> Git",
    DriftClass.GIT_ONLY: "not there, not adopted, or not applied yet",
    DriftClass.LIVE_ONLY: "no manifest asks for it",
}
"""What a class may stand for, in a few words; where values are shown, which side is which."""

_SYMBOLS: Final = {
    DriftClass.CHANGED: ("~", Style.UPDATE),
    DriftClass.APPROVED: ("*", Style.APPROVE),
    DriftClass.GIT_ONLY: ("<", Style.CREATE),
    DriftClass.LIVE_ONLY: (">", Style.DELETE),
}
"""As `diff` has them: on one side only. `+` and `-` are what a plan would do."""

_TITLE: Final = "  "
_ENTRY: Final = "    "
_DETAIL: Final = "      "


def drift_lines(report: DriftReport) -> Iterator[Line]:
    """Yield the lines of a drift report. The last one is the summary."""
    for environment in report.environments:
        blocks = list(_blocks(report, environment.name))
        if blocks:
            yield from _head(environment)
            yield from blocks
    for known in report.unused:
        yield line(
            Span("note:", Style.FAINT),
            f" {known.where}: known drift {known.ticket} matches nothing ({known.resource})",
        )
    if not report.is_whole:
        yield line(
            Span("note:", Style.FAINT),
            " what only exists live is not looked for: the selection leaves something out",
        )
    yield summary_line(report)


def summary_line(report: DriftReport) -> Line:
    """Return what the report comes to, in one line."""
    extra = [f"{len(report.accepted)} known"] if report.accepted else []
    if report.failures:
        extra.append(f"{counted(len(report.failures), 'resource')} could not be read")
    if not report.items:
        word = "No drift seen." if report.failures else "No drift."
        style = Style.ERROR if report.failures else Style.STRONG
        return line(Span(word, style), f" {'; '.join(extra)}." if extra else "")
    parts = [
        f"{number} {title[:1].lower()}{title[1:]}"
        for each, title in TITLES.items()
        if (number := sum(item.drift is each for item in report.items))
    ]
    return line(Span("Drift:", Style.STRONG), f" {'; '.join([', '.join(parts), *extra])}.")


def _head(environment: Environment) -> Iterator[Line]:
    yield line(
        "Environment ",
        Span(environment.name, Style.STRONG),
        Span(f"  account {environment.account_id}, {environment.region}", Style.FAINT),
    )
    yield ()


def _blocks(report: DriftReport, name: str) -> Iterator[Line]:
    for drift, title in TITLES.items():
        items = [
            each for each in report.items if each.drift is drift and each.key.environment == name
        ]
        if items:
            meaning = Span(f"  ({MEANINGS[drift]})", Style.FAINT)
            yield line(_TITLE, Span(title, Style.STRONG), meaning)
            for item in items:
                yield from _item_lines(item, report.accounts)
            yield ()
    yield from _accepted_lines([e for e in report.accepted if e.item.key.environment == name])
    yield from _unread_lines([e for e in report.unread if e.key.environment == name])
    yield from _remark_lines([e for e in report.remarks if e.key.environment == name])


def _item_lines(item: DriftItem, accounts: Mapping[str, str]) -> Iterator[Line]:
    symbol, style = _SYMBOLS[item.drift]
    yield line(_ENTRY, Span(symbol, style), " ", *_resource(item.key, item.context))
    place = item.where or item.arn
    if place:
        yield line(Span(f"{_DETAIL}{place}", Style.FAINT))
    yield line(f"{_DETAIL}{item.what}")
    action = Action(item.key, Verb.NONE, item.where or Location(""))
    for row in field_rows(item.changes, action, accounts):
        yield from field_lines(row, _DETAIL)
    who = modified(item.modified_by, item.modified_at)
    if who and not any(who in note.text for note in item.notes):
        yield line(Span(f"{_DETAIL}{who}", Style.FAINT))
    for note in item.notes:
        yield from _note_lines(note, said=item.what)
    for known in item.expired:
        expired = f"accepted until {known.expires}, which is over: {known.ticket}"
        yield line(_DETAIL, Span("expired:", Style.WARNING), f" {expired}{_reason(known)}")


def modified(by: str | None, at: str | None) -> str:
    """Return who changed something last and when, empty where AWS does not say."""
    who, when = f" by {by}" if by else "", f" at {at}" if at else ""
    return f"last modified{who}{when}" if who or when else ""


def _resource(key: ResourceKey, context: str) -> Line:
    return line(
        f"{key.kind} ",
        Span(key.name, Style.STRONG),
        Span(f"  {context}" if context else "", Style.FAINT),
    )


def _note_lines(note: Note, *, said: str = "") -> Iterator[Line]:
    word = "note" if note.level is Level.INFO else note.level.value
    if note.text != said:
        yield line(_DETAIL, Span(f"{word}:", STYLE_OF_LEVEL[note.level]), f" {note.text}")
    if note.fix:
        yield line(f"{_DETAIL}fix: {note.fix}")


def _accepted_lines(accepted: Sequence[AcceptedDrift]) -> Iterator[Line]:
    if accepted:
        yield line(_TITLE, Span("Known", Style.STRONG), Span("  (not counted)", Style.FAINT))
    for each in accepted:
        fields = ", ".join(change.path for change in each.item.changes)
        title = TITLES[each.item.drift]
        until = f"until {each.known.expires}" if each.known.expires else "for good"
        yield line(_ENTRY, *_resource(each.item.key, fields))
        what = f"{title[:1].lower()}{title[1:]}; accepted {until}: {each.known.ticket}"
        yield line(f"{_DETAIL}{what}{_reason(each.known)}")
    if accepted:
        yield ()


def _reason(known: KnownDrift) -> str:
    return f", {known.reason}" if known.reason else ""


def _unread_lines(unread: Sequence[Unread]) -> Iterator[Line]:
    if unread:
        meaning = "  (nobody knows whether it drifted)"
        yield line(_TITLE, Span("Not read", Style.STRONG), Span(meaning, Style.FAINT))
    for each in unread:
        symbol = Span("?", Style.ERROR if each.is_needed else Style.FAINT)
        yield line(_ENTRY, symbol, " ", *_resource(each.key, ""))
        yield line(Span(f"{_DETAIL}{each.where}", Style.FAINT))
        yield from _note_lines(each.note)
    if unread:
        yield ()


def _remark_lines(remarks: Sequence[Remark]) -> Iterator[Line]:
    if remarks:
        yield line(_TITLE, Span("Remarks", Style.STRONG), Span("  (no drift)", Style.FAINT))
    for each in remarks:
        yield line(_ENTRY, *_resource(each.key, ""))
        yield from _note_lines(each.note)
    if remarks:
        yield ()
