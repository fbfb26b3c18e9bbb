"""What changes inside of a resource, as the lines of a diff.

The sign stands in the first column and what it is about two columns further, so that no line of a
value can look like an addition or a removal. Values of several lines are compared line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from reconciler.core.data import MISSING, Json, Missing, Value, short_digest
from reconciler.render.contract import ChangePart
from reconciler.render.differences import differences
from reconciler.render.markdown.escaping import clipped
from reconciler.render.principals import with_places
from reconciler.render.redact import HIDDEN, Mask, without_credentials
from reconciler.render.values import block, is_nested, shown, shown_pair

_LONGEST_PATH: Final = 300
_LONGEST_LINE: Final = 240
_MOST_COMPARED: Final = 200  # lines; the search for the best match is quadratic
_CONTEXT: Final = 3
_SAME, _GONE, _NEW, _SAID = "  ", "- ", "+ ", "! "


def change_lines(
    changes: Iterable[ChangePart], accounts: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield the lines of some changes, each with its sign; nothing in them is inert yet.

    Principals are shown with the environment of their account, where `accounts` names it.
    """
    for change in changes:
        before, after = (_side(each, change) for each in (change.before, change.after))
        if accounts:
            before, after = with_places(before, accounts), with_places(after, accounts)
        for found in differences(change.path, before, after):
            yield from _lines(clipped(found.path, _LONGEST_PATH), found.before, found.after)
        if change.reason:
            yield f"{_SAID}why: {clipped(change.reason, _LONGEST_PATH)}"


def changed_paths(change: ChangePart) -> list[str]:
    """Return where inside of a field the two sides differ."""
    before, after = (_side(each, change) for each in (change.before, change.after))
    return [found.path for found in differences(change.path, before, after)]


def _lines(path: str, before: Value, after: Value) -> Iterator[str]:
    if isinstance(before, Missing):
        yield from _one_side(_NEW, path, after)
    elif isinstance(after, Missing):
        yield from _one_side(_GONE, path, before)
    elif isinstance(before, str) and isinstance(after, str) and _is_long(before, after):
        yield f"{_SAME}{path}:"
        for sign, text in _compared(_split(before), _split(after)):
            yield f"{sign}  {_cut(text)}"
    else:
        old, new = shown_pair(before, after)
        if old == new:
            yield f"{_SAID}{path}: differs in a value that is not shown"
            return
        yield f"{_GONE}{path}: {old}"
        yield f"{_NEW}{path}: {new}"


def _one_side(sign: str, path: str, value: Value) -> Iterator[str]:
    if isinstance(value, str) and _is_long(value):
        yield f"{sign}{path}:"
        yield from (f"{sign}  {_cut(text)}" for text in _split(value))
    elif isinstance(value, Missing) or not is_nested(value):
        yield f"{sign}{path}: {shown(value)}"
    else:
        yield f"{sign}{path}:"
        for depth, text in block(value):
            yield f"{sign}  {'  ' * depth}{_cut(text)}"


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines that differ, with some of those around them."""
    if max(len(old), len(new)) > _MOST_COMPARED:
        yield from ((_GONE, text) for text in old)
        yield from ((_NEW, text) for text in new)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield _SAME, "…"
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from ((_SAME, text) for text in old[start:end])
                continue
            yield from ((_GONE, text) for text in old[start:end])
            yield from ((_NEW, text) for text in new[new_start:new_end])


def _side(value: Json, change: ChangePart) -> Value:
    """Return one side; what was masked is shown as that and not as a text of these letters."""
    if value is None:
        return MISSING
    return _unquoted(value) if change.sensitive else value


def _unquoted(value: Json) -> Json:
    if value == HIDDEN:
        return Mask.over(HIDDEN)
    if isinstance(value, Mapping):
        return {key: _unquoted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unquoted(item) for item in value]
    return value


def _is_long(*texts: str) -> bool:
    return any("\n" in text.rstrip("\n") for text in texts)


def _split(text: str) -> list[str]:
    return without_credentials(text).split("\n")


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_LINE:
        return text
    size = f"({len(text)} characters, sha256:{short_digest(text)})"
    return f"{text[:_LONGEST_LINE]}... {size}"
