"""Write RAM shares: promote, create, add, then take away, so that access never stops in between."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind
from reconciler.core.data import Json, canonical, is_missing
from reconciler.core.plan import Action, Verb
from reconciler.core.resources import Desired, Live
from reconciler.kinds.base import IncompleteWriteError, Stamp, WriteResult
from reconciler.kinds.markers import NAME, OWNER, stamp_markers
from reconciler.kinds.policies.intent import ShareIntent
from reconciler.kinds.policies.share_desire import SHARE_PREFIX
from reconciler.kinds.policies.share_reading import (
    FROM_POLICY,
    PRINCIPAL,
    PROMOTABLE,
    PROMOTION,
    RESOURCE,
    SERVICE,
    texts,
)

_Wanted = Desired[ShareIntent]


@dataclass(slots=True)
class ShareWriting:
    """One write: `done` is the share that was touched, once one was."""

    aws: Aws
    action: Action
    desired: _Wanted
    live: Live | None
    stamp: Stamp
    done: str = ""

    def run(self) -> WriteResult:
        """Carry out the action. A fault after something was written says so."""
        try:
            if self.action.verb is Verb.DELETE:
                self._delete()
            else:
                self._promote()
                self._create() if self.action.verb is Verb.CREATE else self._update()
        except AwsFault as fault:
            if self.done:
                raise IncompleteWriteError(fault, WriteResult(self.done)) from None
            raise
        return WriteResult(self.done or self.action.arn or "")

    def _call(self, operation: str, **parameters: Json) -> Answer:
        return self.aws.call(self.desired.environment, SERVICE, operation, parameters)

    def _changed(self, name: str, *, gone: bool) -> list[str]:
        return [
            each.path.removeprefix(f"{name}.")
            for each in self.action.changes
            if each.name == name and is_missing(each.after) is gone
        ]

    def _delete(self) -> None:
        arn = self.action.arn or ""
        try:
            self._call("DeleteResourceShare", resourceShareArn=arn)
        except AwsFault as fault:
            if fault.kind is not FaultKind.NOT_FOUND:  # gone already is what was wanted
                raise
        self.done = arn

    def _promote(self) -> None:
        """First the permission that RAM made of the policy, then the share (aws.md 5.5)."""
        shares = texts(self.live, PROMOTABLE) if self.live else {}
        for group in self._changed(PROMOTION, gone=False):
            arn = shares[group]
            for page in self.aws.pages(
                self.desired.environment,
                SERVICE,
                "ListResourceSharePermissions",
                {"resourceShareArn": arn},
            ):
                for permission in page.get("permissions", ()):
                    if permission.get("featureSet") == FROM_POLICY:
                        self._call(
                            "PromotePermissionCreatedFromPolicy",
                            permissionArn=permission["arn"],
                            name=_permission_name(group),
                            clientToken=_token(group, permission["arn"]),
                        )
                        self.done = arn
            self._call("PromoteResourceShareCreatedFromPolicy", resourceShareArn=arn)
            self.done = arn

    def _create(self) -> None:
        intent = self.desired.intent
        tags = {OWNER: intent.owner, NAME: intent.identity, **stamp_markers(self.stamp.commit)}
        request: dict[str, Json] = {
            "name": intent.name,
            "resourceArns": self._changed(RESOURCE, gone=False),
            "principals": self._changed(PRINCIPAL, gone=False),
            "tags": [{"key": key, "value": tags[key]} for key in sorted(tags)],
        }
        token = _token(self.desired.environment.account_id, request, self._earlier())
        answer = self._call("CreateResourceShare", **request, clientToken=token)
        self.done = str(answer["resourceShare"]["resourceShareArn"])

    def _earlier(self) -> list[str]:
        """Return the shares of this name that were deleted: a new one is another request.

        A token that the service remembers would bring back the answer about the deleted share.
        """
        parameters = {"resourceOwner": "SELF", "name": self.desired.intent.name}
        pages = self.aws.pages(self.desired.environment, SERVICE, "GetResourceShares", parameters)
        return sorted(
            str(each["resourceShareArn"])
            for page in pages
            for each in page.get("resourceShares", ())
            if each["status"] in {"DELETING", "DELETED"}
        )

    def _update(self) -> None:
        """Add first. Both calls mean the same when repeated, so they carry no token."""
        for gone, operation in ((False, "AssociateResourceShare"), (True, _TAKE_AWAY)):
            given: dict[str, Json] = {
                "resourceArns": self._changed(RESOURCE, gone=gone),
                "principals": self._changed(PRINCIPAL, gone=gone),
            }
            given = {name: value for name, value in given.items() if value}
            if given and self.live is not None:
                self._call(operation, resourceShareArn=self.live.arn, **given)
                self.done = self.live.arn


_TAKE_AWAY = "DisassociateResourceShare"


def _permission_name(group: str) -> str:
    """Return a name for a promoted permission: at most 36 characters (botocore)."""
    return f"{SHARE_PREFIX}{hashlib.sha256(group.encode()).hexdigest()[:12]}"


def _token(*parts: Json) -> str:
    """Return a token that any run derives alike, in the form of a UUID."""
    return str(uuid.UUID(hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]))
