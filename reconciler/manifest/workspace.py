"""Typed manifests and everything found wrong while reading them: what the rest works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeGuard, TypeVar

from reconciler.core.environment import Environment
from reconciler.core.location import DataPath, Location
from reconciler.core.problem import Problem, Severity
from reconciler.manifest.references import Origin
from reconciler.shapes.base import Shape

Spec = TypeVar("Spec", bound=Shape, covariant=True)  # noqa: PLC0105 - `Manifest[Spec]` reads well


@dataclass(frozen=True, slots=True)
class Manifest(Generic[Spec]):
    """One manifest, valid by itself, its references to fragments resolved."""

    kind: str
    name: str
    labels: Mapping[str, str]
    spec: Spec
    origin: Origin

    @property
    def where(self) -> Location:
        """Return where the document begins."""
        return self.origin.document.where

    def locate(self, path: DataPath, *, key: bool = False) -> Location:
        """Return where the value at a path such as `("spec", "tags", "team")` was written."""
        return self.origin.locate(path, key=key)

    def elsewhere(self, path: DataPath) -> Location | None:
        """Return where the value at a path was written if that is a fragment, else `None`."""
        return self.origin.elsewhere(path)


@dataclass(frozen=True, slots=True)
class Workspace:
    """All manifests of one run.

    `manifests` are in the order of files and documents. `environments` are those declared, by
    name. `document_count` counts all YAML documents read, invalid ones too. `invalid` are kind and
    name of those that are no manifest because of a problem: what refers to them is not at fault.
    `watches_everywhere` asks to look for what policy manifests left in every environment, whatever
    the environments say.
    """

    manifests: tuple[Manifest[Shape], ...]
    environments: Mapping[str, Environment]
    problems: tuple[Problem, ...]
    document_count: int
    invalid: frozenset[tuple[str, str]] = frozenset()
    watches_everywhere: bool = False

    @property
    def is_valid(self) -> bool:
        """Say whether no problem is an error."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def of(self, kind: str, spec: type[Spec]) -> list[Manifest[Spec]]:
        """Return the manifests of a kind, in order; `spec` is the model that their spec has."""
        return [each for each in self.manifests if each.kind == kind and _has(each, spec)]


def _has(manifest: Manifest[Shape], spec: type[Spec]) -> TypeGuard[Manifest[Spec]]:
    return isinstance(manifest.spec, spec)
