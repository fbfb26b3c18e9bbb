"""Peer of `reconcile render`: reads a JSON document and writes it again, and looks at nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Write the document on stdout."""
    sys.stdout.write(json.dumps(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
