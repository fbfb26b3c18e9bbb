"""A policy document: strict parsing, statements kept verbatim, and the text that is sent.

What cannot be parsed without doubt is refused, because it must never be overwritten
(policies.md A5 step 1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NoReturn

from reconciler.core.data import Json

Statement = Mapping[str, Json]
"""One statement, as it was parsed or rendered."""

OLD_VERSION: Final = "2008-10-17"
"""What a document without `Version` means (IAM user guide, "Version" element)."""
NEW_VERSION: Final = "2012-10-17"
"""The version of every document that we start: it is the one with policy variables."""

_STATEMENT: Final = "Statement"
_ELEMENTS: Final = ("Version", "Id", _STATEMENT)
_MOST_NESTED: Final = 16
# Latin-1 without controls is what every service takes as it is (KMS: botocore's pattern of
# `PolicyType`); `.` of SageMaker's pattern leaves out the line breaks U+0085, U+2028, U+2029.
_ESCAPED: Final = re.compile(r"[^\u0020-\u007e\u00a0-\u00ff]")


@dataclass(frozen=True, slots=True)
class UnparseablePolicy:
    """Why a text is not taken for a policy document, and where in it."""

    what: str
    where: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.what} ({self.where})"


class _RefusedError(Exception):
    def __init__(self, what: str, where: str) -> None:
        super().__init__(what)
        self.value = UnparseablePolicy(what, where)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A parsed document. `members` are its top-level keys, verbatim and in order."""

    members: Mapping[str, Json] = field(default_factory=dict)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return the statements in order, verbatim; a lone object counts as one statement."""
        found = self.members.get(_STATEMENT)
        if isinstance(found, Mapping):
            return (found,)
        if isinstance(found, Sequence) and not isinstance(found, str):
            return tuple(each for each in found if isinstance(each, Mapping))
        return ()

    @property
    def version(self) -> str:
        """Return the version of the policy language that applies."""
        return str(self.members.get("Version", OLD_VERSION))

    def with_statements(self, statements: Sequence[Statement]) -> PolicyDocument:
        """Return the document with other statements; all other keys stay as and where they are."""
        return PolicyDocument({**self.members, _STATEMENT: list(statements)})

    def text(self) -> str:
        """Return the document in one line, without white space, for any of the services."""
        raw = json.dumps(self.members, separators=(",", ":"), ensure_ascii=False)
        return _ESCAPED.sub(_escape, raw)


EMPTY: Final = PolicyDocument({"Version": NEW_VERSION, _STATEMENT: []})
"""The document that is merged into where there is none (policies.md A5 step 1)."""


def document(*statements: Statement) -> PolicyDocument:
    """Return a new document with these statements."""
    return EMPTY.with_statements(statements)


def parse(text: str) -> PolicyDocument | UnparseablePolicy:
    """Return the document that a text holds, or why it is not one. A blank text is empty."""
    if not text.strip():
        return EMPTY
    try:
        return PolicyDocument(_members(_decode(text)))
    except _RefusedError as refused:
        return refused.value


def _decode(text: str) -> Json:
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _RefusedError(f"not JSON: {error.msg}", where) from None
    except RecursionError:
        raise _RefusedError("nested too deep", "the document") from None
    except ValueError:
        raise _RefusedError("a number is too long", "the document") from None
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            sid = dict(pairs).get("Sid")
            owner = f"the object with Sid {json.dumps(sid)}" if sid else "an object"
            where = f"{owner} with the keys {', '.join(name for name, _ in pairs)}"
            raise _RefusedError(f"key {json.dumps(key)} stands twice", where)
        found[key] = value
    return found


def _number(text: str) -> float:
    number = float(text)
    if Decimal(text) != Decimal(repr(number)):
        raise _RefusedError("a number cannot be kept exactly", text)
    return number


def _constant(text: str) -> NoReturn:
    raise _RefusedError("not JSON: not a number", text)


def _members(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise _RefusedError("not an object", "the document")
    for key in value:
        proper = next((name for name in _ELEMENTS if name.lower() == key.lower()), key)
        if key != proper:
            raise _RefusedError(f"key {key!r} is not spelled {proper!r}", "the document")
    if not isinstance(value.get("Version", ""), str):
        raise _RefusedError("Version is not text", "Version")
    _check_statements(value.get(_STATEMENT, []))
    _check_values(value, "the document", 0)
    return value


def _check_statements(found: Json) -> None:
    if isinstance(found, Mapping):
        return
    if not isinstance(found, list):
        raise _RefusedError("Statement is neither a list nor an object", _STATEMENT)
    for index, each in enumerate(found):
        if not isinstance(each, Mapping):
            raise _RefusedError("a statement is not an object", f"{_STATEMENT}[{index}]")


def _check_values(value: Json, where: str, depth: int) -> None:
    """Refuse what we could not send again: half surrogate pairs, and bottomless nesting."""
    if depth > _MOST_NESTED:
        raise _RefusedError("nested too deep", where)
    if isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise _RefusedError("half of a surrogate pair", where)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _check_values(key, where, depth)
            _check_values(inner, key if depth == 0 else f"{where}.{key}", depth + 1)
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            _check_values(inner, f"{where}[{index}]", depth + 1)


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found.group()).strip('"')
