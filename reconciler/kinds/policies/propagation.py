"""Wait for principals that AWS does not know yet: new roles take about a minute to be seen.

A misspelt principal fails with the same words, so the wait is bounded (aws.md section 5.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reconciler.aws.api import AwsFault

PRINCIPAL_PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds to wait between tries: about a minute in all."""


Result = TypeVar("Result")


def once_known(send: Callable[[], Result], pause: Callable[[float], None]) -> Result:
    """Send once, and again only while AWS says that it does not know a principal.

    Raises:
        AwsFault: what the last try failed with.
    """
    for seconds in PRINCIPAL_PAUSES:
        try:
            return send()
        except AwsFault as fault:
            if not fault.unknown_principal:
                raise
            pause(seconds)
    return send()
