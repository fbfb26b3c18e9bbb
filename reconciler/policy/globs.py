"""Patterns in policies: `*` is any text, `?` any one character, `${*}` and its like literal.

IAM user guide, "Policy variables": from version 2012-10-17 on, `${*}`, `${?}` and `${$}` are
the characters themselves, and any other `${...}` is a value of the request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reconciler.policy.truth import NO, YES, Truth, truth, unknown

_ANY_TEXT: Final = "**"
_ANY_CHARACTER: Final = "??"
_WILDCARDS = {"*": _ANY_TEXT, "?": _ANY_CHARACTER}
_TOKEN = re.compile(r"\$\{(?P<literal>[*?$])\}|\$\{(?P<variable>[^}]*)\}|(?P<plain>[\s\S])")


def matches(pattern: str, value: str, *, variables: bool) -> Truth:
    """Say whether a text matches a pattern; unknown if that depends on a policy variable."""
    tokens, names = _tokens(pattern, variables=variables)
    return unknown(*names) if names else truth(value=_match(tokens, value))


def equals(pattern: str, value: str, *, variables: bool) -> Truth:
    """Say whether a text is what a pattern says, `*` and `?` taken literally."""
    tokens, names = _tokens(pattern, variables=variables)
    return unknown(*names) if names else truth(value="".join(t[0] for t in tokens) == value)


def covers(pattern: str, asked: str, *, variables: bool) -> Truth:
    """Say whether a pattern takes in all that is asked for, `*` and `?` of which stand for texts.

    True if every text that `asked` stands for matches, false if none does. Otherwise it is
    unknown: it depends on which of them is meant. A containment that is hard to see counts as
    unknown too.
    """
    tokens, names = _tokens(pattern, variables=variables)
    if names:
        return unknown(*names)
    wanted, _ = _tokens(asked, variables=False)
    if _match(tokens, wanted):
        return YES
    if not has_wildcards(asked) or not _meet(tokens, wanted):
        return NO
    return unknown(f"which of {asked} is meant")


def has_wildcards(text: str) -> bool:
    """Say whether a text, taken as a pattern, stands for more than itself."""
    return "*" in text or "?" in text


def _tokens(pattern: str, *, variables: bool) -> tuple[list[str], list[str]]:
    """Return single characters and wildcards (two characters), and the variables' names."""
    if not variables:
        return [_WILDCARDS.get(char, char) for char in pattern], []
    tokens: list[str] = []
    names: list[str] = []
    for found in _TOKEN.finditer(pattern):
        literal, variable, plain = found.group("literal", "variable", "plain")
        if variable is not None:
            names.append(variable.partition(",")[0].strip().lower())
        else:
            tokens.append(literal or _WILDCARDS.get(plain, plain))
    return tokens, names


def _match(tokens: Sequence[str], text: Sequence[str]) -> bool:
    """Match without backtracking over more than the last `*`, so that no pattern takes long.

    A wildcard in the text stands for anything, so only a wildcard that takes as much matches it.
    """
    at = position = 0
    star = retry = -1
    while position < len(text):
        token = tokens[at] if at < len(tokens) else ""
        if token == _ANY_TEXT:
            star, retry, at = at, position, at + 1
        elif _takes(token, text[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            retry += 1
            at, position = star + 1, retry
        else:
            return False
    return all(token == _ANY_TEXT for token in tokens[at:])


def _takes(token: str, character: str) -> bool:
    return token == character or (token == _ANY_CHARACTER and character != _ANY_TEXT)


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two patterns have a text in common, by how far each can have been read."""
    ahead = [False] * (len(other) + 1)
    for at in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for position in range(len(other), -1, -1):
            row[position] = _joins(one, other, (at, position), ahead, row)
        ahead = row
    return ahead[0]


def _joins(
    one: Sequence[str],
    other: Sequence[str],
    place: tuple[int, int],
    ahead: Sequence[bool],
    row: Sequence[bool],
) -> bool:
    """Say whether the rests of two patterns from here on have a text in common.

    `ahead` are the answers for the next token of the first, `row` those already known for this.
    """
    at, position = place
    first = one[at] if at < len(one) else ""
    second = other[position] if position < len(other) else ""
    if not first and not second:
        return True
    if first == _ANY_TEXT and (ahead[position] or (second and row[position + 1])):
        return True
    if second == _ANY_TEXT and (row[position + 1] or (first and ahead[position])):
        return True
    if not first or not second or _ANY_TEXT in {first, second}:
        return False
    same = first == second or _ANY_CHARACTER in {first, second}
    return same and ahead[position + 1]
