"""Which operation a REST request is, read from the service model's URI templates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl

from reconciler.sandbox.documents import JsonObject, mapping, text
from reconciler.sandbox.shapes import service_model


@dataclass(frozen=True, slots=True)
class Asked:
    """What a REST request shows of itself; `copies` says that it names another object to copy."""

    method: str
    segments: tuple[str, ...]
    query: frozenset[str]
    copies: bool = False


@dataclass(frozen=True, slots=True)
class _Route:
    """One operation's method, path segments (None = any) and obligatory query parameters."""

    operation: str
    method: str
    segments: tuple[str | None, ...]
    query: frozenset[str]
    open_ended: bool

    def fits(self, asked: Asked) -> bool:
        if asked.method != self.method or not self.query <= asked.query:
            return False
        if ("Copy" in self.operation) is not asked.copies:
            return False
        if self.open_ended:
            return len(asked.segments) >= len(self.segments)
        return len(asked.segments) == len(self.segments) and all(
            wanted in {None, given}
            for wanted, given in zip(self.segments, asked.segments, strict=True)
        )

    @property
    def weight(self) -> tuple[int, int]:
        literal = sum(segment is not None for segment in self.segments)
        return (len(self.query), literal)


def operation_name(service: str, asked: Asked) -> str:
    """Return the operation's name, or the method when no template of the service fits."""
    fitting = [route for route in _routes(service) if route.fits(asked)]
    best = max(fitting, key=lambda route: route.weight, default=None)
    return asked.method if best is None else best.operation


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    from botocore.exceptions import UnknownServiceError

    try:
        operations = mapping(service_model(service), "operations")
    except UnknownServiceError:
        return ()
    return tuple(_route(name, mapping(operations, name)) for name in operations)


def _route(name: str, operation: JsonObject) -> _Route:
    described = mapping(operation, "http")
    path, _, query = (text(described, "requestUri") or "/").partition("?")
    segments = [segment for segment in path.split("/") if segment]
    literal = frozenset(key for key, _ in parse_qsl(query, keep_blank_values=True))
    return _Route(
        name,
        text(described, "method") or "POST",
        tuple(None if segment.startswith("{") else segment for segment in segments),
        literal,
        path.endswith("+}"),
    )
