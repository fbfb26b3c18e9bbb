"""Who may do what, as it is told: one row for each document and action, and a table of access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.data import Json
from reconciler.core.location import Location


class AccessResult(StrEnum):
    """The answer to one question."""

    ALLOWED = "allowed"
    NEEDS_IDENTITY = "needs identity policy"
    DENIED = "denied"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The answer to all questions together."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_REFUSING = frozenset({AccessResult.DENIED, AccessResult.MISSING})


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One action on one resource, and what its document says.

    `carrier` is the ARN of what carries the `document`; `environment` is empty where none is
    declared for its account. `statement` is the Sid, or the grant, that decided. `suggestion` is
    the statement to add to `place`. `enough` says whether nothing more is needed here.
    """

    principal: str
    document: str
    carrier: str
    account: str
    environment: str
    action: str
    resource: str
    result: AccessResult
    why: str
    enough: bool
    statement: str = ""
    suggestion: Mapping[str, Json] | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """Whether a principal can use one version, document by document.

    `version` is as it was asked for, `arn` the version's ARN. `planned` says that the documents
    are those that an apply would leave. `remarks` say by which rules rows were made or left out.
    """

    principal: str
    execution_role: str
    purpose: str
    version: str
    arn: str
    planned: bool
    rows: tuple[AccessRow, ...]
    remarks: tuple[str, ...]
    not_evaluated: str

    @property
    def complete(self) -> bool:
        """Say whether nothing is missing, denied or unknown."""
        return bool(self.rows) and all(row.enough for row in self.rows)

    @property
    def verdict(self) -> Verdict:
        """Return no if something is surely missing or denied, yes only if all is known to do."""
        if self.complete:
            return Verdict.YES
        refused = any(row.result in _REFUSING for row in self.rows)
        return Verdict.NO if refused else Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class UncertainAction:
    """An action of which it is not known whether it is allowed, and what that depends on."""

    action: str
    depends_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Permit:
    """What one principal may do with one group.

    `access` are the levels that it surely has, `actions` further single actions, `unknown` those
    that it may have. `environment` is the one that the principal's account is declared as, if
    any. `sources` are manifests or Sids. `dangling` says that the principal was deleted in IAM.
    """

    group_environment: str
    group: str
    group_arn: str
    principal: str
    environment: str
    access: tuple[str, ...]
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    discoverable: bool = False
    unknown: tuple[UncertainAction, ...] = ()
    dangling: bool = False
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class AccessMatrix:
    """Who can do what on which group over all environments.

    `live` says that it was read from the live group policies; `unread` are groups whose policy
    could not be, with the reason.
    """

    permits: tuple[Permit, ...]
    live: bool
    unread: Mapping[str, str]
    not_evaluated: str


@dataclass(frozen=True, slots=True)
class Permission:
    """Some actions on some resources, and what they are needed for."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: Mapping[str, Json] | None = None

    @property
    def statement(self) -> dict[str, Json]:
        """Return the statement of an identity policy."""
        found: dict[str, Json] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return found if self.condition is None else {**found, "Condition": self.condition}


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """What the reconciler itself needs in one environment; `purpose` is plan or apply."""

    environment: str
    account: str
    purpose: str
    permissions: tuple[Permission, ...]
    notes: tuple[str, ...]

    @property
    def document(self) -> dict[str, Json]:
        """Return the identity policy."""
        statements: list[Json] = [each.statement for each in self.permissions]
        return {"Version": "2012-10-17", "Statement": statements}
