"""Resource shares: create, associate, disassociate, delete, tag, get.

Source unless another is named: botocore's documentation of each operation.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    digest,
    mapping,
    objects,
    text,
    texts,
)
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.ram_permissions import default_permission, known_permission
from reconciler.sandbox.ram_records import (
    FROM_POLICY,
    Share,
    account_of,
    is_external,
    new_share,
    own_share,
    page,
    shares_at,
    shares_everywhere,
    tag_list,
    unknown,
)
from reconciler.sandbox.storage import SHARES

_MOST_TAGS = 50
_GROUP = re.compile(
    r"arn:aws[a-z\-]*:sagemaker:([a-z0-9\-]+):(\d{12}):model-package-group/([a-zA-Z0-9\-]+)"
)
_UNBOUND = frozenset({"clientToken", "Path"})


def create_resource_share(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a share, or find the one that this client token made; names are not unique."""
    site = context.home
    with context.world.shelf(SHARES).lock:
        known = _made_with(parameters, shares_at(context, site))
        if known is None:
            name = text(parameters, "name") or ""
            if not name:
                raise ApiError("InvalidParameterException", "The resource share name is empty.")
            external = parameters.get("allowExternalPrincipals") is not False
            tags = _checked_tags({}, parameters)
            share = new_share(context, site, name, external=external)
            share = share.changed(
                context, tags={**tags}, permissions=[*texts(parameters, "permissionArns")]
            )
            for arn in share.permissions:
                known_permission(context, arn)
            share = _associated(context, share, parameters)
            known = _with_token(context, share, parameters).save(context)
    return {"resourceShare": _shown(known), "clientToken": _token(parameters)}


def associate_resource_share(context: Context, parameters: JsonObject) -> JsonObject:
    """Add principals and resources; those that are in it already stay as they are."""

    def add(share: Share) -> Share:
        return _associated(context, share, parameters)

    return _changed(context, parameters, add)


def disassociate_resource_share(context: Context, parameters: JsonObject) -> JsonObject:
    """Take principals and resources out; they are shown DISASSOCIATED for a time."""

    def remove(share: Share) -> Share:
        gone = set(_entities(parameters))
        present = {
            text(entry, "associatedEntity")
            for entry in objects(share.document, "associations")
            if entry.get("status") != "DISASSOCIATED"
        }
        if not gone <= present:
            raise unknown(f"Association with {', '.join(sorted(gone - present))}")
        return _without(context, share, gone)

    return _changed(context, parameters, remove)


def delete_resource_share(context: Context, parameters: JsonObject) -> JsonObject:
    """Delete a share; it stays listed as DELETED for a time (RAM user guide)."""
    with context.world.shelf(SHARES).lock:
        share = own_share(context, text(parameters, "resourceShareArn") or "")
        _refuse_unmanaged(share)
        if share.is_active:
            deleted(context, share).save(context)
    return {"returnValue": True, "clientToken": _token(parameters)}


def tag_resource(context: Context, parameters: JsonObject) -> JsonObject:
    """Add or replace tags of a share."""
    with context.world.shelf(SHARES).lock:
        share = _tagged(context, parameters)
        tags = _checked_tags(share.tags, parameters)
        share.changed(context, tags={**tags}).save(context)
    return {}


