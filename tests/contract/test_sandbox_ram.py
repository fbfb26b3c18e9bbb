"""RAM: shares of model package groups, whom they reach, and invitations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_support import OTHER, REGION, THIRD, client, refused, versions

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.storage import reset, status

GROUP = f"arn:aws:sagemaker:{REGION}:{DEFAULT_ACCOUNT}:model-package-group/churn"
MISSING = (
    f"arn:aws:ram:{REGION}:{DEFAULT_ACCOUNT}:resource-share/00000000-0000-0000-0000-000000000000"
)


@pytest.fixture
def ram(server: SandboxServer) -> Any:
    client(server).create_model_package_group(ModelPackageGroupName="churn")
    return client(server, "ram")


def create(ram: Any, **more: Any) -> str:
    asked = {"name": "consumers", "resourceArns": [GROUP], "principals": [OTHER], **more}
    arn: str = ram.create_resource_share(**asked)["resourceShare"]["resourceShareArn"]
    return arn


def shares(ram: Any, **filters: Any) -> list[dict[str, Any]]:
    found = ram.get_resource_shares(**{"resourceOwner": "SELF", **filters})
    listed: list[dict[str, Any]] = found["resourceShares"]
    return listed


def associations(ram: Any, share: str, kind: str = "PRINCIPAL") -> dict[str, str]:
    found = ram.get_resource_share_associations(associationType=kind, resourceShareArns=[share])
    listed = found["resourceShareAssociations"]
    return {entry["associatedEntity"]: entry["status"] for entry in listed}


def accept(server: SandboxServer, account: str = OTHER) -> None:
    ram = client(server, "ram", account=account)
    for invitation in ram.get_resource_share_invitations()["resourceShareInvitations"]:
        ram.accept_resource_share_invitation(
            resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
        )


def test_share_is_shown_with_its_tags_associations_and_permission(ram: Any) -> None:
    arn = create(ram, tags=[{"key": "owner", "value": "smr"}])
    (found,) = shares(ram, name="consumers")
    assert found["resourceShareArn"] == arn
    assert (found["status"], found["featureSet"]) == ("ACTIVE", "STANDARD")
    assert found["tags"] == [{"key": "owner", "value": "smr"}]
    assert (found["owningAccountId"], found["allowExternalPrincipals"]) == (DEFAULT_ACCOUNT, True)
    assert associations(ram, arn, "RESOURCE") == {GROUP: "ASSOCIATED"}
    (permission,) = ram.list_resource_share_permissions(resourceShareArn=arn)["permissions"]
    assert permission["resourceType"] == "sagemaker:ModelPackageGroup"
    assert permission["permissionType"] == "AWS_MANAGED"


def test_names_are_not_unique_and_client_tokens_are_idempotent(ram: Any) -> None:
    assert create(ram) != create(ram)
    first = create(ram, clientToken="t")
    assert create(ram, clientToken="t") == first
    with refused("IdempotentParameterMismatchException"):
        create(ram, clientToken="t", name="others")
    assert len(shares(ram, name="consumers")) == 3
    ram.delete_resource_share(resourceShareArn=first)
    assert create(ram, clientToken="t") == first
    (found,) = shares(ram, resourceShareArns=[first])
    assert found["status"] == "DELETED"


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"principals": [f"arn:aws:iam::{OTHER}:root"]}, "InvalidParameterException", "malformed"),
        ({"principals": ["o-abc"]}, "InvalidParameterException", "is malformed. Verify the ID"),
        (
            {"principals": [f"arn:aws:organizations::{OTHER}:organization/o-abc"]},
            "UnknownResourceException",
            "Organization o-abc could not be found.",
        ),
        ({"resourceArns": ["churn"]}, "MalformedArnException", "not valid"),
        (
            {"resourceArns": ["arn:aws:s3:::bucket"]},
            "MalformedArnException",
            "You cannot share the selected resource type.",
        ),
        ({"resourceArns": [f"{GROUP}-2"]}, "UnknownResourceException", "could not be found"),
        (
            {"resourceArns": [GROUP.replace(DEFAULT_ACCOUNT, OTHER)]},
            "OperationNotPermittedException",
            "resources that you own",
        ),
        ({"permissionArns": ["arn:aws:ram::aws:permission/No"]}, "UnknownResourceException", "No"),
        ({"allowExternalPrincipals": False}, "OperationNotPermittedException", "external"),
        ({"name": ""}, "InvalidParameterException", "name"),
        (
            {"tags": [{"key": f"k{n}", "value": ""} for n in range(51)]},
            "TagLimitExceededException",
            "50",
        ),
        ({"tags": [{"key": "aws:x", "value": ""}]}, "InvalidParameterException", "aws:"),
    ],
)
def test_refused_shares_are_not_made(
    ram: Any, change: dict[str, Any], code: str, message: str
) -> None:
    with refused(code, message):
        create(ram, **change)
    assert shares(ram) == []


def test_external_principals_are_associated_once_they_accept(
    server: SandboxServer, ram: Any
) -> None:
    arn = create(ram)
    assert associations(ram, arn) == {OTHER: "ASSOCIATING"}
    consumer = client(server, "ram", account=OTHER)
    (invitation,) = consumer.get_resource_share_invitations()["resourceShareInvitations"]
    assert (invitation["status"], invitation["senderAccountId"]) == ("PENDING", DEFAULT_ACCOUNT)
    assert (invitation["receiverAccountId"], invitation["resourceShareArn"]) == (OTHER, arn)
    assert shares(consumer, resourceOwner="OTHER-ACCOUNTS") == []
    named = {"resourceShareInvitationArn": invitation["resourceShareInvitationArn"]}
    with refused("ResourceShareInvitationArnNotFoundException"):
        client(server, "ram", account=THIRD).accept_resource_share_invitation(**named)
    accepted = consumer.accept_resource_share_invitation(**named)["resourceShareInvitation"]
    assert accepted["status"] == "ACCEPTED"
    assert associations(ram, arn) == {OTHER: "ASSOCIATED"}
    (seen,) = shares(consumer, resourceOwner="OTHER-ACCOUNTS")
    assert seen["resourceShareArn"] == arn
    assert "tags" not in seen
    with refused("ResourceShareInvitationAlreadyAcceptedException"):
        consumer.accept_resource_share_invitation(**named)


def test_rejected_and_withdrawn_invitations(server: SandboxServer, ram: Any) -> None:
    arn = create(ram, principals=[OTHER, THIRD])
    consumer = client(server, "ram", account=OTHER)
    (invitation,) = consumer.get_resource_share_invitations()["resourceShareInvitations"]
    named = {"resourceShareInvitationArn": invitation["resourceShareInvitationArn"]}
    consumer.reject_resource_share_invitation(**named)
    assert associations(ram, arn)[OTHER] == "FAILED"
    with refused("ResourceShareInvitationAlreadyRejectedException"):
        consumer.accept_resource_share_invitation(**named)
    ram.disassociate_resource_share(resourceShareArn=arn, principals=[THIRD])
    third = client(server, "ram", account=THIRD)
    (invitation,) = third.get_resource_share_invitations()["resourceShareInvitations"]
    with refused("ResourceShareInvitationExpiredException"):
        third.accept_resource_share_invitation(
            resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
        )


def test_accounts_of_the_organisation_need_no_invitation(served: Any) -> None:
    server, _, _ = served(organization=(DEFAULT_ACCOUNT, OTHER))
    ram = client(server, "ram")
    arn = create(ram, allowExternalPrincipals=False)
    assert associations(ram, arn) == {OTHER: "ASSOCIATED"}
    consumer = client(server, "ram", account=OTHER)
    assert consumer.get_resource_share_invitations()["resourceShareInvitations"] == []
    assert len(shares(consumer, resourceOwner="OTHER-ACCOUNTS")) == 1
    whole = create(ram, principals=["arn:aws:organizations::123456789012:organization/o-abc"])
    assert len(shares(consumer, resourceOwner="OTHER-ACCOUNTS")) == 2
    assert set(associations(ram, whole).values()) == {"ASSOCIATED"}


def test_associations_take_their_time(served: Any) -> None:
    server, _, clock = served(association_seconds=60, organization=(DEFAULT_ACCOUNT, OTHER))
    ram = client(server, "ram")
    arn = create(ram)
    assert associations(ram, arn) == {OTHER: "ASSOCIATING"}
    assert associations(ram, arn, "RESOURCE") == {GROUP: "ASSOCIATING"}
    clock.advance(60)
    assert associations(ram, arn) == {OTHER: "ASSOCIATED"}


def test_principals_and_resources_come_and_go(server: SandboxServer, ram: Any) -> None:
    arn = create(ram, principals=[], resourceArns=[])
    change = {"resourceShareArn": arn, "principals": [OTHER], "resourceArns": [GROUP]}
    answer = ram.associate_resource_share(**change, clientToken="a")
    entities = {entry["associatedEntity"] for entry in answer["resourceShareAssociations"]}
    assert entities == {OTHER, GROUP}
    ram.associate_resource_share(**change)
    assert len(associations(ram, arn)) == 1
    accept(server)
    assert associations(ram, arn) == {OTHER: "ASSOCIATED"}
    ram.disassociate_resource_share(resourceShareArn=arn, principals=[OTHER])
    ram.associate_resource_share(**change, clientToken="a")
    assert associations(ram, arn) == {OTHER: "DISASSOCIATED"}
    with refused("IdempotentParameterMismatchException"):
        ram.associate_resource_share(resourceShareArn=arn, principals=[THIRD], clientToken="a")
    with refused("UnknownResourceException"):
        ram.disassociate_resource_share(resourceShareArn=arn, principals=[THIRD])
    ram.associate_resource_share(resourceShareArn=arn, principals=[OTHER])
    assert associations(ram, arn) == {OTHER: "ASSOCIATING"}


def test_deleted_shares_stay_listed_for_a_time(served: Any) -> None:
    server, _, clock = served(organization=(DEFAULT_ACCOUNT, OTHER))
    ram = client(server, "ram")
    arn = create(ram)
    assert ram.delete_resource_share(resourceShareArn=arn)["returnValue"] is True
    assert [share["status"] for share in shares(ram)] == ["DELETED"]
    assert associations(ram, arn) == {OTHER: "DISASSOCIATED"}
    assert shares(ram, resourceShareStatus="ACTIVE") == []
    with refused("InvalidStateTransitionException"):
        ram.associate_resource_share(resourceShareArn=arn, principals=[THIRD])
    consumer = client(server, "ram", account=OTHER)
    assert shares(consumer, resourceOwner="OTHER-ACCOUNTS") == []
    clock.advance(7200)
    assert shares(ram) == []
    with refused("UnknownResourceException"):
        ram.delete_resource_share(resourceShareArn=arn)


def test_tags_are_added_replaced_removed_and_searched(ram: Any) -> None:
    arn = create(ram, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    create(ram)
    ram.tag_resource(resourceShareArn=arn, tags=[{"key": "a", "value": "3"}])
    ram.untag_resource(resourceShareArn=arn, tagKeys=["b", "never"])
    (found,) = shares(ram, tagFilters=[{"tagKey": "a"}])
    assert found["tags"] == [{"key": "a", "value": "3"}]
    assert shares(ram, tagFilters=[{"tagKey": "a", "tagValues": ["1"]}]) == []
    assert len(shares(ram, tagFilters=[{"tagKey": "a", "tagValues": ["1", "3"]}])) == 1


def test_shares_that_are_not_there_or_of_others(server: SandboxServer, ram: Any) -> None:
    arn = create(ram)
    other = client(server, "ram", account=OTHER)
    calls: list[Callable[..., object]] = [
        ram.delete_resource_share,
        ram.list_resource_share_permissions,
        lambda **named: ram.associate_resource_share(**named, principals=[OTHER]),
        lambda **named: ram.tag_resource(**named, tags=[]),
        lambda resourceShareArn: associations(ram, resourceShareArn),  # noqa: N803
        lambda resourceShareArn: shares(ram, resourceShareArns=[resourceShareArn]),  # noqa: N803
    ]
    for call in calls:
        with refused("UnknownResourceException", "could not be found"):
            call(resourceShareArn=MISSING)
    with refused("MalformedArnException", "ARN is not valid. Verify the ARN"):
        ram.delete_resource_share(resourceShareArn="nonsense")
    for call in (other.delete_resource_share, other.list_resource_share_permissions):
        with refused("UnknownResourceException"):
            call(resourceShareArn=arn)


def test_lists_come_in_pages(ram: Any) -> None:
    made = {create(ram, name=f"s{number}") for number in range(5)}
    pages = ram.get_paginator("get_resource_shares").paginate(
        resourceOwner="SELF", PaginationConfig={"PageSize": 2}
    )
    listed = [[share["resourceShareArn"] for share in page["resourceShares"]] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 1]
    assert {arn for page in listed for arn in page} == made
    with refused("InvalidNextTokenException"):
        shares(ram, nextToken="nonsense")


def test_resources_and_principals_from_both_sides(server: SandboxServer, ram: Any) -> None:
    arn = create(ram, principals=[OTHER, THIRD])
    accept(server)
    consumer = client(server, "ram", account=OTHER)

    def seen(api: Any, owner: str) -> tuple[list[str], list[str]]:
        resources = api.list_resources(resourceOwner=owner)["resources"]
        principals = api.list_principals(resourceOwner=owner)["principals"]
        assert all(entry["resourceShareArn"] == arn for entry in [*resources, *principals])
        return [entry["arn"] for entry in resources], [entry["id"] for entry in principals]

    assert seen(ram, "SELF") == ([GROUP], [OTHER])
    assert seen(consumer, "OTHER-ACCOUNTS") == ([GROUP], [DEFAULT_ACCOUNT])
    assert seen(client(server, "ram", account=THIRD), "OTHER-ACCOUNTS") == ([], [])
    with refused("InvalidParameterException"):
        ram.get_resource_share_associations(associationType="RESOURCE", principal=OTHER)


def test_permissions_are_found_by_type(ram: Any) -> None:
    (found,) = ram.list_permissions(resourceType="SageMaker:ModelPackageGroup")["permissions"]
    detail = ram.get_permission(permissionArn=found["arn"])["permission"]
    assert "sagemaker:DescribeModelPackageGroup" in detail["permission"]
    assert ram.list_permissions(resourceType="ec2:Subnet")["permissions"]
    with refused("UnknownResourceException"):
        ram.get_permission(permissionArn="arn:aws:ram::aws:permission/No")


def test_shared_group_is_discoverable_and_readable(served: Any) -> None:
    server, registry, _ = served(discovery="ram")
    (version,) = versions(registry, "churn")
    arn = create(client(server, "ram"))
    consumer = client(server, account=OTHER)

    def discovered() -> int:
        listed = consumer.list_model_package_groups(CrossAccountFilterOption="CrossAccount")
        return len(listed["ModelPackageGroupSummaryList"])

    assert discovered() == 0
    with refused("AccessDeniedException"):
        consumer.describe_model_package(ModelPackageName=version)
    accept(server)
    assert discovered() == 1
    assert consumer.describe_model_package(ModelPackageName=version)
    assert consumer.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    found = consumer.search(Resource="ModelPackage", CrossAccountFilterOption="CrossAccount")
    assert found["TotalHits"]["Value"] == 1
    with refused("AccessDeniedException"):
        consumer.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    with refused("AccessDeniedException"):
        client(server, account=THIRD).describe_model_package(ModelPackageName=version)
    client(server, "ram").delete_resource_share(resourceShareArn=arn)
    assert discovered() == 0


def test_shares_and_invitations_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with SandboxServer(folder) as server:
        client(server).create_model_package_group(ModelPackageGroupName="churn")
        ram = client(server, "ram")
        arn = create(ram, clientToken="t", tags=[{"key": "a", "value": "b"}])
        before = shares(ram), associations(ram, arn)
    with SandboxServer(folder) as server:
        ram = client(server, "ram")
        assert (shares(ram), associations(ram, arn)) == before
        assert create(ram, clientToken="t", tags=[{"key": "a", "value": "b"}]) == arn
        accept(server)
        assert associations(ram, arn) == {OTHER: "ASSOCIATED"}
    assert status(folder).neighbours == {"ram-shares": 1}
    reset(folder)
    assert not folder.exists()


def test_calls_are_classified(server: SandboxServer, ram: Any) -> None:
    server.calls.clear()
    arn = create(ram)
    shares(ram)
    associations(ram, arn)
    ram.delete_resource_share(resourceShareArn=arn)
    assert [(call.operation, call.is_write) for call in server.calls] == [
        ("CreateResourceShare", True),
        ("GetResourceShares", False),
        ("GetResourceShareAssociations", False),
        ("DeleteResourceShare", True),
    ]
    assert server.calls[0].parameters["principals"] == [OTHER]
    assert server.calls[3].parameters["resourceShareArn"] == arn
