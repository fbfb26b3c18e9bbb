"""Numbers and durations in words."""

from __future__ import annotations

_MINUTE = 60
_HOUR = 3600


def counted(number: int, noun: str) -> str:
    """Return `1 group` or `2 groups`: the number with a noun that takes a plain `s`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Return a duration as people write it: `9s`, `4m05s`, `2h03m`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}s"
    return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}m"
