"""Each row of the evaluation of policies.md A7.2."""

from __future__ import annotations

import pytest
from policy_samples import (
    BUCKET,
    CONSUMER,
    GROUP,
    KEY,
    REGISTRY,
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
from reconciler.policy.document import OLD_VERSION, PolicyDocument, Statement, document
from reconciler.policy.evaluate import Asker, Decision, Evidence, Result, evaluate
from reconciler.policy.grants import KeyGrant
from reconciler.policy.matching import Via
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store

DESCRIBE = "sagemaker:DescribeModelPackage"
NEED = Need(Store.GROUP, GROUP, REGISTRY, DESCRIBE, VERSION)
DECRYPT = Need(Store.KEY, KEY, TRAINING, "kms:Decrypt", KEY)
LOCAL = f"arn:aws:iam::{REGISTRY}:role/local"
KEEPER = f"arn:aws:iam::{TRAINING}:role/keeper"
SESSION = f"arn:aws:sts::{CONSUMER}:assumed-role/deployer/ci"
ALLOWS_ALL = document({"Sid": "Mine", "Effect": "Allow", "Action": "*", "Resource": "*"})
ALLOWS_NONE = document()

ALLOWED, NEEDS_IDENTITY, DENIED, MISSING, UNKNOWN = Result


def decided(
    *statements: Statement,
    need: Need = NEED,
    principal: str = ROLE,
    identity: PolicyDocument | None = ALLOWS_ALL,
    context: Context | None = None,
    grants: tuple[KeyGrant, ...] = (),
) -> Decision:
    asker = Asker(principal, None if identity is None else (identity,), context or Context())
    evidence = Evidence({need.carrier: document(*statements)}, {need.carrier: grants})
    return evaluate(need, asker, evidence)


def deny(**elements: Json) -> Statement:
    return {**allow(), "Sid": "No", "Effect": "Deny", "Principal": "*", **elements}


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


# Both sides


def test_across_accounts_both_sides_must_allow() -> None:
    assert decided(allow()).result is ALLOWED
    found = decided(allow(), identity=ALLOWS_NONE)
    assert (found.result, found.place) == (MISSING, "identity policy")
    assert found.suggestion == {"Effect": "Allow", "Action": [DESCRIBE], "Resource": [VERSION]}
    found = decided()
    assert (found.result, found.place) == (MISSING, "group policy")
    assert found.suggestion == {
        "Effect": "Allow",
        "Principal": {"AWS": [ROLE]},
        "Action": [DESCRIBE],
        "Resource": [VERSION],
    }


def test_without_identity_policies_the_answer_says_how_the_principal_is_named() -> None:
    exact = decided(allow(Sid="Who"), identity=None)
    assert (exact.result, exact.sid) == (NEEDS_IDENTITY, "Who")
    assert "to the principal itself" in exact.why
    assert exact.suggestion == {"Effect": "Allow", "Action": [DESCRIBE], "Resource": [VERSION]}
    account = decided(allow(Principal={"AWS": ROOT}), identity=None)
    assert "via the principal's account" in account.why
    assert decided(identity=None).result is MISSING


def test_in_the_same_account_one_side_is_enough() -> None:
    named = allow(Principal={"AWS": LOCAL})
    assert decided(named, principal=LOCAL, identity=ALLOWS_NONE).result is ALLOWED
    assert decided(allow(Principal="*"), principal=LOCAL, identity=None).result is ALLOWED
    found = decided(principal=LOCAL)
    assert (found.result, found.place, found.sid) == (ALLOWED, "identity policy", "Mine")
    found = decided(principal=LOCAL, identity=ALLOWS_NONE)
    assert (found.result, found.place) == (MISSING, "identity policy")


def test_in_the_same_account_naming_the_account_delegates_to_identity_policies() -> None:
    delegating = allow(Principal={"AWS": REGISTRY})
    assert decided(delegating, principal=LOCAL, identity=None).result is NEEDS_IDENTITY
    assert decided(delegating, principal=LOCAL, identity=ALLOWS_NONE).result is MISSING
    assert decided(delegating, principal=LOCAL).result is ALLOWED
    found = decided(principal=LOCAL, identity=None)
    assert (found.result, found.sid) == (NEEDS_IDENTITY, "")
    assert "need not allow it" in found.why


def test_in_the_same_account_a_doubtful_statement_may_be_enough() -> None:
    doubtful = allow(Principal={"AWS": LOCAL}, Condition={"Bool": {"aws:SecureTransport": True}})
    assert decided(doubtful, principal=LOCAL, identity=ALLOWS_NONE).result is UNKNOWN
    assert decided(doubtful, principal=LOCAL).result is ALLOWED
    found = decided(doubtful, principal=LOCAL, identity=None)
    assert (found.result, found.sid, found.via) == (NEEDS_IDENTITY, "", None)
    key_doubt = {**doubtful, "Principal": "*", "Action": "kms:*", "Resource": "*"}
    found = decided(key_doubt, need=DECRYPT, principal=KEEPER, identity=None)
    assert found.result is UNKNOWN
    account = {**doubtful, "Principal": {"AWS": REGISTRY}}
    assert decided(account, principal=LOCAL, identity=ALLOWS_NONE).result is MISSING


def test_a_doubtful_identity_policy_is_unknown() -> None:
    identity = document(
        {
            "Sid": "Mine",
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}},
        }
    )
    found = decided(allow(), identity=identity)
    assert (found.result, found.place, found.sid) == (UNKNOWN, "identity policy", "Mine")
    assert found.unknown == ("aws:multifactorauthpresent",)
    assert decided(allow(Principal={"AWS": STRANGER}), identity=identity).result is MISSING


