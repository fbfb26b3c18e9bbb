"""Read what is live for everything that is desired, in bulk, environments and kinds in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.aws.api import Aws, AwsFault, concurrently
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Unmanaged, Verb
from reconciler.core.resources import Found, Reading, Unknown
from reconciler.engine.desired import AnyDesired
from reconciler.kinds import Handlers
from reconciler.kinds.base import Handler, Reader


@dataclass(slots=True)
class Scope:
    """One kind in one environment: its handler, what is desired of it, and how it is read."""

    environment: Environment
    handler: Handler[Any]
    desired: tuple[AnyDesired, ...]
    reader: Reader[Any]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one scope needs done, and what it holds that nobody declares."""

    scope: Scope
    actions: tuple[Action, ...]
    unmanaged: tuple[Unmanaged, ...]


def scopes(desired: Sequence[AnyDesired], handlers: Handlers, aws: Aws) -> list[Scope]:
    """Return the scopes of some resources, by environment and in the order of the handlers."""
    found: dict[tuple[str, str], list[AnyDesired]] = {}
    for each in desired:
        found.setdefault((each.key.environment, each.key.kind), []).append(each)
    ordered: list[Scope] = []
    for environment in sorted({name for name, _ in found}):
        for handler in handlers:
            wanted = found.get((environment, handler.kind), [])
            if wanted:
                where = wanted[0].environment
                ordered.append(Scope(where, handler, tuple(wanted), handler.reader(aws, where)))
    return ordered


def survey(found: Sequence[Scope]) -> list[Survey]:
    """Read every scope and return what each needs done.

    An account that cannot be reached leaves the others readable: its resources are unknown.

    Raises:
        AwsFault: where no scope can be read at all.
    """
    results = concurrently(_try_survey, found)
    faults = [each for each in results if isinstance(each, AwsFault)]
    if faults and len(faults) == len(found):
        raise faults[0]
    return [
        _unreadable(scope, each) if isinstance(each, AwsFault) else each
        for scope, each in zip(found, results, strict=True)
    ]


def _try_survey(scope: Scope) -> Survey | AwsFault:
    try:
        return _survey(scope)
    except AwsFault as fault:
        return fault


def _unreadable(scope: Scope, fault: AwsFault) -> Survey:
    why = f"{fault.what}: {fault.why}" if fault.why else fault.what
    finding = Unknown(fault.operation, why, fault.permission, fix=fault.fix)
    reading = Reading({each.key: finding for each in scope.desired})
    return Survey(scope, tuple(scope.handler.propose(scope.desired, reading)), ())


def _survey(scope: Scope) -> Survey:
    reading = scope.reader.read_all(scope.desired)
    actions = scope.handler.propose(scope.desired, reading)
    doubtful = _doubtful(actions, reading)
    if doubtful:
        again = _read_again(scope, doubtful, reading)
        reading = replace(reading, findings={**reading.findings, **again.findings})
        actions = scope.handler.propose(scope.desired, reading)
    return Survey(scope, tuple(actions), tuple(_unmanaged(scope, reading)))


def _doubtful(actions: Sequence[Action], reading: Reading) -> set[ResourceKey]:
    """Return what is about to change on the word of an index that may lag."""
    return {
        action.key
        for action in actions
        if action.verb is not Verb.NONE or action.notes
        if isinstance(found := reading.findings[action.key], Found) and not found.authoritative
    }


def _read_again(scope: Scope, keys: set[ResourceKey], reading: Reading) -> Reading:
    wanted = [each for each in scope.desired if each.key in keys]
    arns: Mapping[ResourceKey, str] = {
        key: found.live.arn for key, found in reading.findings.items() if isinstance(found, Found)
    }
    findings = concurrently(lambda each: scope.reader.read_again(each, arns.get(each.key)), wanted)
    return Reading(dict(zip([each.key for each in wanted], findings, strict=True)))


def _unmanaged(scope: Scope, reading: Reading) -> Iterator[Unmanaged]:
    for live in reading.unmanaged:
        yield Unmanaged(
            scope.environment.name, scope.handler.kind, live.arn, live.owner, live.identity
        )
