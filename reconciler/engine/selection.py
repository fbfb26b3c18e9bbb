"""Which of the declared resources a run is about. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from reconciler.core.resources import Contributor
from reconciler.engine.desired import AnyDesired, DesiredState
from reconciler.kinds import HANDLERS


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name that an option spells out and nothing has, and those that there are."""

    option: str
    name: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selection:
    """Globs and labels; an empty field selects everything.

    A resource is selected if it matches every non-empty field, and no `exclude` glob matches its
    name, `Kind/name` or `environment/name`. `labels` must all be equal. `paths` match the
    manifest's file. A resource that several manifests contribute to is selected if one of them
    is, and excluded if all of them are: it is written as a whole or not at all.
    """

    environments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    exclude: tuple[str, ...] = ()
    paths: tuple[str, ...] = field(default=())

    @property
    def is_everything(self) -> bool:
        """Say whether nothing is left out."""
        return self == Selection()

    @property
    def is_whole_environments(self) -> bool:
        """Say whether nothing is left out of the environments that are selected."""
        return replace(self, environments=()).is_everything

    def keeps(self, desired: AnyDesired) -> bool:
        """Say whether a resource is selected."""
        key, sources = desired.key, _sources(desired)
        return (
            _any(self.environments, key.environment)
            and _any(self.kinds, key.kind)
            and any(self._takes(key.name, each) for each in sources)
            and not self._excludes(key.environment, key.kind, key.name)
            and not all(self._excludes(key.environment, each.kind, each.name) for each in sources)
        )

    def _takes(self, name: str, source: Contributor) -> bool:
        return (
            (_any(self.names, name) or _any(self.names, source.name))
            and _any(self.paths, source.where.path)
            and all(source.labels.get(label) == value for label, value in self.labels)
        )

    def _excludes(self, environment: str, kind: str, name: str) -> bool:
        spellings = _spellings(environment, kind, name)
        return any(fnmatchcase(each, glob) for each in spellings for glob in self.exclude)

    def unmatched(self, state: DesiredState) -> Iterator[Unmatched]:
        """Yield the names that nothing has. A glob may match nothing: it says what it is for."""
        given = {
            "--environment": self.environments,
            "--kind": self.kinds,
            "--name": self.names,
            "--exclude": self.exclude,
            "--path": self.paths,
        }
        known = _known(state)
        for option, names in given.items():
            for name in names:
                if not _WILD & set(name) and name not in known[option]:
                    yield Unmatched(option, name, frozenset(known[option]))


def _known(state: DesiredState) -> dict[str, set[str]]:
    """Return what each option can name."""
    environments, kinds = set(state.environments), {each.kind for each in HANDLERS}
    names: set[str] = set()
    spelled: set[str] = set()
    paths: set[str] = set()
    for desired in state.resources:
        key = desired.key
        environments.add(key.environment)
        kinds.add(key.kind)
        for each in (Contributor(key.kind, key.name, desired.where, {}), *_sources(desired)):
            names.add(each.name)
            paths.add(each.where.path)
            spelled.update(_spellings(key.environment, each.kind, each.name))
    return {
        "--environment": environments,
        "--kind": kinds,
        "--name": names,
        "--exclude": spelled,
        "--path": paths,
    }


_WILD = frozenset("*?[")


def _sources(desired: AnyDesired) -> tuple[Contributor, ...]:
    key = desired.key
    return desired.contributors or (Contributor(key.kind, key.name, desired.where, desired.labels),)


def _spellings(environment: str, kind: str, name: str) -> tuple[str, str, str]:
    return name, f"{kind}/{name}", f"{environment}/{name}"


def _any(globs: tuple[str, ...], text: str) -> bool:
    return not globs or any(fnmatchcase(text, glob) for glob in globs)
