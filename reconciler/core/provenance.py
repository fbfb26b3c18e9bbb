"""Which change in Git caused an approval, as it is written behind the approval's description.

What is written looks like ` [Git 1a2b3c4d5e6f by Jane Doe, #12]`. It is for people who look at
AWS: nothing is decided by it. So it is taken off again before anything is compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 1024
"""How long an approval's description may be (botocore: ApprovalDescription)."""

_SHOWN: Final = 12
_LONGEST_NAME: Final = 64
_OURS: Final = re.compile(
    r"(?:^| )\[Git [0-9a-f]{7,12}(?:-dirty)?(?: by [^\[\]\r\n]{1,64}?)?(?:, #[1-9][0-9]*)?\]\Z"
)
_MISLEADING: Final = str.maketrans(dict.fromkeys("[]#\u115f\u1160\u2800\u3164\uffa0", " "))


@dataclass(frozen=True, slots=True)
class Change:
    """The commit that last changed a file, who wrote it, and the pull request it came by.

    What is not known is empty. A file that differs from its commit is `dirty`.
    """

    commit: str
    author: str = ""
    pull_request: int | None = None
    dirty: bool = False


def with_provenance(text: str, change: Change | None) -> str:
    """Return a description with the change behind it, as much of that as there is room for.

    The text is never cut: of a long one, less is said about the change, or nothing.
    """
    for suffix in _suffixes(change) if change else ():
        joined = f"{text} {suffix}" if text else suffix
        if _length(joined) <= LONGEST:
            return joined
    return text


def without_provenance(text: str) -> str:
    """Return a description without the change behind it, if it ends in one."""
    return _OURS.sub("", text)


def has_provenance(text: str) -> bool:
    """Say whether a description ends in a change, as we write it."""
    return _OURS.search(text) is not None


def author_name(text: str) -> str:
    """Return an author's name without anything that could pass for another part of the text.

    Names are free text of whoever commits: control and invisible characters, line ends, brackets
    and `#` are dropped.
    """
    kept = "".join(
        " " if char.isspace() else char
        for char in text.translate(_MISLEADING)
        if char.isspace() or unicodedata.category(char)[0] not in "CZ"
    )
    return " ".join(kept.split())[:_LONGEST_NAME].strip(" ,")


def _suffixes(change: Change) -> Iterator[str]:
    """Yield what to say about a change, at length first."""
    commit = change.commit[:_SHOWN] + ("-dirty" if change.dirty else "")
    name = author_name(change.author)
    by = f" by {name}" if name else ""
    number = f", #{change.pull_request}" if change.pull_request else ""
    yield f"[Git {commit}{by}{number}]"
    yield f"[Git {commit}{number}]"
    yield f"[Git {commit}]"


def _length(text: str) -> int:
    """Return the length in UTF-16 units: no service counts less for a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
