"""From the options of an apply to the terms on which its plan may be carried out."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import Final

from reconciler.cli.options import ReviewOptions
from reconciler.cli.recording import overwrites
from reconciler.cli.workflow import selection_of
from reconciler.core.review import Review
from reconciler.engine.desired import DesiredState
from reconciler.engine.review import OnUnreviewed, Terms
from reconciler.errors import StaleError, UsageError

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


def terms_of(options: ReviewOptions, state: DesiredState) -> Terms | None:
    """Return the terms that the options set for a plan; `None` if they set none.

    Raises:
        InvalidInputError: if a file is no plan.
        ReconcilerError: if GitHub cannot be asked.
        StaleError: if a later commit was deployed already.
        UsageError: if it is not known which deployments are meant, or outside of a workflow run.
    """
    found = [_review_of(options["reviewed"])] if options["reviewed"] else []
    gate = _review_of((options["gate"],)) if options["gate"] else None
    merged, gaps = _from_github(options, state)
    found += [merged] if merged else []
    if not (found or gate or options["accept_digest"]):
        return None
    from reconciler.render.reviewed import as_shown

    return Terms(
        as_shown,
        review=reduce(or_, found) if found else None,
        gate=gate,
        accepted=options["accept_digest"],
        on_unreviewed=OnUnreviewed(options["on_unreviewed"] or OnUnreviewed.FAIL),
        gaps=gaps,
    )


def _review_of(paths: tuple[Path, ...]) -> Review:
    """Return what the plans of some files and folders show; nothing if there is no plan."""
    from reconciler.cli.rendering import read_plans_by_path
    from reconciler.render.reviewed import review_of

    found = (review_of(document, str(path)) for path, document in read_plans_by_path(paths))
    return reduce(or_, found, Review())


def _from_github(
    options: ReviewOptions, state: DesiredState
) -> tuple[Review | None, tuple[str, ...]]:
    """Return what merged pull requests showed, if it is asked for, and what does not count."""
    if not (options["reviewed_from_pr"] or options["not_behind"]):
        return None, ()
    from reconciler.cli.merged import github

    deployment = options["deployment"] or _deployment(options, state)
    with github(options["key"], options["comment_author"]) as merged:
        if options["not_behind"]:
            _require_not_behind(merged.overtaken_by(deployment), deployment)
        if options["reviewed_from_pr"]:
            return merged.review(deployment)
    return None, ()


def _require_not_behind(later: str | None, deployment: str) -> None:
    """Raise `StaleError` if a later commit than ours was deployed already."""
    if later is not None:
        raise StaleError(
            f"a later commit was deployed to {deployment} already: {later[:12]}",
            why="applying this one would take back what that one changed",
            fix="nothing is to be done here: what is declared now is applied by the newest run",
            code="superseded",
        )


def _deployment(options: ReviewOptions, state: DesiredState) -> str:
    """Return the GitHub environment that goes with the one environment that is selected."""
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
