from __future__ import annotations

import json
from typing import Annotated

import jsonschema
import pydantic
import pytest
from pydantic import Field, JsonValue

from reconciler.shapes.base import NotApi
from reconciler.shapes.json_schema import DIALECT, json_schema
from reconciler.shapes.sagemaker import CreateModelPackageInput, Tag


@pytest.fixture(scope="module")
def schema() -> dict[str, JsonValue]:
    return json_schema(CreateModelPackageInput, identifier="https://example.com/package.json")


def test_schema_is_valid_and_says_what_it_is(schema: dict[str, JsonValue]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == "https://example.com/package.json"


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ({}, True),
        ({"modelPackageGroupName": "churn", "sourceUri": None}, True),
        ({"modelPackageGroupName": "churn-"}, False),
        ({"ModelPackageGroupName": "churn"}, False),
        ({"customerMetadataProperties": {"größe 1": "東京"}}, True),
        ({"customerMetadataProperties": {"a#b": "c"}}, False),
        ({"customerMetadataProperties": {}}, False),
        ({"modelCard": {"modelCardContent": {"a": [1]}}}, True),
        ({"modelCard": {"modelCardContent": "{}"}}, False),
        ({"modelApprovalStatus": "approved"}, False),
        ({"inferenceSpecification": {"containers": []}}, False),
    ],
)
def test_schema_judges_documents_as_the_model_does(
    schema: dict[str, JsonValue], document: dict[str, JsonValue], *, valid: bool
) -> None:
    assert jsonschema.Draft202012Validator(schema).is_valid(document) is valid
    try:
        CreateModelPackageInput.model_validate(document)
    except pydantic.ValidationError:
        assert not valid
    else:
        assert valid


def test_every_api_member_names_itself(schema: dict[str, JsonValue]) -> None:
    text = json.dumps(schema)
    assert "SageMaker API member `ModelDataUrl`." in text
    assert "SageMaker API member `SupportedResponseMIMETypes`." in text
    assert '"default": null' not in text


def test_words_of_the_model_come_first() -> None:
    class Envelope(Tag):
        note: Annotated[str | None, NotApi()] = Field(default=None, alias="note")
        value: str = Field(alias="value", description="Ours.")

    properties = json_schema(Envelope)["properties"]
    assert isinstance(properties, dict)
    assert properties["value"] == {"description": "Ours.", "type": "string"}
    assert properties["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_schema_of_a_plain_model_is_left_alone() -> None:
    class Plain(pydantic.BaseModel):
        size: int = 3

    assert json_schema(Plain)["properties"] == {"size": {"default": 3, "type": "integer"}}


def test_schema_is_stable() -> None:
    assert json.dumps(json_schema(Tag)) == json.dumps(json_schema(Tag))
