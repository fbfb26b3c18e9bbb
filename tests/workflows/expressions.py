"""The part of GitHub's expressions that our workflows use; anything else is an error.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions. Property
access on what is not there is null, `==` compares loosely, strings ignoring case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Data = None | bool | int | float | str | Sequence["Data"] | Mapping[str, "Data"]
Context = Mapping[str, Data]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<operator>&&|\|\||==|!=|!|\(|\)|,|\[|\]|\.)|(?P<name>[A-Za-z_][\w-]*))"
)
_EMBEDDED: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS: Final = re.compile(r"\b(?:always|success|failure|cancelled)\(\)")


class UnknownExpressionError(Exception):
    """A workflow uses what this harness does not know: teach it, or write it differently."""


@dataclass(frozen=True)
class Status:
    """How what came before has ended, for `success()` and its like."""

    failed: bool = False
    skipped: bool = False
    cancelled: bool = False


def filled(text: str, context: Context, status: Status = Status()) -> str:
    """Return a text with its `${{ }}` replaced."""
    return _EMBEDDED.sub(lambda found: as_text(evaluate(found[1], context, status)), text)


def value_of(text: str, context: Context) -> Data:
    """Return what a value stands for: data, if it is one expression, else a text."""
    whole = re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", text, re.DOTALL)
    if whole and "${{" not in whole[1]:
        return evaluate(whole[1], context, Status())
    return filled(text, context)


def holds(condition: str | None, context: Context, status: Status) -> bool:
    """Say whether an `if:` lets its job or step run: without a status function, only on success."""
    text = (condition or "success()").strip()
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", text, re.DOTALL)
    text = whole[1] if whole else text
    if not STATUS.search(text):
        text = f"success() && ({text})"
    return truth(evaluate(text, context, status))


def evaluate(text: str, context: Context, status: Status) -> Data:
    """Return the value of one expression."""
    parser = _Parser(_tokens(text), context, status)
    value = parser.either()
    if parser.rest:
        raise UnknownExpressionError(f"{text!r}: {parser.rest[0][1]!r} is not expected")
    return value


def truth(value: Data) -> bool:
    """Return what a value counts as: empty texts, zero, false and null are false."""
    return value not in (None, False, 0, "")


def as_text(value: Data) -> str:
    """Return a value as it stands in a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return json.dumps(value)
    raise UnknownExpressionError("only scalars may stand in a text")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise UnknownExpressionError(f"{text!r} at {position}")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
        position += len(text[position:]) - len(text[position:].lstrip())
    return found


class _Parser:
    """Recursive descent: either, both, compared, negated, a value with its members."""

    def __init__(self, tokens: list[tuple[str, str]], context: Context, status: Status) -> None:
        self.rest = tokens
        self.context = context
        self.functions: Mapping[str, Callable[..., Data]] = {
            "always": lambda: True,
            "success": lambda: not (status.failed or status.skipped or status.cancelled),
            "failure": lambda: status.failed and not status.cancelled,
            "cancelled": lambda: status.cancelled,
            "fromJSON": lambda text: json.loads(str(text)),
            "toJSON": lambda value: json.dumps(value, indent=2),
        }

    def take(self, *texts: str) -> bool:
        if self.rest and self.rest[0][0] == "operator" and self.rest[0][1] in texts:
            self.rest = self.rest[1:]
            return True
        return False

    def need(self, text: str) -> None:
        if not self.take(text):
            raise UnknownExpressionError(f"{text!r} is missing before {self.rest[:1]}")

    def either(self) -> Data:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self) -> Data:
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = other if truth(value) else value
        return value

    def compared(self) -> Data:
        value = self.negated()
        if self.take("=="):
            return _equal(value, self.negated())
        if self.take("!="):
            return not _equal(value, self.negated())
        return value

    def negated(self) -> Data:
        if self.take("!"):
            return not truth(self.negated())
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        return self.value()

    def value(self) -> Data:
        if not self.rest:
            raise UnknownExpressionError("a value is missing at the end")
        kind, text = self.rest[0]
        self.rest = self.rest[1:]
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind != "name":
            raise UnknownExpressionError(f"{text!r} is not expected")
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        return self.call(text) if self.take("(") else self.members(text)

    def call(self, name: str) -> Data:
        if name not in self.functions:
            raise UnknownExpressionError(f"{name}() is not known here")
        given: list[Data] = []
        while not self.take(")"):
            given.append(self.either())
            self.take(",")
        return self.functions[name](*given)

    def members(self, name: str) -> Data:
        if name not in self.context:
            raise UnknownExpressionError(f"there is no context {name!r} here")
        value: Data = self.context[name]
        while self.take("."):
            (kind, member), *self.rest = self.rest
            if kind != "name":
                raise UnknownExpressionError(f"{member!r} is not a member")
            value = value.get(member) if isinstance(value, Mapping) else None
        return value


def _equal(one: Data, other: Data) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if type(one) is type(other):
        return one == other
    return _number(one) == _number(other)


def _number(value: Data) -> float:
    if isinstance(value, str) and value.strip():
        try:
            return float(value)
        except ValueError:
            return float("nan")
    if value is None or isinstance(value, str):
        return 0.0
    return float(value) if isinstance(value, bool | int | float) else float("nan")