# Denials


@pytest.mark.parametrize("principal", [ROLE, LOCAL])
def test_a_denial_on_either_side_outweighs_everything(principal: str) -> None:
    found = decided(allow(Principal="*"), deny(), principal=principal)
    assert (found.result, found.sid, found.place) == (DENIED, "No", "group policy")
    identity = document(
        *ALLOWS_ALL.statements, {"Sid": "Never", "Effect": "Deny", "Action": "*", "Resource": "*"}
    )
    found = decided(allow(Principal="*"), principal=principal, identity=identity)
    assert (found.result, found.sid, found.place) == (DENIED, "Never", "identity policy")


def test_a_denial_of_somebody_or_something_else_is_neutral() -> None:
    for other in (
        deny(Principal={"AWS": STRANGER}),
        deny(Action="sagemaker:CreateModel"),
        deny(Resource=VERSION.replace("/7", "/8")),
        deny(Condition={"StringNotEquals": {"aws:PrincipalAccount": CONSUMER}}),
        without(deny(NotPrincipal={"AWS": ROLE}), "Principal"),
    ):
        assert decided(allow(), other).result is ALLOWED


def test_a_doubtful_denial_counts_only_against_what_is_allowed() -> None:
    doubtful = deny(Condition={"Bool": {"aws:SecureTransport": False}})
    found = decided(allow(), doubtful)
    assert (found.result, found.sid, found.unknown) == (UNKNOWN, "No", ("aws:securetransport",))
    assert "may deny it" in found.why
    assert decided(doubtful).result is MISSING
    assert decided(allow(), doubtful, deny(Sid="Sure")).sid == "Sure"
    secure = Context({"aws:securetransport": ("true",)})
    assert decided(allow(), doubtful, context=secure).result is ALLOWED


# Documents


def test_a_document_that_was_not_read_is_not_one_that_is_absent() -> None:
    asker = Asker(ROLE, (ALLOWS_ALL,))
    found = evaluate(NEED, asker, Evidence({}))
    assert found.result is UNKNOWN
    assert "was not read" in found.why
    assert evaluate(NEED, asker, Evidence({GROUP: None})).result is MISSING


# Keys and grants


def test_a_keys_policy_decides_whether_identity_policies_count() -> None:
    assert decided(need=DECRYPT, principal=KEEPER).result is MISSING
    delegating = allow(Principal={"AWS": TRAINING}, Action="kms:*", Resource="*")
    assert decided(delegating, need=DECRYPT, principal=KEEPER).result is ALLOWED
    found = decided(delegating, need=DECRYPT, principal=KEEPER, identity=ALLOWS_NONE)
    assert (found.result, found.place) == (MISSING, "identity policy")
    named = {**delegating, "Principal": {"AWS": KEEPER}}
    assert decided(named, need=DECRYPT, principal=KEEPER, identity=None).result is ALLOWED
    found = decided(need=DECRYPT)
    assert "and no grant" in found.why
    assert found.suggestion is not None
    assert found.suggestion["Resource"] == ["*"]


