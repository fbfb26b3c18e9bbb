"""From manifests to desired packages: which group, which identity, in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location
from reconciler.core.problem import Problem
from reconciler.core.resources import Desired
from reconciler.kinds.model_package.intent import (
    KIND,
    SERVICE,
    Approval,
    GroupTarget,
    Identity,
    PackageIntent,
    identities,
)
from reconciler.kinds.model_package.rules import package_problems
from reconciler.kinds.model_package.watching import watched_groups
from reconciler.kinds.model_package_group import KIND as GROUP_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.order import artifact_policies, group_policies
from reconciler.manifest.models import GroupReference, ModelPackageGroupSpec, ModelPackageSpec
from reconciler.manifest.paths import yaml_path
from reconciler.manifest.references import suggestion
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.shapes.base import to_api

_Groups = Mapping[tuple[str, str], Manifest[ModelPackageGroupSpec]]
_APPROVAL_PATHS: Mapping[str | int, DataPath] = {
    "ModelApprovalStatus": ("approval", "status"),
    "ApprovalDescription": ("approval", "description"),
}


def desire(workspace: Workspace) -> tuple[list[Desired[PackageIntent]], list[Problem]]:
    """Return the declared packages in declared order, and what is wrong with them."""
    groups = {
        (each.spec.environment, each.name): each
        for each in workspace.of(GROUP_KIND, ModelPackageGroupSpec)
    }
    found: list[Desired[PackageIntent]] = []
    problems: list[Problem] = []
    for manifest in workspace.of(KIND, ModelPackageSpec):
        environment = workspace.environments.get(manifest.spec.environment)
        if environment is None:
            continue
        target, needs, wrong = _target(manifest, environment, workspace, groups)
        problems += wrong
        problems += package_problems(manifest, environment)
        problems += _elsewhere(manifest, environment, target)
        if target or manifest.spec.model_package_name:
            found.append(_desired(manifest, environment, target, needs))
    problems += _same_live_package(found)
    claimed = _claimed(found)
    watched = list(watched_groups(workspace, claimed))
    return [*_after_policies(_in_order(claimed), workspace), *watched], problems


def _desired(
    manifest: Manifest[ModelPackageSpec],
    environment: Environment,
    target: GroupTarget | None,
    needs: tuple[ResourceKey, ...],
) -> Desired[PackageIntent]:
    spec = manifest.spec
    values: dict[str, Json] = dict(to_api(spec))
    approval = None
    if spec.approval:
        approval = Approval(spec.approval.status, spec.approval.description)

    def locate(path: DataPath) -> Location:
        if path and path[0] in _APPROVAL_PATHS:
            return manifest.locate(("spec", *_APPROVAL_PATHS[path[0]]))
        return manifest.locate(("spec", *yaml_path(ModelPackageSpec, path)))

    def elsewhere(path: DataPath) -> Location | None:
        return manifest.elsewhere(("spec", *yaml_path(ModelPackageSpec, path)))

    return Desired(
        key=ResourceKey(environment.name, KIND, manifest.name),
        environment=environment,
        values=values,
        intent=PackageIntent(
            identity=manifest.name,
            group=target,
            unversioned_name=None if target else spec.model_package_name,
            version=spec.version,
            approval=approval,
            take_ownership_from=spec.take_ownership_from,
        ),
        where=manifest.where,
        locate=locate,
        labels=manifest.labels,
        needs=needs,
        elsewhere=elsewhere,
    )


def _target(
    manifest: Manifest[ModelPackageSpec],
    environment: Environment,
    workspace: Workspace,
    groups: _Groups,
) -> tuple[GroupTarget | None, tuple[ResourceKey, ...], list[Problem]]:
    """Return the group that a package belongs to, what it needs, and what is wrong with that."""
    reference = manifest.spec.model_package_group
    if reference is None:
        return None, (), []
    if isinstance(reference, str) and reference.startswith("arn:"):
        return _from_arn(reference, environment, groups, workspace)
    owner, name = environment.name, reference
    if isinstance(reference, GroupReference):
        owner, name = reference.environment, reference.name
    found = groups.get((owner, str(name)))
    owning = workspace.environments.get(owner)
    if {(GROUP_KIND, name), ("Environment", owner)} & workspace.invalid:
        return None, (), []
    if found is None or owning is None:
        return None, (), [_unknown_group(manifest, owner, str(name), workspace, groups)]
    live_name = group_name(found)
    target = GroupTarget(
        live_name,
        owning.arn(SERVICE, f"model-package-group/{live_name}"),
        (owning.account_id, owning.region) != (environment.account_id, environment.region),
        owning,
    )
    return target, (ResourceKey(owner, GROUP_KIND, found.name),), []


def _from_arn(
    arn: str, environment: Environment, groups: _Groups, workspace: Workspace
) -> tuple[GroupTarget, tuple[ResourceKey, ...], list[Problem]]:
    """Return the group that an ARN names, and its manifest's key where there is one."""
    name = arn.rpartition("/")[2]
    needs = tuple(
        ResourceKey(owner, GROUP_KIND, each.name)
        for (owner, _), each in groups.items()
        if group_name(each) == name
        and owner in workspace.environments
        and workspace.environments[owner].arn(SERVICE, f"model-package-group/{group_name(each)}")
        == arn
    )
    own = environment.arn(SERVICE, f"model-package-group/{name}")
    owner = next((workspace.environments[key.environment] for key in needs), None)
    return GroupTarget(name, arn, arn != own, owner), needs, []


