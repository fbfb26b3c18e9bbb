"""What is shared with whom: associations, resources, principals, and invitations to answer."""

from __future__ import annotations

import uuid

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, objects, text, texts
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.ram_records import (
    GROUP_TYPE,
    Share,
    account_of,
    own_share,
    page,
    shares_at,
    shares_everywhere,
)
from reconciler.sandbox.storage import SHARES


def get_resource_share_associations(context: Context, parameters: JsonObject) -> JsonObject:
    """List the associations of the caller's own shares, those of policies included (botocore)."""
    kind = (text(parameters, "associationType") or "").upper()
    for member, wanted in (("principal", "PRINCIPAL"), ("resourceArn", "RESOURCE")):
        if member in parameters and kind != wanted:
            raise ApiError(
                "InvalidParameterException",
                f"You can't specify {member} with the association type {kind}.",
            )
    asked = texts(parameters, "resourceShareArns")
    shares = (
        [own_share(context, arn) for arn in asked] if asked else shares_at(context, context.home)
    )
    entity = text(parameters, "principal") or text(parameters, "resourceArn")
    status = text(parameters, "associationStatus")
    entries = [
        entry
        for share in shares
        for entry in share.associations(context, kind)
        if entity in {None, entry["associatedEntity"]} and status in {None, entry["status"]}
    ]
    order = ("resourceShareArn", "associatedEntity")
    operation = "GetResourceShareAssociations"
    return page(operation, parameters, "resourceShareAssociations", entries, *order)


def list_resources(context: Context, parameters: JsonObject) -> JsonObject:
    """List the resources in own shares, or those that others share with the caller (botocore)."""
    asked = texts(parameters, "resourceArns")
    kind = text(parameters, "resourceType") or GROUP_TYPE
    principal = text(parameters, "principal")
    entries: list[JsonObject] = [
        {
            "arn": arn,
            "type": GROUP_TYPE,
            "resourceShareArn": share.arn,
            "creationTime": share.about.get("creationTime"),
            "lastUpdatedTime": share.about.get("lastUpdatedTime"),
            "resourceRegionScope": "REGIONAL",
        }
        for share in _in_view(context, parameters)
        if principal is None or principal in share.associated(context, "PRINCIPAL")
        for arn in share.associated(context, "RESOURCE")
        if (not asked or arn in asked) and kind.lower() == GROUP_TYPE.lower()
    ]
    return page("ListResources", parameters, "resources", entries, "arn", "resourceShareArn")


def list_principals(context: Context, parameters: JsonObject) -> JsonObject:
    """List whom own shares are for, or who shares with the caller (botocore)."""
    asked = texts(parameters, "principals")
    own = parameters.get("resourceOwner") == "SELF"
    resource = text(parameters, "resourceArn")
    entries: list[JsonObject] = [
        {
            "id": principal,
            "resourceShareArn": share.arn,
            "creationTime": share.about.get("creationTime"),
            "lastUpdatedTime": share.about.get("lastUpdatedTime"),
            "external": account_of(principal) not in {None, *context.settings.organization},
        }
        for share in _in_view(context, parameters)
        if resource is None or resource in share.associated(context, "RESOURCE")
        for principal in (share.associated(context, "PRINCIPAL") if own else [share.site.account])
        if not asked or principal in asked
    ]
    return page("ListPrincipals", parameters, "principals", entries, "id", "resourceShareArn")


def get_resource_share_invitations(context: Context, parameters: JsonObject) -> JsonObject:
    """List the invitations that the caller's account received (botocore)."""
    arns = texts(parameters, "resourceShareInvitationArns")
    shares = texts(parameters, "resourceShareArns")
    entries = [
        entry
        for _, entry in _received(context)
        if (not arns or entry["resourceShareInvitationArn"] in arns)
        and (not shares or entry["resourceShareArn"] in shares)
    ]
    missing = set(arns) - {text(entry, "resourceShareInvitationArn") for entry in entries}
    if missing:
        raise _no_invitation(", ".join(sorted(missing)))
    return page(
        "GetResourceShareInvitations",
        parameters,
        "resourceShareInvitations",
        entries,
        "invitationTimestamp",
        "resourceShareInvitationArn",
    )


def accept_resource_share_invitation(context: Context, parameters: JsonObject) -> JsonObject:
    """Accept an invitation: the share reaches the account from now on (botocore)."""
    return _answered(context, parameters, "ACCEPTED", "ASSOCIATED")


def reject_resource_share_invitation(context: Context, parameters: JsonObject) -> JsonObject:
    """Reject an invitation: the association fails (botocore; the status is unverified)."""
    return _answered(context, parameters, "REJECTED", "FAILED")


def _answered(context: Context, parameters: JsonObject, answer: str, status: str) -> JsonObject:
    arn = text(parameters, "resourceShareInvitationArn") or ""
    with context.world.shelf(SHARES).lock:
        found = next(
            (
                (share, entry)
                for share, entry in _received(context)
                if entry["resourceShareInvitationArn"] == arn
            ),
            None,
        )
        if found is None:
            raise _no_invitation(arn)
        share, invitation = found
        _refuse_answered(invitation)
        decided: JsonObject = {**invitation, "status": answer}
        invitations: list[JsonValue] = [
            decided if entry.get("resourceShareInvitationArn") == arn else entry
            for entry in objects(share.document, "invitations")
        ]
        associations: list[JsonValue] = [
            {**entry, "status": status, "lastUpdatedTime": context.now}
            if entry.get("associatedEntity") == invitation.get("receiverArn")
            and entry.get("status") == "ASSOCIATING"
            else entry
            for entry in objects(share.document, "associations")
        ]
        share.changed(context, invitations=invitations, associations=associations).save(context)
    token = text(parameters, "clientToken") or str(uuid.uuid4())
    return {"resourceShareInvitation": decided, "clientToken": token}


def _refuse_answered(invitation: JsonObject) -> None:
    codes = {
        "ACCEPTED": "ResourceShareInvitationAlreadyAcceptedException",
        "REJECTED": "ResourceShareInvitationAlreadyRejectedException",
        "EXPIRED": "ResourceShareInvitationExpiredException",
    }
    code = codes.get(text(invitation, "status") or "")
    if code is not None:
        raise ApiError(code, f"{invitation['resourceShareInvitationArn']} was answered before.")


def _no_invitation(arn: str) -> ApiError:
    return ApiError(
        "ResourceShareInvitationArnNotFoundException",
        f"ResourceShareInvitation {arn} could not be found.",
    )


def _received(context: Context) -> list[tuple[Share, JsonObject]]:
    return [
        (share, entry)
        for share in shares_everywhere(context)
        for entry in objects(share.document, "invitations")
        if entry.get("receiverAccountId") == context.caller.account
    ]


def _in_view(context: Context, parameters: JsonObject) -> list[Share]:
    """Return the shares that a list with `resourceOwner` is about."""
    asked = texts(parameters, "resourceShareArns")
    account = context.caller.account
    if parameters.get("resourceOwner") == "SELF":
        found = shares_at(context, context.home)
    else:
        found = [
            share
            for share in shares_everywhere(context)
            if share.site.account != account
            and share.reaches(context, account, context.caller.role_arn)
        ]
    return [share for share in found if not asked or share.arn in asked]
