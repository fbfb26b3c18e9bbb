"""A resource as it is declared and as it is found: the two sides that a plan compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reconciler.core.data import Json
from reconciler.core.environment import CallerIdentity, Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location

Intent = TypeVar("Intent", covariant=True)  # noqa: PLC0105 - `Desired[Intent]` reads as English


@dataclass(frozen=True, slots=True)
class Contributor:
    """One of the manifests that have something to say about the same resource."""

    kind: str
    name: str
    where: Location
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desired(Generic[Intent]):
    """One declared resource, references resolved.

    `values` are the declared API members (PascalCase; `None` = must not be set). `intent` is
    what the kind needs beyond them. `needs` must have succeeded before this may be written;
    `after` only fixes the order. `partners` may give the access that this one takes away, or take
    what it gives: they are looked at also where they are not selected.
    `locate` gives the place that declares an API path such as
    `("InferenceSpecification", "Containers", 0, "Image")`, or the nearest one around it.
    `contributors` are the manifests it was made from, where those are not one alone; `where` and
    `labels` are the first one's.
    `elsewhere` does so only for what a fragment declares: the manifest is not read again for it.
    What is not `declared` is only looked for, and never missed.
    """

    key: ResourceKey
    environment: Environment
    values: Mapping[str, Json]
    intent: Intent
    where: Location
    locate: Callable[[DataPath], Location] = field(compare=False, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[ResourceKey, ...] = ()
    after: tuple[ResourceKey, ...] = ()
    partners: tuple[ResourceKey, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    declared: bool = True
    elsewhere: Callable[[DataPath], Location | None] = field(
        default=lambda _path: None, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class Live:
    """One resource as AWS describes it.

    `values` are API-shaped, by member name, server-owned ones left out. `owner`, `identity`
    and `applied_approval` come from our markers (`None` = no marker). `status` is AWS's own word
    (`Completed`, `InProgress`, `Failed`, ...); `failures` are its reasons.
    """

    arn: str
    values: Mapping[str, Json]
    status: str = "Completed"
    owner: str | None = None
    identity: str | None = None
    applied_approval: str | None = None
    version: int | None = None
    modified_by: str | None = None
    modified_at: str | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The resource exists. `authoritative` is false where an index was read that may lag."""

    live: Live
    authoritative: bool = True


@dataclass(frozen=True, slots=True)
class Absent:
    """The resource does not exist. `predecessor` is the newest version of the same group.

    `impossible` says why it cannot be created either (an adopted version that is not there).
    `overtaken` says that another environment is to create one in between, which will be the
    predecessor.
    """

    predecessor: Live | None = None
    impossible: str = ""
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several live things carry this identity, so none may be touched."""

    candidates: tuple[Live, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could not be read: which operation failed, why, and what to do. Never taken for absent."""

    operation: str
    why: str
    permission: str | None = None
    resource: str = ""
    fix: str = ""


Finding = Found | Absent | Ambiguous | Unknown


@dataclass(frozen=True, slots=True)
class Reading:
    """What one bulk read found: a finding for every wanted key, and live things nobody declares.

    `caller` is who read, where a kind judges what its own caller could still do.
    """

    findings: Mapping[ResourceKey, Finding]
    unmanaged: tuple[Live, ...] = ()
    caller: CallerIdentity | None = None
