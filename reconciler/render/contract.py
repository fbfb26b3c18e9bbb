"""The models of the JSON documents: what machines may rely on, versioned by `formatVersion`.

The version changes when a member goes away or means something else. New members may appear with
any release, so validate with the schema of the release that wrote the document:
`reconcile schema plan` and `reconcile schema report` print the JSON Schemas of these models.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import pydantic
from pydantic import JsonValue
from pydantic.alias_generators import to_camel

from reconciler.core.fields import Rule
from reconciler.core.outcome import Status
from reconciler.core.plan import Level, Verb
from reconciler.core.problem import Severity

FORMAT_VERSION: Final = "1"

Digest = Annotated[str, pydantic.Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""A SHA-256 digest over unredacted canonical JSON."""

Count = Annotated[int, pydantic.Field(ge=0)]


class Part(pydantic.BaseModel):
    """What all parts of a document have in common: camelCase keys, nothing unknown, no changes."""

    model_config: ClassVar[pydantic.ConfigDict] = pydantic.ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        frozen=True,
    )


class Place(Part):
    """A place in a manifest file. Lines and columns are 1-based."""

    path: str
    line: Annotated[int, pydantic.Field(ge=1)]
    column: Annotated[int, pydantic.Field(ge=1)]


class Identity(Part):
    """Names one resource, stable across runs."""

    environment: str
    kind: str
    name: str


class EnvironmentPart(Part):
    """An environment that the plan covers."""

    name: str
    account_id: str
    region: str
    owner: str


class ChangePart(Part):
    """One field that differs. `null` on either side means that it is not set there.

    Secrets are masked on both sides; `sensitive` says that something was.
    """

    path: str
    before: JsonValue
    after: JsonValue
    rule: Rule
    sensitive: bool
    reason: str = ""
    where: Place | None = None


class NotePart(Part):
    """Something to know about an action besides its changes."""

    level: Level
    code: str
    text: str
    fix: str = ""
    why: str = ""


class PredecessorPart(Part):
    """The version that a new one follows, and what the new one does differently."""

    name: str
    changes: tuple[ChangePart, ...]


class ActionPart(Part):
    """One change to one resource, or the statement that none is needed (`none`).

    `digest` is what a reviewer approves: identity, verb, before and after, unredacted.
    """

    resource: Identity
    verb: Verb
    digest: Digest
    where: Place
    arn: str | None = None
    context: str = ""
    changes: tuple[ChangePart, ...] = ()
    notes: tuple[NotePart, ...] = ()
    predecessor: PredecessorPart | None = None
    needs: tuple[Identity, ...] = ()
    waits_for: str | None = None


class RefusalPart(Part):
    """Why a guard does not let the plan be applied. No resource means the whole plan."""

    guard: str
    resource: Identity | None
    where: Place | None
    what: str
    why: str
    fix: str


class UnmanagedPart(Part):
    """A live thing in a managed scope that no manifest declares. It is left alone."""

    environment: str
    kind: str
    arn: str


class ProblemPart(Part):
    """Something wrong with a manifest, or doubtful if it is a warning."""

    code: str
    severity: Severity
    where: Place
    path: str
    what: str
    why: str = ""
    fix: str = ""


class PlanSummary(Part):
    """How many actions there are of each verb, and how many refusals."""

    create: Count
    update: Count
    approve: Count
    adopt: Count
    delete: Count
    blocked: Count
    unchanged: Count
    refusals: Count


class SourcePart(Part):
    """Where the manifests came from, as Git knows it.

    `prefix` is the folder, in the repository, to which all places of the document are relative
    (empty: its root). It ends in a slash.
    """

    commit: str
    dirty: bool
    prefix: str = ""


class UnreviewedPart(Part):
    """An operation of the plan that nobody reviewed, why, and field by field what differs."""

    resource: Identity
    verb: Verb
    digest: Digest
    why: str
    fix: str
    differences: tuple[str, ...] = ()


class ReviewPart(Part):
    """The plan beside what was reviewed. `trouble` is why it could not be compared."""

    unreviewed: tuple[UnreviewedPart, ...]
    remarks: tuple[str, ...] = ()
    trouble: str = ""


class PlanDocument(Part):
    """All that would change in AWS, as `reconcile plan --format json` and `--out` write it."""

    document: Literal["plan"] = "plan"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    commit: str | None
    source: SourcePart | None = None
    digest: Digest
    environments: tuple[EnvironmentPart, ...]
    accounts: dict[str, str] = pydantic.Field(
        default_factory=dict, description="The names of all declared environments by account id."
    )
    actions: tuple[ActionPart, ...]
    refusals: tuple[RefusalPart, ...]
    unmanaged: tuple[UnmanagedPart, ...]
    warnings: tuple[ProblemPart, ...] = ()
    review: ReviewPart | None = pydantic.Field(
        default=None,
        description="What of it was reviewed, if that was asked for. It is in no digest.",
    )
    summary: PlanSummary


class OutcomePart(Part):
    """What became of one action.

    `previous` is the text that a whole document (a policy) had before it was replaced, `journal`
    the file that keeps it.
    """

    resource: Identity
    verb: Verb
    status: Status
    where: Place
    arn: str | None = None
    context: str = ""
    why: str = ""
    fix: str = ""
    request_id: str | None = None
    remarks: tuple[str, ...] = ()
    previous: str = ""
    journal: str = ""


class ReportSummary(Part):
    """How many outcomes there are of each status."""

    applied: Count
    unchanged: Count
    waiting: Count
    stale: Count
    skipped: Count
    refused: Count
    failed: Count


class ReportDocument(Part):
    """What became of a plan, as `reconcile apply --format json` and `--out` write it.

    `code` says why nothing was written although no guard refused: `unreviewed` or `gate`.
    `remarks` are about the run as a whole, e.g. what was reviewed and is done already. `pulls` are
    the pull requests, merged since the last success, whose reviews were looked at (if any were).
    """

    document: Literal["report"] = "report"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    commit: str | None
    plan_digest: Digest
    interrupted: bool
    code: str = ""
    remarks: tuple[str, ...] = ()
    pulls: tuple[int, ...] = ()
    outcomes: tuple[OutcomePart, ...]
    refusals: tuple[RefusalPart, ...]
    warnings: tuple[ProblemPart, ...] = ()
    summary: ReportSummary


class ProblemsDocument(Part):
    """What `reconcile validate` found, and what any command says about invalid manifests."""

    document: Literal["problems"] = "problems"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    valid: bool
    problems: tuple[ProblemPart, ...]


class ErrorDocument(Part):
    """Why a command ended early."""

    document: Literal["error"] = "error"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    what: str
    why: str
    fix: str
    exit_code: int
    code: str = ""
