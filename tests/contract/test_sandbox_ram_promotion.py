"""Shares that RAM makes from a group's policy, and their promotion."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_support import OTHER, REGION, THIRD, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer

ARN = f"arn:aws:sagemaker:{REGION}:{DEFAULT_ACCOUNT}:"
GROUP = f"{ARN}model-package-group/churn"
ROLE = f"arn:aws:iam::{OTHER}:role/deployer"
SUGGESTED = [
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:ListModelPackages",
]
CUSTOM = ["sagemaker:DescribeModelPackageGroup", "sagemaker:CreateModelPackage"]


@pytest.fixture
def registry(server: SandboxServer) -> Any:
    found = client(server)
    found.create_model_package_group(ModelPackageGroupName="churn")
    return found


@pytest.fixture
def ram(server: SandboxServer, registry: Any) -> Any:
    assert registry
    return client(server, "ram")


def put(registry: Any, principals: Any, actions: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": actions,
        "Resource": [GROUP, f"{ARN}model-package/churn/*"],
    }
    registry.put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=json.dumps({"Statement": [statement]})
    )


def shares(ram: Any, **filters: Any) -> list[dict[str, Any]]:
    found = ram.get_resource_shares(resourceOwner="SELF", resourceShareStatus="ACTIVE", **filters)
    listed: list[dict[str, Any]] = found["resourceShares"]
    return listed


def the_share(ram: Any) -> str:
    """Return the group's share, found as the developer guide says."""
    found = ram.get_resource_share_associations(associationType="RESOURCE", resourceArn=GROUP)
    (entry,) = [
        entry for entry in found["resourceShareAssociations"] if entry["status"] == "ASSOCIATED"
    ]
    arn: str = entry["resourceShareArn"]
    return arn


def permission(ram: Any, share: str) -> dict[str, Any]:
    (found,) = ram.list_resource_share_permissions(resourceShareArn=share)["permissions"]
    result: dict[str, Any] = found
    return result


def promote(ram: Any, share: str) -> None:
    arn = permission(ram, share)["arn"]
    ram.promote_permission_created_from_policy(permissionArn=arn, name="churn-readers")
    ram.promote_resource_share_created_from_policy(resourceShareArn=share)


def discovered(server: SandboxServer, account: str = OTHER) -> int:
    consumer = client(server, account=account)
    listed = consumer.list_model_package_groups(CrossAccountFilterOption="CrossAccount")
    return len(listed["ModelPackageGroupSummaryList"])


def test_policy_makes_a_share_that_only_its_owner_sees(
    server: SandboxServer, registry: Any, ram: Any
) -> None:
    put(registry, [OTHER, ROLE], CUSTOM)
    (found,) = shares(ram)
    assert found["featureSet"] == "CREATED_FROM_POLICY"
    assert the_share(ram) == found["resourceShareArn"]
    assert permission(ram, found["resourceShareArn"])["featureSet"] == "CREATED_FROM_POLICY"
    principals = ram.list_principals(resourceOwner="SELF")["principals"]
    assert {entry["id"] for entry in principals} == {OTHER, ROLE}
    consumer = client(server, "ram", account=OTHER)
    assert consumer.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"] == []
    assert consumer.get_resource_share_invitations()["resourceShareInvitations"] == []


def test_share_follows_the_policy(registry: Any, ram: Any) -> None:
    put(registry, OTHER, CUSTOM)
    first = the_share(ram)
    put(registry, OTHER, CUSTOM)
    assert the_share(ram) == first
    put(registry, [OTHER, THIRD], CUSTOM)
    second = the_share(ram)
    assert second != first
    registry.delete_model_package_group_policy(ModelPackageGroupName="churn")
    assert shares(ram) == []


