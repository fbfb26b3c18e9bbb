"""How long to wait for what, and the clock: everything a test replaces to be fast."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Limits of one call, and where time comes from.

    `attempts` bounds how often botocore sends one call when the connection or AWS fails
    (the first time included). `read_timeout` is well above the slowest Model Registry call
    known, so that a call that is given up has very likely not been carried out.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 40.0
    attempts: int = 4
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
