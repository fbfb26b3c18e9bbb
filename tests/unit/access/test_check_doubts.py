"""`access check` is complete only where everything is known: keys, images, the version itself."""

from __future__ import annotations

from typing import Any

import pytest
from access_support import (
    BUCKET,
    IMAGE,
    MODEL,
    REPOSITORY,
    Artifacts,
    administrator,
    documents,
    policy,
)
from builders import (
    REGION,
    REGISTRY,
    TRAINING,
    Doc,
    container,
    environment,
    group,
    inference,
    version,
    workspace,
)

from reconciler.access.evidence import intended
from reconciler.core.access import AccessAnswer, AccessResult, AccessRow
from reconciler.policy.access import Purpose


def of_version(*containers: Doc, key: str, **spec: Any) -> list[Doc]:
    """Return all manifests, with a version made of some containers."""
    return [
        environment(),
        environment("training", TRAINING),
        group(),
        version("churn-1", inferenceSpecification=inference(*containers), **spec),
        policy(key),
    ]


def no_key(key: str) -> list[Doc]:
    """Return all manifests, none of which names the key."""
    found = documents(policy(key))
    found[-1]["spec"]["artifacts"][0].pop("keys")
    return found


def short(answer: AccessAnswer) -> list[AccessRow]:
    return [each for each in answer.rows if not each.enough]


# --- keys


@pytest.mark.parametrize("planned", [False, True])
def test_a_key_that_is_taken_away_still_encrypts(artifacts: Artifacts, *, planned: bool) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    docs[-1]["spec"]["artifacts"][0]["keys"][0]["ensure"] = "absent"
    plan = intended(workspace(docs)) if planned else None
    answer = artifacts.ask(docs, known=administrator(), plan=plan)
    assert answer.complete is not planned
    of_key = {each.result for each in answer.rows if each.carrier == artifacts.key}
    assert of_key == {AccessResult.MISSING if planned else AccessResult.ALLOWED}


def test_a_bucket_that_is_taken_away_still_has_its_key(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    docs[-1]["spec"]["artifacts"][0]["buckets"][0]["ensure"] = "absent"
    answer = artifacts.ask(docs, known=administrator(), plan=intended(workspace(docs)))
    assert any(each.carrier == artifacts.key for each in answer.rows)
    assert {each.carrier for each in short(answer)} >= {BUCKET}


def test_a_bucket_without_a_key_of_its_own_needs_none(artifacts: Artifacts) -> None:
    docs = no_key(artifacts.key)
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, known=administrator())
    assert answer.complete, short(answer)
    assert any("SSE-S3" in each and "acme-artifacts" in each for each in answer.remarks)


