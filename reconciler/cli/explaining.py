"""Look up a kind, a field or a problem code and put together what is known about it.

What we say comes from the manifest models and the field tables; what AWS says is read from the
installed botocore, so it is always the text of the version in use.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pydantic
from pydantic import JsonValue

from reconciler.cli.drift_words import DRIFT
from reconciler.cli.schema_words import constraint_words, type_words
from reconciler.core.codes import CODES
from reconciler.core.fields import Field
from reconciler.errors import UsageError
from reconciler.kinds import HANDLERS
from reconciler.kinds.model_package.fields import UNVERSIONED
from reconciler.manifest.registry import MANIFESTS
from reconciler.render.explanation import Explanation, Member
from reconciler.shapes.documentation import UnknownMemberError, describe
from reconciler.shapes.json_schema import json_schema
from reconciler.shapes.members import Member as ModelMember
from reconciler.shapes.members import members_of
from reconciler.shapes.sagemaker import OPERATION_MEMBERS

_OPERATIONS: Final = {
    "ModelPackageGroup": {
        "create": "CreateModelPackageGroup",
        "describe": "DescribeModelPackageGroup",
    },
    "ModelPackage": {
        "create": "CreateModelPackage",
        "update": "UpdateModelPackage",
        "describe": "DescribeModelPackage",
    },
}
# Manifest fields that stand for an API member under another name.
_STANDS_FOR: Final = {
    ("ModelPackage", "modelPackageGroup"): "ModelPackageGroupName",
    ("ModelPackage", "approval"): "ModelApprovalStatus",
    ("ModelPackage", "approval.status"): "ModelApprovalStatus",
    ("ModelPackage", "approval.description"): "ApprovalDescription",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A field found by its path: the members on the way, outermost first."""

    kind: str
    path: tuple[str, ...]
    members: tuple[ModelMember, ...]

    @property
    def member(self) -> ModelMember:
        """Return the field itself."""
        return self.members[-1]


def explain(target: str) -> Explanation:
    """Return what is known about `KIND`, `KIND.field.path`, a problem code or a class of drift.

    Raises:
        UsageError: if there is no such thing; it suggests the nearest name.
    """
    if target.upper() in CODES:
        code = CODES[target.upper()]
        return Explanation(f"{target.upper()}: {code.title}", code.text)
    if target.lower() in DRIFT:
        return DRIFT[target.lower()]
    kind, _, path = target.partition(".")
    known = {name.lower(): name for name in MANIFESTS}
    if kind.lower() not in known:
        raise _unknown(f"there is no kind {kind!r}", kind, [*MANIFESTS, *CODES])
    kind = known[kind.lower()]
    return _field(_find(kind, path.split("."))) if path else _kind(kind)


def kinds() -> Explanation:
    """Return the list of all kinds."""
    members = tuple(
        Member(kind, _summary(model), required=False) for kind, model in MANIFESTS.items()
    )
    return Explanation("Kinds of manifests, apiVersion reconciler/v1", members=members)


def _kind(kind: str) -> Explanation:
    envelope = members_of(MANIFESTS[kind])
    spec = envelope["spec"].models[0]
    rows = [*_members(envelope["metadata"].models[0], "metadata.", kind)]
    return Explanation(
        f"{kind}  (apiVersion reconciler/v1)",
        _summary(MANIFESTS[kind]),
        members=(*rows, *_members(spec, "spec.", kind)),
    )


def _find(kind: str, steps: Sequence[str]) -> _Found:
    """Follow a path from the manifest's root, or from its spec where that is left out."""
    envelope = members_of(MANIFESTS[kind])
    path = [step.partition("[")[0] for step in steps]
    if path[0] not in envelope:
        path = ["spec", *path]
    found: list[ModelMember] = []
    models: tuple[type[pydantic.BaseModel], ...] = (MANIFESTS[kind],)
    for at, step in enumerate(path):
        members = {name: member for model in models for name, member in members_of(model).items()}
        if step not in members:
            place = ".".join([kind, *path[:at]])
            raise _unknown(f"{place} has no field {step!r}", step, list(members))
        found.append(members[step])
        models = members[step].models
    return _Found(kind, tuple(path), tuple(found))


