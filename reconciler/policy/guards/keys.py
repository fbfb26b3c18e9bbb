"""Guards on the key that artifacts are encrypted with, before any policy of it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.policy.arns import parse_arn
from reconciler.policy.guards.case import Concern, refusal

_MANAGED = "alias/aws/"


def judge_key(key: str, *, aliases: Iterable[str] = (), manager: str = "") -> Iterator[Concern]:
    """Refuse a key that cannot be shared, or that is not named by its ARN.

    `aliases` and `manager` (`AWS` or `CUSTOMER`) are what KMS says of it, where it was asked.
    The policy of an AWS-managed key cannot be changed (aws.md section 5.1), and across accounts
    grants take key ARNs only (botocore, CreateGrant).
    """
    names = [key, *aliases]
    if manager == "AWS" or any(_MANAGED in each for each in names):
        yield refusal(
            "aws-managed-key",
            None,
            f"{key} is managed by AWS",
            "such a key cannot be shared, so what it encrypts stays unreadable in other accounts",
            "write instead: the ARN of a customer managed key, and encrypt the artifacts with it",
        )
        return
    arn = parse_arn(key)
    if arn is None or arn.service != "kms" or not arn.resource.startswith("key/"):
        yield refusal(
            "key-arn",
            None,
            f"{key} is not the ARN of a key",
            "key ids and aliases mean nothing in another account",
            "write instead: arn:aws:kms:REGION:ACCOUNT:key/ID, as DescribeKey returns it",
        )
