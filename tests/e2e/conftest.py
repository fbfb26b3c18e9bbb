"""Fixtures of the end-to-end tests."""

from e2e_support import cli, sandbox, shared_sandbox
from fake_github import any_github, github

__all__ = ["any_github", "cli", "github", "sandbox", "shared_sandbox"]
