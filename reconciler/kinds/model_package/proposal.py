"""From what was found to what should be done about packages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.core.changes import FieldChange, compare, located
from reconciler.core.data import MISSING, Json
from reconciler.core.fields import Field, Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Level, Note, Predecessor, Verb
from reconciler.core.resources import Absent, Ambiguous, Desired, Finding, Found, Live, Unknown
from reconciler.kinds.editing import impossible, judged
from reconciler.kinds.markers import APPROVAL, NAME, OWNER
from reconciler.kinds.model_package.approval import PENDING, Decision, at_creation, decide
from reconciler.kinds.model_package.fields import (
    UNVERSIONED,
    VERSIONED,
    without_inference_specification,
)
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.ownership import Claim, judge, unknown_note

_Wanted = Desired[PackageIntent]
_BUSY = frozenset({"Pending", "InProgress"})
DUPLICATE_IDENTITY = "duplicate-identity"
_ONE_TO_ONE = "a manifest and a live version have to mean each other, and no other"
FAILED_VERSION = "failed-version"


def propose(desired: _Wanted, finding: Finding) -> list[Action]:
    """Return what to do about one package: at most one action on it and one approval."""
    match finding:
        case Found(live):
            return _existing(desired, live)
        case Absent(predecessor, impossible, overtaken):
            if impossible:
                return [_blocked(desired, Note(Level.ERROR, "not-found", impossible, _NO_VERSION))]
            return _new(desired, None if overtaken else predecessor)
        case Ambiguous(candidates):
            return [_blocked(desired, _ambiguous_note(desired, candidates))]
        case Unknown():
            return [_blocked(desired, unknown_note(finding))]


_NO_VERSION = "correct version, or remove it to register a new version"


def _blocked(desired: _Wanted, note: Note) -> Action:
    return _action(desired, Verb.BLOCKED, (), notes=(note,))


def _action(
    desired: _Wanted,
    verb: Verb,
    changes: tuple[FieldChange, ...],
    *,
    live: Live | None = None,
    notes: tuple[Note, ...] = (),
) -> Action:
    busy = live is not None and live.status in _BUSY
    return Action(
        desired.key,
        verb,
        desired.where,
        located(changes, desired.locate) if live else changes,
        arn=live.arn if live else None,
        target=_target(desired),
        context=_context(desired, live, verb),
        needs=desired.needs,
        after_keys=desired.after if live is None else (),
        notes=notes,
        waits_for=live.status if live and busy else None,
        modified_by=live.modified_by if live else None,
        modified_at=live.modified_at if live else None,
    )


def _target(desired: _Wanted) -> str:
    """Return what the manifest means: the group and its version if one is given, or the name."""
    intent = desired.intent
    if intent.group is None:
        return str(intent.unversioned_name)
    return intent.group.arn if intent.version is None else f"{intent.group.arn}/{intent.version}"


def _context(desired: _Wanted, live: Live | None, verb: Verb) -> str:
    group = desired.intent.group
    if group is None:
        return "unversioned"
    number = live.version if live else desired.intent.version
    if number is not None:
        version = f"version {number} of"
    else:
        version = "in" if verb is Verb.BLOCKED else "new version of"
    account = f" in account {group.arn.split(':')[4]}" if group.is_foreign else ""
    return f"{version} group {group.name}{account}"


def _ambiguous_note(desired: _Wanted, candidates: Sequence[Live]) -> Note:
    arns = " and ".join(each.arn for each in candidates)
    return Note(
        Level.ERROR,
        DUPLICATE_IDENTITY,
        f"several live versions are '{desired.intent.identity}': {arns}",
        f"remove the metadata key {NAME} from all but one of them, or correct version",
        _ONE_TO_ONE,
        refuses=True,
    )


def contested(desired: _Wanted, rival: tuple[Live, ResourceKey]) -> Action:
    """Return the action for a live package that another manifest means too: neither may have it."""
    live, other = rival
    note = Note(
        Level.ERROR,
        DUPLICATE_IDENTITY,
        f"{live.arn} is meant by {desired.key} and by {other}",
        "keep one of the two manifests: a version has one name",
        _ONE_TO_ONE,
        refuses=True,
    )
    return _action(desired, Verb.BLOCKED, (), live=live, notes=(note,))


# --- a package that does not exist


def _new(desired: _Wanted, predecessor: Live | None) -> list[Action]:
    fields = _fields(desired)
    values = with_markers(desired)
    create = replace(
        _action(desired, Verb.CREATE, compare(fields, values, {})),
        predecessor=_compared(desired, predecessor),
    )
    approval = desired.intent.approval
    decision = at_creation(approval) if approval else Decision()
    return [create, *_approval(desired, decision, None)]


def _fields(desired: _Wanted) -> tuple[Field, ...]:
    return VERSIONED if desired.intent.group else UNVERSIONED


def with_markers(desired: _Wanted) -> dict[str, Json]:
    """Return the declared values of a new package with the markers that make it ours."""
    markers = {OWNER: desired.environment.owner, NAME: desired.intent.identity}
    if desired.intent.group is None:
        return _with(desired.values, "Tags", markers)
    if desired.intent.approval is not None:
        markers[APPROVAL] = PENDING
    values = _with(desired.values, "CustomerMetadataProperties", markers)
    return {**values, "ModelApprovalStatus": PENDING}


def _with(values: Mapping[str, Json], name: str, markers: dict[str, str]) -> dict[str, Json]:
    present = values.get(name) or {}
    if not isinstance(present, Mapping):
        raise TypeError(f"{name} is a map")
    return {**values, name: {**present, **markers}}


def _compared(desired: _Wanted, predecessor: Live | None) -> Predecessor | None:
    """Return how a new version differs from the newest one of its group."""
    if predecessor is None:
        return None
    return following(desired, f"version {predecessor.version}", predecessor.values)


def following(desired: _Wanted, name: str, values: Mapping[str, Json]) -> Predecessor:
    """Return how a new version differs from the one that it will follow.

    What stands in its own manifest has no place here: that is the place of the action.
    """
    changes = compare(_fields(desired), desired.values, values)
    return Predecessor(name, located(changes, desired.elsewhere))


# --- a package that exists


def _existing(desired: _Wanted, live: Live) -> list[Action]:
    ownership = judge(desired, live, desired.intent.take_ownership_from)
    if ownership.claim is Claim.FOREIGN:
        return [_action(desired, Verb.BLOCKED, (), live=live, notes=ownership.notes)]
    if note := _broken(live):
        return [_action(desired, Verb.BLOCKED, (), live=live, notes=(note,))]
    fields = _live_fields(desired, live)
    decision = _decision(desired, live)
    adopting = ownership.claim is not Claim.OURS or live.identity != desired.intent.identity
    values = dict(desired.values)
    if adopting:
        values = _adopting(desired, live)
        decision = replace(decision, records=False)  # adopting records what Git agrees with
    changes = judged(compare(fields, values, live.values), fields)
    if impossible(changes):
        verb = Verb.BLOCKED
    elif adopting:
        verb = Verb.ADOPT
    else:
        verb = Verb.UPDATE if changes else Verb.NONE
    said_with_approval = decision.changes or decision.refused
    notes = ownership.notes if said_with_approval else (*ownership.notes, *decision.notes)
    return [
        _action(desired, verb, changes, live=live, notes=notes),
        *_approval(desired, decision, live),
    ]


def _broken(live: Live) -> Note | None:
    """Return what is wrong with a package that no action can mend."""
    if live.status == "Failed":
        reasons = "; ".join(live.failures) or "AWS gives no reason"
        return Note(
            Level.ERROR,
            FAILED_VERSION,
            f"validation failed: {reasons}",
            "a failed version cannot be repaired: mend the cause and declare a new metadata.name",
        )
    if live.status == "Deleting":
        text = "the package is being deleted"
        return Note(Level.ERROR, "being-deleted", text, "run again when the deletion is done")
    return None


def _live_fields(desired: _Wanted, live: Live) -> tuple[Field, ...]:
    fields = _fields(desired)
    lacks = not live.values.get("InferenceSpecification")
    return without_inference_specification(fields) if desired.intent.group and lacks else fields


def _decision(desired: _Wanted, live: Live) -> Decision:
    approval = desired.intent.approval
    return decide(approval, live, desired.environment.on_drift) if approval else Decision()


def _adopting(desired: _Wanted, live: Live) -> dict[str, Json]:
    """Return the declared values with the markers that make a live package ours.

    Where the live approval is what Git says, adopting also records it as applied.
    """
    markers = {OWNER: desired.environment.owner, NAME: desired.intent.identity}
    if desired.intent.group is None:
        return _with(desired.values, "Tags", markers)
    approval = desired.intent.approval
    if approval is not None and live.values.get("ModelApprovalStatus") == approval.status:
        markers[APPROVAL] = approval.status
    return _with(desired.values, "CustomerMetadataProperties", markers)


def _approval(desired: _Wanted, decision: Decision, live: Live | None) -> list[Action]:
    """Return the action that carries out an approval decision, if there is something to do."""
    if not (decision.changes or decision.refused or decision.records):
        return []
    changes = decision.changes
    approval = desired.intent.approval
    status_changes = any(each.name == "ModelApprovalStatus" for each in changes)
    moves = status_changes or decision.records
    if moves and approval and (live is None or live.applied_approval != approval.status):
        changes = (*changes, _marker_change(live, approval.status))
    verb = Verb.BLOCKED if decision.refused else Verb.APPROVE
    action = _action(desired, verb, changes, live=live, notes=decision.notes)
    return [
        replace(
            action,
            changes=located(changes, desired.locate),
            needs=(*desired.needs, desired.key),
            after_keys=(),
        )
    ]


def _marker_change(live: Live | None, status: str) -> FieldChange:
    name = "CustomerMetadataProperties"
    before = PENDING if live is None else live.applied_approval
    path = f"{name}.{APPROVAL}"
    return FieldChange(name, path, before if before is not None else MISSING, status, Rule.MUTABLE)
