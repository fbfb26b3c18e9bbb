"""The only place that reads manifest files. Everything that cannot be read is a problem.

Nothing outside the given folders is read: links that leave them are refused. The order in
which the file system lists names decides nothing: the result is sorted.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from reconciler.core.location import Location
from reconciler.core.problem import Problem
from reconciler.manifest.document import SourceFile
from reconciler.manifest.limits import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    file_too_large,
)
from reconciler.manifest.marks import line_and_column

SUFFIXES: Final = (".yaml", ".yml")

# Not blocking: opening a named pipe would otherwise wait for somebody to write to it.
_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class MissingRoot(Exception):  # noqa: N818 - wrong usage of the command, not an invalid manifest
    """A file or folder that was asked for does not exist; the command line exits with 64."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = tuple(roots)
        super().__init__(f"no such file or folder: {', '.join(map(_shown, roots))}")


class _NotRegular(Exception):  # noqa: N818 - becomes a problem in this module
    """What was opened is a pipe, a device or a folder."""


def read_sources(roots: Sequence[Path]) -> tuple[list[SourceFile], list[Problem]]:
    """Return all manifest files under the roots, sorted by path, and what could not be read.

    A root is a folder, searched recursively for `*.yaml` and `*.yml`, or one file of any
    name. Names that begin with a dot are skipped. A file that is reached twice is read once.

    Raises:
        MissingRoot: a root does not exist, so nothing was read.
    """
    missing = [root for root in roots if not os.path.lexists(root)]
    if missing:
        raise MissingRoot(missing)
    search = _Search()
    for root in roots:
        search.add(root)
    sources, problems = _read_all(search.files)
    problems += search.problems
    return sources, sorted(problems, key=lambda problem: problem.sort_key)


def decoded(files: Iterable[tuple[str, bytes]]) -> tuple[list[SourceFile], list[Problem]]:
    """Return files that were read elsewhere, given as path and content, as if read here. Pure."""
    sources: list[SourceFile] = []
    problems: list[Problem] = []
    for path, content in files:
        text = _decode(path, content)
        if isinstance(text, Problem):
            problems.append(text)
        else:
            sources.append(SourceFile(path, text))
    return sources, problems


def _read_all(files: dict[Path, Path]) -> tuple[list[SourceFile], list[Problem]]:
    """Read files, given as real path → path to show, in the order of what is shown."""
    sources: list[SourceFile] = []
    problems: list[Problem] = []
    left = MAX_TOTAL_BYTES
    for real, path in sorted(files.items(), key=lambda item: str(item[1])):
        read = _read(_shown(path), real)
        if isinstance(read, Problem):
            problems.append(read)
            continue
        left -= len(read)
        if left < 0:
            what = f"the manifests are larger than {MAX_TOTAL_BYTES:,} bytes in total"
            problems.append(_problem("E104", path, what, fix="give fewer folders at a time"))
            break
        text = _decode(_shown(path), read)
        if isinstance(text, Problem):
            problems.append(text)
        else:
            sources.append(SourceFile(_shown(path), text))
    return sources, problems


class _Search:
    """The files found so far. Links wait until all that is really there has been found."""

    def __init__(self) -> None:
        self.files: dict[Path, Path] = {}
        self.problems: list[Problem] = []
        self._seen: set[Path] = set()
        self._folders: list[Path] = []
        self._links: list[Path] = []

    def add(self, root: Path) -> None:
        """Find all manifest files under a root, or the one file that it is."""
        real = _real(root)
        if not real.is_dir():
            self.files.setdefault(real, root)
            return
        self._folders.append(root)
        while (self._folders or self._links) and len(self.files) <= MAX_FILES:
            if self._folders:
                self._list(self._folders.pop())
            else:
                self._follow(self._links.pop(), within=real)
        if len(self.files) > MAX_FILES:
            what = f"more than {MAX_FILES:,} manifest files"
            self.problems.append(_problem("E104", root, what, fix="give fewer folders at a time"))

    def _list(self, folder: Path) -> None:
        real = _real(folder)
        if real in self._seen:
            return
        self._seen.add(real)
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.problems.append(_unreadable(_shown(folder), error))
            return
        for entry in listed:
            if not entry.name.startswith("."):
                self._sort_out(folder / entry.name, real / entry.name, entry)

    def _sort_out(self, path: Path, real: Path, entry: os.DirEntry[str]) -> None:
        if entry.is_symlink():
            self._links.append(path)
        elif entry.is_dir():
            self._folders.append(path)
        elif path.suffix in SUFFIXES:
            self.files.setdefault(real, path)

    def _follow(self, link: Path, *, within: Path) -> None:
        """Queue what a link points to, unless it is outside of the root."""
        real = _real(link)
        is_folder = real.is_dir()
        if not is_folder and link.suffix not in SUFFIXES:
            return
        if not real.is_relative_to(within):
            self.problems.append(
                _problem(
                    "E102",
                    link,
                    "this link leaves the manifest folder",
                    why="only what is in the folder has been reviewed, so it is not followed",
                    fix="replace the link by a copy of what it points to",
                ),
            )
        elif is_folder:
            self._folders.append(link)
        else:
            self.files.setdefault(real, link)


def _read(path: str, real: Path) -> bytes | Problem:
    """Return what a file holds, or why it cannot be read."""
    try:
        content = _content(real)
    except _NotRegular:
        what = "this is not a regular file"
        return Problem("E103", Location(path), "", what, fix="remove it or rename it")
    except OSError as error:
        return _unreadable(path, error)
    return content if len(content) <= MAX_FILE_BYTES else file_too_large(path)


def _content(real: Path) -> bytes:
    """Return a regular file's bytes, at most one more than are allowed."""
    with os.fdopen(os.open(real, _OPEN_FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _NotRegular
        return file.read(MAX_FILE_BYTES + 1)


def _decode(path: str, content: bytes) -> str | Problem:
    """Return the text of a file, without a byte order mark, or where it is not UTF-8."""
    fix = "save the file as UTF-8"
    if content.startswith(_UTF_16):
        return Problem("E105", Location(path), "", "this is UTF-16, not UTF-8", fix=fix)
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        where = Location(path, *line_and_column(before, len(before)))
        what = f"byte 0x{content[error.start]:02x} is not UTF-8"
        return Problem("E105", where, "", what, fix=fix)


def _unreadable(path: str, error: OSError) -> Problem:
    """Return the problem of something that the operating system would not open or list."""
    reason = (error.strerror or type(error).__name__).lower()
    fix = "correct or remove it"
    if isinstance(error, PermissionError):
        fix = "give the user who runs this the right to read it (chmod, chown)"
    elif isinstance(error, FileNotFoundError):
        fix = "it vanished or is a dangling link: run the command again, or remove the link"
    return Problem("E101", Location(path), "", f"cannot be read: {reason}", fix=fix)


def _problem(code: str, path: Path, what: str, *, why: str = "", fix: str = "") -> Problem:
    return Problem(code, Location(_shown(path)), "", what, why, fix)


def _real(path: Path) -> Path:
    """Return a path without links. `Path.resolve` would raise on links that form a circle."""
    return Path(os.path.realpath(path))


def _shown(path: Path) -> str:
    """Return a path that can be printed, even if its bytes are no UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()
