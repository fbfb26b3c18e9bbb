"""From a plan to drift: every action, note and unmanaged thing of it finds its place. Pure.

A plan says what applying would do; drift says in which way AWS and Git differ. What a guard would
refuse differs all the same, so refusals play no part. One action may hold several differences: a
field that was changed, an approval that somebody gave, a statement that a manifest left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from reconciler.core.changes import FieldChange
from reconciler.core.data import is_missing
from reconciler.core.drift import (
    AcceptedDrift,
    DriftClass,
    DriftItem,
    DriftReport,
    KnownDrift,
    Remark,
    Unread,
)
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Level, Note, Plan, Unmanaged, Verb
from reconciler.kinds.model_package.approval import CONFLICT, DRIFT
from reconciler.kinds.policies.share_reading import PRINCIPAL, PROMOTION, RESOURCE

_CHANGED, _APPROVED = DriftClass.CHANGED, DriftClass.APPROVED
_GIT_ONLY, _LIVE_ONLY = DriftClass.GIT_ONLY, DriftClass.LIVE_ONLY


class Role(StrEnum):
    """What a note is to drift, besides what it decides about its own action."""

    DECIDES = "decides"
    """It says in which way the action's resource differs."""
    APART = "apart"
    """It is a difference of its own."""
    UNREAD = "unread"
    """It says that something could not be read."""
    GLANCE = "glance"
    """The same of what no manifest names."""
    REMARK = "remark"
    """It is worth knowing, and no difference."""


PLACES: Final[Mapping[str, tuple[Role, DriftClass | None]]] = {
    "unknown": (Role.UNREAD, None),
    "unparseable-policy": (Role.UNREAD, None),
    "policy-not-read": (Role.GLANCE, None),
    "grants-not-read": (Role.GLANCE, None),
    "share-not-read": (Role.GLANCE, None),
    # What there is of ours is not as it was.
    "foreign-owner": (Role.DECIDES, _CHANGED),
    "duplicate-identity": (Role.DECIDES, _CHANGED),
    "ambiguous": (Role.DECIDES, _CHANGED),
    "being-deleted": (Role.DECIDES, _CHANGED),
    "failed": (Role.DECIDES, _CHANGED),
    # Git asks for what has not come about.
    "not-found": (Role.DECIDES, _GIT_ONLY),
    "failed-version": (Role.DECIDES, _GIT_ONLY),
    "promotion-impossible": (Role.DECIDES, _GIT_ONLY),
    "promotion-shows-others": (Role.DECIDES, _GIT_ONLY),
    DRIFT: (Role.APART, _APPROVED),
    CONFLICT: (Role.APART, _APPROVED),
    "orphaned-statement": (Role.APART, _LIVE_ONLY),
    "orphaned-grant": (Role.APART, _LIVE_ONLY),
    "orphaned-share": (Role.APART, _LIVE_ONLY),
    "still-shared": (Role.APART, _LIVE_ONLY),
}
"""Code of a note to what it is. What is not here is a remark: about the action's difference if
there is one (a guard's reason, access that would widen), else on its own."""


def classify(
    plan: Plan, known: Sequence[KnownDrift] = (), *, today: date, is_whole: bool = True
) -> DriftReport:
    """Return the drift that a plan stands for. Every note of it is in the report."""
    items: list[DriftItem] = []
    unread: list[Unread] = []
    remarks: list[Remark] = []
    for action in plan.actions:
        found, rest = _sorted_out(action)
        items += found
        for note in rest:
            role, _ = placed(note)
            if role in (Role.UNREAD, Role.GLANCE):
                needed = role is Role.UNREAD
                unread.append(Unread(action.key, action.where, note, is_needed=needed))
            else:
                remarks.append(Remark(action.key, action.where, note))
    for each in plan.unmanaged:
        left = _left_alone(each, plan)
        if isinstance(left, Remark):
            remarks.append(left)
        else:
            items.append(left)
    drifted, accepted, used = _without_known(items, known, today)
    return DriftReport(
        environments=plan.environments,
        items=tuple(drifted),
        today=today,
        accepted=tuple(accepted),
        unread=tuple(unread),
        remarks=tuple(remarks),
        unused=tuple(_unused(plan, known, used)) if is_whole else (),
        is_whole=is_whole,
        source=plan.source,
        accounts=plan.accounts,
    )


def placed(note: Note) -> tuple[Role, DriftClass | None]:
    """Return what a note is to drift."""
    role, drift = PLACES.get(note.code, (Role.REMARK, None))
    if note.code == "still-shared" and note.level is Level.INFO:
        return Role.REMARK, None  # nobody asked for it to end
    return role, drift


