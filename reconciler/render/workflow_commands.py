"""What a step of GitHub Actions is told: annotations and outputs, in the runner's encodings.

The runner takes commands from the log, and outputs from a file. Texts of manifests and of AWS go
into both, so they are made inert and encoded here: nothing in them can be a command, or an output
of another name (github.com/actions/toolkit, packages/core/src/command.ts and file-command.ts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.location import Location
from reconciler.render.inert import inert, no_runner_commands
from reconciler.render.redact import without_credentials
from reconciler.render.words import counted

MOST_ANNOTATIONS: Final = 10
"""How many annotations of one type a step may have; GitHub drops the others."""

_LONGEST: Final = 2_000
_IN_MESSAGES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
)


class Kind(StrEnum):
    """The types of annotations."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One message, at a place in the repository if there is one (`path` relative to its root)."""

    kind: Kind
    title: str
    message: str
    where: Location | None = None


def annotation_line(annotation: Annotation) -> str:
    """Return the command that shows an annotation. Its message is one line, whatever is in it."""
    properties: dict[str, str] = {}
    if annotation.where is not None:
        place = annotation.where
        properties |= {
            "file": _shown(place.path),
            "line": str(place.line),
            "col": str(place.column),
        }
    if annotation.title:
        properties["title"] = _shown(annotation.title)
    pairs = (f"{name}={text.translate(_IN_PROPERTIES)}" for name, text in properties.items())
    listed = ",".join(pairs)
    front = f"::{annotation.kind.value} {listed}" if listed else f"::{annotation.kind.value}"
    return f"{front}::{_shown(annotation.message).translate(_IN_MESSAGES)}"


def annotation_lines(annotations: Sequence[Annotation]) -> list[str]:
    """Return the commands for some annotations, errors first; what is too many is counted."""
    lines: list[str] = []
    for kind in Kind:
        found = [each for each in annotations if each.kind is kind]
        shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
        lines += map(annotation_line, shown)
        if rest := len(found) - len(shown):
            message = f"{counted(rest, f'more {kind.value}')}: see the log or the summary"
            lines.append(annotation_line(Annotation(kind, "", message)))
    return lines


def output_entry(name: str, value: str, delimiter: str) -> str:
    """Return what sets an output in the runner's file.

    Raises:
        ValueError: if the value holds the delimiter, which has to be random.
    """
    if delimiter in value or delimiter in name:
        raise ValueError("the delimiter is in what it delimits")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _shown(text: str) -> str:
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return no_runner_commands(inert(without_credentials(short)))
