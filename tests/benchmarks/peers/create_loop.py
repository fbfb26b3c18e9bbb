"""Peer of `reconcile apply`: the same create calls in boto3, one after the other.

Groups first, then packages in declared order. Nothing is read, before or after. One client, its
connection kept alive.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3


def main() -> None:
    """Make every create call of a file of requests."""
    requests = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sagemaker = boto3.client("sagemaker")
    for group in requests["groups"]:
        sagemaker.create_model_package_group(**group)
    for package in requests["packages"]:
        sagemaker.create_model_package(**package)
    sys.stdout.write(f"{len(requests['packages'])} created\n")


if __name__ == "__main__":
    main()
