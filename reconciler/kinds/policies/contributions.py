"""From CrossAccountPolicy manifests to what each document, key and share has to say. Pure.

Several manifests may contribute to one document, and one manifest contributes to many: here
every manifest is taken apart, and `documents` puts the parts together again, by document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.environment import Environment
from reconciler.core.location import DataPath
from reconciler.core.resources import Contributor
from reconciler.kinds.model_package_group import KIND as GROUP_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.intent import (
    BUCKET_POLICY,
    GROUP_POLICY,
    KEY_POLICY,
    MANIFEST_KIND,
    REPOSITORY_POLICY,
)
from reconciler.manifest.models import ModelPackageGroupSpec
from reconciler.manifest.policy_models import Artifacts, CrossAccountPolicySpec, Repository
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.policy.access import Purpose
from reconciler.policy.document import Statement
from reconciler.policy.ownership import sid
from reconciler.policy.rendering import (
    AccessGrant,
    Author,
    bucket_statements,
    group_statements,
    key_statements,
    repository_statements,
)

Policy = Manifest[CrossAccountPolicySpec]


@dataclass(frozen=True, slots=True)
class Place:
    """One document: the account that owns it, its kind, its name, and the ARN of its carrier."""

    environment: Environment
    kind: str
    target: str
    carrier: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """Return what tells this document from others."""
        return (self.environment.name, self.kind, self.target)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one manifest wants of one document. `path` is where the manifest says so.

    `adopt` is for this manifest's statements only, not for its neighbours' in the document.
    """

    policy: Policy
    place: Place
    statements: tuple[Statement, ...]
    path: DataPath
    adopt: bool = False


def policies(workspace: Workspace) -> list[Policy]:
    """Return the manifests of this kind whose environment is declared."""
    return [
        each
        for each in workspace.of(MANIFEST_KIND, CrossAccountPolicySpec)
        if each.spec.environment in workspace.environments
    ]


def identity(policy: Policy) -> str:
    """Return the identity of a manifest that its Sids and names are derived from."""
    return f"{policy.spec.environment}/{policy.name}"


def contributor(policy: Policy) -> Contributor:
    """Return a manifest as one of those that say something about a resource."""
    return Contributor(MANIFEST_KIND, policy.name, policy.where, policy.labels)


def identities(workspace: Workspace) -> frozenset[str]:
    """Return the identities of all manifests, those that ask for nothing any more included."""
    return frozenset(map(identity, policies(workspace)))


def grants_of(policy: Policy) -> list[AccessGrant]:
    """Return the grants of a manifest; none if it is to be taken away."""
    if policy.spec.ensure == "absent":
        return []
    return [
        AccessGrant(tuple(each.principals), tuple(map(Purpose, each.access)))
        for each in policy.spec.grants
    ]


def declared_groups(workspace: Workspace) -> dict[tuple[str, str], Manifest[ModelPackageGroupSpec]]:
    """Return the group manifests by environment and `metadata.name`."""
    return {
        (each.spec.environment, each.name): each
        for each in workspace.of(GROUP_KIND, ModelPackageGroupSpec)
    }


def contributions(workspace: Workspace) -> Iterator[Contribution]:
    """Yield what every manifest wants of every document that it names."""
    for policy in policies(workspace):
        yield from _to_groups(policy, workspace)
        for index, artifacts in enumerate(policy.spec.artifacts):
            owner = workspace.environments.get(artifacts.environment)
            if owner is not None:
                yield from _to_artifacts(policy, artifacts, index, owner, workspace)


def group_place(environment: Environment, name: str) -> Place:
    """Return the place of a group's policy."""
    carrier = environment.arn("sagemaker", f"model-package-group/{name}")
    return Place(environment, GROUP_POLICY, name, carrier)


def _author(policy: Policy, environment: Environment) -> Author:
    return Author(environment.owner, identity(policy), environment.partition)


