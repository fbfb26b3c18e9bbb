"""Which commit the manifests are at."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.plan import Source

if TYPE_CHECKING:
    from git import Repo

_log = logging.getLogger(__name__)


def source_of(roots: Sequence[Path]) -> Source | None:
    """Return the commit that the manifests are at, and whether they differ from it.

    `None` where there is no repository, no commit yet, or no Git: manifests need none.
    """
    folder = _folder(roots)
    if not is_in_repository(folder):
        return None
    without_git_allowed()
    try:
        return _source(folder, roots)
    except Exception as error:  # a plan must not fail because of a label  # noqa: BLE001
        _log.info("no commit: %s", error)
        return None


def is_in_repository(folder: Path) -> bool:
    """Say whether a folder, or one around it, is a checkout. Imports nothing to find out."""
    return any((each / ".git").exists() for each in (folder, *folder.parents))


def without_git_allowed() -> None:
    """Have GitPython import where there is no git executable; it fails when it is used."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")


def _source(folder: Path, roots: Sequence[Path]) -> Source:
    from git import Repo

    with Repo(folder, search_parent_directories=True) as repository:
        dirty = any(
            repository.is_dirty(untracked_files=True, path=str(root.resolve())) for root in roots
        )
        return Source(repository.head.commit.hexsha, dirty, _prefix(repository))


def _prefix(repository: Repo) -> str:
    """Return the current folder in the repository: what locations are relative to."""
    here, top = Path.cwd().resolve(), Path(repository.working_dir).resolve()
    if here == top or not here.is_relative_to(top):
        return ""
    return f"{here.relative_to(top).as_posix()}/"


def _folder(roots: Sequence[Path]) -> Path:
    first = roots[0].resolve()
    return first if first.is_dir() else first.parent