def test_share_made_from_a_policy_cannot_be_changed(registry: Any, ram: Any) -> None:
    put(registry, OTHER, CUSTOM)
    share = the_share(ram)
    calls: list[Callable[[], object]] = [
        lambda: ram.delete_resource_share(resourceShareArn=share),
        lambda: ram.associate_resource_share(resourceShareArn=share, principals=[THIRD]),
    ]
    for call in calls:
        with refused("OperationNotPermittedException", "created from a resource-based policy"):
            call()


def test_promoted_share_reaches_who_accepts_it(served: Any) -> None:
    server, registry, _ = served(discovery="ram")
    ram = client(server, "ram")
    put(registry, OTHER, CUSTOM)
    share = the_share(ram)
    assert discovered(server) == 0
    promote(ram, share)
    (found,) = shares(ram)
    assert (found["resourceShareArn"], found["featureSet"]) == (share, "STANDARD")
    assert permission(ram, share)["name"] == "churn-readers"
    assert discovered(server) == 0
    consumer = client(server, "ram", account=OTHER)
    (invitation,) = consumer.get_resource_share_invitations()["resourceShareInvitations"]
    consumer.accept_resource_share_invitation(
        resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
    )
    assert discovered(server) == 1
    put(registry, OTHER, CUSTOM)
    assert [found["resourceShareArn"] for found in shares(ram)] == [share]
    with refused("InvalidStateTransitionException"):
        ram.promote_resource_share_created_from_policy(resourceShareArn=share)


def test_permission_comes_first_and_its_promotion_is_idempotent(registry: Any, ram: Any) -> None:
    put(registry, OTHER, CUSTOM)
    share = the_share(ram)
    with refused("UnmatchedPolicyPermissionException"):
        ram.promote_resource_share_created_from_policy(resourceShareArn=share)
    arn = permission(ram, share)["arn"]
    asked = {"permissionArn": arn, "name": "churn-readers"}
    promoted = ram.promote_permission_created_from_policy(**asked, clientToken="t")["permission"]
    again = ram.promote_permission_created_from_policy(**asked, clientToken="t")["permission"]
    assert again == promoted
    assert (promoted["permissionType"], promoted["featureSet"]) == ("CUSTOMER_MANAGED", "STANDARD")
    with refused("InvalidParameterException"):
        ram.promote_permission_created_from_policy(**asked)
    with refused("InvalidParameterException"):
        ram.promote_permission_created_from_policy(permissionArn=promoted["arn"], name="x")
    names = [
        found["name"]
        for found in ram.list_permissions(permissionType="CUSTOMER_MANAGED")["permissions"]
    ]
    assert names == ["churn-readers"]


@pytest.mark.parametrize(
    ("principals", "actions"), [(ROLE, CUSTOM), ([OTHER, ROLE], CUSTOM), (OTHER, "*")]
)
def test_roles_and_wildcards_are_never_promoted(
    registry: Any, ram: Any, principals: Any, actions: Any
) -> None:
    put(registry, principals, actions)
    share = the_share(ram)
    with refused("OperationNotPermittedException"):
        ram.promote_permission_created_from_policy(
            permissionArn=permission(ram, share)["arn"], name="x"
        )
    with refused("OperationNotPermittedException"):
        ram.promote_resource_share_created_from_policy(resourceShareArn=share)


def test_policy_that_equals_the_managed_permission_needs_no_promotion(
    registry: Any, ram: Any
) -> None:
    put(registry, OTHER, SUGGESTED)
    (found,) = shares(ram)
    assert found["featureSet"] == "STANDARD"
    assert permission(ram, found["resourceShareArn"])["permissionType"] == "AWS_MANAGED"


def test_making_shares_from_policies_is_a_setting(served: Any) -> None:
    server, registry, _ = served(share_from_policy=False)
    put(registry, OTHER, CUSTOM)
    assert shares(client(server, "ram")) == []


def test_deny_and_anybody_make_no_share(registry: Any, ram: Any) -> None:
    put(registry, "*", CUSTOM)
    assert shares(ram) == []