def untag_resource(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove tags of a share by key."""
    with context.world.shelf(SHARES).lock:
        share = _tagged(context, parameters)
        gone = set(texts(parameters, "tagKeys"))
        kept: JsonObject = {key: value for key, value in share.tags.items() if key not in gone}
        share.changed(context, tags=kept).save(context)
    return {}


def get_resource_shares(context: Context, parameters: JsonObject) -> JsonObject:
    """List own shares, or those of others that reach the caller's account."""
    if parameters.get("resourceOwner") == "SELF":
        found: Iterable[Share] = shares_at(context, context.home)
    else:
        account = context.caller.account
        found = [
            share
            for share in shares_everywhere(context)
            if share.site.account != account
            and share.reaches(context, account, context.caller.role_arn)
        ]
    chosen = [share for share in found if _is_asked_for(share, parameters)]
    asked = texts(parameters, "resourceShareArns")
    missing = set(asked) - {share.arn for share in chosen}
    if missing:
        raise unknown(f"ResourceShare {', '.join(sorted(missing))}")
    own = parameters.get("resourceOwner") == "SELF"
    entries = [_shown(share) if own else share.about for share in chosen]
    return page(
        "GetResourceShares",
        parameters,
        "resourceShares",
        entries,
        "creationTime",
        "resourceShareArn",
    )


def deleted(context: Context, share: Share) -> Share:
    """Return a share as it is after its deletion, not stored yet."""
    entities = {text(entry, "associatedEntity") or "" for entry in _entries(share)}
    return _without(context, share, entities).with_about(context, status="DELETED")


def with_entities(
    context: Context, share: Share, principals: Iterable[str], resources: Iterable[str]
) -> Share:
    """Return a share with principals and resources added, not stored yet.

    An external principal is associated when its account has accepted the invitation; those of a
    CREATED_FROM_POLICY share are let in by the policy itself (RAM user guide, "Sharing").
    """
    entries = [*_entries(share)]
    invitations = [*objects(share.document, "invitations")]
    present = {
        (text(entry, "associationType"), text(entry, "associatedEntity"))
        for entry in entries
        if entry.get("status") != "DISASSOCIATED"
    }
    for kind, entities in (("PRINCIPAL", principals), ("RESOURCE", resources)):
        for entity in dict.fromkeys(entities):
            if (kind, entity) in present:
                continue
            outside = kind == "PRINCIPAL" and is_external(context, share.site.account, entity)
            invited = outside and share.feature_set != FROM_POLICY
            entries = [entry for entry in entries if entry.get("associatedEntity") != entity]
            entries.append(_association(context, kind, entity, external=outside, waits=invited))
            if invited:
                invitations.append(_invitation(context, share, entity))
    associations: list[JsonValue] = [*entries]
    return share.changed(context, associations=associations, invitations=[*invitations])


def _associated(context: Context, share: Share, parameters: JsonObject) -> Share:
    principals, resources = texts(parameters, "principals"), texts(parameters, "resourceArns")
    for principal in principals:
        outside = is_external(context, share.site.account, principal)
        if outside and share.about.get("allowExternalPrincipals") is False:
            raise ApiError(
                "OperationNotPermittedException",
                f"Principal {principal} is outside of your organization, and the resource share "
                "does not allow external principals.",
            )
    for resource in resources:
        _check_resource(context, resource)
    found = with_entities(context, share, principals, resources)
    if resources and not found.permissions:
        found = found.changed(context, permissions=[default_permission(share.site)])
    return found


def _check_resource(context: Context, arn: str) -> None:
    """Want a model package group of the caller's own; the sandbox shares nothing else.

    Text for other types: moto's, which quotes AWS; the others are unverified.
    """
    if not arn.startswith("arn:"):
        raise ApiError("MalformedArnException", f"The specified resource ARN {arn} is not valid.")
    match = _GROUP.fullmatch(arn)
    if match is None:
        raise ApiError("MalformedArnException", "You cannot share the selected resource type.")
    if (match[1], match[2]) != (context.region, context.caller.account):
        raise ApiError(
            "OperationNotPermittedException", f"You can only share resources that you own: {arn}."
        )
    group = context.registry.group(match[3])
    if group is None or group.arn != arn:
        raise unknown(f"Resource {arn}")


def _changed(
    context: Context, parameters: JsonObject, change: Callable[[Share], Share]
) -> JsonObject:
    """Apply a change to a share once for each client token; return the associations meant."""
    with context.world.shelf(SHARES).lock:
        share = own_share(context, text(parameters, "resourceShareArn") or "")
        if _made_with(parameters, [share]) is None:
            _refuse_unmanaged(share)
            if not share.is_active:
                raise ApiError("InvalidStateTransitionException", f"{share.arn} has been deleted.")
            share = _with_token(context, change(share), parameters).save(context)
    meant = set(_entities(parameters))
    shown: list[JsonValue] = [
        entry
        for kind in ("PRINCIPAL", "RESOURCE")
        for entry in share.associations(context, kind)
        if entry["associatedEntity"] in meant
    ]
    return {"resourceShareAssociations": shown, "clientToken": _token(parameters)}


def _refuse_unmanaged(share: Share) -> None:
    """Refuse changes to a share that a policy made (botocore: "can't be modified by using RAM")."""
    if share.feature_set == FROM_POLICY:
        raise ApiError(
            "OperationNotPermittedException",
            "You can't modify a resource share that was created from a resource-based policy.",
        )


def _without(context: Context, share: Share, gone: set[str]) -> Share:
    associations: list[JsonValue] = [
        {**entry, "status": "DISASSOCIATED", "lastUpdatedTime": context.now}
        if entry.get("associatedEntity") in gone and entry.get("status") != "DISASSOCIATED"
        else entry
        for entry in _entries(share)
    ]
    accounts = {account_of(entity) for entity in gone}
    invitations: list[JsonValue] = [
        {**entry, "status": "EXPIRED"}
        if entry.get("receiverAccountId") in accounts and entry.get("status") == "PENDING"
        else entry
        for entry in objects(share.document, "invitations")
    ]
    return share.changed(context, associations=associations, invitations=invitations)


def _association(
    context: Context, kind: str, entity: str, *, external: bool, waits: bool
) -> JsonObject:
    return {
        "associatedEntity": entity,
        "associationType": kind,
        "status": "ASSOCIATING" if waits else "ASSOCIATED",
        "creationTime": context.now,
        "lastUpdatedTime": context.now,
        "external": external,
    }


def _invitation(context: Context, share: Share, entity: str) -> JsonObject:
    site = share.site
    arn = f"arn:{site.partition}:ram:{site.region}:{site.account}:resource-share-invitation/"
    return {
        "resourceShareInvitationArn": f"{arn}{uuid.uuid4()}",
        "resourceShareName": share.about.get("name"),
        "resourceShareArn": share.arn,
        "senderAccountId": site.account,
        "receiverAccountId": account_of(entity),
        "receiverArn": entity,
        "invitationTimestamp": context.now,
        "status": "PENDING",
    }


def _made_with(parameters: JsonObject, shares: Iterable[Share]) -> Share | None:
    """Return the share that this client token was used on, None for a new token.

    Raises:
        ApiError: IdempotentParameterMismatchException: it was used with other parameters.
    """
    token = text(parameters, "clientToken")
    for share in shares if token else ():
        mark = text(mapping(share.document, "tokens"), token or "")
        if mark is not None and mark != _fingerprint(parameters):
            raise ApiError(
                "IdempotentParameterMismatchException",
                "The client token was used before with other parameters.",
            )
        if mark is not None:
            return share
    return None


def _with_token(context: Context, share: Share, parameters: JsonObject) -> Share:
    token = text(parameters, "clientToken")
    if token is None:
        return share
    tokens = {**mapping(share.document, "tokens"), token: _fingerprint(parameters)}
    return share.changed(context, tokens=tokens)


def _fingerprint(parameters: JsonObject) -> str:
    bound: JsonObject = {k: v for k, v in parameters.items() if k not in _UNBOUND}
    return digest(bound)


def _token(parameters: JsonObject) -> str:
    return text(parameters, "clientToken") or str(uuid.uuid4())


def _checked_tags(current: dict[str, str], parameters: JsonObject) -> dict[str, str]:
    given = {
        text(tag, "key") or "": text(tag, "value") or "" for tag in objects(parameters, "tags")
    }
    if any(key.lower().startswith("aws:") for key in given):
        raise ApiError("InvalidParameterException", "Tag keys cannot start with aws:.")
    tags = {**current, **given}
    if len(tags) > _MOST_TAGS:
        raise ApiError("TagLimitExceededException", f"More than {_MOST_TAGS} tags.")
    return tags


def _tagged(context: Context, parameters: JsonObject) -> Share:
    arn = text(parameters, "resourceShareArn") or text(parameters, "resourceArn") or ""
    return own_share(context, arn)


def _is_asked_for(share: Share, parameters: JsonObject) -> bool:
    asked = texts(parameters, "resourceShareArns")
    return (
        (not asked or share.arn in asked)
        and text(parameters, "name") in {None, text(share.about, "name")}
        and text(parameters, "resourceShareStatus") in {None, text(share.about, "status")}
        and text(parameters, "permissionArn") in {None, *share.permissions}
        and all(_has_tag(share, wanted) for wanted in objects(parameters, "tagFilters"))
    )


def _has_tag(share: Share, wanted: JsonObject) -> bool:
    value = share.tags.get(text(wanted, "tagKey") or "")
    return value is not None and value in (texts(wanted, "tagValues") or [value])


def _shown(share: Share) -> JsonObject:
    return {**share.about, "tags": tag_list(share.tags)}


def _entries(share: Share) -> list[JsonObject]:
    return objects(share.document, "associations")


def _entities(parameters: JsonObject) -> list[str]:
    return [*texts(parameters, "principals"), *texts(parameters, "resourceArns")]
