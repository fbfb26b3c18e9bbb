"""An environment: one AWS account and region that may be read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.location import Location


class OnDrift(StrEnum):
    """What to do when an approval was changed outside Git since we last applied it."""

    REPORT = "report"
    REVERT = "revert"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class AssumeRole:
    """Role ARNs to assume for planning and for applying; either may be absent."""

    plan: str | None = None
    apply: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Who calls for an environment, as STS says: the ARN of a user, a role session or the root.

    A role session's ARN lacks its role's path. `applies` says that this is an apply, so that no
    other identity writes; a plan's caller may be another one than will apply.
    """

    arn: str
    applies: bool


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Limits on how much of what already exists one run may change.

    `max_changes` is a number of resources; `max_change_percent` a share of the environment's
    managed resources, judged only where at least ten exist.
    """

    max_changes: int | None = None
    max_change_percent: int = 30


@dataclass(frozen=True, slots=True)
class Environment:
    """A named account and region, who reconciles it (`owner`) and under which rules.

    `artifact_buckets` gives the region of each artifact bucket that the manifest names.
    `watch_policies` asks to look for what policy manifests left, also where none is left at all.
    """

    name: str
    account_id: str
    region: str
    owner: str
    where: Location
    assume_role: AssumeRole = AssumeRole()
    guards: GuardSettings = field(default_factory=GuardSettings)
    on_drift: OnDrift = OnDrift.REPORT
    artifact_buckets: Mapping[str, str] = field(default_factory=dict)
    watch_policies: bool = False

    @property
    def partition(self) -> str:
        """Return the ARN partition of the region (`aws`, `aws-cn`, `aws-us-gov`)."""
        return partition_of(self.region)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


# Region prefixes and their partitions, as botocore's endpoints data lists them.
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


def partition_of(region: str) -> str:
    """Return the ARN partition that a region belongs to."""
    return next((name for prefix, name in _PARTITIONS if region.startswith(prefix)), "aws")
