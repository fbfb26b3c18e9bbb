"""The journal of an apply: a folder with one file for each document and run.

    .reconciler/journal/registry.ModelPackageGroupPolicy.churn-1a2b3c4d/20260131T120000Z-4711.json

Each file holds, as JSON, the texts that the document had before this run replaced it: unredacted,
since they are the way back, and readable by nobody but the user.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from reconciler import __version__
from reconciler.core.keys import ResourceKey
from reconciler.kinds import Handlers
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.kinds.policies.journal import Entry, Journal, JournalError

KEPT: Final = 20
"""How many files of one document are kept: that of this run, and the newest before it."""
_FORMAT_VERSION: Final = "1"


class FolderJournal:
    """Keeps entries in a folder, on the disk before `keep` returns.

    `moment` and the process tell this run's files from those of others.
    """

    def __init__(self, folder: Path, *, moment: datetime) -> None:
        self._folder = folder
        self._name = f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.json"
        self._written_at = moment.astimezone(UTC).isoformat(timespec="seconds")

    def keep(self, entry: Entry) -> str:
        """Keep an entry; remove the oldest files of the same document.

        Raises:
            JournalError: if the folder or the file cannot be written.
        """
        path = self._folder / _folder_name(entry.key) / self._name
        try:
            self._make(path.parent)
            _write_durably(path, self._text(entry))
            _forget(path)
        except OSError as error:
            raise JournalError(
                f"the journal {self._folder} cannot be written",
                why=f"{error.strerror or error}; it is the way back after a crash",
                fix="make the folder writable, or name another with --journal",
            ) from None
        return str(path)

    def _make(self, folder: Path) -> None:
        """Make the folder, for the user only, and keep Git from taking policies in by accident."""
        if folder.is_dir():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ignored = self._folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(self._folder)

    def _text(self, entry: Entry) -> str:
        key = entry.key
        data = {
            "document": "journal",
            "formatVersion": _FORMAT_VERSION,
            "toolVersion": __version__,
            "runStartedAt": self._written_at,
            "resource": {"environment": key.environment, "kind": key.kind, "name": key.name},
            "accountId": entry.environment.account_id,
            "region": entry.environment.region,
            "arn": entry.carrier,
            "previous": entry.texts[0],
            "rounds": list(entry.texts),
        }
        return json.dumps(data, indent=2) + "\n"


def with_journal(handlers: Handlers, journal: Journal) -> Handlers:
    """Return the handlers, those of documents with a journal to write to."""
    return tuple(
        replace(each, journal=journal) if isinstance(each, DocumentHandler) else each
        for each in handlers
    )


def _folder_name(key: ResourceKey) -> str:
    """Return a name that is safe for a file and different for every document."""
    spelled = f"{key.environment}.{key.kind}.{key.name}"
    mark = sha256(f"{key.environment}/{key.kind}/{key.name}".encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9._-]', '_', spelled)[:120]}-{mark}"


def _write_durably(path: Path, text: str) -> None:
    """Write a file whole or not at all, and wait until the disk has it."""
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make names in a folder durable, where the system lets folders be opened."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _forget(newest: Path) -> None:
    """Remove all but the newest files of a document; what cannot be removed stays."""
    older = [each for each in newest.parent.glob("*.json") if each.name != newest.name]
    older.sort(key=lambda each: each.name, reverse=True)  # names begin with the time
    for each in older[KEPT - 1 :]:
        with suppress(OSError):
            each.unlink()
