"""RAM resource shares: what lets other accounts find the groups by list and search.

A group policy gives access; a share, or promoting what RAM made of the policy, makes the group
discoverable (SageMaker developer guide, "Model group discoverability"). Not settled by any source
(aws.md section 9, point 8): whether a share of ours and a group policy can stand side by side. No
permission is named, so that RAM attaches its default for the resource type (section 5.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.aws.api import Aws
from reconciler.core.changes import FieldChange, compare, located
from reconciler.core.data import Json, is_missing
from reconciler.core.environment import Environment
from reconciler.core.fields import Field, Rule
from reconciler.core.plan import Action, Level, Note, Verb
from reconciler.core.problem import Problem
from reconciler.core.resources import (
    Absent,
    Ambiguous,
    Desired,
    Finding,
    Found,
    Live,
    Reading,
    Unknown,
)
from reconciler.kinds.base import Stamp, WriteResult
from reconciler.kinds.markers import NAME, OWNER
from reconciler.kinds.ownership import FOREIGN_OWNER, unknown_note
from reconciler.kinds.policies.intent import RESOURCE_SHARE, ShareIntent
from reconciler.kinds.policies.notes import unseen_note
from reconciler.kinds.policies.promotion import (
    leftover_notes,
    policy_principals,
    promotion,
    promotion_notes,
    promotion_refusals,
)
from reconciler.kinds.policies.share_desire import desired_shares
from reconciler.kinds.policies.share_reading import (
    ELSEWHERE,
    FROM_POLICY,
    INVITED,
    PRINCIPAL,
    PROMOTABLE,
    PROMOTION,
    RESOURCE,
    SHARED,
    STANDARD,
    ShareReader,
    texts,
)
from reconciler.kinds.policies.share_writing import ShareWriting
from reconciler.kinds.policies.widening import share_widening
from reconciler.manifest.workspace import Workspace

_BUSY = frozenset({"InProgress"})
_Wanted = Desired[ShareIntent]


@dataclass(frozen=True)
class ResourceShareHandler:
    """Reads, proposes and writes one share for each manifest that is discoverable."""

    kind: str = field(default=RESOURCE_SHARE, init=False)
    fields: tuple[Field, ...] = field(
        default=(
            Field(RESOURCE, Rule.MUTABLE, by_key=True, clearable=True),
            Field(PRINCIPAL, Rule.MUTABLE, by_key=True, clearable=True),
            Field(PROMOTION, Rule.MUTABLE, by_key=True),
        ),
        init=False,
    )
    reads: frozenset[str] = field(
        default=frozenset(
            {
                "ram:GetResourceShareAssociations",
                "ram:GetResourceShares",
                "ram:ListResourceSharePermissions",
            }
        ),
        init=False,
    )
    writes: frozenset[str] = field(
        default=frozenset(
            {
                "ram:AssociateResourceShare",
                "ram:CreateResourceShare",
                "ram:DeleteResourceShare",
                "ram:DisassociateResourceShare",
                "ram:PromotePermissionCreatedFromPolicy",
                "ram:PromoteResourceShareCreatedFromPolicy",
                "ram:TagResource",
            }
        ),
        init=False,
    )

    def desire(self, workspace: Workspace) -> tuple[list[_Wanted], list[Problem]]:
        """Return one share a manifest; those not wanted are read to see whether one is left."""
        return list(desired_shares(workspace)), []

    def reader(self, aws: Aws, environment: Environment) -> ShareReader:
        """Return a reader of the environment's shares."""
        return ShareReader(aws, environment)

    def propose(self, desired: Sequence[_Wanted], reading: Reading) -> list[Action]:
        """Return one action for every share that is wanted, or is there and is not."""
        found = (_propose(each, reading.findings[each.key], self.fields) for each in desired)
        return [action for action in found if action is not None]

    def write(
        self, aws: Aws, action: Action, desired: _Wanted, live: Live | None, stamp: Stamp
    ) -> WriteResult:
        """Promote, create, add, then take away: access never stops in between."""
        return ShareWriting(aws, action, desired, live, stamp).run()


def _propose(desired: _Wanted, finding: Finding, fields: tuple[Field, ...]) -> Action | None:
    wanted = desired.intent.wanted
    match finding:
        case Found(live) if wanted:
            return _shared(desired, live, fields)
        case Found(live):
            return _unwanted(desired, live, fields)
        case Absent():
            nothing = Live("", {}, owner=desired.intent.owner)
            return _shared(desired, nothing, fields) if wanted else None
        case Unknown():
            return _unseen(desired, finding)
        case Ambiguous(candidates):
            arns = ", ".join(each.arn for each in candidates)
            text = f"several shares carry this manifest's name and tags: {arns}"
            note = Note(Level.ERROR, "ambiguous", text, "delete all but one of them")
            return _blocked(desired, note)


def _is_ours(desired: _Wanted, live: Live) -> bool:
    return live.owner == desired.intent.owner


def _unwanted(desired: _Wanted, live: Live, fields: tuple[Field, ...]) -> Action | None:
    """Take our own share away; say which others show the groups, and which are without manifest."""
    notes = tuple(leftover_notes(desired.intent, live))
    if live.arn and _is_ours(desired, live):
        return replace(_taken_away(desired, live, fields), notes=notes)
    return Action(desired.key, Verb.NONE, desired.where, notes=notes) if notes else None


