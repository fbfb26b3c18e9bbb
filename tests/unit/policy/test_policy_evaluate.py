"""Each way in which a statement speaks about a request (policies.md A7.2)."""

from __future__ import annotations

import pytest
from evaluations import (
    ALLOWED,
    ALLOWS_ALL,
    DECRYPT,
    MISSING,
    NEED,
    NEEDS_IDENTITY,
    SESSION,
    UNKNOWN,
    decided,
)
from policy_samples import (
    BUCKET,
    CONSUMER,
    GROUP,
    REPOSITORY,
    ROLE,
    ROOT,
    STRANGER,
    TRAINING,
    VERSION,
    allow,
    without,
)

from reconciler.core.data import Json
from reconciler.policy.conditions import Context
from reconciler.policy.document import OLD_VERSION, PolicyDocument
from reconciler.policy.evaluate import Asker, Evidence, evaluate
from reconciler.policy.matching import Via
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store

# Principals


@pytest.mark.parametrize(
    ("element", "principal", "via"),
    [
        ({"Principal": {"AWS": ROLE}}, ROLE, Via.EXACT),
        ({"Principal": {"AWS": [STRANGER, ROLE]}}, ROLE, Via.EXACT),
        ({"Principal": {"AWS": ROLE}}, SESSION, Via.EXACT),
        ({"Principal": {"AWS": SESSION}}, SESSION, Via.EXACT),
        ({"Principal": {"AWS": ROLE.replace("role/", "role/team/x/")}}, SESSION, Via.EXACT),
        ({"Principal": {"AWS": ROOT}}, ROLE, Via.ACCOUNT),
        ({"Principal": {"AWS": CONSUMER}}, ROLE, Via.ACCOUNT),
        ({"Principal": {"AWS": CONSUMER}}, SESSION, Via.ACCOUNT),
        ({"Principal": {"AWS": CONSUMER}}, ROOT, Via.ACCOUNT),
        ({"Principal": {"AWS": ROOT}}, CONSUMER, Via.ACCOUNT),
        ({"Principal": "*"}, ROLE, Via.ANYONE),
        ({"Principal": {"AWS": "*"}}, ROLE, Via.ANYONE),
        ({"Principal": {"AWS": [ROOT, ROLE]}}, ROLE, Via.EXACT),
        ({"NotPrincipal": {"AWS": STRANGER}}, ROLE, Via.ANYONE),
    ],
)
def test_who_is_named(element: dict[str, Json], principal: str, via: Via) -> None:
    statement = {**without(allow(), "Principal"), **element}
    found = decided(statement, principal=principal, identity=None)
    assert (found.result, found.via) == (NEEDS_IDENTITY, via)


@pytest.mark.parametrize(
    "element",
    [
        {"Principal": {"AWS": STRANGER}},
        {"Principal": {"AWS": ROLE + "2"}},
        {"Principal": {"AWS": ROLE.replace("role/", "role/team/")}},
        {"Principal": {"AWS": f"arn:aws:iam::{CONSUMER}:user/deployer"}},
        {"Principal": {"AWS": "AROAEXAMPLE"}},
        {"Principal": {"AWS": f"arn:aws:sts::{CONSUMER}:assumed-role/other/ci"}},
        {"Principal": {"AWS": f"arn:aws:sts::{STRANGER}:assumed-role/deployer/ci"}},
        {"Principal": {"Service": "sagemaker.amazonaws.com"}},
        {"Principal": {"Federated": "*"}},
        {"Principal": {}},
        {},
        {"NotPrincipal": {"AWS": ROLE}},
        {"NotPrincipal": {"AWS": CONSUMER}},
        {"NotPrincipal": "*"},
    ],
)
def test_who_is_not_named(element: dict[str, Json]) -> None:
    assert decided({**without(allow(), "Principal"), **element}).result is MISSING


@pytest.mark.parametrize(
    ("element", "key"),
    [
        ({"Principal": {"AWS": SESSION}}, "the role session"),
        ({"Principal": {"CanonicalUser": "79a5"}}, "CanonicalUser 79a5"),
        ({"Principal": CONSUMER}, f"Principal {CONSUMER}"),
    ],
)
def test_whose_name_cannot_be_told(element: dict[str, Json], key: str) -> None:
    found = decided({**without(allow(), "Principal"), **element})
    assert (found.result, found.unknown) == (UNKNOWN, (key,))


def test_another_session_of_the_role_is_not_the_one_named() -> None:
    statement = allow(Principal={"AWS": SESSION})
    assert decided(statement, principal=f"{SESSION}2").result is MISSING


# Actions and resources


@pytest.mark.parametrize(
    "element",
    [
        {"Action": "SAGEMAKER:describemodelpackage"},
        {"Action": "sagemaker:Describe*"},
        {"Action": "sagemaker:DescribeModelPackag?"},
        {"Action": ["sagemaker:CreateModel", "*"]},
        {"NotAction": "sagemaker:CreateModel"},
        {"Resource": "*"},
        {"Resource": VERSION},
        {"Resource": VERSION.replace("/7", "/?")},
        {"NotResource": VERSION.replace("/7", "/8")},
    ],
)
def test_what_is_covered(element: dict[str, Json]) -> None:
    base = without(allow(), *(key.removeprefix("Not") for key in element))
    assert decided({**base, **element}).result is ALLOWED


