"""Not a peer but a witness: prints the identities of each group's versions, in their order."""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3


def main() -> None:
    """Print a JSON object: group name to the names of its packages by version number."""
    sagemaker = boto3.client("sagemaker")
    groups = sagemaker.list_model_package_groups(MaxResults=100)["ModelPackageGroupSummaryList"]
    names = sorted(group["ModelPackageGroupName"] for group in groups)
    sys.stdout.write(json.dumps({name: _identities(sagemaker, name) for name in names}))


def _identities(sagemaker: Any, group: str) -> list[str]:
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    found = sorted(
        (each["ModelPackageVersion"], each["ModelPackageArn"])
        for page in pages
        for each in page["ModelPackageSummaryList"]
    )
    return [
        sagemaker.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"][
            "reconciler/name"
        ]
        for _, arn in found
    ]


if __name__ == "__main__":
    main()
