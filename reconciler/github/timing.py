"""How long to wait for GitHub, how often to ask again, and the clock that tells."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from urllib3 import Retry

REPEATABLE = frozenset({"GET", "PATCH", "DELETE"})
"""Methods that may be sent twice: the second time they change nothing more."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, numbers of attempts, and a clock. Tests give their own clock and sleep.

    `most` is what one request may take with all its repetitions. `unsaid` is the wait after a
    secondary limit that does not say for how long.
    See https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """

    connect: float = 5.0
    read: float = 20.0
    repetitions: int = 4
    most: float = 90.0
    unsaid: float = 60.0
    between_writes: float = 1.0
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def repetition(self) -> Retry:
        """Return a count of repetitions that has counted none yet."""
        return Retry(
            total=self.repetitions,
            backoff_factor=1.0,
            backoff_max=30.0,
            allowed_methods=REPEATABLE,
            status_forcelist=(500, 502, 503, 504),
        )
