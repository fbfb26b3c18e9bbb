"""A plan as text for people: one block an environment, one entry an action, a summary last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Level, Note, Plan, Refusal, Verb
from reconciler.render.lines import STYLE_OF_LEVEL, STYLE_OF_VERB, Line, Span, Style, line
from reconciler.render.redact import without_credentials
from reconciler.render.rows import ActionRow, FieldRow, Section, Sign, sections
from reconciler.render.words import counted

SYMBOLS: Final = {
    Verb.CREATE: "+",
    Verb.UPDATE: "~",
    Verb.APPROVE: "*",
    Verb.ADOPT: "=",
    Verb.DELETE: "-",
    Verb.BLOCKED: "!",
    Verb.NONE: " ",
}

UNKNOWN: Final = "unknown"
"""The code of the note on what could not be read."""

_ENTRY: Final = "  "
_DETAIL: Final = "      "
_WIDEST: Final = 100
_STYLE_OF_SIGN: Final = {
    Sign.ADD: Style.CREATE,
    Sign.CHANGE: Style.UPDATE,
    Sign.REMOVE: Style.DELETE,
}
_ALWAYS_COUNTED: Final = (Verb.CREATE, Verb.UPDATE, Verb.APPROVE)
_COUNTED_IF_ANY: Final = (Verb.ADOPT, Verb.DELETE)


def plan_lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of a plan. The last one is the summary."""
    for section in sections(plan):
        if section.actions or section.unmanaged:
            yield from _section_lines(section)
    if plan.refusals:
        yield from _refusal_lines(plan)
    yield from summary_lines(plan)


def summary_lines(plan: Plan) -> Iterator[Line]:
    """Yield what the plan comes to, in one line, and why it cannot be applied if so."""
    counts, errors = plan.counts, len(plan.errors)
    if errors:
        yield line(Span(f"{counted(errors, 'resource')} with errors, see above.", Style.ERROR))
    if plan.refusals:
        refused = f"Refused: {counted(len(plan.refusals), 'guard refusal')}. Nothing is applied."
        yield line(Span(refused, Style.ERROR))
    unchanged = counts[Verb.NONE]
    if not plan.changes and not counts[Verb.BLOCKED]:
        if not plan.refusals:  # an empty folder must not look like a clean plan
            yield line(Span("No changes.", Style.STRONG), f" {_agreement(plan, unchanged)}")
        return
    named = [*_ALWAYS_COUNTED, *(verb for verb in _COUNTED_IF_ANY if counts[verb])]
    parts = [_counted(verb, counts[verb]) for verb in named]
    parts.append(f"{counts[Verb.BLOCKED]} blocked")
    yield line(Span("Plan:", Style.STRONG), f" {', '.join(parts)}; {unchanged} unchanged.")


def _counted(verb: Verb, number: int) -> str:
    if verb is Verb.APPROVE:
        return counted(number, "approval change")
    return f"{number} to {verb.value}"


def _agreement(plan: Plan, unchanged: int) -> str:
    noted = sum(action.verb is Verb.NONE and bool(action.notes) for action in plan.actions)
    if noted:
        return f"{counted(unchanged, 'resource')} compared, {noted} with remarks above."
    if not unchanged:
        return "Nothing was selected."
    return f"{counted(unchanged, 'resource')} as declared."


def _section_lines(section: Section) -> Iterator[Line]:
    place = section.environment
    yield line(
        "Environment ",
        Span(place.name, Style.STRONG),
        Span(f"  account {place.account_id}, {place.region}", Style.FAINT),
    )
    yield ()
    for row in section.rows:
        yield from action_lines(row)
        yield ()
    if section.unmanaged:
        yield from _unmanaged_lines(section)


def _unmanaged_lines(section: Section) -> Iterator[Line]:
    found = counted(len(section.unmanaged), "live resource")
    yield line(f"{_ENTRY}{found} that no manifest declares, left alone:")
    for item in section.unmanaged:
        yield line(Span(f"{_DETAIL}{item.kind} {item.arn}", Style.FAINT))
    yield ()


