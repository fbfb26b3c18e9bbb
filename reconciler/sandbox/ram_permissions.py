"""Managed permissions: which actions a share gives.

The name of the permission for model package groups is seen in one third-party note only; what it
allows is taken from the developer guide's suggestion ("Set up discoverability"). Both are
unverified.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, compact, mapping, text, texts
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.ram_records import (
    FROM_POLICY,
    GROUP_TYPE,
    STANDARD,
    own_share,
    page,
    shares_at,
    unknown,
)
from reconciler.sandbox.storage import PERMISSIONS

_MANAGED_NAME = "AWSRAMDefaultPermissionSageMakerModelPackageGroup"
MANAGED_ACTIONS = (
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:ListModelPackages",
)


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission: what the API shows of it, and its actions."""

    about: JsonObject
    actions: tuple[str, ...]

    @property
    def arn(self) -> str:
        """Return the permission's ARN."""
        return text(self.about, "arn") or ""

    @property
    def feature_set(self) -> str:
        """Return whether the permission stems from a policy."""
        return text(self.about, "featureSet") or STANDARD


def list_permissions(context: Context, parameters: JsonObject) -> JsonObject:
    """List the permissions for a resource type: AWS's own and the caller's (botocore)."""
    wanted = text(parameters, "resourceType")
    kind = text(parameters, "permissionType")
    entries = [
        permission.about
        for permission in [_managed(context, context.home), *own_permissions(context)]
        if (wanted or GROUP_TYPE).lower() == GROUP_TYPE.lower()
        and kind in {None, "ALL", text(permission.about, "permissionType")}
        and permission.feature_set == STANDARD
    ]
    return page("ListPermissions", parameters, "permissions", entries, "permissionType", "arn")


def get_permission(context: Context, parameters: JsonObject) -> JsonObject:
    """Return a permission with its actions as a policy template (botocore)."""
    found = known_permission(context, text(parameters, "permissionArn") or "")
    actions: list[JsonValue] = [*found.actions]
    content = compact({"Effect": "Allow", "Action": actions})
    return {"permission": {**found.about, "permission": content}}


def list_resource_share_permissions(context: Context, parameters: JsonObject) -> JsonObject:
    """List the permissions of one of the caller's shares."""
    share = own_share(context, text(parameters, "resourceShareArn") or "")
    entries = [known_permission(context, arn).about for arn in share.permissions]
    return page("ListResourceSharePermissions", parameters, "permissions", entries, "arn")


def promote_permission_created_from_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Make a permission that stems from a policy one that can be managed; the old one stays.

    Sources: botocore PromotePermissionCreatedFromPolicy; developer guide, "Promote the permission
    and resource share" (OperationNotPermittedException for roles and for `*` actions).
    """
    with context.world.shelf(PERMISSIONS).lock:
        token = text(parameters, "clientToken")
        arn = text(parameters, "permissionArn") or ""
        name = text(parameters, "name") or ""
        source = known_permission(context, arn)
        made = named_permission(context, name)
        known = context.world.shelf(PERMISSIONS).get(context.home, name) or {}
        if made is not None and token is not None and text(known, "token") == token:
            return {"permission": made.about, "clientToken": token}
        if source.feature_set != FROM_POLICY:
            raise ApiError(
                "InvalidParameterException", f"{arn} was not created from a resource-based policy."
            )
        refuse_unpromotable(context, source)
        if made is not None or not name:
            raise ApiError("InvalidParameterException", f"A permission named {name!r} exists.")
        promoted = save_permission(
            context, context.home, name, source.actions, feature_set=STANDARD, token=token
        )
    return {"permission": promoted.about, "clientToken": token or str(uuid.uuid4())}


def refuse_unpromotable(context: Context, permission: Permission) -> None:
    """Refuse to promote what names a role or a wildcard.

    Source: developer guide, "Promote the permission and resource share". It speaks of `*` as the
    action; that other wildcards are refused alike is an assumption, and the text is unverified.

    Raises:
        ApiError: OperationNotPermittedException.
    """
    roles = [
        principal
        for share in shares_at(context, context.home)
        if permission.arn in share.permissions
        for principal in share.associated(context, "PRINCIPAL")
        if principal.startswith("arn:") and ":iam:" in principal
    ]
    if roles or any("*" in action for action in permission.actions):
        raise ApiError(
            "OperationNotPermittedException",
            "The permission cannot be promoted, because the policy names IAM roles or users, or "
            "allows actions by wildcard.",
        )


def known_permission(context: Context, arn: str) -> Permission:
    """Return a permission by its ARN.

    Raises:
        ApiError: UnknownResourceException.
    """
    managed = _managed(context, context.home)
    found = {entry.arn: entry for entry in [managed, *own_permissions(context)]}
    if arn not in found:
        raise unknown(f"Permission {arn}")
    return found[arn]


def permission_at(context: Context, site: Site, arn: str) -> Permission | None:
    """Return a permission of any account's share by its ARN, None when it is not known."""
    managed = _managed(context, site)
    name = arn.rpartition("/")[2]
    return managed if arn == managed.arn else _stored(context, site, name)


