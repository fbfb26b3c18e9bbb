"""What RAM keeps: a share with its associations and invitations, as one document.

`resourceShare` and the entries of `associations` and `invitations` are what the API shows. The
state of an association that settles by itself is a function of the time: see `Share.associations`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    mapping,
    number,
    objects,
    strings,
    text,
    texts,
)
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.paging import Pages
from reconciler.sandbox.storage import SHARES

GROUP_TYPE = "sagemaker:ModelPackageGroup"
FROM_POLICY, STANDARD = "CREATED_FROM_POLICY", "STANDARD"
_GONE = frozenset({"DELETED", "DISASSOCIATED"})
_ACCOUNT = re.compile(r"\d{12}")
_IAM = re.compile(r"arn:aws[a-z\-]*:iam::(\d{12}):(?:role|user)/.+")
_ORGANIZATION = re.compile(r"arn:aws[a-z\-]*:organizations::\d{12}:(?:organization|ou)/(o-[^/]+).*")
_SHARE = re.compile(r"arn:aws[a-z\-]*:ram:([a-z0-9\-]+):(\d{12}):resource-share/([0-9a-f\-]{36})")
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Share:
    """A resource share where it is found; immutable, `changed` returns the next one."""

    site: Site
    id: str
    document: JsonObject

    @property
    def arn(self) -> str:
        """Return the share's ARN."""
        return share_arn(self.site, self.id)

    @property
    def about(self) -> JsonObject:
        """Return what GetResourceShares shows, less the tags."""
        return mapping(self.document, "resourceShare")

    @property
    def is_active(self) -> bool:
        """Return whether the share is in force."""
        return self.about.get("status") == "ACTIVE"

    @property
    def feature_set(self) -> str:
        """Return whether the share stems from a policy or is managed by RAM."""
        return text(self.about, "featureSet") or STANDARD

    @property
    def tags(self) -> dict[str, str]:
        """Return the share's tags."""
        return strings(self.document, "tags")

    @property
    def permissions(self) -> list[str]:
        """Return the ARNs of the permissions that the share gives, one a resource type."""
        return texts(self.document, "permissions")

    @property
    def policy_of(self) -> str | None:
        """Return the ARN of the group whose policy made this share, None for all others."""
        return text(self.document, "fromPolicyOf")

    def associations(self, context: Context, kind: str) -> list[JsonObject]:
        """Return the associations of one type, as they are now.

        Source of the states: botocore ResourceShareAssociationStatus; how long ASSOCIATING takes is
        not published (developer guide: "a few minutes"), so it is a setting.
        """
        settled = context.now - context.settings.association_seconds
        found: list[JsonObject] = []
        for entry in objects(self.document, "associations"):
            since = number(entry, "lastUpdatedTime") or 0
            status = text(entry, "status")
            if entry.get("associationType") != kind or _is_forgotten(context, status, since):
                continue
            if status == "ASSOCIATED" and since > settled:
                status = "ASSOCIATING"
            found.append(
                {
                    **entry,
                    "status": status,
                    "resourceShareArn": self.arn,
                    "resourceShareName": self.about.get("name"),
                }
            )
        return found

    def associated(self, context: Context, kind: str) -> list[str]:
        """Return the entities of one type that are associated now."""
        return [
            text(entry, "associatedEntity") or ""
            for entry in self.associations(context, kind)
            if self.is_active and entry["status"] == "ASSOCIATED"
        ]

    def reaches(self, context: Context, account: str, principal: str | None = None) -> bool:
        """Return whether a share is in force for an account, or for one role of it.

        CREATED_FROM_POLICY shares are visible to their owner alone (botocore
        PromoteResourceShareCreatedFromPolicy).
        """
        return self.feature_set == STANDARD and any(
            principal == entity or account in accounts_of(context, entity)
            for entity in self.associated(context, "PRINCIPAL")
            if principal == entity or not _IAM.fullmatch(entity)
        )

    def changed(self, context: Context, **members: JsonValue) -> Share:
        """Return the share with some members of its document replaced, and the time noted."""
        about: JsonObject = {**self.about, "lastUpdatedTime": context.now}
        return Share(self.site, self.id, {**self.document, "resourceShare": about, **members})

    def with_about(self, context: Context, **members: JsonValue) -> Share:
        """Return the share with some members of what the API shows replaced."""
        about: JsonObject = {**self.about, **members, "lastUpdatedTime": context.now}
        return Share(self.site, self.id, {**self.document, "resourceShare": about})

    def save(self, context: Context) -> Share:
        """Store the share and return it."""
        context.world.shelf(SHARES).put(self.site, self.id, self.document)
        return self


