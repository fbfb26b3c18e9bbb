"""JSON-shaped data, its canonical text, and digests over it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Final, Literal

from typing_extensions import TypeIs

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""A value as JSON knows it. API-shaped values (PascalCase keys) and manifest data are both this."""


class Missing:
    """The type of `MISSING`: nothing is there at all, which is not the same as `null`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the constant's name."""
        return "MISSING"

    def __bool__(self) -> Literal[False]:
        """Count as false, as an absent value does."""
        return False


MISSING: Final = Missing()
"""The only instance of `Missing`; compare with `is`."""

Value = Json | Missing


def is_missing(value: Value) -> TypeIs[Missing]:
    """Say whether there is nothing at all."""
    return value is MISSING


# Most values are one of these, and an abstract class takes three times as long to ask.
_NO_MAP: Final = (str, int, float, list, tuple, NoneType)
_NO_LIST: Final = (str, int, float, dict, NoneType)


def is_map(value: Value) -> TypeIs[Mapping[str, Json]]:
    """Say whether a value is a map."""
    if isinstance(value, dict):
        return True
    return not isinstance(value, _NO_MAP) and isinstance(value, Mapping)


def is_list(value: Value) -> TypeIs[Sequence[Json]]:
    """Say whether a value is a list. A text is none."""
    if isinstance(value, list):
        return True
    return not isinstance(value, _NO_LIST) and isinstance(value, Sequence)


_encoded: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: Json) -> str:
    """Return the one JSON text of a value: sorted keys, no white space, no escapes for Unicode."""
    return _encoded(value)


def digest(value: Json) -> str:
    """Return `sha256:` and the hex digest of the canonical text of a value."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def short_digest(value: Json) -> str:
    """Return the first twelve hex digits of the digest, for people."""
    return digest(value).removeprefix("sha256:")[:12]
