"""A kind of resource that lives in memory and does what a test wants: the engine's own tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

from builders import an_environment

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind
from reconciler.core.changes import compare
from reconciler.core.environment import CallerIdentity, Environment
from reconciler.core.fields import Field, Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import DataPath, Location
from reconciler.core.outcome import Outcome, Report
from reconciler.core.plan import Action, Level, Note, Verb
from reconciler.core.problem import Problem
from reconciler.core.resources import Absent, Desired, Finding, Found, Live, Reading
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.desired import DesiredState
from reconciler.engine.guards import Limits
from reconciler.engine.plan import Planned, make_plan
from reconciler.engine.selection import Selection
from reconciler.kinds.base import Stamp, WriteResult
from reconciler.manifest.workspace import Workspace

HERE = Location("things.yaml")


@dataclass(slots=True)
class Thing:
    """A live thing; it is busy for so many more reads."""

    value: str
    busy: int = 0


@dataclass
class World:
    """All things, what goes wrong with which, and what was written in which order."""

    things: dict[str, Thing] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()  # their write is refused
    broken: frozenset[str] = frozenset()  # their write has a defect of ours
    deaf: frozenset[str] = frozenset()  # their write changes nothing
    blocked: frozenset[str] = frozenset()  # they cannot be read
    slow: Mapping[str, int] = field(default_factory=dict)  # busy for so many reads once written
    written: list[str] = field(default_factory=list)
    on_write: Callable[[str], None] = lambda _name: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, name: str) -> Finding:
        with self.lock:
            thing = self.things.get(name)
            if thing is None:
                return Absent()
            thing.busy -= 1
            status = "Completed" if thing.busy < 0 else "InProgress"
            return Found(Live(f"arn:{name}", {"Value": thing.value}, status=status))


class NoAws:
    """Calls that nobody makes."""

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        raise AssertionError(f"{environment.name} {service} {operation} {parameters}")

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        raise AssertionError(f"{environment.name} {service} {operation} {parameters}")

    def caller(self, environment: Environment) -> CallerIdentity:
        """Return somebody, without a call: it is known once anything was read."""
        return CallerIdentity(f"arn:aws:iam::{environment.account_id}:user/ci", applies=False)


class ThingReader:
    def __init__(self, world: World) -> None:
        self._world = world

    def read_all(self, desired: Sequence[Desired[str]]) -> Reading:
        return Reading({each.key: self._world.find(each.intent) for each in desired})

    def read_again(self, desired: Desired[str], arn: str | None) -> Finding:
        assert arn in (None, f"arn:{desired.intent}")
        return self._world.find(desired.intent)


@dataclass(frozen=True)
class ThingHandler:
    world: World
    kind: str = "Thing"
    fields: tuple[Field, ...] = (Field("Value", Rule.MUTABLE),)
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    def desire(self, workspace: Workspace) -> tuple[list[Desired[str]], list[Problem]]:
        raise AssertionError(f"things are desired directly, not by {workspace}")

    def reader(self, aws: Aws, environment: Environment) -> ThingReader:
        assert isinstance(aws, NoAws)
        assert environment.name
        return ThingReader(self.world)

    def propose(self, desired: Sequence[Desired[str]], reading: Reading) -> list[Action]:
        return [self._propose(each, reading.findings[each.key]) for each in desired]

    def _propose(self, desired: Desired[str], finding: Finding) -> Action:
        if desired.intent in self.world.blocked:
            note = Note(Level.ERROR, "unknown", "cannot be read", "allow thing:Read")
            return Action(desired.key, Verb.BLOCKED, desired.where, notes=(note,))
        live = finding.live if isinstance(finding, Found) else None
        changes = compare(self.fields, desired.values, live.values if live else {})
        verb = Verb.CREATE if live is None else Verb.UPDATE if changes else Verb.NONE
        return Action(
            desired.key,
            verb,
            desired.where,
            changes,
            arn=live.arn if live else None,
            needs=desired.needs,
            after_keys=desired.after,
        )

    def write(
        self, aws: Aws, action: Action, desired: Desired[str], live: Live | None, stamp: Stamp
    ) -> WriteResult:
        assert isinstance(aws, NoAws)
        assert stamp == Stamp()
        assert (live is None) == (action.verb is Verb.CREATE)
        name = desired.intent
        self.world.on_write(name)
        if name in self.world.failing:
            raise AwsFault(
                FaultKind.DENIED,
                what=f"{name} was denied",
                operation="PutThing",
                request_id="r-1",
                fix="allow thing:PutThing",
            )
        if name in self.world.broken:
            raise ZeroDivisionError("a defect of ours")
        with self.world.lock:
            self.world.written.append(name)
            if name not in self.world.deaf:
                busy = self.world.slow.get(name, 0)
                self.world.things[name] = Thing(str(desired.values["Value"]), busy)
        return WriteResult(f"arn:{name}")


def thing(  # noqa: PLR0913 - what a thing is, by name
    name: str,
    value: str = "new",
    *,
    needs: Sequence[str] = (),
    after: Sequence[str] = (),
    where: str = "registry",
    labels: Mapping[str, str] | None = None,
) -> Desired[str]:
    def locate(path: DataPath) -> Location:
        return Location(f"{name}.yaml", 1 + len(path))

    return Desired(
        key=thing_key(name, where),
        environment=an_environment(where),
        values={"Value": value},
        intent=name,
        where=Location(f"{name}.yaml"),
        locate=locate,
        labels=labels or {},
        needs=tuple(thing_key(each, where) for each in needs),
        after=tuple(thing_key(each, where) for each in after),
    )


def thing_key(name: str, where: str = "registry") -> ResourceKey:
    return ResourceKey(where, "Thing", name)


def things_state(*desired: Desired[str], is_empty: bool = False) -> DesiredState:
    environments = {each.environment.name: each.environment for each in desired}
    return DesiredState(environments, desired, (), is_empty)


def plan_things(
    world: World,
    *desired: Desired[str],
    selection: Selection | None = None,
    limits: Limits | None = None,
    is_empty: bool = False,
) -> Planned:
    return make_plan(
        things_state(*desired, is_empty=is_empty),
        NoAws(),
        handlers=(ThingHandler(world),),
        selection=selection or Selection(),
        limits=limits or Limits(),
    )


class Watch:
    """A progress that remembers, and may cancel after so many finished actions."""

    def __init__(self, cancel_after: int | None = None) -> None:
        self.cancel = Event()
        self.told: list[tuple[str, str]] = []
        self._left = cancel_after

    def started(self, action: Action) -> None:
        self.told.append(("started", action.key.name))

    def waiting(self, action: Action, status: str, seconds: float) -> None:
        assert status == "InProgress"
        assert seconds >= 0
        self.told.append(("waiting", action.key.name))

    def finished(self, outcome: Outcome) -> None:
        self.told.append(("finished", outcome.key.name))
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.cancel.set()


class LeapingClock:
    """A time that goes on by itself, so that nobody has to wait."""

    def __init__(self, step: float = 1.0) -> None:
        self._now = 0.0
        self._step = step

    def __call__(self) -> float:
        self._now += self._step
        return self._now


def apply_things(
    planned: Planned,
    *,
    options: ApplyOptions | None = None,
    watch: Watch | None = None,
    clock: Callable[[], float] | None = None,
) -> Report:
    watch = watch or Watch()
    return apply_plan(
        planned,
        writes=NoAws(),
        options=options or ApplyOptions(timeout=60.0),
        progress=watch,
        cancel=watch.cancel,
        clock=clock or LeapingClock(),
    )
