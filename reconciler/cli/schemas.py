"""The JSON Schemas that are published: a manifest of each kind, any manifest, and the documents.

A manifest may say `ref` where its model, which is what is left after references are resolved,
cannot. The published schemas admit it: `ref` with any part of the referenced structure beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from reconciler.errors import ReconcilerError, UsageError
from reconciler.manifest.known_drift import KnownDriftFile
from reconciler.manifest.references import REFERENCES
from reconciler.manifest.registry import MANIFESTS
from reconciler.render.access_contract import AccessDocument, MatrixDocument
from reconciler.render.contract import Part, PlanDocument, ReportDocument
from reconciler.render.drift_contract import DriftDocument
from reconciler.shapes.json_schema import DIALECT, json_schema

Schema = dict[str, JsonValue]

KNOWN_DRIFT: Final = "known-drift"
ANY: Final = "manifest"
_DOCUMENTS: Final[dict[str, type[Part]]] = {
    "plan": PlanDocument,
    "report": ReportDocument,
    "drift": DriftDocument,
    "access": AccessDocument,
    "access-matrix": MatrixDocument,
}
_REF: Final = "#/$defs/"
_PARTIAL: Final = "Partial"


def names() -> tuple[str, ...]:
    """Return the names of all schemas: `manifest`, the kinds, known drift, and the documents."""
    return (ANY, *MANIFESTS, KNOWN_DRIFT, *_DOCUMENTS)


def schema_of(name: str) -> Schema:
    """Return one schema.

    Raises:
        UsageError: if there is none of that name.
    """
    if name in _DOCUMENTS:
        return json_schema(_DOCUMENTS[name], identifier=_identifier(name))
    if name == KNOWN_DRIFT:
        return json_schema(KnownDriftFile, identifier=_identifier(name))
    if name in MANIFESTS:
        return _manifest_schema(name)
    if name == ANY:
        return _any_manifest()
    raise UsageError(f"there is no schema {name!r}", why=f"known: {', '.join(names())}")


def schema_text(name: str) -> str:
    """Return one schema as it is published."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """Return the file that a schema is published in."""
    return f"{name}.schema.json"


def write_all(folder: Path) -> list[Path]:
    """Write every schema into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / file_name(name) for name in names()]
    for name, path in zip(names(), written, strict=True):
        path.write_text(schema_text(name), encoding="utf-8")
    return written


def check_all(folder: Path) -> None:
    """Compare a folder with the schemas.

    Raises:
        ReconcilerError: if a file is missing or not current.
    """
    outdated = [name for name in names() if _read(folder / file_name(name)) != schema_text(name)]
    if outdated:
        raise ReconcilerError(
            f"not current in {folder}: {', '.join(map(file_name, outdated))}",
            why="the schemas are generated from the manifest models and these files differ",
            fix=f"reconcile schema --write {folder}",
        )


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _identifier(name: str) -> str:
    return f"urn:sagemaker-reconciler:schema:v1:{name}"


def _any_manifest() -> Schema:
    """Return the schema of a manifest of any kind, chosen by `kind`."""
    definitions: Schema = {}
    branches: list[JsonValue] = []
    for kind in MANIFESTS:
        schema = _manifest_schema(kind)
        definitions |= _object(schema.pop("$defs", {}))
        definitions[f"{kind}Manifest"] = {k: v for k, v in schema.items() if not k.startswith("$")}
        branches.append(
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"{_REF}{kind}Manifest"},
            }
        )
    return {
        "$schema": DIALECT,
        "$id": _identifier(ANY),
        "title": "Manifest",
        "description": "A manifest of any kind.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"kind": {"enum": list(MANIFESTS)}},
        "allOf": branches,
        "$defs": definitions,
    }


def _manifest_schema(kind: str) -> Schema:
    schema = json_schema(MANIFESTS[kind], identifier=_identifier(kind))
    for path, _fragment in REFERENCES.get(kind, ()):
        for place in _places(schema, schema, path):
            _admit_reference(place, _object(schema["$defs"]))
    return schema


def _places(root: Schema, node: Schema, path: tuple[str | None, ...]) -> Iterator[Schema]:
    """Yield the schema objects that a path leads to; a `None` step stands for a list's items."""
    if not path:
        yield node
        return
    if target := _target(node):
        yield from _places(root, _object(_object(root["$defs"])[target]), path)
    step, *rest = path
    for choice in _alternatives(node):
        yield from _places(root, choice, path)
    inner = _object(node.get("items")) if step is None else _property(node, step)
    if inner:
        yield from _places(root, inner, tuple(rest))


def _admit_reference(place: Schema, definitions: Schema) -> None:
    """Let an object also be `{ref: NAME}` with any part of the object beside it."""
    options = _alternatives(place) or [dict(place)]
    name = next(target for option in options if (target := _target(option)))
    partial = _partial(name, definitions)
    reference = _object(definitions[partial])
    properties = _object(reference["properties"])
    ref: Schema = {"type": "string", "minLength": 1, "description": "The fragment's name."}
    definitions[f"{name}Reference"] = reference | {
        "title": f"{name}Reference",
        "properties": {"ref": ref, **properties},
        "required": ["ref"],
    }
    place.pop("$ref", None)
    place["anyOf"] = [*options, {"$ref": f"{_REF}{name}Reference"}]


def _partial(name: str, definitions: Schema) -> str:
    """Define a structure with nothing required in it at any depth, and return its name."""
    partial = name + _PARTIAL
    if partial not in definitions:
        definitions[partial] = {}  # known while its own parts are defined: structures may recur
        original = _object(definitions[name])
        kept = {key: value for key, value in original.items() if key != "required"}
        definitions[partial] = _object(_with_partials(kept, definitions)) | {"title": partial}
    return partial


def _with_partials(value: JsonValue, definitions: Schema) -> JsonValue:
    if isinstance(value, list):
        return [_with_partials(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    target = _target(value)
    if target and "properties" in _object(definitions[target]):
        return value | {"$ref": _REF + _partial(target, definitions)}
    return {key: _with_partials(item, definitions) for key, item in value.items()}


def _alternatives(node: Schema) -> list[Schema]:
    options = node.get("anyOf")
    return [each for each in options if isinstance(each, dict)] if isinstance(options, list) else []


def _target(node: Schema) -> str:
    target = node.get("$ref")
    return target.removeprefix(_REF) if isinstance(target, str) else ""


def _property(node: Schema, name: str) -> Schema:
    return _object(_object(node.get("properties")).get(name))


def _object(value: JsonValue) -> Schema:
    return value if isinstance(value, dict) else {}
