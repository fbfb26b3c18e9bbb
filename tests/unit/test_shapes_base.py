from __future__ import annotations

from typing import Annotated, ClassVar

import pydantic
import pytest
from pydantic import Field, JsonValue

from reconciler.shapes.base import NotApi, Shape, canonical_json, to_api
from reconciler.shapes.sagemaker import (
    CreateModelPackageInput,
    InferenceSpecification,
    ModelPackageModelCard,
    Tag,
    TransformResources,
)


def test_only_what_was_set_reaches_the_api_in_model_order() -> None:
    document = {
        "tags": [{"value": "fraud", "key": "team"}],
        "modelPackageName": "churn",
        "customerMetadataProperties": {"firstLetter": "stays"},
        "sourceUri": None,
    }
    request = to_api(CreateModelPackageInput.model_validate(document))
    assert list(request.items()) == [
        ("ModelPackageName", "churn"),
        ("Tags", [{"Key": "team", "Value": "fraud"}]),
        ("CustomerMetadataProperties", {"firstLetter": "stays"}),
        ("SourceUri", None),
    ]


def test_the_request_shares_no_list_with_the_model() -> None:
    document = {"containers": [{"image": "a"}], "supportedContentTypes": ["text/csv"]}
    model = InferenceSpecification.model_validate(document)
    to_api(model)["SupportedContentTypes"] += ["text/plain"]  # type: ignore[operator]
    assert model.supported_content_types == ["text/csv"]


def test_members_that_are_not_of_the_api_are_left_out() -> None:
    class Envelope(Tag):
        __api_shape__: ClassVar[str] = "Tag"
        environment: Annotated[str | None, NotApi()] = Field(default=None, alias="environment")

    document = {"key": "a", "value": "b", "environment": "prod"}
    assert to_api(Envelope.model_validate(document)) == {"Key": "a", "Value": "b"}


def card(content: JsonValue) -> ModelPackageModelCard:
    return ModelPackageModelCard.model_validate({"modelCardContent": content})


def test_model_card_becomes_canonical_text() -> None:
    request = to_api(card({"b": [1, None, True], "a": {"ü": 0.5}}))
    assert request == {"ModelCardContent": '{"a":{"ü":0.5},"b":[1,null,true]}'}


def test_model_card_may_be_null() -> None:
    assert to_api(card(None)) == {"ModelCardContent": None}


def test_model_card_is_bounded_by_its_text() -> None:
    fixed = len(canonical_json({"a": ""}))
    card({"a": "x" * (100_000 - fixed)})
    with pytest.raises(pydantic.ValidationError, match="at most 100000"):
        card({"a": "x" * (100_001 - fixed)})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_model_card_refuses_what_json_cannot_say(number: float) -> None:
    with pytest.raises(pydantic.ValidationError, match="no NaN"):
        card({"a": number})


@pytest.mark.parametrize("content", ["{}", [], 1])
def test_model_card_is_a_mapping(content: JsonValue) -> None:
    with pytest.raises(pydantic.ValidationError):
        card(content)


@pytest.mark.parametrize("flag", ["yes", "true", 1, 0])
def test_text_and_numbers_are_no_booleans(flag: JsonValue) -> None:
    with pytest.raises(pydantic.ValidationError):
        CreateModelPackageInput.model_validate({"certifyForMarketplace": flag})


@pytest.mark.parametrize("count", ["1", 1.0, True, 0])
def test_integers_are_integers_within_bounds(count: JsonValue) -> None:
    with pytest.raises(pydantic.ValidationError):
        TransformResources.model_validate({"instanceType": "ml.m5.large", "instanceCount": count})


@pytest.mark.parametrize("name", ["ModelPackageName", "model_package_name", "modelpackagename"])
def test_only_the_yaml_spelling_is_a_key(name: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        CreateModelPackageInput.model_validate({name: "churn"})
    assert [(error["type"], error["loc"]) for error in caught.value.errors()] == [
        ("extra_forbidden", (name,))
    ]


def test_unknown_instance_types_are_accepted() -> None:
    document = {"instanceType": "ml.future1.xlarge", "instanceCount": 1}
    assert TransformResources.model_validate(document).instance_type == "ml.future1.xlarge"


@pytest.mark.parametrize(("count", "accepted"), [(15, True), (16, False), (0, False)])
def test_additional_specifications_are_bounded(count: int, *, accepted: bool) -> None:
    one = {"name": "edge", "containers": [{"image": "a"}]}
    document = {"additionalInferenceSpecifications": [one] * count}
    if accepted:
        CreateModelPackageInput.model_validate(document)
    else:
        with pytest.raises(pydantic.ValidationError):
            CreateModelPackageInput.model_validate(document)


def test_shapes_do_not_change() -> None:
    tag = Tag.model_validate({"key": "a", "value": "b"})
    with pytest.raises(pydantic.ValidationError):
        tag.key = "c"  # type: ignore[misc]


def test_an_envelope_without_api_shape_is_a_shape() -> None:
    assert Shape.__api_shape__ == ""
