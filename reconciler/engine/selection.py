"""Which of the declared resources a run is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from reconciler.core.resources import Contributor
from reconciler.engine.desired import AnyDesired


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
        key = desired.key
        sources = desired.contributors or (
            Contributor(key.kind, key.name, desired.where, desired.labels),
        )
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
        spellings = (name, f"{kind}/{name}", f"{environment}/{name}")
        return any(fnmatchcase(each, glob) for each in spellings for glob in self.exclude)


def _any(globs: tuple[str, ...], text: str) -> bool:
    return not globs or any(fnmatchcase(text, glob) for glob in globs)
