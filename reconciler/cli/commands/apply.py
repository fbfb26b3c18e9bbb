"""`reconcile apply`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli import values
from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.options import JOURNAL, ApplyingOptions, output_of, running
from reconciler.errors import ExitCode


@click.command(
    "apply",
    epilog=examples(
        "reconcile apply --sandbox manifests",
        "reconcile apply manifests --environment production",
        "reconcile apply manifests --yes --reviewed plan.json --timeout 2h",
    ),
)
@click.option("--yes", "-y", is_flag=True, help="Apply without asking.")
@click.option(
    "--reviewed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Apply only what this plan (plan --out) shows; anything else is stale, exit code 3.",
)
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
@running
@in_step(out="report-path", plan_out="plan-path")
def command(**options: Unpack[ApplyingOptions]) -> ExitCode:
    """Carry out what the manifests under PATH say, after showing the plan.

    Applying twice changes nothing the second time. What no manifest declares is left alone.
    Asks for confirmation on a terminal; elsewhere --yes is needed. The sandbox needs neither.
    """
    from reconciler.cli import verdicts
    from reconciler.cli.applying import apply
    from reconciler.cli.manifests import read_manifests

    output = output_of(options)
    _, state = read_manifests(options["paths"])
    if (code := verdicts.report_problems(state.problems, output)) is not ExitCode.OK:
        return code
    return verdicts.report_outcome(apply(state, options, output), state.problems, output)
