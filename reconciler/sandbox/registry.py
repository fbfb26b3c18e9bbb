"""The registry of one account and region: groups, packages, numbering, and what Search has seen.

Every change goes to the state folder first and to memory after, both under `lock`: a write that
fails leaves memory as it was. Records are immutable, so readers may use them outside the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reconciler.sandbox.arns import Site
from reconciler.sandbox.errors import SandboxFault
from reconciler.sandbox.history import History
from reconciler.sandbox.records import Group, Package
from reconciler.sandbox.storage import GROUPS, PACKAGES, Folder, damaged


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All groups and packages of a registry as they were at one moment."""

    groups: tuple[Group, ...]
    packages: tuple[Package, ...]


class Registry:
    """Groups and packages of one site. Callers hold `lock` over a read that decides a write."""

    def __init__(
        self, site: Site, folder: Folder | None, clock: Callable[[], float], search_lag: float
    ) -> None:
        self.site = site
        self.lock = threading.RLock()
        self._folder = folder
        self._clock = clock
        self._groups: dict[str, Group] = {}
        self._packages: dict[str, dict[str, Package]] = {}
        self._highest: dict[str, int] = {}
        self._leaving: set[str] = set()
        self._created_with: dict[str, str] = {}
        self._history = History(search_lag)
        if folder is not None:
            self._load(folder)

    def group(self, name: str) -> Group | None:
        """Return the group of this name in any case, or None."""
        with self.lock:
            self._forget_deleted()
            return self._groups.get(name.lower())

    def package(self, key: str) -> Package | None:
        """Return the package with this ARN name part (`group/3` or `name`), or None."""
        with self.lock:
            self._forget_deleted()
            return self._packages.get(_family(key), {}).get(key)

    def created_with(self, token: str) -> Package | None:
        """Return the package that was created with this client token, or None."""
        with self.lock:
            self._forget_deleted()
            key = self._created_with.get(token)
            return None if key is None else self._packages.get(_family(key), {}).get(key)

    def groups(self) -> list[Group]:
        """Return all groups."""
        with self.lock:
            self._forget_deleted()
            return list(self._groups.values())

    def packages(self, group: str | None = None) -> list[Package]:
        """Return all packages, or those of one group."""
        with self.lock:
            self._forget_deleted()
            if group is not None:
                return list(self._packages.get(group.lower(), {}).values())
            return [package for family in self._packages.values() for package in family.values()]

    def unversioned(self) -> list[Package]:
        """Return the packages that belong to no group."""
        with self.lock:
            self._forget_deleted()
            return list(self._packages.get("", {}).values())

    def indexed(self) -> Snapshot:
        """Return what Search has seen by now: the state as it was one search lag ago."""
        with self.lock:
            now = Snapshot(tuple(self.groups()), tuple(self.packages()))
            if not self._history.lag:
                return now
            groups, packages = self._history.as_of(self._clock(), now.groups, now.packages)
            return Snapshot(groups, packages)

    def count(self) -> int:
        """Return how many packages there are."""
        with self.lock:
            return sum(map(len, self._packages.values()))

    def next_version(self, group: Group) -> int:
        """Return the number of the group's next version: monotonic, never given out twice.

        Source: developer guide "Models, model versions and model groups" (starts at 1, counts up);
        that deleted numbers stay unused is an assumption (open point).
        """
        return self._highest.get(group.name.lower(), 0) + 1

    def save_group(self, group: Group) -> None:
        """Store a new or changed group."""
        key = group.name.lower()
        before = self._groups.get(key)
        known = max(self._highest.get(key, 0), group.last_version)
        stored = replace(group, last_version=known)
        if self._folder is not None:
            content = stored.to_json(self._clock())
            self._folder.write(self.site, GROUPS, group.name, content)
        self._groups[key] = stored
        self._highest[key] = known
        if stored.timeline.gone_at is not None:
            self._leaving.add(f"group {key}")
        self._history.note(self._clock(), stored.arn, before)

    def save_package(self, package: Package) -> None:
        """Store a new or changed package: one file, whatever the size of the registry."""
        family = _family(package.key)
        before = self._packages.get(family, {}).get(package.key)
        if self._folder is not None:
            content = package.to_json(self._clock())
            self._folder.write(self.site, PACKAGES, package.key, content)
        self._remember(package)
        self._history.note(self._clock(), package.arn, before)

    def _forget_deleted(self) -> None:
        """Remove what has finished Deleting: packages first, then groups."""
        if not self._leaving:
            return
        now = self._clock()
        for entry in sorted(self._leaving, reverse=True):
            kind, _, key = entry.partition(" ")
            if kind == "package":
                self._forget_package(self._packages[_family(key)][key], now)
            else:
                self._forget_group(self._groups[key], now)

    def _forget_package(self, package: Package, now: float) -> None:
        """Remove a package; its number is kept in the group's file before it can be lost."""
        if not package.timeline.is_gone(now):
            return
        family = _family(package.key)
        group = self._groups.get(family)
        if group is not None and group.last_version < package.version:
            self.save_group(group)
        if self._folder is not None:
            self._folder.remove(self.site, PACKAGES, package.key)
        del self._packages[family][package.key]
        for token in package.tokens:
            if self._created_with.get(token) == package.key:
                del self._created_with[token]
        self._leaving.discard(f"package {package.key}")
        self._history.note(now, package.arn, package)

    def _forget_group(self, group: Group, now: float) -> None:
        if not group.timeline.is_gone(now):
            return
        if self._folder is not None:
            self._folder.remove(self.site, GROUPS, group.name)
        key = group.name.lower()
        del self._groups[key]
        self._highest.pop(key, None)
        self._leaving.discard(f"group {key}")
        self._history.note(now, group.arn, group)

    def _load(self, folder: Folder) -> None:
        """Read the site's files; the next number is above both the counter and all versions."""
        for path, stored in folder.load(self.site, GROUPS):
            try:
                self._take_groups([Group.from_json(self.site, stored)])
            except (SandboxFault, TypeError, ValueError) as error:
                raise damaged(path, str(error)) from error
        for path, stored in folder.load(self.site, PACKAGES):
            try:
                self._take_package(Package.from_json(self.site, stored))
            except (SandboxFault, TypeError, ValueError) as error:
                raise damaged(path, str(error)) from error

    def _take_groups(self, groups: Iterable[Group]) -> None:
        for group in groups:
            key = group.name.lower()
            self._groups[key] = group
            self._highest[key] = group.last_version
            if group.timeline.gone_at is not None:
                self._leaving.add(f"group {key}")

    def _take_package(self, package: Package) -> None:
        family = _family(package.key)
        if package.group_name is not None and family not in self._groups:
            raise SandboxFault(f"the file of its group {package.group_name} is missing")
        self._remember(package)

    def _remember(self, package: Package) -> None:
        family = _family(package.key)
        self._packages.setdefault(family, {})[package.key] = package
        self._highest[family] = max(self._highest.get(family, 0), package.version)
        for token, use in package.tokens.items():
            if isinstance(use, dict) and use.get("operation") == "CreateModelPackage":
                self._created_with[token] = package.key
        if package.timeline.gone_at is not None:
            self._leaving.add(f"package {package.key}")


def _family(key: str) -> str:
    """Return the group part of a package key, empty for unversioned packages."""
    return key.rpartition("/")[0]