def _to_groups(policy: Policy, workspace: Workspace) -> Iterator[Contribution]:
    environment = workspace.environments[policy.spec.environment]
    groups = declared_groups(workspace)
    author = _author(policy, environment)
    for index, name in enumerate(policy.spec.model_package_groups):
        manifest = groups.get((environment.name, name))
        if manifest is None:
            continue
        place = group_place(environment, group_name(manifest))
        statements = group_statements(author, grants_of(policy), place.carrier)
        path = ("spec", "modelPackageGroups", index)
        raw = _raw_statements(policy, author)
        yield Contribution(policy, place, (*statements, *raw), path, policy.spec.adopt)


def _raw_statements(policy: Policy, author: Author) -> Iterator[Statement]:
    if policy.spec.ensure == "present":
        for index, statement in enumerate(policy.spec.statements):
            own = {"Sid": sid(author.owner, author.identity, f"Statement{index + 1}")}
            yield {**own, **{key: value for key, value in statement.items() if key != "Sid"}}


def artifact_grants(policy: Policy, owner: Environment, registry: Environment) -> list[AccessGrant]:
    """Return who must be able to read artifacts in the account that owns them.

    Who may deploy reads them; so does the registry's account when a version is registered
    there (aws.md section 5.1). An account needs no policy for what is its own.
    """
    grants = [
        AccessGrant(
            tuple(name for name in each.principals if name != owner.account_id),
            (Purpose.DEPLOY,),
        )
        for each in grants_of(policy)
        if Purpose.DEPLOY in each.purposes
    ]
    if policy.spec.ensure == "present" and registry.account_id != owner.account_id:
        grants.append(AccessGrant((registry.account_id,), (Purpose.REGISTRY,)))
    return [each for each in grants if each.principals]


def _to_artifacts(
    policy: Policy, artifacts: Artifacts, index: int, owner: Environment, workspace: Workspace
) -> Iterator[Contribution]:
    registry = workspace.environments[policy.spec.environment]
    grants = artifact_grants(policy, owner, registry)
    author = _author(policy, owner)
    path = ("spec", "artifacts", index)
    yield from _to_repositories(policy, artifacts, author, grants, (owner, path))
    yield from _to_buckets(policy, artifacts, author, grants, (owner, path))
    for number, key in enumerate(artifacts.keys):
        place = Place(owner, KEY_POLICY, key.key_arn, key.key_arn)
        wanted = key.ensure == "present" and key.via == "keyPolicy"
        statements = key_statements(author, grants) if wanted else ()
        yield _contribution(policy, place, statements, (*path, "keys", number))


_Where = tuple[Environment, DataPath]


def _to_repositories(
    policy: Policy,
    artifacts: Artifacts,
    author: Author,
    grants: Sequence[AccessGrant],
    where: _Where,
) -> Iterator[Contribution]:
    owner, path = where
    for number, each in enumerate(artifacts.repositories):
        repository = each if isinstance(each, Repository) else Repository(name=each)
        place = Place(
            owner,
            REPOSITORY_POLICY,
            repository.name,
            owner.arn("ecr", f"repository/{repository.name}"),
        )
        wanted = repository.ensure == "present"
        statements = repository_statements(author, grants) if wanted else ()
        yield _contribution(policy, place, statements, (*path, "repositories", number))


def _to_buckets(
    policy: Policy,
    artifacts: Artifacts,
    author: Author,
    grants: Sequence[AccessGrant],
    where: _Where,
) -> Iterator[Contribution]:
    """Yield one contribution a bucket: its statements name all prefixes of the manifest."""
    owner, path = where
    for name in dict.fromkeys(each.name for each in artifacts.buckets):
        entries = [each for each in artifacts.buckets if each.name == name]
        prefixes = [each.prefix for each in entries if each.ensure == "present"]
        place = Place(owner, BUCKET_POLICY, name, f"arn:{owner.partition}:s3:::{name}")
        statements = bucket_statements(author, grants, name, prefixes) if prefixes else ()
        number = artifacts.buckets.index(entries[0])
        yield _contribution(policy, place, statements, (*path, "buckets", number))


def _contribution(
    policy: Policy, place: Place, statements: tuple[Statement, ...], path: DataPath
) -> Contribution:
    return Contribution(policy, place, statements, path, policy.spec.adopt)
