"""Which environments a change of manifests is about: by what they say, not how it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from builders import (
    TRAINING,
    Doc,
    container,
    environment,
    fragment,
    group,
    inference,
    manifest,
    state,
    version,
)

from reconciler.engine.targets import changed_environments, targets

PRODUCTION = "333333333333"
KEY = f"arn:aws:kms:eu-west-1:{TRAINING}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def policy(name: str = "consumers", principal: str = PRODUCTION) -> Doc:
    return manifest(
        "CrossAccountPolicy",
        name,
        {
            "environment": "registry",
            "modelPackageGroups": ["churn"],
            "grants": [{"principals": [principal], "access": ["read", "deploy"]}],
            "artifacts": [{"environment": "training", "repositories": ["trees"]}],
        },
    )


def manifests() -> list[Doc]:
    return [
        environment(),
        environment("training", TRAINING),
        environment("production", PRODUCTION),
        environment("idle", "444444444444"),
        fragment(),
        group(),
        group("theirs", "training"),
        group("released", "production"),
        version("churn-v1"),
        version("churn-v2", inferenceSpecification={"ref": "tabular"}),
        version(
            "released-v1",
            "released",
            environment="production",
            inferenceSpecification={"ref": "tabular"},
        ),
        version("foreign-v1", {"environment": "registry", "name": "churn"}, environment="training"),
        policy(),
    ]


def changed(edit: Callable[[list[Doc]], Sequence[Doc]]) -> set[str]:
    return set(changed_environments(state(manifests()), state(edit(manifests()))))


def named(documents: Sequence[Doc], name: str) -> Doc:
    (found,) = [each for each in documents if each["metadata"]["name"] == name]
    return found


def edited(name: str, **spec: object) -> Callable[[list[Doc]], Sequence[Doc]]:
    def edit(documents: list[Doc]) -> Sequence[Doc]:
        named(documents, name)["spec"] |= spec
        return documents

    return edit


def without(name: str) -> Callable[[list[Doc]], Sequence[Doc]]:
    return lambda documents: [each for each in documents if each["metadata"]["name"] != name]


def test_targets_are_the_environments_that_something_is_declared_in() -> None:
    assert [each.name for each in targets(state(manifests()))] == [
        "production",
        "registry",
        "training",
    ]


def test_nothing_changed() -> None:
    assert changed(lambda documents: documents) == set()


def test_places_labels_and_descriptions_change_nothing() -> None:
    def edit(documents: list[Doc]) -> Sequence[Doc]:
        named(documents, "churn-v1")["metadata"] |= {"labels": {"a": "b"}, "description": "x"}
        return [environment("new", "555555555555"), *documents]

    assert changed(edit) == {"new"}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (edited("churn-v1", customerMetadataProperties={"a": "b"}), {"registry"}),
        (edited("churn-v1", approval={"status": "Approved"}), {"registry"}),
        (edited("churn", tags={"a": "b"}), {"registry"}),
        (edited("registry", approvals={"onDrift": "fail"}), {"registry"}),
        (edited("production", owner="others"), {"production"}),
        (without("churn-v1"), {"registry"}),
        (without("released-v1"), {"production"}),
    ],
)
def test_what_is_declared_counts_for_its_own_environment(
    edit: Callable[[list[Doc]], Sequence[Doc]], expected: set[str]
) -> None:
    assert changed(edit) == expected


def test_a_fragment_counts_for_all_who_refer_to_it() -> None:
    spec = inference(container(framework="XGBOOST"))
    assert changed(edited("tabular", **spec)) == {"registry", "production"}


def test_a_policy_counts_where_its_documents_are() -> None:
    def edit(documents: list[Doc]) -> Sequence[Doc]:
        return [*without("consumers")(documents), policy(principal="555555555555")]

    assert changed(edit) == {"registry", "training"}
    assert changed(without("consumers")) >= {"registry", "training"}


def test_a_policy_elsewhere_does_not_count_for_the_documents_of_others() -> None:
    def edit(documents: list[Doc]) -> Sequence[Doc]:
        own = named(documents, "consumers")["spec"]
        spec = {"environment": "production", "modelPackageGroups": ["released"]}
        other = manifest("CrossAccountPolicy", "other", spec | {"grants": own["grants"]})
        other["spec"]["grants"] = [{"principals": [TRAINING], "access": ["read"]}]
        return [*documents, other]

    assert changed(edit) == {"production"}


def test_the_owner_of_a_group_need_not_be_planned_for_what_another_registers_there() -> None:
    assert changed(edited("foreign-v1", customerMetadataProperties={"a": "b"})) == {"training"}


def test_a_group_with_another_name_counts_for_those_who_register_into_it() -> None:
    edit = edited("churn", modelPackageGroupName="churn-models")
    assert changed(edit) >= {"registry", "training"}