def grant(
    grantee: str = ROLE,
    *operations: str,
    context_equals: dict[str, str] | None = None,
    context_subset: dict[str, str] | None = None,
) -> KeyGrant:
    wanted = operations or ("Decrypt",)
    return KeyGrant("churn", grantee, wanted, context_equals, context_subset)


def test_a_grant_is_as_good_as_the_key_policy() -> None:
    found = decided(need=DECRYPT, grants=(grant(),))
    assert (found.result, found.sid) == (ALLOWED, "grant churn")
    assert "grant churn of the key policy" not in found.why
    found = decided(need=DECRYPT, grants=(grant(),), identity=None)
    assert (found.result, found.via) == (NEEDS_IDENTITY, Via.EXACT)
    found = decided(need=DECRYPT, grants=(grant(ROOT),), identity=None)
    assert (found.result, found.via) == (NEEDS_IDENTITY, Via.ACCOUNT)
    local = decided(need=DECRYPT, grants=(grant(KEEPER),), principal=KEEPER, identity=ALLOWS_NONE)
    assert local.result is ALLOWED


def test_a_grant_to_another_or_for_another_operation_is_none() -> None:
    for other in (grant(STRANGER), grant("AROAEXAMPLE"), grant(ROLE, "Encrypt")):
        assert decided(need=DECRYPT, grants=(other,)).result is MISSING
    assert decided(need=NEED, grants=(grant(ROLE, "DescribeModelPackage"),)).result is MISSING


def test_a_denial_in_the_key_policy_outweighs_a_grant() -> None:
    no = deny(Action="kms:*", Resource="*")
    assert decided(no, need=DECRYPT, grants=(grant(),)).result is DENIED


def test_a_grant_counts_where_it_says_more_than_the_key_policy() -> None:
    account = allow(Sid="Acc", Principal={"AWS": ROOT}, Action="kms:*", Resource="*")
    found = decided(account, need=DECRYPT, grants=(grant(),), identity=None)
    assert (found.sid, found.via) == ("grant churn", Via.EXACT)
    exact = {**account, "Principal": {"AWS": ROLE}}
    assert decided(exact, need=DECRYPT, grants=(grant(ROOT),), identity=None).sid == "Acc"


@pytest.mark.parametrize(
    ("constraints", "encryption", "expected"),
    [
        ({"context_equals": {"A": "x"}}, {"a": "x"}, ALLOWED),
        ({"context_equals": {"A": "x"}}, {"a": "X"}, MISSING),
        ({"context_equals": {"A": "x"}}, {"a": "x", "b": "y"}, MISSING),
        ({"context_subset": {"A": "x"}}, {"a": "x", "b": "y"}, ALLOWED),
        ({"context_subset": {"A": "x"}}, {"b": "y"}, MISSING),
        ({"context_subset": {"A": "x"}}, None, UNKNOWN),
        ({}, None, ALLOWED),
    ],
)
def test_constraints_of_grants(
    constraints: dict[str, dict[str, str]], encryption: dict[str, str] | None, expected: Result
) -> None:
    found = decided(
        need=DECRYPT,
        grants=(grant(ROLE, "Decrypt", **constraints),),
        context=Context(encryption=encryption),
    )
    assert found.result is expected


def test_an_encryption_context_does_not_constrain_describing() -> None:
    describing = Need(Store.KEY, KEY, TRAINING, "kms:DescribeKey", KEY)
    constrained = grant(ROLE, "DescribeKey", context_equals={"a": "x"})
    assert decided(need=describing, grants=(constrained,)).result is ALLOWED


def test_a_grant_for_one_source_depends_on_the_source() -> None:
    source = KeyGrant("churn", ROLE, ("Decrypt",), source_arn=GROUP)
    found = decided(need=DECRYPT, grants=(source,))
    assert (found.result, found.unknown) == (UNKNOWN, ("aws:sourcearn",))
    context = Context({"aws:sourcearn": (GROUP,)})
    assert decided(need=DECRYPT, grants=(source,), context=context).result is ALLOWED


def test_a_suggestion_for_an_account_names_its_root() -> None:
    found = decided(principal=CONSUMER, identity=None)
    assert found.suggestion is not None
    assert found.suggestion["Principal"] == {"AWS": [ROOT]}
