"""What plans and reports come to, found in one pass that makes no text of anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from reconciler.core.outcome import Status
from reconciler.core.plan import WRITING_VERBS, Level, Verb
from reconciler.render.contract import (
    ActionPart,
    ChangePart,
    EnvironmentPart,
    Identity,
    OutcomePart,
    PlanDocument,
    ProblemPart,
    RefusalPart,
    ReportDocument,
)
from reconciler.render.markdown.setting import EarlyEnd, Setting
from reconciler.render.marker import State

WIDENS: Final = "widens-access"
"""The code of the note on what gives access that nobody had before."""

STATUS: Final = "ModelApprovalStatus"
ACCESS: Final = ("Statement.", "Grant.", "Principal.", "Resource.")
"""How the paths of changes begin that give or take access."""

_NO_DIGEST: Final = "sha256:" + "0" * 64
_Key = tuple[str, str, str, Verb]
SUPERSEDED: Final = "superseded"
"""The code of the error of an apply that a later one overtook."""

NOT_DONE: Final = frozenset({Status.STALE, Status.SKIPPED, Status.WAITING})
_DONE: Final = frozenset({Status.APPLIED, Status.UNCHANGED, Status.WAITING})
FAILED: Final = frozenset({Status.FAILED, Status.REFUSED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of a plan, and what became of it if that is known."""

    action: ActionPart
    outcome: OutcomePart | None = None
    prefix: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def status_change(self) -> ChangePart | None:
        """Return the change of the approval, unless it is the one that every new version has."""
        if self.action.verb not in {Verb.APPROVE, Verb.CREATE}:
            return None
        found = next((each for each in self.action.changes if each.path == STATUS), None)
        waits = found and self.action.verb is Verb.CREATE and found.after == "PendingManualApproval"
        return None if waits else found

    @property
    def taken(self) -> tuple[str, ...]:
        """Return the statements, grants and shares that an update takes away."""
        if self.action.verb is not Verb.UPDATE:
            return ()
        gone = (each for each in self.action.changes if each.after is None)
        return tuple(each.path for each in gone if each.path.startswith(ACCESS))

    @property
    def is_destructive(self) -> bool:
        """Say whether something is lost: a resource, or access that somebody has."""
        return self.action.verb is Verb.DELETE or bool(self.taken)

    @property
    def is_grave(self) -> bool:
        """Say whether this is among what a reviewer has to see first."""
        return (
            self.action.verb in {Verb.APPROVE, Verb.BLOCKED}
            or self.is_destructive
            or any(note.code == WIDENS or note.level is Level.ERROR for note in self.action.notes)
            or (self.outcome is not None and self.outcome.status in FAILED)
        )

    @property
    def weight(self) -> int:
        """Return roughly how much there is to show, without showing it."""
        action = self.action
        compared = action.predecessor.changes if action.predecessor else ()
        return len(action.notes) + sum(map(_weight, action.changes)) + sum(map(_weight, compared))


@dataclass(frozen=True, slots=True)
class Covered:
    """What plans and reports say about one environment.

    `digest` is that of its own plan, empty where it has none: what apply can be told to accept.
    """

    name: str
    part: EnvironmentPart | None
    digest: str
    counts: Mapping[Verb, int]
    statuses: Mapping[Status, int]
    is_missing: bool
    is_unplanned: bool


