"""What the neighbouring services hold: repositories, buckets, keys, grants, shares, principals.

A shelf has all documents of one kind, of all accounts and regions: some names are global (buckets)
and some calls cross accounts. Every change goes to the state folder first and to memory after.
Documents are never changed in place, so readers need no lock.
"""

from __future__ import annotations

import hashlib
import threading
from urllib.parse import quote

from reconciler.sandbox.arns import Site
from reconciler.sandbox.documents import JsonObject, text
from reconciler.sandbox.storage import Folder, damaged

FORMAT = 1
_LONGEST_FILE_NAME = 150


class Shelf:
    """All documents of one kind. Callers hold `lock` over a read that decides a write.

    Reading alone never waits for it, so it may be done while any other lock is held.
    """

    def __init__(self, kind: str, folder: Folder | None) -> None:
        self.kind = kind
        self.lock = threading.RLock()
        self._folder = folder
        self._guard = threading.Lock()
        self._loaded: dict[Site, dict[str, JsonObject]] | None = None

    def get(self, site: Site, name: str) -> JsonObject | None:
        """Return one document, or None when it is not there."""
        with self._guard:
            return self._documents().get(site, {}).get(name)

    def at(self, site: Site) -> dict[str, JsonObject]:
        """Return the documents of one account and region by name, oldest first."""
        with self._guard:
            return dict(self._documents().get(site, {}))

    def everywhere(self) -> list[tuple[Site, str, JsonObject]]:
        """Return the documents of all accounts and regions."""
        with self._guard:
            return [
                (site, name, document)
                for site, documents in self._documents().items()
                for name, document in documents.items()
            ]

    def put(self, site: Site, name: str, document: JsonObject) -> None:
        """Store a new or changed document: one file.

        Raises:
            ApiError: The disk refused; nothing has changed.
        """
        with self._guard:
            documents = self._documents()
            if self._folder is not None:
                content: JsonObject = {"format": FORMAT, "name": name, **document}
                self._folder.write(site, self.kind, _file_name(name), content)
            documents.setdefault(site, {})[name] = document

    def remove(self, site: Site, name: str) -> None:
        """Remove a document, if it is there.

        Raises:
            ApiError: The disk refused; nothing has changed.
        """
        with self._guard:
            documents = self._documents()
            if self._folder is not None:
                self._folder.remove(site, self.kind, _file_name(name))
            documents.get(site, {}).pop(name, None)

    def _documents(self) -> dict[Site, dict[str, JsonObject]]:
        """Return what is in memory, after reading the folder once.

        Raises:
            SandboxFault: One of the state files is damaged.
        """
        if self._loaded is None:
            folder = self._folder
            sites = [] if folder is None else folder.sites()
            self._loaded = {
                site: found for site in sites if folder and (found := self._read(folder, site))
            }
        return self._loaded

    def _read(self, folder: Folder, site: Site) -> dict[str, JsonObject]:
        found: dict[str, JsonObject] = {}
        for path, stored in folder.load(site, self.kind):
            name = text(stored, "name")
            if stored.get("format") != FORMAT or name is None:
                raise damaged(path, f"it does not hold one of the {self.kind}")
            found[name] = {
                key: value for key, value in stored.items() if key not in {"format", "name"}
            }
        return found


def _file_name(name: str) -> str:
    """Return a file name for a resource's name: readable, flat, and not too long for any disk."""
    safe = quote(name, safe="")
    if len(safe) <= _LONGEST_FILE_NAME:
        return safe
    return f"{safe[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
