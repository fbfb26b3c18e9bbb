"""The boundary's calls: bounded in number, retried where that is safe, traced and classified."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.aws.api import Answer, AwsFault, FaultKind
from reconciler.aws.faults import classify, metadata_of
from reconciler.aws.once import Once
from reconciler.aws.reads import is_read
from reconciler.aws.replacing import replaces_all
from reconciler.aws.timing import Timing
from reconciler.aws.trace import CallRecord, Trace, log_call
from reconciler.aws.wording import place
from reconciler.core.environment import Environment

Connect = Callable[[Environment, str, str], Any]
"""Returns the botocore client of an environment and a service that is to send an operation."""

RETRIES: Final = {FaultKind.CONFLICT: 3, FaultKind.THROTTLED: 4}
"""How often a call is repeated here, after botocore's own retries have run out."""

RETRY_SECONDS: Final = 1.0
"""The longest wait before the first repetition; doubled for each further one, always jittered."""

# Member of the answer → parameter of the next call. KMS calls its token a marker.
_TOKENS: Final = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"))


_TOKEN_PARAMETERS: Final = frozenset({"ClientToken", "clientToken"})


@dataclass(frozen=True, slots=True)
class _Target:
    environment: Environment
    service: str
    operation: str


class Slots:
    """Bounds the calls in flight: so many at a time for each environment."""

    def __init__(self, parallelism: int) -> None:
        self._parallelism = parallelism
        self._slots: Once[str, threading.Semaphore] = Once()

    def of(self, environment: Environment) -> threading.Semaphore:
        """Return the semaphore that a call to this environment holds while it lasts."""
        return self._slots.result(environment.name, lambda: threading.Semaphore(self._parallelism))


class Calls:
    """The calls of `Aws`, over botocore clients.

    A throttled call was not carried out, so it may be repeated. After a conflict only those are
    that cannot overwrite what the other side did: reads, and calls that carry a client token. What
    replaces a whole document is sent once, whatever comes back: its handler reads again first.
    """

    def __init__(
        self, connect: Connect, *, slots: Slots, timing: Timing, trace: Trace = log_call
    ) -> None:
        self._connect = connect
        self._slots = slots
        self._timing = timing
        self._trace = trace

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        """Return the answer of one operation (see `Aws.call`)."""
        target = _Target(environment, service, operation)
        client = self._connect(environment, service, operation)
        repeated = 0
        while True:
            try:
                return self._attempt(client, target, parameters)
            except AwsFault as fault:
                if not _may_repeat(fault, target, parameters, repeated):
                    raise
            self._timing.sleep(RETRY_SECONDS * 2**repeated * (0.5 + self._timing.random() / 2))
            repeated += 1

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        """Yield the answers of a paged operation (see `Aws.pages`)."""
        seen: set[str] = set()
        following: dict[str, Any] = dict(parameters)
        while True:
            answer = self.call(environment, service, operation, following)
            yield answer
            step = next(((new, answer[old]) for old, new in _TOKENS if answer.get(old)), None)
            if step is None:
                return
            if step[1] in seen:
                raise _endless(_Target(environment, service, operation))
            seen.add(step[1])
            following = {**parameters, step[0]: step[1]}

    def _attempt(self, client: Any, target: _Target, parameters: Answer) -> Answer:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        started = self._timing.clock()
        try:
            with self._slots.of(target.environment):
                answer = getattr(client, xform_name(target.operation))(**parameters)
        except (ClientError, BotoCoreError, AwsFault) as error:
            fault = classify(
                error,
                service=target.service,
                operation=target.operation,
                environment=target.environment,
            )
            self._tell(target, fault.code, started, metadata_of(error))
            # The fault says all there is; a chained traceback would print the text unsanitised.
            raise fault from None
        metadata = answer.pop("ResponseMetadata", {})
        self._tell(target, "ok", started, metadata)
        return {**answer, "ResponseMetadata": {"RequestId": metadata.get("RequestId")}}

    def _tell(
        self, target: _Target, outcome: str, started: float, metadata: Mapping[str, Any]
    ) -> None:
        self._trace(
            CallRecord(
                environment=target.environment.name,
                service=target.service,
                operation=target.operation,
                outcome=outcome,
                seconds=self._timing.clock() - started,
                retries=int(metadata.get("RetryAttempts", 0)),
                request_id=metadata.get("RequestId"),
            )
        )


def _may_repeat(fault: AwsFault, target: _Target, parameters: Answer, repeated: int) -> bool:
    if repeated >= RETRIES.get(fault.kind, 0) or replaces_all(target.service, target.operation):
        return False
    return (
        fault.kind is FaultKind.THROTTLED
        or not _TOKEN_PARAMETERS.isdisjoint(parameters)
        or is_read(target.service, target.operation)
    )


def _endless(target: _Target) -> AwsFault:
    environment = place(target.environment)
    return AwsFault(
        FaultKind.UNKNOWN,
        what=f"{target.service}:{target.operation} in {environment} repeated a page token",
        operation=target.operation,
        code="RepeatedToken",
        why="following it would read the same pages without end",
        fix="run it again; if it stays, the endpoint (AWS_ENDPOINT_URL?) does not page correctly",
    )
