"""A fresh plan beside what was reviewed: the middle of `reconcile plan --reviewed-from-pr`.

It is what `reconcile apply` decides by, shown to whoever approves the apply. Nothing depends on
it: where GitHub cannot be asked, that is said, and the plan is as good as before.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.cli.actions import step
from reconciler.cli.options import LookupOptions
from reconciler.cli.recording import overwrites
from reconciler.cli.reviewing import deployment_of, reviews_for
from reconciler.core.plan import Action, Plan
from reconciler.core.review import Comparison, Unreviewed
from reconciler.engine.desired import DesiredState
from reconciler.engine.review import Objection, Terms, judge_review
from reconciler.errors import UsageError


def require_consistent(options: LookupOptions, out: Path | None) -> None:
    """Raise `UsageError` if options about reviews do not go together."""
    from_pr = options["reviewed_from_pr"]
    for name in ("deployment", "comment_author"):
        if options[name] and not from_pr:
            raise UsageError(
                f"--{name.replace('_', '-')} is for --reviewed-from-pr",
                fix="add it, or leave this one out",
            )
    if out is not None and overwrites(out, options["reviewed"]):
        raise UsageError(
            f"--out would write over what another option names: {out}",
            why="what was reviewed must stay as it is",
            fix="give --out a file of its own",
        )


def require_known(options: LookupOptions, state: DesiredState) -> None:
    """Raise `UsageError` outside of a workflow run, or if it is not known whose deployments count.

    It is asked before the plan is made, as everything that is wrong with a command line.
    """
    if options["reviewed_from_pr"]:
        from reconciler.cli.merged import this_run

        this_run()
        deployment_of(options, state)


def compared(plan: Plan, options: LookupOptions, state: DesiredState) -> Comparison | None:
    """Return a plan beside what was reviewed; `None` if nobody asked for that."""
    if not (options["reviewed"] or options["reviewed_from_pr"]):
        return None
    from reconciler.github.faults import GitHubError
    from reconciler.render.reviewed import as_shown

    try:
        with reviews_for(options, state) as reviews:
            review, found = reviews.of(plan)
    except GitHubError as error:
        trouble = ". ".join(filter(None, [error.what, error.why, error.fix]))
        _warn(trouble)
        return Comparison(len(plan.changes), trouble=trouble)
    verdict = judge_review(plan, Terms(as_shown, review=review, gaps=found.gaps))
    unreviewed = [
        _unreviewed(action, objection)
        for action in plan.changes
        if (objection := verdict.objections.get(action.digest)) is not None
    ]
    return Comparison(len(plan.changes), tuple(unreviewed), verdict.remarks)


def _unreviewed(action: Action, found: Objection) -> Unreviewed:
    return Unreviewed(
        action.key, action.verb, action.digest, found.why, found.fix, found.differences
    )


def _warn(trouble: str) -> None:
    from reconciler.render.workflow_commands import Annotation, Kind

    title = "it is not known what was reviewed"
    step().annotations.append(Annotation(Kind.WARNING, title, trouble))
