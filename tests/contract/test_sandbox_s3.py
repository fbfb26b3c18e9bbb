"""Buckets and bucket policies: what S3 refuses, and what it makes of what it stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox_support import OTHER, REGION, THIRD, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.storage import reset, status

BUCKET = "acme-models"
ARN = f"arn:aws:s3:::{BUCKET}"
ROLE = f"arn:aws:iam::{OTHER}:role/deployer"


def statement(principal: Any = OTHER, **more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": principal},
        "Action": "s3:GetObject",
        "Resource": f"{ARN}/*",
        **more,
    }


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def put(s3: Any, *statements: dict[str, Any], **more: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements), **more)


def read(s3: Any) -> list[dict[str, Any]]:
    document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    found: list[dict[str, Any]] = document["Statement"]
    return found


def create(s3: Any, name: str = BUCKET, region: str = REGION) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})


@pytest.fixture
def s3(server: SandboxServer) -> Any:
    found = client(server, "s3")
    create(found)
    return found


def test_missing_bucket_and_missing_policy_have_their_own_codes(s3: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: s3.get_bucket_policy(Bucket="nobodys-bucket"),
        lambda: s3.delete_bucket_policy(Bucket="nobodys-bucket"),
        lambda: s3.put_bucket_policy(Bucket="nobodys-bucket", Policy=policy(statement())),
        lambda: s3.get_public_access_block(Bucket="nobodys-bucket"),
    ]
    for call in calls:
        with refused("NoSuchBucket", "The specified bucket does not exist"):
            call()
    with pytest.raises(ClientError) as caught:
        s3.head_bucket(Bucket="nobodys-bucket")
    assert caught.value.response["Error"]["Code"] == "404"
    for read_policy in (s3.get_bucket_policy, s3.get_bucket_policy_status):
        with refused("NoSuchBucketPolicy", "The bucket policy does not exist"):
            read_policy(Bucket=BUCKET)
    s3.delete_bucket_policy(Bucket=BUCKET)


def test_policy_comes_back_rewritten_with_statements_in_order(s3: Any) -> None:
    put(
        s3,
        statement([OTHER], Sid="Zulu with spaces", Action=["s3:GetObject"]),
        statement(THIRD, Resource=[f"{ARN}/a/*", f"{ARN}/b/*"]),
    )
    first, second = read(s3)
    assert first == statement(
        f"arn:aws:iam::{OTHER}:root", Sid="Zulu with spaces", Action="s3:GetObject"
    )
    assert second["Sid"] == ""
    assert second["Resource"] == [f"{ARN}/a/*", f"{ARN}/b/*"]


def test_principals_come_in_another_order_on_every_read(s3: Any) -> None:
    roles = [f"arn:aws:iam::{OTHER}:role/r{number}" for number in range(6)]
    put(s3, statement(roles))
    orders = [read(s3)[0]["Principal"]["AWS"] for _ in range(6)]
    assert all(sorted(order) == roles for order in orders)
    assert len({tuple(order) for order in orders}) > 1


def test_orders_are_the_same_for_the_same_seed(served: Any) -> None:
    roles = [f"arn:aws:iam::{OTHER}:role/r{number}" for number in range(6)]

    def orders(**settings: Any) -> list[list[str]]:
        server, _, _ = served(**settings)
        s3 = client(server, "s3")
        create(s3)
        put(s3, statement(roles))
        return [read(s3)[0]["Principal"]["AWS"] for _ in range(4)]

    assert orders(shuffle_seed=7) == orders(shuffle_seed=7) != orders(shuffle_seed=8)
    assert orders(policy_shuffle="none") == [roles] * 4


def test_all_lists_of_a_statement_can_be_shuffled_too(served: Any) -> None:
    server, _, _ = served(policy_shuffle="all")
    s3 = client(server, "s3")
    create(s3)
    actions = ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectVersion"]
    put(s3, statement(Action=actions))
    orders = [read(s3)[0]["Action"] for _ in range(6)]
    assert all(sorted(order) == sorted(actions) for order in orders)
    assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
        ('{"Statement": []}', "Could not parse the policy: Statement is empty!"),
        ('{"Statement": ["x"]}', "Invalid policy syntax."),
        ('{"Version": "2012", "Statement": [{}]}', "must contain a valid version string"),
        (policy({"Effect": "Allow", "Action": "s3:*"}), "Statement is missing required element"),
        (policy(statement([])), "Statement is missing required element"),
        (policy(statement(Effect="allow")), "Invalid effect: allow"),
        (policy(statement(Action="ecr:BatchGetImage")), "Policy has invalid action"),
        (policy(statement(Action=["s3:Get Object"])), "Policy has invalid action"),
        (policy(statement(Resource="*")), "Policy has invalid resource"),
        (policy(statement(Resource="arn:aws:s3:::other/*")), "Policy has invalid resource"),
        (policy(statement(Resource=f"{ARN}-2/*")), "Policy has invalid resource"),
        (policy(statement(Resource=f"Resource: {ARN}")), "Policy has invalid resource"),
        (policy(statement(Resource=[f"{ARN}/*", 5])), "Policy has invalid resource"),
        (policy(statement(Resource=ARN)), "Action does not apply to any resource(s)"),
        (policy(statement(Action="s3:GetBucketAcl")), "Action does not apply to any resource(s)"),
        (policy(statement("arn:aws:iam::1:root")), "Invalid principal in policy"),
        (policy(statement(f"arn:aws:iam::{OTHER}:*")), "Invalid principal in policy"),
        (policy(statement(f"arn:aws-cn:iam::{OTHER}:root")), "Invalid principal in policy"),
        (policy(statement("AROAABCDEFGHIJKLMNOPQ")), "Invalid principal in policy"),
        (policy(statement(Principal={"Aws": OTHER})), "Invalid principal in policy"),
    ],
)
def test_malformed_policies_are_refused(s3: Any, text: str, message: str) -> None:
    with refused("MalformedPolicy", message):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    "more",
    [
        {"Action": "*"},
        {"Action": "S3:GETOBJECT"},
        {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [ARN, f"{ARN}/*"]},
        {"Action": "s3:Get*", "Resource": ARN},
        {"Principal": {"Service": "sagemaker.amazonaws.com"}},
        {"Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}},
        {"Principal": {"AWS": f"arn:aws:sts::{OTHER}:assumed-role/deployer/ci"}},
    ],
)
def test_well_formed_policies_are_taken(s3: Any, more: dict[str, Any]) -> None:
    put(s3, statement(**more))
    assert len(read(s3)) == 1


def test_size_counts_bytes_without_white_space(s3: Any) -> None:
    frame = len(json.dumps(json.loads(policy(statement(Sid=""))), separators=(",", ":")))
    fits = policy(statement(Sid="x" * (20_480 - frame)))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(json.loads(fits), indent=40))
    too_long = policy(statement(Sid="x" * (20_479 - frame) + "é"))
    with refused("PolicyTooLarge", "exceeds the maximum allowed document size"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=too_long)


def test_public_policies_are_refused_while_blocked_which_is_the_default(s3: Any) -> None:
    for public in (
        statement("*"),
        statement([OTHER, "*"]),
        statement("*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}),
        statement("*", Condition={"StringNotEquals": {"aws:PrincipalAccount": OTHER}}),
        {k: v for k, v in statement(NotPrincipal={"AWS": OTHER}).items() if k != "Principal"},
    ):
        with refused("AccessDenied", "blocked by the BlockPublicPolicy block public access"):
            put(s3, public)
    put(s3, statement("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
    assert not s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"]
    put(s3, statement("*", Effect="Deny", Action="s3:PutObject"))
    s3.delete_public_access_block(Bucket=BUCKET)
    put(s3, statement("*"))
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"]


def test_public_access_block_round_trips(s3: Any) -> None:
    found = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(found.values()) == {True}
    assert len(found) == 4
    wanted = {"BlockPublicPolicy": True}
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=wanted)
    found = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert [name for name, on in found.items() if on] == ["BlockPublicPolicy"]
    s3.delete_public_access_block(Bucket=BUCKET)
    with refused("NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=BUCKET)


def test_default_encryption_is_sse_s3_until_another_is_chosen(s3: Any) -> None:
    def rule() -> dict[str, Any]:
        answer = s3.get_bucket_encryption(Bucket=BUCKET)
        (found,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
        return dict(found)

    assert rule()["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    wanted = {
        "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": f"arn:aws:kms:{REGION}:{OTHER}:key/1b2c",
        },
        "BucketKeyEnabled": True,
    }
    configuration = {"Rules": [wanted]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=configuration)
    assert rule() == wanted
    with refused("NoSuchBucket"):
        s3.get_bucket_encryption(Bucket="nobodys-bucket")
    with refused("MalformedXML"):
        s3.put_bucket_encryption(
            Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [wanted, wanted]}
        )


def test_wrong_expected_owner_is_denied(s3: Any) -> None:
    put(s3, statement(), ExpectedBucketOwner=DEFAULT_ACCOUNT)
    calls: list[Callable[[], object]] = [
        lambda: put(s3, statement(), ExpectedBucketOwner=OTHER),
        lambda: s3.get_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=OTHER),
        lambda: s3.get_bucket_location(Bucket=BUCKET, ExpectedBucketOwner=OTHER),
    ]
    for call in calls:
        with refused("AccessDenied", "Access Denied"):
            call()
    assert s3.get_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=DEFAULT_ACCOUNT)


def test_policy_operations_are_the_owners_alone(server: SandboxServer, s3: Any) -> None:
    other = client(server, "s3", account=OTHER)
    calls: list[Callable[[], object]] = [
        lambda: other.get_bucket_policy(Bucket=BUCKET),
        lambda: put(other, statement()),
        lambda: other.delete_bucket_policy(Bucket=BUCKET),
    ]
    for call in calls:
        with refused("AccessDenied"):
            call()
    put(s3, statement(Action="s3:*", Resource=[ARN, f"{ARN}/*"]))
    for call in calls:
        with refused("MethodNotAllowed", "not allowed against this resource"):
            call()


def test_policy_that_locks_its_writer_out_needs_confirmation(s3: Any) -> None:
    deny = statement("*", Effect="Deny", Action="s3:*", Resource=[ARN, f"{ARN}/*"])
    with refused("AccessDenied"):
        put(s3, deny)
    put(s3, deny, ConfirmRemoveSelfBucketAccess=True)
    with refused("AccessDenied", "with an explicit deny in a resource-based policy"):
        s3.get_bucket_policy(Bucket=BUCKET)
    with refused("AccessDenied"):
        s3.delete_bucket_policy(Bucket=BUCKET)


def test_lockout_is_a_setting(served: Any) -> None:
    server, _, _ = served(bucket_lockout="allowed")
    s3 = client(server, "s3")
    create(s3)
    put(s3, statement("*", Effect="Deny", Action="s3:Put*", Resource=[ARN, f"{ARN}/*"]))


def test_objects_are_for_those_whom_the_policy_lets_in(server: SandboxServer, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="churn/model.tar.gz", Body=b"model")
    s3.put_object(Bucket=BUCKET, Key="secret", Body=b"secret")
    deployer = client(server, "s3", account=OTHER, role="deployer")
    asked = {"Bucket": BUCKET, "Key": "churn/model.tar.gz"}
    with refused("AccessDenied"):
        deployer.get_object(**asked)
    put(s3, statement(ROLE, Resource=f"{ARN}/churn/*"))
    assert deployer.get_object(**asked)["Body"].read() == b"model"
    assert deployer.head_object(**asked)["ContentLength"] == 5
    calls: list[Callable[[], object]] = [
        lambda: deployer.get_object(Bucket=BUCKET, Key="secret"),
        lambda: deployer.put_object(**asked, Body=b"other"),
        lambda: deployer.list_objects_v2(Bucket=BUCKET),
        lambda: client(server, "s3", account=OTHER).get_object(**asked),
    ]
    for call in calls:
        with refused("AccessDenied"):
            call()


def test_restricted_buckets_let_nobody_in_by_a_public_policy(
    server: SandboxServer, s3: Any
) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    s3.delete_public_access_block(Bucket=BUCKET)
    put(s3, statement("*"), statement(OTHER))
    other = client(server, "s3", account=OTHER)
    assert other.head_object(Bucket=BUCKET, Key="k")
    s3.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    with refused("AccessDenied"):
        other.get_object(Bucket=BUCKET, Key="k")


def test_names_are_global_and_belong_to_one_account(server: SandboxServer, s3: Any) -> None:
    with refused("BucketAlreadyOwnedByYou"):
        create(s3)
    with refused("BucketAlreadyExists"):
        create(client(server, "s3", account=OTHER))
    with refused("InvalidBucketName"):
        create(s3, "10.0.0.1")
    with refused("IllegalLocationConstraintException", "The unspecified location constraint"):
        s3.create_bucket(Bucket="elsewhere")
    with refused("IllegalLocationConstraintException", "us-west-2"):
        create(s3, "elsewhere", "us-west-2")


def test_lists_and_locations(server: SandboxServer, s3: Any) -> None:
    american = client(server, "s3", region="us-east-1")
    american.create_bucket(Bucket="acme-us")
    american.create_bucket(Bucket="acme-us")
    create(client(server, "s3", account=OTHER), "theirs")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [BUCKET, "acme-us"]
    assert s3.list_buckets()["Buckets"][1]["BucketRegion"] == "us-east-1"
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1})
    assert [[b["Name"] for b in page["Buckets"]] for page in pages] == [[BUCKET], ["acme-us"]]
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == REGION
    assert american.get_bucket_location(Bucket="acme-us")["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == REGION


def test_another_regions_bucket_is_found_by_redirect(server: SandboxServer, s3: Any) -> None:
    put(s3, statement())
    american = client(server, "s3", region="us-east-1")
    assert read(american)
    codes = [call.code for call in server.calls.of("GetBucketPolicy")]
    assert codes == ["PermanentRedirect", "OK"]


def test_deleted_buckets_are_gone_and_full_ones_stay(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
    s3.delete_object(Bucket=BUCKET, Key="k")
    s3.delete_bucket(Bucket=BUCKET)
    with refused("NoSuchBucket"):
        s3.get_bucket_policy(Bucket=BUCKET)
    create(s3)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_everything_but_objects_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with SandboxServer(folder) as server:
        s3 = client(server, "s3")
        create(s3)
        put(s3, statement(ROLE))
        s3.put_public_access_block(
            Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
        )
        server.principals.delete(ROLE)
    with SandboxServer(folder) as server:
        s3 = client(server, "s3")
        assert read(s3)[0]["Principal"]["AWS"].startswith("AROA")
        block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        assert sum(block.values()) == 1
        assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == REGION
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
        with refused("AccessDenied"):
            client(server, "s3", account=OTHER).get_bucket_policy(Bucket=BUCKET)
    found = status(folder)
    assert found.neighbours == {"iam-principals": 1, "s3-buckets": 1}
    assert found.regions == (REGION,)
    reset(folder)
    assert not folder.exists()


def test_injected_trouble_has_s3s_codes(server: SandboxServer, s3: Any) -> None:
    server.faults.throttle("GetBucketPolicy", times=1)
    with refused("SlowDown"):
        s3.get_bucket_policy(Bucket=BUCKET)
    server.faults.deny("PutBucketPolicy")
    with refused("AccessDenied", "no identity-based policy allows"):
        put(s3, statement())
