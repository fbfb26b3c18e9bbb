"""`--sandbox`: an embedded AWS beside the command, and credentials for each of its accounts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.core.environment import Environment
from reconciler.errors import InvalidInputError, ReconcilerError

if TYPE_CHECKING:
    import boto3


class SandboxSessions:
    """The caller in the sandbox: somebody different, with every right, in each account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, boto3.Session] = {}

    def session(self, environment: Environment) -> boto3.Session:
        """Return the session of the environment's account."""
        with self._lock:
            account = environment.account_id
            if account not in self._sessions:
                self._sessions[account] = _session(account)
            return self._sessions[account]


@contextmanager
def sandbox_endpoint(state: Path, roots: tuple[Path, ...] = ()) -> Iterator[str]:
    """Yield the URL of a sandbox over a state folder: the one that serves it, or one of our own.

    While it holds no package, the manifest folders' seed files are replayed into it first.
    """
    require_sandbox()
    _leave_the_users_aws_settings_out()
    with sandbox_faults(state), _served(state) as (url, how):
        _announce(state, how)
        _seed(roots, state, url)
        yield url


@contextmanager
def _served(state: Path) -> Iterator[tuple[str, str]]:
    """Yield the URL, and what there is to say of how it is served.

    What another command serves for itself ends with that command, so that one is waited for.
    """
    from reconciler.sandbox.errors import SandboxBusy
    from reconciler.sandbox.lock import running_server
    from reconciler.sandbox.server import SandboxServer

    is_waiting = False
    while True:
        if url := running_server(state):
            yield url, f" (served at {url})"
            return
        try:
            server = SandboxServer(state, announced=False).start()
        except SandboxBusy:
            if not is_waiting:
                click.echo(f"Waiting for another run that uses the sandbox in {state}.", err=True)
            is_waiting = True
            continue
        try:
            yield server.url, ""
        finally:
            server.stop()
        return


@contextmanager
def sandbox_faults(state: Path) -> Iterator[None]:
    """Turn what is wrong with the sandbox itself into an error with a way on."""
    from reconciler.sandbox.errors import PortTaken, SandboxBusy, SandboxFault

    try:
        yield
    except SandboxFault as fault:
        another = "choose another folder (--sandbox-state; --state with `reconcile sandbox`)"
        if isinstance(fault, PortTaken):
            fix = "name another --port, or leave it out to take a free one"
        elif isinstance(fault, SandboxBusy):
            fix = another
        else:
            fix = f"{another}, or `reconcile sandbox reset --state {state}` to begin anew"
        raise ReconcilerError(f"the sandbox cannot be used: {fault}", fix=fix) from None


def require_sandbox() -> None:
    """Raise an error that says what to install, unless the sandbox extra is there."""
    from importlib.util import find_spec

    if find_spec("moto") is None:
        raise ReconcilerError(
            "the sandbox is not installed",
            why="it is an extra, because production does not need it",
            fix="python -m pip install 'sagemaker-reconciler[sandbox]'",
        )


def _leave_the_users_aws_settings_out() -> None:
    """Keep a profile (that may not exist) and a proxy (that cannot reach us) out of this process.

    The sandbox has credentials of its own, and listens on the loopback address.
    """
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))


def _seed(roots: tuple[Path, ...], state: Path, url: str) -> None:
    from reconciler.sandbox.seed import SeedFault, seed_once

    try:
        files = seed_once(roots, state, url)
    except SeedFault as fault:
        raise InvalidInputError(
            f"the sandbox cannot be seeded: {fault}",
            fix="correct the file, or remove it to start from an empty sandbox",
        ) from None
    for file in files:
        click.echo(f"It was empty, so {file} filled in what others had made before.", err=True)


def _announce(state: Path, how: str) -> None:
    click.echo(f"Using the sandbox, not AWS. Its state is in {state}{how}.", err=True)


def _session(account: str) -> boto3.Session:
    import boto3

    from reconciler.sandbox.credentials import credentials_for

    key, secret, token = credentials_for(account)
    return boto3.Session(
        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token
    )
