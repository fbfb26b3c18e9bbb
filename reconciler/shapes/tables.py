"""The constants that the generator writes beneath the classes, as source text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from botocore.model import Shape as ApiShape

from reconciler.shapes import patterns, service_model, tweaks


def tables() -> Iterator[str]:
    """Yield each constant with its documentation."""
    yield _structures()
    yield _constant(
        "KNOWN_INSTANCE_TYPES: dict[str, frozenset[str]]",
        _mapping({name: _frozenset(_enum(name)) for name in sorted(tweaks.OPEN_ENUMS)}),
        "The instance types that this botocore knows, by enumeration. Others are accepted.",
    )
    yield _constant(
        "INSTANCE_TYPE_MEMBERS: dict[str, str]",
        _mapping({name: _quoted(enum) for name, enum in _instance_type_members().items()}),
        "Members that hold instance types, and the enumeration that lists the known ones.",
    )
    yield _operation_members()
    yield _constant(
        "SENSITIVE: frozenset[str]",
        _frozenset(sorted(service_model.sensitive_paths())),
        "API paths, from an operation's input, whose values AWS asks not to log.",
    )
    yield _constant(
        "SOURCE_PATTERNS: dict[str, str]",
        _written_mapping(_source_patterns()),
        "A pattern as AWS writes them (Java), by the translated one that validation errors carry.",
    )


def java_pattern(shape: ApiShape) -> str:
    """Return the pattern to translate for a shape; empty if it has none."""
    tweak = tweaks.PATTERNS.get(shape.name)
    return tweak.instead if tweak else str(shape.metadata.get("pattern", ""))


def raw(text: str) -> str:
    """Return the raw string literal of a text.

    Raises:
        ValueError: if the text holds what a raw literal cannot.
    """
    if '"' in text or "\n" in text:
        raise ValueError(f"not expressible as a raw string: {text!r}")
    return f'r"{text}"'


def _structures() -> str:
    names = sorted(
        name for name, shape in service_model.closure().items() if shape.type_name == "structure"
    )
    return _constant(
        "STRUCTURES: dict[str, type[Shape]]",
        _mapping({name: tweaks.class_name(name) for name in names}),
        "The class of each API structure; `__api_shape__` on a class leads back.",
    )


def _operation_members() -> str:
    known = service_model.operation_members()
    return _constant(
        "OPERATION_MEMBERS: dict[str, dict[str, tuple[str, ...]]]",
        _mapping(
            {
                resource: _mapping({call: _tuple(calls[call]) for call in sorted(calls)})
                for resource, calls in sorted(known.items())
            }
        ),
        "Members that each kind of call carries, by resource; `search` is the search record.",
    )


def _enum(name: str) -> list[str]:
    return sorted(service_model.closure()[name].metadata["enum"])


def _instance_type_members() -> dict[str, str]:
    """Return members of open enumerations; a member's name decides, so it may not be ambiguous."""
    found: dict[str, str] = {}
    for shape in service_model.closure().values():
        if shape.type_name != "structure":
            continue
        for name, part in shape.members.items():
            held = part.member if part.type_name == "list" else part
            if held.name in tweaks.OPEN_ENUMS and found.setdefault(name, held.name) != held.name:
                raise ValueError(f"{name} holds instance types of two enumerations")
    return dict(sorted(found.items()))


def _source_patterns() -> dict[str, str]:
    stated = {java_pattern(shape) for shape in service_model.closure().values()} - {""}
    narrowing = (java for java in stated if not patterns.admits_everything(java))
    return {raw(patterns.translate(java)): raw(java) for java in sorted(narrowing)}


def _constant(declaration: str, value: str, documentation: str) -> str:
    return f'{declaration} = {value}\n"""{documentation}"""\n'


def _mapping(items: Mapping[str, str]) -> str:
    """Return a dict literal with quoted keys; the values are source text already."""
    return _written_mapping({_quoted(key): value for key, value in items.items()})


def _written_mapping(items: Mapping[str, str]) -> str:
    return "{" + "".join(f"{key}: {value}, " for key, value in items.items()) + "}"


def _frozenset(texts: Sequence[str]) -> str:
    return "frozenset({" + ", ".join(map(_quoted, texts)) + ",})" if texts else "frozenset()"


def _tuple(texts: Sequence[str]) -> str:
    return "(" + "".join(f"{_quoted(text)}, " for text in texts) + ")"


def _quoted(text: str) -> str:
    return json.dumps(text)
