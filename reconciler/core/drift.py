"""How AWS differs from Git: what was found, what is known already, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.core.changes import FieldChange
from reconciler.core.data import Json, digest, is_missing
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Note, Source


class DriftClass(StrEnum):
    """In which way AWS and Git differ.

    - `changed`: what is live is not as Git says. Changed outside Git, or not applied yet.
    - `approved`: somebody decided on an approval outside Git.
    - `git-only`: declared, and not there, not adopted or not approved yet.
    - `live-only`: there, and no manifest asks for it.
    """

    CHANGED = "changed"
    APPROVED = "approved"
    GIT_ONLY = "git-only"
    LIVE_ONLY = "live-only"


@dataclass(frozen=True, slots=True)
class KnownDrift:
    """Drift that somebody knows of: which, until when (`None` = for good), and why.

    `resource` is a glob of `environment/Kind/name`, `field` one of the path of a field; without
    one all of the resource is meant. `expires` is the last day on which it is accepted.
    """

    resource: str
    ticket: str
    where: Location
    drift: DriftClass | None = None
    field: str | None = None
    expires: date | None = None
    reason: str = ""

    def is_expired(self, today: date) -> bool:
        """Say whether the last day on which it is accepted is over."""
        return self.expires is not None and self.expires < today

    def means(self, key: ResourceKey, drift: DriftClass) -> bool:
        """Say whether this is about a resource's drift of one class, whatever the field."""
        name = f"{key.environment}/{key.kind}/{key.name}"
        return self.drift in (None, drift) and fnmatchcase(name, self.resource)


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One resource, and how it differs in one way.

    `changes` go from live (`before`) to Git (`after`). `where` is the manifest, if there is one.
    `modified_by` and `modified_at` are who changed the live resource last, where AWS says so.
    `expired` is known drift that is accepted no longer.
    """

    drift: DriftClass
    key: ResourceKey
    what: str
    where: Location | None = None
    arn: str | None = None
    context: str = ""
    changes: tuple[FieldChange, ...] = ()
    notes: tuple[Note, ...] = ()
    modified_by: str | None = None
    modified_at: str | None = None
    expired: tuple[KnownDrift, ...] = ()

    @property
    def digest(self) -> str:
        """Return what tells this drift from any other, whenever and by whomever it was made."""
        key: Json = [self.key.environment, self.key.kind, self.key.name]
        changes: Json = [
            {
                "path": each.path,
                "live": None if is_missing(each.before) else [each.before],
                "git": None if is_missing(each.after) else [each.after],
            }
            for each in self.changes
        ]
        return digest(
            {
                "class": self.drift.value,
                "key": key,
                "arn": self.arn,
                "changes": changes,
                "what": "" if self.changes else self.what,
                "expired": [each.ticket for each in self.expired],
            }
        )


@dataclass(frozen=True, slots=True)
class AcceptedDrift:
    """Drift that is known: it is shown, and does not count."""

    item: DriftItem
    known: KnownDrift


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, so that nobody knows whether it drifted.

    `is_needed` is false for what no manifest names and that is only looked at.
    """

    key: ResourceKey
    where: Location
    note: Note
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a resource that is no drift."""

    key: ResourceKey
    where: Location | None
    note: Note


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All that was found. `today` decided which known drift has expired.

    `unused` is known drift that was not found. `is_whole` says that whole environments were looked
    at; otherwise nothing is known of what only exists live.
    """

    environments: tuple[Environment, ...]
    items: tuple[DriftItem, ...]
    today: date
    accepted: tuple[AcceptedDrift, ...] = ()
    unread: tuple[Unread, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unused: tuple[KnownDrift, ...] = ()
    is_whole: bool = True
    source: Source | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Unread, ...]:
        """Return what a manifest declares and that could not be read."""
        return tuple(each for each in self.unread if each.is_needed)

    def digest_of(self, environment: str) -> str:
        """Return the digest of one environment's drift: equal as long as it is the same drift."""
        items = [each.digest for each in self.items if each.key.environment == environment]
        unread: list[Json] = [
            [each.key.kind, each.key.name]
            for each in self.failures
            if each.key.environment == environment
        ]
        found: Json = {"items": sorted(items), "unread": unread}
        return digest(found)
