"""`reconcile version`."""

from __future__ import annotations

import click

from reconciler import __version__
from reconciler.cli.group import examples


@click.command("version", epilog=examples("reconcile version"))
def command() -> None:
    """Print the version."""
    click.echo(__version__)
