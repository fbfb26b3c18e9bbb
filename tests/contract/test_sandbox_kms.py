"""Keys and key policies: what KMS refuses, and what it makes of what it stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_support import OTHER, REGION, THIRD, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.kms_keys import CUSTOM_ID
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.storage import reset, status

ROOT = f"arn:aws:iam::{DEFAULT_ACCOUNT}:root"
ROLE = f"arn:aws:iam::{OTHER}:role/deployer"
MISSING = "00000000-0000-0000-0000-000000000000"
LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


def statement(principal: Any = OTHER, **more: Any) -> dict[str, Any]:
    return {
        "Sid": "with spaces",
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": principal},
        "Action": ["kms:Decrypt", "kms:DescribeKey"],
        "Resource": "*",
        **more,
    }


ADMIN = statement(ROOT, Sid="Enable IAM User Permissions", Action="kms:*")


def policy(*statements: dict[str, Any]) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return json.dumps(document, ensure_ascii=False)


def put(kms: Any, key: str, *statements: dict[str, Any], **more: Any) -> None:
    kms.put_key_policy(KeyId=key, Policy=policy(*statements), **more)


def read(kms: Any, key: str) -> list[dict[str, Any]]:
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    found: list[dict[str, Any]] = document["Statement"]
    return found


@pytest.fixture
def kms(server: SandboxServer) -> Any:
    return client(server, "kms")


@pytest.fixture
def key(kms: Any) -> str:
    arn: str = kms.create_key(Description="models")["KeyMetadata"]["Arn"]
    return arn


def test_key_is_described_by_id_arn_and_alias(kms: Any, key: str) -> None:
    identifier = key.rpartition("/")[2]
    kms.create_alias(AliasName="alias/models", TargetKeyId=identifier)
    alias_arn = f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT}:alias/models"
    for name in (identifier, key, "alias/models", alias_arn):
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        assert (found["Arn"], found["KeyId"]) == (key, identifier)
    assert (found["KeyManager"], found["KeyState"]) == ("CUSTOMER", "Enabled")
    assert (found["KeySpec"], found["MultiRegion"]) == ("SYMMETRIC_DEFAULT", False)
    (alias,) = kms.list_aliases()["Aliases"]
    assert (alias["AliasArn"], alias["TargetKeyId"]) == (alias_arn, identifier)
    with refused("AlreadyExistsException"):
        kms.create_alias(AliasName="alias/models", TargetKeyId=identifier)
    with refused("InvalidAliasNameException"):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=identifier)


def test_keys_that_are_not_there(server: SandboxServer, kms: Any, key: str) -> None:
    arn = f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT}:key/{MISSING}"
    for name in (MISSING, arn):
        for call in (kms.describe_key, kms.get_key_policy, kms.list_grants):
            with refused("NotFoundException", f"Key '{arn}' does not exist"):
                call(KeyId=name)
    with refused("NotFoundException", "Invalid keyId 'models'"):
        kms.describe_key(KeyId="models")
    with refused("NotFoundException", f"Invalid arn {REGION}"):
        client(server, "kms", region="us-east-1").describe_key(KeyId=key)
    with refused("NotFoundException", "does not exist"):
        kms.describe_key(KeyId="alias/missing")


def test_keys_are_listed_in_pages(kms: Any) -> None:
    made = {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(5)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert {entry["KeyArn"] for page in pages for entry in page["Keys"]} == made
    assert [page["Truncated"] for page in pages] == [True, True, False]


def test_new_keys_policy_is_the_default_one(kms: Any, key: str) -> None:
    answer = kms.get_key_policy(KeyId=key)
    assert answer["PolicyName"] == "default"
    document = json.loads(answer["Policy"])
    assert document["Id"] == "key-default-1"
    assert document["Statement"] == [ADMIN]
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


def test_policy_comes_back_rewritten_with_statements_in_order(kms: Any, key: str) -> None:
    put(kms, key, statement([OTHER], Sid="Z"), ADMIN, PolicyName="default")
    first, second = read(kms, key)
    assert first == statement(f"arn:aws:iam::{OTHER}:root", Sid="Z")
    assert second == ADMIN
    assert '"Statement" : [' in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]


def test_principals_come_in_another_order_on_every_read(kms: Any, key: str) -> None:
    roles = [f"arn:aws:iam::{OTHER}:role/r{number}" for number in range(6)]
    put(kms, key, ADMIN, statement(roles))
    orders = [read(kms, key)[1]["Principal"]["AWS"] for _ in range(6)]
    assert all(sorted(order) == roles for order in orders)
    assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("not json", "MalformedPolicyDocumentException", "invalid Json"),
        ("{}", "MalformedPolicyDocumentException", "no statement"),
        (policy(ADMIN, statement(Effect="allow")), "MalformedPolicyDocumentException", "effect"),
        (
            policy(ADMIN, statement([])),
            "MalformedPolicyDocumentException",
            "Policy contains a statement with no principal.",
        ),
        (
            policy(ADMIN, statement("AROAABC")),
            "MalformedPolicyDocumentException",
            INVALID_PRINCIPALS,
        ),
        (
            policy(ADMIN, statement(f"arn:aws:iam::{OTHER}:group/admins")),
            "InvalidArnException",
            "An ARN in the specified key policy is invalid.",
        ),
        (policy(statement(OTHER)), "MalformedPolicyDocumentException", LOCKOUT),
        (policy(statement(ROOT)), "MalformedPolicyDocumentException", LOCKOUT),
        (policy({**ADMIN, "Resource": f"{ROOT}"}), "MalformedPolicyDocumentException", LOCKOUT),
        (
            policy(ADMIN, statement("*", Effect="Deny", Action="kms:Put*")),
            "MalformedPolicyDocumentException",
            LOCKOUT,
        ),
        (
            policy({**ADMIN, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
            "MalformedPolicyDocumentException",
            LOCKOUT,
        ),
        (policy(ADMIN, statement(Sid="日本")), "ValidationException", "regular expression pattern"),
    ],
)
def test_bad_policies_are_refused(kms: Any, key: str, text: str, code: str, message: str) -> None:
    with refused(code, message):
        kms.put_key_policy(KeyId=key, Policy=text)
    with refused(code, message):
        kms.create_key(Policy=text)
    assert read(kms, key) == [ADMIN]


def test_whole_latin_1_and_ineffective_statements_are_taken(kms: Any, key: str) -> None:
    put(kms, key, ADMIN, statement(Sid="Überall\tÿ"))
    put(kms, key, ADMIN, {"Effect": "Allow", "Principal": {"AWS": OTHER}})
    own_role = f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/admin"
    assert kms.create_key(Policy=policy(ADMIN, statement(own_role)))


def test_size_counts_bytes_as_they_were_put(kms: Any, key: str) -> None:
    fits = policy(ADMIN).ljust(32_768)
    kms.put_key_policy(KeyId=key, Policy=fits)
    with refused("LimitExceededException"):
        kms.put_key_policy(KeyId=key, Policy=f"{fits} ")
    wide = json.dumps({"Statement": [{**ADMIN, "Sid": "é" * 16_384}]}, ensure_ascii=False)
    with refused("LimitExceededException"):
        kms.put_key_policy(KeyId=key, Policy=wide)


def test_bypassing_the_check_really_locks_out(server: SandboxServer, kms: Any, key: str) -> None:
    own = f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/admin"
    only = statement(own, Action="kms:*")
    put(kms, key, only, BypassPolicyLockoutSafetyCheck=True)
    for call in (kms.get_key_policy, kms.describe_key, kms.list_grants):
        with refused("AccessDeniedException", "because no resource-based policy allows the kms:"):
            call(KeyId=key)
    admin = client(server, "kms", role="admin")
    put(admin, key, only)
    assert read(admin, key) == [{**only, "Action": "kms:*"}]


def test_there_is_one_policy_named_default(kms: Any, key: str) -> None:
    with refused("ValidationException"):
        put(kms, key, ADMIN, PolicyName="AWS_RAM")
    with refused("NotFoundException", "No such policy exists"):
        kms.get_key_policy(KeyId=key, PolicyName="other")


def test_policies_are_the_owners_alone_whatever_they_allow(
    server: SandboxServer, kms: Any, key: str
) -> None:
    put(kms, key, ADMIN, statement(OTHER, Action="kms:*"))
    other = client(server, "kms", account=OTHER)
    with refused("AccessDeniedException", "kms:GetKeyPolicy"):
        other.get_key_policy(KeyId=key)
    with refused("AccessDeniedException", "kms:PutKeyPolicy"):
        put(other, key, ADMIN)
    assert other.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_other_accounts_need_the_arn_and_a_statement(
    server: SandboxServer, kms: Any, key: str
) -> None:
    deployer = client(server, "kms", account=OTHER, role="deployer")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"model")["CiphertextBlob"]
    calls: list[Callable[[], object]] = [
        lambda: deployer.describe_key(KeyId=key),
        lambda: deployer.decrypt(KeyId=key, CiphertextBlob=sealed),
        lambda: deployer.describe_key(KeyId=key.replace(key.rpartition("/")[2], MISSING)),
    ]
    for call in calls:
        with refused("AccessDeniedException"):
            call()
    put(kms, key, ADMIN, statement(ROLE))
    assert deployer.decrypt(KeyId=key, CiphertextBlob=sealed)["Plaintext"] == b"model"
    with refused("NotFoundException"):
        deployer.describe_key(KeyId=key.rpartition("/")[2])
    with refused("AccessDeniedException"):
        deployer.encrypt(KeyId=key, Plaintext=b"x")
    with refused("AccessDeniedException"):
        client(server, "kms", account=THIRD).describe_key(KeyId=key)


def test_aliases_are_not_taken_where_the_api_wants_keys(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/models", TargetKeyId=key)
    calls: list[Callable[[], object]] = [
        lambda: kms.get_key_policy(KeyId="alias/models"),
        lambda: put(kms, "alias/models", ADMIN),
        lambda: kms.list_grants(KeyId="alias/models"),
    ]
    for call in calls:
        with refused("InvalidArnException", "Key Aliases are not supported for this operation."):
            call()


def test_aws_managed_key_cannot_be_shared(kms: Any) -> None:
    found = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert found["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"] == found["Arn"]
    assert len(read(kms, found["Arn"])) == 2
    with refused("AccessDeniedException", "kms:PutKeyPolicy"):
        put(kms, found["Arn"], ADMIN)
    with refused("AccessDeniedException", "kms:CreateGrant"):
        kms.create_grant(KeyId=found["Arn"], GranteePrincipal=ROLE, Operations=["Decrypt"])


def test_key_pending_deletion_is_gone_after_its_time(served: Any) -> None:
    server, _, clock = served()
    kms = client(server, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    with refused("KMSInvalidStateException", "is pending deletion"):
        kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["Decrypt"])
    clock.advance(7 * 86_400)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)


def test_keys_policies_and_grants_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with SandboxServer(folder) as server:
        kms = client(server, "kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
        put(kms, key, ADMIN, statement())
        kms.create_grant(KeyId=key, Name="n", GranteePrincipal=ROLE, Operations=["Decrypt"])
        before = read(kms, key), kms.list_grants(KeyId=key)["Grants"]
    with SandboxServer(folder) as server:
        kms = client(server, "kms")
        assert (read(kms, key), kms.list_grants(KeyId=key)["Grants"]) == before
        assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"] == managed
        assert kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert status(folder).neighbours == {"kms-grants": 1, "kms-keys": 2}
    reset(folder)
    assert not folder.exists()


# --- the sandbox's own: an id to write down


def chosen(kms: Any, identifier: str) -> str:
    tags = [{"TagKey": "team", "TagValue": "a"}, {"TagKey": CUSTOM_ID, "TagValue": identifier}]
    arn: str = kms.create_key(Tags=tags)["KeyMetadata"]["Arn"]
    return arn


def test_a_tag_chooses_the_id_of_a_key(kms: Any) -> None:
    arn = chosen(kms, MISSING)
    assert arn == f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT}:key/{MISSING}"
    assert kms.describe_key(KeyId=MISSING)["KeyMetadata"]["Arn"] == arn


def test_a_chosen_id_is_new_and_an_id(kms: Any) -> None:
    chosen(kms, MISSING)
    with refused("AlreadyExistsException", MISSING):
        chosen(kms, MISSING)
    with refused("ValidationException", "no key id"):
        chosen(kms, "alias/models")
