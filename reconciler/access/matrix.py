"""Who can do what on which group, over all environments: as declared, or from live policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.access.evidence import Carrier, gather
from reconciler.aws.api import Aws
from reconciler.core.access import AccessMatrix, Permit, UncertainAction
from reconciler.core.environment import Environment
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.contributions import (
    Policy,
    declared_groups,
    group_place,
    policies,
)
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import ACCESS_LEVELS
from reconciler.policy.arns import account_of, fold_principal, is_dangling
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import ANYONE, is_deny, named_principals, sid_of, values
from reconciler.policy.evaluate import NOT_EVALUATED, Asker, Decision, Evidence, Result, evaluate
from reconciler.policy.needs import Need, group_needs
from reconciler.policy.rendering import packages_arn
from reconciler.policy.stores import Store

STATEMENTS: Final = "statements"
"""What stands for the raw statements of a manifest, whose actions are no levels."""
_ONLY_GROUPS: Final = (
    f"only group policies are shown, images, artifacts and keys are not; {NOT_EVALUATED}"
)
_ONLY_LIVE: Final = (
    f"resource shares, by which groups are discovered, were not read; {_ONLY_GROUPS}"
)
_ELSEWHERE: Final = "another account"
_GRANTS: Final = frozenset({Result.ALLOWED, Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY})


@dataclass(slots=True)
class _Cell:
    """What manifests give one principal on one group."""

    policy: Policy
    access: set[str] = field(default_factory=set)
    sources: dict[str, None] = field(default_factory=dict)
    discoverable: bool = False


def declared_matrix(workspace: Workspace) -> AccessMatrix:
    """Return what the manifests grant."""
    permits = [permit for each in _places(workspace) for permit in _declared(each, workspace)]
    return AccessMatrix(tuple(permits), live=False, unread={}, not_evaluated=_ONLY_GROUPS)


def live_matrix(aws: Aws, workspace: Workspace) -> AccessMatrix:
    """Return what the live policies of all declared groups allow on every version."""
    places = list(_places(workspace))
    gathered = gather(aws, map(_carrier, places))
    permits = [
        permit
        for each in places
        for permit in _allowed(each, gathered.evidence.documents.get(each.arn), workspace)
    ]
    return AccessMatrix(tuple(permits), live=True, unread=gathered.unread, not_evaluated=_ONLY_LIVE)


@dataclass(frozen=True, slots=True)
class _Place:
    """One declared group."""

    environment: Environment
    manifest: str
    name: str

    @property
    def arn(self) -> str:
        return group_place(self.environment, self.name).carrier


def _places(workspace: Workspace) -> Iterator[_Place]:
    for (environment, name), manifest in sorted(declared_groups(workspace).items()):
        if environment in workspace.environments:
            yield _Place(workspace.environments[environment], name, group_name(manifest))


def _carrier(place: _Place) -> Carrier:
    return Carrier(Store.GROUP, place.arn, place.name, place.environment)


# --- as declared


def _declared(place: _Place, workspace: Workspace) -> Iterator[Permit]:
    cells: dict[str, _Cell] = {}
    for policy in policies(workspace):
        spec = policy.spec
        here = spec.environment == place.environment.name
        if here and place.manifest in spec.model_package_groups and spec.ensure == "present":
            for principal, access in _grants(policy):
                cell = cells.setdefault(principal, _Cell(policy))
                cell.access |= access
                cell.sources[policy.name] = None
                cell.discoverable |= spec.discoverable
    for principal, cell in sorted(cells.items()):
        yield Permit(
            group_environment=place.environment.name,
            group=place.name,
            group_arn=place.arn,
            principal=principal,
            environment=_environment(principal, workspace),
            access=tuple(each.value for each in ACCESS_LEVELS if each.value in cell.access),
            actions=(STATEMENTS,) if STATEMENTS in cell.access else (),
            sources=tuple(cell.sources),
            discoverable=cell.discoverable,
            where=cell.policy.where,
        )


def _grants(policy: Policy) -> Iterator[tuple[str, set[str]]]:
    for grant in policy.spec.grants:
        for principal in grant.principals:
            yield fold_principal(principal), set(grant.access)
    for statement in policy.spec.statements:
        for principal in named_principals(statement):
            yield fold_principal(principal), {STATEMENTS}


def _environment(principal: str, workspace: Workspace) -> str:
    """Return the environments whose account a principal is of, `""` if there is none."""
    account = account_of(principal)
    names = [each.name for each in workspace.environments.values() if each.account_id == account]
    return ", ".join(sorted(names))


# --- as live


def _allowed(
    place: _Place, document: PolicyDocument | None, workspace: Workspace
) -> Iterator[Permit]:
    if document is None:
        return
    named: dict[str, list[Statement]] = {}
    for statement in document.statements:
        # What neither allows nor denies in a way that we know is shown, as uncertain.
        if not is_deny(statement):
            for principal in _let_in(statement):
                named.setdefault(principal, []).append(statement)
    for principal, statements in sorted(named.items()):
        yield _permit(place, document, principal, statements, workspace)


def _let_in(statement: Statement) -> dict[str, None]:
    """Return whom a statement speaks about: everybody, where it says who is not meant."""
    if "NotPrincipal" in statement:
        return {ANYONE: None}
    return dict.fromkeys(map(fold_principal, named_principals(statement)))


def _permit(
    place: _Place,
    document: PolicyDocument,
    principal: str,
    statements: Iterable[Statement],
    workspace: Workspace,
) -> Permit:
    every_version = packages_arn(place.arn)
    # As if from another account: what the owner's own IAM policies allow is not the question.
    asker, evidence = Asker(principal), Evidence({place.arn: document})
    results = {
        (need.action, need.resource): evaluate(need, asker, evidence)
        for need in _needs(place.arn, every_version, statements)
    }
    levels = {level: group_needs(level, place.arn, every_version) for level in ACCESS_LEVELS}
    held = [
        level
        for level, needs in levels.items()
        if all(results[need.action, need.resource].result in _GRANTS for need in needs)
    ]
    covered = {need.action for level in held for need in levels[level]}
    return Permit(
        group_environment=place.environment.name,
        group=place.name,
        group_arn=place.arn,
        principal=principal,
        environment=_environment(principal, workspace),
        access=tuple(each.value for each in held),
        actions=tuple(sorted(_actions(results, _GRANTS) - covered)),
        sources=tuple(dict.fromkeys(sid_of(each) or "(no Sid)" for each in statements)),
        unknown=tuple(_uncertain(results)),
        dangling=is_dangling(principal),
    )


_Results = Mapping[tuple[str, str], Decision]
"""Answers by action and resource."""


def _needs(group_arn: str, versions: str, statements: Iterable[Statement]) -> Iterator[Need]:
    """Yield every action of every level, and every other action that a statement names."""
    for level in ACCESS_LEVELS:
        for need in group_needs(level, group_arn, versions):
            yield replace(need, account=_ELSEWHERE)
    for statement in statements:
        for action in values(statement, "Action"):
            for resource in (group_arn, versions):
                yield Need(Store.GROUP, group_arn, _ELSEWHERE, action, resource)


def _actions(results: _Results, wanted: frozenset[Result]) -> set[str]:
    return {action for (action, _), each in results.items() if each.result in wanted}


def _uncertain(results: _Results) -> Iterator[UncertainAction]:
    """Yield the actions that may be allowed on the group or on its versions, and by what."""
    doubts: dict[str, dict[str, None]] = {}
    for (action, _), each in results.items():
        if each.result is Result.UNKNOWN:
            doubts.setdefault(action, {}).update(dict.fromkeys(each.unknown))
    for action, found in sorted(doubts.items()):
        yield UncertainAction(action, tuple(found))
