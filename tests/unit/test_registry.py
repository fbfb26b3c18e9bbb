"""The registry of kinds: adding one is a handler and a line, and everything else finds it."""

from __future__ import annotations

import json

import pytest
from builders import REGION, TRAINING, manifest, rich, state

from reconciler.aws.reads import is_read
from reconciler.core.fields import Rule
from reconciler.kinds import HANDLERS
from reconciler.kinds.base import Handler
from reconciler.manifest.registry import MANIFESTS
from reconciler.shapes import sagemaker
from reconciler.shapes.json_schema import json_schema

CONSUMERS = manifest(
    "CrossAccountPolicy",
    "churn-consumers",
    {
        "environment": "registry",
        "modelPackageGroups": ["churn"],
        "grants": [{"principals": ["333333333333"], "access": ["deploy"]}],
        "artifacts": [
            {
                "environment": "training",
                "repositories": ["decision-trees"],
                "buckets": [{"name": "acme-models"}],
                "keys": [{"keyArn": f"arn:aws:kms:{REGION}:{TRAINING}:key/0a1b"}],
            }
        ],
    },
)
NO_RESOURCES = {
    "Environment",
    "InferenceSpecification",
    "ValidationProfile",
    "CrossAccountPolicy",  # an intention, which becomes resources of six other kinds
}
KINDS = [pytest.param(handler, id=handler.kind) for handler in HANDLERS]


def test_kinds_are_registered_once() -> None:
    kinds = [handler.kind for handler in HANDLERS]
    assert len(kinds) == len(set(kinds))


def test_groups_come_before_what_is_in_them() -> None:
    kinds = [handler.kind for handler in HANDLERS]
    assert kinds.index("ModelPackageGroup") < kinds.index("ModelPackageGroupPolicy")
    assert kinds.index("ModelPackageGroup") < kinds.index("ModelPackage")


@pytest.mark.parametrize("handler", KINDS)
def test_every_row_of_a_table_is_named_once_and_says_why_it_is_fixed(
    handler: Handler[object],
) -> None:
    names = [row.name for row in handler.fields]
    assert len(names) == len(set(names))
    for row in handler.fields:
        assert bool(row.reason) is (row.rule is not Rule.MUTABLE), row.name
        assert not row.clearable or row.rule is Rule.MUTABLE, row.name


@pytest.mark.parametrize("handler", KINDS)
def test_every_operation_that_a_handler_reads_by_is_a_read_and_no_other_is(
    handler: Handler[object],
) -> None:
    for action in handler.reads:
        assert is_read(*action.split(":")), action
    for action in handler.writes:
        assert not is_read(*action.split(":")), action


@pytest.mark.parametrize("kind", ["ModelPackageGroup", "ModelPackage"])
def test_every_row_of_a_table_is_a_member_of_the_api(kind: str) -> None:
    (handler,) = [each for each in HANDLERS if each.kind == kind]
    members = sagemaker.OPERATION_MEMBERS[kind]
    known = {*members["create"], *members.get("update", ()), *members["describe"]}
    assert {row.name for row in handler.fields} <= known


def test_every_resource_that_manifests_declare_has_a_handler_and_every_handler_a_manifest() -> None:
    declared = {each.key.kind for each in state([*rich(), CONSUMERS]).resources}
    assert declared == {handler.kind for handler in HANDLERS}


def test_every_kind_of_manifest_leads_to_a_resource_or_is_known_not_to() -> None:
    kinds = {handler.kind for handler in HANDLERS}
    assert MANIFESTS.keys() - NO_RESOURCES <= kinds
    assert MANIFESTS.keys() >= NO_RESOURCES
    assert not kinds & NO_RESOURCES


def test_every_model_can_be_published_as_a_schema() -> None:
    for kind, model in MANIFESTS.items():
        assert kind in json.dumps(json_schema(model)), kind
