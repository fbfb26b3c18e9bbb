"""Other orders: what AWS does to lists that have none."""

from __future__ import annotations

import random
import threading

from reconciler.sandbox.documents import JsonValue


class Shuffler:
    """Puts lists into another order each time; the same sequence of orders for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - an order, not a secret
        self._lock = threading.Lock()

    def __call__(self, items: list[JsonValue]) -> list[JsonValue]:
        """Return the items in another order, without repetitions."""
        with self._lock:
            return self._random.sample(items, len(items))
