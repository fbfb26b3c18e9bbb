"""What was reviewed in the pull requests that were merged since the last successful apply.

last success ──o──o──o── this commit    first parents: each is one merge, squash or rebased commit
               │  │  └─ pull request #14 ─ own plan comment of its last commit ─ marker ─┐
               │  └──── pull request #13 ─ no plan comment: nothing of it was reviewed   ├─ Review
               └─────── pull request #12 ─ too many operations ─ artifact of that run ───┘

Each commit takes a request or two, and a job's token has a thousand an hour. So they are looked at
newest first, no further than is needed to know that all of a plan was reviewed, and not for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from typing import Final

from reconciler.core.review import Review
from reconciler.errors import InvalidInputError
from reconciler.github.artifacts import plan_documents
from reconciler.github.client import Client
from reconciler.github.comments import READ, GitHubComments, own
from reconciler.github.faults import GitHubError
from reconciler.github.pulls import NOTHING, Pull, compare, first_parents, merged_with
from reconciler.github.run import Run, member
from reconciler.github.viewer import login_of
from reconciler.render.markdown.marking import whole_digest
from reconciler.render.marker import Marker, State, Subject
from reconciler.render.reviewed import review_of

_SHORT: Final = 12
MOST_COMMITS: Final = 100
"""How many commits are looked at for the pull requests that brought them."""

Enough = Callable[[Review], bool]
"""Says whether what was found so far is all that has to be known."""


@dataclass(frozen=True, slots=True)
class MergedReview:
    """What was reviewed, and what could not count: `gaps` are sentences for people.

    They are about the pull requests that were looked at, `pulls`.
    """

    review: Review
    pulls: tuple[Pull, ...] = ()
    gaps: tuple[str, ...] = ()


def _all(_review: Review) -> bool:
    return False


def merged_review(  # noqa: PLR0913 - all of it says which reviews are meant
    client: Client,
    run: Run,
    *,
    key: str,
    since: str | None,
    author: str | None,
    is_enough: Enough = _all,
) -> MergedReview:
    """Return what people have reviewed of the commits that this run is about.

    `since` is the commit of the last success, which bounds them; without one they are those of
    this push. `author` is the author of our comments, if it is known. The commit of the run is
    always looked at, earlier ones until there `is_enough`.

    Raises:
        GitHubError: if GitHub cannot be asked. Nothing counts as reviewed then.
    """
    host: GitHubComments | None = None
    review, pulls, gaps = Review(), dict[int, Pull](), list[str]()
    for sha in _commits(client, run, since):
        if not sha:
            gaps.append(_UNSEEN)
            break
        for each in merged_with(client, sha, run.base_branch):
            if each.number in pulls:
                continue
            host = host or GitHubComments(client, author or login_of(client, run.token), needs=READ)
            found, gap = _of_pull(client, host, each, key)
            pulls[each.number], review = each, review | found
            gaps += [gap] if gap else []
        if is_enough(review):
            break
    return MergedReview(review, tuple(pulls.values()), tuple(gaps))


_UNSEEN: Final = (
    f"only the last {MOST_COMMITS} commits were looked at: what was reviewed before does not count"
)


def pulls_of(client: Client, run: Run) -> Sequence[Pull]:
    """Return the pull requests that this push merged, or the commit of a run without a push."""
    found = {
        each.number: each
        for sha in _commits(client, run, None)
        if sha
        for each in merged_with(client, sha, run.base_branch)
    }
    return tuple(found.values())


def _commits(client: Client, run: Run, last: str | None) -> Iterator[str]:
    """Yield the commits that may bring something new, newest first: that of the run is one.

    An empty one stands for all that are too many.
    """
    yield run.sha
    for since in (last, _before(run)):
        if since and (found := compare(client, since, run.sha)) is not None:
            line = first_parents(client, since, run.sha, found.ahead)
            yield from islice(line, 1, MOST_COMMITS)
            if next(line, None) is not None:
                yield ""
            return


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
