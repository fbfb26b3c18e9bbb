"""One server for a folder: an advisory lock (flock) on a file that also says where the server is.

The kernel drops the lock with the process, so a killed server never leaves a stale one.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.sandbox.errors import SandboxBusy

_NAME = "server.lock"
_PATIENCE_SECONDS = 1.0


class FolderLock:
    """Holds a folder for this process from construction until `release`.

    Raises:
        SandboxBusy: Another server holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o644)
        if not _take(self._descriptor):
            os.close(self._descriptor)
            raise _busy(folder)
        os.ftruncate(self._descriptor, 0)

    def announce(self, url: str) -> None:
        """Tell other processes where this server is."""
        os.pwrite(self._descriptor, f"{url}\n".encode(), 0)

    def release(self) -> None:
        """Give the folder up."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def running_server(folder: Path) -> str | None:
    """Return the URL of the server that holds this folder now, or None when none does.

    A server that has taken the folder but not yet said where it listens is waited for, briefly.
    """
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _take(descriptor, shared=True):
            line = os.pread(descriptor, 4096, 0).decode()
            if line.endswith("\n"):
                return line.strip()
            if time.monotonic() > deadline:
                return None
            time.sleep(0.01)
    finally:
        os.close(descriptor)
    return None


@contextmanager
def refuse_if_served(folder: Path) -> Iterator[None]:
    """Hold the folder while it is changed from outside.

    Raises:
        SandboxBusy: A server holds it.
    """
    with FolderLock(folder):
        yield


def _take(descriptor: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(folder: Path) -> SandboxBusy:
    url = running_server(folder)
    where = f" at {url}" if url else ""
    return SandboxBusy(
        f"{folder} is in use by another sandbox server{where}; use that one, or stop it", url
    )
