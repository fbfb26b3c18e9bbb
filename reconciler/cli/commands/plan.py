"""`reconcile plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.options import LookupOptions, output_of, planning
from reconciler.errors import ExitCode


@click.command(
    "plan",
    epilog=examples(
        "reconcile plan --sandbox manifests",
        "reconcile plan manifests -e production --kind ModelPackage --name 'churn-*'",
        "reconcile plan manifests --out plan.json --detailed-exitcode",
        "reconcile plan manifests --format markdown > plan.md",
        "reconcile plan manifests -e production --reviewed-from-pr",
    ),
)
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes to apply."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the plan as JSON, for review and for apply --reviewed; or why there is none.",
)
@planning
@in_step(out="plan-path")
def command(
    *, detailed_exitcode: bool, out: Path | None, **options: Unpack[LookupOptions]
) -> ExitCode:
    """Show what apply would change in AWS. Writes nothing.

    Reads the manifests under PATH (default: the folder manifests, if there is one) and compares
    them with AWS, by a client that refuses every operation that is not a read.
    """
    from reconciler.aws.sessions import Mode
    from reconciler.cli import comparing, exits, recording, rendering, verdicts, workflow
    from reconciler.cli.manifests import read_manifests
    from reconciler.render.text import plan_lines

    output = output_of(options)
    comparing.require_consistent(options, out)
    _, state = read_manifests(options["paths"])
    if (code := verdicts.report_problems(state.problems, output)) is not ExitCode.OK:
        recording.write_problems(out, state.problems)
        return code
    comparing.require_known(options, state)
    with workflow.sessions(options, Mode.PLAN) as access:
        plan = workflow.plan_with(state, access, options).plan
    review = comparing.compared(plan, options, state)
    verdicts.tell(plan, state.problems, review)
    if out or output.is_json:
        text = verdicts.plan_text(plan, state.problems, review)
        if out:
            out.write_text(text, encoding="utf-8")
        if output.is_json:
            output.document(text)
    if output.is_markdown:
        output.document(rendering.plan_markdown(plan, state.problems, output.format))
    elif not output.is_json:
        output.data(plan_lines(plan))
    if review is not None:
        verdicts.print_comparison(review, output)
    return exits.plan_exit(plan, detailed=detailed_exitcode)
