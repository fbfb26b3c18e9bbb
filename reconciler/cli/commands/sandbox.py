"""`reconcile sandbox`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.group import examples
from reconciler.cli.options import SANDBOX_STATE

_state = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=SANDBOX_STATE,
    show_default=True,
    metavar="DIR",
    help="Where the sandbox keeps its state.",
)


@click.group(
    "sandbox",
    epilog=examples("reconcile sandbox serve --port 5000", "reconcile sandbox reset"),
)
def command() -> None:
    """Run, inspect or reset the embedded AWS that --sandbox uses."""


@command.command("serve", epilog=examples("reconcile sandbox serve --port 5000"))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@_state
def serve(port: int, state: Path) -> None:
    """Serve the sandbox on the loopback address, for any AWS client, until Ctrl-C."""
    from reconciler.cli.sandbox_access import require_sandbox, sandbox_faults
    from reconciler.cli.sandbox_serving import serve_until_stopped

    require_sandbox()
    with sandbox_faults(state):
        serve_until_stopped(state, port)


@command.command("status", epilog=examples("reconcile sandbox status"))
@_state
def status(state: Path) -> None:
    """Print what the sandbox holds, and whether it is being served."""
    from reconciler.cli.sandbox_access import sandbox_faults
    from reconciler.render.words import counted
    from reconciler.sandbox.storage import status as status_of

    with sandbox_faults(state):
        found = status_of(state)
    click.echo(f"state     {state}")
    click.echo(f"served    {found.url or 'no'}")
    click.echo(f"accounts  {', '.join(found.accounts) or 'none'}")
    click.echo(f"regions   {', '.join(found.regions) or 'none'}")
    holds = [counted(found.groups, "group"), counted(found.packages, "package")]
    holds += [_held(number, kind) for kind, number in found.neighbours.items()]
    click.echo(f"holds     {', '.join(holds)}")


def _held(number: int, kind: str) -> str:
    """Return how many of a kind of neighbour there are: `2 S3 buckets` of `s3-buckets`."""
    service, _, plural = kind.partition("-")
    singular = plural.removesuffix("ies") + "y" if plural.endswith("ies") else plural[:-1]
    return f"{number} {service.upper()} {singular if number == 1 else plural}"


@command.command("reset", epilog=examples("reconcile sandbox reset"))
@_state
def reset(state: Path) -> None:
    """Forget everything the sandbox holds."""
    from reconciler.cli.sandbox_access import sandbox_faults
    from reconciler.sandbox.storage import reset as reset_state

    with sandbox_faults(state):
        reset_state(state)
    click.echo(f"The sandbox in {state} is empty.", err=True)
