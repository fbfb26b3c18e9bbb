"""Which commit last changed a manifest file, who wrote it, and which pull request brought it.

Only `git log` is run, on paths after `--`; nothing that a commit or a file is called becomes an
option, a revision or a pattern. What commits say is other people's text: it is only matched.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.core.provenance import Change, author_name
from reconciler.git.source import is_in_repository, without_git_allowed

if TYPE_CHECKING:
    from git import Repo

_log = logging.getLogger(__name__)
_PULL_REQUEST: Final = re.compile(
    r"Merge pull request #([1-9][0-9]{0,9}) from .*|.* \(#([1-9][0-9]{0,9})\)"
)
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}


def last_change(path: Path) -> Change | None:
    """Return the change that a file last got; `None` where Git does not know one.

    A file that differs from its commit has the current commit, marked, and no author: whoever
    wrote what is applied is not known. So has one whose history a shallow clone has cut off.
    """
    file = path.resolve()
    if not is_in_repository(file.parent):
        return None
    without_git_allowed()
    try:
        return _last_change(file)
    except Exception as error:  # an apply must not fail because of a label  # noqa: BLE001
        _log.info("no change of %s: %s", path, error)
        return None


def _last_change(file: Path) -> Change | None:
    from git import Repo

    with Repo(file.parent, search_parent_directories=True) as repository:
        repository.git.update_environment(**_QUIET)
        head = repository.head.commit.hexsha
        if repository.is_dirty(untracked_files=True, path=str(file)):
            return Change(head, dirty=True)
        found = _newest(repository, file)
        if found is None or found.commit in _cut_off(repository):
            return Change(head)
        if found.pull_request is None:
            merged = _newest(repository, file, "--first-parent")
            number = merged.pull_request if merged else None
            return Change(found.commit, found.author, number)
        return found


def _newest(repository: Repo, file: Path, *options: str) -> Change | None:
    """Return the newest commit that changed a file, on the way that the options say."""
    said = str(
        repository.git.log(
            "-1",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--format=%H%x00%an%x00%s",
            *options,
            "HEAD",
            "--",
            str(file),
        )
    )
    commit, _, rest = said.partition("\0")
    author, _, subject = rest.partition("\0")
    return Change(commit, author_name(author), _pull_request(subject)) if commit else None


def _pull_request(subject: str) -> int | None:
    """Return the number that GitHub writes into the subject of a merged or squashed commit."""
    found = _PULL_REQUEST.fullmatch(subject.strip())
    return int(found[1] or found[2]) if found else None


def _cut_off(repository: Repo) -> frozenset[str]:
    """Return the commits whose parents a shallow clone lacks: they seem to add every file."""
    try:
        text = (Path(repository.common_dir) / "shallow").read_text(encoding="ascii")
    except FileNotFoundError:
        return frozenset()
    return frozenset(text.split())
