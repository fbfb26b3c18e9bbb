"""What is looked at though no policy manifest names it: for access that was left there. Pure.

A policy manifest that vanished, or a block that was dropped from one, leaves statements and grants
behind. Where they may be is what other manifests still name: groups, and the images, models and
keys of versions. What nobody names any more cannot be found. Where no manifest speaks of policies
at all, nothing is looked at unless somebody asks for it, the environment (`watchPolicies`) or the
command: who does without policies needs neither the permissions nor the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.core.environment import Environment
from reconciler.kinds.model_package.intent import KIND as PACKAGE_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.contributions import (
    Place,
    contributions,
    declared_groups,
    group_place,
    policies,
)
from reconciler.kinds.policies.intent import (
    BUCKET_POLICY,
    GROUP_POLICY,
    KEY_POLICY,
    REPOSITORY_POLICY,
)
from reconciler.manifest.models import ModelPackageSpec
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.policy.arns import parse_arn
from reconciler.shapes.base import Shape
from reconciler.shapes.sagemaker import ModelPackageContainerDefinition

_IMAGE: Final = re.compile(
    r"([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com[.a-z]*/([^:@\s]+)"
)
_BUCKET: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class Watched:
    """One document that is looked at, and a manifest that names what carries it."""

    place: Place
    manifest: Manifest[Shape]


def watched_environments(workspace: Workspace) -> frozenset[str]:
    """Return the names of the environments that are looked at for what no policy manifest names."""
    everywhere = workspace.watches_everywhere or bool(policies(workspace))
    found = workspace.environments.values()
    return frozenset(each.name for each in found if everywhere or each.watch_policies)


def watched_places(workspace: Workspace, kind: str) -> Iterator[Watched]:
    """Yield the documents of a kind that no policy manifest names, each once."""
    watched = watched_environments(workspace)
    if not watched:
        return
    seen = {each.place.identity for each in contributions(workspace)}
    # A bucket has one owner, and an artifacts block says who it is.
    buckets = {target for _, of_kind, target in seen if of_kind == BUCKET_POLICY}
    found = _groups(workspace) if kind == GROUP_POLICY else _of_versions(workspace, kind)
    for each in found:
        place = each.place
        if place.environment.name not in watched or place.identity in seen:
            continue
        if place.kind == BUCKET_POLICY and place.target in buckets:
            continue
        seen.add(place.identity)
        yield each


def _groups(workspace: Workspace) -> Iterator[Watched]:
    for (name, _), group in declared_groups(workspace).items():
        environment = workspace.environments.get(name)
        if environment is not None:
            yield Watched(group_place(environment, group_name(group)), group)


def _of_versions(workspace: Workspace, kind: str) -> Iterator[Watched]:
    for manifest in workspace.of(PACKAGE_KIND, ModelPackageSpec):
        own = workspace.environments.get(manifest.spec.environment)
        if own is not None:
            for place in _carriers(manifest.spec, own, workspace, kind):
                yield Watched(place, manifest)


def _carriers(
    spec: ModelPackageSpec, own: Environment, workspace: Workspace, kind: str
) -> Iterator[Place]:
    """Yield what a version is made of, in the declared environment that owns it.

    A bucket's name does not say whose it is: it is looked for in the version's own account.
    """
    if kind == KEY_POLICY:
        arn = parse_arn(spec.security_config.kms_key_id) if spec.security_config else None
        owner = _owner(workspace, own, arn.account, arn.region) if arn else None
        if arn is not None and owner is not None and arn.resource.startswith("key/"):
            yield Place(owner, KEY_POLICY, str(arn), str(arn))
        return
    for container in _containers(spec):
        if kind == REPOSITORY_POLICY and (found := _IMAGE.match(container.image or "")):
            account, region, name = found.groups()
            owner = _owner(workspace, own, account, region)
            if owner is not None:
                carrier = owner.arn("ecr", f"repository/{name}")
                yield Place(owner, REPOSITORY_POLICY, name, carrier)
        for uri in _models(container) if kind == BUCKET_POLICY else ():
            if found := _BUCKET.match(uri):
                carrier = f"arn:{own.partition}:s3:::{found[1]}"
                yield Place(own, BUCKET_POLICY, found[1], carrier)


def _owner(workspace: Workspace, own: Environment, account: str, region: str) -> Environment | None:
    """Return the environment of an account and region, the version's own if it is that one."""
    candidates = (own, *workspace.environments.values())
    return next(
        (each for each in candidates if (each.account_id, each.region) == (account, region)), None
    )


def _containers(spec: ModelPackageSpec) -> Iterator[ModelPackageContainerDefinition]:
    if spec.inference_specification is not None:
        yield from spec.inference_specification.containers
    for each in spec.additional_inference_specifications or ():
        yield from each.containers


def _models(container: ModelPackageContainerDefinition) -> Iterator[str]:
    if container.model_data_url:
        yield container.model_data_url
    source = container.model_data_source
    if source is not None and source.s3_data_source is not None:
        yield source.s3_data_source.s3_uri
