"""Search: operators, nested properties, expressions, pages, and the lag of its index."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import IMAGE, SPEC, refused, versions


def condition(name: str, operator: str | None = None, value: str | None = None) -> dict[str, str]:
    parts = {"Name": name, "Operator": operator, "Value": value}
    return {key: part for key, part in parts.items() if part is not None}


def found(registry: Any, expression: dict[str, Any], **more: Any) -> list[int]:
    """Return the version numbers that a search finds, in ascending order."""
    answer = registry.search(
        Resource="ModelPackage", SearchExpression=expression, MaxResults=100, **more
    )
    return sorted(hit["ModelPackage"]["ModelPackageVersion"] for hit in answer["Results"])


@pytest.fixture
def three(registry: Any, group: str) -> str:
    """Three versions that differ in metadata, approval and containers."""
    two = {**SPEC, "Containers": [{"Image": IMAGE}, {"Image": "other:2", "Framework": "XGBOOST"}]}
    versions(registry, group, CustomerMetadataProperties={"team": "a", "rank": "9"})
    versions(registry, group, ModelApprovalStatus="Approved", ModelPackageDescription="good one")
    registry.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification=two,
        CustomerMetadataProperties={"team": "b.c", "rank": "10", "dotted.key": "x"},
        ModelPackageDescription="another good one",
    )
    return group


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([condition("ModelApprovalStatus", "Equals", "Approved")], [2]),
        ([condition("ModelApprovalStatus", None, "Approved")], [2]),
        ([condition("ModelApprovalStatus", "NotEquals", "Approved")], [1, 3]),
        ([condition("ModelPackageVersion", "GreaterThan", "1")], [2, 3]),
        ([condition("ModelPackageVersion", "GreaterThanOrEqualTo", "3")], [3]),
        ([condition("ModelPackageVersion", "LessThan", "3")], [1, 2]),
        ([condition("ModelPackageVersion", "LessThanOrEqualTo", "1")], [1]),
        ([condition("ModelPackageVersion", "Equals", "2")], [2]),
        ([condition("ModelPackageDescription", "Contains", "good")], [2, 3]),
        ([condition("ModelPackageDescription", "Exists")], [2, 3]),
        ([condition("ModelPackageDescription", "NotExists")], [1]),
        ([condition("ModelApprovalStatus", "In", "Approved,Rejected")], [2]),
        ([condition("CustomerMetadataProperties.team", "Equals", "b.c")], [3]),
        ([condition("CustomerMetadataProperties.dotted.key", "Exists")], [3]),
        ([condition("InferenceSpecification.Containers.Framework", "Equals", "XGBOOST")], [3]),
        ([condition("CertifyForMarketplace", "Equals", "false")], [1, 2, 3]),
        ([condition("CreationTime", "GreaterThan", "2020-01-01T00:00:00")], [1, 2, 3]),
        ([condition("CreationTime", "LessThan", "2020-01-01T00:00:00")], []),
        (
            [
                condition("ModelPackageDescription", "Exists"),
                condition("ModelApprovalStatus", "Equals", "Approved"),
            ],
            [2],
        ),
    ],
)
def test_filters(
    registry: Any, three: str, filters: list[dict[str, str]], expected: list[int]
) -> None:
    in_group = condition("ModelPackageGroupName", "Equals", three)
    assert found(registry, {"Filters": [in_group, *filters]}) == expected


def test_or_and_subexpressions(registry: Any, three: str) -> None:
    first = condition("ModelPackageVersion", "Equals", "1")
    third = condition("ModelPackageVersion", "Equals", "3")
    either = {"Filters": [first, third], "Operator": "Or"}
    assert found(registry, either) == [1, 3]
    in_team_b = {"Filters": [condition("CustomerMetadataProperties.team", "Equals", "b.c")]}
    assert found(registry, {"SubExpressions": [either, in_team_b]}) == [3]
    assert found(registry, {"SubExpressions": [either, in_team_b], "Operator": "Or"}) == [1, 3]
    assert three


def test_nested_filters_want_one_object_to_satisfy_all(registry: Any, three: str) -> None:
    def nested(image: str) -> dict[str, Any]:
        base = "InferenceSpecification.Containers"
        filters = [
            condition(f"{base}.Image", "Equals", image),
            condition(f"{base}.Framework", "Equals", "XGBOOST"),
        ]
        return {"NestedFilters": [{"NestedPropertyName": base, "Filters": filters}]}

    assert found(registry, nested("other:2")) == [3]
    assert found(registry, nested(IMAGE)) == []
    assert three


def test_tags_find_groups(registry: Any) -> None:
    for name, owner in (("one", "a"), ("two", "b")):
        registry.create_model_package_group(
            ModelPackageGroupName=name, Tags=[{"Key": "reconciler/owner", "Value": owner}]
        )
    answer = registry.search(
        Resource="ModelPackageGroup",
        SearchExpression={"Filters": [condition("Tags.reconciler/owner", "Equals", "b")]},
    )
    (hit,) = answer["Results"]
    assert hit["ModelPackageGroup"]["ModelPackageGroupName"] == "two"
    assert hit["ModelPackageGroup"]["Tags"] == [{"Key": "reconciler/owner", "Value": "b"}]
    visible = registry.search(
        Resource="ModelPackageGroup",
        VisibilityConditions=[{"Key": "Tags.reconciler/owner", "Value": "a"}],
    )
    assert [hit["ModelPackageGroup"]["ModelPackageGroupName"] for hit in visible["Results"]] == [
        "one"
    ]


def test_pages_cover_everything_once_and_count_it(registry: Any, group: str) -> None:
    versions(registry, group, 7)
    asked = {
        "Resource": "ModelPackage",
        "SearchExpression": {"Filters": [condition("ModelPackageGroupName", None, group)]},
        "SortBy": "ModelPackageVersion",
        "SortOrder": "Ascending",
        "MaxResults": 3,
    }
    seen: list[int] = []
    token: dict[str, str] = {}
    while True:
        page = registry.search(**asked, **token)
        assert page["TotalHits"] == {"Value": 7, "Relation": "EqualTo"}
        seen += [hit["ModelPackage"]["ModelPackageVersion"] for hit in page["Results"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    with refused("ValidationException", "pagination token"):
        registry.search(Resource="ModelPackage", NextToken=token["NextToken"])


def test_default_order_is_last_modified_first(served: Any) -> None:
    _, registry, clock = served()
    arns = []
    for _ in range(3):
        arns += versions(registry, "churn")
        clock.advance(1)
    registry.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")
    answer = registry.search(Resource="ModelPackage")
    order = [hit["ModelPackage"]["ModelPackageVersion"] for hit in answer["Results"]]
    assert order == [1, 3, 2]


def test_search_record_is_as_full_as_describe(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group, CustomerMetadataProperties={"reconciler/name": "v1"})
    described = registry.describe_model_package(ModelPackageName=arn)
    described.pop("ResponseMetadata")
    name = condition("CustomerMetadataProperties.reconciler/name", "Equals", "v1")
    answer = registry.search(
        Resource="ModelPackage",
        SearchExpression={
            "Filters": [name, condition("ModelPackageGroupName", "Equals", group)],
        },
    )
    assert answer["Results"] == [{"ModelPackage": described}]


@pytest.mark.parametrize(
    ("filters", "fragment"),
    [
        ([condition("Nonsense", "Exists")], "Unknown property name: Nonsense"),
        (
            [condition("ModelPackageDescription", "Contains", "a")] * 2,
            "'CONTAINS' operator usage limit of 1 exceeded.",
        ),
        ([condition("ModelPackageDescription", "GreaterThan", "a")], "not supported for text"),
        ([condition("ModelPackageVersion", "Contains", "1")], "only supported for text"),
        ([condition("ModelPackageVersion", "GreaterThan", "x")], "not a number"),
        ([condition("ModelPackageVersion", "Equals")], "Value is required"),
        ([condition("ModelPackageVersion", "Exists")] * 21, "length less than or equal to 20"),
    ],
)
def test_bad_expressions_are_refused(
    registry: Any, filters: list[dict[str, str]], fragment: str
) -> None:
    with refused("ValidationException", fragment):
        registry.search(Resource="ModelPackage", SearchExpression={"Filters": filters})


def test_index_lags_by_the_set_time(served: Any) -> None:
    _, registry, clock = served(search_lag_seconds=30)
    clock.advance(60)
    (arn,) = versions(registry, "churn")
    assert found(registry, {}) == []
    clock.advance(20)
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    clock.advance(15)
    assert found(registry, {}) == [1]
    approved = {"Filters": [condition("ModelApprovalStatus", "Equals", "Approved")]}
    assert found(registry, approved) == []
    clock.advance(20)
    assert found(registry, approved) == [1]
    registry.delete_model_package(ModelPackageName=arn)
    assert found(registry, {}) == [1]
    clock.advance(31)
    assert found(registry, {}) == []
