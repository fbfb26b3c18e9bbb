"""Send no faster than AWS takes it, learned from its own refusals, per operation.

AWS publishes no rates for the Model Registry and throttles per account, region and operation.
Until the first throttled attempt nothing waits. From then on attempts of that operation leave
evenly spaced, a little slower than AWS was seen to accept them, and speed up again step by step.
botocore's own adaptive mode is not used: it knows one rate per client instead of per operation,
and measures in windows of half a second in which ten threads have long run into the limit.

`Pace` is the rule and knows neither clock nor threads; `Pacer` applies it in botocore clients.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

WINDOW_SECONDS: Final = 1.0
"""Over how long the accepted attempts are counted; limits are stated per second."""

BACK_OFF: Final = 0.85
"""The share of what was accepted that is sent after a throttled attempt."""

REGAIN: Final = 1.0
"""Attempts per second gained in each second while far below what was last accepted."""

PROBE: Final = 0.2
"""The same near that rate, where every step too far costs throttled attempts."""

SLOWEST_RATE: Final = 0.5
"""Attempts per second that are always allowed, as in botocore's token bucket."""


class Pace:
    """The rate of one operation. Times are seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self._accepted: deque[float] = deque()
        self._next = 0.0
        self._learned_at = 0.0
        self._grown_at = 0.0
        self._ceiling: float | None = None

    def reserve(self, now: float) -> float:
        """Take the next turn and return how long to wait for it: 0 unless AWS ever throttled."""
        if self.rate is None:
            return 0.0
        self.rate = self._grown(self.rate, now)
        turn = max(now, self._next)
        self._next = turn + 1 / self.rate
        return turn - now

    def accepted(self, now: float) -> None:
        """Note an attempt that AWS did not throttle (it may have failed otherwise)."""
        self._accepted.append(now)
        self._forget(now)

    def throttled(self, now: float, sent: float) -> None:
        """Slow down, unless the attempt left before the present rate was known."""
        if self.rate is not None and sent < self._learned_at:
            return
        self._forget(now)
        seen = len(self._accepted) / WINDOW_SECONDS
        self._ceiling = max(seen, self.rate or 0.0) or None
        before = seen if self.rate is None else min(seen, self.rate)
        self.rate = max(before * BACK_OFF, SLOWEST_RATE)
        self._learned_at = self._grown_at = now
        self._next = now + 1 / self.rate

    def _grown(self, rate: float, now: float) -> float:
        # Time in which nothing was sent proves nothing, so at most one second of it counts.
        seconds = min(now - self._grown_at, 1.0)
        self._grown_at = now
        near = self._ceiling is not None and rate >= self._ceiling * BACK_OFF
        return rate + seconds * (PROBE if near else REGAIN)

    def _forget(self, now: float) -> None:
        while self._accepted and self._accepted[0] <= now - WINDOW_SECONDS:
            self._accepted.popleft()


Scope = tuple[str, str, str, str]
"""Account, region, service and operation: what AWS counts together."""

THROTTLING_CODES: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)
"""Error codes that ask to send less (botocore's standard retry mode lists the same and more)."""


class Pacer:
    """Paces the attempts of clients, retries included. Thread-safe."""

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._paces: dict[Scope, Pace] = {}

    def attach(self, client: Any, account_id: str) -> None:
        """Make every attempt of a botocore client wait its turn, before it is signed."""
        region = str(client.meta.region_name)

        def before(request: Any, event_name: str, **_event: object) -> None:
            _, service, operation = event_name.split(".", 2)
            request.context["reconciler_sent"] = self.wait((account_id, region, service, operation))

        def after(
            request_dict: Any, response: Any, event_name: str, **_event: object
        ) -> None:  # `response` is (HTTP response, parsed answer), or None when none came
            _, service, operation = event_name.split(".", 2)
            if response is not None:
                code = response[1].get("Error", {}).get("Code", "")
                sent = request_dict["context"].get("reconciler_sent", 0.0)
                self.note((account_id, region, service, operation), code=code, sent=sent)

        client.meta.events.register_first("request-created", before)
        client.meta.events.register_first("needs-retry", after)

    def wait(self, scope: Scope) -> float:
        """Wait until an attempt may leave, and return the time at which it does."""
        with self._lock:
            seconds = self._paces.setdefault(scope, Pace()).reserve(self._clock())
        if seconds > 0:
            self._sleep(seconds)
        return self._clock()

    def note(self, scope: Scope, *, code: str, sent: float) -> None:
        """Learn from the answer to an attempt that left at `sent`."""
        with self._lock:
            pace = self._paces.setdefault(scope, Pace())
            if code in THROTTLING_CODES:
                pace.throttled(self._clock(), sent)
            else:
                pace.accepted(self._clock())
