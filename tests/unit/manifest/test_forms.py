"""Every pattern that a manifest can miss is said in words, with an example that is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import pytest
from builders import environment, group, version, workspace
from pydantic import Field, TypeAdapter, ValidationError

from reconciler.manifest.forms import FORMS, ONE_LINE
from reconciler.manifest.known_drift import KnownDriftFile
from reconciler.manifest.registry import MANIFESTS
from reconciler.shapes.base import Shape
from reconciler.shapes.sagemaker import SOURCE_PATTERNS


def patterns(schema: object) -> Iterator[str]:
    """Yield the patterns of a validator's own description of a model."""
    if isinstance(schema, dict):
        if isinstance(found := schema.get("pattern"), str):
            yield found
        for each in schema.values():
            yield from patterns(each)
    elif isinstance(schema, (list, tuple)):
        for each in schema:
            yield from patterns(each)


def used() -> set[str]:
    models: list[type[Shape]] = [*MANIFESTS.values(), KnownDriftFile]
    for model in models:
        model.model_rebuild()
    return {each for model in models for each in patterns(model.__pydantic_core_schema__)}


def test_every_pattern_of_a_manifest_has_words() -> None:
    assert used() - FORMS.keys() - {ONE_LINE} == set()


def test_no_words_are_of_a_pattern_that_is_gone() -> None:
    assert FORMS.keys() - used() - SOURCE_PATTERNS.keys() == set()


@pytest.mark.parametrize("pattern", FORMS)
def test_every_example_has_the_form_that_it_shows(pattern: str) -> None:
    form: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(pattern=pattern)])
    assert form.validate_python(FORMS[pattern].example)
    with pytest.raises(ValidationError):
        form.validate_python("a\n*")


def test_what_is_not_asked_by_the_api_says_why() -> None:
    own = FORMS.keys() - SOURCE_PATTERNS.keys()
    assert [each for each in own if not FORMS[each].why] == []


def test_a_mistaken_region_is_answered_with_words_and_a_region() -> None:
    (problem,) = workspace([environment(region="eu-west1")]).problems
    assert problem.why == "endpoints and ARNs are made of it"
    assert problem.fix == "use the code of an AWS region, e.g. eu-west-1"


def test_a_word_that_the_api_does_not_know_says_whose_rule_it_is() -> None:
    documents = [environment(), group(), version(managedStorageType="None")]
    (problem,) = workspace(documents).problems
    assert (problem.code, problem.path) == ("E206", "spec.managedStorageType")
    assert problem.why.endswith("ManagedStorageType knows a fixed set of words")
