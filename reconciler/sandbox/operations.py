"""The operations that the sandbox implements itself; all others are moto's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.sandbox import (
    ecr_policies,
    ecr_repositories,
    kms_grants,
    kms_keys,
    kms_policies,
    ram_permissions,
    ram_policies,
    ram_shares,
    ram_views,
    s3_buckets,
    s3_encryption,
    s3_policies,
    tagging,
)
from reconciler.sandbox import search as searching
from reconciler.sandbox.context import Operation
from reconciler.sandbox.documents import JsonObject
from reconciler.sandbox.group_policies import (
    delete_model_package_group_policy,
    get_model_package_group_policy,
    put_model_package_group_policy,
)
from reconciler.sandbox.groups import (
    create_model_package_group,
    delete_model_package_group,
    describe_model_package_group,
)
from reconciler.sandbox.listing import list_model_package_groups, list_model_packages
from reconciler.sandbox.packages import (
    batch_describe_model_package,
    create_model_package,
    delete_model_package,
    describe_model_package,
)
from reconciler.sandbox.sts import assume_role, get_caller_identity
from reconciler.sandbox.updates import update_model_package

_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "ecr:CreateRepository": ecr_repositories.create_repository,
        "ecr:DeleteRepository": ecr_repositories.delete_repository,
        "ecr:DeleteRepositoryPolicy": ecr_policies.delete_repository_policy,
        "ecr:DescribeRepositories": ecr_repositories.describe_repositories,
        "ecr:GetRepositoryPolicy": ecr_policies.get_repository_policy,
        "ecr:SetRepositoryPolicy": ecr_policies.set_repository_policy,
        "kms:CreateAlias": kms_keys.create_alias,
        "kms:CreateGrant": kms_grants.create_grant,
        "kms:CreateKey": kms_policies.create_key,
        "kms:DescribeKey": kms_keys.describe_key,
        "kms:GetKeyPolicy": kms_policies.get_key_policy,
        "kms:ListAliases": kms_keys.list_aliases,
        "kms:ListGrants": kms_grants.list_grants,
        "kms:ListKeyPolicies": kms_policies.list_key_policies,
        "kms:ListKeys": kms_keys.list_keys,
        "kms:PutKeyPolicy": kms_policies.put_key_policy,
        "kms:RevokeGrant": kms_grants.revoke_grant,
        "kms:ScheduleKeyDeletion": kms_keys.schedule_key_deletion,
        "ram:AcceptResourceShareInvitation": ram_views.accept_resource_share_invitation,
        "ram:AssociateResourceShare": ram_shares.associate_resource_share,
        "ram:CreateResourceShare": ram_shares.create_resource_share,
        "ram:DeleteResourceShare": ram_shares.delete_resource_share,
        "ram:DisassociateResourceShare": ram_shares.disassociate_resource_share,
        "ram:GetPermission": ram_permissions.get_permission,
        "ram:GetResourceShareAssociations": ram_views.get_resource_share_associations,
        "ram:GetResourceShareInvitations": ram_views.get_resource_share_invitations,
        "ram:GetResourceShares": ram_shares.get_resource_shares,
        "ram:ListPermissions": ram_permissions.list_permissions,
        "ram:ListPrincipals": ram_views.list_principals,
        "ram:ListResources": ram_views.list_resources,
        "ram:ListResourceSharePermissions": ram_permissions.list_resource_share_permissions,
        "ram:PromotePermissionCreatedFromPolicy": (
            ram_permissions.promote_permission_created_from_policy
        ),
        "ram:PromoteResourceShareCreatedFromPolicy": (
            ram_policies.promote_resource_share_created_from_policy
        ),
        "ram:RejectResourceShareInvitation": ram_views.reject_resource_share_invitation,
        "ram:TagResource": ram_shares.tag_resource,
        "ram:UntagResource": ram_shares.untag_resource,
        "sagemaker:AddTags": tagging.add_tags,
        "sagemaker:BatchDescribeModelPackage": batch_describe_model_package,
        "sagemaker:CreateModelPackage": create_model_package,
        "sagemaker:CreateModelPackageGroup": create_model_package_group,
        "sagemaker:DeleteModelPackage": delete_model_package,
        "sagemaker:DeleteModelPackageGroup": delete_model_package_group,
        "sagemaker:DeleteModelPackageGroupPolicy": delete_model_package_group_policy,
        "sagemaker:DeleteTags": tagging.delete_tags,
        "sagemaker:DescribeModelPackage": describe_model_package,
        "sagemaker:DescribeModelPackageGroup": describe_model_package_group,
        "sagemaker:GetModelPackageGroupPolicy": get_model_package_group_policy,
        "sagemaker:ListModelPackageGroups": list_model_package_groups,
        "sagemaker:ListModelPackages": list_model_packages,
        "sagemaker:ListTags": tagging.list_tags,
        "sagemaker:PutModelPackageGroupPolicy": put_model_package_group_policy,
        "sagemaker:Search": searching.search,
        "sagemaker:UpdateModelPackage": update_model_package,
        "s3:CreateBucket": s3_buckets.create_bucket,
        "s3:DeleteBucket": s3_buckets.delete_bucket,
        "s3:DeleteBucketPolicy": s3_policies.delete_bucket_policy,
        "s3:DeletePublicAccessBlock": s3_policies.delete_public_access_block,
        "s3:GetBucketEncryption": s3_encryption.get_bucket_encryption,
        "s3:GetBucketLocation": s3_buckets.get_bucket_location,
        "s3:GetBucketPolicy": s3_policies.get_bucket_policy,
        "s3:GetBucketPolicyStatus": s3_policies.get_bucket_policy_status,
        "s3:GetPublicAccessBlock": s3_policies.get_public_access_block,
        "s3:HeadBucket": s3_buckets.head_bucket,
        "s3:ListBuckets": s3_buckets.list_buckets,
        "s3:PutBucketEncryption": s3_encryption.put_bucket_encryption,
        "s3:PutBucketPolicy": s3_policies.put_bucket_policy,
        "s3:PutPublicAccessBlock": s3_policies.put_public_access_block,
        "sts:AssumeRole": assume_role,
        "sts:GetCallerIdentity": get_caller_identity,
    }
)
_TAG_OPERATIONS = frozenset({"sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"})


def implementation(action: str, parameters: JsonObject) -> Operation | None:
    """Return what carries out `service:Operation` here, or None when it is moto's business.

    Tags and Search are shared by all of SageMaker: only those about groups and packages are ours.
    """
    if action in _TAG_OPERATIONS and not tagging.concerns_registry(parameters):
        return None
    if action == "sagemaker:Search" and not _ours_or_invalid(parameters):
        return None
    if action == "ram:ListPermissions" and not ram_policies.is_for_groups(parameters):
        return None
    return _OPERATIONS.get(action)


def implemented() -> frozenset[str]:
    """Return the actions that the sandbox implements itself."""
    return frozenset(_OPERATIONS)


def _ours_or_invalid(parameters: JsonObject) -> bool:
    return searching.concerns_registry(parameters) or "Resource" not in parameters
