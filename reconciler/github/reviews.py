"""What was reviewed in the pull requests that were merged since the last successful apply.

last success ──o──o──o── this commit    first parents: each is one merge, squash or rebased commit
               │  │  └─ pull request #14 ─ own plan comment of its last commit ─ marker ─┐
               │  └──── pull request #13 ─ no plan comment: nothing of it was reviewed   ├─ Review
               └─────── pull request #12 ─ too many operations ─ artifact of that run ───┘
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from reconciler.core.review import Review
from reconciler.errors import InvalidInputError
from reconciler.github.artifacts import plan_documents
from reconciler.github.client import Client
from reconciler.github.comments import READ, GitHubComments, own
from reconciler.github.deployments import last_success
from reconciler.github.faults import GitHubError
from reconciler.github.pulls import NOTHING, Pull, compare, merged_with
from reconciler.github.run import Run, member
from reconciler.github.viewer import login_of
from reconciler.render.markdown.marking import whole_digest
from reconciler.render.marker import Marker, State, Subject
from reconciler.render.reviewed import review_of

_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class MergedReview:
    """What was reviewed, and what could not count: `gaps` are sentences for people."""

    review: Review
    pulls: tuple[Pull, ...] = ()
    gaps: tuple[str, ...] = ()


def merged_review(
    client: Client, run: Run, *, key: str, deployment: str | None, author: str | None
) -> MergedReview:
    """Return what people have reviewed of the commits that this run is about.

    `deployment` is the environment whose last success bounds them; without one, or where it had
    none, they are those of this push. `author` is the author of our comments, if it is known.

    Raises:
        GitHubError: if GitHub cannot be asked. Nothing counts as reviewed then.
    """
    pulls = pulls_since(client, run, deployment)
    if not pulls:
        return MergedReview(Review())
    host = GitHubComments(client, author or login_of(client, run.token), needs=READ)
    found = [_of_pull(client, host, each, key) for each in pulls]
    return MergedReview(
        reduce(or_, (review for review, _ in found)),
        tuple(pulls),
        tuple(gap for _, gap in found if gap),
    )


def pulls_since(client: Client, run: Run, deployment: str | None) -> Sequence[Pull]:
    """Return the pull requests that were merged since the last success, or else by this push."""
    return merged_with(client, _commits(client, run, deployment), run.base_branch)


def _commits(client: Client, run: Run, deployment: str | None) -> Sequence[str]:
    """Return the commits that may bring something new; that of the run is always one of them."""
    last = last_success(client, deployment) if deployment else None
    for since in (last, _before(run)):
        if since and (found := compare(client, since, run.sha)) is not None:
            return found.line or (run.sha,)
    return (run.sha,)


def _before(run: Run) -> str:
    before = member(run.event, "before")
    return before if isinstance(before, str) and before != NOTHING else ""


def _of_pull(client: Client, host: GitHubComments, pull: Pull, key: str) -> tuple[Review, str]:
    """Return what was reviewed in a pull request, and why it is nothing, if it is."""
    wanted = Marker(Subject.PLAN, key, State.PLANNED, "")
    marker = own(host.list(pull.number), host.whoami(), wanted).marker
    if marker is None or not marker.head:
        return Review(), f"pull request #{pull.number} has no plan comment"
    if marker.head != pull.head:
        return Review(), (
            f"the plan comment of pull request #{pull.number} is of {marker.head[:_SHORT]}, "
            f"not of its last commit {pull.head[:_SHORT]}"
        )
    if marker.operations is not None:
        places = frozenset(marker.places)
        return Review(frozenset(marker.operations), places, (), (pull.words,)), ""
    return _of_artifacts(client, pull, marker)


def _of_artifacts(client: Client, pull: Pull, marker: Marker) -> tuple[Review, str]:
    """Return what was reviewed where it is too much for a comment: the plans of its run."""
    run = marker.planned_by or marker.run
    try:
        plans = plan_documents(client, run, head=marker.head)
    except (GitHubError, InvalidInputError) as error:
        plans, why = (), f"{error.what}: {error.why}".removesuffix(": ")
    else:
        why = "its artifacts are not the plans that the comment shows"
    if not plans or whole_digest(plans) != marker.digest:
        return Review(), (
            f"the plan of pull request #{pull.number} is too large for its comment, and cannot "
            f"be had from workflow run {run}: {why}"
        )
    return reduce(or_, (review_of(each, pull.words) for each in plans)), ""
