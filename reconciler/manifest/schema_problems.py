"""Turn what pydantic finds wrong with a manifest into problems in our own words, with places."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pydantic
from pydantic_core import ErrorDetails

from reconciler.core.location import DataPath, dotted
from reconciler.core.problem import Problem
from reconciler.manifest.forms import FORMS, ONE_LINE
from reconciler.manifest.references import Origin, suggestion
from reconciler.shapes import sagemaker
from reconciler.shapes.base import api_name, member_at, members_of, yaml_name

_Wording = tuple[str, str, str]  # code, what, fix


def schema_problems(
    error: pydantic.ValidationError, model: type[pydantic.BaseModel], origin: Origin
) -> list[Problem]:
    """Return one problem for each thing that the model refuses, in pydantic's order.

    A value that fits none of a union's alternatives is reported once. Nothing is called missing
    where a reference leads nowhere: what it names would have brought it.
    """
    found: dict[DataPath, Problem] = {}
    for detail in error.errors(include_url=False):
        path = _written_path(detail, model)
        if detail["type"] == "missing" and origin.is_incomplete(path):
            continue
        problem = _problem(detail, path, model, origin)
        found.setdefault(path, problem)
    return list(found.values())


def _written_path(detail: ErrorDetails, model: type[pydantic.BaseModel]) -> DataPath:
    """Return the part of pydantic's location that the author wrote.

    Pydantic puts the names of union alternatives and `[key]` into its locations.
    """
    loc = detail["loc"]
    if detail["type"] in ("missing", "extra_forbidden"):
        return _known_steps(loc[:-1], model) + loc[-1:]
    return _known_steps(loc, model)


def _known_steps(loc: DataPath, model: type[pydantic.BaseModel]) -> DataPath:
    path: DataPath = ()
    for step in loc:
        if step == "[key]":
            continue
        candidate = (*path, step)
        if isinstance(step, int) or member_at(model, candidate) is not None:
            path = candidate
    return path


def _problem(
    detail: ErrorDetails, path: DataPath, model: type[pydantic.BaseModel], origin: Origin
) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        code, what, fix = _unknown_key(path, model)
        where = origin.locate(path, key=True)
    elif kind == "missing":
        code, what, fix = "E204", f"'{path[-1]}' is required", f"add {path[-1]}"
        where = origin.locate(path[:-1], key=True)
    else:
        text = None if _is_confidential(detail, path, model) else origin.scalar_text(path)
        code, what, fix = _WORDINGS.get(kind, _other)(detail, text)
        fix = _as_mapping(path, model) if kind in _WANT_A_MAPPING else fix
        where = origin.locate(path)
    why = _why(kind, path, model) or _own_reason(detail)
    return Problem(code, where, dotted(path), what, why, fix)


def _is_confidential(detail: ErrorDetails, path: DataPath, model: type[pydantic.BaseModel]) -> bool:
    """Say whether the value may hold a secret, so that a problem is told without it."""
    member = None if "[key]" in detail["loc"] else member_at(model, path)
    return member is not None and member.in_api and member.api in _CONFIDENTIAL


_CONFIDENTIAL = frozenset({"Environment", "ModelCardContent"})


def _as_mapping(path: DataPath, model: type[pydantic.BaseModel]) -> str:
    """Return how to write a mapping here: with the keys that it may have, where they are fixed."""
    keys = _names_at(path, model)
    if not keys:
        return "write a mapping: {key: value}"
    more = ", ..." if len(keys) > _MOST_KEYS_SHOWN else ""
    return f"write a mapping with these keys: {', '.join(keys[:_MOST_KEYS_SHOWN])}{more}"


_MOST_KEYS_SHOWN = 6
_WANT_A_MAPPING = frozenset({"dict_type", "model_type", "model_attributes_type"})


def _why(kind: str, path: DataPath, model: type[pydantic.BaseModel]) -> str:
    """Return what SageMaker has to do with it, where the value is one of the API's."""
    member = member_at(model, path)
    shape = getattr(member.owner, "__api_shape__", "") if member else ""
    if member is None or not member.in_api or not shape:
        return ""
    name = f"SageMaker's {shape}.{member.api}"
    if kind == "too_long" and member.api in _WITH_MARKERS:
        return f"{name} takes 50, and the reconciler's markers are among them"
    if member.api in _OTHERWISE_HERE:
        return f"it stands for {name}"
    if kind == "missing":
        return f"{name} is required"
    return _api_rule(kind, name, itself=path[-1] == member.yaml)


