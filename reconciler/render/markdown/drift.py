"""Drift as Markdown: for an issue about one environment, and for a step's summary about all.

Where it does not fit, whole parts go, those that say least first: remarks, what is known, then the
values of the largest differences, then differences. What was left out is counted, never silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from reconciler.core.data import Missing, Value
from reconciler.core.drift import DriftClass
from reconciler.render.contract import Identity, NotePart, Place
from reconciler.render.drift import MEANINGS, TITLES, modified
from reconciler.render.drift_contract import (
    DriftDocument,
    DriftEnvironmentPart,
    DriftPart,
    DriftSummary,
    KnownPart,
    UnreadPart,
)
from reconciler.render.markdown.blocks import (
    Dialect,
    address_of,
    details,
    fence,
    joined,
    link,
)
from reconciler.render.markdown.budget import COMMENT, Budget
from reconciler.render.markdown.escaping import Code, code, prose, words
from reconciler.render.markdown.masking import masked
from reconciler.render.markdown.setting import NOTHING, Hiding
from reconciler.render.principals import with_places
from reconciler.render.values import block
from reconciler.render.words import counted

_LONGEST_TITLE: Final = 256
_CONTEXT_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class DriftPage:
    """What surrounds a text about drift: pages of the host, the run that found it, what to hide."""

    repository_url: str = ""
    run_url: str = ""
    dialect: Dialect = Dialect.GITHUB
    hiding: Hiding = NOTHING


@dataclass(frozen=True, slots=True)
class DriftIssue:
    """What an issue says about one environment. `body` has no marker; `digest` is the drift's.

    The same drift has the same digest, whenever it was looked for. `is_clean` says that there is
    neither drift nor anything declared that could not be read. `truncated` says that parts of it
    did not fit.
    """

    title: str
    body: str
    digest: str
    is_clean: bool
    truncated: bool


def drift_issue(
    document: DriftDocument,
    environment: str,
    page: DriftPage | None = None,
    *,
    limit: Budget = COMMENT,
) -> DriftIssue:
    """Return the title and the body of the issue about an environment.

    Raises:
        ValueError: if the document is not about this environment.
    """
    page = page or DriftPage()
    place = [each.name for each in document.environments].index(environment)
    document = masked(document, page.hiding, document.accounts)
    own = document.environments[place]
    body, truncated = _fitted(document, (own,), page, limit)
    title = f"Drift in {own.name}: {_counts(own.summary) or 'none'}"
    return DriftIssue(title[:_LONGEST_TITLE], body, own.digest, own.clean, truncated)


def drift_markdown(
    document: DriftDocument, page: DriftPage | None = None, *, limit: Budget = COMMENT
) -> tuple[str, bool]:
    """Return the text about all environments, and whether parts of it were left out."""
    page = page or DriftPage()
    document = masked(document, page.hiding, document.accounts)
    return _fitted(document, document.environments, page, limit)


# --- fitting it in


@dataclass(frozen=True, slots=True)
class _Depth:
    """How much is said. `values` and `items` are how many differences show values, or are named."""

    values: int
    items: int
    known: bool = True
    remarks: bool = True
    only_counts: bool = False


def _fitted(
    document: DriftDocument,
    environments: Sequence[DriftEnvironmentPart],
    page: DriftPage,
    limit: Budget,
) -> tuple[str, bool]:
    names = {each.name for each in environments}
    size = max(sum(each.resource.environment in names for each in document.drift), 1)
    full = _Depth(size, size)
    text = _text(document, environments, page, full)
    if limit.fits(text):
        return text, False
    for depth in _shallower(size):
        text = _text(document, environments, page, depth)
        if limit.fits(text):
            break
    return text, True


def _shallower(size: int) -> Iterator[_Depth]:
    """Yield less and less to say: a few steps, each half of the one before."""
    yield _Depth(size, size, remarks=False)
    yield _Depth(size, size, known=False, remarks=False)
    values = size // 2
    while values:
        yield _Depth(values, size, known=False, remarks=False)
        values //= 2
    items = size
    while items:
        yield _Depth(0, items, known=False, remarks=False)
        items //= 2
    yield _Depth(0, 0, known=False, remarks=False)
    yield _Depth(0, 0, known=False, remarks=False, only_counts=True)


def _text(
    document: DriftDocument,
    environments: Sequence[DriftEnvironmentPart],
    page: DriftPage,
    depth: _Depth,
) -> str:
    writer = _Writer(document, page, depth)
    return joined([writer.environment(each) for each in environments] + [writer.footer()]) + "\n"


class _Writer:
    """Writes one text; `depth` is spent over all its environments."""

    def __init__(self, document: DriftDocument, page: DriftPage, depth: _Depth) -> None:
        self._document = document
        self._page = page
        self._depth = depth
        self._values, self._items = depth.values, depth.items

    def environment(self, part: DriftEnvironmentPart) -> str:
        """Return the block of one environment."""
        place = f"account {code(part.account_id)}, {code(part.region)}"
        head = f"## {'Drift in' if not part.clean else 'No drift in'} {code(part.name)}"
        blocks = [head, " · ".join(filter(None, [_counts(part.summary), place]))]
        if self._depth.only_counts:
            return joined([*blocks, "What it is did not fit here: see the run."])
        own = [e for e in self._document.drift if e.resource.environment == part.name]
        for drift in DriftClass:
            found = [each for each in own if each.drift is drift]
            if found:
                blocks += self._class(drift, found)
        blocks += self._unread(part.name)
        if self._depth.known:
            blocks += self._known(part.name)
        if self._depth.remarks:
            blocks += self._remarks(part.name)
        return joined(blocks)

    def footer(self) -> str:
        """Return when, by what and from which commit, and what was not looked at."""
        document = self._document
        parts = [f"looked at on {document.date} (UTC)", f"version {document.tool_version}"]
        if document.commit:
            parts.append(f"manifests at {code(document.commit[:12])}")
        if self._page.run_url:
            parts.append(link("run", self._page.run_url))
        lines = []
        if not document.whole:
            lines.append(
                "What only exists live was not looked for: a selection left something out."
            )
        for known in document.unused if self._depth.known else ():
            entry = f"Known drift {code(known.ticket)} matches nothing"
            lines.append(f"{entry}: {code(known.resource)} at {self._at(known.where)}.")
        return joined([*lines, f"<sub>{' · '.join(parts)}</sub>"])

    def _class(self, drift: DriftClass, found: Sequence[DriftPart]) -> Iterator[str]:
        yield f"### {TITLES[drift]} ({len(found)})"
        yield f"{prose(MEANINGS[drift])}."
        shown = found[: self._items]
        self._items -= len(shown)
        for each in shown:
            yield self._item(each)
        if len(shown) < len(found):
            rest = counted(len(found) - len(shown), "more difference")
            yield f"**and {rest}**, which did not fit here: see the run."

    def _item(self, part: DriftPart) -> str:
        lines = [f"- **{code(part.resource.kind)} {code(part.resource.name)}**"]
        if part.context:
            lines[0] += f" {prose(part.context)}"
        lines[0] += f": {prose(part.what)}"
        place = self._at(part.where) if part.where else code(part.arn or "")
        lines.append(f"  {place}")
        who = modified(part.modified_by, part.modified_at)
        if who and not any(who in note.text for note in part.notes):
            lines.append(f"  {prose(who)}")
        lines += (f"  {text}" for text in _note_texts(part.notes, said=part.what))
        lines += (f"  **expired**: {_known_text(each)}" for each in part.expired)
        values = self._change_lines(part)
        return joined(["  \n".join(lines), values])

    def _change_lines(self, part: DriftPart) -> str:
        if not part.changes:
            return ""
        if self._values <= 0:
            names = ", ".join(code(each.path) for each in part.changes)
            return f"  values did not fit here: {names}"
        self._values -= 1
        named = self._document.accounts
        sides = (
            (each.path, with_places(each.live, named), with_places(each.git, named))
            for each in part.changes
        )
        found = [text for each in sides for text in _diff(*each)]
        return _indented(fence("\n".join(found), "diff"))

    def _unread(self, name: str) -> Iterator[str]:
        found = [each for each in self._document.unread if each.resource.environment == name]
        needed = [each for each in found if each.needed]
        if needed:
            yield f"### Not read ({len(needed)})"
            yield "Nobody knows whether these drifted."
            yield "\n".join(map(_unread_text, needed[: max(self._depth.items, 20)]))
        glances = [each for each in found if not each.needed]
        if glances and self._depth.remarks:
            title = f"{len(glances)} not looked at, which no manifest names"
            yield details([title], "\n".join(map(_unread_text, glances)), self._page.dialect)

    def _known(self, name: str) -> Iterator[str]:
        known = self._document.known
        found = [each for each in known if each.item.resource.environment == name]
        if found:
            lines = [
                f"- {_resource(each.item.resource)}, "
                f"{TITLES[each.item.drift].lower().replace('git', 'Git')}: "
                f"{_known_text(each.known)}"
                for each in found
            ]
            title = f"{len(found)} known, not counted"
            yield details([title], "\n".join(lines), self._page.dialect)

    def _remarks(self, name: str) -> Iterator[str]:
        found = [e for e in self._document.remarks if e.resource.environment == name]
        if found:
            lines = [
                f"- {_resource(each.resource)}: {text}"
                for each in found
                for text in _note_texts([each.note])
            ]
            title = counted(len(found), "remark")
            yield details([title], "\n".join(lines), self._page.dialect)

    def _at(self, where: Place) -> str:
        """Return a place in a manifest, as a link to the commit where that is known."""
        shown = code(f"{where.path}:{where.line}:{where.column}")
        source = self._document.source
        if not (self._page.repository_url and source) or source.dirty:
            return shown
        path = f"blob/{source.commit}/{source.prefix}{where.path}"
        return link(shown, address_of(self._page.repository_url, path, f"L{where.line}"))


# --- pieces


def _counts(summary: DriftSummary) -> str:
    numbers = {
        "changed outside Git": summary.changed,
        "approved outside Git": summary.approved,
        "in Git only": summary.git_only,
        "live only": summary.live_only,
        "known": summary.known,
        "not read": summary.failures,
    }
    parts = [f"{number} {words}" for words, number in numbers.items() if number]
    return ", ".join(parts)


def _resource(identity: Identity) -> str:
    return f"{code(identity.kind)} {code(identity.name)}"


def _known_text(known: KnownPart) -> str:
    until = f"until {known.expires}" if known.expires else "for good"
    reason = f", {prose(known.reason)}" if known.reason else ""
    return words(["accepted ", until, ": ", Code(known.ticket)]) + reason


def _unread_text(part: UnreadPart) -> str:
    fix = f". {prose(f'Fix: {part.fix}')}" if part.fix else ""
    return f"- {_resource(part.resource)}: {prose(part.why)}{fix}"


def _note_texts(notes: Iterable[NotePart], said: str = "") -> Iterator[str]:
    for note in notes:
        text = "" if note.text == said else prose(note.text)
        fix = prose(f"Fix: {note.fix}") if note.fix else ""
        if shown := ". ".join(part for part in (text, fix) if part):
            yield shown


def _diff(path: str, live: Value, git: Value) -> Iterator[str]:
    """Yield the lines of a difference: `-` is live, `+` is what Git says."""
    yield f"  {path}"
    old, new = list(_value_lines(live)), list(_value_lines(git))
    if old == new:  # secrets that differ look alike
        yield from (f"-   {text}" for text in old)
        yield from (f"+   {text} (another one)" for text in new)
        return
    for each in list(unified_diff(old, new, n=_CONTEXT_LINES, lineterm=""))[2:]:
        if not each.startswith("@@"):
            yield f"{each[:1]}   {each[1:]}"


def _value_lines(value: Value) -> Iterator[str]:
    if not (value is None or isinstance(value, Missing)):
        yield from (f"{'  ' * depth}{text}" for depth, text in block(value))


def _indented(text: str) -> str:
    return "\n".join(f"  {each}" if each else each for each in text.split("\n"))
