"""`reconcile targets`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import values
from reconciler.cli.actions import in_step
from reconciler.cli.group import examples
from reconciler.cli.options import manifest_paths
from reconciler.errors import ExitCode


@click.command(
    "targets",
    epilog=examples(
        "reconcile targets manifests",
        "reconcile targets manifests --changed-since origin/main",
        "reconcile targets manifests -e 'prod-*' --format text",
    ),
)
@manifest_paths
@click.option(
    "--changed-since",
    metavar="REV",
    help="Only environments whose desired state differs from that at this commit, branch or tag.",
)
@click.option(
    "--environment",
    "-e",
    multiple=True,
    metavar="GLOB",
    callback=values.comma_list,
    help="Only these environments.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="What stdout carries.",
)
@in_step()
def command(
    paths: tuple[Path, ...],
    changed_since: str | None,
    environment: tuple[str, ...],
    output_format: str,
) -> ExitCode:
    """Print the environments that the manifests under PATH declare something in.

    As JSON it is the matrix of a GitHub Actions job, one job an environment. Where nothing is
    left, the list is empty, and such a job has to be skipped: see the output `count`.

    With --changed-since the manifests are compared by what they say, not line by line: a fragment
    counts for all who refer to it, a policy for every account whose documents it writes into, a
    manifest that vanished for its environment. Where the manifests at that revision are not valid,
    all environments are printed. In GitHub Actions this also sets the outputs matrix, count and
    environments.
    """
    from reconciler.cli.targeting import print_targets

    return print_targets(paths, changed_since, environment, as_json=output_format == "json")
