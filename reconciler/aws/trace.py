"""What is told about every call: which, how it ended and how long it took. Never what was in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger("reconciler.aws")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One finished call. `outcome` is `ok` or the error code; `retries` happened inside it.

    `seconds` counts from the first attempt to the last answer, waits in between included.
    """

    environment: str
    service: str
    operation: str
    outcome: str
    seconds: float
    retries: int = 0
    request_id: str | None = None


Trace = Callable[[CallRecord], None]
"""Is told of every finished call, from whichever thread made it."""


def log_call(record: CallRecord) -> None:
    """Log a call at DEBUG on `reconciler.aws`: no parameters, no answers."""
    _log.debug(
        "%s %s:%s %s %.3fs retries=%d request=%s",
        record.environment,
        record.service,
        record.operation,
        record.outcome,
        record.seconds,
        record.retries,
        record.request_id or "-",
    )
