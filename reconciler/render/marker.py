"""The hidden first line of every comment and issue that we write: how we know our own again.

An HTML comment that holds one JSON object. `<`, `>`, `&` and `-` are written as escapes, so that
nothing in it can end the comment (pull-requests.md section 1.5). Neither account ids nor names are
in it, beyond the key. Whoever may write comments may forge one, so a marker tells which text is
ours and how new it is; it is no proof of a review.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler import __version__

_VERSION: Final = 1
_LINE: Final = re.compile(r"<!-- reconcile:([a-z]+) (\{.*\}) -->")
_ESCAPED: Final = re.compile(r"[<>&-]")
MOST_OPERATIONS: Final = 200
"""How many digests a marker lists; those of more are in the plan's artifact only."""


class Subject(StrEnum):
    """What a marked text is about."""

    PLAN = "plan"
    DRIFT = "drift"
    FAILURE = "failure"


class State(StrEnum):
    """How far what the text shows has come."""

    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a text is about (`subject`, `key`), and which run wrote it.

    `operations` are short digests of the actions that the text shows, `None` where there are too
    many. `places` are short digests of account, region and owner of the environments. `run` and
    `attempt` order texts of one key in time. `planned_by` is the run that made the plan, where it
    is not `run`: what an apply makes of a text about a plan keeps what was reviewed. `nonce` tells
    this writing from all others.
    """

    subject: Subject
    key: str
    state: State
    digest: str
    head: str = ""
    base: str = ""
    run: int = 0
    attempt: int = 0
    operations: tuple[str, ...] | None = ()
    places: tuple[str, ...] = ()
    truncated: bool = False
    planned_by: int = 0
    nonce: str = ""
    tool: str = __version__

    @property
    def age(self) -> tuple[int, int]:
        """Return what orders markers of one key in time: later runs are larger."""
        return self.run, self.attempt


def marker_line(marker: Marker) -> str:
    """Return the first line of a text."""
    data = {
        "v": _VERSION,
        "key": marker.key,
        "state": marker.state.value,
        "digest": marker.digest,
        "head": marker.head,
        "base": marker.base,
        "run": marker.run,
        "attempt": marker.attempt,
        "ops": None if marker.operations is None else list(marker.operations),
        "places": list(marker.places),
        "truncated": marker.truncated,
        **({"plannedBy": marker.planned_by} if marker.planned_by else {}),
        "nonce": marker.nonce,
        "tool": marker.tool,
    }
    text = json.dumps(data, separators=(",", ":"))
    inert = _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return f"<!-- reconcile:{marker.subject.value} {inert} -->"


def parse_marker(text: str) -> Marker | None:
    """Return the marker of a text, `None` where it does not begin with one of ours.

    Members that are not known are tolerated: a newer version may have written them.
    """
    found = _LINE.fullmatch(text.split("\n", 1)[0].rstrip("\r"))
    if found is None or found[1] not in set(Subject):
        return None
    try:
        data = json.loads(found[2])
        return _marker(Subject(found[1]), data)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _marker(subject: Subject, data: Mapping[str, object]) -> Marker:
    """Return the marker that some JSON stands for; raise `ValueError` or the like if none."""
    if data["v"] != _VERSION:
        raise ValueError("another version")
    operations = data.get("ops")
    return Marker(
        subject=subject,
        key=_text(data["key"]),
        state=State(_text(data["state"])),
        digest=_text(data["digest"]),
        head=_text(data.get("head", "")),
        base=_text(data.get("base", "")),
        run=_number(data.get("run", 0)),
        attempt=_number(data.get("attempt", 0)),
        operations=None if operations is None else _texts(operations),
        places=_texts(data.get("places", [])),
        truncated=data.get("truncated") is True,
        planned_by=_number(data.get("plannedBy", 0)),
        nonce=_text(data.get("nonce", "")),
        tool=_text(data.get("tool", "")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(_text(each) for each in value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
