"""How this sandbox behaves where AWS leaves it open, or where a test wants time to pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True, slots=True)
class ValidationFailure:
    """Packages whose ARN matches `arn_glob` fail their validation with `reason`."""

    arn_glob: str
    reason: str = "ClientError: The transform job failed its health check."

    def applies_to(self, arn: str) -> bool:
        """Return whether the package with this ARN is to fail."""
        return fnmatchcase(arn, self.arn_glob)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Every knob of the sandbox's AWS behaviour. The defaults are a fast, strict AWS.

    Times (seconds; 0 = at once):
        group_pending_seconds, group_in_progress_seconds: a new group's way to Completed.
        validation_pending_seconds, validation_in_progress_seconds: the same for a package with a
            validation profile (ACK's end-to-end test sees InProgress first). Packages without one
            are Completed at once.
        deletion_seconds: how long a deleted group or package shows Deleting before it is gone.
        search_lag_seconds: Search shows the registry as it was so long ago (AWS feeds an index;
            the lag is not published).
        assumed_role_seconds: lifetime of AssumeRole credentials when the call does not say.

    Unverified against real AWS, hence settings:
        default_approval_status: status of a version created without one; None leaves it out.
        default_registration_type: likewise for ModelPackageRegistrationType.
        default_page_size: page size of lists and Search when MaxResults is not given.
        filtered_pages: `sparse` filters by approval status after cutting the page, so that a page
            may be empty and still carry NextToken (sagemaker-python-sdk loops for that reason).
        unknown_group_lists: ListModelPackages of an unknown group answers `error` or `empty`.
        inference_specification_update: whether Update may `replace` an existing
            InferenceSpecification, or is to `refuse` (filling it in later always works).
        empty_approval_description: ApprovalDescription "" `clears` the text or is `stored`.
        busy_updates: Update of a Pending or InProgress version answers `conflict` or is `allowed`.
        policy_readback: GetModelPackageGroupPolicy returns the text `normalised` (compact, account
            ids as root ARNs, principals in another order each time; Terraform proves that it can
            differ from what was put) or `verbatim`.
        policy_newlines: a group policy with line breaks is `refused` (the service model's pattern
            `.*` taken literally) or `accepted`.
        policy_shuffle: what reads of all policies put into another order: `principals` (sourced for
            KMS, ECR and S3), `all` lists of a statement, or `none`.
        shuffle_seed: fixes the orders.
        bucket_lockout: a bucket policy that denies its own writer s3:PutBucketPolicy is `refused`
            without ConfirmRemoveSelfBucketAccess, or `allowed`.
        discovery: List and Search with CrossAccount show groups that are shared by RAM (standard
            shares, invitations accepted) and with `policy` also those whose policy names the
            caller's account; with `ram` the shares alone, as the developer guide says; or `none`.
        share_from_policy: a group policy makes a CREATED_FROM_POLICY resource share.
        association_seconds: how long a RAM association is ASSOCIATING.
        deleted_share_seconds: how long deleted shares and associations stay listed.
        group_arn_case: the group's name in its ARN is `kept` or `lower` (package ARNs are lower).
        client_token_seconds: how long a ClientToken is remembered; None = as long as the package.
        dot_matches_newline: whether `.` in the service model's patterns accepts line breaks.
        fill_image_digest: ECR images named by tag get an ImageDigest, as ACK's controller expects.
        derive_model_data_source: also show ModelDataUrl as ModelDataSource (no source proves it).
        max_groups, max_packages: quotas per account and region (ResourceLimitExceeded).

    Other:
        validation_failures: which packages fail their validation, and why.
        absent_principals: globs of IAM ARNs that do not exist; all others do (see `principals`).
        organization: accounts that share an organisation with RAM sharing on: they need no
            invitation to each other's shares. All other accounts do.
        bucket_redirects: S3 calls for a bucket of another region are redirected (301).
        external_ids: role ARN → ExternalId that AssumeRole must bring for it.
        fsync: flush every state file to the disk, to survive power loss and not only kill -9.
    """

    group_pending_seconds: float = 0
    group_in_progress_seconds: float = 0
    validation_pending_seconds: float = 0
    validation_in_progress_seconds: float = 0
    deletion_seconds: float = 0
    search_lag_seconds: float = 0
    assumed_role_seconds: float = 3600

    default_approval_status: str | None = "PendingManualApproval"
    default_registration_type: str | None = None
    default_page_size: int = 10
    filtered_pages: Literal["sparse", "full"] = "sparse"
    unknown_group_lists: Literal["error", "empty"] = "error"
    inference_specification_update: Literal["refuse", "replace"] = "refuse"
    empty_approval_description: Literal["clears", "stored"] = "clears"
    busy_updates: Literal["conflict", "allowed"] = "conflict"
    policy_readback: Literal["normalised", "verbatim"] = "normalised"
    policy_newlines: Literal["refused", "accepted"] = "refused"
    policy_shuffle: Literal["principals", "all", "none"] = "principals"
    shuffle_seed: int = 0
    bucket_lockout: Literal["refused", "allowed"] = "refused"
    discovery: Literal["policy", "ram", "none"] = "policy"
    share_from_policy: bool = True
    association_seconds: float = 0
    deleted_share_seconds: float = 7200
    group_arn_case: Literal["kept", "lower"] = "kept"
    client_token_seconds: float | None = None
    dot_matches_newline: bool = True
    fill_image_digest: bool = True
    derive_model_data_source: bool = False
    max_groups: int = 10_000
    max_packages: int = 100_000

    validation_failures: tuple[ValidationFailure, ...] = ()
    absent_principals: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    bucket_redirects: bool = True
    external_ids: Mapping[str, str] = field(default_factory=dict)
    fsync: bool = False

    def failure_of(self, arn: str) -> str | None:
        """Return why the package with this ARN fails its validation, or None when it passes."""
        return next(
            (rule.reason for rule in self.validation_failures if rule.applies_to(arn)), None
        )
