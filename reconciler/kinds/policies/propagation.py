"""Wait out refusals that pass by themselves: principals that AWS does not know yet, and haste.

A new role takes about a minute to be seen. A misspelt principal fails with the same words, so the
wait is bounded (aws.md section 5.3). What was refused was not carried out, so that `send` may be
called again; where others write too, it has to read again first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from reconciler.aws.api import AwsFault, FaultKind

PRINCIPAL_PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds to wait between tries: about a minute in all."""
BUSY_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""The same where AWS takes no more calls for now, or is at work on the same thing."""
_BUSY = frozenset({FaultKind.THROTTLED, FaultKind.CONFLICT})

Result = TypeVar("Result")


def once_known(send: Callable[[], Result], pause: Callable[[float], None]) -> Result:
    """Send once, and again only while AWS says that it does not know a principal.

    Raises:
        AwsFault: what the last try failed with.
    """
    return _until(send, pause, {_is_unknown: PRINCIPAL_PAUSES})


def once_accepted(send: Callable[[], Result], pause: Callable[[float], None]) -> Result:
    """As `once_known`, and again while AWS is throttling or busy: `send` reads before it writes.

    Raises:
        AwsFault: what the last try failed with.
    """
    return _until(send, pause, {_is_unknown: PRINCIPAL_PAUSES, _is_busy: BUSY_PAUSES})


_Reason = Callable[[AwsFault], bool]


def _until(
    send: Callable[[], Result],
    pause: Callable[[float], None],
    patience: Mapping[_Reason, Sequence[float]],
) -> Result:
    left = {reason: iter(seconds) for reason, seconds in patience.items()}
    while True:
        try:
            return send()
        except AwsFault as fault:
            seconds = next((next(left[each], None) for each in left if each(fault)), None)
            if seconds is None:
                raise
        pause(seconds)


def _is_unknown(fault: AwsFault) -> bool:
    return fault.unknown_principal


def _is_busy(fault: AwsFault) -> bool:
    return fault.kind in _BUSY
