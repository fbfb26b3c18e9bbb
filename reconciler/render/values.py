"""One value as people read it: quoted like JSON, shortened where it is long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.data import Json, Missing, Value, is_list, is_map, short_digest
from reconciler.render.redact import Mask

LONGEST: Final = 160
"""How many characters of a value are shown. The digest tells longer values apart."""

_LEAD: Final = 24
_encoded: Final = json.JSONEncoder(ensure_ascii=False).encode
NOT_SET: Final = "(not set)"


def shown(value: Value) -> str:
    """Return a value on one line, cut at `LONGEST` with its length and digest."""
    return _shortened(value, start=0)


def shown_pair(before: Value, after: Value) -> tuple[str, str]:
    """Return both sides of a change, long texts cut around the first place where they differ."""
    start = 0
    if (
        isinstance(before, str)
        and isinstance(after, str)
        and max(len(before), len(after)) > LONGEST
    ):
        start = max(0, _first_difference(before, after) - _LEAD)
    return _shortened(before, start), _shortened(after, start)


def block(value: Json, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the lines of a nested value as in YAML: how deep each is indented, and its text.

    Scalars, empty values and lists of scalars take one line.
    """
    if is_map(value) and value:
        for key, item in value.items():
            yield from _entry(f"{key}:", item, depth)
    elif is_list(value) and not _is_flat(value):
        for item in value:
            lines = list(block(item))
            for position, (inner, text) in enumerate(lines):
                yield depth + inner + (1 if position else 0), text if position else f"- {text}"
    else:
        yield depth, shown(value)


def is_nested(value: Value) -> bool:
    """Say whether a value needs a block of its own rather than one line."""
    if isinstance(value, str | Missing):
        return False
    return (is_map(value) and bool(value)) or (is_list(value) and not _is_flat(value))


def _entry(label: str, value: Json, depth: int) -> Iterator[tuple[int, str]]:
    if is_nested(value):
        yield depth, label
        yield from block(value, depth + 1)
    else:
        yield depth, f"{label} {shown(value)}"


def _is_flat(value: Sequence[Json]) -> bool:
    return not any(is_list(item) or is_map(item) for item in value)


def _first_difference(before: str, after: str) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(before), len(after)))


def _shortened(value: Value, start: int) -> str:
    if isinstance(value, Missing):
        return NOT_SET
    if isinstance(value, Mask):
        return value
    text = _encoded(value)
    if len(text) <= LONGEST:
        return text
    if isinstance(value, str):
        text = _encoded(value[start : start + LONGEST])
    front = "..." if start else ""
    size = f"{len(value)} characters" if isinstance(value, str) else f"{len(text)} characters"
    return f"{front}{text[:LONGEST]}... ({size}, sha256:{short_digest(value)})"
