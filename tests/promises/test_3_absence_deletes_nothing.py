"""Promise 3: absence deletes nothing. Removal is explicit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import (
    Doc,
    card,
    environment,
    group,
    inference,
    rich,
    unversioned,
    version,
    without,
)
from live import Lab, assert_clean, assert_converged

from reconciler.engine.selection import Selection


def by_name(documents: list[Doc], name: str) -> Any:
    return next(each["spec"] for each in documents if each["metadata"]["name"] == name)


def no_version(documents: list[Doc]) -> list[Doc]:
    return without(documents, "churn-v1")


def no_group(documents: list[Doc]) -> list[Doc]:
    return without(documents, "fraud", "fraud-v1")


def no_package(documents: list[Doc]) -> list[Doc]:
    return without(documents, "algorithm")


def nothing_but_an_environment(documents: list[Doc]) -> list[Doc]:
    return documents[:1]


def no_tags(documents: list[Doc]) -> list[Doc]:
    del by_name(documents, "churn")["tags"]
    by_name(documents, "algorithm")["tags"] = {}
    return documents


def no_metadata(documents: list[Doc]) -> list[Doc]:
    by_name(documents, "churn-v1")["customerMetadataProperties"] = {}
    return documents


def no_optional_members(documents: list[Doc]) -> list[Doc]:
    kept = {"environment", "modelPackageGroup", "inferenceSpecification"}
    spec = by_name(documents, "churn-v1")
    for member in spec.keys() - kept:
        del spec[member]
    return documents


def no_additional_specification(documents: list[Doc]) -> list[Doc]:
    del by_name(documents, "churn-v2")["additionalInferenceSpecifications"]
    return documents


REMOVALS: list[Callable[[list[Doc]], list[Doc]]] = [
    no_version,
    no_group,
    no_package,
    nothing_but_an_environment,
    no_tags,
    no_metadata,
    no_optional_members,
    no_additional_specification,
]


@pytest.mark.parametrize("remove", REMOVALS)
def test_what_is_removed_from_git_stays_in_aws(
    lab: Lab, remove: Callable[[list[Doc]], list[Doc]]
) -> None:
    """Absence deletes nothing. Broken when something undeclared is compared, and then removed."""
    lab.settle(rich())
    before = lab.live()
    fewer = remove(rich())
    assert_clean(lab.plan(fewer).plan)
    lab.forget_calls()
    lab.settle(fewer)
    assert lab.writes() == []
    assert lab.live() == before


def test_an_update_of_other_fields_keeps_what_is_no_longer_declared(lab: Lab) -> None:
    """Absence deletes nothing. Broken when an update sends a field whole instead of its change."""
    lab.settle(rich())
    documents = no_metadata(rich())
    by_name(documents, "churn-v1")["modelLifeCycle"]["stage"] = "Production"
    del by_name(documents, "churn-v1")["approval"]
    by_name(documents, "churn")["tags"] = {"purpose": "retention"}
    before = lab.live()
    lab.settle(documents)
    changed = {
        (arn, name)
        for account, records in lab.live().items()
        for arn, record in records.items()
        for name in record
        if record[name] != before[account][arn].get(name)
    }
    assert {name for _, name in changed} == {"ModelLifeCycle", "Tags"}
    tags = next(each for arn, each in lab.live()["111111111111"].items() if arn.endswith("/churn"))
    assert {"team": "growth", "purpose": "retention"}.items() <= tags["Tags"].items()


@pytest.mark.parametrize(
    ("member", "full", "silent"),
    [
        (
            "modelLifeCycle",
            {"stage": "A", "stageStatus": "Done", "stageDescription": "why"},
            {"stage": "B", "stageStatus": "Done"},
        ),
        ("modelCard", card("text", "PendingReview"), {"modelCardStatus": "Approved"}),
        ("modelCard", card("text"), {"modelCardContent": {"model_overview": {}}}),
    ],
)
def test_a_member_that_a_changed_structure_no_longer_names_stays(
    lab: Lab, member: str, full: Doc, silent: Doc
) -> None:
    """Absence deletes nothing. Broken when silence inside a structure removes what is live."""
    first, second = ({member: each} for each in (full, silent))
    lab.settle([environment(), group(), version("churn-v1", **first)])
    documents = [environment(), group(), version("churn-v1", **second)]
    report = lab.settle(documents)
    live = lab.boto().describe_model_package(ModelPackageName=report.outcomes[-1].arn)
    api_name = member[0].upper() + member[1:]
    assert {each.lower() for each in live[api_name]} == {each.lower() for each in full}
    assert_converged(lab, documents)


def test_null_removes_a_tag_and_a_metadata_key_and_nothing_else(lab: Lab) -> None:
    """Removal is explicit. Broken when null does not remove, or removes more than its key."""
    both = {"team": "growth", "purpose": "retention"}
    one = {"team": None}
    lab.settle(
        [
            environment(),
            group(tags=both),
            version(customerMetadataProperties=both),
            unversioned(tags=both),
        ]
    )
    before = lab.live()
    documents = [
        environment(),
        group(tags=one),
        version(customerMetadataProperties=one),
        unversioned(tags=one),
    ]
    lab.settle(documents)
    after = lab.live()
    for account, records in before.items():
        for arn, record in records.items():
            for name in ("Tags", "CustomerMetadataProperties"):
                record.get(name, {}).pop("team", None)
            assert after[account][arn] == record
    assert_converged(lab, documents)


def test_null_of_a_nested_member_removes_it_where_the_api_can(lab: Lab) -> None:
    """Removal is explicit. Broken when null and silence mean the same."""
    stage = {"stage": "A", "stageStatus": "Done"}
    lab.settle(
        [environment(), group(), version(modelLifeCycle=stage | {"stageDescription": "why"})]
    )
    documents = [environment(), group(), version(modelLifeCycle=stage | {"stageDescription": None})]
    report = lab.settle(documents)
    live = lab.boto().describe_model_package(ModelPackageName=report.outcomes[-1].arn)
    assert live["ModelLifeCycle"] == {"Stage": "A", "StageStatus": "Done"}
    assert_converged(lab, documents)


def test_what_is_not_selected_is_left_alone(lab: Lab) -> None:
    """Absence deletes nothing. Broken when a selection makes the rest look undeclared."""
    lab.settle(rich())
    documents = rich()
    by_name(documents, "churn")["tags"] = {"team": None}
    before = lab.live()
    lab.apply(documents, selection=Selection(names=("fraud*",)))
    assert lab.live() == before


def test_no_handler_ever_proposes_to_delete(lab: Lab) -> None:
    """Absence deletes nothing. Broken when a removed specification becomes an action."""
    lab.settle(rich())
    documents = [environment(), group(), version("churn-v9", inferenceSpecification=inference())]
    assert [str(each.verb) for each in lab.plan(documents).plan.actions] == ["none", "create"]
