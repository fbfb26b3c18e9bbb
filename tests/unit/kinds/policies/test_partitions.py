"""In every partition the rendered documents name their own, and pass the guards."""

from __future__ import annotations

import re

import pytest
from builders import REGISTRY, TRAINING, environment, group, manifest, state

from reconciler.kinds.policies.intent import DocumentIntent
from reconciler.policy.document import Statement, document
from reconciler.policy.guards import judge
from reconciler.policy.guards.case import Case
from reconciler.policy.stores import Store

CONSUMER = "333333333333"
STORES = {
    "ModelPackageGroupPolicy": Store.GROUP,
    "RepositoryPolicy": Store.REPOSITORY,
    "BucketPolicy": Store.BUCKET,
    "KeyPolicy": Store.KEY,
}


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_documents_of_a_partition_name_no_other(region: str, partition: str) -> None:
    role = f"arn:{partition}:iam::444444444444:role/deployer"
    part = {
        "environment": "training",
        "repositories": ["decision-trees"],
        "buckets": [{"name": "acme-models", "prefix": "churn/"}],
        "keys": [{"keyArn": f"arn:{partition}:kms:{region}:{TRAINING}:key/1"}],
    }
    grants = [
        {"principals": [CONSUMER, role], "access": ["read", "deploy"]},
        {"principals": [TRAINING], "access": ["register", "approve", "discover"]},
    ]
    spec = {"environment": "registry", "modelPackageGroups": ["churn"], "grants": grants}
    found = state(
        [
            environment(region=region),
            environment("training", TRAINING, region=region),
            group(),
            manifest("CrossAccountPolicy", "consumers", spec | {"artifacts": [part]}),
        ]
    )
    documents = [each for each in found.resources if isinstance(each.intent, DocumentIntent)]
    assert {each.key.kind for each in documents} == STORES.keys()
    for each in documents:
        statements = each.intent.wanted.statements
        account = REGISTRY if each.key.environment == "registry" else TRAINING
        root = f"arn:{partition}:iam::{account}:root"
        administration: Statement = {
            "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"
        }  # fmt: skip
        whole = document(administration, *statements)
        case = Case(
            STORES[each.key.kind], each.intent.carrier, account, whole, each.intent.wanted.owner
        )
        assert [concern for concern in judge(case) if concern.guard != "whole-account"] == []
        assert set(re.findall(r"arn:([a-z-]+):", f"{statements} {each.intent.carrier}")) == {
            partition
        }
