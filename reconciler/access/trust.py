"""Who may take the reconciler's own roles: jobs of one GitHub repository, and nobody else. Pure.

The subject of a job's token, and its two forms (GitHub docs, "OpenID Connect reference"): before
2026-07-15 `repo:OWNER/REPO:…`; for repositories created, renamed or transferred since then, and
where it was chosen, the immutable `repo:OWNER@ID/REPO@ID:…`. A job with an `environment:` has that
as its subject, whatever its event; one without has `pull_request` or the ref. Values are compared
whole, with StringEquals: a pattern such as `repo:OWNER/*` trusts other repositories.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.access.permissions import Mode
from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.kinds import HANDLERS
from reconciler.manifest.workspace import Workspace

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Repository:
    """A GitHub repository, with the ids of its owner and its own where subjects are immutable."""

    owner: str
    name: str
    owner_id: str = ""
    id: str = ""

    @property
    def subject(self) -> str:
        """Return how the subjects of its tokens begin."""
        if self.owner_id and self.id:
            return f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.id}"
        return f"repo:{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Which tokens are trusted: who issued them, for what audience, and for which branch's jobs.

    `deployment` is the GitHub environment that the apply job runs in.
    """

    repository: Repository
    branch: str
    deployment: str
    issuer: str = ISSUER
    audience: str = AUDIENCE


def trust_policy(
    workspace: Workspace, environment: Environment, mode: Mode, trust: Trust
) -> dict[str, Json]:
    """Return the trust policy of the role that plans, or applies, in an environment."""
    provider = f"arn:{environment.partition}:iam::{environment.account_id}:oidc-provider"
    jobs: dict[str, Json] = {
        "Sid": "JobsOfTheRepository",
        "Effect": "Allow",
        "Principal": {"Federated": f"{provider}/{trust.issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{trust.issuer}:aud": trust.audience,
                f"{trust.issuer}:sub": list(_subjects(mode, trust)),
            }
        },
    }
    statements: list[Json] = [jobs, *_neighbours(environment, _roles(workspace, environment, mode))]
    return {"Version": "2012-10-17", "Statement": statements}


def _subjects(mode: Mode, trust: Trust) -> Iterator[str]:
    """Yield the subjects of the jobs that take the role; GitHub writes a colon as %3A there."""
    start = trust.repository.subject
    if mode is Mode.APPLY:
        yield f"{start}:environment:{trust.deployment.replace(':', '%3A')}"
    else:
        yield f"{start}:pull_request"
        yield f"{start}:ref:refs/heads/{trust.branch}"


def _neighbours(environment: Environment, roles: list[str]) -> Iterator[dict[str, Json]]:
    """Yield the statement for other environments' roles that read here what theirs depends on."""
    if not roles:
        return
    statement: dict[str, Json] = {
        "Sid": "EnvironmentsThatDependOnThis",
        "Effect": "Allow",
        "Principal": {"AWS": list(roles)},
        "Action": "sts:AssumeRole",
    }
    if external := environment.assume_role.external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external}}
    yield statement


def _roles(workspace: Workspace, environment: Environment, mode: Mode) -> list[str]:
    """Return the roles of the environments whose resources need one of this environment."""
    found = {
        own
        for handler in HANDLERS
        for each in handler.desire(workspace)[0]
        if each.environment.name != environment.name
        and any(key.environment == environment.name for key in each.needs)
        and (own := _role(each.environment, mode))
    }
    return sorted(found)


def _role(environment: Environment, mode: Mode) -> str | None:
    roles = environment.assume_role
    return roles.apply if mode is Mode.APPLY else roles.plan
