"""Input validation as the service front end does it, generated from the service model.

Message form, source: aws/amazon-sagemaker-examples#4843 and #2277. List steps (`.1.member.`), the
sentences for map keys and values, and the hidden values of sensitive members follow the form that
AWS's JSON services share (localstack's snapshots of real KMS answers have it); they are unverified
for SageMaker.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    compact,
    mapping,
    number,
    text,
    texts,
)
from reconciler.sandbox.errors import ApiError, invalid
from reconciler.sandbox.patterns import matches
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.shapes import input_shape, shape

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}


def check(service: str, operation: str, parameters: JsonObject, settings: SandboxSettings) -> None:
    """Refuse parameters that the service model forbids; unknown members are ignored as by AWS.

    Raises:
        ApiError: A ValidationException naming every violated constraint, or a
            SerializationException when a value has the wrong JSON type.
    """
    name = input_shape(service, operation)
    if name is None:
        return
    errors = list(_Checker(service, settings.dot_matches_newline).violations(name, parameters, ""))
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        raise invalid(f"{len(errors)} validation {noun} detected: " + "; ".join(errors))


class _Checker:
    """Walks one value along its shape; yields one sentence for each violated constraint."""

    def __init__(self, service: str, dot_matches_newline: bool) -> None:  # noqa: FBT001
        self._service = service
        self._dot_matches_newline = dot_matches_newline

    def violations(self, name: str, value: JsonValue, path: str) -> Iterator[str]:
        model = shape(self._service, name)
        _check_type(model, value)
        for constraint in self._constraints(model, value):
            yield _sentence(model, value, path, constraint)
        if isinstance(value, dict) and model["type"] == "structure":
            yield from self._members(model, value, path)
        elif isinstance(value, dict):
            yield from self._entries(model, value, path)
        elif isinstance(value, list):
            yield from self._items(model, value, path)

    def _members(self, model: JsonObject, value: JsonObject, path: str) -> Iterator[str]:
        for name in texts(model, "required"):
            if value.get(name) is None:
                where = _step(path, _camel(name))
                yield (
                    f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
                )
        members = mapping(model, "members")
        for name, item in value.items():
            target = text(mapping(members, name), "shape")
            if target is not None and item is not None:
                yield from self.violations(target, item, _step(path, _camel(name)))

    def _items(self, model: JsonObject, value: list[JsonValue], path: str) -> Iterator[str]:
        target = text(mapping(model, "member"), "shape") or ""
        for place, item in enumerate(value, 1):
            yield from self.violations(target, item, f"{path}.{place}.member")

    def _entries(self, model: JsonObject, value: JsonObject, path: str) -> Iterator[str]:
        key_shape = shape(self._service, text(mapping(model, "key"), "shape") or "")
        item_shape = shape(self._service, text(mapping(model, "value"), "shape") or "")
        for key, item in value.items():
            for side, model_, member in (("keys", key_shape, key), ("value", item_shape, item)):
                _check_type(model_, member)
                broken = list(self._constraints(model_, member))
                if broken:
                    constraint = f"Map {side} must satisfy constraint: [{', '.join(broken)}]"
                    yield _sentence(model, value, path, constraint)

    def _constraints(self, model: JsonObject, value: JsonValue) -> Iterator[str]:
        yield from _size_constraints(model, value)
        if not isinstance(value, str):
            return
        allowed = texts(model, "enum")
        if allowed and value not in allowed:
            yield f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        pattern = text(model, "pattern")
        if pattern and not matches(pattern, value, dot_matches_newline=self._dot_matches_newline):
            yield f"Member must satisfy regular expression pattern: {pattern}"


def _size_constraints(model: JsonObject, value: JsonValue) -> Iterator[str]:
    if isinstance(value, bool) or value is None or model["type"] == "timestamp":
        return
    size, what = (value, "value") if isinstance(value, int | float) else (len(value), "length")
    least, most = number(model, "min"), number(model, "max")
    if least is not None and size < least:
        yield f"Member must have {what} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"Member must have {what} less than or equal to {most}"


def _check_type(model: JsonObject, value: JsonValue) -> None:
    """Refuse a JSON value of another type, as the deserialiser does before validation."""
    expected = _JSON_TYPES.get(text(model, "type") or "", (object,))
    wrong_bool = isinstance(value, bool) and bool not in expected
    if value is not None and (wrong_bool or not isinstance(value, expected)):
        kind = f"{type(value).__name__.upper()}_VALUE"
        raise ApiError(
            "SerializationException", f"{kind} can not be converted to {model.get('type')}"
        )


def _sentence(model: JsonObject, value: JsonValue, path: str, constraint: str) -> str:
    shown = "" if model.get("sensitive") else f" '{_java_text(value)}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _java_text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java_text, value)) + "]"
    return compact(value)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _step(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
