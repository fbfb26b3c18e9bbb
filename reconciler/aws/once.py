"""Do something once per key however many threads ask, and give all of them its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """Results by key. Different keys are worked out at the same time, each by who asks first.

    An error is a result as well: who asks again gets the same one, without another attempt.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[Key, Future[Value]] = {}

    def result(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what `make` gave for this key the first time, or raise what it raised."""
        with self._lock:
            known = self._results.get(key)
            if known is None:
                mine = self._results[key] = Future()
        return known.result() if known else self._fulfil(key, mine, make)

    def _fulfil(self, key: Key, mine: Future[Value], make: Callable[[], Value]) -> Value:
        try:
            mine.set_result(make())
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits, re-raised below
            mine.set_exception(error)
        except BaseException as interruption:
            with self._lock:
                del self._results[key]
            mine.set_exception(interruption)
            raise
        return mine.result()

    def results(self) -> list[Value]:
        """Return every result there is so far, errors left out."""
        with self._lock:
            done = [future for future in self._results.values() if future.done()]
        return [future.result() for future in done if future.exception() is None]
