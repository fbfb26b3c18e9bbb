"""The four-document case in a lab: a registry, the account of the artifacts, and a consumer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from builders import (
    REGION,
    REGISTRY,
    TRAINING,
    Doc,
    container,
    environment,
    group,
    inference,
    manifest,
    version,
    workspace,
)
from live import Lab

from reconciler.access.check import check
from reconciler.access.evidence import Intended
from reconciler.access.question import Question
from reconciler.access.target import find_target
from reconciler.core.access import AccessAnswer
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import Purpose
from reconciler.policy.document import PolicyDocument, parse
from reconciler.sandbox.credentials import credentials_for

CONSUMER = "333333333333"
ROLE = f"arn:aws:iam::{CONSUMER}:role/deployer"
IMAGE = f"{TRAINING}.dkr.ecr.{REGION}.amazonaws.com/trees@sha256:{'ab' * 32}"
MODEL = "s3://acme-artifacts/churn/1/model.tar.gz"
GROUP = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package-group/churn"
VERSION = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn/1"
REPOSITORY = f"arn:aws:ecr:{REGION}:{TRAINING}:repository/trees"
BUCKET = "arn:aws:s3:::acme-artifacts"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def administrator() -> tuple[PolicyDocument, ...]:
    """Return identity policies that allow everything."""
    return identity(EVERYTHING)


def identity(*statements: Doc) -> tuple[PolicyDocument, ...]:
    parsed = parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    assert isinstance(parsed, PolicyDocument)
    return (parsed,)


def policy(key: str, *principals: str, via: str = "keyPolicy", **spec: Any) -> Doc:
    own = {
        "environment": "registry",
        "modelPackageGroups": ["churn"],
        "grants": [{"principals": list(principals) or [ROLE], "access": ["deploy"]}],
        "artifacts": [
            {
                "environment": "training",
                "repositories": ["trees"],
                "buckets": [{"name": "acme-artifacts", "prefix": "churn/"}],
                "keys": [{"keyArn": key, "via": via}],
            }
        ],
    }
    return manifest("CrossAccountPolicy", "consumers", own | spec)


def documents(*more: Doc) -> list[Doc]:
    """Return everything but the policy."""
    return [
        environment(),
        environment("training", TRAINING),
        group(),
        version(
            "churn-1",
            inferenceSpecification=inference(container(IMAGE, modelDataUrl=MODEL)),
        ),
        *more,
    ]


@dataclass
class Artifacts:
    """What the training account owns, and how to get at it."""

    lab: Lab
    key: str

    def client(self, service: str, account: str = TRAINING) -> Any:
        return client(self.lab, service, account)

    def deny(self, statement: Doc) -> None:
        """Add a statement to the policy of the bucket, as somebody else might."""
        s3 = self.client("s3")
        found = json.loads(s3.get_bucket_policy(Bucket="acme-artifacts")["Policy"])
        found["Statement"].append(statement)
        s3.put_bucket_policy(Bucket="acme-artifacts", Policy=json.dumps(found))

    def ask(  # noqa: PLR0913 - a question has many parts
        self,
        docs: list[Doc],
        purpose: Purpose = Purpose.DEPLOY,
        principal: str = ROLE,
        text: str = "churn/churn-1",
        *,
        known: tuple[PolicyDocument, ...] | None = None,
        plan: Intended | None = None,
        **more: Any,
    ) -> AccessAnswer:
        """Ask as `access check` does, by a client that cannot write."""
        found: Workspace = workspace(docs)
        assert found.is_valid, found.problems
        question = Question(
            principal,
            purpose,
            find_target(found, text),
            more.pop("execution_role", principal),
            known,
            more.pop("execution_identity", known),
            plan,
        )
        return check(self.lab.planning.reads(), question, found)


def client(lab: Lab, service: str, account: str) -> Any:
    key, secret, token = credentials_for(account)
    return boto3.client(
        service,
        endpoint_url=lab.server.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def artifacts(lab: Lab) -> Artifacts:
    """Make the repository, the bucket and the key."""
    client(lab, "ecr", TRAINING).create_repository(repositoryName="trees")
    client(lab, "s3", TRAINING).create_bucket(
        Bucket="acme-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    key = client(lab, "kms", TRAINING).create_key()["KeyMetadata"]["Arn"]
    lab.boto(REGISTRY)
    return Artifacts(lab, key)
