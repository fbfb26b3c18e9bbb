"""Which environments a change of manifests is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.engine.desired import AnyDesired, DesiredState

_ANYWHERE = Location("")


def targets(state: DesiredState) -> tuple[Environment, ...]:
    """Return the environments that something is declared in, by name."""
    used = {each.key.environment for each in state.declared}
    return tuple(state.environments[name] for name in sorted(used & state.environments.keys()))


def changed_environments(before: DesiredState, after: DesiredState) -> frozenset[str]:
    """Return the names of the environments whose desired state differs, of those that are left.

    Compared is what is declared and how it is to be reconciled, not where it is written: values,
    intent, order, needs, and the environment's settings. A manifest's text, labels and places may
    change without any effect.
    """
    return frozenset(
        name
        for name, environment in after.environments.items()
        if name not in before.environments
        or _settings(environment) != _settings(before.environments[name])
        or _content(after, name) != _content(before, name)
    )


def _settings(environment: Environment) -> Environment:
    return replace(environment, where=_ANYWHERE)


_Content = Mapping[ResourceKey, tuple[object, ...]]


def _content(state: DesiredState, environment: str) -> _Content:
    return {
        each.key: _meant(each) for each in state.resources if each.key.environment == environment
    }


def _meant(desired: AnyDesired) -> tuple[object, ...]:
    return desired.values, desired.intent, desired.needs, desired.after, desired.declared
