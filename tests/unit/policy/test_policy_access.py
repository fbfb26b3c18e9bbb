"""The tables of access levels, and the statements and questions that come from them."""

from __future__ import annotations

import re
from itertools import product

import pytest
from botocore.session import Session
from policy_samples import (
    BUCKET,
    CONSUMER,
    GROUP,
    IDENTITY,
    KEY,
    OWNER,
    PACKAGES,
    REPOSITORY,
    ROLE,
    ROOT,
    STRANGER,
    TRAINING,
    VERSION,
)

from reconciler.policy.access import (
    ACCESS_LEVELS,
    SCOPES,
    Purpose,
    Scope,
    actions,
    grant_operations,
)
from reconciler.policy.document import Statement, document
from reconciler.policy.elements import sid_of
from reconciler.policy.evaluate import Asker, Evidence, Result, evaluate_all
from reconciler.policy.needs import Need, bucket_needs, group_needs, key_needs, repository_needs
from reconciler.policy.ownership import MAX_SID, sid
from reconciler.policy.rendering import (
    AccessGrant,
    Author,
    bucket_statements,
    fold_principals,
    group_statements,
    key_statements,
    packages_arn,
    principals_by_purpose,
    repository_statements,
)

AUTHOR = Author(OWNER, IDENTITY, "aws")
SERVICES = {
    Scope.GROUP: "sagemaker",
    Scope.PACKAGES: "sagemaker",
    Scope.IMAGES: "ecr",
    Scope.OBJECTS: "s3",
    Scope.BUCKET: "s3",
    Scope.KEY: "kms",
}


def grants(*purposes: Purpose, principals: tuple[str, ...] = (ROLE,)) -> list[AccessGrant]:
    return [AccessGrant(principals, purposes)]


def by_role(statements: tuple[Statement, ...]) -> dict[str, Statement]:
    return {sid_of(each)[19:]: each for each in statements}


@pytest.mark.parametrize(("purpose", "scope"), list(product(Purpose, Scope)))
def test_actions_are_single_sorted_and_of_the_scopes_service(
    purpose: Purpose, scope: Scope
) -> None:
    found = actions(purpose, scope)
    assert list(found) == sorted(set(found))
    assert all(re.fullmatch(rf"{SERVICES[scope]}:[A-Za-z]+", each) for each in found)


def test_each_level_allows_what_it_says_and_no_more() -> None:
    writing = {
        each: {a for scope in Scope for a in actions(each, scope) if "Create" in a or "Update" in a}
        for each in Purpose
    }
    assert writing == {
        Purpose.DISCOVER: set(),
        Purpose.READ: set(),
        Purpose.DEPLOY: {"sagemaker:CreateModel"},
        Purpose.REGISTER: {"sagemaker:CreateModelPackage"},
        Purpose.APPROVE: {"sagemaker:UpdateModelPackage"},
        Purpose.REGISTRY: set(),
    }
    describing = "sagemaker:DescribeModelPackage"
    assert describing not in actions(Purpose.DISCOVER, Scope.PACKAGES)
    for level in (Purpose.READ, Purpose.DEPLOY, Purpose.REGISTER, Purpose.APPROVE):
        assert describing in actions(level, Scope.PACKAGES)
    assert Purpose.REGISTRY not in ACCESS_LEVELS


def test_only_those_who_run_models_or_own_the_registry_reach_artifacts() -> None:
    artifacts = (Scope.IMAGES, Scope.OBJECTS, Scope.BUCKET, Scope.KEY)
    reaching = {each for each in Purpose if any(actions(each, scope) for scope in artifacts)}
    assert reaching == {Purpose.DEPLOY, Purpose.REGISTRY}
    assert actions(Purpose.REGISTRY, Scope.OBJECTS) == ("s3:GetObject", "s3:GetObjectAcl")
    assert actions(Purpose.REGISTRY, Scope.BUCKET) == ("s3:GetBucketAcl",)
    assert actions(Purpose.DEPLOY, Scope.IMAGES) == (
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    )


