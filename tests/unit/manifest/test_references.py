"""References to fragments: what is merged, where each value comes from, and what cannot be."""

from __future__ import annotations

import json

import pytest

from reconciler.core.location import DataPath
from reconciler.manifest.document import Data, Document, SourceFile
from reconciler.manifest.loader import load
from reconciler.manifest.references import Origin, resolve, suggestion, value_at

BASE = """\
kind: InferenceSpecification
metadata: {name: base}
spec:
  containers:
    - image: base/first
      framework: XGBOOST
      environment: {A: base, B: base}
    - image: base/second
  supportedContentTypes: [text/csv, text/plain]
"""
MIDDLE = """\
kind: InferenceSpecification
metadata: {name: middle}
spec:
  ref: base
  containers:
    - environment: {B: middle}
  supportedContentTypes: [text/xml]
"""
VERSION = """\
kind: ModelPackage
metadata: {name: v1}
spec:
  inferenceSpecification:
    ref: middle
    containers:
      - {}
      - image: own/second
      - image: own/third
"""
SPECIFICATION = ("spec", "inferenceSpecification")


def documents(*texts: str) -> dict[tuple[str, str], Document]:
    """Return documents by kind and name, each in a file named after it."""
    found = {}
    for text in texts:
        name = text.partition("name: ")[2].partition("}")[0]
        (document,), problems = load(SourceFile(f"{name}.yaml", text))
        assert problems == []
        found[str(document.data["kind"]), name] = document
    return found


def resolved(*texts: str) -> tuple[Data, Origin, list[str]]:
    """Return the last text with its references resolved, and what is wrong in short."""
    known = documents(*texts)
    document = list(known.values())[-1]
    data, origin, problems = resolve(document, str(document.data["kind"]), known)
    return data, origin, [f"{each.where} {each.code} {each.path}" for each in problems]


def test_inline_keys_win_over_each_fragment_on_the_way_and_containers_merge_by_position() -> None:
    data, _, problems = resolved(BASE, MIDDLE, VERSION)
    assert problems == []
    assert value_at(data, SPECIFICATION) == {
        "containers": [
            {
                "image": "base/first",
                "framework": "XGBOOST",
                "environment": {"A": "base", "B": "middle"},
            },
            {"image": "own/second"},
            {"image": "own/third"},
        ],
        "supportedContentTypes": ["text/xml"],
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("containers", 0, "image"), "base.yaml:5:14"),
        (("containers", 0, "environment", "A"), "base.yaml:7:24"),
        (("containers", 0, "environment", "B"), "middle.yaml:6:24"),
        (("containers", 1, "image"), "v1.yaml:8:16"),
        (("containers", 2, "image"), "v1.yaml:9:16"),
        (("supportedContentTypes", 0), "middle.yaml:7:27"),
        (("supportedContentTypes",), "middle.yaml:7:26"),
        ((), "v1.yaml:5:5"),
    ],
)
def test_a_value_is_located_where_it_was_written(path: DataPath, place: str) -> None:
    _, origin, _ = resolved(BASE, MIDDLE, VERSION)
    assert str(origin.locate((*SPECIFICATION, *path))) == place


def test_what_nobody_wrote_is_located_where_the_reference_is() -> None:
    _, origin, _ = resolved(BASE, MIDDLE, VERSION)
    assert origin.locate((*SPECIFICATION, "nowhere")).path == "v1.yaml"


def test_a_scalar_of_a_fragment_is_quoted_as_its_author_wrote_it() -> None:
    fragment = BASE.replace("XGBOOST", '"1.10"')
    _, origin, _ = resolved(fragment, MIDDLE, VERSION)
    assert origin.scalar_text((*SPECIFICATION, "containers", 0, "framework")) == '"1.10"'


def test_resolving_changes_no_document() -> None:
    known = documents(BASE, MIDDLE, VERSION)
    before = json.dumps([each.data for each in known.values()])
    resolve(known["ModelPackage", "v1"], "ModelPackage", known)
    assert json.dumps([each.data for each in known.values()]) == before


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ((VERSION,), "v1.yaml:5:10 E301 spec.inferenceSpecification.ref"),
        ((MIDDLE, VERSION), "middle.yaml:4:8 E301 spec.ref"),
        ((MIDDLE.replace("base", "middle"), VERSION), "middle.yaml:4:8 E302 spec.ref"),
        (
            (MIDDLE, BASE.replace("spec:", "spec:\n  ref: middle"), VERSION),
            "base.yaml:4:8 E302 spec.ref",
        ),
        (
            (MIDDLE.replace("InferenceSpecification", "ValidationProfile"), VERSION),
            "v1.yaml:5:10 E303 spec.inferenceSpecification.ref",
        ),
        (
            (BASE, VERSION.replace("middle", "[base]")),
            "v1.yaml:5:10 E205 spec.inferenceSpecification.ref",
        ),
    ],
    ids=["unknown", "unknown in a fragment", "itself", "a circle", "another kind", "no name"],
)
def test_a_reference_that_leads_nowhere_is_reported_once_and_marked(
    texts: tuple[str, ...], problem: str
) -> None:
    data, origin, problems = resolved(*texts)
    assert problems == [problem]
    assert origin.is_incomplete((*SPECIFICATION, "containers"))
    assert not origin.is_incomplete(("spec", "modelCard"))
    merged = value_at(data, SPECIFICATION)
    assert isinstance(merged, dict)
    assert "ref" not in merged


def test_a_reference_that_resolves_leaves_nothing_incomplete() -> None:
    _, origin, _ = resolved(BASE, MIDDLE, VERSION)
    assert origin.incomplete == frozenset()


def test_only_the_places_that_may_refer_are_looked_at() -> None:
    text = "kind: ModelPackage\nmetadata: {name: v1}\nspec: {modelCard: {ref: nowhere}}\n"
    data, _, problems = resolved(text)
    assert problems == []
    assert value_at(data, ("spec", "modelCard")) == {"ref": "nowhere"}


def test_each_additional_specification_may_refer_and_keeps_its_own_keys() -> None:
    text = (
        "kind: ModelPackage\nmetadata: {name: v1}\nspec:\n"
        "  additionalInferenceSpecifications:\n"
        "    - {name: cpu, ref: base}\n    - {name: gpu, containers: []}\n"
    )
    data, origin, problems = resolved(BASE, text)
    assert problems == []
    first = value_at(data, ("spec", "additionalInferenceSpecifications", 0))
    assert isinstance(first, dict)
    assert (first["name"], first["supportedContentTypes"]) == ("cpu", ["text/csv", "text/plain"])
    where = origin.locate(("spec", "additionalInferenceSpecifications", 0, "containers", 1))
    assert str(where) == "base.yaml:8:7"


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("regstry", ["registry", "training"], "did you mean 'registry'?"),
        ("CHURN", ["churn"], "did you mean 'churn'?"),
        ("xyz", ["registry"], ""),
        ("", ["registry"], ""),
        ("a", [], ""),
    ],
)
def test_a_suggestion_is_the_nearest_known_name_or_none(
    name: str, known: list[str], said: str
) -> None:
    assert suggestion(name, known) == said