def _sorted_out(action: Action) -> tuple[list[DriftItem], list[Note]]:
    """Return how an action's resource differs, and the notes that no difference carries."""
    apart = [note for note in action.notes if placed(note)[0] is Role.APART]
    blind = [note for note in action.notes if placed(note)[0] in (Role.UNREAD, Role.GLANCE)]
    rest = [note for note in action.notes if note not in apart and note not in blind]
    items = [_apart(action, note) for note in apart]
    drift = _class_of(action, rest, is_seen=not blind, is_said=bool(items))
    waiting = [_waiting(action)] if action.waits_for else []
    if drift is None:
        return items, [*blind, *rest, *waiting]
    first, *more = _parted(action, drift)
    own = [_item(action, *first, (*rest, *waiting)), *(_item(action, *each, ()) for each in more)]
    return [*own, *items], blind


def _parted(
    action: Action, drift: DriftClass
) -> list[tuple[DriftClass, str, tuple[FieldChange, ...]]]:
    """Return an action's difference by class, in words, with its changes.

    A document and a share hold parts that come and go by themselves: a statement of ours that is
    not there is in Git only, one that Git asks for no longer is live only.
    """
    words, changes = _words(action, drift), action.changes
    if action.verb is Verb.APPROVE:
        changes = tuple(each for each in changes if each.name in _OF_APPROVAL) or changes
    if drift is not _CHANGED or not changes or any(e.name not in _PARTS for e in changes):
        return [(drift, words, changes)]
    return [
        (each, words if each is drift else _PART_WORDS[each], found)
        for each in (_CHANGED, _GIT_ONLY, _LIVE_ONLY)
        if (found := tuple(change for change in changes if _class_of_part(change) is each))
    ]


def _class_of_part(change: FieldChange) -> DriftClass:
    if change.name == PROMOTION or is_missing(change.before):
        return _GIT_ONLY
    return _LIVE_ONLY if is_missing(change.after) else _CHANGED


_PARTS: Final = frozenset({"Statement", "Grant", RESOURCE, PRINCIPAL, PROMOTION})
_PART_WORDS: Final = {
    _GIT_ONLY: "declared, and not in AWS",
    _LIVE_ONLY: "in AWS, and Git does not ask for it any more",
}


def _class_of(
    action: Action, notes: Sequence[Note], *, is_seen: bool, is_said: bool
) -> DriftClass | None:
    """Return in which way an action's resource differs, apart from what has been said."""
    if action.verb is Verb.APPROVE:
        return None if is_said else _of_approval(action)
    if action.verb is not Verb.BLOCKED:
        return _BY_VERB.get(action.verb)
    if not is_seen or (is_said and not action.changes):
        return None
    return _of_blocked(action, notes)


_BY_VERB: Final = {
    Verb.CREATE: _GIT_ONLY,
    Verb.ADOPT: _GIT_ONLY,
    Verb.UPDATE: _CHANGED,
    Verb.DELETE: _LIVE_ONLY,
}


def _of_approval(action: Action) -> DriftClass:
    """An approval that Git gave is not there yet; a description alone is a field like others."""
    only_words = all(each.name == "ApprovalDescription" for each in action.changes)
    return _CHANGED if action.changes and only_words else _GIT_ONLY


def _of_blocked(action: Action, notes: Sequence[Note]) -> DriftClass:
    decided = (drift for role, drift in map(placed, notes) if role is Role.DECIDES and drift)
    return next(decided, _GIT_ONLY if action.arn is None else _CHANGED)


def _item(
    action: Action,
    drift: DriftClass,
    what: str,
    changes: Sequence[FieldChange],
    notes: Sequence[Note],
) -> DriftItem:
    return DriftItem(
        drift,
        action.key,
        what,
        action.where,
        action.arn,
        action.context,
        tuple(changes) if action.verb is not Verb.CREATE else (),
        tuple(notes),
        action.modified_by,
        action.modified_at,
    )


def _apart(action: Action, note: Note) -> DriftItem:
    """Return the difference that a note is, which may be beside one of the action's own."""
    drift = placed(note)[1]
    if drift is None:
        raise ValueError(f"{note.code} is no difference of its own")
    if drift is _APPROVED:
        sent = [each for each in action.changes if each.name in _OF_APPROVAL]
        changes = sent if action.verb is Verb.APPROVE else note.about
        return _item(action, drift, "the approval was decided outside Git", changes, (note,))
    return _item(action, drift, note.text, note.about, (note,))


_OF_APPROVAL: Final = frozenset({"ModelApprovalStatus", "ApprovalDescription"})


