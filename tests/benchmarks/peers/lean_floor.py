"""Peer of `reconcile validate`: libyaml's events, plain data, pydantic, and nothing else.

No duplicate keys, tags, bounds, references, rules or places of problems. The same models.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from yaml import CSafeLoader
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.manifest.registry import MANIFESTS


def _data(text: str) -> Any:
    """Return the one document of a text; every scalar is text, as in all these manifests."""
    flat: list[Any] = []
    starts: list[int] = []
    for event in iter(CSafeLoader(text).get_event, None):
        if type(event) is ScalarEvent:
            flat.append(event.value)
        elif type(event) is MappingStartEvent or type(event) is SequenceStartEvent:
            starts.append(len(flat))
        elif type(event) is MappingEndEvent:
            start = starts.pop()
            flat[start:] = [dict(zip(flat[start::2], flat[start + 1 :: 2], strict=True))]
        elif type(event) is SequenceEndEvent:
            start = starts.pop()
            flat[start:] = [flat[start:]]
    return flat[0]


def main() -> None:
    """Validate every file of a folder."""
    valid = []
    for path in sorted(Path(sys.argv[1]).rglob("*.yaml")):
        data = _data(path.read_text(encoding="utf-8"))
        valid.append(MANIFESTS[data["kind"]].model_validate(data))
    sys.stdout.write(f"{len(valid)} valid\n")


if __name__ == "__main__":
    main()
