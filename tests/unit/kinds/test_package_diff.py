"""Packages are compared by their field table: what differs, what does not, what may change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from builders import (
    DIGEST,
    MODEL,
    Doc,
    container,
    desired_version,
    inference,
    live_package,
    markers,
    propose_package,
    unversioned,
    validation,
    version,
)

from reconciler.core.changes import FieldChange, compare
from reconciler.core.data import MISSING, Json
from reconciler.core.fields import Rule
from reconciler.core.plan import Verb
from reconciler.core.resources import Absent, Live
from reconciler.kinds.model_package.fields import UNVERSIONED, VERSIONED

STAGE = {"Stage": "Development", "StageStatus": "Pending"}


def changes(spec: Mapping[str, Any], live: Mapping[str, Json]) -> tuple[FieldChange, ...]:
    """Return what differs between a version's spec and live values, by the table alone."""
    desired = desired_version(version(**spec))
    declared = {name: desired.values[name] for name in desired.values if name in touched(spec)}
    return compare(VERSIONED, declared, live)


def touched(spec: Mapping[str, Any]) -> set[str]:
    return {name[0].upper() + name[1:] for name in spec}


def api(spec: Doc, name: str) -> Json:
    return desired_version(version(**spec)).values[name]


# --- what differs


EDITS: dict[str, tuple[Doc, Json]] = {
    "modelPackageRegistrationType": ({"modelPackageRegistrationType": "Logged"}, "Registered"),
    "sourceUri": ({"sourceUri": "https://a"}, "https://b"),
    "modelLifeCycle": ({"modelLifeCycle": {"stage": "Production", "stageStatus": "Done"}}, STAGE),
    "modelCard": (
        {"modelCard": {"modelCardStatus": "Approved"}},
        {"ModelCardStatus": "Draft", "ModelCardContent": "{}"},
    ),
    "customerMetadataProperties": (
        {"customerMetadataProperties": {"team": "new"}},
        {"team": "old"},
    ),
}


@pytest.mark.parametrize("member", EDITS)
def test_each_mutable_member_alone_is_one_change_of_that_member(member: str) -> None:
    spec, before = EDITS[member]
    name = member[0].upper() + member[1:]
    (change,) = changes(spec, {name: before})
    assert change.name == name
    assert change.rule is Rule.MUTABLE


@pytest.mark.parametrize("member", EDITS)
def test_a_mutable_member_is_updated_and_nothing_else_is_touched(member: str) -> None:
    spec, before = EDITS[member]
    name = member[0].upper() + member[1:]
    given: Any = before if name == "CustomerMetadataProperties" else {}
    metadata: Json = {**markers(), **given}
    values: dict[str, Json] = {name: before} | {"CustomerMetadataProperties": metadata}
    live = live_package(values)
    if member == "sourceUri":
        live = live_package(values | {"InferenceSpecification": None})
    (action,) = propose_package(desired_version(version(**spec)), live)
    assert action.verb is Verb.UPDATE
    assert {change.name for change in action.changes} == {name}


def test_the_mutable_members_are_these_and_no_others() -> None:
    mutable = {row.name for row in VERSIONED if row.rule is Rule.MUTABLE}
    declared = {member[0].upper() + member[1:] for member in EDITS}
    assert mutable == declared | {"ModelApprovalStatus", "ApprovalDescription"}


@pytest.mark.parametrize(
    "row", [r for r in VERSIONED if r.rule is not Rule.MUTABLE], ids=lambda row: row.name
)
def test_every_member_that_cannot_change_says_why(row: Any) -> None:
    assert row.reason


def test_what_is_not_declared_is_not_compared() -> None:
    live = live_package({"Domain": "x", "ModelLifeCycle": STAGE, "ModelCard": {"a": "b"}})
    (action,) = propose_package(desired_version(version()), live)
    assert action.verb is Verb.NONE


# --- what does not differ


