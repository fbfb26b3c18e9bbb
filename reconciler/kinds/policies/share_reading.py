"""Read RAM shares: all of an account at once, then what is associated with them.

Names of shares are not unique, and deleted ones stay listed for a while (aws.md section 5.5), so
a share is ours by its name together with its tags. What RAM made of a group's policy by itself
(feature set `CREATED_FROM_POLICY`) is read too: promoting it is what makes a group discoverable
(SageMaker developer guide, "Promote the permission and resource share").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler.aws.api import Answer, Aws, AwsFault
from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.core.resources import Absent, Ambiguous, Desired, Finding, Found, Live, Reading
from reconciler.kinds.faults import unknown
from reconciler.kinds.markers import NAME, OWNER
from reconciler.kinds.policies.intent import ShareIntent

SERVICE: Final = "ram"
PRINCIPAL: Final = "Principal"
RESOURCE: Final = "Resource"
PROMOTABLE: Final = "Promotable"
POLICY_PRINCIPALS: Final = "PolicyPrincipals"
ELSEWHERE: Final = "Elsewhere"
INVITED: Final = "Invited"
STILL_SHARED: Final = "StillShared"
ORPHANED: Final = "Orphaned"
PROMOTION: Final = "Promotion"
SHARED: Final = "shared"
FROM_POLICY: Final = "CREATED_FROM_POLICY"
STANDARD: Final = "STANDARD"

_GONE = frozenset({"DELETING", "DELETED"})
_LEFT = frozenset({"DISASSOCIATING", "DISASSOCIATED"})
_STATUS = {"PENDING": "InProgress", "FAILED": "Failed"}
_ASKED_TOGETHER = 100
_Wanted = Desired[ShareIntent]


@dataclass(frozen=True, slots=True)
class Association:
    """One account or group of a share. `state` is RAM's own word, `why` its message."""

    entity: str
    state: str
    external: bool
    why: str = ""


@dataclass(slots=True)
class Share:
    """One share as RAM lists it, with what is associated with it."""

    arn: str
    name: str
    status: str
    feature_set: str
    tags: Mapping[str, str]
    why: str = ""
    principals: list[Association] = field(default_factory=list)
    resources: list[Association] = field(default_factory=list)

    def carries(self, arn: str) -> bool:
        """Say whether a resource is in this share."""
        return any(each.entity == arn for each in self.resources)

    def is_of(self, intent: ShareIntent) -> bool:
        """Say whether this is the share that a manifest means."""
        owned = (self.tags.get(OWNER), self.tags.get(NAME)) == (intent.owner, intent.identity)
        return owned and self.name == intent.name


class ShareReader:
    """Reads the shares of one environment. Lives as long as one plan or apply."""

    def __init__(self, aws: Aws, environment: Environment) -> None:
        self._aws = aws
        self._environment = environment
        self._promotable: frozenset[str] | None = None

    def read_all(self, desired: Sequence[_Wanted]) -> Reading:
        """Return a finding for every wanted share, and ours that no manifest asks for."""
        try:
            shares = self._shares(desired)
        except AwsFault as fault:
            return Reading({each.key: unknown(fault, self._everything()) for each in desired})
        # A share that RAM makes while this run puts a group's policy is the next run's to judge.
        self._promotable = frozenset(each.arn for each in shares if each.feature_set == FROM_POLICY)
        findings = {each.key: self._finding(each.intent, shares) for each in desired}
        return Reading(findings, tuple(_orphans(desired, shares)))

    def read_again(self, desired: _Wanted, arn: str | None) -> Finding:
        """Return the share as it is now."""
        del arn  # shares are found by name and tags
        try:
            shares = self._shares([desired])
        except AwsFault as fault:
            return unknown(fault, self._everything())
        return self._finding(desired.intent, shares)

    def _everything(self) -> str:
        return self._environment.arn(SERVICE, "resource-share/*")

    def _shares(self, desired: Sequence[_Wanted]) -> list[Share]:
        """Return the live shares with what they hold, as far as it matters to some manifests."""
        pages = self._aws.pages(
            self._environment, SERVICE, "GetResourceShares", {"resourceOwner": "SELF"}
        )
        listed = [_share(each) for page in pages for each in page.get("resourceShares", ())]
        shares = [each for each in listed if each.status not in _GONE]
        names = {each.intent.name for each in desired}
        groups = {arn for each in desired for arn in each.intent.group_arns}
        self._associate("RESOURCE", [each for each in shares if groups or each.name in names])
        wanted = {arn for each in desired if each.intent.wanted for arn in each.intent.group_arns}
        concerned = [
            each for each in shares if each.name in names or any(map(each.carries, wanted))
        ]
        self._associate("PRINCIPAL", concerned)
        return shares

    def _associate(self, kind: str, shares: Sequence[Share]) -> None:
        by_arn = {each.arn: each for each in shares}
        for start in range(0, len(shares), _ASKED_TOGETHER):
            arns = list(by_arn)[start : start + _ASKED_TOGETHER]
            parameters = {"associationType": kind, "resourceShareArns": arns}
            for page in self._aws.pages(
                self._environment, SERVICE, "GetResourceShareAssociations", parameters
            ):
                for each in page.get("resourceShareAssociations", ()):
                    share = by_arn.get(each["resourceShareArn"])
                    if share is not None and each["status"] not in _LEFT:
                        held = share.principals if kind == "PRINCIPAL" else share.resources
                        held.append(_association(each))

    def _finding(self, intent: ShareIntent, shares: Sequence[Share]) -> Finding:
        if not intent.identity:
            orphans: dict[str, Json] = {
                each.arn: each.name for each in shares if _is_orphan(each, intent)
            }
            return Found(Live("", {ORPHANED: orphans})) if orphans else Absent()
        own = [each for each in shares if each.is_of(intent)]
        if len(own) > 1:
            return Ambiguous(tuple(_live(each, {}) for each in own))
        around = self._around(intent, shares) if intent.wanted else _still_shared(intent, shares)
        if own:
            return Found(_live(own[0], around))
        strange = [
            each
            for each in shares
            if each.name == intent.name and each.tags.get(OWNER) != intent.owner
        ]
        if strange:
            return Found(_live(strange[0], around))
        return Found(Live("", around, owner=intent.owner)) if around else Absent()

    def _around(self, intent: ShareIntent, shares: Sequence[Share]) -> dict[str, Json]:
        """Return which groups other shares hold: made by RAM of a policy, or by somebody else."""
        promotable: dict[str, Json] = {}
        principals: dict[str, Json] = {}
        elsewhere: dict[str, Json] = {}
        for group in intent.group_arns:
            for share in shares:
                if not share.carries(group) or share.is_of(intent):
                    continue
                if share.feature_set == FROM_POLICY:
                    if self._promotable is None or share.arn in self._promotable:
                        promotable[group] = share.arn
                        principals[group] = sorted(each.entity for each in share.principals)
                elif set(intent.accounts) <= {each.entity for each in share.principals}:
                    elsewhere[group] = share.name
        found = {PROMOTABLE: promotable, POLICY_PRINCIPALS: principals, ELSEWHERE: elsewhere}
        return {name: value for name, value in found.items() if value}