def action_lines(row: ActionRow) -> Iterator[Line]:
    """Yield one action: what and where, its fields, the version before, and what to know."""
    action = row.action
    style, symbol, word = _headline(action)
    yield line(
        _ENTRY,
        Span(f"{symbol} {word}", style),
        f" {action.key.kind} ",
        Span(action.key.name, Style.STRONG),
        Span(f"  {action.context}" if action.context else "", Style.FAINT),
    )
    yield line(Span(f"{_DETAIL}{action.where}", Style.FAINT))
    if action.verb is Verb.ADOPT and action.arn:
        yield line(Span(f"{_DETAIL}{action.arn}", Style.FAINT))
    for field in row.fields:
        yield from field_lines(field, _DETAIL)
    if action.predecessor:
        yield from _comparison_lines(row, action.predecessor.name)
    for note in action.notes:
        yield from _note_lines(note)
    if row.refusals:
        guards = ", ".join(dict.fromkeys(refusal.guard for refusal in row.refusals))
        yield line(Span(f"{_DETAIL}refused by {guards}, see below", Style.ERROR))


def _headline(action: Action) -> tuple[Style, str, str]:
    """Return style, symbol and word: the verb, unless more is to be said than the verb does."""
    if any(note.code == UNKNOWN for note in action.notes):
        return Style.ERROR, "?", "unknown"
    if action.verb is Verb.NONE and action.waits_for:
        return Style.WARNING, ".", f"waiting ({action.waits_for})"
    word = "unchanged" if action.verb is Verb.NONE else action.verb.word
    return STYLE_OF_VERB[action.verb], SYMBOLS[action.verb], word


def field_lines(field: FieldRow, indent: str) -> Iterator[Line]:
    """Yield one field: `~ path: before -> after`, or a block for a nested value."""
    sign = Span(field.sign.value, _STYLE_OF_SIGN[field.sign])
    cited = [Span(f"  ({field.where})", Style.FAINT)] if field.where else []
    value = f" {field.before or field.after}" if field.before or field.after else ""
    if field.sign is Sign.CHANGE:
        value = f" {field.before} -> {field.after}"
    long = field.sign is Sign.CHANGE and len(f"{indent}{field.path}{value}") > _WIDEST
    yield line(indent, sign, f" {field.path}:{'' if long else value}", *cited)
    if long:
        yield line(f"{indent}       {field.before}")
        yield line(f"{indent}    -> {field.after}")
    for depth, text in field.block:
        yield line(f"{indent}    {'  ' * depth}{text}")
    if field.reason:
        yield line(f"{indent}  why: {field.reason}")


def _comparison_lines(row: ActionRow, name: str) -> Iterator[Line]:
    if not row.compared:
        yield line(Span(f"{_DETAIL}compared with {name}: no differences", Style.FAINT))
        return
    yield line(Span(f"{_DETAIL}compared with {name}:", Style.FAINT))
    for field in row.compared:
        yield from field_lines(field, f"{_DETAIL}  ")


def _note_lines(note: Note) -> Iterator[Line]:
    word = "note" if note.level is Level.INFO else note.level.value
    yield line(_DETAIL, Span(f"{word}:", STYLE_OF_LEVEL[note.level]), f" {note.text}")
    if note.fix:
        yield line(f"{_DETAIL}  fix: {note.fix}")


def _refusal_lines(plan: Plan) -> Iterator[Line]:
    yield line(Span("Refused", Style.ERROR))
    yield ()
    for refusal in plan.refusals:
        yield from refusal_lines(refusal)
        yield ()


def refusal_lines(refusal: Refusal) -> Iterator[Line]:
    """Yield a refusal in the four parts of every message: where and what, why, fix."""
    place = f"{refusal.where}: " if refusal.where else ""
    yield line(
        _ENTRY,
        place,
        Span(refusal.guard, Style.ERROR),
        f"{_about(refusal.key)}: {refusal.what}",
    )
    if refusal.why:
        yield line(f"{_ENTRY}  why: {refusal.why}")
    yield from fix_lines(refusal.fix, f"{_ENTRY}  ")


def _about(key: ResourceKey | None) -> str:
    return f" {key}" if key else ""


def fix_lines(fix: str, indent: str) -> Iterator[Line]:
    """Yield a fix; one that holds a block to copy keeps its lines."""
    if not fix:
        return
    first, *rest = without_credentials(fix).split("\n")
    yield line(f"{indent}fix: {first}")
    for text in rest:
        yield line(f"{indent}     {text}")
