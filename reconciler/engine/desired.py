"""All that is declared, over all kinds: the desired state. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.problem import Problem, Severity
from reconciler.core.resources import Desired
from reconciler.kinds import Handlers
from reconciler.manifest.workspace import Workspace

AnyDesired = Desired[Any]
"""A desired resource of any kind; only its own handler looks into the intent."""


@dataclass(frozen=True)
class DesiredState:
    """What the manifests declare, in declared order, and everything that is wrong with them.

    `is_empty` says that no manifest was found at all, which is never taken for "delete".
    """

    environments: Mapping[str, Environment]
    resources: tuple[AnyDesired, ...]
    problems: tuple[Problem, ...]
    is_empty: bool

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that stop every command."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)

    @property
    def declared(self) -> tuple[AnyDesired, ...]:
        """Return the resources that manifests declare, without those that are only looked for."""
        return tuple(each for each in self.resources if each.declared)

    @cached_property
    def by_key(self) -> Mapping[ResourceKey, AnyDesired]:
        """Return the desired resources by key."""
        return {each.key: each for each in self.resources}


def resolve(workspace: Workspace, handlers: Handlers) -> DesiredState:
    """Return the desired state that some manifests declare."""
    resources: list[AnyDesired] = []
    problems = list(workspace.problems)
    for handler in handlers:
        found, wrong = handler.desire(workspace)
        resources += found
        problems += wrong
    return DesiredState(
        workspace.environments,
        tuple(resources),
        _sorted(_certain(problems)),
        not workspace.document_count,
    )


_UNKNOWN_NAMES = frozenset({"E301", "E304", "E305"})


def _certain(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Return the problems without unknown names, if a file that may declare them is unreadable."""
    if not any(each.code.startswith("E1") for each in problems):
        return problems
    return [each for each in problems if each.code not in _UNKNOWN_NAMES]


def _sorted(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda each: each.sort_key))
