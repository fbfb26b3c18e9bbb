"""KMS grants: one for each principal, found by name, never changed but replaced.

A grant's name makes creating it idempotent, and it is immutable: a change creates the new one
and then revokes the old one, so that access never stops in between (aws.md section 5.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import sleep

from reconciler.aws.api import Aws, AwsFault, FaultKind, concurrently
from reconciler.core.changes import FieldChange, compare, located
from reconciler.core.data import MISSING, Json, is_missing
from reconciler.core.environment import Environment
from reconciler.core.fields import Field, Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location
from reconciler.core.plan import Action, Handover, Level, Note, Verb
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
from reconciler.kinds.base import IncompleteWriteError, Stamp, WriteResult
from reconciler.kinds.faults import unknown
from reconciler.kinds.ownership import unknown_note
from reconciler.kinds.policies.access import CarrierMissingError
from reconciler.kinds.policies.contributions import (
    Policy,
    artifact_grants,
    contributor,
    identities,
    identity,
    policies,
)
from reconciler.kinds.policies.desire import document_key
from reconciler.kinds.policies.intent import KEY_GRANTS, KEY_POLICY, GrantsIntent, WantedGrant
from reconciler.kinds.policies.key_access import grant_access, moved_grants
from reconciler.kinds.policies.key_policy import key_manager
from reconciler.kinds.policies.notes import key_notes, sharing_notes, unseen_note
from reconciler.kinds.policies.propagation import once_known
from reconciler.kinds.policies.watching import Watched, watched_places
from reconciler.kinds.policies.widening import account_names, grant_widening
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import grant_operations
from reconciler.policy.arns import is_dangling
from reconciler.policy.ownership import identity_hash, owner_hash
from reconciler.policy.rendering import fold_principals

_SERVICE = "kms"
_PREFIX = "smr"
_PAGE = 100
_Wanted = Desired[GrantsIntent]


@dataclass(frozen=True)
class KeyGrantsHandler:
    """Reads, proposes and writes our grants on the keys that manifests name."""

    pause: Callable[[float], None] = sleep
    kind: str = field(default=KEY_GRANTS, init=False)
    fields: tuple[Field, ...] = field(
        default=(Field("Grant", Rule.MUTABLE, by_key=True, clearable=True),), init=False
    )
    reads: frozenset[str] = field(
        default=frozenset({"kms:ListGrants", "kms:DescribeKey"}), init=False
    )
    writes: frozenset[str] = field(
        default=frozenset({"kms:CreateGrant", "kms:RevokeGrant"}), init=False
    )

    def desire(self, workspace: Workspace) -> tuple[list[_Wanted], list[Problem]]:
        """Return the grants that the manifests ask for, by key."""
        return list(_desired(workspace)), []

    def reader(self, aws: Aws, environment: Environment) -> GrantReader:
        """Return a reader of the environment's grants."""
        return GrantReader(aws, environment)

    def propose(self, desired: Sequence[_Wanted], reading: Reading) -> list[Action]:
        """Return one action for every key on which grants are asked for, or are ours."""
        found = (_propose(each, reading.findings[each.key], self.fields) for each in desired)
        return [action for action in found if action is not None]

    def write(
        self, aws: Aws, action: Action, desired: _Wanted, live: Live | None, stamp: Stamp
    ) -> WriteResult:
        """Create what is new, then revoke what it replaces and what nobody asks for."""
        del stamp  # grants carry no markers but their names
        wanted = {each.name: each for each in desired.intent.grants}
        present = list(live_grants(live)) if live else []
        result = WriteResult(desired.intent.key_arn)
        done = 0
        try:
            for change in sorted(action.changes, key=_takes):  # give first
                self._replace(aws, desired, change, wanted, present)
                done += 1
        except AwsFault as fault:
            if done:
                raise IncompleteWriteError(fault, result) from None
            raise
        return result

    def _replace(
        self,
        aws: Aws,
        desired: _Wanted,
        change: FieldChange,
        wanted: Mapping[str, WantedGrant],
        present: Sequence[Mapping[str, Json]],
    ) -> None:
        name = change.path.removeprefix("Grant.")
        created = ""
        if not is_missing(change.after):
            created = self._create(aws, desired, wanted[name])
        for grant in present:
            if grant["Name"] == name and grant["GrantId"] != created:
                _revoke(aws, desired, str(grant["GrantId"]))

    def _create(self, aws: Aws, desired: _Wanted, grant: WantedGrant) -> str:
        parameters = {
            "KeyId": desired.intent.key_arn,
            "GranteePrincipal": grant.grantee,
            "Operations": list(grant.operations),
            "Name": grant.name,
        }
        call = partial(aws.call, desired.environment, _SERVICE, "CreateGrant", parameters)
        return str(once_known(call, self.pause)["GrantId"])


def _takes(change: FieldChange) -> bool:
    return is_missing(change.after)


def _revoke(aws: Aws, desired: _Wanted, grant_id: str) -> None:
    parameters = {"KeyId": desired.intent.key_arn, "GrantId": grant_id}
    try:
        aws.call(desired.environment, _SERVICE, "RevokeGrant", parameters)
    except AwsFault as fault:
        if fault.kind is not FaultKind.NOT_FOUND:  # gone already is what was wanted
            raise


