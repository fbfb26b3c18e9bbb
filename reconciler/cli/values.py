"""Option values with a form of their own: durations, comma lists, labels. All click callbacks."""

from __future__ import annotations

import re
from typing import Final

import click

_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")
_HOUR: Final = 3600
_MINUTE: Final = 60


def duration(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """Return the seconds of a duration such as `90s`, `30m`, `1h30m` or `90`."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groups()):
        raise click.BadParameter(f"{value!r} is not a duration; write 90s, 30m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * _HOUR + minutes * _MINUTE + seconds)


def labels(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the key and the value of every `key=value`."""
    pairs = [value.partition("=") for value in values]
    for key, equals, wanted in pairs:
        if not equals or not key:
            raise click.BadParameter(f"{key + wanted!r} is not a label; write key=value")
    return tuple((key, wanted) for key, _, wanted in pairs)


def comma_list(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the values of a repeatable option, each of which may be a list with commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def digests(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the hex digits of digests, which may be given by their beginnings."""
    found = [_DIGEST.fullmatch(value.strip().lower()) for value in values]
    for value, each in zip(values, found, strict=True):
        if each is None:
            raise click.BadParameter(
                f"{value!r} is not a plan's digest; give at least the first 12 of its hex digits"
            )
    return tuple(each[1] for each in found if each)
