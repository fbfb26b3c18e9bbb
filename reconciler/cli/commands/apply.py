"""`reconcile apply`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli import values
from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.options import JOURNAL, ApplyingOptions, output_of, reviewing, running
from reconciler.errors import ExitCode


@click.command(
    "apply",
    epilog=examples(
        "reconcile apply --sandbox manifests",
        "reconcile apply manifests --environment production",
        "reconcile apply manifests --yes --reviewed plan.json --out report.json",
        "reconcile apply manifests -e production --yes --reviewed-from-pr --not-behind",
        "reconcile apply manifests --yes --reviewed plan.json --accept-digest 3f1c9a0b77de",
    ),
)
@click.option("--yes", "-y", is_flag=True, help="Apply without asking.")
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until AWS has finished."
)
@click.option(
    "--timeout",
    default="1h",
    show_default=True,
    metavar="DURATION",
    callback=values.duration,
    help="How long to wait for one resource: 90s, 30m, 2h.",
)
@click.option(
    "--journal",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to keep policies as they were before they are replaced. "
    f"Default: {JOURNAL}; with --sandbox, beside its state.",
)
@reviewing
@running
@in_step(out="report-path", plan_out="plan-path")
def command(**options: Unpack[ApplyingOptions]) -> ExitCode:
    """Carry out what the manifests under PATH say, after showing the plan.

    Applying twice changes nothing the second time. What no manifest declares is left alone.
    Asks for confirmation on a terminal; elsewhere --yes is needed. The sandbox needs neither.

    With --reviewed or --reviewed-from-pr the plan is made anew, and nothing of it is applied unless
    every change in it was reviewed. What was reviewed and is done already is noted.
    """
    from reconciler.cli import recording, verdicts
    from reconciler.cli.applying import apply
    from reconciler.cli.manifests import read_manifests
    from reconciler.cli.output import print_error
    from reconciler.cli.reviewing import require_consistent

    output, out = output_of(options), options["out"]
    require_consistent(options)
    recording.begin(out)
    _, state = read_manifests(options["paths"])
    if (code := verdicts.report_problems(state.problems, output)) is not ExitCode.OK:
        recording.write_problems(out, state.problems)
        return code
    report = apply(state, options, output)
    unwritten = recording.write_report(out, report, state.problems)
    code = verdicts.report_outcome(report, state.problems, output)
    if unwritten is not None:
        print_error(unwritten)
    return code or ExitCode(bool(unwritten))
