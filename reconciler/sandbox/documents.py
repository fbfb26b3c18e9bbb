"""JSON values with types: what travels in requests, answers and state files.

Reading is forgiving on purpose (a value of another type reads as absent): parameters have been
checked against the service model before anything here sees them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TypeAlias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, JsonValue]


def text(document: Mapping[str, JsonValue], key: str) -> str | None:
    """Return the text at `key`, or None when it is absent."""
    value = document.get(key)
    return value if isinstance(value, str) else None


def number(document: Mapping[str, JsonValue], key: str) -> float | None:
    """Return the number at `key`, or None when it is absent."""
    value = document.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def mapping(document: Mapping[str, JsonValue], key: str) -> JsonObject:
    """Return the object at `key`, or an empty one."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def sequence(document: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    """Return the list at `key`, or an empty one."""
    value = document.get(key)
    return value if isinstance(value, list) else []


def objects(document: Mapping[str, JsonValue], key: str) -> list[JsonObject]:
    """Return the objects of the list at `key`."""
    return [item for item in sequence(document, key) if isinstance(item, dict)]


def texts(document: Mapping[str, JsonValue], key: str) -> list[str]:
    """Return the strings of the list at `key`."""
    return [item for item in sequence(document, key) if isinstance(item, str)]


def strings(document: Mapping[str, JsonValue], key: str) -> dict[str, str]:
    """Return the object at `key` with its text values only."""
    return {name: item for name, item in mapping(document, key).items() if isinstance(item, str)}


def parse_object(raw: str | bytes) -> JsonObject:
    """Return the JSON object in `raw`.

    Raises:
        ValueError: It is not JSON, or not an object.
    """
    value = json.loads(raw)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error type for bad text
    return value


def compact(value: JsonValue) -> str:
    """Return the shortest JSON text of a value, keys in the given order."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def digest(value: JsonValue) -> str:
    """Return a fingerprint that two equal JSON values share, whatever the order of their keys."""
    canonical = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
