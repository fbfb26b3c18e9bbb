"""Guards: pure functions from a plan to refusals, evaluated in plan and in apply.

Any refusal means that nothing of the plan is written. Each names its guard, why, and how to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from reconciler.core.changes import FieldChange, first_difference
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location, dotted
from reconciler.core.plan import Action, Level, Plan, Refusal, Verb
from reconciler.engine.desired import DesiredState
from reconciler.engine.selection import Selection
from reconciler.manifest.references import suggestion

_ENOUGH_TO_JUDGE = 10
_CHANGING = frozenset({Verb.UPDATE, Verb.APPROVE, Verb.ADOPT, Verb.DELETE})


@dataclass(frozen=True, slots=True)
class Limits:
    """What the command line allows beyond the environments' own settings.

    `max_changes` replaces the limits on how much may change (`None` = use the settings).
    """

    max_changes: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What a guard judges: the plan, and what it was made from.

    `absent` are the resources that this plan needs, that do not exist or may not be used, and that
    are not selected. `outside` are the actions on what takes over access, or hands it over, and is
    not selected: of the plan of the whole.
    """

    plan: Plan
    state: DesiredState
    selection: Selection
    limits: Limits
    absent: frozenset[ResourceKey] = frozenset()
    outside: tuple[Action, ...] = ()


Guard = Callable[[Case], Iterator[Refusal]]


def judge(case: Case) -> tuple[Refusal, ...]:
    """Return the refusals of all guards, in the order of `GUARDS`."""
    return tuple(refusal for guard in GUARDS for refusal in guard(case))


def empty_manifest_set(case: Case) -> Iterator[Refusal]:
    """Refuse a run that is about nothing: a wrong folder must not look like a clean plan."""
    if case.state.is_empty:
        yield Refusal(
            "empty-manifest-set",
            None,
            None,
            "there are no manifests",
            "an empty folder is more likely a mistake than an empty registry",
            "give the folder that holds the manifests",
        )
    elif case.state.resources and not case.plan.actions:
        yield Refusal(
            "empty-selection",
            None,
            None,
            f"the selection matches none of the {len(case.state.declared)} declared resources",
            "a misspelt selection must not look like a clean plan",
            "correct --environment, --kind, --name, --label, --path or --exclude",
        )


def misspelt_selection(case: Case) -> Iterator[Refusal]:
    """Refuse a name in the selection that nothing has: it selects nothing, or keeps nothing out."""
    if case.state.is_empty or not case.plan.actions:
        return  # told already
    for each in case.selection.unmatched(case.state):
        yield Refusal(
            "misspelt-selection",
            None,
            None,
            f"{each.option} {each.name} matches nothing that is declared",
            "what was meant to be selected, or left out, would not be",
            suggestion(each.name, sorted(each.known)) or "correct it, or leave it out",
        )


def immutable_edit(case: Case) -> Iterator[Refusal]:
    """Refuse edits that no operation of the API can carry out."""
    for action in case.plan.actions:
        if action.verb is not Verb.BLOCKED or action.notes_of(Level.ERROR):
            continue
        edits = [change for change in action.changes if change.reason]
        where = next((edit.where for edit in edits if edit.where), action.where)
        yield Refusal(
            "immutable-edit",
            action.key,
            where,
            f"{', '.join(map(_place, edits))} of {action.key} cannot be changed",
            "; ".join(sorted({edit.reason for edit in edits})),
            _immutable_fix(case, action, where),
        )


def _place(edit: FieldChange) -> str:
    inner = dotted(first_difference(edit.before, edit.after))
    return f"{edit.path}.{inner}" if inner else edit.path


def _immutable_fix(case: Case, action: Action, where: Location) -> str:
    undo = f"restore the value at {where}"
    if action.key.kind != "ModelPackage":
        return f"{undo}, or declare a new resource under another name"
    return (
        f"{undo}, and add the change as a new version: a document of its own with "
        f"metadata: {{name: {_free_name(case, action.key)}}} and the changed spec"
    )


