"""Search expressions: filters, nested filters and subexpressions over one record.

Source of every rule: botocore SearchExpression, Filter, NestedFilters and Search documentation.
The texts of refusals are unverified, except the one on Contains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from reconciler.sandbox.documents import JsonObject, JsonValue, objects, text
from reconciler.sandbox.errors import invalid
from reconciler.sandbox.shapes import member_shapes, shape

_MOST_FILTERS = 50
_ORDERED = frozenset({"GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})
_TIMESTAMPS = frozenset({"CreationTime", "LastModifiedTime"})
_Test = Callable[[JsonObject], bool]


class Matcher:
    """A search expression, checked and ready to judge records; an empty one accepts all.

    Raises:
        ApiError: The expression is not allowed: an unknown property, an operator that does not
            fit the property, two Contains, more than 50 filters.
    """

    def __init__(self, resource: str, expression: JsonObject) -> None:
        self._members = member_shapes("sagemaker", resource)
        filters = list(_all_filters(expression))
        if len(filters) > _MOST_FILTERS:
            raise invalid(f"Search expression exceeds the limit of {_MOST_FILTERS} filters.")
        if sum(item.get("Operator") == "Contains" for item in filters) > 1:
            raise invalid("'CONTAINS' operator usage limit of 1 exceeded.")
        self._test = self._expression(expression)

    def accepts(self, record: JsonObject) -> bool:
        """Return whether the record satisfies the expression."""
        return self._test(record)

    def _expression(self, expression: JsonObject) -> _Test:
        tests = [self._filter(item, "") for item in objects(expression, "Filters")]
        tests += [self._nested(item) for item in objects(expression, "NestedFilters")]
        tests += [self._expression(item) for item in objects(expression, "SubExpressions")]
        if expression.get("Operator") == "Or":
            return lambda record: any(test(record) for test in tests)
        return lambda record: all(test(record) for test in tests)

    def _nested(self, nested: JsonObject) -> _Test:
        """Return a test that one object of a list satisfies all filters of the group."""
        base = text(nested, "NestedPropertyName") or ""
        self._require_property(base)
        tests = [self._filter(item, f"{base}.") for item in objects(nested, "Filters")]

        def one_satisfies_all(record: JsonObject) -> bool:
            items = [item for item in values_at(record, base) if isinstance(item, dict)]
            return any(all(test(item) for test in tests) for item in items)

        return one_satisfies_all

    def _filter(self, condition: JsonObject, prefix: str) -> _Test:
        name = text(condition, "Name") or ""
        self._require_property(name)
        path = name.removeprefix(prefix)
        operator = text(condition, "Operator") or "Equals"
        if operator in {"Exists", "NotExists"}:
            wanted = operator == "Exists"
            return lambda record: any(True for _ in _leaves(record, path)) is wanted
        value = text(condition, "Value")
        if value is None:
            raise invalid(f"Value is required for operator {operator} on property {name}")
        self._require_suitable(name, operator)
        compare = _comparison(operator, name, value)
        if operator == "NotEquals":
            return lambda record: not any(map(compare, _leaves(record, path)))
        return lambda record: any(map(compare, _leaves(record, path)))

    def _require_property(self, name: str) -> None:
        if name.partition(".")[0] not in self._members:
            raise invalid(f"Unknown property name: {name}")

    def _require_suitable(self, name: str, operator: str) -> None:
        """Refuse order on text, and text operators on numbers and times."""
        member = self._members.get(name)
        if member is None:
            return
        kind = text(shape("sagemaker", member), "type")
        is_text = kind == "string"
        if operator in _ORDERED and (is_text or kind == "boolean"):
            raise invalid(f"Operator {operator} is not supported for text property {name}")
        if operator in {"Contains", "In"} and kind in {"integer", "timestamp", "boolean"}:
            raise invalid(f"Operator {operator} is only supported for text properties, not {name}")


def values_at(document: JsonValue, path: str) -> Iterator[JsonValue]:
    """Yield every value at a dotted path, through lists; map keys may contain dots themselves."""
    if isinstance(document, dict) and path in document:
        found = document[path]
        yield from found if isinstance(found, list) else (found,)
    elif not path:
        yield from document if isinstance(document, list) else (document,)
    elif isinstance(document, list):
        for item in document:
            yield from values_at(item, path)
    elif isinstance(document, dict):
        first, _, rest = path.partition(".")
        if rest and first in document:
            yield from values_at(document[first], rest)


def _leaves(record: JsonObject, path: str) -> Iterator[JsonValue]:
    """Yield the values that a filter compares; `Tags.<key>` reads the tag list."""
    if path.startswith("Tags."):
        key = path.removeprefix("Tags.")
        for tag in objects(record, "Tags"):
            if tag.get("Key") == key:
                yield tag.get("Value")
        return
    yield from values_at(record, path)


def _all_filters(expression: JsonObject) -> Iterator[JsonObject]:
    yield from objects(expression, "Filters")
    for nested in objects(expression, "NestedFilters"):
        yield from objects(nested, "Filters")
    for inner in objects(expression, "SubExpressions"):
        yield from _all_filters(inner)


def _comparison(operator: str, name: str, value: str) -> Callable[[JsonValue], bool]:
    """Return a test of one value; numbers and times compare as such, all else as text."""
    if operator == "Contains":
        return lambda actual: isinstance(actual, str) and value in actual
    if operator == "In":
        listed = {part.strip() for part in value.split(",")}
        return lambda actual: _as_text(actual) in listed
    limit = _timestamp(value) if name in _TIMESTAMPS else _number(value)
    if operator in {"Equals", "NotEquals"}:
        return lambda actual: actual == limit if _is_number(actual) else _as_text(actual) == value
    if limit is None:
        raise invalid(f"Value '{value}' is not a number or timestamp for property {name}")
    return _ordering(operator, limit)


def _ordering(operator: str, limit: float) -> Callable[[JsonValue], bool]:
    def holds(actual: JsonValue) -> bool:
        read = _number(actual) if isinstance(actual, str) else actual
        if not isinstance(read, int | float):
            return False
        match operator:
            case "GreaterThan":
                return read > limit
            case "GreaterThanOrEqualTo":
                return read >= limit
            case "LessThan":
                return read < limit
            case _:
                return read <= limit

    return holds


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_text(value: JsonValue) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return f"{value}" if isinstance(value, int | float) else None


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _timestamp(value: str) -> float | None:
    """Return an ISO 8601 time as seconds; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