SAME: dict[str, tuple[Doc, dict[str, Json]]] = {
    "order of content types": (
        {"inferenceSpecification": inference(supportedContentTypes=["b/b", "a/a"])},
        {"SupportedContentTypes": ["a/a", "b/b"]},
    ),
    "order of instance types": (
        {
            "inferenceSpecification": inference(
                supportedTransformInstanceTypes=["ml.m5.xlarge", "ml.c5.xlarge"]
            )
        },
        {"SupportedTransformInstanceTypes": ["ml.c5.xlarge", "ml.m5.xlarge"]},
    ),
    "image digest": (
        {"inferenceSpecification": inference({"image": "a"})},
        {"Containers": [{"Image": "a", "ImageDigest": DIGEST, "ModelDataETag": "e"}]},
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_order_of_sets_and_server_filled_values_are_no_difference(case: str) -> None:
    spec, other = SAME[case]
    live = api(spec, "InferenceSpecification")
    assert isinstance(live, Mapping)
    assert changes(spec, {"InferenceSpecification": {**live, **other}}) == ()


def test_order_of_containers_is_a_difference() -> None:
    first, second = container(framework="XGBOOST"), container(framework="PYTORCH")
    spec = {"inferenceSpecification": inference(first, second)}
    live = api({"inferenceSpecification": inference(second, first)}, "InferenceSpecification")
    (change,) = changes(spec, {"InferenceSpecification": live})
    assert change.rule is Rule.CREATE_ONLY


def test_another_image_digest_than_the_declared_one_is_a_difference() -> None:
    spec = {"inferenceSpecification": inference(container(imageDigest="sha256:" + "1" * 64))}
    other = {"inferenceSpecification": inference(container(imageDigest="sha256:" + "2" * 64))}
    live = api(other, "InferenceSpecification")
    assert len(changes(spec, {"InferenceSpecification": live})) == 1


def source(uri: str = MODEL, compression: str = "Gzip", kind: str = "S3Object") -> Doc:
    s3 = {"s3Uri": uri, "s3DataType": kind, "compressionType": compression}
    return {"image": "a", "modelDataSource": {"s3DataSource": s3}}


URL = {"image": "a", "modelDataUrl": MODEL}


@pytest.mark.parametrize(
    ("declared", "live", "same"),
    [
        (URL, source(), True),
        (source(), URL, True),
        (URL, {**source(), **URL}, True),
        (source(), {**source(), **URL}, True),
        (URL, source("s3://acme-models/other.tar.gz"), False),
        (URL, source(compression="None"), False),
        (source(kind="S3Prefix"), URL, False),
        (URL, {"image": "a"}, False),
    ],
)
def test_a_model_url_and_a_model_source_that_name_one_artifact_are_one(
    declared: Doc, live: Doc, *, same: bool
) -> None:
    there = api({"inferenceSpecification": inference(live)}, "InferenceSpecification")
    spec = {"inferenceSpecification": inference(declared)}
    assert (changes(spec, {"InferenceSpecification": there}) == ()) is same


def test_an_empty_key_id_that_aws_returns_is_no_difference() -> None:
    live = api({"validationSpecification": validation()}, "ValidationSpecification")
    text = json.dumps(live).replace('"S3OutputPath"', '"KmsKeyId": "", "S3OutputPath"')
    spec = {"validationSpecification": validation()}
    assert changes(spec, {"ValidationSpecification": json.loads(text)}) == ()


def test_certification_that_was_never_asked_for_reads_as_false() -> None:
    (declared,) = [row for row in VERSIONED if row.name == "CertifyForMarketplace"]
    assert compare((declared,), {"CertifyForMarketplace": False}, {}) == ()
    assert compare((declared,), {"CertifyForMarketplace": False}, {declared.name: True})


@pytest.mark.parametrize(
    ("declared", "live", "same"),
    [
        ({"a": 1, "b": [1, 2]}, '{"b": [1, 2],  "a": 1}', True),
        ({"a": 1}, '{"a": 2}', False),
        ({"a": [1, 2]}, '{"a": [2, 1]}', False),
        ({"a": {}}, "{}", False),
        ({"a": None}, "{}", False),
        ({}, "{}", True),
        ({"a": 1}, "not json", False),
    ],
)
def test_the_content_of_a_card_is_compared_by_meaning(
    declared: Doc, live: str, *, same: bool
) -> None:
    spec = {"modelCard": {"modelCardContent": declared}}
    card: Json = {"ModelCardContent": live, "ModelCardStatus": "Draft"}
    assert (changes(spec, {"ModelCard": card}) == ()) is same


# --- nulls


def test_null_removes_a_key_that_is_there_and_ignores_one_that_is_not() -> None:
    spec = {"customerMetadataProperties": {"here": None, "gone": None, "other": "kept"}}
    (change,) = changes(spec, {"CustomerMetadataProperties": {"here": "x", "other": "kept"}})
    assert change.path == "CustomerMetadataProperties.here"
    assert change.after is MISSING


@pytest.mark.parametrize("environment", [{}, {"A": ""}, {"KmsKeyId": ""}])
def test_an_environment_of_a_container_is_the_authors_own(environment: Doc) -> None:
    spec = {"inferenceSpecification": inference({"image": "a", "environment": environment})}
    without = api({"inferenceSpecification": inference({"image": "a"})}, "InferenceSpecification")
    assert (changes(spec, {"InferenceSpecification": without}) == ()) is (not environment)


# --- what may change


def test_an_existing_inference_specification_is_fixed_but_a_missing_one_may_be_added() -> None:
    desired = desired_version(version())
    (added,) = propose_package(desired, live_package({"InferenceSpecification": None}))
    assert added.verb is Verb.UPDATE
    other = api({"inferenceSpecification": inference({"image": "x"})}, "InferenceSpecification")
    (blocked,) = propose_package(desired, live_package({"InferenceSpecification": other}))
    assert blocked.verb is Verb.BLOCKED
    assert "new version" in blocked.changes[0].reason


def additional(*names: str, image: str = "a") -> Doc:
    specs = [{"name": name, **inference({"image": image})} for name in names]
    return {"additionalInferenceSpecifications": specs}


def test_additional_specifications_are_added_by_name_and_never_changed() -> None:
    live = live_package(
        {
            "AdditionalInferenceSpecifications": api(
                additional("one"), "AdditionalInferenceSpecifications"
            )
        }
    )

    def verb(spec: Doc) -> tuple[Verb, list[str]]:
        (action,) = propose_package(desired_version(version(**spec)), live)
        return action.verb, [change.path for change in action.changes]

    path = "AdditionalInferenceSpecifications"
    assert verb(additional("two", "one")) == (Verb.UPDATE, [f"{path}.two"])
    assert verb(additional("one")) == (Verb.NONE, [])
    assert verb(additional("two")) == (Verb.UPDATE, [f"{path}.two"])
    assert verb(additional("one", image="b")) == (Verb.BLOCKED, [f"{path}.one"])


def test_an_unversioned_package_changes_nothing_but_its_tags() -> None:
    for row in UNVERSIONED:
        assert (row.rule is Rule.MUTABLE) is (row.name == "Tags")
    spec = unversioned(tags={"team": None, "a": "b"}, modelPackageDescription="new")
    desired = desired_version(spec)
    tags = {"reconciler/owner": "acme/models", "reconciler/name": "algorithm", "team": "x"}
    values = {name: each for name, each in desired.values.items() if name != "Tags"}
    live = Live("arn", values | {"Tags": tags}, owner="acme/models", identity="algorithm")
    (action,) = propose_package(desired, live)
    assert action.verb is Verb.UPDATE
    assert [(each.path, each.after) for each in action.changes] == [
        ("Tags.a", "b"),
        ("Tags.team", MISSING),
    ]
    described = Live(
        "arn",
        {**values, "Tags": tags, "ModelPackageDescription": "old"},
        owner="acme/models",
        identity="algorithm",
    )
    (action,) = propose_package(desired, described)
    assert action.verb is Verb.BLOCKED


def test_a_new_version_is_compared_with_the_one_it_follows() -> None:
    before = live_package({"Domain": "x"}, number=7, identity="older")
    spec = version(domain="y")
    create, *_ = propose_package(desired_version(spec), Absent(predecessor=before))
    assert create.predecessor is not None
    assert create.predecessor.name == "version 7"
    assert [change.path for change in create.predecessor.changes] == ["Domain"]
