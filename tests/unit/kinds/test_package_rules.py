"""What AWS would refuse about a package and can be known without asking it."""

from __future__ import annotations

from typing import Any

import pytest
from builders import (
    DIGEST,
    IMAGE,
    REGISTRY,
    Doc,
    container,
    environment,
    fragment,
    group,
    inference,
    manifest,
    problem_codes,
    profile,
    state,
    unversioned,
    validation,
    version,
    workspace,
)

from reconciler.engine.desired import resolve
from reconciler.kinds import HANDLERS

BASE = [
    environment(artifactBuckets={"acme-us": "us-east-1"}),
    group(),
    fragment("shared"),
    profile(),
]


def without_member(document: Doc, *members: str) -> Doc:
    for member in members:
        del document["spec"][member]
    return document


def marketplace(**spec: Any) -> Doc:
    return unversioned(validationSpecification={"ref": "smoke"}, certifyForMarketplace=True, **spec)


def additional(*names: str, **members: Any) -> list[Doc]:
    return [{"name": each, **inference(), **members} for each in names]


CASES: list[tuple[str, Doc, list[str]]] = [
    ("a version", version(), []),
    ("an unversioned package", unversioned(), []),
    ("both identities", version(modelPackageName="x"), ["E220", "E224", "E224"]),
    ("no identity", without_member(version(), "modelPackageGroup"), ["E220"]),
    ("tags on a version", version(tags={"a": "b"}), ["E221"]),
    ("a version number without a group", unversioned(version=1), ["E222"]),
    ("approval without a group", unversioned(approval={"status": "Approved"}), ["E222"]),
    ("a source without a group", unversioned(sourceUri="https://a"), ["E222", "E223"]),
    (
        "source and specification",
        version(sourceUri="a", inferenceSpecification=inference()),
        ["E223"],
    ),
    (
        "source and specification of what exists",
        version(version=1, sourceUri="a", inferenceSpecification=inference()),
        [],
    ),
    ("nothing to register", without_member(version(), "inferenceSpecification"), ["E204"]),
    ("an adopted version", version(version=3), []),
    ("certified without profile", unversioned(certifyForMarketplace=True), ["E224"]),
    ("certified with profile", marketplace(), []),
    ("certified version", version(certifyForMarketplace=True), ["E224", "E224"]),
    (
        "unversioned without instance types",
        unversioned(inferenceSpecification=inference()),
        ["E224", "E224"],
    ),
    (
        "environment without a group",
        unversioned(
            inferenceSpecification=inference(
                container(environment={"A": "b"}),
                supportedTransformInstanceTypes=["ml.m5.xlarge"],
                supportedRealtimeInferenceInstanceTypes=["ml.m5.xlarge"],
            )
        ),
        ["E222"],
    ),
    (
        "an additional data source",
        version(
            inferenceSpecification=inference(
                container(additionalS3DataSource={"s3DataType": "S3Object", "s3Uri": "s3://a/b"})
            )
        ),
        ["E225"],
    ),
    ("one name twice", version(additionalInferenceSpecifications=additional("a", "a")), ["E226"]),
    ("two names", version(additionalInferenceSpecifications=additional("a", "b")), []),
    ("null for what cannot be cleared", version(domain=None), ["E210"]),
    ("null for the whole metadata", version(customerMetadataProperties=None), ["E210"]),
    ("null for a key", version(customerMetadataProperties={"a": None}), []),
    ("an empty metadata value", version(customerMetadataProperties={"a": ""}), ["E208"]),
    ("a reserved key", version(customerMetadataProperties={"reconciler/name": "x"}), ["E229"]),
    ("a reserved tag", unversioned(tags={"aws:a": "x"}), ["E229"]),
    (
        "an approved image by tag",
        version(
            inferenceSpecification=inference(container(f"{IMAGE}:1")),
            approval={"status": "Approved"},
        ),
        ["W402"],
    ),
    (
        "an approved image by tag with its digest",
        version(
            inferenceSpecification=inference(container(f"{IMAGE}:1", imageDigest=DIGEST)),
            approval={"status": "Approved"},
        ),
        [],
    ),
    (
        "a pending image by tag",
        version(inferenceSpecification=inference(container(f"{IMAGE}:1"))),
        [],
    ),
    (
        "an image elsewhere",
        version(
            inferenceSpecification=inference(
                container("111111111111.dkr.ecr.us-east-1.amazonaws.com/a@" + DIGEST)
            )
        ),
        ["W404"],
    ),
    (
        "a bucket elsewhere",
        version(inferenceSpecification=inference(container(modelDataUrl="s3://acme-us/m.tar.gz"))),
        ["E228"],
    ),
    (
        "a role of another account",
        version(validationSpecification=validation("999999999999")),
        ["E227"],
    ),
    ("a role of the own account", version(validationSpecification=validation(REGISTRY)), []),
    (
        "a key of another region",
        version(
            securityConfig={"kmsKeyId": f"arn:aws:kms:us-east-1:{REGISTRY}:key/k"},
        ),
        ["E227"],
    ),
    (
        "a role of another partition",
        version(
            validationSpecification=validation()
            | {"validationRole": f"arn:aws-cn:iam::{REGISTRY}:role/v"}
        ),
        ["E227"],
    ),
    (
        "an instance type nobody knows",
        version(
            inferenceSpecification=inference(supportedTransformInstanceTypes=["ml.m99.xlarge"])
        ),
        ["W401"],
    ),
    ("an unknown group", version(in_group="chrun"), ["E305"]),
    ("an unknown environment", version(environment="nowhere"), ["E304"]),
    (
        "a group of an unknown environment",
        version(in_group={"environment": "x", "name": "churn"}),
        ["E304"],
    ),
    ("an unknown fragment", version(inferenceSpecification={"ref": "shraed"}), ["E301"]),
    ("a fragment of another kind", version(inferenceSpecification={"ref": "smoke"}), ["E303"]),
]