def new_share(
    context: Context, site: Site, name: str, *, feature_set: str = STANDARD, external: bool = True
) -> Share:
    """Return a new share, not stored yet."""
    identifier = str(uuid.uuid4())
    about: JsonObject = {
        "resourceShareArn": share_arn(site, identifier),
        "name": name,
        "owningAccountId": site.account,
        "allowExternalPrincipals": external,
        "status": "ACTIVE",
        "creationTime": context.now,
        "lastUpdatedTime": context.now,
        "featureSet": feature_set,
    }
    return Share(site, identifier, {"resourceShare": about})


def shares_at(context: Context, site: Site) -> list[Share]:
    """Return the shares of an account and region; deleted ones for as long as they are listed.

    Source: RAM user guide, "Deleting a resource share" (deleted shares stay visible for a time).
    """
    return [
        share
        for identifier, document in context.world.shelf(SHARES).at(site).items()
        if not _is_stale(context, share := Share(site, identifier, document))
    ]


def shares_everywhere(context: Context) -> Iterator[Share]:
    """Yield the shares of all accounts in the call's region."""
    for site, identifier, document in context.world.shelf(SHARES).everywhere():
        share = Share(site, identifier, document)
        if site.region == context.region and not _is_stale(context, share):
            yield share


def own_share(context: Context, arn: str) -> Share:
    """Return a share of the caller's own.

    Sources of the texts: malformed: terraform-provider-aws#40360; the other is unverified.

    Raises:
        ApiError: MalformedArnException or UnknownResourceException.
    """
    match = _SHARE.fullmatch(arn)
    if match is None:
        raise ApiError(
            "MalformedArnException",
            "The specified resource share ARN is not valid. Verify the ARN and try again.",
        )
    site = context.home
    document = context.world.shelf(SHARES).get(site, match[3])
    found = Share(site, match[3], document or {})
    if document is None or found.arn != arn or _is_stale(context, found):
        raise unknown(f"ResourceShare {arn}")
    return found


def unknown(what: str) -> ApiError:
    """Return an UnknownResourceException (form of the text: terraform-provider-aws#7769)."""
    return ApiError("UnknownResourceException", f"{what} could not be found.")


def share_arn(site: Site, identifier: str) -> str:
    """Return the ARN of a share (botocore ResourceShare.resourceShareArn)."""
    return f"arn:{site.partition}:ram:{site.region}:{site.account}:resource-share/{identifier}"


def account_of(principal: str) -> str | None:
    """Return the account of a principal, None for an organisation."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    match = _IAM.fullmatch(principal)
    return None if match is None else match[1]


def accounts_of(context: Context, principal: str) -> tuple[str, ...]:
    """Return the accounts that a principal stands for."""
    account = account_of(principal)
    return context.settings.organization if account is None else (account,)


def is_external(context: Context, owner: str, principal: str) -> bool:
    """Return whether a principal is outside the owner's organisation (and not the owner).

    Raises:
        ApiError: It is no principal, or an organisation that the owner is not in.
    """
    organization = context.settings.organization
    account = account_of(principal)
    if account is not None:
        return account != owner and not {account, owner} <= set(organization)
    match = _ORGANIZATION.fullmatch(principal)
    if match is None:
        raise ApiError(
            "InvalidParameterException",
            f"Principal ID {principal} is malformed. Verify the ID and try again.",
        )
    if owner not in organization:
        raise unknown(f"Organization {match[1]}")
    return False


def tag_list(tags: Mapping[str, str]) -> list[JsonValue]:
    """Return tags as RAM lists them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def page(
    operation: str, parameters: JsonObject, member: str, entries: list[JsonObject], *key: str
) -> JsonObject:
    """Return one page of entries, ordered by some of their members.

    Raises:
        ApiError: InvalidNextTokenException (botocore; its text is unverified).
    """
    bound = {name: item for name, item in parameters.items() if name not in _PAGING}
    asked: JsonObject = {
        **bound,
        "MaxResults": parameters.get("maxResults"),
        "NextToken": parameters.get("nextToken"),
    }
    try:
        pages = Pages(operation, asked, default_size=_PAGE)
    except ApiError as error:
        raise ApiError(
            "InvalidNextTokenException", "The specified value for NextToken is not valid."
        ) from error
    shown, token = pages.cut(entries, key=lambda entry: tuple(f"{entry.get(k)}" for k in key))
    listed: list[JsonValue] = [*shown]
    return {member: listed, "nextToken": token}


_PAGING = frozenset({"maxResults", "nextToken", "Path"})


def _is_stale(context: Context, share: Share) -> bool:
    since = number(share.about, "lastUpdatedTime") or 0
    return _is_forgotten(context, text(share.about, "status"), since)


def _is_forgotten(context: Context, status: str | None, since: float) -> bool:
    return status in _GONE and context.now - since >= context.settings.deleted_share_seconds
