"""The sandbox's folder: one JSON file a resource, written atomically; a lock; `status` and `reset`.

    <folder>/sandbox.json                                          marks the folder as ours
    <folder>/server.lock                                           held (flock) by its server
    <folder>/<account>/<region>/model-package-groups/<name>.json
    <folder>/<account>/<region>/model-packages/<name>.json         unversioned
    <folder>/<account>/<region>/model-packages/<group>/<n>.json    versions
    <folder>/<account>/<region>/<kind>/<name>.json                 neighbours: see NEIGHBOURS
    <folder>/<account>/global/iam-principals/<arn>.json            who was created or deleted

A file is replaced whole by rename, so a process that is killed at any moment leaves the old or the
new content. Names come from ARNs, whose characters are all safe in paths.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from reconciler.sandbox.arns import Site
from reconciler.sandbox.documents import JsonObject, parse_object
from reconciler.sandbox.errors import ApiError, SandboxFault
from reconciler.sandbox.lock import refuse_if_served, running_server

MARKER = "sandbox.json"
LOCK = "server.lock"
IGNORED = ".gitignore"
GROUPS = "model-package-groups"
PACKAGES = "model-packages"
REPOSITORIES = "ecr-repositories"
PRINCIPALS = "iam-principals"
GRANTS = "kms-grants"
KEYS = "kms-keys"
PERMISSIONS = "ram-permissions"
SHARES = "ram-shares"
BUCKETS = "s3-buckets"
NEIGHBOURS = (REPOSITORIES, PRINCIPALS, GRANTS, KEYS, PERMISSIONS, SHARES, BUCKETS)
_GLOBAL = "global"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """What a sandbox folder holds; `url` is the server that serves it now, if one does.

    `neighbours` counts what the services beside the registry hold, by kind (`s3-buckets`).
    """

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    groups: int
    packages: int
    url: str | None
    neighbours: dict[str, int] = field(default_factory=dict)


class Folder:
    """Reads and writes the state files of one sandbox folder; creates and marks it when missing.

    Raises:
        SandboxFault: The folder holds something else, or cannot be created.
    """

    def __init__(self, root: Path, *, fsync: bool = False) -> None:
        self.root = root
        self._fsync = fsync
        _adopt(root)

    def load(self, site: Site, kind: str) -> Iterator[tuple[Path, JsonObject]]:
        """Yield the state files of one kind; half-written leftovers are removed.

        Raises:
            SandboxFault: A file is damaged.
        """
        base = self._site(site) / kind
        if not base.is_dir():
            return
        for path in sorted(base.rglob("*")):
            if path.name.endswith(".tmp"):
                path.unlink(missing_ok=True)
            elif path.suffix == ".json":
                yield path, _read(path)

    def write(self, site: Site, kind: str, name: str, content: JsonObject) -> None:
        """Replace one state file.

        Raises:
            ApiError: The disk refused (full, read-only): an InternalFailure; nothing has changed.
        """
        path = self._site(site) / kind / f"{name}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(content, indent=1), fsync=self._fsync)
        except OSError as error:
            raise _disk_refused(path, error) from error

    def remove(self, site: Site, kind: str, name: str) -> None:
        """Remove one state file, and its folder when that was the last one in it.

        Raises:
            ApiError: The disk refused: an InternalFailure; nothing has changed.
        """
        path = self._site(site) / kind / f"{name}.json"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _disk_refused(path, error) from error
        if path.parent.name != kind:
            _remove_empty(path.parent)

    def sites(self) -> list[Site]:
        """Return the accounts and regions that have state files."""
        return [Site(path.parent.name, path.name) for path in _sites(self.root)]

    def _site(self, site: Site) -> Path:
        return self.root / site.account / site.region


def replace_file(path: Path, content: str, *, fsync: bool) -> None:
    """Write a file so that it holds the old or the new content at every moment.

    Raises:
        OSError: The disk refused; the old content stands and nothing is left over.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(content)
            if fsync:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(path)
        if fsync:
            _sync_folder(path.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def status(folder: Path) -> SandboxStatus:
    """Return what a sandbox folder holds. A folder that does not exist holds nothing.

    Raises:
        SandboxFault: The folder is not a sandbox's.
    """
    if folder.exists():
        _require_ours(folder)
    sites = list(_sites(folder))
    return SandboxStatus(
        accounts=tuple(sorted({site.parent.name for site in sites})),
        regions=tuple(sorted({site.name for site in sites} - {_GLOBAL})),
        groups=sum(1 for site in sites for _ in (site / GROUPS).glob("*.json")),
        packages=sum(1 for site in sites for _ in (site / PACKAGES).rglob("*.json")),
        url=running_server(folder),
        neighbours={
            kind: count
            for kind in NEIGHBOURS
            if (count := sum(1 for site in sites for _ in (site / kind).glob("*.json")))
        },
    )


def reset(folder: Path) -> None:
    """Remove what the sandbox wrote into this folder, and the folder when nothing else is in it.

    Raises:
        SandboxFault: The folder is not a sandbox's (`SandboxBusy`: a server is using it).
    """
    if not folder.exists():
        return
    _require_ours(folder)
    with refuse_if_served(folder):
        for site in list(_sites(folder)):
            for kind in (GROUPS, PACKAGES, *NEIGHBOURS):
                _remove_state(site / kind)
            _remove_empty(site)
            _remove_empty(site.parent)
        (folder / IGNORED).unlink(missing_ok=True)
        (folder / MARKER).unlink(missing_ok=True)
        (folder / LOCK).unlink(missing_ok=True)
    _remove_empty(folder)


def _adopt(root: Path) -> None:
    """Create and mark the folder, or make sure that it is ours."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        if (root / MARKER).exists():
            return
        if any(entry.name not in (LOCK, IGNORED) for entry in root.iterdir()):
            raise _not_ours(root)
        replace_file(root / IGNORED, "*\n", fsync=False)  # it is nobody's source
        replace_file(root / MARKER, json.dumps({"format": 1}), fsync=False)
    except OSError as error:
        raise SandboxFault(f"{root}: cannot be used as a sandbox folder: {error}") from error


def _require_ours(folder: Path) -> None:
    entries = list(folder.iterdir()) if folder.is_dir() else None
    if entries is None or (entries and not (folder / MARKER).exists()):
        raise _not_ours(folder)


def _not_ours(folder: Path) -> SandboxFault:
    return SandboxFault(
        f"{folder} is not a sandbox folder ({MARKER} is missing and it is not empty); "
        "name another folder"
    )


def _sites(folder: Path) -> Iterator[Path]:
    for account in sorted(folder.glob("*/")):
        if _ACCOUNT.fullmatch(account.name):
            yield from sorted(account.glob("*/"))


def _read(path: Path) -> JsonObject:
    try:
        return parse_object(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> SandboxFault:
    """Return the fault for a state file that cannot be used."""
    return SandboxFault(
        f"{path}: damaged sandbox state ({why}); repair the file, or start afresh with "
        "`reconcile sandbox reset`"
    )


def _disk_refused(path: Path, error: OSError) -> ApiError:
    """Return the answer for a file that could not be written, or not be removed.

    No SDK repeats a 507 (Insufficient Storage), as it would a 500: waiting makes no room.
    """
    what = (
        f"The sandbox's disk is full: it could not write {path}"
        if error.errno in _FULL
        else f"The sandbox could not write {path}"
    )
    message = f"{what}: {error.strerror}. Nothing was changed."
    return ApiError("InternalFailure", message, HTTPStatus.INSUFFICIENT_STORAGE)


def _remove_state(base: Path) -> None:
    for path in sorted(base.rglob("*"), reverse=True):
        if path.is_dir():
            _remove_empty(path)
        elif path.suffix in {".json", ".tmp"}:
            path.unlink()
    _remove_empty(base)


def _remove_empty(folder: Path) -> None:
    """Remove a folder that is empty; leave any other."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
