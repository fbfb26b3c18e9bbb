"""Promise 1, "plan cannot write": the operations that read, and the guard that knows no others.

The guard sits inside the botocore client. It is asked twice about every operation: when its
parameters are taken in, before validation and before a URL could be presigned, and once more
when the request is about to leave. What is not on the list does not leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from reconciler.errors import ReconcilerError

READS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "sagemaker": frozenset(
            {
                "BatchDescribeModelPackage",
                "DescribeModelPackage",
                "DescribeModelPackageGroup",
                "GetModelPackageGroupPolicy",
                "ListModelPackageGroups",
                "ListModelPackages",
                "ListTags",
                "Search",
            }
        ),
        # AssumeRole hands out credentials and changes nothing; sessions need it to read at all.
        "sts": frozenset({"AssumeRole", "GetCallerIdentity"}),
        "ecr": frozenset({"DescribeRepositories", "GetRepositoryPolicy"}),
        # botocore sends HeadBucket by itself when a bucket turns out to be in another region.
        "s3": frozenset(
            {
                "GetBucketEncryption",
                "GetBucketLocation",
                "GetBucketPolicy",
                "GetPublicAccessBlock",
                "HeadBucket",
            }
        ),
        "kms": frozenset({"DescribeKey", "GetKeyPolicy", "ListGrants"}),
        "ram": frozenset(
            {
                "GetPermission",
                "GetResourceShareAssociations",
                "GetResourceShareInvitations",
                "GetResourceShares",
                "ListPermissions",
                "ListResourceSharePermissions",
                "ListResources",
            }
        ),
    }
)
"""Service → the operations that a reading client may send. Each was checked to change nothing."""

_ASKED_AT: Final = ("provide-client-params", "before-send")


class WriteRefusedError(ReconcilerError):
    """Something that only reads tried to write: a bug of ours, stopped before it was sent."""

    def __init__(self, call: str) -> None:
        super().__init__(
            f"refused to send {call}: it is not on the list of reading operations",
            why="this command promised to change nothing, and its AWS client enforces that",
            fix="this is a bug in the reconciler, not in your manifests: please report it",
        )


def is_read(service: str, operation: str) -> bool:
    """Say whether an operation is on the list. Unknown services have no reads."""
    return operation in READS.get(service, frozenset())


def refuse_writes(client: Any) -> None:
    """Make a botocore client raise `WriteRefusedError` for every operation not on the list."""
    for event in _ASKED_AT:
        client.meta.events.register_first(event, _refuse, unique_id=f"reconciler-{event}")


def _refuse(event_name: str, **_event: object) -> None:
    # Event names read `<event>.<service>.<operation>`, for example `before-send.s3.GetObject`.
    _, service, operation = event_name.split(".", 2)
    if not is_read(service, operation):
        raise WriteRefusedError(f"{service}:{operation}")
