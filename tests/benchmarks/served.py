"""The served sandbox as a measurement sees it: trouble to set, calls to count."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .manifests import ACCOUNT, REGION
from .processes import PYTHON

_THROTTLED = "ThrottlingException"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the server answered it."""

    operation: str
    code: str
    is_write: bool


class Served:
    """A sandbox in another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = str(self._answer()["url"])

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment variables with which any AWS client talks to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def begin(
        self, *, clear: bool = False, latency: float = 0.0, rate: float = 0.0, burst: int = 1
    ) -> None:
        """Set the trouble of the next measurement, and forget the calls so far."""
        self._ask(do="begin", clear=clear, latency=latency, rate=rate, burst=burst)

    def calls(self) -> list[Call]:
        """Return the calls since the measurement began."""
        return [Call(*each) for each in self._ask(do="calls")["calls"]]

    def _ask(self, **question: object) -> dict[str, Any]:
        if self._process.stdin is None:
            raise RuntimeError("the sandbox has no input")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise RuntimeError("the sandbox has no output")
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def serving() -> Iterator[Served]:
    """Run a sandbox, empty, without any trouble."""
    program = str(Path(__file__).parent / "sandbox_process.py")
    process = subprocess.Popen(
        [PYTHON, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield Served(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()


def count(calls: list[Call]) -> dict[str, int]:
    """Return how many calls there were of each operation."""
    return dict(Counter(each.operation for each in calls).most_common())


def writes(calls: list[Call]) -> int:
    """Return how many calls could change something."""
    return sum(each.is_write for each in calls)


def throttled_share(calls: list[Call]) -> float:
    """Return the share of the calls that was throttled."""
    return sum(each.code == _THROTTLED for each in calls) / max(len(calls), 1)
