"""The models of the JSON documents that `reconcile access` prints, as those in `contract`."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from reconciler.core.access import AccessResult, Verdict
from reconciler.render.contract import FORMAT_VERSION, Part


class AccessRowPart(Part):
    """One action on one resource. `suggestion` is the statement to add to `place`, if any.

    `enough` says that nothing more is needed here. `account` and `environment` are empty where
    they are not known.
    """

    principal: str
    document: str
    carrier: str
    account: str
    environment: str
    action: str
    resource: str
    result: AccessResult
    enough: bool
    why: str
    statement: str = ""
    place: str = ""
    suggestion: JsonValue = None


class AccessDocument(Part):
    """Whether a principal can use a version, as `reconcile access check` writes it.

    `complete` says that the verdict is yes, which is when the command exits with 0.
    """

    document: Literal["access"] = "access"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    principal: str
    execution_role: str
    purpose: str
    version: str
    arn: str
    planned: bool
    complete: bool
    verdict: Verdict
    rows: tuple[AccessRowPart, ...]
    remarks: tuple[str, ...]
    not_evaluated: str


class UncertainPart(Part):
    """An action that may be allowed, and the condition keys, or whatever else, that decide."""

    action: str
    depends_on: tuple[str, ...]


class PermitPart(Part):
    """What one principal may do with one group: levels, further actions, and what is uncertain.

    `dangling` says that the principal was deleted in IAM, which leaves its unique id.
    """

    group_environment: str
    group: str
    group_arn: str
    principal: str
    environment: str
    access: tuple[str, ...]
    actions: tuple[str, ...] = ()
    unknown: tuple[UncertainPart, ...] = ()
    sources: tuple[str, ...] = ()
    discoverable: bool = False
    dangling: bool = False


class UnreadPart(Part):
    """A group whose policy could not be read, and why."""

    group_arn: str
    why: str


class MatrixDocument(Part):
    """Who can do what on which group, as `reconcile access matrix` writes it."""

    document: Literal["access-matrix"] = "access-matrix"
    format_version: Literal["1"] = FORMAT_VERSION
    tool_version: str
    live: bool
    permits: tuple[PermitPart, ...]
    unread: tuple[UnreadPart, ...]
    not_evaluated: str
