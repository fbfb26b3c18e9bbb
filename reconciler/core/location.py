"""Where something was written: the `file:line:col` that every message names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a manifest file. Lines and columns are 1-based, as editors count them."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return `path:line:column`, which terminals and editors turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"


DataPath = tuple[str | int, ...]
"""Keys and 0-based list indexes from a document's root to a value: `("spec", "containers", 0)`."""


def dotted(path: DataPath) -> str:
    """Return a data path as users write it: `spec.containers[0].image`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