@dataclass(frozen=True)
class Overview:
    """All that there is to say. `entries` are the actions about which there is anything to say."""

    plans: Sequence[PlanDocument]
    reports: Sequence[ReportDocument]
    ends: Sequence[EarlyEnd]
    unplanned: Sequence[EarlyEnd]
    expected: tuple[str, ...]
    entries: tuple[Entry, ...]

    @cached_property
    def counts(self) -> Mapping[Verb, int]:
        """Return how many actions there are of each verb."""
        found = Counter(action.verb for plan in self.plans for action in plan.actions)
        return found or Counter(entry.action.verb for entry in self.entries)

    @cached_property
    def statuses(self) -> Mapping[Status, int]:
        """Return how many outcomes there are of each status."""
        return Counter(outcome.status for report in self.reports for outcome in report.outcomes)

    @cached_property
    def changes(self) -> int:
        """Return how many actions write."""
        return sum(self.counts[verb] for verb in WRITING_VERBS)

    @cached_property
    def approvals(self) -> tuple[Entry, ...]:
        """Return the actions that change an approval."""
        return tuple(entry for entry in self.entries if entry.status_change)

    @cached_property
    def refusals(self) -> tuple[tuple[RefusalPart, str], ...]:
        """Return the refusals of plans and reports, each once, with the folder of their places."""
        found: dict[str, tuple[RefusalPart, str]] = {}
        for plan in self.plans:
            for refusal in plan.refusals:
                found.setdefault(repr(refusal), (refusal, _prefix(plan)))
        for report in self.reports:
            for refusal in report.refusals:
                found.setdefault(repr(refusal), (refusal, ""))
        return tuple(found.values())

    @cached_property
    def warnings(self) -> tuple[tuple[ProblemPart, str], ...]:
        """Return the warnings about manifests, each once, with the folder of their places."""
        found: dict[str, tuple[ProblemPart, str]] = {}
        for plan in self.plans:
            for problem in plan.warnings:
                found.setdefault(repr(problem), (problem, _prefix(plan)))
        return tuple(found.values())

    @cached_property
    def refused(self) -> frozenset[str]:
        """Return the environments in which a guard refused the plan."""
        planned = (each for plan in self.plans if plan.refusals for each in plan.environments)
        reported = (each for report in self.reports if report.refusals for each in report.outcomes)
        return frozenset(
            (*[each.name for each in planned], *[each.resource.environment for each in reported])
        )

    @cached_property
    def objected(self) -> frozenset[str]:
        """Return the environments in which nothing was applied, since it was not reviewed."""
        reported = (each for report in self.reports if report.code for each in report.outcomes)
        return frozenset(each.resource.environment for each in reported)

    @cached_property
    def unchanged(self) -> tuple[Identity, ...]:
        """Return what is as declared, and of which there is nothing else to say."""
        return tuple(
            action.resource
            for plan in self.plans
            for action in plan.actions
            if _is_quiet(action, None)
        )

    @cached_property
    def unmanaged(self) -> int:
        """Return how many live resources no manifest declares."""
        return sum(len(plan.unmanaged) for plan in self.plans)

    @cached_property
    def environments(self) -> tuple[Covered, ...]:
        """Return the environments: those of the plans, then those that are expected or reported."""
        parts = {each.name: each for plan in self.plans for each in plan.environments}
        own = [plan for plan in self.plans if len(plan.environments) == 1]
        digests = {plan.environments[0].name: plan.digest for plan in own}
        verbs: dict[str, Counter[Verb]] = {}
        for action in (action for plan in self.plans for action in plan.actions):
            verbs.setdefault(action.resource.environment, Counter())[action.verb] += 1
        statuses: dict[str, Counter[Status]] = {}
        for outcome in (outcome for report in self.reports for outcome in report.outcomes):
            statuses.setdefault(outcome.resource.environment, Counter())[outcome.status] += 1
        ended = [each.environment for each in self.ends if each.environment]
        unplanned = {each.environment for each in self.unplanned if each.environment}
        told = [*parts, *verbs, *statuses, *ended, *sorted(unplanned)]
        names = dict.fromkeys([*told, *self.expected])
        return tuple(
            Covered(
                name=name,
                part=parts.get(name),
                digest=digests.get(name, ""),
                counts=verbs.get(name, Counter()),
                statuses=statuses.get(name, Counter()),
                is_missing=name not in {*parts, *statuses, *ended, *unplanned},
                is_unplanned=name in unplanned and name not in parts,
            )
            for name in names
        )

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Return the expected environments about which nothing is known."""
        return tuple(each.name for each in self.environments if each.is_missing)

    @cached_property
    def is_quiet(self) -> bool:
        """Say whether there is nothing to show at all."""
        trouble = self.refusals or self.warnings or self.missing or self.ends or self.unplanned
        told = any(each.interrupted or each.code or each.remarks for each in self.reports)
        return not (trouble or self.entries or told)


def state_of(
    reports: Sequence[ReportDocument | EarlyEnd],
    plans: Sequence[PlanDocument] = (),
    expected: Sequence[str] = (),
    *,
    applied: bool = False,
) -> State:
    """Return how far things are: planned where nothing was applied, else applied or failed.

    `applied` says that an apply was made. It has failed also where one of the `expected`
    environments left no report, unless its plan had nothing to apply.
    """
    if not (reports or applied):
        return State.PLANNED
    ends = [each for each in reports if isinstance(each, EarlyEnd)]
    if ends and len(ends) == len(reports) and all(each.error.code == SUPERSEDED for each in ends):
        return State.SUPERSEDED
    is_done = all(
        isinstance(each, ReportDocument)
        and not each.interrupted
        and not each.refusals
        and all(outcome.status in _DONE for outcome in each.outcomes)
        for each in reports
    )
    lost = set(expected) - _reported(reports) - _settled(plans)
    return State.APPLIED if is_done and not lost else State.FAILED


def _reported(reports: Sequence[ReportDocument | EarlyEnd]) -> set[str]:
    whole = [each for each in reports if isinstance(each, ReportDocument)]
    return {outcome.resource.environment for each in whole for outcome in each.outcomes}


def _settled(plans: Sequence[PlanDocument]) -> set[str]:
    """Return the environments in which there was nothing to apply."""
    return {
        environment.name
        for plan in plans
        if not plan.refusals and all(each.verb is Verb.NONE for each in plan.actions)
        for environment in plan.environments
    }


def overview(
    plans: Sequence[PlanDocument],
    reports: Sequence[ReportDocument | EarlyEnd],
    setting: Setting,
    unplanned: Sequence[EarlyEnd] = (),
) -> Overview:
    """Return what plans and reports come to."""
    ended = [each for each in reports if isinstance(each, EarlyEnd)]
    whole = [each for each in reports if isinstance(each, ReportDocument)]
    outcomes = {_key(outcome): outcome for report in whole for outcome in report.outcomes}
    entries = list(_entries(plans, outcomes))
    names = dict.fromkeys(entry.action.resource.environment for entry in entries)
    ranks = {name: rank for rank, name in enumerate(names)}
    entries.sort(key=lambda entry: ranks[entry.action.resource.environment])
    return Overview(plans, whole, ended, unplanned, setting.expected, tuple(entries))


def _entries(plans: Sequence[PlanDocument], outcomes: dict[_Key, OutcomePart]) -> Iterator[Entry]:
    """Yield what is planned, then what was reported besides: a plan is made anew to be applied."""
    for plan in plans:
        prefix = _prefix(plan)
        for action in plan.actions:
            outcome = outcomes.pop(_key(action), None) if outcomes else None
            if not _is_quiet(action, outcome):
                yield Entry(action, outcome, prefix, plan.accounts)
    for outcome in outcomes.values():
        action = ActionPart.model_construct(
            resource=outcome.resource,
            verb=outcome.verb,
            digest=_NO_DIGEST,
            where=outcome.where,
            arn=outcome.arn,
            context=outcome.context,
        )
        if not _is_quiet(action, outcome):
            yield Entry(action, outcome)


def _is_quiet(action: ActionPart, outcome: OutcomePart | None) -> bool:
    if action.verb is not Verb.NONE or action.notes or action.waits_for is not None:
        return False
    return outcome is None or (outcome.status is Status.UNCHANGED and not outcome.remarks)


def _key(part: ActionPart | OutcomePart) -> _Key:
    named: Identity = part.resource
    return named.environment, named.kind, named.name, part.verb


def _prefix(plan: PlanDocument) -> str:
    return plan.source.prefix if plan.source else ""


def _weight(change: ChangePart) -> int:
    return 1 + sum(
        1 if _is_short(side) else len(str(side)) for side in (change.before, change.after)
    )


def _is_short(value: object) -> bool:
    return value is None or isinstance(value, int | float) or value == ""
