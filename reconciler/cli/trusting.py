"""The middle of `reconcile access trust-policy`: from its options to the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from reconciler.access.permissions import Mode
from reconciler.access.trust import AUDIENCE, ISSUER, Repository, Trust, trust_policy
from reconciler.core.environment import Environment
from reconciler.errors import UsageError
from reconciler.manifest.workspace import Workspace
from reconciler.render.access import document_text
from reconciler.render.lines import Line, Span, Style, line


class TrustOptions(TypedDict):
    """What the command is given besides the environment and the manifests."""

    repository: tuple[str, str]
    owner_id: str
    repository_id: str
    branch: str
    deployment: str | None
    issuer: str | None
    audience: str | None
    color: str
    debug: bool
    verbose: bool


def trust_of(options: TrustOptions, environment: str) -> Trust:
    """Return whose tokens are trusted.

    Raises:
        UsageError: if only one of the two ids is given.
    """
    if bool(options["owner_id"]) != bool(options["repository_id"]):
        raise UsageError(
            "--owner-id and --repository-id go together",
            why="a subject has both ids or none",
            fix="give both, or leave both out",
        )
    owner, name = options["repository"]
    return Trust(
        Repository(owner, name, options["owner_id"], options["repository_id"]),
        options["branch"],
        options["deployment"] or f"reconcile-{environment}",
        options["issuer"] or ISSUER,
        options["audience"] or AUDIENCE,
    )


def trust_text(workspace: Workspace, environment: Environment, purpose: str, trust: Trust) -> str:
    """Return the trust policy of a role as JSON."""
    return document_text(trust_policy(workspace, environment, Mode(purpose), trust))


def without_ids(trust: Trust) -> Iterator[Line]:
    """Yield what to know about subjects without ids: most new repositories have them."""
    if not trust.repository.id:
        yield line(
            Span("note:", Style.FAINT),
            " subjects without ids are of repositories from before 2026-07-15; for a newer one "
            "give --owner-id and --repository-id",
        )
