"""Group policies, and what they let other accounts do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_support import OTHER, REGION, THIRD, client, refused, versions

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer

ARN = f"arn:aws:sagemaker:{REGION}:{DEFAULT_ACCOUNT}:"
GROUP = f"{ARN}model-package-group/churn"
VERSIONS = f"{ARN}model-package/churn/*"
READ = [
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:DescribeModelPackage",
    "sagemaker:ListModelPackages",
    "sagemaker:BatchDescribeModelPackage",
]


def statement(principal: Any, action: Any, **more: Any) -> dict[str, Any]:
    return {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": action,
        "Resource": [GROUP, VERSIONS],
        **more,
    }


def put(registry: Any, *statements: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    registry.put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=json.dumps(policy)
    )


@pytest.fixture
def churn(registry: Any) -> str:
    registry.create_model_package_group(ModelPackageGroupName="churn")
    return versions(registry, "churn")[0]


@pytest.mark.aws
def test_policy_texts_for_missing_things(registry: Any, group: str) -> None:
    missing = "Cannot find Model Package Group: arn:"
    calls = (registry.get_model_package_group_policy, registry.delete_model_package_group_policy)
    for call in calls:
        with refused("ValidationException", missing):
            call(ModelPackageGroupName="no-such-group")
        with refused("ValidationException", "Cannot find resource policy for: arn:"):
            call(ModelPackageGroupName=group)
    with refused("ValidationException", missing):
        registry.put_model_package_group_policy(
            ModelPackageGroupName="no-such-group",
            ResourcePolicy=json.dumps({"Statement": [statement(OTHER, READ)]}),
        )


def test_policy_is_read_back_equal_in_meaning_but_not_in_text(registry: Any, churn: str) -> None:
    put(registry, statement([OTHER], "sagemaker:DescribeModelPackage"))
    found = registry.get_model_package_group_policy(ModelPackageGroupName="churn")
    policy = json.loads(found["ResourcePolicy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert " " not in found["ResourcePolicy"]
    registry.delete_model_package_group_policy(ModelPackageGroupName="churn")
    with refused("ValidationException", "Cannot find resource policy"):
        registry.get_model_package_group_policy(ModelPackageGroupName="churn")
    assert churn


def test_verbatim_policies_are_a_setting(served: Any) -> None:
    _, registry, _ = served(policy_readback="verbatim", policy_newlines="accepted")
    text = json.dumps({"Statement": [statement(OTHER, READ)]}, indent=3)
    registry.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=text)
    found = registry.get_model_package_group_policy(ModelPackageGroupName="churn")
    assert found["ResourcePolicy"] == text


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("{", "Invalid policy provided"),
        ("[]", "Invalid policy provided"),
        ('{"Statement": []}', "Invalid policy provided"),
        (
            json.dumps({"Statement": statement([OTHER, f"arn:aws:iam::{OTHER}:root"], "*")}),
            "Invalid policy provided: Duplicate principal",
        ),
        (json.dumps({"Statement": statement(OTHER, "*", Effect="allow")}), "Effect"),
    ],
)
def test_bad_policies_are_refused(registry: Any, churn: str, text: str, fragment: str) -> None:
    with refused("ValidationException", fragment):
        registry.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=text)
    assert churn


def test_policies_are_named_by_plain_name_only(registry: Any, churn: str) -> None:
    with refused("ValidationException", "'modelPackageGroupName' failed to satisfy constraint"):
        registry.get_model_package_group_policy(ModelPackageGroupName=GROUP)
    assert churn


def test_without_a_policy_another_account_is_denied(server: SandboxServer, churn: str) -> None:
    other = client(server, account=OTHER)
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{OTHER}:user/sandbox is not authorized to perform: "
        f"sagemaker:DescribeModelPackage on resource: {churn}",
        "because no resource-based policy allows the sagemaker:DescribeModelPackage action",
    ):
        other.describe_model_package(ModelPackageName=churn)
    with refused("AccessDeniedException"):
        other.describe_model_package(ModelPackageName=f"{ARN}model-package/secret/1")


def test_reader_account_reads_and_does_no_more(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    put(registry, statement(OTHER, READ))
    other = client(server, account=OTHER)
    assert other.describe_model_package(ModelPackageName=churn)["ModelPackageArn"] == churn
    listed = other.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    assert len(listed) == 1
    group = other.describe_model_package_group(ModelPackageGroupName=GROUP)
    assert group["ModelPackageGroupArn"] == GROUP
    assert (
        churn
        in other.batch_describe_model_package(ModelPackageArnList=[churn])["ModelPackageSummaries"]
    )
    stranger = client(server, account=THIRD)
    denied: list[Callable[[], object]] = [
        lambda: other.update_model_package(ModelPackageArn=churn, ModelApprovalStatus="Approved"),
        lambda: other.delete_model_package(ModelPackageName=churn),
        lambda: versions(other, GROUP),
        lambda: other.list_tags(ResourceArn=GROUP),
        lambda: stranger.describe_model_package(ModelPackageName=churn),
    ]
    for call in denied:
        with refused("AccessDeniedException"):
            call()


def test_other_account_registers_into_the_group_by_its_arn(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    put(registry, statement(OTHER, "sagemaker:CreateModelPackage", Resource=VERSIONS))
    other = client(server, account=OTHER)
    (arn,) = versions(other, GROUP)
    assert arn == f"{ARN}model-package/churn/2"
    found = registry.describe_model_package(ModelPackageName=arn)
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{OTHER}:user/sandbox"
    with refused("AccessDeniedException"):
        other.describe_model_package(ModelPackageName=arn)
    assert churn


def test_role_principal_means_that_role_alone(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    put(registry, statement(f"arn:aws:iam::{OTHER}:role/deployer", READ))
    deployer = client(server, account=OTHER, role="deployer")
    assert deployer.describe_model_package(ModelPackageName=churn)
    for stranger in (client(server, account=OTHER), client(server, account=OTHER, role="x")):
        with refused("AccessDeniedException"):
            stranger.describe_model_package(ModelPackageName=churn)


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("*", "*", True),
        ("sagemaker:*", VERSIONS, True),
        ("SageMaker:describe*", VERSIONS, True),
        ("sagemaker:DescribeModelPackage?", VERSIONS, False),
        ("sagemaker:DescribeModelPackage", GROUP, False),
        ("sagemaker:DescribeModelPackage", f"{ARN}model-package/churn/?", True),
        ("sagemaker:DescribeModelPackage", f"{ARN}model-package/Churn/*", False),
    ],
)
def test_wildcards(  # noqa: PLR0913, PLR0917 - three fixtures, three parameters
    server: SandboxServer, registry: Any, churn: str, action: str, resource: str, allowed: bool
) -> None:
    put(registry, statement(OTHER, action, Resource=resource))
    other = client(server, account=OTHER)
    if allowed:
        assert other.describe_model_package(ModelPackageName=churn)
    else:
        with refused("AccessDeniedException"):
            other.describe_model_package(ModelPackageName=churn)


def test_explicit_deny_wins_even_at_home(server: SandboxServer, registry: Any, churn: str) -> None:
    deny = statement("*", "sagemaker:UpdateModelPackage", Effect="Deny")
    put(registry, statement(OTHER, "sagemaker:*"), deny)
    for caller in (client(server, account=OTHER), registry):
        with refused("AccessDeniedException", "with an explicit deny in a resource-based policy"):
            caller.update_model_package(ModelPackageArn=churn, ModelApprovalStatus="Approved")


def test_conditions_on_the_callers_account(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    condition = {"StringEquals": {"aws:PrincipalAccount": OTHER}}
    put(registry, statement("*", READ, Condition=condition))
    assert client(server, account=OTHER).describe_model_package(ModelPackageName=churn)
    with refused("AccessDeniedException"):
        client(server, account=THIRD).describe_model_package(ModelPackageName=churn)


def test_account_principals_make_a_group_discoverable_and_roles_do_not(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    def discovered(resource: str) -> int:
        other = client(server, account=OTHER)
        answer = other.search(Resource=resource, CrossAccountFilterOption="CrossAccount")
        total: int = answer["TotalHits"]["Value"]
        return total

    put(registry, statement(f"arn:aws:iam::{OTHER}:role/deployer", READ))
    assert discovered("ModelPackageGroup") == 0
    put(registry, statement(OTHER, READ))
    assert discovered("ModelPackageGroup") == discovered("ModelPackage") == 1
    other = client(server, account=OTHER)
    shared = other.list_model_package_groups(CrossAccountFilterOption="CrossAccount")
    (summary,) = shared["ModelPackageGroupSummaryList"]
    assert summary["ModelPackageGroupArn"] == GROUP
    assert other.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert churn


def test_group_policy_lists_principals_in_another_order_on_every_read(
    registry: Any, churn: str
) -> None:
    roles = [f"arn:aws:iam::{OTHER}:role/r{number}" for number in range(6)]
    put(registry, statement(roles, READ), statement(THIRD, READ, Sid="a"))

    def read() -> list[dict[str, Any]]:
        found = registry.get_model_package_group_policy(ModelPackageGroupName="churn")
        statements: list[dict[str, Any]] = json.loads(found["ResourcePolicy"])["Statement"]
        return statements

    orders = [read()[0]["Principal"]["AWS"] for _ in range(6)]
    assert all(sorted(order) == roles for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert [item["Sid"] for item in read()] == ["one", "a"]
    assert churn


@pytest.mark.parametrize(
    "resource",
    [
        f"{ARN}model-package-group/other",
        f"{ARN}model-package/churner/*",
        f"{ARN}model-package/other/1",
        GROUP.replace(DEFAULT_ACCOUNT, OTHER),
        GROUP.replace(REGION, "us-east-1"),
        "arn:aws:s3:::bucket/*",
    ],
)
def test_resources_of_others_are_refused(registry: Any, churn: str, resource: str) -> None:
    with refused("ValidationException", "Invalid policy provided", resource):
        put(registry, statement(OTHER, READ, Resource=[GROUP, resource]))
    put(registry, statement(OTHER, READ, Resource=[GROUP, VERSIONS, churn]))


def test_line_breaks_and_long_texts_are_refused(registry: Any, churn: str) -> None:
    policy = {"Version": "2012-10-17", "Statement": [statement(OTHER, READ)]}
    lines = json.dumps(policy, indent=1)
    with refused("ValidationException", "'resourcePolicy' failed to satisfy constraint"):
        registry.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=lines)
    fits = json.dumps(policy).ljust(20_480)
    registry.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=fits)
    with refused("ValidationException", "length less than or equal to 20480"):
        registry.put_model_package_group_policy(
            ModelPackageGroupName="churn", ResourcePolicy=f"{fits} "
        )
    assert churn


def test_deleted_role_is_let_in_no_more_even_when_its_name_comes_back(
    server: SandboxServer, registry: Any, churn: str
) -> None:
    role = f"arn:aws:iam::{OTHER}:role/deployer"
    put(registry, statement(role, READ))
    deployer = client(server, account=OTHER, role="deployer")
    assert deployer.describe_model_package(ModelPackageName=churn)
    server.principals.delete(role)
    server.principals.create(role)
    with refused("AccessDeniedException"):
        deployer.describe_model_package(ModelPackageName=churn)
    put(registry, statement(role, READ))
    assert deployer.describe_model_package(ModelPackageName=churn)
