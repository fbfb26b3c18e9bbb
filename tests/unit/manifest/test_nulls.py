"""`null` says "must not be set": kept where that can be done, refused everywhere else."""

from __future__ import annotations

import pytest
from builders import (
    Doc,
    container,
    environment,
    fragment,
    group,
    inference,
    problem_codes,
    version,
    workspace,
)

from reconciler.core.problem import Problem
from reconciler.manifest.document import SourceFile
from reconciler.manifest.load import parse

BASE = [environment(), group()]

REFUSED: list[tuple[Doc, str]] = [
    (group("g", modelPackageGroupDescription=None), "spec.modelPackageGroupDescription"),
    (group("g", tags=None), "spec.tags"),
    (version(modelPackageDescription=None), "spec.modelPackageDescription"),
    (version(customerMetadataProperties=None), "spec.customerMetadataProperties"),
    (version(modelLifeCycle=None), "spec.modelLifeCycle"),
    (version(approval=None), "spec.approval"),
    (
        version(approval={"status": "Approved", "description": None}, version=1),
        "spec.approval.description",
    ),
    (
        version(inferenceSpecification=inference(container(imageDigest=None))),
        "spec.inferenceSpecification.containers[0].imageDigest",
    ),
    (
        version(inferenceSpecification=inference(container(environment=None))),
        "spec.inferenceSpecification.containers[0].environment",
    ),
    (
        version(
            inferenceSpecification=inference(
                container(
                    modelDataSource={
                        "s3DataSource": {
                            "s3Uri": "s3://a/b",
                            "s3DataType": "S3Object",
                            "compressionType": "None",
                            "eTag": None,
                        }
                    }
                )
            )
        ),
        "spec.inferenceSpecification.containers[0].modelDataSource.s3DataSource.eTag",
    ),
    (version(modelMetrics={"bias": {"report": None}}), "spec.modelMetrics.bias.report"),
    (environment("other", assumeRole=None), "spec.assumeRole"),
    (environment("other", guards={"maxChanges": None}), "spec.guards.maxChanges"),
]

KEPT: list[Doc] = [
    group("g", tags={"team": None}),
    version(customerMetadataProperties={"team": None}),
    version(modelLifeCycle={"stage": "a", "stageStatus": "b", "stageDescription": None}),
    version(
        modelCard={
            "modelCardStatus": "Draft",
            "modelCardContent": {"model_overview": {"model_creator": None}, "task": None},
        }
    ),
]


def refusals(*documents: Doc) -> list[Problem]:
    return [each for each in workspace([*BASE, *documents]).problems if each.code == "E210"]


@pytest.mark.parametrize(("document", "path"), REFUSED, ids=[path for _, path in REFUSED])
def test_null_is_refused_where_nothing_can_clear(document: Doc, path: str) -> None:
    (problem,) = refusals(document)
    assert problem.path == path
    assert problem.what == f"'{path.rpartition('.')[2]}' cannot be null"
    assert problem.why
    assert problem.fix


@pytest.mark.parametrize("document", KEPT)
def test_null_is_kept_where_it_removes_or_is_content(document: Doc) -> None:
    assert problem_codes(*BASE, document) == []


def test_a_fragment_is_blamed_at_its_own_line_and_once() -> None:
    shared = fragment("shared")
    shared["spec"]["containers"][0]["containerHostname"] = None
    using = [version(each, inferenceSpecification={"ref": "shared"}) for each in ("a", "b")]
    (problem,) = refusals(shared, *using)
    assert problem.path == "spec.containers[0].containerHostname"


def test_null_does_not_take_away_what_a_fragment_says() -> None:
    over = {"ref": "shared", "containers": [{"imageDigest": None}]}
    (problem,) = refusals(fragment("shared"), version(inferenceSpecification=over))
    assert problem.path == "spec.inferenceSpecification.containers[0].imageDigest"


def test_a_null_is_said_at_its_place_beside_what_else_is_wrong() -> None:
    text = (
        "apiVersion: reconciler/v1\nkind: ModelPackageGroup\nmetadata: {name: g}\n"
        "spec:\n  environment: 1\n  modelPackageGroupDescription: null\n"
    )
    found = [f"{each.where} {each.code}" for each in parse([SourceFile("a.yaml", text)]).problems]
    assert found == ["a.yaml:5:16 E205", "a.yaml:6:33 E210"]


def test_a_null_of_the_wrong_type_is_wrong_only_once() -> None:
    found = workspace([*BASE, version(approval={"status": None})]).problems
    assert [each.code for each in found] == ["E206"]