def test_grant_operations_are_the_apis() -> None:
    assert grant_operations([Purpose.DEPLOY]) == ("Decrypt", "DescribeKey")
    assert grant_operations([Purpose.REGISTRY]) == ("Decrypt", "GenerateDataKey")
    assert grant_operations([Purpose.READ]) == ()
    both = [Purpose.REGISTRY, Purpose.DEPLOY]
    assert grant_operations(both) == ("Decrypt", "DescribeKey", "GenerateDataKey")
    allowed = Session().get_service_model("kms").shape_for("GrantOperation").enum
    assert set(grant_operations(Purpose)) <= set(allowed)


def test_a_group_policy_separates_group_and_packages() -> None:
    found = by_role(group_statements(AUTHOR, grants(Purpose.DEPLOY), GROUP))
    assert found == {
        "DeployGroup": {
            "Sid": sid(OWNER, IDENTITY, "DeployGroup"),
            "Effect": "Allow",
            "Principal": {"AWS": [ROLE]},
            "Action": ["sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"],
            "Resource": [GROUP],
        },
        "DeployPackages": {
            "Sid": sid(OWNER, IDENTITY, "DeployPackages"),
            "Effect": "Allow",
            "Principal": {"AWS": [ROLE]},
            "Action": [
                "sagemaker:CreateModel",
                "sagemaker:DescribeModelPackage",
                "sagemaker:ListModelPackages",
            ],
            "Resource": [PACKAGES],
        },
    }


def test_packages_are_lower_cased_and_of_the_groups_partition() -> None:
    mixed = "arn:aws-cn:sagemaker:cn-north-1:111111111111:model-package-group/Churn-EU"
    assert packages_arn(mixed) == (
        "arn:aws-cn:sagemaker:cn-north-1:111111111111:model-package/churn-eu/*"
    )


@pytest.mark.parametrize("arn", [BUCKET, VERSION, "churn", GROUP.removesuffix("churn")])
def test_only_groups_have_packages(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of a model package group"):
        packages_arn(arn)


def test_a_repository_policy_names_no_resource() -> None:
    found = by_role(repository_statements(AUTHOR, grants(Purpose.DEPLOY, Purpose.REGISTRY)))
    assert sorted(found) == ["DeployImages", "RegistryImages"]
    assert all("Resource" not in each for each in found.values())


def test_a_bucket_policy_keeps_to_the_prefix() -> None:
    found = by_role(
        bucket_statements(AUTHOR, grants(Purpose.DEPLOY, Purpose.REGISTRY), "acme-models", ["c/"])
    )
    assert found["DeployObjects"]["Resource"] == [f"{BUCKET}/c/*"]
    assert found["DeployBucket"]["Resource"] == [BUCKET]
    assert found["DeployBucket"]["Condition"] == {"StringLike": {"s3:prefix": ["c/*"]}}
    assert found["RegistryBucket"]["Action"] == ["s3:GetBucketAcl"]
    assert "Condition" not in found["RegistryBucket"]
    assert "Condition" not in found["DeployObjects"]


@pytest.mark.parametrize(
    ("prefixes", "kept"),
    [
        ((), []),
        (("",), ["*"]),
        (("", "a/"), ["*"]),
        (("b/", "a/b/", "a/", "a/"), ["a/*", "b/*"]),
    ],
)
def test_prefixes_inside_another_add_nothing(prefixes: tuple[str, ...], kept: list[str]) -> None:
    found = by_role(bucket_statements(AUTHOR, grants(Purpose.DEPLOY), "acme-models", prefixes))
    if kept:
        assert found["DeployObjects"]["Resource"] == [f"{BUCKET}/{each}" for each in kept]
        assert ("Condition" in found["DeployBucket"]) is (kept != ["*"])
    else:
        assert found == {}


@pytest.mark.parametrize("prefix", ["a*", "a?", "${aws:username}/", "{b}", "a`", "a\n"])
def test_a_prefix_that_is_not_literal_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="literally"):
        bucket_statements(AUTHOR, grants(Purpose.DEPLOY), "acme-models", [prefix])