# --- what is declared


@dataclass(frozen=True, slots=True)
class _Ask:
    policy: Policy
    path: DataPath
    grants: tuple[WantedGrant, ...]


def _desired(workspace: Workspace) -> Iterator[_Wanted]:
    by_key: dict[tuple[str, str], list[_Ask]] = {}
    for policy in policies(workspace):
        for index, artifacts in enumerate(policy.spec.artifacts):
            owner = workspace.environments.get(artifacts.environment)
            if owner is None:
                continue
            registry = workspace.environments[policy.spec.environment]
            for number, key in enumerate(artifacts.keys):
                wanted = key.ensure == "present" and key.via == "grant"
                grants = tuple(_grants(policy, owner, registry)) if wanted else ()
                path = ("spec", "artifacts", index, "keys", number)
                ask = _Ask(policy, path, grants)
                by_key.setdefault((owner.name, key.key_arn), []).append(ask)
    known = identities(workspace)
    for (name, arn), asks in by_key.items():
        found = _of_key(workspace.environments[name], arn, asks, known)
        yield replace(found, intent=replace(found.intent, accounts=account_names(workspace)))
    for watched in watched_places(workspace, KEY_POLICY):
        yield _watched(watched, known)


def _grants(policy: Policy, owner: Environment, registry: Environment) -> Iterator[WantedGrant]:
    """Yield one grant for each principal, with the operations of all that it was granted."""
    purposes: dict[str, set[str]] = {}
    for grant in artifact_grants(policy, owner, registry):
        for principal in fold_principals(grant.principals, owner.partition):
            purposes.setdefault(principal, set()).update(grant_operations(grant.purposes))
    for principal in sorted(purposes):
        yield WantedGrant(
            grant_name(owner.owner, identity(policy), principal),
            principal,
            tuple(sorted(purposes[principal])),
        )


def grant_name(owner: str, identity_of_manifest: str, grantee: str) -> str:
    """Return the name of a grant: who reconciles, which manifest, which principal."""
    principal = hashlib.sha256(grantee.encode()).hexdigest()[:8]
    return f"{_PREFIX}-{owner_hash(owner)}-{identity_hash(identity_of_manifest)}-{principal}"


def _of_key(
    environment: Environment, arn: str, asks: Sequence[_Ask], known: frozenset[str]
) -> _Wanted:
    grants = {grant.name: grant for ask in asks for grant in ask.grants}
    sources = {grant.name: ask for ask in asks for grant in ask.grants}

    def locate(path: DataPath) -> Location:
        ask = sources.get(str(path[1]), asks[0]) if len(path) > 1 else asks[0]
        return ask.policy.locate(ask.path)

    policy_of_key = ResourceKey(environment.name, KEY_POLICY, arn.rpartition("/")[2])
    return Desired(
        key=replace(policy_of_key, kind=KEY_GRANTS),
        environment=environment,
        values={"Grant": {name: _value(grants[name]) for name in sorted(grants)}},
        intent=GrantsIntent(arn, environment.owner, tuple(grants.values()), known),
        where=asks[0].policy.where,
        locate=locate,
        labels=asks[0].policy.labels,
        contributors=tuple(contributor(each.policy) for each in asks),
        after=(policy_of_key,),
        partners=(policy_of_key,),
    )


def _watched(watched: Watched, known: frozenset[str]) -> _Wanted:
    """Return a key that no policy manifest names, to see what one left there."""
    place, manifest = watched.place, watched.manifest
    key = document_key(place)
    return Desired(
        key=replace(key, kind=KEY_GRANTS),
        environment=place.environment,
        values={"Grant": {}},
        intent=GrantsIntent(place.target, place.environment.owner, (), known, watched=True),
        where=manifest.where,
        locate=manifest.locate,
        labels=manifest.labels,
        partners=(key,),
        declared=False,
    )


def _value(grant: WantedGrant) -> Json:
    return {"GranteePrincipal": grant.grantee, "Operations": list(grant.operations)}


# --- what is live


@dataclass(frozen=True, slots=True)
class GrantReader:
    """Reads all grants of a key, a hundred a call."""

    aws: Aws
    environment: Environment

    def read_all(self, desired: Sequence[_Wanted]) -> Reading:
        """Return a finding for every key."""
        findings = concurrently(lambda each: self.read_again(each, None), desired)
        return Reading(dict(zip([each.key for each in desired], findings, strict=True)))

    def read_again(self, desired: _Wanted, arn: str | None) -> Finding:
        """Return the grants of one key as they are now."""
        del arn  # the manifest says which key
        key = desired.intent.key_arn
        parameters = {"KeyId": key, "Limit": _PAGE}
        try:
            wanted = bool(desired.intent.grants)
            manager = key_manager(self.aws, self.environment, key) if wanted else ""
            pages = self.aws.pages(self.environment, _SERVICE, "ListGrants", parameters)
            grants = [grant for page in pages for grant in page.get("Grants", ())]
        except CarrierMissingError as missing:
            return Absent(impossible=str(missing))
        except AwsFault as fault:
            if fault.kind is FaultKind.NOT_FOUND:
                return Absent(impossible=f"there is no key {key}")
            return unknown(fault, key)
        shown: Json = [_live_grant(each) for each in grants]
        return Found(Live(key, {"Grants": shown, "Manager": manager}))


