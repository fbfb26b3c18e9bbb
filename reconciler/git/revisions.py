"""Files as they were at a revision, read from Git's own store: nothing is checked out.

Links are not followed, nothing outside of the repository is read, and no more than is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from reconciler.errors import ReconcilerError, UsageError
from reconciler.git.source import is_in_repository, without_git_allowed

if TYPE_CHECKING:
    from git import Blob, Commit, Repo, Tree

_FETCH: Final = "fetch it: in GitHub Actions, actions/checkout with fetch-depth: 0"
_FILE_MODES: Final = frozenset({0o100644, 0o100755, 0o100664})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read. What is beyond is not read, and said to be."""

    files: int
    file_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class FileAt:
    """A file at a revision. `path` is how messages name it."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of some folders at a commit; `is_whole` unless there were more than the bounds."""

    commit: str
    files: tuple[FileAt, ...]
    is_whole: bool = True


def files_at(
    revision: str, roots: Sequence[Path], *, suffixes: tuple[str, ...], bounds: Bounds
) -> Revision:
    """Return the files under some roots as they were at a revision, by path.

    A root is a folder, searched for names that end so and do not begin with a dot, or one file. A
    root that did not exist then has no files.

    Raises:
        UsageError: if there is no repository or no such revision, or a root is outside of it.
        ReconcilerError: if Git cannot read what it should have.
    """
    if not revision or revision.startswith("-"):
        raise UsageError(f"{revision!r} is not a revision", fix="name a commit, a branch or a tag")
    folder = _folder(roots[0])
    if not is_in_repository(folder):
        raise UsageError(
            f"{roots[0]} is not in a Git repository",
            why="what changed since a revision is only known in one",
            fix="run it in a checkout, or leave out --changed-since",
        )
    without_git_allowed()
    from git import GitError, Repo
    from git.exc import ODBError

    try:
        with Repo(folder, search_parent_directories=True) as repository:
            commit = _commit(repository, revision)
            return _read(repository, commit, roots, suffixes, bounds)
    except (GitError, ODBError, OSError, ValueError) as error:
        raise ReconcilerError(
            f"Git cannot read the manifests at {revision}: {error}", fix=_FETCH
        ) from None


def _commit(repository: Repo, revision: str) -> Commit:
    """Return the commit that a revision names, or say what to do so that there is one."""
    from git import GitError
    from git.exc import ODBError

    try:
        found = repository.commit(revision)
        _ = found.tree  # of a shallow clone's last commits the parents are known by name only
    except (GitError, ODBError, OSError, ValueError, KeyError, IndexError):
        is_shallow = (Path(repository.common_dir) / "shallow").exists()
        why = "this is a shallow clone: most commits are not in it" if is_shallow else ""
        raise UsageError(f"there is no revision {revision!r} here", why=why, fix=_FETCH) from None
    return found


def _read(
    repository: Repo,
    commit: Commit,
    roots: Sequence[Path],
    suffixes: tuple[str, ...],
    bounds: Bounds,
) -> Revision:
    top = Path(str(repository.working_dir)).resolve()
    found: dict[str, tuple[str, Blob]] = {}
    for root in roots:
        inside = _inside(root, top)
        for path, blob in _blobs(commit.tree, inside, suffixes):
            shown = str(root) if path == inside else str(root / path.relative_to(inside))
            found.setdefault(str(path), (shown, blob))
    files: list[FileAt] = []
    left = bounds.total_bytes
    for shown, blob in sorted(found.values(), key=lambda each: each[0]):
        left -= blob.size
        if len(files) >= bounds.files or left < 0 or blob.size > bounds.file_bytes:
            return Revision(commit.hexsha, tuple(files), is_whole=False)
        files.append(FileAt(shown, blob.data_stream.read()))
    return Revision(commit.hexsha, tuple(files))


def _inside(root: Path, top: Path) -> PurePosixPath:
    """Return a root's place in the repository."""
    real = root.resolve()
    if not real.is_relative_to(top):
        raise UsageError(
            f"{root} is outside of the repository {top}",
            why="Git knows nothing of it",
            fix="give folders of one repository only",
        )
    return PurePosixPath(real.relative_to(top).as_posix())


def _blobs(
    tree: Tree, inside: PurePosixPath, suffixes: tuple[str, ...]
) -> Iterator[tuple[PurePosixPath, Blob]]:
    """Yield the files of a root with their paths in the repository; links are left out."""
    node: Tree | Blob = tree
    if inside.parts:
        try:
            node = tree / str(inside)
        except KeyError:
            return
    if node.type == "blob":
        if node.mode in _FILE_MODES:
            yield inside, node
        return
    waiting = [(inside, node)]
    while waiting:
        at, folder = waiting.pop()
        for each in folder:
            path = at / each.name
            if each.name.startswith("."):
                continue
            if each.type == "tree":
                waiting.append((path, each))
            elif each.type == "blob" and each.mode in _FILE_MODES and path.suffix in suffixes:
                yield path, each


def _folder(root: Path) -> Path:
    real = root.resolve()
    return real if real.is_dir() else real.parent
