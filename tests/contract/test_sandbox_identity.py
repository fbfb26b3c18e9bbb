"""Client tokens and version numbers: retries register once, numbers are never given out twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox_support import client, refused, versions

from reconciler.sandbox.server import SandboxServer


def test_same_token_and_parameters_give_the_same_version(registry: Any, group: str) -> None:
    first, second = (versions(registry, group, ClientToken="token-1")[0] for _ in range(2))
    assert first == second
    assert versions(registry, group)[0].endswith("/2")


def test_same_token_with_other_parameters_is_a_conflict(registry: Any, group: str) -> None:
    versions(registry, group, ClientToken="token-1")
    with refused("ConflictException", "token-1"):
        versions(registry, group, ClientToken="token-1", Domain="OTHER")


def test_token_is_forgotten_after_its_retention(served: Any) -> None:
    _, registry, clock = served(client_token_seconds=100)
    (first,) = versions(registry, "churn", ClientToken="t")
    clock.advance(99)
    assert versions(registry, "churn", ClientToken="t") == [first]
    clock.advance(2)
    assert versions(registry, "churn", ClientToken="t") != [first]


def test_repeated_update_with_a_token_happens_once(registry: Any, group: str) -> None:
    (arn,) = versions(registry, group)
    change = {"ModelPackageArn": arn, "ClientToken": "u-1", "ModelApprovalStatus": "Approved"}
    registry.update_model_package(**change)
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    registry.update_model_package(**change)
    found = registry.describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == "Rejected"
    with refused("ConflictException", "token"):
        registry.update_model_package(**{**change, "ModelApprovalStatus": "Rejected"})


def test_number_of_a_deleted_version_is_not_reused(registry: Any, group: str) -> None:
    arns = versions(registry, group, 3)
    for arn in arns[1:]:
        registry.delete_model_package(ModelPackageName=arn)
    assert versions(registry, group)[0].endswith("/4")


def test_recreated_group_counts_from_one(registry: Any) -> None:
    for _ in range(2):
        registry.create_model_package_group(ModelPackageGroupName="churn")
        (arn,) = versions(registry, "churn")
        assert arn.endswith("/1")
        registry.delete_model_package(ModelPackageName=arn)
        registry.delete_model_package_group(ModelPackageGroupName="churn")


def test_thirty_concurrent_creates_give_thirty_versions(server: SandboxServer) -> None:
    registry = client(server)
    registry.create_model_package_group(ModelPackageGroupName="churn")
    with ThreadPoolExecutor(30) as pool:
        arns = list(pool.map(lambda _: versions(registry, "churn")[0], range(30)))
    assert {int(arn.rpartition("/")[2]) for arn in arns} == set(range(1, 31))


def test_thirty_concurrent_creates_with_one_token_give_one_version(server: SandboxServer) -> None:
    registry = client(server)
    registry.create_model_package_group(ModelPackageGroupName="churn")
    with ThreadPoolExecutor(30) as pool:
        arns = set(pool.map(lambda _: versions(registry, "churn", ClientToken="t")[0], range(30)))
    assert len(arns) == 1
