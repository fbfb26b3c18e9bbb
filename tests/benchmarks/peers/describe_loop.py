"""Peer of `reconcile plan`: what a script in boto3 reads of the registry.

Lists the groups and their tags, lists the versions of each group, describes each version: one
after the other, or in as many threads as given. One client, connections kept alive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config


def main() -> None:
    """Read everything and say how much it was."""
    threads = int(sys.argv[1])
    sagemaker = boto3.client("sagemaker", config=Config(max_pool_connections=threads))
    with ThreadPoolExecutor(threads) as pool:
        in_order: Callable[..., Any] = map if threads == 1 else pool.map
        groups = _groups(sagemaker)
        tags = list(in_order(lambda group: _tags(sagemaker, group), groups))
        listed = list(in_order(lambda group: _versions(sagemaker, group), groups))
        arns = [arn for versions in listed for arn in versions]
        described = list(
            in_order(lambda arn: sagemaker.describe_model_package(ModelPackageName=arn), arns)
        )
    sys.stdout.write(f"{len(tags)} groups, {len(described)} versions\n")


def _groups(sagemaker: Any) -> list[dict[str, Any]]:
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(
        PaginationConfig={"PageSize": 100}
    )
    return [group for page in pages for group in page["ModelPackageGroupSummaryList"]]


def _tags(sagemaker: Any, group: dict[str, Any]) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])[
        "Tags"
    ]
    return tags


def _versions(sagemaker: Any, group: dict[str, Any]) -> list[str]:
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group["ModelPackageGroupName"], PaginationConfig={"PageSize": 100}
    )
    return [each["ModelPackageArn"] for page in pages for each in page["ModelPackageSummaryList"]]


if __name__ == "__main__":
    main()
