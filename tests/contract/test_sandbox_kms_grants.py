"""KMS grants: idempotent by name, listed in pages, refused as KMS refuses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_support import OTHER, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer

ROLE = f"arn:aws:iam::{OTHER}:role/deployer"
GRANT = {"Name": "smr-1", "GranteePrincipal": ROLE, "Operations": ["Decrypt", "DescribeKey"]}


@pytest.fixture
def kms(server: SandboxServer) -> Any:
    return client(server, "kms")


@pytest.fixture
def key(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def test_same_name_and_parameters_are_the_same_grant(kms: Any, key: str) -> None:
    first = kms.create_grant(KeyId=key, **GRANT)
    again = kms.create_grant(
        KeyId=key.rpartition("/")[2], **{**GRANT, "Operations": ["DescribeKey", "Decrypt"]}
    )
    assert first["GrantId"] == again["GrantId"]
    assert first["GrantToken"] != again["GrantToken"]
    (found,) = kms.list_grants(KeyId=key)["Grants"]
    assert (found["GrantId"], found["Name"], found["KeyId"]) == (first["GrantId"], "smr-1", key)
    assert found["GranteePrincipal"] == ROLE
    assert found["Operations"] == ["Decrypt", "DescribeKey"]
    assert found["IssuingAccount"] == f"arn:aws:iam::{DEFAULT_ACCOUNT}:root"
    assert found["CreationDate"]


@pytest.mark.parametrize(
    "change",
    [
        {"Operations": ["Decrypt"]},
        {"GranteePrincipal": f"{ROLE}-2"},
        {"RetiringPrincipal": ROLE},
        {"Constraints": {"EncryptionContextSubset": {"a": "b"}}},
        {"Name": "smr-2"},
    ],
)
def test_other_parameters_are_another_grant(kms: Any, key: str, change: dict[str, Any]) -> None:
    first = kms.create_grant(KeyId=key, **GRANT)
    second = kms.create_grant(KeyId=key, **(GRANT | change))
    assert first["GrantId"] != second["GrantId"]
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 2


def test_without_a_name_every_call_is_another_grant(kms: Any, key: str) -> None:
    nameless = {name: value for name, value in GRANT.items() if name != "Name"}
    made = {kms.create_grant(KeyId=key, **nameless)["GrantId"] for _ in range(3)}
    assert len(made) == 3
    assert {grant["Name"] for grant in kms.list_grants(KeyId=key)["Grants"]} == {""}


def test_names_are_a_keys_own(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=key, **GRANT)
    kms.create_grant(KeyId=other, **GRANT)
    assert [len(kms.list_grants(KeyId=arn)["Grants"]) for arn in (key, other)] == [1, 1]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"Name": "not a name"}, "ValidationException", "'name' failed to satisfy constraint"),
        ({"Name": "x" * 257}, "ValidationException", "less than or equal to 256"),
        ({"Operations": ["kms:Decrypt"]}, "ValidationException", "enum value set"),
        ({"Operations": ["Sign"]}, "ValidationException", "Sign"),
        ({"GranteePrincipal": OTHER}, "InvalidArnException", "valid principal"),
        ({"GranteePrincipal": "AROAABCDEFGHIJ"}, "InvalidArnException", "valid principal"),
        ({"GranteePrincipal": f"arn:aws-cn:iam::{OTHER}:root"}, "InvalidArnException", "valid"),
        ({"RetiringPrincipal": "somebody"}, "InvalidArnException", "somebody"),
        ({"GranteeServicePrincipal": "s3.amazonaws.com"}, "ValidationException", "not both"),
        (
            {
                "Constraints": {
                    "EncryptionContextSubset": {"a": "b"},
                    "EncryptionContextEquals": {"a": "b"},
                }
            },
            "ValidationException",
            "More than one constraint supplied",
        ),
        ({"DryRun": True}, "DryRunOperationException", "would have succeeded"),
        ({"KeyId": "alias/models"}, "InvalidArnException", "Key Aliases are not supported"),
    ],
)
def test_refused_grants_are_not_made(  # noqa: PLR0913, PLR0917 - three fixtures, three parameters
    server: SandboxServer, kms: Any, key: str, change: dict[str, Any], code: str, message: str
) -> None:
    asked = {"KeyId": key, **GRANT, **change}
    with refused(code, message):
        client(server, "kms", check_locally=False).create_grant(**asked)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_operations_fit_the_kind_of_key(kms: Any) -> None:
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=signing, GranteePrincipal=ROLE, Operations=["Sign", "GetPublicKey"])
    with refused("ValidationException"):
        kms.create_grant(KeyId=signing, GranteePrincipal=ROLE, Operations=["Decrypt"])


def test_grants_are_listed_in_pages_of_fifty_and_a_hundred_at_most(kms: Any, key: str) -> None:
    made = [
        kms.create_grant(KeyId=key, **(GRANT | {"Name": f"g{number}"}))["GrantId"]
        for number in range(105)
    ]
    first = kms.list_grants(KeyId=key)
    assert (len(first["Grants"]), first["Truncated"]) == (50, True)
    assert len(kms.list_grants(KeyId=key, Limit=1000)["Grants"]) == 100
    second = kms.list_grants(KeyId=key, Marker=first["NextMarker"], Limit=100)
    assert (len(second["Grants"]), second["Truncated"]) == (55, False)
    assert "NextMarker" not in second
    seen = [grant["GrantId"] for page in (first, second) for grant in page["Grants"]]
    assert sorted(seen) == sorted(made)
    with refused("InvalidMarkerException"):
        kms.list_grants(KeyId=key, Marker="nonsense")


def test_filters(kms: Any, key: str) -> None:
    first = kms.create_grant(KeyId=key, **GRANT)["GrantId"]
    root = f"arn:aws:iam::{OTHER}:root"
    second = kms.create_grant(KeyId=key, **(GRANT | {"GranteePrincipal": root}))["GrantId"]

    def found(**filters: str) -> list[str]:
        return [grant["GrantId"] for grant in kms.list_grants(KeyId=key, **filters)["Grants"]]

    assert found(GrantId=first) == [first]
    assert found(GranteePrincipal=root) == [second]
    assert found(GrantId=first, GranteePrincipal=root) == []


def test_revoked_grants_are_gone(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    made = kms.create_grant(KeyId=key, **GRANT)["GrantId"]
    with refused("DryRunOperationException"):
        kms.revoke_grant(KeyId=key, GrantId=made, DryRun=True)
    with refused("NotFoundException", made):
        kms.revoke_grant(KeyId=other, GrantId=made)
    kms.revoke_grant(KeyId=key, GrantId=made)
    assert kms.list_grants(KeyId=key)["Grants"] == []
    with refused("NotFoundException", made):
        kms.revoke_grant(KeyId=key, GrantId=made)
    assert kms.create_grant(KeyId=key, **GRANT)["GrantId"] != made


def test_other_accounts_manage_grants_when_the_key_policy_lets_them(
    server: SandboxServer, kms: Any, key: str
) -> None:
    other = client(server, "kms", account=OTHER)
    calls: list[Callable[[], object]] = [
        lambda: other.create_grant(KeyId=key, **GRANT),
        lambda: other.list_grants(KeyId=key),
        lambda: other.revoke_grant(KeyId=key, GrantId="x"),
    ]
    for call in calls:
        with refused("AccessDeniedException", "because no resource-based policy allows the kms:"):
            call()
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"}
        for who in (DEFAULT_ACCOUNT, OTHER)
    ]
    kms.put_key_policy(KeyId=key, Policy=json.dumps({"Statement": statements}))
    other.create_grant(KeyId=key, **GRANT)
    (found,) = kms.list_grants(KeyId=key)["Grants"]
    assert found["IssuingAccount"] == f"arn:aws:iam::{OTHER}:root"


def test_grantee_uses_the_key_without_any_statement(
    server: SandboxServer, kms: Any, key: str
) -> None:
    deployer = client(server, "kms", account=OTHER, role="deployer")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"model")["CiphertextBlob"]
    made = kms.create_grant(KeyId=key, **GRANT)["GrantId"]
    assert deployer.decrypt(KeyId=key, CiphertextBlob=sealed)["Plaintext"] == b"model"
    with refused("AccessDeniedException"):
        deployer.encrypt(KeyId=key, Plaintext=b"x")
    kms.revoke_grant(KeyId=key, GrantId=made)
    with refused("AccessDeniedException"):
        deployer.decrypt(KeyId=key, CiphertextBlob=sealed)


def test_grantee_may_be_shown_by_its_unique_id(server: SandboxServer, kms: Any, key: str) -> None:
    kms.create_grant(KeyId=key, **GRANT)

    def grantee() -> str:
        (found,) = kms.list_grants(KeyId=key)["Grants"]
        return str(found["GranteePrincipal"])

    server.principals.show_id(ROLE, reads=2)
    assert [grantee()[:4] for _ in range(3)] == ["AROA", "AROA", "arn:"]
    server.principals.delete(ROLE)
    unique = grantee()
    assert unique.startswith("AROA")
    server.principals.create(ROLE)
    assert grantee() == unique
    second = kms.create_grant(KeyId=key, **(GRANT | {"Name": "new"}))["GrantId"]
    (new,) = kms.list_grants(KeyId=key, GrantId=second)["Grants"]
    assert new["GranteePrincipal"] == ROLE
