"""The section of one resource: where it is declared, its diff, what to know, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reconciler.core.outcome import Status
from reconciler.core.plan import Level, Verb
from reconciler.render.contract import OutcomePart, Place
from reconciler.render.inert import inert
from reconciler.render.markdown.alerts import difference, outcome_reasons
from reconciler.render.markdown.blocks import details, fenced, joined
from reconciler.render.markdown.diff import change_lines
from reconciler.render.markdown.escaping import Code, clipped, code, safe_lines
from reconciler.render.markdown.naming import Naming, fix_of, item, labelled, said
from reconciler.render.markdown.overview import WIDENS, Entry

_MOST_REMARKS: Final = 100
_MOST_PLACES: Final = 6
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Section:
    """A resource as Markdown; how many lines its diffs have, and whether some are left out."""

    text: str
    lines: int
    is_cut: bool


@dataclass(slots=True)
class _Diff:
    """A diff in a fence, and its figures."""

    text: str = ""
    lines: int = 0
    left_out: int = 0


def section(entry: Entry, naming: Naming, most_lines: int) -> Section:
    """Return the section of one resource, with at most so many lines in each diff."""
    action = entry.action
    own = _diff(change_lines(action.changes, entry.accounts), most_lines)
    unlike = action.predecessor.changes if action.predecessor else ()
    compared = _diff(change_lines(unlike), most_lines)
    body = joined(
        [
            _declared(entry, naming),
            _outcome(entry.outcome) if entry.outcome else "",
            *_comparison(entry, compared),
            own.text,
            "\n".join(_notes(entry)),
        ]
    )
    return Section(
        details(_summary(entry), body, naming.dialect),
        own.lines + compared.lines,
        bool(own.left_out or compared.left_out),
    )


def _summary(entry: Entry) -> list[str | Code]:
    action = entry.action
    kind = clipped(action.resource.kind, _LONGEST)
    name = Code(clipped(action.resource.name, _LONGEST))  # below the heading of its environment
    found: list[str | Code] = [f"{_word(entry)} {kind} ", name]
    if action.context:
        found += [", ", clipped(action.context, _LONGEST)]
    return [*found, f": {entry.outcome.status.value}"] if entry.outcome else found


def _word(entry: Entry) -> str:
    if entry.action.verb is Verb.NONE:
        return "waiting" if entry.action.waits_for else "unchanged"
    return entry.action.verb.word


def _declared(entry: Entry, naming: Naming) -> str:
    action = entry.action
    parts = [f"Declared at {', '.join(_places(entry, naming))}."]
    if action.arn and action.verb in {Verb.ADOPT, Verb.DELETE}:
        parts.append(f"It is {code(clipped(action.arn, _LONGEST))}.")
    if action.waits_for:
        parts.append(f"AWS is still at work: {code(clipped(action.waits_for, _LONGEST))}.")
    return " ".join(parts)


def _places(entry: Entry, naming: Naming) -> list[str]:
    """Return the places of a resource: its own, and those of changes that others declare."""
    own = entry.action.where
    seen: dict[tuple[str, int], Place] = {(own.path, own.line): own}
    for change in entry.action.changes:
        where = change.where
        if where and (where.path != own.path or entry.action.verb is Verb.BLOCKED):
            seen.setdefault((where.path, where.line), where)
    shown = [naming.place(each, entry.prefix) for each in islice(seen.values(), _MOST_PLACES)]
    more = len(seen) - _MOST_PLACES
    return [*shown, f"{more} more places"] if more > 0 else shown


def _comparison(entry: Entry, compared: _Diff) -> Iterator[str]:
    predecessor = entry.action.predecessor
    if predecessor is None:
        return
    name = code(clipped(predecessor.name, _LONGEST))
    if compared.lines:
        yield f"Compared with {name}:"
        yield compared.text
        yield "All of it:"
    else:
        yield f"Compared with {name}: no differences. All of it:"


def _notes(entry: Entry) -> Iterator[str]:
    for note in entry.action.notes:
        word = "note: " if note.level is Level.INFO else f"{note.level.value}: "
        word = "" if note.code == WIDENS else word
        below = labelled("why", said(note.why)), labelled("fix", fix_of(note.fix))
        yield item(f"{word}{said(note.text)}", *below)


def _outcome(outcome: OutcomePart) -> str:
    remarks = outcome.remarks[:_MOST_REMARKS]
    is_stale = outcome.status is Status.STALE
    rows = [difference(each) if is_stale else f"note: {said(each)}" for each in remarks]
    is_kept = outcome.journal and (outcome.remarks or outcome.status is not Status.APPLIED)
    if is_kept:
        rows.append(f"the text before is in {code(clipped(outcome.journal, _LONGEST))}")
    rows += outcome_reasons(outcome)
    said_ = [each for each in rows if each]
    return item(f"**{outcome.status.value}**", *said_) if said_ else ""


def _diff(lines: Iterable[str], most: int) -> _Diff:
    """Return lines as a diff in a fence; only so many of them are made safe and kept."""
    found = iter(lines)
    kept = [line for each in islice(found, most) for line in safe_lines(inert(each))]
    more = sum(1 for _ in found)
    if not kept:
        return _Diff()
    if more:
        kept.append(f"  … {more} more lines")
    return _Diff(fenced(kept, "diff"), len(kept), more)
