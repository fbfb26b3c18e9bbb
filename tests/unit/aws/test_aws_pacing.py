"""The pacing rule on a simulated clock, against limits as AWS states them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import pytest

from reconciler.aws.pacing import BACK_OFF, FIRST_RATE, SLOWEST_RATE, START, Pace, Pacer

SCOPE = ("111111111111", "eu-west-1", "sagemaker", "DescribeModelPackage")


@dataclass
class Bucket:
    """A token bucket: `rate` a second, bursts up to `burst`."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def simulate(
    bucket: Bucket, *, calls: int, threads: int = 10, latency: float = 0.06
) -> tuple[float, float]:
    """Run calls on threads that retry at once; return the seconds and the share throttled."""
    pace, left, attempts, throttled, now = Pace(), calls, 0, 0, 0.0
    # (time, order, what): a thread becomes free, or an attempt (reserved when) arrives.
    events: list[tuple[float, int, float | None]] = [(0.0, n, None) for n in range(threads)]
    order = threads
    while events:
        now, _, reserved = heapq.heappop(events)
        order += 1
        if reserved is None:
            if left > 0:
                left -= 1
                heapq.heappush(events, (now + pace.reserve(now) + latency, order, now))
            continue
        attempts += 1
        if bucket.take(now):
            pace.accepted(now)
            heapq.heappush(events, (now, order, None))
        else:
            throttled += 1
            pace.throttled(now, reserved)
            heapq.heappush(events, (now + pace.reserve(now) + latency, order, now))
    return now, throttled / attempts


@pytest.mark.parametrize("threads", [4, 10, 16])
@pytest.mark.parametrize("latency", [0.01, 0.06, 0.3])
def test_ten_calls_a_second_are_kept_with_few_throttles(threads: int, latency: float) -> None:
    seconds, share = simulate(Bucket(10, 10), calls=210, threads=threads, latency=latency)
    assert share <= 0.10
    assert seconds <= 1.25 * 20


@pytest.mark.parametrize(("rate", "burst"), [(10, 3), (10, 30), (25, 25), (100, 100)])
def test_other_limits_are_kept_as_well(rate: float, burst: float) -> None:
    seconds, share = simulate(Bucket(rate, burst), calls=int(rate * 25))
    assert share <= 0.10
    assert seconds <= 1.4 * 25


def test_nothing_waits_before_the_first_throttle() -> None:
    pace = Pace()
    for call in range(1000):
        assert pace.reserve(call / 1000) == 0
        pace.accepted(call / 1000)
    assert pace.rate is None


def test_attempts_are_spaced_evenly_after_a_throttle() -> None:
    pace = Pace()
    for call in range(10):
        pace.accepted(call / 100)
    pace.throttled(0.1, reserved=0.05)
    assert pace.rate == pytest.approx(10 * BACK_OFF)
    waits = [pace.reserve(0.1) for _ in range(3)]
    assert waits == pytest.approx([n / (10 * BACK_OFF) for n in (1, 2, 3)])


def test_throttles_of_attempts_already_on_the_way_count_once() -> None:
    pace = Pace()
    for call in range(10):
        pace.accepted(call / 100)
    pace.throttled(0.1, reserved=0.05)
    learned = pace.rate
    pace.throttled(0.2, reserved=0.09)
    assert pace.rate == learned


def test_it_never_stops_altogether_and_recovers() -> None:
    pace, now = Pace(), 0.0
    for _ in range(20):
        pace.throttled(now, reserved=now)
        now += 1
    assert pace.rate == SLOWEST_RATE
    for _ in range(200):
        now += pace.reserve(now)
        pace.accepted(now)
    assert pace.rate > 5


def test_idle_time_does_not_raise_the_rate_beyond_one_step() -> None:
    pace = Pace()
    for call in range(10):
        pace.accepted(call / 100)
    pace.throttled(0.1, reserved=0.05)
    learned = pace.rate
    pace.reserve(3600.0)
    assert learned is not None
    assert pace.rate == pytest.approx(learned * (1 + START))


def test_operations_are_paced_apart() -> None:
    slept: list[float] = []
    now = [0.0]
    pacer = Pacer(clock=lambda: now[0], sleep=slept.append)
    pacer.note(SCOPE, code="ThrottlingException", reserved=0.0)
    pacer.wait((*SCOPE[:3], "Search"))
    assert slept == []
    pacer.wait(SCOPE)
    assert slept == pytest.approx([1 / (FIRST_RATE * BACK_OFF)])


def test_other_errors_are_no_reason_to_slow_down() -> None:
    slept: list[float] = []
    pacer = Pacer(clock=lambda: 0.0, sleep=slept.append)
    pacer.note(SCOPE, code="ValidationException", reserved=0.0)
    pacer.note(SCOPE, code="", reserved=0.0)
    pacer.wait(SCOPE)
    assert slept == []
