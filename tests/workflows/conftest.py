"""Fixtures of the workflow stories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_support import sandbox, shared_sandbox
from fake_github import FakeGitHub
from project import Project

from reconciler.sandbox.server import SandboxServer

__all__ = ["sandbox", "shared_sandbox"]


@pytest.fixture
def project(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Project]:
    """A repository with an empty commit, and accounts with nothing in them."""
    with FakeGitHub() as github:
        yield Project(github, sandbox, tmp_path)
