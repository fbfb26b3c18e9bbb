"""What GitHub knows about the pull requests behind an apply, as the workflow run asks it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.core.review import Review
from reconciler.errors import UsageError
from reconciler.github.client import Client
from reconciler.github.deployments import newer_success
from reconciler.github.reviews import merged_review
from reconciler.github.run import Run, run_of


@dataclass(frozen=True, slots=True)
class MergedPullRequests:
    """The pull requests that were merged into the branch of this run, and its deployments."""

    client: Client
    run: Run
    key: str
    author: str | None

    def review(self, deployment: str) -> tuple[Review, tuple[str, ...]]:
        """Return what those showed that were merged since the last deployment, and what is missing.

        Raises:
            GitHubError: if GitHub cannot be asked.
        """
        found = merged_review(
            self.client, self.run, key=self.key, deployment=deployment, author=self.author
        )
        return found.review, found.gaps

    def overtaken_by(self, deployment: str) -> str | None:
        """Return the commit that was deployed already and is later than ours, if there is one.

        Raises:
            GitHubError: if GitHub cannot be asked.
        """
        return newer_success(self.client, deployment, self.run.sha)


@contextmanager
def github(key: str, author: str | None) -> Iterator[MergedPullRequests]:
    """Yield the pull requests of the workflow run that we are part of.

    Raises:
        UsageError: if there is no such run, or no token.
    """
    run = run_of(os.environ)
    if not (run.sha and run.repository):
        raise UsageError(
            "this is no workflow run of GitHub Actions",
            why="GITHUB_REPOSITORY and GITHUB_SHA say which commits are meant",
            fix="set them, or name what was reviewed with --reviewed FILE",
        )
    with Client(run) as client:
        yield MergedPullRequests(client, run, key, author)
