"""From contributions to desired documents: one for each document, whoever contributes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location
from reconciler.core.resources import Desired
from reconciler.kinds.model_package_group import KIND as GROUP_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.contributions import (
    Contribution,
    Place,
    contributions,
    contributor,
    declared_groups,
    identities,
)
from reconciler.kinds.policies.intent import (
    GROUP_POLICY,
    KEY_GRANTS,
    KEY_POLICY,
    DocumentIntent,
)
from reconciler.kinds.policies.watching import Watched, watched_places
from reconciler.kinds.policies.widening import account_names
from reconciler.manifest.workspace import Workspace
from reconciler.policy.canonical import canonical_statement
from reconciler.policy.elements import sid_of
from reconciler.policy.merge import Wanted


def desired_documents(workspace: Workspace, kind: str) -> list[Desired[DocumentIntent]]:
    """Return the desired documents of one kind, in the order in which manifests name them."""
    known = identities(workspace)
    by_place: dict[tuple[str, str, str], list[Contribution]] = {}
    for each in contributions(workspace):
        if each.place.kind == kind:
            by_place.setdefault(each.place.identity, []).append(each)
    found = [_desired(parts, known, workspace) for parts in by_place.values()]
    found += (_watched(each, known, workspace) for each in watched_places(workspace, kind))
    return found


def _desired(
    parts: Sequence[Contribution],
    known: frozenset[str],
    workspace: Workspace,
) -> Desired[DocumentIntent]:
    """Return one document with everything that the manifests want in it."""
    place = parts[0].place
    statements = tuple(statement for part in parts for statement in part.statements)
    adopt = frozenset(sid_of(each) for part in parts if part.adopt for each in part.statements)
    wanted = Wanted(place.environment.owner, statements, known, adopt)
    sources = {sid_of(statement): part for part in parts for statement in part.statements}

    def locate(path: DataPath) -> Location:
        part = sources.get(str(path[1])) if len(path) > 1 else None
        part = part or parts[0]
        return part.policy.locate(part.path)

    return Desired(
        key=document_key(place),
        environment=place.environment,
        values={"Statement": {sid_of(each): canonical_statement(each) for each in statements}},
        intent=DocumentIntent(
            place.target,
            place.carrier,
            wanted,
            account_names(workspace),
            any(map(_discloses, parts)),
        ),
        where=parts[0].policy.where,
        locate=locate,
        labels=parts[0].policy.labels,
        needs=_needs(place, workspace),
        partners=_partners(place),
        contributors=tuple(contributor(part.policy) for part in parts),
    )


def _discloses(part: Contribution) -> bool:
    spec = part.policy.spec
    return spec.discoverable and spec.ensure == "present"


def document_key(place: Place) -> ResourceKey:
    """Return the key of a document. A key's policy goes by the key's id."""
    name = place.target.rpartition("/")[2] if place.kind == KEY_POLICY else place.target
    return ResourceKey(place.environment.name, place.kind, name)


def _needs(place: Place, workspace: Workspace) -> tuple[ResourceKey, ...]:
    """Return the group that a group policy is attached to."""
    if place.kind != GROUP_POLICY:
        return ()
    return tuple(
        ResourceKey(environment, GROUP_KIND, name)
        for (environment, name), group in declared_groups(workspace).items()
        if environment == place.environment.name and group_name(group) == place.target
    )


def _partners(place: Place) -> tuple[ResourceKey, ...]:
    """Return the grants on a key: access moves between them and the key's policy."""
    if place.kind != KEY_POLICY:
        return ()
    return (replace(document_key(place), kind=KEY_GRANTS),)


def _watched(each: Watched, known: frozenset[str], workspace: Workspace) -> Desired[DocumentIntent]:
    """Return a document that no manifest asks for anything, to see what one left there."""
    place, manifest = each.place, each.manifest
    wanted = Wanted(place.environment.owner, (), known)
    names = account_names(workspace)
    return Desired(
        key=document_key(place),
        environment=place.environment,
        values={"Statement": {}},
        intent=DocumentIntent(place.target, place.carrier, wanted, names, watched=True),
        where=manifest.where,
        locate=manifest.locate,
        labels=manifest.labels,
        needs=_needs(place, workspace),
        partners=_partners(place),
        declared=False,
    )
