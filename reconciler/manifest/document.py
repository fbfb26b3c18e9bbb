"""What the loader returns: manifest text, plain data, and where each piece of it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.core.location import DataPath, Location
from reconciler.manifest.index import index
from reconciler.manifest.marks import line_and_column

Data: TypeAlias = bool | int | float | str | list["Data"] | dict[str, "Data"] | None
"""A value as YAML's core schema knows it. Values are shared between aliases: never change one."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one manifest file. `path` is how messages name it."""

    path: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file: its data, and where it begins.

    `index` counts all documents of the file from 0, empty ones included. Asking for a place
    reads the text a second time, so ask only when there is something to report.
    """

    source: SourceFile = field(repr=False)
    index: int
    data: dict[str, Data]
    where: Location

    def locate(self, path: DataPath, *, key: bool = False) -> Location:
        """Return where the value at `path` was written, or its key.

        For a path that does not exist, the nearest existing ancestor stands in. What an alias
        repeats is where its anchor is; the key is where it is used. The key of a list item or
        of the root is the place of the value.
        """
        file = index(self.source.text)
        key_offset, node, _ = file.find(self.index, path)
        line, column = line_and_column(file.text, key_offset if key else node.start)
        return Location(self.source.path, line, column)

    def scalar_text(self, path: DataPath) -> str | None:
        """Return a scalar exactly as the author wrote it, quotes included: `1.10`, `"no"`.

        None for mappings, lists and paths that do not exist.
        """
        file = index(self.source.text)
        _, node, exists = file.find(self.index, path)
        if not exists or node.entries is not None:
            return None
        return file.text[node.start : node.end].rstrip("\r\n")
