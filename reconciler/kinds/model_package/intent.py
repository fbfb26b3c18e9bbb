"""What a model package's manifest says beyond API members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.resources import Desired

KIND = "ModelPackage"
SERVICE = "sagemaker"

Identity = tuple[str, str]
"""What a version's markers say: who reconciles it, and the name of its manifest."""


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """The group that a version belongs to.

    `identifier` is what the API is given: the name for a group of the same account, the ARN for
    one of another account. `is_foreign` groups cannot be searched, only listed. `owner` is the
    environment that owns the group, where it is declared. `claims` are the manifests of all
    environments that declare a version of it, selected or not, by the identities that are theirs;
    `numbers` those that declare one by its number.
    """

    name: str
    arn: str
    is_foreign: bool
    owner: Environment | None = field(default=None, compare=False)
    claims: Mapping[Identity, ResourceKey] = field(default_factory=dict, compare=False, repr=False)
    numbers: Mapping[int, ResourceKey] = field(default_factory=dict, compare=False, repr=False)

    @property
    def identifier(self) -> str:
        """Return the name or the ARN, whichever the API wants."""
        return self.arn if self.is_foreign else self.name


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval that Git states: a status, and optionally why."""

    status: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PackageIntent:
    """Which live package a manifest means, and what it wants of it.

    Exactly one of `group` (a version) and `unversioned_name` is set. `identity` is the name
    that the version carries in its markers; `version` adopts an existing one. `follows` is the
    version declared just before it in the group, where another environment declares that one.
    """

    identity: str
    group: GroupTarget | None = None
    unversioned_name: str | None = None
    version: int | None = None
    approval: Approval | None = None
    take_ownership_from: str | None = None
    follows: Identity | None = None


def group_of(desired: Desired[PackageIntent]) -> GroupTarget:
    """Return the group of a version."""
    group = desired.intent.group
    if group is None:
        raise TypeError(f"{desired.key} is not a version")
    return group


def identities(desired: Desired[PackageIntent]) -> tuple[Identity, ...]:
    """Return the identities by which a live version is the declared one, its own first."""
    intent = desired.intent
    own = (desired.environment.owner, intent.identity)
    former = (intent.take_ownership_from or own[0], intent.identity)
    return tuple(dict.fromkeys((own, former)))
