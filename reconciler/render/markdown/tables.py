"""The tables: what plans come to in each environment, and which resources change how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import Json
from reconciler.core.outcome import Status
from reconciler.core.plan import WRITING_VERBS, Verb
from reconciler.render.contract import ChangePart
from reconciler.render.markdown.blocks import row, rule
from reconciler.render.markdown.budget import Room
from reconciler.render.markdown.diff import changed_paths
from reconciler.render.markdown.escaping import clipped, code
from reconciler.render.markdown.naming import Naming, number_of
from reconciler.render.markdown.overview import ACCESS, Covered, Entry, Overview
from reconciler.render.values import shown

MOST_ROWS: Final = 50
_MOST_FIELDS: Final = 3
_SHORT: Final = 12
_LONGEST: Final = 120
_LONGEST_WORD: Final = 60
_COUNTED: Final = (Verb.CREATE, Verb.UPDATE, Verb.APPROVE, Verb.ADOPT, Verb.DELETE, Verb.BLOCKED)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as far as there was room for it, and how many rows were not made."""

    text: str
    left_out: int


def environments_table(found: Overview, room: Room) -> Table:
    """Return one row an environment, also for one whose plan is missing. None for a single one."""
    places = found.environments
    if len(places) < 2:  # noqa: PLR2004 - the title names a single one
        return Table("", 0)
    verbs = [verb for verb in (*_COUNTED, Verb.NONE) if found.counts.get(verb)]
    applied = [Status(each) for each in Status if found.statuses.get(each)]
    words = ["unchanged" if verb is Verb.NONE else verb.word for verb in verbs]
    head = ["environment", "account", "region", *words]
    head += [f"*{status.value}*" for status in applied]
    has_digests = any(each.digest for each in places)
    rows = (
        [*_environment(each, verbs, applied), *([_digest(each)] if has_digests else [])]
        for each in places
    )
    head += ["plan"] if has_digests else []
    return _filled(head, rows, len(places), room)


def _digest(each: Covered) -> str:
    """Return what `apply --accept-digest` takes for one environment."""
    short = each.digest.removeprefix("sha256:")[:_SHORT]
    return code(short) if short else ""


def _environment(each: Covered, verbs: Sequence[Verb], statuses: Sequence[Status]) -> Sequence[str]:
    blanks = [""] * (len(verbs) + len(statuses))
    name = code(clipped(each.name, _LONGEST))
    if each.is_missing or each.is_unplanned:
        failed = "plan failed" if each.is_unplanned else "plan failed, see the job"
        return [name, f"**{failed}**", "", *blanks]
    place = [code(each.part.account_id), code(each.part.region)] if each.part else ["", ""]
    numbers = [each.counts.get(verb, 0) for verb in verbs]
    numbers += [each.statuses.get(status, 0) for status in statuses]
    return [name, *place, *[str(number or "") for number in numbers]]


def changes_table(found: Overview, naming: Naming, room: Room) -> Table:
    """Return one row an action, at most `MOST_ROWS`."""
    entries = [entry for entry in found.entries if _is_shown(entry)]
    has_outcomes = any(entry.outcome for entry in entries)
    head = ["action", "resource", "what changes", *(["outcome"] if has_outcomes else [])]
    rows = (_action(entry, naming, has_outcomes=has_outcomes) for entry in entries[:MOST_ROWS])
    return _filled(head, rows, len(entries), room)


def _is_shown(entry: Entry) -> bool:
    verb = entry.action.verb
    return verb in WRITING_VERBS or verb is Verb.BLOCKED or bool(entry.action.waits_for)


def _action(entry: Entry, naming: Naming, *, has_outcomes: bool) -> Sequence[str]:
    action = entry.action
    word = "waiting" if action.verb is Verb.NONE else action.verb.word
    outcome = [entry.outcome.status.value if entry.outcome else ""] if has_outcomes else []
    return [word, naming.resource(action.resource), _fields(entry), *outcome]


def _fields(entry: Entry) -> str:
    """Return the names of what changes; a new resource is all new."""
    action = entry.action
    if action.verb is Verb.CREATE and action.predecessor:
        name = code(clipped(action.predecessor.name, _LONGEST))
        paths = _some(action.predecessor.changes)
        return f"new; unlike {name} in {paths}" if paths else f"new; like {name}"
    if action.verb is Verb.CREATE:
        return "new"
    if entry.status_change:
        return transition(entry.status_change)
    access = [each for each in action.changes if each.path.startswith(ACCESS)]
    others = _some([each for each in action.changes if not each.path.startswith(ACCESS)])
    return ", ".join(filter(None, [*_counted(access), others]))


def _counted(access: Sequence[ChangePart]) -> Iterator[str]:
    """Yield how many statements and the like are added, removed and changed: their names are ours.

    Example: `4 statements added`, `1 grant removed`.
    """
    found = Counter((each.path.partition(".")[0].lower(), _way(each)) for each in access)
    for (noun, way), number in found.items():
        yield f"{number_of(number, noun)} {way}"


def _way(change: ChangePart) -> str:
    if change.before is None:
        return "added"
    return "removed" if change.after is None else "changed"


def transition(change: ChangePart) -> str:
    """Return from which approval to which a version goes."""
    before = _word(change.before) if change.before is not None else "new"
    after = _word(change.after) if change.after is not None else "not set"
    return f"{before} → {after}"


def _word(value: Json) -> str:
    return code(clipped(value, _LONGEST_WORD) if isinstance(value, str) else shown(value))


def _some(changes: Sequence[ChangePart]) -> str:
    """Return where the first few changes are, and how many more fields change."""
    shown = changes[:_MOST_FIELDS]
    paths = list(dict.fromkeys(path for change in shown for path in changed_paths(change)))
    more = max(len(changes) - len(shown), 0) + max(len(paths) - _MOST_FIELDS, 0)
    named = [code(clipped(each, _LONGEST)) for each in paths[:_MOST_FIELDS]]
    return ", ".join([*named, *([f"{more} more"] if more else [])])


def _filled(head: Sequence[str], rows: Iterable[Sequence[str]], total: int, room: Room) -> Table:
    """Return a table of as many rows as there is room for."""
    start = f"{row(head)}\n{rule(len(head))}"
    if not total or not room.take(f"{start}{_MORE.format(total)}"):
        return Table("", total)
    lines = list(_fitting(rows, room))
    left_out = total - len(lines)
    if not lines:
        return Table("", total)
    return Table(
        "\n".join([start, *lines]) + (_MORE.format(left_out) if left_out else ""), left_out
    )


_MORE: Final = "\n\nand {:,} more"


def _fitting(rows: Iterable[Sequence[str]], room: Room) -> Iterator[str]:
    for cells in rows:
        line = row(cells)
        if not room.take(line):
            return
        yield line
