"""Make texts that came from outside fit to be shown: one line, bounded, harmless, no secrets."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from reconciler.core.environment import Environment

MAX_LENGTH: Final = 600
"""Enough for every AWS text seen with its ARNs; a policy echoed back in full is cut."""

_HIDDEN: Final = "(hidden)"

# Access key ids (prefixes: IAM user guide, "Understanding unique ID prefixes"), header and query
# values that sign a request, user:password in a URL, and runs only a token or a secret consists of.
_SECRETS: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,124}\b"
    r"|(?<=x-amz-security-token[:=])\s*[^\s&,;]+"
    r"|(?<=x-amz-signature[:=])\s*[^\s&,;]+"
    r"|(?<=://)[^/@\s]+(?=@)"
    r"|(?<![A-Za-z0-9/+=:._-])(?=[A-Za-z/+=]*[0-9])[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=:._-])"
    r"|[A-Za-z0-9/+=]{120,}",
    re.IGNORECASE,
)


def one_line(text: str, *, limit: int = MAX_LENGTH) -> str:
    r"""Return a text as one visible line of at most `limit` characters, without credentials.

    White space is folded; every other control or format character (which could move a cursor or
    reverse the writing direction) is shown by its escape, such as `\x1b` or `\u202e`.
    """
    shown = "".join(_visible(character) for character in _SECRETS.sub(_HIDDEN, text))
    folded = " ".join(shown.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character).startswith("C"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def place(environment: Environment | None) -> str:
    """Return an environment as messages name it, with what AWS knows it by."""
    if environment is None:
        return "AWS"
    return f"environment '{environment.name}' ({environment.account_id}, {environment.region})"