@pytest.mark.parametrize(
    ("document", "codes"), [pytest.param(*rest, id=name) for name, *rest in CASES]
)
def test_what_is_wrong_with_a_package_is_said_before_any_call(
    document: Doc, codes: list[str]
) -> None:
    assert sorted(problem_codes(*BASE, document)) == sorted(codes)


@pytest.mark.parametrize(
    "document", [pytest.param(each[1], id=each[0]) for each in CASES if each[2]]
)
def test_every_problem_has_a_place_and_a_way_on(document: Doc) -> None:
    for problem in resolve(workspace([*BASE, document]), HANDLERS).problems:
        assert problem.where.path == "manifests/all.yaml"
        assert problem.fix or problem.why
        assert problem.what


@pytest.mark.parametrize(
    "documents",
    [
        [version("a", version=1), version("b", version=1)],
        [unversioned("a"), manifest("ModelPackage", "b", unversioned("a")["spec"])],
        [unversioned("a"), unversioned("A")],
    ],
)
def test_two_manifests_for_one_live_package_are_refused(documents: list[Doc]) -> None:
    assert "E307" in problem_codes(*BASE, *documents)


def test_new_versions_of_a_group_are_registered_in_declared_order() -> None:
    documents = [
        *BASE,
        group("other"),
        version("c"),
        version("x", "other"),
        version("a"),
        version("adopted", version=1),
        version("b"),
        unversioned(),
    ]
    after = {
        each.key.name: [key.name for key in each.after]
        for each in state(documents).resources
        if each.key.kind == "ModelPackage"
    }
    assert after == {"c": [], "x": [], "a": ["c"], "adopted": [], "b": ["a"], "algorithm": []}


def test_a_version_needs_its_group_and_an_unversioned_package_nothing() -> None:
    needs = {
        each.key.name: each.needs for each in state([*BASE, version(), unversioned()]).resources
    }
    assert [str(key) for key in needs["churn-v1"]] == ["ModelPackageGroup registry/churn"]
    assert needs["algorithm"] == ()
