"""What is wrong with a CrossAccountPolicy and can be known without asking AWS. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.location import DataPath, dotted
from reconciler.core.problem import Problem
from reconciler.kinds.policies.contributions import (
    Contribution,
    Policy,
    contributions,
    declared_groups,
    identities,
    policies,
)
from reconciler.manifest.references import suggestion
from reconciler.manifest.workspace import Workspace
from reconciler.policy.arns import fold_principal, is_account_id, parse_arn
from reconciler.policy.grammar import faults
from reconciler.policy.ownership import colliding_identities


def policy_problems(workspace: Workspace) -> list[Problem]:
    """Return everything that is wrong with the manifests of this kind."""
    found = [problem for policy in policies(workspace) for problem in _of(policy, workspace)]
    return [*found, *_collisions(workspace), *_through_several_environments(workspace)]


def _of(policy: Policy, workspace: Workspace) -> Iterator[Problem]:
    yield from _unknown_groups(policy, workspace)
    yield from _unknown_owners(policy, workspace)
    yield from _keys(policy, workspace)
    yield from _principals(policy, workspace)
    yield from _discoverable(policy)
    yield from _nothing_granted(policy)
    yield from _statements(policy)


def _at(  # noqa: PLR0913, PLR0917 - the parts of one message
    policy: Policy, code: str, path: DataPath, what: str, why: str, fix: str
) -> Problem:
    full = ("spec", *path)
    return Problem(code, policy.locate(full), dotted(full), what, why, fix)


def _unknown_groups(policy: Policy, workspace: Workspace) -> Iterator[Problem]:
    environment = policy.spec.environment
    known = sorted(name for owner, name in declared_groups(workspace) if owner == environment)
    for index, name in enumerate(policy.spec.model_package_groups):
        if name not in known:
            yield _at(
                policy,
                "E305",
                ("modelPackageGroups", index),
                f"there is no ModelPackageGroup named '{name}' in environment '{environment}'",
                f"known there: {', '.join(known) or 'none'}",
                suggestion(name, known) or "add a manifest of kind ModelPackageGroup",
            )


def _unknown_owners(policy: Policy, workspace: Workspace) -> Iterator[Problem]:
    known = sorted(workspace.environments)
    for index, artifacts in enumerate(policy.spec.artifacts):
        if artifacts.environment not in known:
            yield _at(
                policy,
                "E304",
                ("artifacts", index, "environment"),
                f"there is no Environment named '{artifacts.environment}'",
                f"known: {', '.join(known) or 'none'}",
                suggestion(artifacts.environment, known) or "add a manifest of kind Environment",
            )


def _keys(policy: Policy, workspace: Workspace) -> Iterator[Problem]:
    for index, artifacts in enumerate(policy.spec.artifacts):
        owner = workspace.environments.get(artifacts.environment)
        for number, key in enumerate(artifacts.keys if owner else ()):
            arn = parse_arn(key.key_arn)
            if owner is None or arn is None:
                continue
            if (arn.partition, arn.region, arn.account) != _site(owner):
                yield _at(
                    policy,
                    "E227",
                    ("artifacts", index, "keys", number, "keyArn"),
                    f"the key is of account {arn.account} in {arn.region}, environment "
                    f"'{owner.name}' is account {owner.account_id} in {owner.region}",
                    "a key policy is managed in the account that owns the key",
                    "name the environment that owns the key",
                )


def _site(environment: Environment) -> tuple[str, str, str]:
    return environment.partition, environment.region, environment.account_id


def _principals(policy: Policy, workspace: Workspace) -> Iterator[Problem]:
    """Refuse principals of another partition, and the owning account as its own consumer."""
    owner = workspace.environments[policy.spec.environment]
    for index, grant in enumerate(policy.spec.grants):
        for number, principal in enumerate(grant.principals):
            path = ("grants", index, "principals", number)
            arn = parse_arn(principal)
            if arn is not None and arn.partition != owner.partition:
                yield _at(
                    policy,
                    "E227",
                    path,
                    f"the principal is of partition '{arn.partition}', the groups of "
                    f"'{owner.partition}'",
                    "access does not cross partitions",
                    f"name a principal of partition '{owner.partition}'",
                )
            elif fold_principal(principal) == owner.account_id:
                yield _at(
                    policy,
                    "E240",
                    path,
                    f"account {principal} owns the groups already",
                    "within an account access is given by IAM policies",
                    "remove it, or name a role of the account",
                )


def _discoverable(policy: Policy) -> Iterator[Problem]:
    if not policy.spec.discoverable or policy.spec.ensure == "absent":
        return
    if not policy.spec.grants and policy.spec.statements:
        yield _at(
            policy,
            "E241",
            ("discoverable",),
            "there is nobody to share the groups with",
            "they are shared with the accounts of grants, and there are none",
            "add grants with access: [discover], or leave out discoverable",
        )
    for index, grant in enumerate(policy.spec.grants):
        for number, principal in enumerate(grant.principals):
            if not is_account_id(fold_principal(principal)):
                yield _at(
                    policy,
                    "E241",
                    ("grants", index, "principals", number),
                    f"'{principal}' cannot discover the groups",
                    "AWS RAM shares model package groups with accounts, not with roles or users",
                    "name the account, or grant it in a manifest that is not discoverable",
                )


def _nothing_granted(policy: Policy) -> Iterator[Problem]:
    spec = policy.spec
    if spec.ensure == "present" and not spec.grants and not spec.statements:
        yield _at(
            policy,
            "E204",
            (),
            "the policy grants nothing",
            "neither grants nor statements are given",
            "add grants, or write ensure: absent to take everything away",
        )


def _statements(policy: Policy) -> Iterator[Problem]:
    """Refuse raw statements of a form that IAM's grammar does not know, and Sids in them."""
    if policy.spec.ensure == "absent":
        return
    for index, statement in enumerate(policy.spec.statements):
        path: DataPath = ("statements", index)
        if "Sid" in statement:
            yield _at(
                policy,
                "E242",
                (*path, "Sid"),
                "the statement has a Sid",
                "ours says whose statement it is, so the one given would be dropped",
                "leave Sid out; a comment in the file can say what the statement is for",
            )
        form = {key: value for key, value in statement.items() if key != "Sid"}
        for fault in faults(form):
            yield _at(
                policy,
                "E242",
                (*path, *fault.path),
                f"the statement {fault.what}",
                "SageMaker would reject the group policy, or take it to mean something else",
                f"write instead: {fault.fix}",
            )


