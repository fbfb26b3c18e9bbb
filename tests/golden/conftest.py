"""Fixtures of the golden cases."""

from e2e_support import cli

__all__ = ["cli"]
