"""Patterns in policies: `*` is any text, `?` any one character, `${*}` and its like literal.

IAM user guide, "Policy variables": from version 2012-10-17 on, `${*}`, `${?}` and `${$}` are
the characters themselves, and any other `${...}` is a value of the request.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.policy.truth import Truth, truth, unknown

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


def _match(tokens: list[str], text: str) -> bool:
    """Match without backtracking over more than the last `*`, so that no pattern takes long."""
    at = position = 0
    star = retry = -1
    while position < len(text):
        token = tokens[at] if at < len(tokens) else ""
        if token == _ANY_TEXT:
            star, retry, at = at, position, at + 1
        elif token in {text[position], _ANY_CHARACTER}:
            at, position = at + 1, position + 1
        elif star >= 0:
            retry += 1
            at, position = star + 1, retry
        else:
            return False
    return all(token == _ANY_TEXT for token in tokens[at:])
