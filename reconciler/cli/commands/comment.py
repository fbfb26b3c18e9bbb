"""`reconcile comment`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli import values
from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.hosting import DOCUMENTS, HostOptions, applied, hosting
from reconciler.errors import ExitCode

_STATES = ("planned", "applying", "applied", "failed", "superseded")


class CommentOptions(HostOptions):
    """What the comment says, and where it goes."""

    plan: tuple[Path, ...]
    apply: tuple[Path, ...]
    state: str | None
    expect: tuple[str, ...]
    pr: int | None
    head: str | None
    key: str
    when_no_changes: str
    mask_account_ids: bool
    artifact_url: str
    summary_url: str
    not_behind: bool


@click.command(
    "comment",
    epilog=examples(
        "reconcile comment --plan plans --expect staging,production",
        "reconcile comment --plan plan.json --apply report.json",
        "reconcile comment --plan plan.json --pr 12 --repository acme/registry --dry-run",
    ),
)
@click.option(
    "--plan", multiple=True, type=DOCUMENTS, metavar="PATH",
    help="A plan, or a folder with plans (plan --out, apply --plan-out).",
)  # fmt: skip
@applied
@click.option(
    "--state", type=click.Choice(_STATES),
    help="How far it has come. Default: what --apply says, without it planned.",
)  # fmt: skip
@click.option(
    "--expect", multiple=True, metavar="ENVIRONMENT", callback=values.comma_list,
    help="An environment whose plan has to be there. Without one, the comment says that it failed.",
)  # fmt: skip
@click.option(
    "--pr", type=click.IntRange(1), metavar="NUMBER",
    help="The pull request. Default: that of the event, of the merge queue, or of the commit.",
)  # fmt: skip
@click.option(
    "--head", metavar="SHA",
    help="The commit that was planned. Default: that of the event, else of the plan.",
)  # fmt: skip
@click.option(
    "--key", default="all", show_default=True, metavar="TEXT",
    help="Tells comments apart where a pull request has several.",
)  # fmt: skip
@click.option(
    "--when-no-changes", type=click.Choice(("update", "always", "delete")), default="update",
    show_default=True, help="Only update a comment that is there, always have one, or have none.",
)  # fmt: skip
@click.option(
    "--not-behind", is_flag=True,
    help="Write nothing if a later commit was deployed to every environment with changes: what is "
    "to be announced will not be applied.",
)  # fmt: skip
@click.option("--mask-account-ids", is_flag=True, help="Show the last four digits only.")
@click.option("--artifact-url", default="", metavar="URL", help="Where the whole plan is.")
@click.option("--summary-url", default="", metavar="URL", help="Where the run's summary is.")
@hosting
@in_step()
def command(**options: Unpack[CommentOptions]) -> ExitCode:
    """Keep a pull request's comment about plan and apply up to date.

    There is one for each key. It is found again by its author and a hidden marker. A plan is
    only written while it is of the pull request's last commit, and never over a later run's.
    """
    from reconciler.cli import commenting, documents, hosting
    from reconciler.cli.actions import step
    from reconciler.errors import UsageError
    from reconciler.github.comments import GitHubComments
    from reconciler.render.lines import line
    from reconciler.render.markdown import state_of
    from reconciler.render.marker import State

    output = hosting.host_output(options)
    absent = bool(options["expect"])
    if not (options["plan"] or options["apply"] or absent):
        raise UsageError("there is nothing to say", fix="give --plan, --apply or --expect")
    plans = documents.plans_in(options["plan"], absent=absent)
    expected = options["expect"]
    unplanned = documents.unplanned_in(options["plan"], plans, expected, absent=absent)
    expected += tuple(each.environment for each in unplanned if each.environment)
    known = (*expected, *(each.name for plan in plans for each in plan.environments))
    reports = documents.outcomes_in(options["apply"], known, absent=absent)
    run = hosting.run_for(options)
    state = state_of(reports, plans, expected, applied=bool(options["apply"]))
    wanted = commenting.Wanted(
        plans=plans,
        reports=reports,
        state=State(options["state"] or state),
        key=options["key"],
        expected=tuple(dict.fromkeys(expected)),
        head=options["head"] or "",
        pull=options["pr"],
        when_no_changes=commenting.WhenNoChanges(options["when_no_changes"]),
        mask_accounts=options["mask_account_ids"],
        artifact_url=options["artifact_url"],
        summary_url=options["summary_url"],
        unplanned=unplanned,
        not_behind=options["not_behind"],
    )

    def write() -> None:
        with hosting.client_for(run, options, output) as client:
            host = GitHubComments(client, hosting.author_for(client, run, options))
            found = list(commenting.write_comments(client, run, wanted, host))
        output.remark(line(each.words) for each in found)
        if not found:
            output.remark([line("there is no pull request to comment on")])
        if not options["dry_run"]:
            commenting.tell_written(step(), found)
        if wanted.is_outcome and not any(each.upserted for each in found):
            step().summaries.append(lambda limit: commenting.preview(run, wanted, limit=limit))

    return hosting.best_effort(
        write, options, lambda limit: commenting.preview(run, wanted, limit=limit)
    )
