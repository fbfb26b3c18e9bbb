"""What the manifests want of RAM: one share for each manifest that is discoverable. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location
from reconciler.core.resources import Desired
from reconciler.kinds.model_package_group import KIND as GROUP_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.contributions import (
    Policy,
    contributions,
    contributor,
    declared_groups,
    group_place,
    identities,
    identity,
    policies,
)
from reconciler.kinds.policies.intent import GROUP_POLICY, RESOURCE_SHARE, ShareIntent
from reconciler.kinds.policies.share_reading import PRINCIPAL, RESOURCE, SHARED
from reconciler.kinds.policies.watching import watched_environments
from reconciler.kinds.policies.widening import account_names
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.policy.arns import fold_principal, is_account_id
from reconciler.policy.elements import named_principals
from reconciler.shapes.base import Shape

SHARE_PREFIX: Final = "reconciler-"
ORPHANS: Final = "(orphaned)"
"""The name of what stands for the shares without a manifest; no manifest can have it."""
_Wanted = Desired[ShareIntent]


def desired_shares(workspace: Workspace) -> Iterator[_Wanted]:
    """Yield the share of every manifest, wanted or not, and a look at each environment's others."""
    known = identities(workspace)
    for policy in policies(workspace):
        yield _desired(policy, workspace, known)
    watched = set(watched_environments(workspace))
    for (name, _), group in declared_groups(workspace).items():
        if name in watched:
            watched.remove(name)
            yield _orphaned(workspace.environments[name], group, known)


def _orphaned(
    environment: Environment, manifest: Manifest[Shape], known: frozenset[str]
) -> _Wanted:
    """Return what stands for the shares whose manifest has vanished; nothing is ever written."""
    intent = ShareIntent(
        name="",
        owner=environment.owner,
        identity="",
        group_arns=(),
        accounts=(),
        wanted=False,
        said=False,
        known=known,
        named={},
    )
    return Desired(
        key=ResourceKey(environment.name, RESOURCE_SHARE, ORPHANS),
        environment=environment,
        values={},
        intent=intent,
        where=manifest.where,
        locate=manifest.locate,
        labels=manifest.labels,
        declared=False,
    )


def share_name(policy: Policy) -> str:
    """Return the name of a manifest's share."""
    return f"{SHARE_PREFIX}{policy.name}"


def _desired(policy: Policy, workspace: Workspace, known: frozenset[str]) -> _Wanted:
    spec = policy.spec
    environment = workspace.environments[spec.environment]
    groups = _groups(policy, workspace)
    accounts = _accounts(policy)
    wanted = spec.discoverable and spec.ensure == "present" and bool(groups and accounts)
    said = spec.ensure == "absent" or "discoverable" in spec.model_fields_set
    values: dict[str, Json] = {
        RESOURCE: dict.fromkeys(groups, SHARED),
        PRINCIPAL: dict.fromkeys(accounts, SHARED),
    }
    return Desired(
        key=ResourceKey(environment.name, RESOURCE_SHARE, policy.name),
        environment=environment,
        values=values if wanted else {},
        intent=ShareIntent(
            share_name(policy),
            environment.owner,
            identity(policy),
            tuple(groups),
            tuple(accounts),
            wanted,
            said,
            known,
            {arn: names for arn, names in _named(workspace).items() if arn in groups},
            account_names(workspace),
        ),
        where=policy.where,
        locate=partial(_locate, policy, groups, accounts),
        labels=policy.labels,
        contributors=(contributor(policy),),
        needs=tuple(groups.values()) if wanted else (),
    )


def _groups(policy: Policy, workspace: Workspace) -> dict[str, ResourceKey]:
    """Return the ARNs of a manifest's groups, with the groups' keys."""
    environment = workspace.environments[policy.spec.environment]
    declared = declared_groups(workspace)
    found = [declared.get((environment.name, name)) for name in policy.spec.model_package_groups]
    return {
        group_place(environment, group_name(each)).carrier: ResourceKey(
            environment.name, GROUP_KIND, each.name
        )
        for each in found
        if each is not None
    }


def _accounts(policy: Policy) -> dict[str, int]:
    """Return the accounts that a manifest grants something, each with the grant's index."""
    found: dict[str, int] = {}
    for index, grant in enumerate(policy.spec.grants):
        for principal in grant.principals:
            folded = fold_principal(principal)
            if is_account_id(folded):
                found.setdefault(folded, index)
    return {account: found[account] for account in sorted(found)}


def _named(workspace: Workspace) -> dict[str, frozenset[str]]:
    """Return everybody that manifests let into each group, by the group's ARN."""
    found: dict[str, set[str]] = {}
    for each in contributions(workspace):
        if each.place.kind == GROUP_POLICY:
            names = (name for statement in each.statements for name in named_principals(statement))
            found.setdefault(each.place.carrier, set()).update(map(fold_principal, names))
    return {group: frozenset(names) for group, names in found.items()}


def _locate(
    policy: Policy, groups: Mapping[str, ResourceKey], accounts: Mapping[str, int], path: DataPath
) -> Location:
    name = str(path[1]) if len(path) > 1 else ""
    if name in accounts:
        return policy.locate(("spec", "grants", accounts[name], "principals"))
    if name in groups:
        return policy.locate(("spec", "modelPackageGroups", list(groups).index(name)))
    return policy.locate(("spec", "discoverable"))
