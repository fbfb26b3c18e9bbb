"""Send no faster than AWS takes it, learned from its own refusals, per operation.

AWS publishes no rates for the Model Registry and throttles per account, region and operation.
Until the first throttled attempt nothing waits. From then on attempts of that operation leave
evenly spaced, a little slower than AWS was seen to accept them, and speed up again step by step.

botocore's own adaptive mode knows one rate per client instead of per operation. Measured with 210
calls against a limit of 10 a second (bursts of 10; 10 and 16 threads; up to 200 ms a call):
adaptive mode 7 to 13 % throttled in 21 to 31 s, standard mode 37 %, this 4 to 7 % in 20 to 22 s
(and 7 % in 29 s where not even a burst of two is allowed).

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

LOWEST_STEP: Final = 0.6
"""The least of the present rate that one throttled attempt leaves, before `BACK_OFF`."""

START: Final = 0.3
"""The share of itself by which the rate grows in a second until it is refused once more."""

REGAIN: Final = 0.1
"""The same once that happened, while far below what was last accepted."""

PROBE: Final = 0.01
"""The same near that rate, where every step too far costs throttled attempts."""

LEAST_GROWTH: Final = 0.1
"""Attempts per second that the rate grows in a second at the least."""

FIRST_RATE: Final = 5.0
"""Attempts per second that are assumed to be accepted until paced attempts show otherwise."""

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

    def throttled(self, now: float, reserved: float) -> None:
        """Slow down, unless the attempt's turn was given out before the present rate was known."""
        if self.rate is not None and reserved < self._learned_at:
            return
        self._forget(now)
        if self.rate is None:
            # What came through in an unpaced burst may be far from what AWS takes for long.
            before, self._ceiling = max(len(self._accepted) / WINDOW_SECONDS, FIRST_RATE), None
        else:
            before = max(min(self.rate, self._seen_since(now)), self.rate * LOWEST_STEP)
            self._ceiling = max(before, self.rate * BACK_OFF)
        self.rate = max(before * BACK_OFF, SLOWEST_RATE)
        self._learned_at = self._grown_at = now
        # Turns already given out are still taken.
        self._next = max(self._next, now + 1 / self.rate)

    def _grown(self, rate: float, now: float) -> float:
        # Time in which nothing was sent proves nothing, so at most one second of it counts.
        seconds = min(now - self._grown_at, 1.0)
        self._grown_at = now
        return rate + seconds * max(rate * self._growth(rate), LEAST_GROWTH)

    def _growth(self, rate: float) -> float:
        if self._ceiling is None:
            return START
        return PROBE if rate >= self._ceiling * BACK_OFF else REGAIN

    def _seen_since(self, now: float) -> float:
        # Only since the rate was set: before that, AWS may have let a burst through.
        span = min(now - self._learned_at, WINDOW_SECONDS)
        count = sum(accepted > now - span for accepted in self._accepted)
        # One more: a window may just have missed one, which counts at low rates.
        return (count + 1) / max(span, WINDOW_SECONDS / 4)

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
            request.context["reconciler_turn"] = self.wait((account_id, region, service, operation))

        def after(
            request_dict: Any, response: Any, event_name: str, **_event: object
        ) -> None:  # `response` is (HTTP response, parsed answer), or None when none came
            _, service, operation = event_name.split(".", 2)
            if response is not None:
                code = response[1].get("Error", {}).get("Code", "")
                reserved = request_dict["context"].get("reconciler_turn", 0.0)
                self.note((account_id, region, service, operation), code=code, reserved=reserved)

        client.meta.events.register_first("request-created", before)
        client.meta.events.register_first("needs-retry", after)

    def wait(self, scope: Scope) -> float:
        """Wait until an attempt may leave, and return the time at which its turn was reserved."""
        with self._lock:
            now = self._clock()
            seconds = self._paces.setdefault(scope, Pace()).reserve(now)
        if seconds > 0:
            self._sleep(seconds)
        return now

    def note(self, scope: Scope, *, code: str, reserved: float) -> None:
        """Learn from the answer to an attempt whose turn was reserved at that time."""
        with self._lock:
            pace = self._paces.setdefault(scope, Pace())
            if code in THROTTLING_CODES:
                pace.throttled(self._clock(), reserved)
            else:
                pace.accepted(self._clock())
