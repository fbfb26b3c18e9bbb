"""Pages of a list: size, order and an opaque NextToken bound to the request it came from."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from reconciler.sandbox.documents import JsonObject, JsonValue, digest, number, text
from reconciler.sandbox.errors import ApiError, invalid

Item = TypeVar("Item")
SortKey = str | tuple[float | str, ...]


class Pages:
    """Cuts one page out of a sorted list, as the request's MaxResults and NextToken say.

    The token names the last item shown, so items created or deleted between two calls neither
    repeat nor hide others.
    """

    def __init__(self, operation: str, parameters: JsonObject, *, default_size: int) -> None:
        bound = {k: v for k, v in parameters.items() if k not in {"NextToken", "MaxResults"}}
        self._digest = digest({"operation": operation, "parameters": bound})
        self._size = int(number(parameters, "MaxResults") or default_size)
        self._after = self._read(text(parameters, "NextToken"))

    def cut(
        self, items: Sequence[Item], *, key: Callable[[Item], SortKey], descending: bool = False
    ) -> tuple[list[Item], str | None]:
        """Return the page and the token of the next one; `items` may come in any order."""
        keyed = [(_comparable(key(item)), item) for item in items]
        keyed.sort(key=lambda pair: pair[0], reverse=descending)
        start = self._start([place for place, _ in keyed], descending=descending)
        page = keyed[start : start + self._size]
        last = start + self._size >= len(keyed)
        return [item for _, item in page], None if last else self._write(page[-1][0])

    def _start(self, keys: list[tuple[float | str, ...]], *, descending: bool) -> int:
        after = self._after
        if after is None:
            return 0
        shown = (key >= after if descending else key <= after for key in keys)
        return sum(1 for _ in itertools.takewhile(bool, shown))

    def _write(self, after: tuple[float | str, ...]) -> str:
        content = json.dumps([self._digest[:16], list(after)])
        return base64.urlsafe_b64encode(content.encode()).decode()

    def _read(self, token: str | None) -> tuple[float | str, ...] | None:
        """Return the last key shown. The refusal's code is assumed, its text unverified."""
        if token is None:
            return None
        try:
            content: JsonValue = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise _bad_token() from error
        match content:
            case [str(bound), list(after)] if bound == self._digest[:16]:
                return tuple(part for part in after if isinstance(part, str | float | int))
        raise _bad_token()


def _comparable(key: SortKey) -> tuple[float | str, ...]:
    return (key,) if isinstance(key, str) else key


def _bad_token() -> ApiError:
    return invalid("Invalid pagination token. Use the NextToken of the previous, same request.")
