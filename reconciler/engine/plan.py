"""Make a plan: select, read what is live, propose, order, judge by the guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.aws.api import Aws
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Plan, Source, Unmanaged, Verb
from reconciler.engine.desired import AnyDesired, DesiredState
from reconciler.engine.guards import Case, Limits, judge
from reconciler.engine.handover import handed_over
from reconciler.engine.selection import Selection
from reconciler.engine.snapshot import Scope, Survey, scopes, survey
from reconciler.kinds import Handlers


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was made from, so that it can be applied without reading all again."""

    plan: Plan
    state: DesiredState
    scopes: tuple[Scope, ...]


def make_plan(  # noqa: PLR0913 - what a plan depends on, nothing else
    state: DesiredState,
    aws: Aws,
    *,
    handlers: Handlers,
    selection: Selection,
    limits: Limits,
    source: Source | None = None,
) -> Planned:
    """Return the plan for the selected resources, with the guards' refusals.

    Raises:
        AwsFault: where reading fails for the whole environment (credentials, no network).
    """
    wanted = [each for each in state.resources if selection.keeps(each)]
    selected = {each.key for each in wanted}
    needed = {key for each in wanted for key in each.needs} - selected
    partners = {key for each in wanted for key in each.partners} - selected
    also_read = [each for each in state.resources if each.key in needed | partners]
    read = scopes([*wanted, *also_read], handlers, aws)
    surveys = survey(read)
    actions = ordered(handed_over([action for each in surveys for action in each.actions]))
    plan = Plan(
        environments=_environments(wanted),
        actions=tuple(action for action in actions if action.key in selected),
        unmanaged=_unmanaged(surveys, actions, wanted) if selection.is_whole_environments else (),
        source=source,
        accounts=_accounts(state),
    )
    absent = frozenset(
        action.key
        for action in actions
        if action.key in needed
        and (action.verb is Verb.CREATE or any(note.refuses for note in action.notes))
    )
    outside = tuple(action for action in actions if action.key in partners)
    refusals = judge(Case(plan, state, selection, limits, absent, outside))
    return Planned(replace(plan, refusals=refusals), state, tuple(read))


def _unmanaged(
    surveys: Sequence[Survey], actions: Sequence[Action], wanted: Sequence[AnyDesired]
) -> tuple[Unmanaged, ...]:
    """Return what no manifest of any environment declares.

    What a selection leaves out of an environment is declared too, so this is for environments that
    are selected as a whole. Of others only what is needed was read, which says nothing of the rest.
    """
    declared = {action.arn for action in actions}
    whole = {each.key.environment for each in wanted}
    found = {item.arn: item for each in surveys for item in each.unmanaged}
    return tuple(
        item for arn, item in found.items() if arn not in declared and item.environment in whole
    )


def _environments(wanted: Sequence[AnyDesired]) -> tuple[Environment, ...]:
    by_name = {each.environment.name: each.environment for each in wanted}
    return tuple(by_name[name] for name in sorted(by_name))


def _accounts(state: DesiredState) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, environment in sorted(state.environments.items()):
        found.setdefault(environment.account_id, []).append(name)
    return {account: ", ".join(names) for account, names in found.items()}


def ordered(actions: Sequence[Action]) -> list[Action]:
    """Return the actions so that each follows what it needs and what it comes after.

    Otherwise the given order (environment, kind, declared order) is kept.
    """
    by_key: dict[ResourceKey, list[Action]] = {}
    for action in actions:
        by_key.setdefault(action.key, []).append(action)
    done: list[Action] = []
    placed: set[int] = set()
    # A stack of our own: a group's versions may follow each other by the thousand.
    waiting = [(action, False) for action in reversed(actions)]
    while waiting:
        action, ready = waiting.pop()
        if ready:
            done.append(action)
        elif id(action) not in placed:
            placed.add(id(action))
            waiting.append((action, True))
            waiting += [(each, False) for each in reversed(_before(action, by_key))]
    return done


def _before(action: Action, by_key: Mapping[ResourceKey, list[Action]]) -> list[Action]:
    """Return the actions that one needs or comes after; an approval is nobody's own need."""
    return [
        each
        for key in (*action.needs, *action.after_keys)
        for each in by_key.get(key, ())
        if each.key != action.key or each.verb is not Verb.APPROVE
    ]
