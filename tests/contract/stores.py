"""The four stores of resource policies behind one face, for tests of what they have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox_support import OTHER, REGION, client

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer

ROLE = f"arn:aws:iam::{OTHER}:role/deployer"
_GROUP = f"arn:aws:sagemaker:{REGION}:{DEFAULT_ACCOUNT}:model-package-group/shared"
_OWNER = f"arn:aws:iam::{DEFAULT_ACCOUNT}:root"


@dataclass(frozen=True)
class Store:
    """One resource with a policy: put statements for principals, read them, know the refusal."""

    service: str
    writing: str
    reading: str
    refusal: tuple[str, str]
    put: Callable[[Any], object]
    get: Callable[[], Any]

    def read(self) -> list[dict[str, Any]]:
        """Return the statements that were put (a key's administration is left out)."""
        document = json.loads(self.get())
        return [item for item in document["Statement"] if item.get("Sid") != "Admin"]

    def principals(self) -> set[str]:
        """Return the principals of the first statement."""
        listed = self.read()[0]["Principal"]["AWS"]
        return {listed} if isinstance(listed, str) else set(listed)


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Sid": "One", "Effect": "Allow", "Principal": {"AWS": principal}, **more}


def group_store(server: SandboxServer) -> Store:
    api = client(server)
    api.create_model_package_group(ModelPackageGroupName="shared")
    more = {"Action": "sagemaker:DescribeModelPackageGroup", "Resource": _GROUP}
    return Store(
        "sagemaker",
        "PutModelPackageGroupPolicy",
        "GetModelPackageGroupPolicy",
        ("ValidationException", "Invalid policy provided: Invalid principal"),
        lambda who: api.put_model_package_group_policy(
            ModelPackageGroupName="shared", ResourcePolicy=text(statement(who, **more))
        ),
        lambda: api.get_model_package_group_policy(ModelPackageGroupName="shared")[
            "ResourcePolicy"
        ],
    )


def bucket_store(server: SandboxServer) -> Store:
    api = client(server, "s3")
    api.create_bucket(Bucket="acme", CreateBucketConfiguration={"LocationConstraint": REGION})
    more = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
    return Store(
        "s3",
        "PutBucketPolicy",
        "GetBucketPolicy",
        ("MalformedPolicy", "Invalid principal in policy"),
        lambda who: api.put_bucket_policy(Bucket="acme", Policy=text(statement(who, **more))),
        lambda: api.get_bucket_policy(Bucket="acme")["Policy"],
    )


def repository_store(server: SandboxServer) -> Store:
    api = client(server, "ecr")
    api.create_repository(repositoryName="trees")
    return Store(
        "ecr",
        "SetRepositoryPolicy",
        "GetRepositoryPolicy",
        ("InvalidParameterException", "'Principal not found'"),
        lambda who: api.set_repository_policy(
            repositoryName="trees", policyText=text(statement(who, Action="ecr:BatchGetImage"))
        ),
        lambda: api.get_repository_policy(repositoryName="trees")["policyText"],
    )


def key_store(server: SandboxServer) -> Store:
    api = client(server, "kms")
    key = api.create_key()["KeyMetadata"]["KeyId"]
    admin = statement(_OWNER, Sid="Admin", Action="kms:*", Resource="*")
    more = {"Action": "kms:Decrypt", "Resource": "*"}
    return Store(
        "kms",
        "PutKeyPolicy",
        "GetKeyPolicy",
        ("MalformedPolicyDocumentException", "one or more invalid principals"),
        lambda who: api.put_key_policy(KeyId=key, Policy=text(admin, statement(who, **more))),
        lambda: api.get_key_policy(KeyId=key)["Policy"],
    )


STORES: Sequence[Callable[[SandboxServer], Store]] = (
    group_store,
    bucket_store,
    repository_store,
    key_store,
)