def _api_rule(kind: str, name: str, *, itself: bool) -> str:
    """Return the rule of a member of the API that a value broke, or that one of its parts did."""
    if rule := _API_RULES.get(kind):
        return rule.format(name)
    if words := _API_TYPES.get(kind):
        return f"{name} is {words[0]}" if itself else f"{name} holds {words[1]}"
    return f"{name} takes nothing else"


def _own_reason(detail: ErrorDetails) -> str:
    """Return why the manifests, and not the API, want a value to be so."""
    if detail["type"] == "string_pattern_mismatch":
        form = FORMS.get(detail["ctx"]["pattern"])
        return form.why if form else ""
    return _OWN_RULES.get(detail["type"], "")


_OWN_RULES: Mapping[str, str] = {
    "literal_error": "any other word would have no meaning here",
    "string_too_long": "it is stored in AWS, which has no room for more",
    "too_short": "an empty list would say nothing",
}
_WITH_MARKERS = frozenset({"Tags", "CustomerMetadataProperties"})
_API_RULES: Mapping[str, str] = {
    "literal_error": "{} knows a fixed set of words",
    "string_pattern_mismatch": "{} takes no other form",
    "string_too_long": "{} takes no longer text",
    "string_too_short": "{} takes no shorter text",
    "too_long": "{} takes no more",
    "too_short": "{} takes no fewer",
    "json_too_long": "{} takes no longer text",
}
_OTHERWISE_HERE = frozenset({"Tags", "ModelCardContent"})  # a list, and a text, in the API
_API_TYPES: Mapping[str, tuple[str, str]] = {
    "string_type": ("a string", "strings"),
    "bool_type": ("a boolean", "booleans"),
    "int_type": ("an integer", "integers"),
    "float_type": ("a number", "numbers"),
    "list_type": ("a list", "lists"),
    "dict_type": ("a map", "maps"),
    "model_type": ("a structure", "structures"),
    "model_attributes_type": ("a structure", "structures"),
}


def _unknown_key(path: DataPath, model: type[pydantic.BaseModel]) -> _Wording:
    key = str(path[-1])
    known = _names_at(path[:-1], model)
    spelled = yaml_name(key) if key else key
    if spelled != key and spelled in known:
        what = f"'{key}' is the API's spelling; manifests start with a lower-case letter"
        return "E203", what, f"write '{spelled}'"
    if replacement := _RENAMED.get(api_name(key)) if key else None:
        return "E203", f"'{key}' is declared differently here", replacement
    fix = suggestion(key, known) or f"known keys: {', '.join(known)}"
    return "E203", f"unknown key '{key}'", fix


# Members of the API that manifests spell differently, because they are one idea here.
_RENAMED: Mapping[str, str] = {
    "ModelPackageGroupName": "write modelPackageGroup: the group manifest's name, or an ARN",
    "ModelApprovalStatus": "write approval: {status: ...}",
    "ApprovalDescription": "write approval: {status: ..., description: ...}",
    "ClientToken": "remove it: the reconciler chooses the client token",
    "CustomerMetadataPropertiesToRemove": "set the key to null in customerMetadataProperties",
    "AdditionalInferenceSpecificationsToAdd": "write it under additionalInferenceSpecifications",
}


def _names_at(path: DataPath, model: type[pydantic.BaseModel]) -> list[str]:
    if not path:
        return list(members_of(model))
    member = member_at(model, path)
    return [name for each in (member.models if member else ()) for name in members_of(each)]


def _wrong_type(wanted: str) -> Callable[[ErrorDetails, str | None], _Wording]:
    def wording(detail: ErrorDetails, text: str | None) -> _Wording:
        given = _described(detail["input"], text)
        return "E205", f"{wanted} is wanted here, not {given}", _retyped(wanted, detail, text)

    return wording


