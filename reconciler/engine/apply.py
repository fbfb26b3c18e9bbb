"""Apply a plan: dependencies first, independent actions in parallel, an outcome for every action.

One loop in the calling thread owns all state; threads only carry out single steps and return
values. So progress needs no locks, and an interrupt is noticed between steps:

    needs done ──> write ──> verify ──> outcome
    (after written)  │ ▲        │ ▲
                     └─┘ busy   └─┘ still at work: again later, until the timeout
"""

from __future__ import annotations

import heapq
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event

from reconciler.aws.api import Aws
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Action, Level, Plan, Verb
from reconciler.engine.plan import Planned
from reconciler.engine.progress import Progress
from reconciler.engine.review import REVIEWED, Verdict
from reconciler.engine.steps import Step, Unsettled, Work, Written, outcome, verify, write
from reconciler.kinds.base import History, Stamp, no_history

_FIRST_POLL = 0.5
_SLOWEST_POLL = 15.0
_SLOWER = 1.5
_LOOK_UP = 0.2  # how often the loop looks at the interrupt, in seconds


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How to apply: whether to wait for AWS to finish, how long, and how much at a time.

    `timeout` is in seconds, for each resource. `verdict` says whether the plan is what was
    reviewed, and `history` which change of the files caused what is approved.
    """

    wait: bool = True
    timeout: float = 1800.0
    parallelism: int = 10
    verdict: Verdict = REVIEWED
    history: History = no_history


class _Phase(Enum):
    PLANNED = auto()
    WRITING = auto()
    WRITTEN = auto()
    DONE = auto()


@dataclass(slots=True)
class _Task:
    """One action on its way: what it waits for, where it is, and how it ended.

    `needs` have to end well first, `after` only have to be written; `needed_by` and `followed_by`
    are the same links from the other end. `unmet` counts those of both that are still to come.
    """

    work: Work
    number: int
    needs: list[_Task] = field(default_factory=list)
    needed_by: list[_Task] = field(default_factory=list)
    followed_by: list[_Task] = field(default_factory=list)
    unmet: int = 0
    phase: _Phase = _Phase.PLANNED
    outcome: Outcome | None = None
    waiting_since: float | None = None
    poll: float = _FIRST_POLL
    arn: str = ""
    next_step: Callable[[], Step] | None = None

    @property
    def action(self) -> Action:
        return self.work.action


@dataclass(slots=True)
class _Run:
    """An apply in progress."""

    tasks: list[_Task]
    options: ApplyOptions
    progress: Progress
    cancel: Event
    clock: Callable[[], float]
    pool: ThreadPoolExecutor
    running: dict[Future[Step], _Task] = field(default_factory=dict)
    finished: SimpleQueue[Future[Step]] = field(default_factory=SimpleQueue)
    writing: int = 0
    touched: deque[_Task] = field(default_factory=deque)
    ready: list[int] = field(default_factory=list)
    later: list[tuple[float, int, _Task]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    unfinished: int = 0

    def execute(self) -> None:
        """Run until every task has an outcome."""
        planned = [task for task in self.tasks if task.outcome is None]
        self.unfinished = len(planned)
        self.touched.extend(planned)
        while self.unfinished:
            if self.cancel.is_set():
                self._skip_the_rest()
            self._start_ready()
            self._resume_due()
            self._collect()

    def _consider(self, task: _Task) -> None:
        """Note a planned task that may start now; end it if it lost what it needs."""
        if task.phase is not _Phase.PLANNED:
            return
        blocker = _failed_need(task)
        if blocker is not None:
            self._end(task, _without_need(task.action, blocker))
        elif not task.unmet:
            heapq.heappush(self.ready, task.number)

    def _start_ready(self) -> None:
        """Start what may start, in the order of the plan; skip what lost what it needs."""
        while self.touched:
            self._consider(self.touched.popleft())
        while self.ready and self.writing < self.options.parallelism:
            task = self.tasks[heapq.heappop(self.ready)]
            if task.phase is _Phase.PLANNED:
                task.phase = _Phase.WRITING
                self.progress.started(task.action)
                self._submit(task, partial(write, task.work, _arn(task)))

    def _submit(self, task: _Task, step: Callable[[], Step]) -> None:
        task.next_step = step
        self.writing += task.phase is _Phase.WRITING
        future = self.pool.submit(step)
        self.running[future] = task
        future.add_done_callback(self.finished.put)

    def _resume_due(self) -> None:
        while self.later and self.later[0][0] <= self.clock():
            task = heapq.heappop(self.later)[2]
            if task.outcome is None and task.next_step is not None:
                self._submit(task, task.next_step)

    def _collect(self) -> None:
        if not self.unfinished:
            return
        due = self.later[0][0] - self.clock() if self.later else _LOOK_UP
        pause = max(0.0, min(due, _LOOK_UP))
        if not self.running:
            self.cancel.wait(pause)
            return
        with suppress(Empty):
            self._take(self.finished.get(timeout=pause))
            while True:
                self._take(self.finished.get_nowait())

    def _take(self, future: Future[Step]) -> None:
        task = self.running.pop(future)
        self.writing -= task.phase is _Phase.WRITING
        self._advance(task, _result(task, future))

    def _advance(self, task: _Task, result: Step) -> None:
        match result:
            case Outcome():
                self._end(task, result)
            case Written(written):
                task.phase, task.arn = _Phase.WRITTEN, written.arn
                task.waiting_since = None
                self._touch(task.followed_by)
                self._start_ready()  # before the check: what follows is what takes longest
                self._submit(task, partial(verify, task.work, written))
            case Unsettled():
                self._wait(task, result)

    def _wait(self, task: _Task, unsettled: Unsettled) -> None:
        now = self.clock()
        if task.waiting_since is None:
            task.waiting_since = now
        waited = now - task.waiting_since
        if not self.options.wait:
            why = f"AWS is still at work on it ({unsettled.status})"
            self._end(task, self._left(task, Status.WAITING, why, unsettled))
        elif waited >= self.options.timeout:
            why = f"still {unsettled.status} after {self.options.timeout:.0f} seconds"
            self._end(task, self._left(task, Status.FAILED, why, unsettled))
        else:
            self.progress.waiting(task.action, unsettled.status, waited)
            heapq.heappush(self.later, (now + task.poll, next(self.numbers), task))
            task.poll = min(task.poll * _SLOWER, _SLOWEST_POLL)

    def _left(self, task: _Task, status: Status, why: str, unsettled: Unsettled) -> Outcome:
        fix = "nothing is lost: run apply again, or allow more time with --timeout"
        return outcome(task.action, status, arn=unsettled.arn, why=why, fix=fix)

    def _skip_the_rest(self) -> None:
        """End what has not begun or only waits; what is in flight is finished first."""
        in_flight = {id(task) for task in self.running.values()}
        for task in self.tasks:
            if task.outcome is None and id(task) not in in_flight:
                written = task.phase is _Phase.WRITTEN
                status = Status.WAITING if written else Status.SKIPPED
                why = "written, not yet read back: interrupted" if written else "interrupted"
                self._end(task, outcome(task.action, status, arn=task.arn, why=why, fix=_AGAIN))

    def _end(self, task: _Task, result: Outcome) -> None:
        written = task.phase is _Phase.WRITTEN
        task.phase, task.outcome = _Phase.DONE, result
        self.unfinished -= 1
        self.progress.finished(result)
        if self.cancel.is_set():
            return  # all the rest is skipped for that reason alone
        if not written:
            self._touch(task.followed_by)
        self._touch(task.needed_by)

    def _touch(self, tasks: Sequence[_Task]) -> None:
        """Note that something that these tasks wait for has come."""
        for each in tasks:
            each.unmet -= 1
        self.touched.extend(tasks)


_AGAIN = "run apply again"
_LOG = logging.getLogger(__name__)


def _result(task: _Task, future: Future[Step]) -> Step:
    """Return what a step came to; a defect of ours fails its action, not the whole run."""
    error = future.exception()
    if error is None:
        return future.result()
    _LOG.debug("step of %s failed", task.action.key, exc_info=error)
    why = f"internal error: {type(error).__name__}: {error}"
    return outcome(task.action, Status.FAILED, why=why, fix="run again with --debug and report it")


def _arn(task: _Task) -> str | None:
    """Return the live resource of a task: known from the plan, or created earlier in this run."""
    created = (each for each in task.needs if each.action.key == task.action.key)
    return task.action.arn or next((each.outcome.arn for each in created if each.outcome), None)


def _failed_need(task: _Task) -> Outcome | None:
    for each in task.needs:
        if each.outcome and each.outcome.status not in (Status.APPLIED, Status.UNCHANGED):
            return each.outcome
    return None


def _without_need(action: Action, blocker: Outcome) -> Outcome:
    if blocker.status is Status.WAITING:
        why = f"{blocker.key} is not ready yet"
        return outcome(action, Status.WAITING, why=why, fix=_AGAIN)
    why = f"{blocker.verb.word} of {blocker.key} ended as {blocker.status}"
    return outcome(action, Status.SKIPPED, why=why, fix=blocker.fix or _AGAIN)


def apply_plan(  # noqa: PLR0913 - what an apply depends on, nothing else
    planned: Planned,
    *,
    writes: Aws,
    options: ApplyOptions,
    progress: Progress,
    cancel: Event,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Carry out a plan and return the outcome of every action of it.

    A plan that any guard refuses, or that is not what was reviewed, is not touched: nothing is
    written.
    """
    plan, verdict = planned.plan, options.verdict
    if plan.refusals:
        return Report(plan, tuple(_refused(plan)))
    if verdict.refuses:
        outcomes = tuple(_objected(plan, verdict))
        return Report(plan, outcomes, remarks=verdict.remarks, code=verdict.code)
    tasks = _tasks(planned, writes, options)
    with ThreadPoolExecutor(2 * options.parallelism) as pool:
        _Run(tasks, options, progress, cancel, clock, pool).execute()
    outcomes = tuple(task.outcome for task in tasks if task.outcome is not None)
    complete = all(each.status in (Status.APPLIED, Status.UNCHANGED) for each in outcomes)
    interrupted = cancel.is_set() and not complete
    return Report(plan, outcomes, interrupted=interrupted, remarks=verdict.remarks)


