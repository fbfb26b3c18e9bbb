"""Where RAM and the policies of groups meet: shares made from policies, and access by shares.

Source: developer guide, "Set up discoverability" and "Promote the permission and resource share";
botocore PromoteResourceShareCreatedFromPolicy. The names RAM gives to such shares and permissions
are unverified.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, objects, parse_object, text
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.policy import as_list, statements, wildcard
from reconciler.sandbox.principals import root_arn
from reconciler.sandbox.ram_permissions import (
    MANAGED_ACTIONS,
    default_permission,
    known_permission,
    own_permissions,
    permission_at,
    refuse_unpromotable,
    remove_permission,
    save_permission,
)
from reconciler.sandbox.ram_records import (
    FROM_POLICY,
    STANDARD,
    Share,
    new_share,
    own_share,
    shares_at,
    shares_everywhere,
)
from reconciler.sandbox.ram_shares import deleted, with_entities
from reconciler.sandbox.records import Group
from reconciler.sandbox.storage import SHARES
from reconciler.sandbox.stored_policies import principals_of


def follow_policy(context: Context, name: str) -> None:
    """Bring the shares that stem from the policy of one of the caller's groups in line with it.

    A policy that equals AWS's permission makes a share that is standard at once; any other makes a
    CREATED_FROM_POLICY one. A promoted share that still says what the policy says is left alone;
    otherwise another one is made beside it. What AWS does in that case is unverified.
    """
    if not context.settings.share_from_policy:
        return
    with context.world.shelf(SHARES).lock:
        group = context.registry.group(name)
        if group is None:
            return
        principals, actions = _granted(group)
        old = [share for share in shares_at(context, group.site) if _stems_from(share, group)]
        fitting = [share for share in old if _says(context, share, principals, actions)]
        for share in old:
            outdated = share not in fitting and share.feature_set == FROM_POLICY
            if outdated or group.policy is None:
                deleted(context, share).save(context)
                _remove_permissions(context, share)
        if principals and not fitting:
            _make(context, group, principals, actions)


def promote_resource_share_created_from_policy(
    context: Context, parameters: JsonObject
) -> JsonObject:
    """Make a share that stems from a policy a standard one, if a permission equals its own."""
    with context.world.shelf(SHARES).lock:
        share = own_share(context, text(parameters, "resourceShareArn") or "")
        if share.feature_set != FROM_POLICY or not share.is_active:
            raise ApiError(
                "InvalidStateTransitionException",
                f"{share.arn} is not an active resource share created from a policy.",
            )
        own = known_permission(context, share.permissions[0])
        refuse_unpromotable(context, own)
        match = next(
            (
                other
                for other in own_permissions(context)
                if other.feature_set == STANDARD and set(other.actions) == set(own.actions)
            ),
            None,
        )
        if match is None:
            raise ApiError(
                "UnmatchedPolicyPermissionException",
                "There is no managed permission with the same permissions as the policy. Promote "
                "the permission first.",
            )
        _standard(context, share, match.arn).save(context)
        remove_permission(context, share.site, own.arn)
    return {"returnValue": True}


def shares_action(context: Context, group: Group, action: str) -> bool:
    """Return whether a standard share lets the caller do `sagemaker:Action` with this group."""
    caller = context.caller
    return any(
        share.site == group.site
        and group.arn in share.associated(context, "RESOURCE")
        and share.reaches(context, caller.account, caller.role_arn)
        and any(_permits(context, share.site, arn, action) for arn in share.permissions)
        for share in shares_everywhere(context)
    )


def shared_groups(context: Context) -> set[str]:
    """Return the ARNs of the groups that standard shares make discoverable to the caller."""
    account = context.caller.account
    return {
        arn
        for share in shares_everywhere(context)
        if share.site.account != account and share.reaches(context, account)
        for arn in share.associated(context, "RESOURCE")
    }


def _make(
    context: Context, group: Group, principals: Iterable[str], actions: tuple[str, ...]
) -> None:
    managed = set(actions) == set(MANAGED_ACTIONS)
    kind = STANDARD if managed else FROM_POLICY
    share = new_share(context, group.site, f"{group.name}-{uuid.uuid4().hex[:8]}", feature_set=kind)
    if managed:
        permission = default_permission(group.site)
    else:
        name = f"{FROM_POLICY}-{share.id}"
        permission = save_permission(
            context, group.site, name, actions, feature_set=FROM_POLICY
        ).arn
    share = share.changed(context, permissions=[permission], fromPolicyOf=group.arn)
    with_entities(context, share, principals, [group.arn]).save(context)


def _standard(context: Context, share: Share, permission: str) -> Share:
    """Return a share as a standard one: external principals are invited now."""
    principals = share.associated(context, "PRINCIPAL")
    resources = share.associated(context, "RESOURCE")
    bare = share.with_about(context, featureSet=STANDARD).changed(
        context, permissions=[permission], associations=[]
    )
    return with_entities(context, bare, principals, resources)


def _granted(group: Group) -> tuple[list[str], tuple[str, ...]]:
    """Return the principals (accounts as ids) and actions that a group's policy allows."""
    allowed = [
        statement
        for statement in statements(parse_object(group.policy or "{}"))
        if statement.get("Effect") == "Allow"
    ]
    principals = {
        _as_ram_has_it(entry, group.site)
        for statement in allowed
        if "NotPrincipal" not in statement
        for kind, entry in principals_of(statement)
        if kind == "AWS" and entry != "*" and ":sts:" not in entry
    }
    actions = {
        item
        for statement in allowed
        for item in as_list(statement.get("Action"))
        if isinstance(item, str)
    }
    return sorted(principals), tuple(sorted(actions))


def _as_ram_has_it(principal: str, site: Site) -> str:
    arn = root_arn(principal, site.partition)
    return arn.split(":")[4] if arn.endswith(":root") else arn


def _stems_from(share: Share, group: Group) -> bool:
    return share.policy_of == group.arn and share.is_active


def _says(context: Context, share: Share, principals: list[str], actions: tuple[str, ...]) -> bool:
    named = {
        text(entry, "associatedEntity")
        for entry in objects(share.document, "associations")
        if entry.get("associationType") == "PRINCIPAL" and entry.get("status") != "DISASSOCIATED"
    }
    given = {
        action
        for arn in share.permissions
        if (permission := permission_at(context, share.site, arn))
        for action in permission.actions
    }
    return named == set(principals) and given == set(actions)


def _remove_permissions(context: Context, share: Share) -> None:
    if share.feature_set == FROM_POLICY:
        for arn in share.permissions:
            remove_permission(context, share.site, arn)


def _permits(context: Context, site: Site, arn: str, action: str) -> bool:
    permission = permission_at(context, site, arn)
    return permission is not None and any(
        wildcard(pattern.lower(), action.lower()) for pattern in permission.actions
    )


def is_for_groups(parameters: JsonObject) -> bool:
    """Return whether a ListPermissions is about groups, and not about types that moto knows."""
    kind = text(parameters, "resourceType")
    return kind is None or kind.lower() == "sagemaker:modelpackagegroup"