def test_a_key_policy_speaks_of_its_key_only() -> None:
    found = by_role(key_statements(AUTHOR, grants(Purpose.DEPLOY)))
    assert found["DeployKey"]["Resource"] == ["*"]
    assert found["DeployKey"]["Action"] == ["kms:Decrypt", "kms:DescribeKey"]


def test_principals_are_folded_before_duplicates_are_dropped() -> None:
    assert fold_principals([ROLE, ROOT, CONSUMER, ROLE, STRANGER], "aws") == (
        ROOT,
        f"arn:aws:iam::{STRANGER}:root",
        ROLE,
    )
    assert fold_principals([CONSUMER], "aws-us-gov") == (f"arn:aws-us-gov:iam::{CONSUMER}:root",)


def test_grants_of_one_level_are_one_statement_in_whatever_order() -> None:
    one = [
        AccessGrant((ROLE,), (Purpose.READ,)),
        AccessGrant((CONSUMER,), (Purpose.DEPLOY, Purpose.READ)),
    ]
    assert principals_by_purpose(one, "aws") == {
        Purpose.READ: (ROOT, ROLE),
        Purpose.DEPLOY: (ROOT,),
    }
    found = group_statements(AUTHOR, one, GROUP)
    assert found == group_statements(AUTHOR, one[::-1], GROUP)
    assert len(found) == len(set(map(sid_of, found))) == 4
    assert group_statements(AUTHOR, [AccessGrant((), (Purpose.READ,))], GROUP) == ()


def test_every_sid_is_within_its_bound() -> None:
    every = group_statements(AUTHOR, grants(*Purpose), GROUP)
    assert max(len(sid_of(each)) for each in every) <= MAX_SID


def needs_of(purpose: Purpose) -> tuple[Need, ...]:
    return (
        *group_needs(purpose, GROUP, VERSION),
        *repository_needs(purpose, REPOSITORY),
        *bucket_needs(purpose, BUCKET, TRAINING, "churn/model/", listed=True),
        *key_needs(purpose, KEY),
    )


@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_rendered_answers_every_need(purpose: Purpose) -> None:
    asked = needs_of(purpose)
    assert {each.action for each in asked} == {
        action for scope in Scope for action in actions(purpose, scope)
    }
    granted = grants(purpose)
    evidence = Evidence(
        {
            GROUP: document(*group_statements(AUTHOR, granted, GROUP)),
            REPOSITORY: document(*repository_statements(AUTHOR, granted)),
            BUCKET: document(*bucket_statements(AUTHOR, granted, "acme-models", ["churn/"])),
            KEY: document(*key_statements(AUTHOR, granted)),
        }
    )
    found = evaluate_all(asked, Asker(ROLE), evidence)
    assert {each.result for each in found} == {Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY}


def test_listing_is_asked_for_only_where_a_prefix_is_read() -> None:
    asked = bucket_needs(Purpose.DEPLOY, BUCKET, TRAINING, "churn/model.tar.gz", listed=False)
    assert [each.action for each in asked] == ["s3:GetObject"]
    assert asked[0].resource == f"{BUCKET}/churn/model.tar.gz"


def test_the_account_of_a_need_comes_from_its_arn() -> None:
    assert {each.account for each in key_needs(Purpose.DEPLOY, KEY)} == {TRAINING}
    with pytest.raises(ValueError, match="account"):
        key_needs(Purpose.DEPLOY, "alias/models")


def test_every_scope_belongs_to_one_store() -> None:
    assert sorted(scope for scopes in SCOPES.values() for scope in scopes) == sorted(Scope)