@pytest.mark.parametrize(
    "element",
    [
        {"Action": " sagemaker:DescribeModelPackage"},
        {"Action": "sagemaker:DescribeModelPackage "},
        {"Action": "sagemaker:DescribeModelPackageGroup"},
        {"Action": []},
        {"NotAction": "sagemaker:*"},
        {"Resource": VERSION.upper()},
        {"Resource": VERSION.replace("churn", "Churn")},
        {"Resource": VERSION.replace("/7", "/8")},
        {"NotResource": VERSION},
    ],
)
def test_what_is_not_covered(element: dict[str, Json]) -> None:
    base = without(allow(), *(key.removeprefix("Not") for key in element))
    found = decided({**base, **element})
    assert (found.result, found.place) == (MISSING, "group policy")


def test_only_a_repository_policy_needs_no_resource() -> None:
    pull = Need(Store.REPOSITORY, REPOSITORY, TRAINING, "ecr:BatchGetImage", REPOSITORY)
    bare = without(allow(Action="ecr:BatchGetImage"), "Resource")
    assert decided(bare, need=pull).result is ALLOWED
    suggested = decided(need=pull).suggestion
    assert suggested is not None
    assert suggested.keys() == {"Effect", "Principal", "Action"}
    assert decided(without(allow(), "Resource")).result is MISSING
    assert decided(without(allow(Action="kms:Decrypt"), "Resource"), need=DECRYPT).result is MISSING
    assert decided(without(allow(), "Action")).result is MISSING


def test_a_variable_in_a_resource_is_unknown_in_new_documents_only() -> None:
    statement = allow(Resource=VERSION.replace("/7", "/${aws:PrincipalTag/v}"))
    found = decided(statement)
    assert (found.result, found.unknown) == (UNKNOWN, ("aws:principaltag/v",))
    old = PolicyDocument({"Version": OLD_VERSION, "Statement": [statement]})
    evidence = Evidence({GROUP: old})
    assert evaluate(NEED, Asker(ROLE, (ALLOWS_ALL,)), evidence).result is MISSING


# Conditions


def test_a_condition_that_fails_is_missing_and_one_that_is_not_known_is_unknown() -> None:
    statement = allow(Sid="If", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    found = decided(statement)
    assert (found.result, found.sid, found.unknown) == (UNKNOWN, "If", ("aws:sourcevpc",))
    assert "may allow it" in found.why
    here = Context({"aws:sourcevpc": ("vpc-1",)})
    assert decided(statement, context=here).result is ALLOWED
    elsewhere = Context({"aws:sourcevpc": ("vpc-2",)})
    assert decided(statement, context=elsewhere).result is MISSING
    assert decided(statement, allow()).result is ALLOWED


@pytest.mark.parametrize(
    ("key", "value"), [("aws:PrincipalArn", ROLE), ("aws:PrincipalAccount", CONSUMER)]
)
def test_who_asks_is_known_to_conditions(key: str, value: str) -> None:
    statement = allow(Principal="*", Condition={"StringEquals": {key: value}})
    assert decided(statement).result is ALLOWED
    assert decided(statement, principal=f"arn:aws:iam::{STRANGER}:role/x").result is MISSING


def test_the_role_of_a_session_is_not_known_to_conditions() -> None:
    statement = allow(Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}})
    assert decided(statement, principal=SESSION).result is UNKNOWN


def test_what_the_need_says_is_known_to_conditions() -> None:
    need = Need(
        Store.BUCKET, BUCKET, TRAINING, "s3:ListBucket", BUCKET, {"s3:prefix": ("churn/m/",)}
    )
    listing = allow(Action="s3:ListBucket", Resource=BUCKET)
    inside = {**listing, "Condition": {"StringLike": {"s3:prefix": "churn/*"}}}
    outside = {**listing, "Condition": {"StringLike": {"s3:prefix": "other/*"}}}
    assert decided(inside, need=need).result is ALLOWED
    found = decided(outside, need=need)
    assert found.result is MISSING
    assert found.suggestion is not None
    assert found.suggestion["Condition"] == {"StringEquals": {"s3:prefix": ["churn/m/"]}}


def test_all_that_is_not_known_is_named_in_order() -> None:
    keys = [f"aws:Key{number}" for number in (3, 1, 2, 5, 4)]
    condition: Json = {"StringEquals": dict.fromkeys(keys, "x")}
    found = decided(allow(Condition=condition))
    assert found.unknown == tuple(f"aws:key{number}" for number in range(1, 6))
    assert found.why.endswith("depending on aws:key1, aws:key2, aws:key3, aws:key4, aws:key5")


def test_an_effect_that_nobody_knows_is_unknown() -> None:
    assert decided(allow(), allow(Effect="Permit", Sid="Odd")).result is UNKNOWN
    assert decided(allow(Effect="Permit")).result is UNKNOWN