def _waiting(action: Action) -> Note:
    return Note(Level.INFO, "waiting", f"AWS is at work on it ({action.waits_for})")


def _words(action: Action, drift: DriftClass) -> str:
    if action.verb is Verb.APPROVE and drift is _GIT_ONLY:
        return _approval_words(action)
    if action.verb is not Verb.BLOCKED:
        return _WORDS.get(action.verb, "not as Git says")
    if not action.changes:
        texts = (note.text for note in action.notes if note.level is Level.ERROR)
        return next(texts, "differs, and cannot be brought in line")
    if drift is _GIT_ONLY:
        return "declared, and not in AWS: it cannot be applied as it is"
    return "not as Git says, and applying cannot mend it"


_WORDS: Final = {
    Verb.CREATE: "declared, and not in AWS",
    Verb.ADOPT: "declared and in AWS, and not adopted: it carries no marker of ours",
    Verb.DELETE: "in AWS, and Git says that it is to go",
}


def _approval_words(action: Action) -> str:
    if any(each.name == "ModelApprovalStatus" for each in action.changes):
        return "Git decided on the approval, and it is not applied"
    return "decided outside Git, and Git agrees: not recorded as applied yet"


# --- what no manifest declares


def _left_alone(found: Unmanaged, plan: Plan) -> DriftItem | Remark:
    """Return a live thing that nobody declares; what another reconciler owns is its business."""
    key = ResourceKey(found.environment, found.kind, found.arn.partition("/")[2] or found.arn)
    own = next((each.owner for each in plan.environments if each.name == found.environment), None)
    if found.owner is not None and found.owner != own:
        text = f"{found.arn} is reconciled by '{found.owner}', and no manifest here declares it"
        return Remark(key, None, Note(Level.INFO, "another-owner", text))
    what = "in AWS, and no manifest declares it"
    if found.owner is not None:
        named = f" '{found.identity}'" if found.identity else ""
        what = f"ours by its markers, and its manifest{named} has vanished"
    return DriftItem(_LIVE_ONLY, key, what, arn=found.arn)


# --- what is known already


def _without_known(
    items: Sequence[DriftItem], known: Sequence[KnownDrift], today: date
) -> tuple[list[DriftItem], list[AcceptedDrift], set[int]]:
    """Take out of the items what is known, field by field; return also which entries were used."""
    left: list[DriftItem] = []
    accepted: list[AcceptedDrift] = []
    used: set[int] = set()
    for item in items:
        meant = [(n, each) for n, each in enumerate(known) if each.means(item.key, item.drift)]
        valid = [(n, each) for n, each in meant if not each.is_expired(today)]
        over = [(n, each) for n, each in meant if each.is_expired(today)]
        rest, taken = _divided(item, valid)
        accepted += (AcceptedDrift(part, known[number]) for number, part in taken)
        used |= {number for number, _ in taken}
        if rest is not None:
            ended = [(n, each) for n, each in over if _covers(each, rest)]
            used |= {number for number, _ in ended}
            left.append(replace(rest, expired=tuple(each for _, each in ended)))
        else:
            used |= {number for number, each in over if _covers(each, item)}
    return left, accepted, used


def _divided(
    item: DriftItem, known: Sequence[tuple[int, KnownDrift]]
) -> tuple[DriftItem | None, list[tuple[int, DriftItem]]]:
    """Return what is left of an item, and the parts that entries cover, each by the first."""
    parts: dict[int, list[FieldChange]] = {}
    rest: list[FieldChange] = []
    for change in item.changes:
        number = next((n for n, each in known if _names(each, change)), None)
        if number is None:
            rest.append(change)
        else:
            parts.setdefault(number, []).append(change)
    if not item.changes:
        number = next((n for n, each in known if each.field is None), None)
        return (item, []) if number is None else (None, [(number, item)])
    taken = [(n, replace(item, changes=tuple(found))) for n, found in parts.items()]
    return (replace(item, changes=tuple(rest)) if rest else None), taken


def _names(known: KnownDrift, change: FieldChange) -> bool:
    return known.field is None or fnmatchcase(change.path, known.field)


def _covers(known: KnownDrift, item: DriftItem) -> bool:
    return known.field is None or any(_names(known, each) for each in item.changes)


def _unused(plan: Plan, known: Sequence[KnownDrift], used: set[int]) -> Iterator[KnownDrift]:
    """Yield the entries that match nothing, of those that are about these environments at all."""
    names = [each.name for each in plan.environments]
    for number, each in enumerate(known):
        wanted = each.resource.partition("/")[0]
        if number not in used and any(fnmatchcase(name, wanted) for name in names):
            yield each
