"""The installed botocore against what is generated: a member that moved must not pass unnoticed."""

from __future__ import annotations

import re

import pydantic
import pytest
from botocore.model import Shape as ApiShape
from botocore.validate import ParamValidator
from pydantic import JsonValue
from pydantic.json_schema import JsonSchemaValue

from reconciler.shapes import sagemaker, service_model, tweaks
from reconciler.shapes.base import Shape, members_of, to_api, yaml_name

STRUCTURES = {
    name: shape for name, shape in service_model.closure().items() if shape.type_name == "structure"
}
SAMPLES = (
    "sample",
    "1.7",
    "1.0.0",
    "text/csv",
    "s3://bucket/key",
    "sha256:" + "0" * 64,
    "arn:aws:iam::111111111111:role/validation",
    "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1",
)


def test_version_of_the_generated_file_is_the_installed_one() -> None:
    assert service_model.version() == sagemaker.BOTOCORE_VERSION


@pytest.mark.parametrize("resource", sorted(sagemaker.OPERATION_MEMBERS))
def test_members_of_every_call_are_those_of_botocore(resource: str) -> None:
    installed = service_model.operation_members()[resource]
    generated = sagemaker.OPERATION_MEMBERS[resource]
    assert installed.keys() == generated.keys()
    for call, names in installed.items():
        moved = set(names) ^ set(generated[call])
        assert not moved, f"field moved: {resource} {call}: {', '.join(sorted(moved))}"


def test_every_structure_has_its_class() -> None:
    assert STRUCTURES.keys() == sagemaker.STRUCTURES.keys()
    for name, model in sagemaker.STRUCTURES.items():
        assert model.__api_shape__ == name


def test_sensitive_members_are_those_of_botocore() -> None:
    assert service_model.sensitive_paths() == sagemaker.SENSITIVE


def test_known_instance_types_are_those_of_botocore() -> None:
    for name, known in sagemaker.KNOWN_INSTANCE_TYPES.items():
        assert known == set(service_model.closure()[name].metadata["enum"])


@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_class_has_the_members_that_botocore_has(name: str) -> None:
    structure, model = STRUCTURES[name], sagemaker.STRUCTURES[name]
    known = {member.api: member for member in members_of(model).values()}
    moved = known.keys() ^ set(structure.members)
    assert not moved, f"field moved: {name}: {', '.join(sorted(moved))}"
    required = {api for api, member in known.items() if member.required}
    assert required == set(structure.required_members), f"requiredness moved: {name}"


@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_bounds_are_those_of_botocore(name: str) -> None:
    schemas = member_schemas(sagemaker.STRUCTURES[name])
    for member, shape in STRUCTURES[name].members.items():
        if (name, member) in tweaks.TYPES:
            continue
        schema = schemas[yaml_name(member)]
        for part, stated in ((shape, schema), *nested(shape, schema)):
            assert stated_bounds(stated) == bounds(part), f"bounds moved: {name}.{member}"


def member_schemas(model: type[Shape]) -> dict[str, JsonSchemaValue]:
    """Return pydantic's own JSON Schema of each member, references resolved, null left out."""
    whole = model.model_json_schema()
    found = {}
    for name, schema in whole["properties"].items():
        options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        found[name] = resolved(options[0], whole.get("$defs", {}))
    return found


def resolved(schema: JsonSchemaValue, definitions: JsonSchemaValue) -> JsonSchemaValue:
    if "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rsplit("/", 1)[-1]]
    inner = ("items", "additionalProperties", "propertyNames")
    return {
        key: resolved(value, definitions) if key in inner and isinstance(value, dict) else value
        for key, value in schema.items()
    }


def nested(shape: ApiShape, schema: JsonSchemaValue) -> list[tuple[ApiShape, JsonSchemaValue]]:
    if shape.type_name == "list":
        return [(shape.member, schema["items"])]
    if shape.type_name == "map":
        keys, values = schema.get("propertyNames", {}), schema["additionalProperties"]
        return [(shape.key, keys), (shape.value, values)]
    return []


def bounds(shape: ApiShape) -> tuple[int, int | None]:
    if "enum" in shape.metadata:
        return (int(shape.name in tweaks.OPEN_ENUMS), None)
    return (shape.metadata.get("min", 0), shape.metadata.get("max"))


def stated_bounds(schema: JsonSchemaValue) -> tuple[int, int | None]:
    low = ("minLength", "minItems", "minProperties", "minimum")
    high = ("maxLength", "maxItems", "maxProperties", "maximum")
    return (
        next((schema[key] for key in low if key in schema), 0),
        next((schema[key] for key in high if key in schema), None),
    )


@pytest.mark.parametrize("operation", service_model.ROOTS)
def test_everything_set_at_once_is_accepted_by_us_and_by_botocore(operation: str) -> None:
    shape = service_model.load().operation_model(operation).input_shape
    model = sagemaker.STRUCTURES[shape.name]
    request = to_api(model.model_validate(maximal(shape)))
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert request.keys() == set(shape.members)


@pytest.mark.parametrize("operation", service_model.ROOTS)
def test_null_is_accepted_wherever_a_member_is_optional(operation: str) -> None:
    shape = service_model.load().operation_model(operation).input_shape
    model = sagemaker.STRUCTURES[shape.name]
    for name, member in members_of(model).items():
        document = {**minimal(shape), name: None}
        if member.required:
            with pytest.raises(pydantic.ValidationError):
                model.model_validate(document)
        else:
            assert to_api(model.model_validate(document))[member.api] is None


def minimal(structure: ApiShape) -> dict[str, JsonValue]:
    return {
        yaml_name(name): maximal(structure.members[name]) for name in structure.required_members
    }


def maximal(shape: ApiShape) -> JsonValue:
    """Return a value in YAML form with every member of every structure set."""
    match shape.type_name:
        case "structure":
            return {yaml_name(name): maximal(part) for name, part in shape.members.items()}
        case "list":
            return [maximal(shape.member)] * max(shape.metadata.get("min", 0), 1)
        case "map":
            return {str(maximal(shape.key)): maximal(shape.value)}
        case "boolean":
            return True
        case "integer":
            return max(int(shape.metadata["min"]), 1)
        case _:
            return text(shape)


def text(shape: ApiShape) -> JsonValue:
    if shape.name == "ModelCardContent":
        return {"model_overview": {"model_description": "churn"}}
    if shape.metadata.get("enum"):
        return str(shape.metadata["enum"][0])
    return next(sample for sample in SAMPLES if fits(sample, shape))


def fits(sample: str, shape: ApiShape) -> bool:
    """Judge by botocore's metadata alone, so that our own translation is not its own witness."""
    pattern = str(shape.metadata.get("pattern", ""))
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 2048)
    if not low <= len(sample) <= high:
        return False
    return r"\p{" in pattern or not pattern or bool(re.fullmatch(pattern, sample))
