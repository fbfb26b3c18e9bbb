"""Manifests of the stories, and how they get to be live."""

from __future__ import annotations

from typing import Any, Final

import boto3
import e2e_support
from e2e_support import ACCOUNT, OTHER, documents, environment, group, version
from project import Project


def roles(account: str) -> str:
    """Return the two roles of an environment, as its manifest names them."""
    start = f"arn:aws:iam::{account}:role/registry"
    return f"assumeRole: {{plan: {start}-plan, apply: {start}-apply}}"


REGISTRY: Final = environment(roles(ACCOUNT))
PRODUCTION: Final = environment(roles(OTHER), name="production", account=OTHER)
PENDING: Final = version("churn-v1", "approval: {status: PendingManualApproval}")
APPROVED: Final = version("churn-v1", "approval: {status: Approved}")


def tagged(team: str, name: str = "churn", environment: str = "registry") -> str:
    """Return a group with a tag."""
    return group(name, f"tags: {{team: {team}}}", environment=environment)


def client(project: Project) -> Any:
    """Return a client of the registry account."""
    found: boto3.client = e2e_support.client(project.sandbox)
    return found


def landed(project: Project, *texts: str) -> str:
    """Bring manifests to `main` and to AWS, by a pull request; return the commit."""
    pull = project.open_pull("before", "What was before", all=documents(*texts))
    project.plan(pull).ends(plan="success", comment="success")
    before = project.github.branches["main"]
    merged = project.merge(pull)
    project.apply(merged, before).ends(apply="success", report="success")
    project.sandbox.calls.clear()
    return merged
