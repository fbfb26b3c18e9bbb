"""Trouble on demand: latency, throttling, refusals, lost answers, and hooks around each call.

A rule names calls by a glob over `service:Operation`; one without a colon means any service.
Rules are evaluated outside all registry locks, so a slow call never slows another one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus

from reconciler.sandbox.calls import Call
from reconciler.sandbox.credentials import expired
from reconciler.sandbox.errors import AnswerLost, ApiError, throttled

Hook = Callable[[Call], None]
_Effect = Callable[[Call], None]


@dataclass(slots=True)
class _Rule:
    """An effect on the calls that match: all, or `times` of them from the `first` on."""

    operation: str
    account: str | None
    effect: _Effect
    first: int = 1
    times: int | None = None
    seen: int = 0

    def is_due(self, call: Call) -> bool:
        """Count the call if it matches; return whether the effect is to happen."""
        pattern = self.operation if ":" in self.operation else f"*:{self.operation}"
        if self.account not in {None, call.account} or not fnmatchcase(call.action, pattern):
            return False
        self.seen += 1
        return self.seen >= self.first and (
            self.times is None or self.seen < self.first + self.times
        )


@dataclass(slots=True)
class _Bucket:
    """Tokens of one (account, region, operation)."""

    tokens: float
    filled_at: float


@dataclass
class Faults:
    """The trouble of one server. Safe to change from any thread while the server runs.

    `sleep` and `monotonic` are injected so that tests of the rules themselves need not wait.
    """

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _before: list[_Rule] = field(default_factory=list)
    _after: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def latency(self, seconds: float, operation: str = "*") -> None:
        """Let each matching call take so much longer."""
        self._add(self._before, operation, lambda _call: self.sleep(seconds))

    def rate_limit(self, per_second: float, *, burst: int = 1, operation: str = "*") -> None:
        """Throttle calls beyond a rate, per operation, account and region (a token bucket).

        Source of the scope: AWS says control-plane limits are per account and region; published
        numbers do not exist for the Model Registry.
        """
        buckets: dict[tuple[str, str, str], _Bucket] = {}
        guard = threading.Lock()

        def draw(call: Call) -> None:
            now = self.monotonic()
            with guard:
                key = (call.account, call.region, call.action)
                bucket = buckets.setdefault(key, _Bucket(burst, now))
                refilled = bucket.tokens + (now - bucket.filled_at) * per_second
                bucket.tokens, bucket.filled_at = min(burst, refilled), now
                if bucket.tokens < 1:
                    raise throttled()
                bucket.tokens -= 1

        self._add(self._before, operation, draw)

    def throttle(self, operation: str = "*", *, times: int | None = None) -> None:
        """Answer ThrottlingException to every matching call, or to the next `times` of them."""
        self._add(self._before, operation, _raising(throttled), times=times)

    def deny(self, operation: str, *, account: str | None = None, resource: str = "*") -> None:
        """Refuse an operation as a missing identity permission does.

        Source: AWS IAM user guide, "Troubleshoot access denied error messages".
        """

        def refuse(call: Call) -> None:
            raise ApiError(
                "AccessDeniedException",
                f"User: {call.caller_arn} is not authorized to perform: {call.action} on resource: "
                f"{resource} because no identity-based policy allows the {call.action} action",
            )

        self._add(self._before, operation, refuse, account=account)

    def fail(  # noqa: PLR0913 - one call describes one fault; all but the first are by name
        self,
        operation: str,
        *,
        code: str,
        message: str = "Injected by the sandbox.",
        status: int = HTTPStatus.BAD_REQUEST,
        nth: int = 1,
        times: int | None = 1,
        after_write: bool = False,
    ) -> None:
        """Fail the n-th matching call (and `times` in all; None = all that follow).

        With `after_write` the call is carried out first, as when AWS fails late.
        """
        rules = self._after if after_write else self._before
        effect = _raising(lambda: ApiError(code, message, status))
        self._add(rules, operation, effect, first=nth, times=times)

    def lose_answer(self, operation: str, *, nth: int = 1, times: int | None = 1) -> None:
        """Carry the n-th matching call out, then close the connection without an answer."""
        self._add(self._after, operation, _raising(AnswerLost), first=nth, times=times)

    def expire_credentials(self, *, account: str | None = None, nth: int = 1) -> None:
        """Answer all calls (of an account) from the n-th on as if the session had expired."""
        self._add(self._before, "*", _raising(expired), account=account, first=nth)

    def before(self, hook: Hook, operation: str = "*", *, nth: int | None = None) -> None:
        """Run `hook` before each matching call, or only before the n-th.

        It runs in the call's thread and outside locks, so it may call this server itself; raising
        `AnswerLost` drops the connection, an `ApiError` becomes the answer.
        """
        self._add_hook(self._before, hook, operation, nth)

    def after(self, hook: Hook, operation: str = "*", *, nth: int | None = None) -> None:
        """Run `hook` after each matching call is carried out and before it is answered."""
        self._add_hook(self._after, hook, operation, nth)

    def clear(self) -> None:
        """Remove all rules and hooks."""
        with self._lock:
            self._before, self._after = [], []

    def run_before(self, call: Call) -> None:
        """Let the rules that come before the call take effect, in the order they were made.

        Raises:
            ApiError: The answer a rule gives instead.
            AnswerLost: The connection is to be closed.
        """
        self._run(self._before, call)

    def run_after(self, call: Call) -> None:
        """Let the rules that come after the call take effect.

        Raises:
            ApiError: The answer a rule gives instead of the real one.
            AnswerLost: The connection is to be closed.
        """
        self._run(self._after, call)

    def _run(self, rules: list[_Rule], call: Call) -> None:
        with self._lock:
            due = [rule.effect for rule in rules if rule.is_due(call)]
        for effect in due:
            effect(call)

    def _add_hook(self, rules: list[_Rule], hook: Hook, operation: str, nth: int | None) -> None:
        times = None if nth is None else 1
        self._add(rules, operation, hook, first=nth or 1, times=times)

    def _add(  # noqa: PLR0913 - the fields of a rule, by name
        self,
        rules: list[_Rule],
        operation: str,
        effect: _Effect,
        *,
        account: str | None = None,
        first: int = 1,
        times: int | None = None,
    ) -> None:
        with self._lock:
            rules.append(_Rule(operation, account, effect, first, times))


def _raising(error: Callable[[], Exception]) -> _Effect:
    def effect(_call: Call) -> None:
        raise error()

    return effect