def encrypt(artifacts: Artifacts, **default: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": default}
    artifacts.client("s3").put_bucket_encryption(
        Bucket="acme-artifacts", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


@pytest.mark.parametrize("short_id", [False, True])
def test_the_default_key_of_a_bucket_is_needed_where_none_is_named(
    artifacts: Artifacts, *, short_id: bool
) -> None:
    docs = no_key(artifacts.key)
    artifacts.lab.settle(docs)
    name = artifacts.key.rpartition("/")[2] if short_id else artifacts.key
    encrypt(artifacts, SSEAlgorithm="aws:kms", KMSMasterKeyID=name)
    answer = artifacts.ask(docs, known=administrator())
    assert {(each.carrier, each.result) for each in short(answer)} == {
        (artifacts.key, AccessResult.MISSING)
    }
    assert any("encrypts by default with" in each for each in answer.remarks)


def test_the_key_of_aws_shuts_other_accounts_out(artifacts: Artifacts) -> None:
    docs = no_key(artifacts.key)
    artifacts.lab.settle(docs)
    encrypt(artifacts, SSEAlgorithm="aws:kms")
    (row,) = short(artifacts.ask(docs, known=administrator()))
    assert (row.result, row.carrier, row.action) == (AccessResult.UNKNOWN, BUCKET, "kms:Decrypt")
    assert "no other account can use" in row.why
    inside = f"arn:aws:iam::{TRAINING}:role/trainer"
    answer = artifacts.ask(docs, principal=inside, known=administrator())
    assert not [each for each in short(answer) if each.document == "key policy"]


def test_an_encryption_that_may_not_be_read_is_unknown(artifacts: Artifacts) -> None:
    docs = no_key(artifacts.key)
    artifacts.lab.settle(docs)
    statement = {
        "Sid": "No",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetEncryptionConfiguration",
        "Resource": BUCKET,
    }
    artifacts.deny(statement)
    (row,) = short(artifacts.ask(docs, known=administrator()))
    assert row.result is AccessResult.UNKNOWN
    assert "missing: s3:GetEncryptionConfiguration" in row.why
    assert "name the key beside the bucket" in row.why


def test_the_key_of_the_record_is_needed_by_the_caller(artifacts: Artifacts) -> None:
    own = artifacts.client("kms", REGISTRY).create_key()["KeyMetadata"]["Arn"]
    docs = of_version(
        container(IMAGE, modelDataUrl=MODEL),
        key=artifacts.key,
        securityConfig={"kmsKeyId": own.rpartition("/")[2]},
    )
    artifacts.lab.settle(docs)
    deploying = short(artifacts.ask(docs, known=administrator()))
    assert [(each.carrier, each.action) for each in deploying] == [(own, "kms:Decrypt")]
    assert deploying[0].result is AccessResult.MISSING
    reading = short(artifacts.ask(docs, Purpose.READ, known=administrator()))
    assert [each.action for each in reading] == ["kms:Decrypt"]


# --- parts of which nothing can be told


@pytest.mark.parametrize(
    ("part", "document"),
    [
        (container("docker.io/library/python:3", modelDataUrl=MODEL), "image"),
        (container(IMAGE, modelDataUrl="https://models.example/model.tar.gz"), "artifact"),
    ],
)
def test_a_part_of_which_nothing_can_be_told_is_unknown(
    artifacts: Artifacts, part: Doc, document: str
) -> None:
    docs = of_version(part, key=artifacts.key)
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, known=administrator())
    (row,) = short(answer)
    assert (row.document, row.result) == (document, AccessResult.UNKNOWN)
    assert not answer.complete


def test_an_image_of_aws_needs_nothing_and_is_said(artifacts: Artifacts) -> None:
    image = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/pytorch-inference:2"
    docs = of_version(container(image, modelDataUrl=MODEL), key=artifacts.key)
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, known=administrator())
    assert answer.complete, short(answer)
    assert REPOSITORY not in {each.carrier for each in answer.rows}
    assert any("registry that AWS owns" in each for each in answer.remarks)


def test_a_version_that_says_nothing_of_what_runs_is_unknown(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    docs[3] = version("churn-1", sourceUri="s3://acme-artifacts/churn/1/")
    artifacts.lab.settle(docs)
    (row,) = short(artifacts.ask(docs, known=administrator()))
    assert (row.document, row.action) == ("model package", "sagemaker:CreateModel")
    assert artifacts.ask(docs, Purpose.READ, known=administrator()).complete


def test_a_version_that_is_not_there_is_unknown_whatever_is_asked(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    (row,) = short(artifacts.ask(docs, Purpose.READ, text="churn/7", known=administrator()))
    assert (row.document, row.result) == ("model package", AccessResult.UNKNOWN)
    assert "model-package/churn/7" in row.carrier
    assert "there is no such version" in row.why


def test_a_denial_of_some_objects_below_a_prefix_is_a_doubt(artifacts: Artifacts) -> None:
    source = {
        "s3DataSource": {
            "s3Uri": "s3://acme-artifacts/churn/1/",
            "s3DataType": "S3Prefix",
            "compressionType": "None",
        }
    }
    parts = {"image": IMAGE, "modelDataSource": source}
    docs = of_version(parts, key=artifacts.key)
    artifacts.lab.settle(docs)
    assert artifacts.ask(docs, known=administrator()).complete
    artifacts.deny(
        {
            "Sid": "NotTheWeights",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"{BUCKET}/churn/1/weights/*",
        }
    )
    (row,) = short(artifacts.ask(docs, known=administrator()))
    assert (row.result, row.statement) == (AccessResult.UNKNOWN, "NotTheWeights")
