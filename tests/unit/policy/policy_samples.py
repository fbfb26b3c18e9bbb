"""Documents and names that the policy tests share."""

from __future__ import annotations

import json

from reconciler.core.data import Json
from reconciler.policy.document import PolicyDocument, Statement, UnparseablePolicy, parse
from reconciler.policy.ownership import sid

OWNER = "acme/ml-platform"
OTHER = "acme/other-repo"
IDENTITY = "registry/churn-consumers"
REGISTRY, TRAINING, CONSUMER, STRANGER = (
    "111111111111",
    "222222222222",
    "333333333333",
    "444444444444",
)
ROLE = f"arn:aws:iam::{CONSUMER}:role/deployer"
ROOT = f"arn:aws:iam::{CONSUMER}:root"
GROUP = f"arn:aws:sagemaker:eu-west-1:{REGISTRY}:model-package-group/churn"
PACKAGES = f"arn:aws:sagemaker:eu-west-1:{REGISTRY}:model-package/churn/*"
VERSION = f"arn:aws:sagemaker:eu-west-1:{REGISTRY}:model-package/churn/7"
REPOSITORY = f"arn:aws:ecr:eu-west-1:{TRAINING}:repository/decision-trees"
BUCKET = "arn:aws:s3:::acme-models"
KEY = f"arn:aws:kms:eu-west-1:{TRAINING}:key/0a1b2c3d-0000-1111-2222-333344445555"


def parsed(value: Json | str) -> PolicyDocument:
    found = parse(value if isinstance(value, str) else json.dumps(value))
    assert isinstance(found, PolicyDocument), found
    return found


def refused(text: str) -> UnparseablePolicy:
    found = parse(text)
    assert isinstance(found, UnparseablePolicy), found
    return found


def allow(**elements: Json) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "sagemaker:DescribeModelPackage",
        "Resource": PACKAGES,
        **elements,
    }


def ours(role: str = "ReadPackages", identity: str = IDENTITY, /, **elements: Json) -> Statement:
    return {"Sid": sid(OWNER, identity, role), **allow(**elements)}


def foreign(**elements: Json) -> Statement:
    return {"Sid": "Somebody else", **allow(**elements)}


def theirs(**elements: Json) -> Statement:
    return {"Sid": sid(OTHER, IDENTITY, "ReadPackages"), **allow(**elements)}


def without(statement: Statement, *keys: str) -> Statement:
    return {key: value for key, value in statement.items() if key not in keys}
