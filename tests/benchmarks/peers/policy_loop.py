"""Peer of `reconcile plan` with policies: what a script in boto3 reads of documents and grants.

`make` creates the repositories, buckets and keys, and prints the keys' ARNs; `read` reads every
policy document and every grant, one call after the other. The input is one JSON object.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3


def main() -> None:
    """Do what is asked for, and say how much it was."""
    names: dict[str, list[str]] = json.loads(sys.argv[2])
    clients = {name: boto3.client(name) for name in ("sagemaker", "ecr", "s3", "kms")}
    if sys.argv[1] == "make":
        sys.stdout.write(json.dumps(_make(clients, names)) + "\n")
    else:
        sys.stdout.write(f"{_read(clients, names)} calls\n")


def _make(clients: dict[str, Any], names: dict[str, list[str]]) -> list[str]:
    for name in names["repositories"]:
        clients["ecr"].create_repository(repositoryName=name)
    where = {"LocationConstraint": clients["s3"].meta.region_name}
    for name in names["buckets"]:
        clients["s3"].create_bucket(Bucket=name, CreateBucketConfiguration=where)
    keys = range(int(names["keys"][0]))
    return [clients["kms"].create_key()["KeyMetadata"]["Arn"] for _ in keys]


def _read(clients: dict[str, Any], names: dict[str, list[str]]) -> int:
    for name in names["groups"]:
        clients["sagemaker"].get_model_package_group_policy(ModelPackageGroupName=name)
    for name in names["repositories"]:
        clients["ecr"].get_repository_policy(repositoryName=name)
    for name in names["buckets"]:
        clients["s3"].get_bucket_policy(Bucket=name)
    for arn in names["keys"]:
        clients["kms"].get_key_policy(KeyId=arn)
        clients["kms"].describe_key(KeyId=arn)
        clients["kms"].list_grants(KeyId=arn, Limit=100)
    return sum(len(names[each]) for each in names) + 2 * len(names["keys"])


if __name__ == "__main__":
    main()
