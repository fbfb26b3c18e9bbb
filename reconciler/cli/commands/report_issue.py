"""`reconcile report-issue`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Unpack

import click

from reconciler.cli import values
from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.hosting import DOCUMENTS, HostOptions, applied, hosting
from reconciler.errors import ExitCode


class ReportIssueOptions(HostOptions):
    """What the issues are about."""

    kind: str
    drift: tuple[Path, ...]
    apply: tuple[Path, ...]
    plan: tuple[Path, ...]
    environment: tuple[str, ...]
    mask_account_ids: bool


@click.command(
    "report-issue",
    epilog=examples(
        "reconcile report-issue --kind drift --drift drift.json",
        "reconcile report-issue --kind failure --apply reports --environment production",
        "reconcile report-issue --kind drift --drift drift --repository acme/registry --dry-run",
    ),
)
@click.option(
    "--kind", type=click.Choice(("drift", "failure")), required=True,
    help="Which issue: about drift, or about an apply that failed.",
)  # fmt: skip
@click.option(
    "--drift", multiple=True, type=DOCUMENTS, metavar="PATH",
    help="What drift was found, or a folder of that (drift --out).",
)  # fmt: skip
@applied
@click.option(
    "--plan", multiple=True, type=DOCUMENTS, metavar="PATH",
    help="The plan that was applied, or a folder of plans: it names the environments. One whose "
    "plan failed (plan --out says why) has failed.",
)  # fmt: skip
@click.option(
    "--environment", "-e", multiple=True, metavar="ENVIRONMENT", callback=values.comma_list,
    help="Only these. One whose apply has left nothing counts as failed.",
)  # fmt: skip
@click.option("--mask-account-ids", is_flag=True, help="Show the last four digits only.")
@hosting
@in_step()
def command(**options: Unpack[ReportIssueOptions]) -> ExitCode:
    """Keep an issue per environment about drift or failed applies.

    It is opened, updated, reopened and closed; a comment is added when something else is wrong
    than before. Only issues with the label reconcile-drift or reconcile-failure, our marker and
    our author are ever written to.
    """
    from reconciler.cli import documents, hosting, reporting
    from reconciler.cli.rendering import hidden_texts
    from reconciler.github.issues import Issues
    from reconciler.render.lines import line
    from reconciler.render.markdown.setting import Hiding
    from reconciler.render.marker import Subject

    output = hosting.host_output(options)
    run = hosting.run_for(options)
    only = options["environment"]
    hiding = Hiding(hidden_texts(os.environ), options["mask_account_ids"])
    subject = Subject(options["kind"])
    if subject is Subject.DRIFT:
        _require(options["drift"], "--drift")
        texts = reporting.drift_texts(documents.drift_in(options["drift"]), run, only, hiding)
    else:
        _require((*options["apply"], *only), "--apply or --environment")
        plans = documents.plans_in(options["plan"], absent=bool(only))
        unplanned = documents.unplanned_in(options["plan"], plans, only, absent=bool(only))
        known = only or tuple(each.name for plan in plans for each in plan.environments)
        outcomes = documents.outcomes_in(options["apply"], known, absent=bool(only))
        left = reporting.Left(outcomes, plans, unplanned)
        texts = reporting.failure_texts(left, run, only, hiding)

    def write() -> None:
        with hosting.client_for(run, options, output) as client:
            issues = Issues(client, hosting.author_for(client, run, options))
            for name, text in texts.items():
                report = issues.report(text, reporting.marker_for(run, subject, name))
                output.remark([line(reporting.words_of(name, report))])
        untold = [name for name in only if name not in texts]
        output.remark(line(f"{name}: its issue is left as it is") for name in untold)

    return hosting.best_effort(write, options, lambda limit: reporting.preview(texts, limit=limit))


def _require(given: tuple[object, ...], options: str) -> None:
    from reconciler.errors import UsageError

    if not given:
        raise UsageError("there is nothing to report", fix=f"give {options}")