def _retyped(wanted: str, detail: ErrorDetails, text: str | None) -> str:
    """Return how to write a value so that it gets the type that is wanted."""
    given = detail["input"]
    is_text = isinstance(given, str)
    match wanted:
        case "a string" if given is None:
            return "write a text in quotes, or remove the key"
        case "a string" if not isinstance(given, bool | int | float):
            return ""
        case "a string":
            return "quote it" if text is None else f'quote it: "{text}"'
        case "true or false":
            return "write true or false, without quotes"
        case "a list":
            return "begin every item with '- '"
        case _:
            return "write it without quotes" if is_text else f"write {wanted}"


def _described(value: object, text: str | None) -> str:
    """Return what was given: a scalar as it is written, or, where that is not to be told, what."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {text}" if text else "a boolean"
        case int() | float():
            return f"the number {text}" if text else "a number"
        case str():
            return f"the text {text}" if text else "a text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _enumeration(detail: ErrorDetails, text: str | None) -> _Wording:
    allowed = [
        each.strip("'") for each in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")
    ]
    given = detail["input"]
    named = f"'{given}'" if isinstance(given, str) else _described(given, text)
    what = f"{named} is not one of the values that are allowed here"
    return "E206", what, suggestion(str(given), allowed) or f"use {', '.join(allowed)}"


def _pattern(detail: ErrorDetails, _text: str | None) -> _Wording:
    pattern = detail["ctx"]["pattern"]
    what = f"'{detail['input']}' has a form that is not allowed here"
    if pattern == ONE_LINE:
        return "E207", what, "write it on one line"
    one_line = "write it on one line, and " if "\n" in detail["input"] else ""
    form = FORMS.get(pattern)
    if form is None:
        return "E207", what, f"{one_line}match {sagemaker.SOURCE_PATTERNS.get(pattern, pattern)}"
    return "E207", what, f"{one_line}use {form.words}, e.g. {form.example}"


def _length(detail: ErrorDetails, _text: str | None) -> _Wording:
    context = detail["ctx"]
    unit = "characters" if detail["type"].startswith("string") else "items"
    if "max_length" in context:
        most = context["max_length"]
        actual = context.get("actual_length") or len(detail["input"])
        return "E208", f"too long: {actual} {unit}", f"use at most {most} {unit}"
    least = context["min_length"]
    unit = unit if least > 1 else unit[:-1]
    return "E208", "too short", f"use at least {least} {unit}"


def _bound(detail: ErrorDetails, _text: str | None) -> _Wording:
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    name, limit = next((n, v) for n, v in detail["ctx"].items() if n in bounds)
    return "E209", f"{detail['input']} is out of range", f"use {bounds[name]} {limit}"


def _json_text(detail: ErrorDetails, _text: str | None) -> _Wording:
    if detail["type"] == "json_number":
        return "E205", "JSON has no infinite numbers", ""
    context = detail["ctx"]
    what = f"too long: {context['length']} characters as JSON"
    return "E208", what, f"use at most {context['max_length']} characters"


def _other(detail: ErrorDetails, text: str | None) -> _Wording:
    return "E205", f"{_described(detail['input'], text)} is not allowed here", ""


_WORDINGS: Mapping[str, Callable[[ErrorDetails, str | None], _Wording]] = {
    "string_type": _wrong_type("a string"),
    "bool_type": _wrong_type("true or false"),
    "int_type": _wrong_type("a whole number"),
    "float_type": _wrong_type("a number"),
    "list_type": _wrong_type("a list"),
    "dict_type": _wrong_type("a mapping"),
    "model_type": _wrong_type("a mapping"),
    "model_attributes_type": _wrong_type("a mapping"),
    "literal_error": _enumeration,
    "string_pattern_mismatch": _pattern,
    "string_too_long": _length,
    "string_too_short": _length,
    "too_long": _length,
    "too_short": _length,
    "greater_than_equal": _bound,
    "greater_than": _bound,
    "less_than_equal": _bound,
    "less_than": _bound,
    "json_too_long": _json_text,
    "json_number": _json_text,
}