def _unseen(desired: _Wanted, finding: Unknown) -> Action:
    """A share that was never asked for is no reason to fail where RAM may not be read."""
    if desired.intent.wanted or desired.intent.said:
        return _blocked(desired, unknown_note(finding))
    note = unseen_note("share-not-read", "a share is", finding)
    return Action(desired.key, Verb.NONE, desired.where, notes=(note,))


def _blocked(desired: _Wanted, *notes: Note, arn: str | None = None) -> Action:
    return Action(
        desired.key, Verb.BLOCKED, desired.where, arn=arn, notes=notes, needs=desired.needs
    )


def _taken_away(desired: _Wanted, live: Live, fields: tuple[Field, ...]) -> Action:
    gone: dict[str, Json] = {
        name: dict.fromkeys(texts(live, name), None) for name in (RESOURCE, PRINCIPAL)
    }
    changes = located(compare(fields, gone, live.values), desired.locate)
    return Action(desired.key, Verb.DELETE, desired.where, changes, arn=live.arn)


def _shared(desired: _Wanted, live: Live, fields: tuple[Field, ...]) -> Action:
    if not _is_ours(desired, live):
        return _blocked(desired, _foreign(desired, live), arn=live.arn)
    if live.status == "Failed":
        why = f": {'; '.join(live.failures)}" if live.failures else ""
        text = f"the status of {live.arn} is FAILED{why}"
        note = Note(Level.ERROR, "failed", text, "delete the share in AWS RAM and run again")
        return _blocked(desired, note, arn=live.arn)
    promoted = _promoted(desired, live)
    if notes := tuple(promotion_refusals(desired.intent, live, promoted)):
        return _blocked(desired, *notes, arn=live.arn or None)
    changes = _changes(desired, live, promoted, fields)
    adds = any(each.name == RESOURCE and not is_missing(each.after) for each in changes)
    verb = Verb.UPDATE if changes else Verb.NONE
    return Action(
        desired.key,
        Verb.CREATE if not live.arn and adds else verb,
        desired.where,
        located(changes, desired.locate),
        arn=live.arn or next(iter(promoted.values()), None),
        needs=desired.needs,
        notes=(*_notes(desired, live, promoted), *_widening(desired, live, changes)),
        waits_for=live.status if live.status in _BUSY else None,
    )


def _widening(desired: _Wanted, live: Live, changes: Sequence[FieldChange]) -> Iterator[Note]:
    """Yield who will find the groups: a promotion shows them to everybody whom the policy names."""
    intent = desired.intent
    promoted = [each.path for each in changes if each.name == PROMOTION]
    groups = [path.removeprefix(f"{PROMOTION}.") for path in promoted]
    others = [name for group in groups for name in policy_principals(live, group)]
    shown = tuple(dict.fromkeys([*intent.accounts, *others]))
    return share_widening(changes, shown, intent.group_arns, intent.names)


def _foreign(desired: _Wanted, live: Live) -> Note:
    whose = f"is reconciled by '{live.owner}'" if live.owner else "carries nobody's owner tag"
    return Note(
        Level.ERROR,
        FOREIGN_OWNER,
        f"a share named {desired.intent.name} exists already and {whose}: {live.arn}",
        f"rename the manifest, or delete that share, or tag it {OWNER}={desired.intent.owner} "
        f"and {NAME}={desired.intent.identity} to hand it over",
        "two shares of one name could not be told apart",
        refuses=True,
    )


def _promoted(desired: _Wanted, live: Live) -> dict[str, str]:
    """Return the groups whose share RAM made of a policy, and that share: not those in ours."""
    found = texts(live, PROMOTABLE)
    own = texts(live, RESOURCE)
    return {
        group: found[group]
        for group in desired.intent.group_arns
        if group in found and group not in own
    }


def _changes(
    desired: _Wanted, live: Live, promoted: Mapping[str, str], fields: tuple[Field, ...]
) -> tuple[FieldChange, ...]:
    """Return what differs in our own share, and the promotions that stand in for one."""
    own = texts(live, RESOURCE)
    settled = {*promoted, *(group for group in texts(live, ELSEWHERE) if group not in own)}
    groups = {group: SHARED for group in desired.intent.group_arns if group not in settled}
    accounts = dict.fromkeys(desired.intent.accounts, SHARED) if groups or live.arn else {}
    declared: dict[str, Json] = {
        RESOURCE: {**dict.fromkeys(own, None), **groups},
        PRINCIPAL: {**dict.fromkeys(texts(live, PRINCIPAL), None), **accounts},
        PROMOTION: promotion(live, promoted, STANDARD),
    }
    present = {**live.values, PROMOTION: promotion(live, promoted, FROM_POLICY)}
    return compare(fields, declared, present)


def _notes(desired: _Wanted, live: Live, promoted: Mapping[str, str]) -> Iterator[Note]:
    yield from promotion_notes(desired.intent, live, promoted)
    own = texts(live, RESOURCE)
    for group, name in texts(live, ELSEWHERE).items():
        if group not in own:
            text = f"{group} is shared with these accounts by '{name}' already, which is not ours"
            yield Note(Level.INFO, "shared-elsewhere", text)
    invited = live.values.get(INVITED)
    for account in invited if isinstance(invited, Sequence) else ():
        text = f"account {account} has to accept the invitation to {desired.intent.name}"
        yield Note(Level.INFO, "invitation-pending", text)
