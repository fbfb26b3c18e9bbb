"""Every bound on what is read, in one place. Each is far above what real manifests need."""

from __future__ import annotations

from typing import Final

from reconciler.core.location import Location
from reconciler.core.problem import Problem

MAX_FILE_BYTES: Final = 1024 * 1024
"""The largest manifest file: some 500 manifests of 60 lines."""

MAX_FILES: Final = 20_000
"""Manifest files under all roots together."""

MAX_TOTAL_BYTES: Final = 128 * 1024 * 1024
"""The size of all manifest files together."""

MAX_DEPTH: Final = 50
"""Mappings and lists nested in each other, aliased content included."""

MAX_ALIASED_NODES: Final = 100_000
"""Keys and values that the aliases of one file may repeat; long texts count as several."""

TEXT_PER_NODE: Final = 64
"""Characters of repeated text that count as much as one value."""

MAX_PROBLEMS: Final = 100
"""A file with more problems is given up."""


def file_too_large(path: str) -> Problem:
    """Return the problem of a file above `MAX_FILE_BYTES`."""
    return Problem(
        code="E104",
        where=Location(path),
        path="",
        what=f"the file is larger than {MAX_FILE_BYTES:,} bytes",
        fix="split it: any number of files is read from a folder",
    )
