"""What an operation works with: who calls, from where, and the registries it may reach."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.sandbox.arns import Site
from reconciler.sandbox.credentials import Caller
from reconciler.sandbox.documents import JsonObject
from reconciler.sandbox.principals import Principals
from reconciler.sandbox.registry import Registry
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.shelves import Shelf
from reconciler.sandbox.shuffling import Shuffler
from reconciler.sandbox.storage import PRINCIPALS, Folder


class World:
    """All state of one sandbox, loaded from the folder when it is first asked for.

    `principals` says who exists in IAM; `shuffle` puts lists into another order on each use.
    """

    def __init__(
        self, folder: Folder | None, settings: SandboxSettings, clock: Callable[[], float]
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._folder = folder
        self._registries: dict[Site, Registry] = {}
        self._lock = threading.Lock()
        self._begin()

    def registry(self, site: Site) -> Registry:
        """Return the registry of an account and region.

        Raises:
            SandboxFault: One of its state files is damaged.
        """
        with self._lock:
            found = self._registries.get(site)
            if found is None:
                lag = self.settings.search_lag_seconds
                found = Registry(site, self._folder, self.clock, lag)
                self._registries[site] = found
            return found

    def registries(self, region: str) -> list[Registry]:
        """Return the registries of a region that are in memory or in the folder."""
        stored = self._folder.sites() if self._folder is not None else []
        with self._lock:
            known = {*stored, *self._registries}
        return [
            self.registry(site)
            for site in sorted(known, key=lambda site: site.account)
            if site.region == region
        ]

    def clear(self) -> None:
        """Forget everything in memory: for tests that share one in-memory server."""
        with self._lock:
            self._registries = {}
            self._begin()

    def shelf(self, kind: str) -> Shelf:
        """Return all that there is of one kind of a neighbouring service; see `shelves`."""
        with self._lock:
            if kind not in self._shelves:
                self._shelves[kind] = Shelf(kind, self._folder)
            return self._shelves[kind]

    def _begin(self) -> None:
        principals = Shelf(PRINCIPALS, self._folder)
        self._shelves: dict[str, Shelf] = {PRINCIPALS: principals}
        self.principals = Principals(principals, self.settings.absent_principals, self.clock)
        self.shuffle = Shuffler(self.settings.shuffle_seed)


@dataclass(frozen=True, slots=True)
class Context:
    """One call's surroundings. `now` is fixed for the call."""

    world: World
    caller: Caller
    region: str
    now: float

    @property
    def settings(self) -> SandboxSettings:
        """Return the sandbox's settings."""
        return self.world.settings

    @property
    def home(self) -> Site:
        """Return the caller's own account in the region of the call."""
        return Site(self.caller.account, self.region)

    @property
    def registry(self) -> Registry:
        """Return the caller's own registry."""
        return self.world.registry(self.home)

    @property
    def author(self) -> JsonObject:
        """Return the caller as CreatedBy and LastModifiedBy show it (botocore UserContext)."""
        return {"IamIdentity": {"Arn": self.caller.arn, "PrincipalId": self.caller.user_id}}


Operation = Callable[[Context, JsonObject], JsonObject]
"""One API operation: validated parameters in, the answer's members out; errors are `ApiError`."""
