"""Both sides, denials, documents, keys and grants put together (policies.md A7.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evaluations import (
    ALLOWED,
    ALLOWS_ALL,
    ALLOWS_NONE,
    DECRYPT,
    DENIED,
    DESCRIBE,
    KEEPER,
    LOCAL,
    MISSING,
    NEED,
    NEEDS_IDENTITY,
    SESSION,
    UNKNOWN,
    decided,
    deny,
)
from policy_samples import (
    CONSUMER,
    GROUP,
    KEY,
    PACKAGES,
    REGISTRY,
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
from reconciler.policy.document import document
from reconciler.policy.evaluate import Asker, Evidence, Result, evaluate
from reconciler.policy.grants import KeyGrant
from reconciler.policy.matching import Via
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store

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
    assert "statement Who of the group policy allows it to the principal itself" in exact.why
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
    # In its own account a doubt about the whole account is none: it delegates to what is asked.
    condition = {"Bool": {"aws:SecureTransport": True}}
    account = allow(Sid="Acc", Principal={"AWS": REGISTRY}, Condition=condition)
    found = decided(account, principal=LOCAL, identity=identity)
    assert (found.result, found.place, found.sid) == (UNKNOWN, "identity policy", "Mine")


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
        without(deny(NotPrincipal="*"), "Principal"),
    ):
        assert decided(allow(), other).result is ALLOWED


USER = f"arn:aws:iam::{CONSUMER}:user/maria"
IN_PART = "whether NotPrincipal spares whom it names only in part"


@pytest.mark.parametrize(
    ("principal", "spared", "expected"),
    [
        (USER, [USER, CONSUMER], ()),
        (SESSION, [SESSION, ROLE, ROOT], ()),
        (ROOT, [CONSUMER], ()),
        (USER, [USER], (IN_PART,)),
        (USER, [ROOT], (IN_PART,)),
        (ROLE, [ROLE], (IN_PART,)),
        (ROLE, [CONSUMER], (IN_PART,)),
        (CONSUMER, [ROOT], (IN_PART,)),
        (ROLE, [ROLE, ROOT], ("the role session",)),
        (SESSION, [ROLE, ROOT], ("the role session",)),
        (ROLE, [SESSION], ("the role session",)),
    ],
)
def test_a_denial_of_all_others_spares_surely_only_whom_it_names_in_full(
    principal: str, spared: list[Json], expected: tuple[str, ...]
) -> None:
    others = without(deny(NotPrincipal={"AWS": spared}), "Principal")
    found = decided(allow(Principal={"AWS": principal}), others, principal=principal)
    assert (found.result, found.unknown) == (UNKNOWN if expected else ALLOWED, expected)
    stranger = without(deny(NotPrincipal={"AWS": STRANGER}), "Principal")
    assert decided(allow(), stranger, principal=principal).result is DENIED


def test_a_denial_of_one_role_leaves_open_whether_somebody_of_its_account_may() -> None:
    denial = deny(Principal={"AWS": ROLE})
    allowed = allow(Principal={"AWS": CONSUMER})
    found = decided(allowed, denial, principal=CONSUMER)
    assert (found.result, found.unknown) == (UNKNOWN, (f"who of {CONSUMER} asks",))
    assert decided(allowed, denial, principal=ROOT).result is ALLOWED
    assert decided(allowed, denial, principal=USER).result is ALLOWED
    other = deny(Principal={"AWS": f"arn:aws:iam::{STRANGER}:role/x"})
    assert decided(allowed, other, principal=CONSUMER).result is ALLOWED
    anyone = allow(Principal="*")
    assert decided(anyone, other, principal="*").unknown == ("who of * asks",)


ALL_VERSIONS = replace(NEED, resource=PACKAGES)


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ({"Resource": VERSION}, UNKNOWN),
        ({"Resource": PACKAGES.replace("churn/*", "*/7")}, UNKNOWN),
        ({"Resource": PACKAGES.replace("churn/*", "churn/1*")}, UNKNOWN),
        ({"NotResource": VERSION}, UNKNOWN),
        ({"NotResource": PACKAGES}, ALLOWED),
        ({"Resource": PACKAGES.replace("churn/", "fraud/")}, ALLOWED),
        ({"NotResource": PACKAGES.replace("churn/", "fraud/")}, DENIED),
        ({"Resource": PACKAGES}, DENIED),
        ({"Resource": "*"}, DENIED),
    ],
)
def test_a_denial_of_a_part_leaves_open_whether_all_is_denied(
    denied: dict[str, Json], expected: Result
) -> None:
    denial = {**without(deny(), "Resource"), **denied}
    assert decided(allow(), denial, need=ALL_VERSIONS).result is expected
    assert decided(allow(), denial, need=ALL_VERSIONS).unknown == (
        (f"which of {PACKAGES} is meant",) if expected is UNKNOWN else ()
    )
    identity = document(ALLOWS_ALL.statements[0], without(denial, "Principal"))
    assert decided(allow(), need=ALL_VERSIONS, identity=identity).result is expected


def test_what_is_allowed_in_part_is_not_all_that_was_asked_for() -> None:
    assert decided(allow(Resource=VERSION), need=ALL_VERSIONS).result is UNKNOWN
    one_digit = allow(Resource=PACKAGES.replace("*", "?"))
    assert decided(one_digit, need=ALL_VERSIONS).result is UNKNOWN
    every = replace(NEED, action="sagemaker:*")
    assert decided(allow(), need=every).unknown == ("which of sagemaker:* is meant",)
    assert decided(allow(Action="sagemaker:*"), deny(), need=every).result is UNKNOWN
    assert decided(allow(Action="*"), deny(Action="s3:*"), need=every).result is ALLOWED


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
    assert "grant" not in decided().why


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
    assert found.why.startswith("grant churn and the identity policy")
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
    for as_strong_at_most in (grant(ROOT), grant()):
        found = decided(exact, need=DECRYPT, grants=(as_strong_at_most,), identity=None)
        assert found.sid == "Acc"


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
