"""Fixtures of the end-to-end tests."""

from e2e_support import cli, sandbox, shared_sandbox

__all__ = ["cli", "sandbox", "shared_sandbox"]