def _field(found: _Found) -> Explanation:
    member = found.member
    schema = _schema(member.owner)
    definitions, own = _object(schema.get("$defs")), _property(schema, member.yaml)
    typed = type_words(own, definitions)
    structure, api = _api(found)
    facts = [("type", typed), ("required", "yes" if member.required else "no")]
    facts += _rule_facts(found)
    facts += [("default", default)] if (default := _default(member)) else []
    facts += [("constraint", words) for words in constraint_words(own, definitions)]
    facts += [("API", f"{api}, in {_operations(found, structure)}")] if api else []
    own_words = str(own.get("description", ""))
    return Explanation(
        f"{found.kind}.{'.'.join(found.path)}",
        "" if own_words.startswith("SageMaker API member") else own_words,
        tuple(facts),
        _documentation(structure, api),
        tuple(row for model in member.models for row in _members(model, "", found.kind)),
    )


def _members(model: type[pydantic.BaseModel], prefix: str, kind: str) -> Iterator[Member]:
    schema = _schema(model)
    definitions = _object(schema.get("$defs"))
    for name, member in members_of(model).items():
        words = type_words(_property(schema, name), definitions)
        row = _row(kind, _STANDS_FOR.get((kind, name), member.api)) if prefix == "spec." else None
        yield Member(prefix + name, words, member.required, row.rule.value if row else "")


def _rule_facts(found: _Found) -> list[tuple[str, str]]:
    row = _row(found.kind, _top_level(found))
    if row is None:
        return []
    facts = [("rule", row.rule.value + (f": {row.reason}" if row.reason else ""))]
    if row.by_key:
        facts.append(("managed", "by key: keys that are not declared are left as they are"))
    if row.clearable:
        facts.append(("null", "removes what is set"))
    return facts


_OF_UNVERSIONED: Final = ("ModelPackage", "Tags")  # versions have the tags of their group


def _row(kind: str, name: str) -> Field | None:
    rows = (row for handler in HANDLERS if handler.kind == kind for row in handler.fields)
    if (kind, name) == _OF_UNVERSIONED:
        rows = (row for row in UNVERSIONED)
    return next((row for row in rows if row.name == name), None)


def _top_level(found: _Found) -> str:
    """Return the API member of the resource that a field is, or is part of."""
    inner = found.path[1:]
    for length in (2, 1):
        if special := _STANDS_FOR.get((found.kind, ".".join(inner[:length]))):
            return special
    return found.members[1].api if len(found.members) > 1 and found.path[0] == "spec" else ""


def _api(found: _Found) -> tuple[str, str]:
    """Return the API structure and the member in it that a field is; empty if there is none."""
    member = found.member
    name = _STANDS_FOR.get((found.kind, ".".join(found.path[1:])))
    structure = str(getattr(member.owner, "__api_shape__", ""))
    if name is None and member.in_api and structure:
        return structure, member.api
    calls = OPERATION_MEMBERS.get(found.kind, {})
    for call in ("create", "update"):
        if name and name in calls.get(call, ()):
            return f"{_OPERATIONS[found.kind][call]}Input", name
    return "", ""


def _operations(found: _Found, structure: str) -> str:
    """Return the operations that carry a field, and the structure that it is in."""
    top = _top_level(found)
    calls = OPERATION_MEMBERS.get(found.kind, {})
    carried = [
        operation
        for call, operation in _OPERATIONS.get(found.kind, {}).items()
        if top in calls.get(call, ())
    ]
    inside = [structure] if not structure.endswith("Input") else []
    return ", ".join([*inside, *carried]) or structure


def _documentation(structure: str, api: str) -> str:
    if not api:
        return ""
    try:
        return describe(structure, api)
    except UnknownMemberError:
        return ""


def _default(member: ModelMember) -> str:
    if member.required:
        return ""
    default = member.owner.model_fields[member.python].get_default(call_default_factory=True)
    if default is None:
        return "none: what a manifest does not say is not managed" if member.in_api else ""
    return repr(default) if default not in ("", {}) else "empty"


@cache
def _schema(model: type[pydantic.BaseModel]) -> dict[str, JsonValue]:
    return json_schema(model)


def _summary(model: type[pydantic.BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n")[0]


def _property(schema: JsonValue, name: str) -> dict[str, JsonValue]:
    return _object(_object(_object(schema).get("properties")).get(name))


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _unknown(what: str, name: str, known: Iterable[str]) -> UsageError:
    by_folded = {each.lower(): each for each in known}
    nearest = difflib.get_close_matches(name.lower(), list(by_folded), n=1)
    listed = ", ".join(by_folded.values())
    suggestion = f"did you mean {by_folded[nearest[0]]!r}?" if nearest else ""
    return UsageError(what, why=f"known: {listed}", fix=suggestion)
