"""The text about plans, and about what became of them.

What is written, most important first: the marker, the title, what it comes to, alerts, tables, a
section for each resource, what does not change, the footer. What does not fit is left out in this
order, always whole blocks (pull-requests.md section 1.4): what does not change; the sections of
updates, largest first; of creations; of deletions, approvals and whatever widens access; rows of
the tables; at last rows of the alerts.
How much was left out is counted, and said at the top and in the marker. Nothing is made that would
be left out, so that ten thousand changes take no longer than what is shown of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.plan import Verb
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.markdown.alerts import listings
from reconciler.render.markdown.blocks import Alert, Dialect, alert, joined
from reconciler.render.markdown.budget import COMMENT, Budget, Room
from reconciler.render.markdown.escaping import clipped, code
from reconciler.render.markdown.frame import footer, progress, quiet, results, title, totals
from reconciler.render.markdown.listing import Listing, fill
from reconciler.render.markdown.marking import fitting, marker_of
from reconciler.render.markdown.masking import (
    masked_end,
    masked_plans,
    masked_reports,
    masked_setting,
)
from reconciler.render.markdown.naming import Naming, number_of
from reconciler.render.markdown.overview import Entry, Overview, overview
from reconciler.render.markdown.resources import Section, section
from reconciler.render.markdown.setting import EarlyEnd, Rendered, Setting
from reconciler.render.markdown.tables import Table, changes_table, environments_table
from reconciler.render.markdown.unchanged import unchanged
from reconciler.render.marker import Marker, marker_line

LEAST: Final = 8_000
"""The smallest limit: what is always there needs that much."""

_LONGEST: Final = 200
_LINE: Final = 300  # one diff has at most a line for so much of the limit: a fifth of it or so
_LEAST_LINES: Final = 40
_OPEN: Final = "<details>", "<details open>"


def render_plans(  # noqa: PLR0913 - one text, with all that it may say
    plans: Sequence[PlanDocument],
    setting: Setting,
    *,
    reports: Sequence[ReportDocument | EarlyEnd] = (),
    unplanned: Sequence[EarlyEnd] = (),
    limit: int | Budget = COMMENT,
    dialect: Dialect = Dialect.GITHUB,
    marker: bool = True,
) -> Rendered:
    """Return the text about plans, within the limit (a number counts UTF-16 units).

    `reports` say what became of the plans, `unplanned` why there are none of some environments.
    The `marker` is the first line, unless left out.

    Raises:
        ValueError: if the limit is below `LEAST`.
    """
    budget = Budget(limit) if isinstance(limit, int) else limit
    if budget.limit < LEAST:
        raise ValueError(f"a text about plans needs {LEAST} {budget.unit}")
    made = [each for each in reports if isinstance(each, ReportDocument)]
    found_marker = fitting(marker_of(plans, made, setting), budget)
    accounts = {account for plan in plans for account in plan.accounts}
    setting = masked_setting(setting)
    found = overview(
        masked_plans(plans, setting),
        masked_reports(reports, setting, accounts),
        setting,
        [masked_end(each, setting, accounts) for each in unplanned],
    )
    naming = Naming(setting, dialect, several=len(found.environments) > 1)
    return _written(found, naming, budget, _Head(found_marker, is_written=marker))


@dataclass(frozen=True, slots=True)
class _Head:
    """The marker, and whether the text begins with it."""

    marker: Marker
    is_written: bool

    def line(self) -> str:
        return marker_line(self.marker) if self.is_written else ""


@dataclass(frozen=True, slots=True)
class _Body:
    """All that there was room for, in the order of the text, and what was left out."""

    alerts: Sequence[str]
    environments: Table
    changes: Table
    sections: str
    unchanged: str
    left_out: Sequence[str]


def _written(found: Overview, naming: Naming, budget: Budget, head: _Head) -> Rendered:
    setting = naming.setting
    heading, ending = title(found, setting), footer(found, naming)
    opening = [progress(found, setting), results(found)]
    if found.is_quiet:
        return _quiet([head.line(), heading, *opening, quiet(found)], found, naming, head, budget)
    opening.append(totals(found))
    lists = listings(found, naming)
    note = _longest_note(found, lists, naming)
    room = _left(budget, [head.line(), heading, *opening, note, ending])
    body = _body(found, lists, naming, room)
    truncated = bool(body.left_out)
    head = replace(head, marker=replace(head.marker, truncated=truncated))
    blocks = [
        *(head.line(), heading, *opening),
        _note(body.left_out, naming) if truncated else "",
        *body.alerts,
        *(body.environments.text, body.changes.text, body.sections, body.unchanged, ending),
    ]
    return Rendered(f"{joined(blocks)}\n", truncated, head.marker)


def _quiet(
    blocks: Sequence[str], found: Overview, naming: Naming, head: _Head, budget: Budget
) -> Rendered:
    """Return the text about plans that change nothing."""
    ending, note = footer(found, naming), _note(list(_unnamed(len(found.unchanged))), naming)
    same = unchanged(found, naming, _left(budget, [*blocks, note, ending]))
    text = joined([*blocks, same.text or (note if same.left_out else ""), ending])
    return Rendered(f"{text}\n", truncated=bool(same.left_out), marker=head.marker)


def _left(budget: Budget, blocks: Sequence[str]) -> Room:
    """Return the room that is left beside what is always there."""
    room = Room(budget)
    for block in blocks:
        room.left -= budget.size(block) + 2
    return room


def _body(found: Overview, lists: Sequence[Listing], naming: Naming, room: Room) -> _Body:
    """Fill the room, most important parts first."""
    fill(lists, room, naming)
    environments = environments_table(found, room)
    changes = changes_table(found, naming, room)
    sections = _sections(found, naming, room, max(_LEAST_LINES, room.budget.limit // _LINE))
    same = unchanged(found, naming, room)
    left_out = [
        *[_rows(each, each.left_out) for each in lists if each.left_out],
        *([f"{environments.left_out:,} environments"] if environments.left_out else []),
        *sections.left_out,
        *_unnamed(same.left_out),
    ]
    return _Body(
        [each.text(naming.dialect) for each in lists],
        environments,
        changes,
        sections.text,
        same.text,
        left_out,
    )


def _rows(found: Listing, number: int) -> str:
    return f"{number:,} of {found.total:,} rows under “{found.title}”"


def _longest_note(found: Overview, lists: Sequence[Listing], naming: Naming) -> str:
    """Return the note that would be there if everything were left out."""
    entries = len(found.entries)
    return _note(
        [
            *[_rows(each, each.total) for each in lists],
            f"{len(found.environments):,} environments",
            *_without(entries, entries),
            *_unnamed(len(found.unchanged)),
        ],
        naming,
    )


def _note(left_out: Sequence[str], naming: Naming) -> str:
    text = f"Truncated: {'; '.join(left_out)} did not fit in here. All of it is in {naming.whole}."
    return alert(Alert.NOTE, f"**{text}**", naming.dialect)


@dataclass(frozen=True, slots=True)
class _Sections:
    text: str
    left_out: Sequence[str]


def _sections(found: Overview, naming: Naming, room: Room, most_lines: int) -> _Sections:
    """Return the sections of resources that fit, in the order of the plans."""
    ranked = sorted(enumerate(found.entries), key=_rank)
    made: dict[int, Section] = {}
    headed: set[str] = set()
    for index, entry in ranked:
        heading = _heading(entry, naming)
        if heading not in headed and not room.take(heading):
            break
        headed.add(heading)
        one = section(entry, naming, most_lines)
        if not room.take(one.text + " open"):
            break
        made[index] = one
    lines = sum(each.lines for each in made.values())
    is_whole = len(made) == len(found.entries)
    opens = is_whole and 0 < lines <= naming.setting.expand_lines
    blocks = _in_order(found.entries, made, naming, opens=opens)
    cut = sum(each.is_cut for each in made.values())
    return _Sections(joined(blocks), list(_without(len(found.entries) - len(made), cut)))


def _rank(numbered: tuple[int, Entry]) -> tuple[int, int, int]:
    """Order sections by importance: grave ones, creations, the rest; small ones first."""
    index, entry = numbered
    rank = 0 if entry.is_grave else 1 if entry.action.verb is Verb.CREATE else 2
    return rank, entry.weight, index


def _in_order(
    entries: Sequence[Entry], made: dict[int, Section], naming: Naming, *, opens: bool
) -> Iterator[str]:
    above = ""
    for index in sorted(made):
        heading = _heading(entries[index], naming)
        if heading != above:
            yield heading
            above = heading
        text = made[index].text
        yield text.replace(*_OPEN, 1) if opens and text.startswith(_OPEN[0]) else text


def _heading(entry: Entry, naming: Naming) -> str:
    """Return the heading above the sections of an environment, nothing for a single one."""
    name = clipped(entry.action.resource.environment, _LONGEST)
    return f"### {code(name)}" if naming.several else ""


def _unnamed(unchanged: int) -> Iterator[str]:
    if unchanged:
        yield f"the names of {number_of(unchanged, 'unchanged resource')}"


def _without(missing: int, cut: int) -> Iterator[str]:
    if missing:
        yield f"the diffs of {number_of(missing, 'resource')}"
    if cut:
        yield f"parts of {number_of(cut, 'long diff')}"