def own_permissions(context: Context) -> list[Permission]:
    """Return the caller's own permissions."""
    names = context.world.shelf(PERMISSIONS).at(context.home)
    found = (_stored(context, context.home, name) for name in names)
    return [permission for permission in found if permission is not None]


def named_permission(context: Context, name: str) -> Permission | None:
    """Return one of the caller's own permissions by name."""
    return _stored(context, context.home, name)


def default_permission(site: Site) -> str:
    """Return the ARN of AWS's permission for model package groups."""
    return f"arn:{site.partition}:ram::aws:permission/{_MANAGED_NAME}"


def save_permission(  # noqa: PLR0913 - the fields of a permission, the last two by name
    context: Context,
    site: Site,
    name: str,
    actions: tuple[str, ...],
    *,
    feature_set: str,
    token: str | None = None,
) -> Permission:
    """Store a customer managed permission and return it."""
    about: JsonObject = {
        "arn": f"arn:{site.partition}:ram:{site.region}:{site.account}:permission/{name}",
        "version": "1",
        "defaultVersion": True,
        "name": name,
        "resourceType": GROUP_TYPE,
        "status": "ATTACHABLE" if feature_set == STANDARD else "UNATTACHABLE",
        "creationTime": context.now,
        "lastUpdatedTime": context.now,
        "isResourceTypeDefault": False,
        "permissionType": "CUSTOMER_MANAGED",
        "featureSet": feature_set,
    }
    document: JsonObject = {"permission": about, "actions": [*actions], "token": token}
    context.world.shelf(PERMISSIONS).put(site, name, document)
    return Permission(about, actions)


def remove_permission(context: Context, site: Site, arn: str) -> None:
    """Remove a customer managed permission, if it is one."""
    context.world.shelf(PERMISSIONS).remove(site, arn.rpartition("/")[2])


def _stored(context: Context, site: Site, name: str) -> Permission | None:
    document = context.world.shelf(PERMISSIONS).get(site, name)
    if document is None:
        return None
    return Permission(mapping(document, "permission"), tuple(texts(document, "actions")))


def _managed(context: Context, site: Site) -> Permission:
    about: JsonObject = {
        "arn": default_permission(site),
        "version": "1",
        "defaultVersion": True,
        "name": _MANAGED_NAME,
        "resourceType": GROUP_TYPE,
        "status": "ATTACHABLE",
        "creationTime": context.now,
        "lastUpdatedTime": context.now,
        "isResourceTypeDefault": True,
        "permissionType": "AWS_MANAGED",
        "featureSet": STANDARD,
    }
    return Permission(about, MANAGED_ACTIONS)
