"""The sandbox in a process of its own, told what to do by lines of JSON on its input.

`{"do": "begin", "clear": BOOL, "latency": SECONDS, "rate": PER_SECOND, "burst": CALLS}` sets the
trouble for the next measurement and forgets the calls so far; `{"do": "calls"}` answers them as
`[operation, code, is a write]`. It ends when its input does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from reconciler.sandbox.server import SandboxServer


def main() -> None:
    """Serve in memory until the input ends."""
    with SandboxServer(None) as server:
        _say({"url": server.url})
        for text in sys.stdin:
            asked = json.loads(text)
            _say(_begin(server, asked) if asked["do"] == "begin" else _calls(server))


def _begin(server: SandboxServer, asked: dict[str, Any]) -> dict[str, Any]:
    if asked["clear"]:
        server.clear()
    server.faults.clear()
    server.calls.clear()
    if asked["latency"]:
        server.faults.latency(asked["latency"])
    if asked["rate"]:
        server.faults.rate_limit(asked["rate"], burst=asked["burst"])
    return {}


def _calls(server: SandboxServer) -> dict[str, Any]:
    return {
        "calls": [[each.operation, each.code, each.is_write] for each in server.calls.snapshot()]
    }


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
