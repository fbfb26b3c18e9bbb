"""Lists: order, pages, filters and defaults."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import SPEC, client, refused, versions

UNVERSIONED = {
    **SPEC,
    "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
}


def listed(registry: Any, **parameters: Any) -> list[int]:
    """Return the version numbers of all pages of a list."""
    pages = registry.get_paginator("list_model_packages").paginate(**parameters)
    return [
        summary.get("ModelPackageVersion", 0)
        for page in pages
        for summary in page["ModelPackageSummaryList"]
    ]


@pytest.mark.aws
def test_bare_list_shows_no_versions_but_a_group_does(registry: Any, group: str) -> None:
    versions(registry, group, 2)
    bare = registry.list_model_packages(NameContains=group)["ModelPackageSummaryList"]
    assert bare == []
    assert listed(registry, ModelPackageGroupName=group) == [1, 2]
    arn = registry.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    assert listed(registry, ModelPackageGroupName=arn) == [1, 2]


def test_type_selects_versioned_unversioned_or_both(registry: Any, group: str) -> None:
    versions(registry, group)
    registry.create_model_package(ModelPackageName="trees", InferenceSpecification=UNVERSIONED)
    assert listed(registry) == [0]
    assert listed(registry, ModelPackageType="Versioned") == [1]
    assert sorted(listed(registry, ModelPackageType="Both")) == [0, 1]


def test_every_page_size_shows_each_version_once_in_order(registry: Any, group: str) -> None:
    versions(registry, group, 7)
    for size in (1, 2, 3, 7, 100):
        config = {"PageSize": size}
        found = listed(registry, ModelPackageGroupName=group, PaginationConfig=config)
        assert found == [1, 2, 3, 4, 5, 6, 7], size
    backwards = listed(
        registry,
        ModelPackageGroupName=group,
        SortOrder="Descending",
        PaginationConfig={"PageSize": 2},
    )
    assert backwards == [7, 6, 5, 4, 3, 2, 1]


def test_version_ten_comes_after_nine_by_name_and_default_pages_hold_ten(
    registry: Any, group: str
) -> None:
    versions(registry, group, 11)
    assert listed(registry, ModelPackageGroupName=group, SortBy="Name") == list(range(1, 12))
    page = registry.list_model_packages(ModelPackageGroupName=group)
    assert len(page["ModelPackageSummaryList"]) == 10
    assert "NextToken" in page


def test_token_is_bound_to_its_request(registry: Any, group: str) -> None:
    versions(registry, group, 3)
    page = registry.list_model_packages(ModelPackageGroupName=group, MaxResults=1)
    token = page["NextToken"]
    with refused("ValidationException", "pagination token"):
        registry.list_model_packages(
            ModelPackageGroupName=group, MaxResults=1, NextToken=token, SortOrder="Descending"
        )
    with refused("ValidationException", "pagination token"):
        registry.list_model_packages(ModelPackageGroupName=group, NextToken="nonsense")


def test_deletion_between_pages_hides_nothing(registry: Any, group: str) -> None:
    arns = versions(registry, group, 4)
    page = registry.list_model_packages(ModelPackageGroupName=group, MaxResults=2)
    registry.delete_model_package(ModelPackageName=arns[0])
    rest = registry.list_model_packages(
        ModelPackageGroupName=group, MaxResults=2, NextToken=page["NextToken"]
    )
    assert [item["ModelPackageVersion"] for item in rest["ModelPackageSummaryList"]] == [3, 4]


def test_filtered_page_may_be_empty_and_go_on(registry: Any, group: str) -> None:
    arns = versions(registry, group, 3)
    registry.update_model_package(ModelPackageArn=arns[2], ModelApprovalStatus="Approved")
    asked = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
    page = registry.list_model_packages(**asked, MaxResults=1)
    assert page["ModelPackageSummaryList"] == []
    assert page["NextToken"]
    assert listed(registry, **asked, PaginationConfig={"PageSize": 1}) == [3]


def test_full_filtered_pages_are_a_setting(served: Any) -> None:
    _, registry, _ = served(filtered_pages="full")
    arns = versions(registry, "churn", 3)
    registry.update_model_package(ModelPackageArn=arns[2], ModelApprovalStatus="Approved")
    page = registry.list_model_packages(
        ModelPackageGroupName="churn", ModelApprovalStatus="Approved", MaxResults=1
    )
    assert len(page["ModelPackageSummaryList"]) == 1
    assert "NextToken" not in page


def test_unknown_group_is_an_error_or_empty_by_setting(registry: Any, served: Any) -> None:
    with refused("ValidationException", "does not exist."):
        registry.list_model_packages(ModelPackageGroupName="nope")
    _, lenient, _ = served(unknown_group_lists="empty")
    assert (
        lenient.list_model_packages(ModelPackageGroupName="nope")["ModelPackageSummaryList"] == []
    )


def test_summary_lacks_what_the_api_leaves_out(registry: Any, group: str) -> None:
    versions(registry, group, CustomerMetadataProperties={"a": "b"})
    (summary,) = registry.list_model_packages(ModelPackageGroupName=group)[
        "ModelPackageSummaryList"
    ]
    assert summary.keys() == {
        "ModelPackageArn",
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "CreationTime",
        "ModelPackageStatus",
        "ModelApprovalStatus",
    }


def test_time_filters_exclude_their_bounds(served: Any) -> None:
    _, registry, clock = served()
    start = clock()
    for _ in range(3):
        versions(registry, "churn")
        clock.advance(10)
    found = listed(
        registry,
        ModelPackageGroupName="churn",
        CreationTimeAfter=start,
        CreationTimeBefore=start + 20,
    )
    assert found == [2]


def test_groups_are_filtered_by_name_and_sorted(registry: Any) -> None:
    for name in ("b-churn", "a-churn", "fraud"):
        registry.create_model_package_group(ModelPackageGroupName=name)
    answer = registry.list_model_package_groups(NameContains="churn", SortBy="Name")
    names = [item["ModelPackageGroupName"] for item in answer["ModelPackageGroupSummaryList"]]
    assert names == ["a-churn", "b-churn"]
    answer = registry.list_model_package_groups()
    names = [item["ModelPackageGroupName"] for item in answer["ModelPackageGroupSummaryList"]]
    assert names == ["b-churn", "a-churn", "fraud"]


def test_regions_have_registries_of_their_own(server: Any, registry: Any, group: str) -> None:
    versions(registry, group)
    abroad = client(server, region="us-east-1")
    assert abroad.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
