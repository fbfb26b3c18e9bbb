"""JSON Schema in words: the type of a value and what it has to satisfy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from reconciler.shapes.sagemaker import SOURCE_PATTERNS

Schema = Mapping[str, JsonValue]

_REF: Final = "#/$defs/"
_MOST_VALUES: Final = 40
_BOUNDS: Final = (
    ("minLength", "length at least {}"),
    ("maxLength", "length at most {}"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("minProperties", "at least {} keys"),
    ("maxProperties", "at most {} keys"),
)


def type_words(schema: Schema, definitions: Schema) -> str:
    """Return the type: `string`, `list of ModelInput`, `map of string`, `string or integer`."""
    name, resolved = _resolved(schema, definitions)
    if choices := _choices(resolved):
        return " or ".join(dict.fromkeys(type_words(each, definitions) for each in choices))
    match resolved.get("type"):
        case "array":
            return f"list of {type_words(_part(resolved, 'items'), definitions)}"
        case "object" if "properties" in resolved:
            return name or "object"
        case "object":
            values = _part(resolved, "additionalProperties")
            return f"map of {type_words(values, definitions)}" if values else "map"
        case str(word):
            return word
        case _:
            return "any value"


def constraint_words(schema: Schema, definitions: Schema) -> tuple[str, ...]:
    """Return what a value has to satisfy beyond its type, each as a short sentence."""
    return tuple(dict.fromkeys(_constraints(schema, definitions, "")))


def _constraints(schema: Schema, definitions: Schema, about: str) -> Iterator[str]:
    if not schema:
        return
    _, resolved = _resolved(schema, definitions)
    for choice in _choices(resolved):
        yield from _constraints(choice, definitions, about)
    if "const" in resolved:
        yield f"{about}must be {json.dumps(resolved['const'])}"
    values = resolved.get("enum")
    if isinstance(values, list):
        more = ", ..." if len(values) > _MOST_VALUES else ""
        yield f"{about}one of {', '.join(map(str, values[:_MOST_VALUES]))}{more}"
    for key, words in _BOUNDS:
        if resolved.get(key):
            yield about + words.format(resolved[key])
    if "pattern" in resolved:
        yield f"{about}matches {_pattern(resolved)}"
    if resolved.get("type") == "array":
        yield from _constraints(_part(resolved, "items"), definitions, "each item: ")
    elif "properties" not in resolved:
        yield from _constraints(_part(resolved, "propertyNames"), definitions, "each key: ")
        values_schema = _part(resolved, "additionalProperties")
        yield from _constraints(values_schema, definitions, "each value: ")


def _pattern(schema: Schema) -> str:
    """Return the pattern as AWS documents it, where the schema says it in another dialect."""
    comment = str(schema.get("$comment", ""))
    pattern = comment.rpartition("meant: ")[2] or str(schema["pattern"])
    return SOURCE_PATTERNS.get(pattern, pattern)


def _resolved(schema: Schema, definitions: Schema) -> tuple[str, Schema]:
    """Follow references, and look through `anyOf` with null: the name last followed, the schema."""
    name = ""
    while True:
        if isinstance(target := schema.get("$ref"), str):
            name = target.removeprefix(_REF)
            schema = _part(definitions, name)
            continue
        choices = _choices(schema)
        if len(choices) != 1:
            return name, schema
        schema = choices[0]


def _choices(schema: Schema) -> list[Schema]:
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return []
    return [each for each in options if isinstance(each, dict) and each.get("type") != "null"]


def _part(schema: Schema, key: str) -> Schema:
    found = schema.get(key)
    return found if isinstance(found, dict) else {}