def _live_grant(grant: Mapping[str, Json]) -> Json:
    names = ("GrantId", "Name", "GranteePrincipal", "Operations")
    return {name: grant[name] for name in names if name in grant}


def live_grants(live: Live) -> Iterator[Mapping[str, Json]]:
    """Yield the named grants of a key."""
    grants = live.values["Grants"]
    if isinstance(grants, Sequence):
        for each in grants:
            if isinstance(each, Mapping) and each.get("Name"):
                yield each


def _propose(desired: _Wanted, finding: Finding, fields: tuple[Field, ...]) -> Action | None:
    match finding:
        case Found(live):
            manager = str(live.values["Manager"])
            if notes := tuple(key_notes(live.arn, manager) if manager else ()):
                return _blocked(desired, *notes)
            return _compared(desired, live, fields)
        case Absent(impossible=impossible):
            note = Note(Level.ERROR, "not-found", impossible, "correct the key's ARN")
            return _blocked(desired, note) if desired.intent.grants else None
        case Unknown() if desired.intent.watched:
            note = unseen_note("grants-not-read", "grants are", finding)
            return Action(desired.key, Verb.NONE, desired.where, notes=(note,))
        case Unknown():
            return _blocked(desired, unknown_note(finding))
        case Ambiguous():
            raise AssertionError("a key has one list of grants")


def _blocked(desired: _Wanted, *notes: Note) -> Action:
    gives = grant_access(desired.intent.key_arn, desired.intent.grants)  # as far as we know
    return Action(desired.key, Verb.BLOCKED, desired.where, notes=notes, moves=Handover(gives))


def _compared(desired: _Wanted, live: Live, fields: tuple[Field, ...]) -> Action | None:
    intent = desired.intent
    ours = f"{_PREFIX}-{owner_hash(intent.owner)}-"
    known = {f"{ours}{identity_hash(each)}-" for each in intent.known}
    present: dict[str, Json] = {}
    declared: dict[str, Json] = {each.name: _value(each) for each in intent.grants}
    orphans: list[FieldChange] = []
    for grant in live_grants(live):
        name = str(grant["Name"])
        if not name.startswith(ours):
            continue
        if not any(name.startswith(each) for each in known) and name not in declared:
            left = _seen(grant, None, None)
            orphans.append(FieldChange("Grant", f"Grant.{name}", left, MISSING, Rule.MUTABLE))
            continue
        present[name] = _seen(grant, declared.get(name), present.get(name))
        declared.setdefault(name, None)
    changes = compare(fields, {"Grant": declared}, {"Grant": present})
    if not changes and not orphans and not intent.grants:
        return None
    return Action(
        desired.key,
        _verb(changes, present),
        desired.where,
        located(changes, desired.locate),
        arn=live.arn,
        after_keys=desired.after,
        notes=(
            *_notes(live, orphans),
            *grant_widening(changes, intent.accounts),
            *(sharing_notes(desired.contributors) if changes else ()),
        ),
        moves=moved_grants(intent.key_arn, changes),
    )


def _seen(grant: Mapping[str, Json], wanted: Json, earlier: Json) -> Json:
    """Return a live grant in the form in which it is compared.

    The grantee of a new or a deleted role may be shown by its unique id; the name says whose
    grant it is. A second grant of one name is a difference: one of them is to be revoked.
    """
    operations = grant.get("Operations")
    found = sorted(map(str, operations)) if isinstance(operations, Sequence) else []
    grantee = str(grant.get("GranteePrincipal", ""))
    if is_dangling(grantee) and isinstance(wanted, Mapping):
        grantee = str(wanted["GranteePrincipal"])
    value: dict[str, Json] = {"GranteePrincipal": grantee, "Operations": found}
    return value if earlier is None else {**value, "Duplicate": True}


def _verb(changes: Sequence[FieldChange], present: Mapping[str, Json]) -> Verb:
    if not changes:
        return Verb.NONE
    if all(is_missing(change.after) for change in changes):
        return Verb.DELETE if len(changes) == len(present) else Verb.UPDATE
    return Verb.UPDATE if present else Verb.CREATE


def _notes(live: Live, orphans: Sequence[FieldChange]) -> Iterator[Note]:
    for left in sorted(orphans, key=lambda each: each.path):
        name = left.path.removeprefix("Grant.")
        text = f"grant {name} is ours, but its manifest has vanished; it is kept"
        fix = "bring the manifest back as absent"
        yield Note(Level.WARNING, "orphaned-grant", text, fix, about=(left,))
    for grant in live_grants(live):
        if is_dangling(str(grant.get("GranteePrincipal", ""))):
            text = f"grant {grant['Name']} is for a principal that AWS shows by id only"
            yield Note(Level.WARNING, "dangling-principal", text, "see whether the role is gone")
