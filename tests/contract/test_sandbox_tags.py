"""Tags: added, overwritten, removed; on groups and unversioned packages only."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import refused, versions


@pytest.fixture
def arn(registry: Any, group: str) -> str:
    found = registry.describe_model_package_group(ModelPackageGroupName=group)
    text: str = found["ModelPackageGroupArn"]
    return text


def tags(registry: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in registry.list_tags(ResourceArn=arn)["Tags"]}


@pytest.mark.aws
def test_adding_overwrites_the_same_key_and_returns_all(registry: Any, arn: str) -> None:
    registry.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    answer = registry.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    assert sorted(tag["Key"] for tag in answer["Tags"]) == ["a", "b"]
    assert tags(registry, arn) == {"a": "2", "b": ""}


@pytest.mark.aws
def test_deleting_removes_only_the_named_keys(registry: Any, arn: str) -> None:
    registry.add_tags(ResourceArn=arn, Tags=[{"Key": k, "Value": "v"} for k in ("a", "b")])
    registry.delete_tags(ResourceArn=arn, TagKeys=["a", "missing"])
    assert tags(registry, arn) == {"b": "v"}


def test_more_than_fifty_tags_are_refused(registry: Any, arn: str) -> None:
    registry.add_tags(
        ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)]
    )
    with refused("ValidationException", "50"):
        registry.add_tags(ResourceArn=arn, Tags=[{"Key": "one-more", "Value": ""}])


def test_reserved_and_repeated_keys_are_refused(registry: Any, arn: str) -> None:
    with refused("ValidationException", "aws:"):
        registry.add_tags(ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}])
    with refused("ValidationException", "Duplicate"):
        registry.add_tags(ResourceArn=arn, Tags=[{"Key": "x", "Value": ""}] * 2)


def test_versions_carry_no_tags(registry: Any, group: str) -> None:
    (version,) = versions(registry, group)
    with refused("ValidationException", "versioned"):
        registry.add_tags(ResourceArn=version, Tags=[{"Key": "a", "Value": ""}])


def test_tags_of_a_missing_group(registry: Any, arn: str) -> None:
    with refused("ValidationException", "does not exist."):
        registry.list_tags(ResourceArn=f"{arn}x")


def test_letters_of_any_script_are_fine_but_not_every_sign(registry: Any, arn: str) -> None:
    registry.add_tags(ResourceArn=arn, Tags=[{"Key": "équipe", "Value": "機械 1"}])
    assert tags(registry, arn) == {"équipe": "機械 1"}
    with refused("ValidationException", "regular expression pattern"):
        registry.add_tags(ResourceArn=arn, Tags=[{"Key": "what?", "Value": ""}])
