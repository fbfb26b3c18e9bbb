"""Fixtures of the tests about GitHub."""

from fake_github import any_github, github

__all__ = ["any_github", "github"]
