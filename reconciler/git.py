"""What Git knows about the manifests. The only place that uses GitPython, and only to read."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

_log = logging.getLogger(__name__)

DIRTY = "-dirty"


def commit_of(roots: Sequence[Path]) -> str | None:
    """Return the commit that the manifests are at, with `-dirty` if they differ from it.

    `None` where there is no repository, no commit yet, or no Git: manifests need none.
    """
    folder = _folder(roots)
    if not any((each / ".git").exists() for each in (folder, *folder.parents)):
        return None
    # Without a git executable GitPython fails on import unless told not to.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    try:
        return _commit(folder, roots)
    except Exception as error:  # a plan must not fail because of a label  # noqa: BLE001
        _log.info("no commit: %s", error)
        return None


def _commit(folder: Path, roots: Sequence[Path]) -> str:
    from git import Repo

    with Repo(folder, search_parent_directories=True) as repository:
        commit = repository.head.commit.hexsha
        dirty = any(
            repository.is_dirty(untracked_files=True, path=str(root.resolve())) for root in roots
        )
    return commit + DIRTY if dirty else commit


def _folder(roots: Sequence[Path]) -> Path:
    first = roots[0].resolve()
    return first if first.is_dir() else first.parent
