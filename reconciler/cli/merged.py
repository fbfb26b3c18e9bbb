"""What GitHub knows about the pull requests behind an apply, as the workflow run asks it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.github.client import Client
from reconciler.github.deployments import comes_after, last_success
from reconciler.github.reviews import Enough, MergedReview, merged_review
from reconciler.github.run import Run, run_of


@dataclass(frozen=True, slots=True)
class Whose:
    """Which comments count (their key and author), and whose deployments bound them."""

    key: str
    author: str | None
    deployment: str


@dataclass(frozen=True, slots=True)
class MergedPullRequests:
    """The pull requests that were merged into the branch of this run since a last success."""

    client: Client
    run: Run
    whose: Whose
    since: str | None

    def review(self, is_enough: Enough) -> MergedReview:
        """Return what those showed, newest first until there is enough.

        Raises:
            GitHubError: if GitHub cannot be asked.
        """
        key, author = self.whose.key, self.whose.author
        return merged_review(
            self.client, self.run, key=key, since=self.since, author=author, is_enough=is_enough
        )

    @property
    def later(self) -> str | None:
        """Return the commit that was deployed already and is later than ours, if there is one."""
        since = self.since
        is_later = since is not None and comes_after(self.client, since, self.run.sha)
        return since if is_later else None


def this_run() -> Run:
    """Return the workflow run that we are part of.

    Raises:
        UsageError: if there is none.
    """
    run = run_of(os.environ)
    if not (run.sha and run.repository):
        raise UsageError(
            "this is no workflow run of GitHub Actions",
            why="GITHUB_REPOSITORY and GITHUB_SHA say which commits are meant",
            fix="set them, or name what was reviewed with --reviewed FILE",
        )
    return run


@contextmanager
def github(whose: Whose) -> Iterator[MergedPullRequests]:
    """Yield the pull requests of the workflow run that we are part of.

    Raises:
        GitHubError: if GitHub cannot be asked.
        UsageError: if there is no such run, or no token.
    """
    run = this_run()
    with Client(run) as client:
        since = last_success(client, whose.deployment)
        yield MergedPullRequests(client, run, whose, since)
