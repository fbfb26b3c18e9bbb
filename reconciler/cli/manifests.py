"""Read the manifests of a command line, and find everything that is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reconciler.cli.options import roots_of
from reconciler.engine.desired import DesiredState, resolve
from reconciler.errors import InvalidInputError, UsageError
from reconciler.kinds import HANDLERS
from reconciler.manifest.load import load
from reconciler.manifest.source import MissingRoot
from reconciler.manifest.workspace import Workspace


def read_manifests(
    paths: tuple[Path, ...], *, watch_everywhere: bool = False
) -> tuple[Workspace, DesiredState]:
    """Return the manifests under some paths, and what they declare.

    With `watch_everywhere` that includes a look, in every environment, for what policy manifests
    left: for commands that look for drift, whatever it costs in calls and permissions.

    Raises:
        UsageError: if a path does not exist.
    """
    try:
        workspace = replace(load(roots_of(paths)), watches_everywhere=watch_everywhere)
    except MissingRoot as error:
        raise UsageError(str(error), fix="give files or folders that exist") from None
    return workspace, resolve(workspace, HANDLERS)


def require_any(state: DesiredState, paths: tuple[Path, ...]) -> None:
    """Raise an error if there is no manifest at all: a wrong folder must not pass for valid."""
    if state.is_empty:
        folders = ", ".join(map(str, roots_of(paths)))
        raise InvalidInputError(
            f"no manifest found in {folders}",
            why="manifests are files *.yaml and *.yml; names that begin with a dot are skipped",
            fix="give the folder that holds them: reconcile validate PATH",
        )
