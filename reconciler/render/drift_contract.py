"""The model of the drift document: what `reconcile drift --format json` and `--out` write.

See `contract` for what `formatVersion` promises.
"""

from __future__ import annotations

from typing import Literal

import pydantic
from pydantic import JsonValue

from reconciler.core.drift import DriftClass
from reconciler.render.contract import (
    FORMAT_VERSION,
    Count,
    Digest,
    EnvironmentPart,
    Identity,
    NotePart,
    Part,
    Place,
    ProblemPart,
    SourcePart,
)


class DriftChangePart(Part):
    """One field that differs. `null` on either side means that it is not set there.

    Secrets are masked on both sides; `sensitive` says that something was.
    """

    path: str
    live: JsonValue
    git: JsonValue
    sensitive: bool
    where: Place | None = None


class KnownPart(Part):
    """An entry of the file of known drift. Without `expires` it is accepted for good."""

    resource: str
    drift: DriftClass | None = pydantic.Field(default=None, alias="class")
    field: str | None = None
    ticket: str
    expires: str | None = None
    reason: str = ""
    where: Place


class DriftPart(Part):
    """One resource, and how AWS and Git differ about it in one way.

    `digest` stands for this difference, unredacted: it is the same as long as the difference is.
    `expired` are entries of known drift that accept it no longer. `modifiedBy` and `modifiedAt` are
    who changed the live resource last, where AWS says so.
    """

    drift: DriftClass = pydantic.Field(alias="class")
    resource: Identity
    digest: Digest
    what: str
    where: Place | None = None
    arn: str | None = None
    context: str = ""
    changes: tuple[DriftChangePart, ...] = ()
    notes: tuple[NotePart, ...] = ()
    modified_by: str | None = None
    modified_at: str | None = None
    expired: tuple[KnownPart, ...] = ()


class AcceptedPart(Part):
    """Drift that is known: it does not count."""

    item: DriftPart
    known: KnownPart


class UnreadPart(Part):
    """What could not be read, so that nobody knows whether it drifted.

    What is not `needed` is named by no manifest, only looked at, and no failure.
    """

    resource: Identity
    where: Place
    code: str
    why: str
    fix: str = ""
    needed: bool


class RemarkPart(Part):
    """Something to know about a resource that is no drift."""

    resource: Identity
    where: Place | None = None
    note: NotePart


class DriftSummary(Part):
    """How much there is of each. `failures` are what is needed and could not be read."""

    changed: Count
    approved: Count
    git_only: Count
    live_only: Count
    known: Count
    failures: Count

    @property
    def drift(self) -> int:
        """Return how many differences count as drift."""
        return self.changed + self.approved + self.git_only + self.live_only


class DriftEnvironmentPart(EnvironmentPart):
    """An environment that was looked at, and what was found there.

    `digest` is the same as long as its drift is. It is `clean` without drift and failures.
    """

    digest: Digest
    clean: bool
    summary: DriftSummary


class DriftDocument(Part):
    """How AWS differs from Git, as `reconcile drift --format json` and `--out` write it.

    `date` (UTC) decided which known drift has expired. `unused` is known drift that was not found.
    Without `whole`, a selection left something out of the environments, and nothing is known of
    what only exists live.
    """

    document: Literal["drift"] = "drift"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    date: str
    commit: str | None
    source: SourcePart | None = None
    digest: Digest
    clean: bool
    whole: bool
    environments: tuple[DriftEnvironmentPart, ...]
    accounts: dict[str, str] = pydantic.Field(
        default_factory=dict, description="The names of all declared environments by account id."
    )
    drift: tuple[DriftPart, ...]
    known: tuple[AcceptedPart, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    remarks: tuple[RemarkPart, ...] = ()
    unused: tuple[KnownPart, ...] = ()
    warnings: tuple[ProblemPart, ...] = ()
    summary: DriftSummary