def _tasks(planned: Planned, writes: Aws, options: ApplyOptions) -> list[_Task]:
    """Return a task for every action, linked to the tasks that it needs and comes after."""
    scopes = {(each.environment.name, each.handler.kind): each for each in planned.scopes}
    stamp = Stamp(planned.plan.commit, options.history)
    tasks: list[_Task] = []
    for number, action in enumerate(planned.plan.actions):
        desired = planned.state.by_key[action.key]
        scope = scopes[action.key.environment, action.key.kind]
        task = _Task(Work(action, desired, scope, writes, stamp), number)
        task.outcome = _decided(action)
        if task.outcome is not None:
            task.phase = _Phase.DONE
        tasks.append(task)
    _link(tasks)
    return tasks


def _link(tasks: Sequence[_Task]) -> None:
    """Link every task to those that it needs and comes after."""
    own = {each.action.key: each for each in tasks if not _approves(each.action)}
    for task in tasks:
        task.needs = [own[key] for key in task.action.needs if key in own]
        after = [own[key] for key in task.action.after_keys if key in own]
        for each in task.needs:
            each.needed_by.append(task)
        for each in after:
            each.followed_by.append(task)
        task.unmet = sum(each.phase is not _Phase.DONE for each in (*task.needs, *after))


def _approves(action: Action) -> bool:
    return action.key in action.needs


