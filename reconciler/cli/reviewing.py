"""From the options of an apply to the terms on which its plan may be carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.cli.options import LookupOptions, ReviewOptions
from reconciler.cli.recording import overwrites
from reconciler.cli.workflow import selection_of
from reconciler.core.plan import Plan
from reconciler.core.review import Review
from reconciler.engine.desired import DesiredState
from reconciler.engine.review import OnUnreviewed, Terms
from reconciler.errors import StaleError, UsageError

if TYPE_CHECKING:
    from reconciler.cli.merged import MergedPullRequests
    from reconciler.github.reviews import MergedReview

_REVIEWED: Final = "--reviewed or --reviewed-from-pr"


def require_consistent(options: ReviewOptions) -> None:
    """Raise `UsageError` if options about reviews do not go together."""
    from_pr, choice = options["reviewed_from_pr"], options["on_unreviewed"]
    if choice and not (options["reviewed"] or from_pr):
        raise UsageError(
            f"--on-unreviewed {choice} says nothing without a review",
            why="it is about changes that a review does not have",
            fix=f"add {_REVIEWED}, or leave it out",
        )
    if choice == OnUnreviewed.GATE and not options["gate"]:
        raise UsageError(
            "--on-unreviewed gate needs the plan that the approver was shown",
            fix="add --gate FILE, or take --on-unreviewed fail",
        )
    if options["deployment"] and not (from_pr or options["not_behind"]):
        raise UsageError(
            "--deployment is for --reviewed-from-pr and --not-behind",
            fix="add one of them, or leave it out",
        )
    if options["comment_author"] and not from_pr:
        raise UsageError(
            "--comment-author is for --reviewed-from-pr", fix="add it, or leave this one out"
        )
    _require_apart(options)


def _require_apart(options: ReviewOptions) -> None:
    """Raise `UsageError` if a file is to be written that is also read, or written twice."""
    read = [*options["reviewed"], *([options["gate"]] if options["gate"] else [])]
    out, plan_out = options["out"], options["plan_out"]
    for name, path, others in (
        ("--out", out, [*read, *([plan_out] if plan_out else [])]),
        ("--plan-out", plan_out, read),
    ):
        if path is not None and overwrites(path, others):
            raise UsageError(
                f"{name} would write over what another option names: {path}",
                why="what was reviewed must stay as it is, and each file has one content",
                fix=f"give {name} a file of its own",
            )


@contextmanager
def terms_for(
    options: ReviewOptions, state: DesiredState
) -> Iterator[Callable[[Plan], Terms | None]]:
    """Yield what tells the terms on which a plan may be applied; `None` if there are none.

    What cannot be asked, or is overtaken, is known before there is a plan. Which pull requests
    are looked at depends on it.

    Raises:
        InvalidInputError: if a file is no plan.
        ReconcilerError: if GitHub cannot be asked.
        StaleError: if a later commit was deployed already.
        UsageError: if it is not known which deployments are meant, or outside of a workflow run.
    """
    gate = _review_of((options["gate"],)) if options["gate"] else None
    with reviews_for(options, state, is_asked=options["not_behind"]) as reviews:
        if options["not_behind"]:
            reviews.require_not_behind()

        def terms_of(plan: Plan) -> Terms | None:
            review, found = reviews.of(plan)
            if review is None and gate is None and not options["accept_digest"]:
                return None
            from reconciler.render.reviewed import as_shown

            return Terms(
                as_shown,
                review=review,
                gate=gate,
                accepted=options["accept_digest"],
                on_unreviewed=OnUnreviewed(options["on_unreviewed"] or OnUnreviewed.FAIL),
                gaps=found.gaps,
                pulls=tuple(each.number for each in found.pulls),
            )

        yield terms_of


@dataclass(frozen=True, slots=True)
class Reviews:
    """What was reviewed: the plans in files, and what merged pull requests showed."""

    files: Review | None
    merged: MergedPullRequests | None
    from_pr: bool

    def of(self, plan: Plan) -> tuple[Review | None, MergedReview]:
        """Return what was reviewed, as far as a plan asks for it, and what of it was merged."""
        if self.merged is None or not self.from_pr:
            from reconciler.github.reviews import MergedReview

            return self.files, MergedReview(Review())
        files = self.files
        places = {each.name: each for each in plan.environments}

        def is_enough(found: Review) -> bool:
            review = files | found if files else found
            return all(
                review.allows(each.digest, places[each.key.environment]) for each in plan.changes
            )

        found = self.merged.review(is_enough)
        return (files | found.review if files else found.review), found

    def require_not_behind(self) -> None:
        """Raise `StaleError` if a later commit than ours was deployed already."""
        if self.merged is not None:
            _require_not_behind(self.merged.later, self.merged.whose.deployment)


@contextmanager
def reviews_for(
    options: LookupOptions, state: DesiredState, *, is_asked: bool = False
) -> Iterator[Reviews]:
    """Yield what was reviewed by the options. GitHub is asked for it, or if that `is_asked`.

    Raises:
        InvalidInputError: if a file is no plan.
        ReconcilerError: if GitHub cannot be asked.
        UsageError: if it is not known which deployments are meant, or outside of a workflow run.
    """
    files = _review_of(options["reviewed"]) if options["reviewed"] else None
    from_pr = options["reviewed_from_pr"]
    if not (from_pr or is_asked):
        yield Reviews(files, None, from_pr)
        return
    from reconciler.cli.merged import Whose, github

    deployment = deployment_of(options, state)
    with github(Whose(options["key"], options["comment_author"], deployment)) as merged:
        yield Reviews(files, merged, from_pr)


def _review_of(paths: tuple[Path, ...]) -> Review:
    """Return what the plans of some files and folders show; nothing if there is no plan."""
    from reconciler.cli.rendering import read_plans_by_path
    from reconciler.render.reviewed import review_of

    found = (review_of(document, str(path)) for path, document in read_plans_by_path(paths))
    return reduce(or_, found, Review())


def _require_not_behind(later: str | None, deployment: str) -> None:
    """Raise `StaleError` if a later commit than ours was deployed already."""
    if later is not None:
        raise StaleError(
            f"a later commit was deployed to {deployment} already: {later[:12]}",
            why="applying this one would take back what that one changed",
            fix="nothing is to be done here: what is declared now is applied by the newest run",
            code="superseded",
        )


def deployment_of(options: LookupOptions, state: DesiredState) -> str:
    """Return the GitHub environment of --deployment, else of the one environment that is selected.

    Raises:
        UsageError: if it is not known which one is meant.
    """
    if options["deployment"]:
        return options["deployment"]
    selection = selection_of(options)
    selected = {each.environment.name for each in state.resources if selection.keeps(each)}
    named = selected or set(state.environments)
    if len(named) != 1:
        raise UsageError(
            "it is not known whose deployments to look up",
            why=f"{len(named)} environments are selected, and each is deployed by itself",
            fix="select one with --environment, or name them with --deployment NAME",
        )
    return f"reconcile-{named.pop()}"
