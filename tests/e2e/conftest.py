"""Fixtures of the end-to-end tests."""

from e2e_support import cli, sandbox, shared_sandbox
from fake_github import any_github
from hosting_support import any_job, job

__all__ = ["any_github", "any_job", "cli", "job", "sandbox", "shared_sandbox"]
