"""`sandbox serve`: an endpoint for any AWS client, until it is told to stop."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer

_ACCOUNT = "111111111111"
_REGION = "eu-west-1"


def serve_until_stopped(state: Path, port: int) -> None:
    """Serve a state folder until SIGINT or SIGTERM.

    Raises:
        SandboxFault: if the folder is another's, or the port is taken.
    """
    ends = (signal.SIGINT, signal.SIGTERM)
    # Blocked here and so in the server's threads, a signal waits for `sigwait` and for nobody else.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with SandboxServer(state, port=port) as server:
        click.echo(_instructions(server.url))
        click.echo(f"State is kept in {state}. Ctrl-C stops the server.", err=True)
        signal.sigwait(ends)
    click.echo("Stopped.", err=True)


def _instructions(url: str) -> str:
    key, secret, _ = credentials_for(_ACCOUNT)
    return "\n".join(
        (
            f"Serving on {url}",
            "",
            "# The access key is the account: use any 12 digits.",
            f"export AWS_ENDPOINT_URL={url}",
            f"export AWS_ACCESS_KEY_ID={key}",
            f"export AWS_SECRET_ACCESS_KEY={secret}",
            f"export AWS_DEFAULT_REGION={_REGION}",
            "",
            "aws sagemaker list-model-package-groups",
        )
    )