def _share(answer: Answer) -> Share:
    return Share(
        arn=answer["resourceShareArn"],
        name=answer["name"],
        status=answer["status"],
        feature_set=answer.get("featureSet", STANDARD),
        tags={each["key"]: each["value"] for each in answer.get("tags", ())},
        why=answer.get("statusMessage", ""),
    )


def _association(answer: Answer) -> Association:
    return Association(
        answer["associatedEntity"],
        answer["status"],
        bool(answer.get("external")),
        answer.get("statusMessage", ""),
    )


def _live(share: Share, around: Mapping[str, Json]) -> Live:
    busy = any(each.state == "ASSOCIATING" for each in share.resources)
    invited = [each.entity for each in share.principals if _is_invited(each)]
    return Live(
        arn=share.arn,
        values={
            PRINCIPAL: {each.entity: _state(each) for each in share.principals},
            RESOURCE: {each.entity: _state(each) for each in share.resources},
            INVITED: invited,
            **around,
        },
        status="InProgress" if busy else _STATUS.get(share.status, "Completed"),
        owner=share.tags.get(OWNER),
        identity=share.tags.get(NAME),
        failures=(share.why,) if share.why else (),
    )


def _is_invited(association: Association) -> bool:
    """An account outside of the organisation is being associated until it accepts."""
    return association.external and association.state == "ASSOCIATING"


def _state(association: Association) -> str:
    if association.state != "FAILED":
        return SHARED
    return f"failed: {association.why}" if association.why else "failed"


def _still_shared(intent: ShareIntent, shares: Sequence[Share]) -> dict[str, Json]:
    """Return by group which share that is not ours shows it, though its manifest does not ask."""
    found: dict[str, Json] = {
        group: share.arn
        for group in intent.group_arns
        for share in shares
        if share.carries(group)
        and share.feature_set == STANDARD
        and share.tags.get(OWNER) != intent.owner
    }
    return {STILL_SHARED: found} if found else {}


def _is_orphan(share: Share, intent: ShareIntent) -> bool:
    """Say whether a share carries our owner and the name of no manifest that is known."""
    name = share.tags.get(NAME)
    return share.tags.get(OWNER) == intent.owner and name is not None and name not in intent.known


def _orphans(desired: Sequence[_Wanted], shares: Sequence[Share]) -> Iterator[Live]:
    """Yield shares that carry our owner and the name of no manifest that is known."""
    for each in shares:
        if any(_is_orphan(each, other.intent) for other in desired):
            yield _live(each, {})


def texts(live: Live, name: str) -> dict[str, str]:
    """Return one map of a live share's values; empty if it is not there."""
    found = live.values.get(name)
    return {key: str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}