def _collisions(workspace: Workspace) -> Iterator[Problem]:
    """Refuse two manifests whose identities share a hash: they would share Sids."""
    by_identity = {f"{each.spec.environment}/{each.name}": each for each in policies(workspace)}
    for names in colliding_identities(identities(workspace)):
        policy = by_identity[names[-1]]
        yield Problem(
            "E307",
            policy.locate(("metadata", "name")),
            "metadata.name",
            f"the names {' and '.join(names)} lead to the same statement ids",
            "their hashes collide, so they would overwrite each other's statements",
            "rename one of the two",
        )


def _through_several_environments(workspace: Workspace) -> Iterator[Problem]:
    """Refuse one document under two environments: each would take away what the other adds."""
    first: dict[tuple[str, str], Contribution] = {}
    for each in contributions(workspace):
        place = each.place
        other = first.setdefault((place.environment.account_id, place.carrier), each)
        if other.place.environment.name != place.environment.name:
            yield Problem(
                "E307",
                each.policy.locate(each.path),
                dotted(each.path),
                f"{place.carrier} is named in environment '{place.environment.name}' and in "
                f"'{other.place.environment.name}', at {other.policy.locate(other.path)}",
                "both are the same account, so they would overwrite each other in every run",
                f"name it in '{other.place.environment.name}' only",
            )
