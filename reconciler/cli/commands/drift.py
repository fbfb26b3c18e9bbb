"""`reconcile drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.options import DriftOptions, selecting
from reconciler.errors import ExitCode


@click.command(
    "drift",
    epilog=examples(
        "reconcile drift manifests",
        "reconcile drift manifests -e production --known known-drift.yaml --detailed-exitcode",
        "reconcile drift manifests --format json --out drift.json",
    ),
)
@click.option(
    "--known",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Drift that is accepted for a while, see below.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is drift.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the drift as JSON, for report-issue.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    show_default=True,
    help="What stdout carries.",
)
@selecting
@in_step(out="report-path")
def command(**options: Unpack[DriftOptions]) -> ExitCode:
    """Show how AWS differs from what the manifests under PATH say. Writes nothing.

    \b
    changed    what is live is not as Git says: changed outside Git, or not applied yet
    approved   an approval was decided outside Git: by whom, when, and what Git says
    git-only   declared, and not there, not adopted, or not approved yet
    live-only  there, and no manifest asks for it: versions and groups that nobody
               declares, and access that a manifest left when it vanished

    What a guard would refuse differs all the same. What could not be read is listed by itself,
    never taken for absent, and the exit code is 1.

    The file of known drift lists under 'known' what is accepted: resource (a glob of
    environment/Kind/name), ticket and expires (a day, or never); class, field (a glob) and reason
    are optional. Known drift is shown and does not count; expired entries count again.
    Its JSON Schema is that of: reconcile schema known-drift.
    """  # noqa: D301 - `\b` is click's, which keeps the lines of the list
    from reconciler.cli.drifting import drift

    return drift(options)