def _free_name(case: Case, key: ResourceKey) -> str:
    """Return the name with its trailing number raised, or with `-2`, until nobody has it.

    Nobody in any environment: another one may register into the same group.
    """
    taken = {each.name for each in case.state.by_key}
    stem = key.name.rstrip("0123456789")
    digits = key.name[len(stem) :]
    stem, number = (stem, int(digits)) if digits else (f"{key.name}-", 1)
    names = (f"{stem}{each:0{len(digits)}}" for each in count(number + 1))
    return next(name for name in names if name not in taken)


def noted(case: Case) -> Iterator[Refusal]:
    """Refuse what the kinds judged: somebody else's, ambiguous, decided outside Git, too wide."""
    for action in case.plan.actions:
        for note in action.notes:
            if note.refuses:
                yield Refusal(note.code, action.key, action.where, note.text, note.why, note.fix)


def missing_dependency(case: Case) -> Iterator[Refusal]:
    """Refuse to create what needs something that is neither live nor part of this run."""
    for action in case.plan.actions:
        absent = sorted(case.absent & frozenset(action.needs))
        if action.verb is Verb.CREATE and absent:
            yield Refusal(
                "missing-dependency",
                action.key,
                action.where,
                f"{action.key} needs {', '.join(map(str, absent))}, which is not there for it",
                "it does not exist or is refused, and is not selected in this run",
                "select it too, or leave both out",
            )


def incomplete_handover(case: Case) -> Iterator[Refusal]:
    """Refuse to take access away that something not selected is to give instead.

    Together the giving comes first, and nothing is taken where it fails (`handed_over`).
    """
    for action in case.plan.actions:
        givers = [each.key for each in case.outside if each.key in action.needs]
        if action.writes and givers:
            names = " and ".join(map(str, givers))
            yield Refusal(
                "incomplete-handover",
                action.key,
                action.where,
                f"{action.key} takes access away that {names} is to give, which is not selected",
                "it would be taken without being given, so access would stop",
                f"select {names} too, or apply that first: it gives access before this takes it",
            )


def too_many_changes(case: Case) -> Iterator[Refusal]:
    """Refuse to change more of what exists than the environment, or the command line, allows."""
    for environment in case.plan.environments:
        changed, existing = _changed(case.plan, environment)
        most, setting = _most(environment, existing, case.limits)
        if changed > most:
            yield Refusal(
                "too-many-changes",
                None,
                environment.where,
                f"{changed} of {existing} existing resources of environment "
                f"'{environment.name}' would change; {setting} allows {most}",
                "a change this large is more often a mistake than meant",
                f"look at the plan, then run with --max-changes {changed}",
            )


def _changed(plan: Plan, environment: Environment) -> tuple[int, int]:
    """Return how many existing resources change, and how many exist, in an environment."""
    own = [each for each in plan.actions if each.key.environment == environment.name]
    existing = {each.key for each in own if each.arn is not None}
    return len({each.key for each in own if each.verb in _CHANGING} & existing), len(existing)


def _most(environment: Environment, existing: int, limits: Limits) -> tuple[int, str]:
    """Return how many existing resources may change, and what says so."""
    if limits.max_changes is not None:
        return limits.max_changes, "--max-changes"
    settings = environment.guards
    bounds = [(existing, "nothing")]
    if settings.max_changes is not None:
        bounds.append((settings.max_changes, "guards.maxChanges"))
    if existing >= _ENOUGH_TO_JUDGE:
        share = existing * settings.max_change_percent // 100
        bounds.append((share, f"guards.maxChangePercent ({settings.max_change_percent} %)"))
    return min(bounds)


GUARDS: tuple[Guard, ...] = (
    empty_manifest_set,
    misspelt_selection,
    noted,
    immutable_edit,
    missing_dependency,
    incomplete_handover,
    too_many_changes,
)
"""Every guard. A new one is a function and a line here."""