def _decided(action: Action) -> Outcome | None:
    """Return the outcome of an action that is not carried out at all, or `None`."""
    if action.verb is Verb.NONE:
        return outcome(action, Status.UNCHANGED)
    if action.verb is Verb.BLOCKED:
        note = next(iter(action.notes_of(Level.ERROR)), None)
        why, fix = (note.text, note.fix) if note else ("blocked", "see plan")
        return outcome(action, Status.FAILED, why=why, fix=fix)
    return None


def _objected(plan: Plan, verdict: Verdict) -> Iterator[Outcome]:
    """Yield the outcomes of a plan that is not what was reviewed: nothing is carried out."""
    for action in plan.actions:
        objection = verdict.objections.get(action.digest)
        if (decided := _decided(action)) is not None:
            yield decided
        elif objection is not None:
            stale = outcome(action, Status.STALE, why=objection.why, fix=objection.fix)
            yield replace(stale, remarks=objection.differences)
        else:
            why = "other changes were not reviewed, so nothing of the plan is written"
            yield outcome(action, Status.SKIPPED, why=why, fix=_AGAIN)


def _refused(plan: Plan) -> Iterator[Outcome]:
    """Yield the outcomes of a plan that the guards refuse: nothing is carried out."""
    by_key = {refusal.key: refusal for refusal in reversed(plan.refusals)}
    for action in plan.actions:
        refusal = by_key.get(action.key)
        if action.verb is Verb.NONE:
            yield outcome(action, Status.UNCHANGED)
        elif refusal is not None:
            yield outcome(action, Status.REFUSED, why=refusal.what, fix=refusal.fix)
        else:
            why = "the plan was refused, so nothing of it is written"
            yield outcome(action, Status.SKIPPED, why=why, fix=plan.refusals[0].fix)