def _elsewhere(
    manifest: Manifest[ModelPackageSpec], environment: Environment, target: GroupTarget | None
) -> Iterator[Problem]:
    """Refuse a group of another partition or region: SageMaker would not find it there."""
    if target is None:
        return
    _, partition, _, region, *_ = target.arn.split(":")
    if (partition, region) != (environment.partition, environment.region):
        yield Problem(
            "E227",
            manifest.locate(("spec", "modelPackageGroup")),
            "spec.modelPackageGroup",
            f"the group is in {region} ({partition}), environment '{environment.name}' in "
            f"{environment.region} ({environment.partition})",
            "a version is registered in the region of its group",
            f"use a group in {environment.region}, or declare another environment",
        )


def _unknown_group(
    manifest: Manifest[ModelPackageSpec],
    owner: str,
    name: str,
    workspace: Workspace,
    groups: _Groups,
) -> Problem:
    path: DataPath = ("spec", "modelPackageGroup")
    where = manifest.locate(path)
    if owner not in workspace.environments:
        known = sorted(workspace.environments)
        return Problem(
            "E304",
            where,
            "spec.modelPackageGroup.environment",
            f"there is no Environment named '{owner}'",
            f"known: {', '.join(known) or 'none'}",
            suggestion(owner, known) or "add a manifest of kind Environment",
        )
    known = sorted(each for environment, each in groups if environment == owner)
    elsewhere = sorted(
        environment
        for environment, each in groups
        if each == name and environment in workspace.environments
    )
    hint = f"write {{environment: {elsewhere[0]}, name: {name}}}" if elsewhere else ""
    return Problem(
        "E305",
        where,
        "spec.modelPackageGroup",
        f"there is no ModelPackageGroup named '{name}' in environment '{owner}'",
        f"known there: {', '.join(known) or 'none'}",
        hint or suggestion(name, known) or "add a manifest of kind ModelPackageGroup",
    )


def _same_live_package(found: list[Desired[PackageIntent]]) -> Iterator[Problem]:
    """Yield a problem for every second manifest that means one live package."""
    seen: dict[tuple[str, str], Desired[PackageIntent]] = {}
    for each in found:
        for claim, path in _claims(each):
            first = seen.setdefault(claim, each)
            if first is not each and first.key != each.key:
                yield Problem(
                    "E307",
                    each.locate(path),
                    "spec.version" if path == ("Version",) else "metadata.name",
                    f"{first.key} declares the same live package",
                    f"the other one is at {first.where}",
                    "keep one of the two",
                )


def _claims(desired: Desired[PackageIntent]) -> Iterator[tuple[tuple[str, str], DataPath]]:
    intent = desired.intent
    if intent.group is None:
        scope = f"{desired.environment.account_id}/{desired.environment.region}"
        yield (scope, str(intent.unversioned_name).lower()), ("ModelPackageName",)
        return
    owner = desired.environment.owner
    yield (intent.group.arn.lower(), f"{owner}/{intent.identity}"), ()
    if intent.version is not None:
        yield (intent.group.arn.lower(), str(intent.version)), ("Version",)


def _claimed(found: list[Desired[PackageIntent]]) -> list[Desired[PackageIntent]]:
    """Return the packages with each group knowing the identities that manifests claim in it.

    All of them, since a selection must not make a version look like nobody's.
    """
    claims: dict[str, dict[Identity, ResourceKey]] = defaultdict(dict)
    numbers: dict[str, dict[int, ResourceKey]] = defaultdict(dict)
    versions = [(each, each.intent.group) for each in found if each.intent.group is not None]
    for each, group in versions:
        claims[group.arn.lower()].setdefault(identities(each)[0], each.key)
        if each.intent.version is not None:
            numbers[group.arn.lower()].setdefault(each.intent.version, each.key)
    for each, group in versions:  # after all names: a name comes before what is taken over
        for former in identities(each)[1:]:
            claims[group.arn.lower()].setdefault(former, each.key)

    def knowing(each: Desired[PackageIntent]) -> Desired[PackageIntent]:
        group = each.intent.group
        if group is None:
            return each
        arn = group.arn.lower()
        group = replace(group, claims=claims[arn], numbers=numbers[arn])
        return replace(each, intent=replace(each.intent, group=group))

    return [knowing(each) for each in found]


def _in_order(found: list[Desired[PackageIntent]]) -> list[Desired[PackageIntent]]:
    """Return the packages with each version placed after the one declared before it in its group.

    AWS numbers versions as they arrive, so declared order decides the numbers.
    """
    last: dict[str, Desired[PackageIntent]] = {}
    ordered = []
    for each in found:
        group = each.intent.group
        if group is None or each.intent.version is not None:
            ordered.append(each)
            continue
        before = last.get(group.arn)
        ordered.append(each if before is None else _following(each, before))
        last[group.arn] = each
    return ordered


def _following(
    each: Desired[PackageIntent], before: Desired[PackageIntent]
) -> Desired[PackageIntent]:
    if before.key.environment == each.key.environment:
        return replace(each, after=(before.key,))
    intent = replace(each.intent, follows=identities(before)[0])
    return replace(each, after=(before.key,), intent=intent)


def _after_policies(
    found: list[Desired[PackageIntent]], workspace: Workspace
) -> list[Desired[PackageIntent]]:
    """Return the packages with each version placed after the policies that it depends on.

    A version in another account's group needs that group's policy. What a version is made of
    has to be readable first, but AWS may find it so by policies that are not ours.
    """
    group_policy, artifacts = group_policies(workspace), artifact_policies(workspace)

    def placed(each: Desired[PackageIntent]) -> Desired[PackageIntent]:
        group = each.intent.group
        if group is None:
            return each
        policy = group_policy.get(group.arn) if group.is_foreign else None
        needs = each.needs if policy is None else (*each.needs, policy)
        return replace(each, needs=needs, after=(*each.after, *artifacts.get(group.arn, ())))

    return [placed(each) for each in found]
