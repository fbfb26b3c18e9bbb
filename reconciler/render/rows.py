"""The one traversal of a plan that every human-readable renderer shares.

Grouping by environment, redaction, expansion of nested differences and shortening happen here,
so that text and Markdown can only differ in how they look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.changes import FieldChange
from reconciler.core.data import Missing, Value
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action, Plan, Refusal, Unmanaged, Verb
from reconciler.render.differences import differences
from reconciler.render.principals import with_places
from reconciler.render.redact import redacted
from reconciler.render.values import block, is_nested, shown, shown_pair


class Sign(StrEnum):
    """What happens to one field."""

    ADD = "+"
    CHANGE = "~"
    REMOVE = "-"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One place in a resource that changes, ready to be shown.

    `before` is set for a change or a removal, `after` for a change or an addition; a nested value
    that is added or removed has a `block` of indented lines instead. `where` is the declaring
    place if it is worth naming, `reason` why the API allows no such edit.
    """

    sign: Sign
    path: str
    before: str = ""
    after: str = ""
    block: tuple[tuple[int, str], ...] = ()
    where: Location | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action with its fields; `compared` is the difference from the version before it."""

    action: Action
    fields: tuple[FieldRow, ...]
    compared: tuple[FieldRow, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What a plan does in one environment. `unchanged` resources are only counted."""

    environment: Environment
    actions: tuple[Action, ...]
    unchanged: int
    unmanaged: tuple[Unmanaged, ...]
    refusals: tuple[Refusal, ...]
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> Iterator[ActionRow]:
        """Yield the rows one by one: those of thousands of actions take more than the plan."""
        refused: dict[ResourceKey | None, list[Refusal]] = {}
        for refusal in self.refusals:
            refused.setdefault(refusal.key, []).append(refusal)
        for action in self.actions:
            yield _row(action, tuple(refused.get(action.key, ())), self.accounts)


def sections(plan: Plan) -> tuple[Section, ...]:
    """Return the plan by environment, in the plan's order, without the unchanged."""
    return tuple(_section(plan, environment) for environment in plan.environments)


def _section(plan: Plan, environment: Environment) -> Section:
    actions = [a for a in plan.actions if a.key.environment == environment.name]
    quiet = [action for action in actions if _is_quiet(action)]
    return Section(
        environment=environment,
        actions=tuple(action for action in actions if not _is_quiet(action)),
        unchanged=len(quiet),
        unmanaged=tuple(u for u in plan.unmanaged if u.environment == environment.name),
        refusals=plan.refusals,
        accounts=plan.accounts,
    )


def _is_quiet(action: Action) -> bool:
    return action.verb is Verb.NONE and not action.notes and action.waits_for is None


def _row(action: Action, refusals: tuple[Refusal, ...], accounts: Mapping[str, str]) -> ActionRow:
    predecessor = action.predecessor
    return ActionRow(
        action=action,
        fields=tuple(field_rows(action.changes, action, accounts)),
        compared=tuple(field_rows(predecessor.changes, action)) if predecessor else (),
        refusals=refusals,
    )


def field_rows(
    changes: Iterable[FieldChange], action: Action, accounts: Mapping[str, str] | None = None
) -> Iterator[FieldRow]:
    """Yield the rows of field changes: redacted, expanded, one for each place that differs.

    Principals are shown with the environment of their account, where `accounts` names it.
    """
    for change in changes:
        before, after = redacted_sides(change)
        if accounts:
            before, after = with_places(before, accounts), with_places(after, accounts)
        where = change.where if _is_worth_naming(change, action) else None
        reason = change.reason if action.verb is Verb.BLOCKED else ""
        for found in differences(change.path, before, after):
            yield _field_row(found.path, found.before, found.after, where, reason)
            where, reason = None, ""


def redacted_sides(change: FieldChange) -> tuple[Value, Value]:
    """Return both sides of a change as they may be shown."""
    before = redacted(change.path, change.before, sensitive=change.sensitive)
    after = redacted(change.path, change.after, sensitive=change.sensitive)
    return before, after


def _is_worth_naming(change: FieldChange, action: Action) -> bool:
    """Say whether the place adds anything to the action's own: another file, or a refused edit."""
    if change.where is None:
        return False
    return action.verb is Verb.BLOCKED or change.where.path != action.where.path


def _field_row(
    path: str, before: Value, after: Value, where: Location | None, reason: str
) -> FieldRow:
    if isinstance(before, Missing):
        text, lines = _one_side(after)
        return FieldRow(Sign.ADD, path, after=text, block=lines, where=where, reason=reason)
    if isinstance(after, Missing):
        text, lines = _one_side(before)
        return FieldRow(Sign.REMOVE, path, before=text, block=lines, where=where, reason=reason)
    old, new = shown_pair(before, after)
    return FieldRow(Sign.CHANGE, path, old, new, where=where, reason=reason)


def _one_side(value: Value) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Return a value on one line, or the lines of its block."""
    if isinstance(value, Missing) or not is_nested(value):
        return shown(value), ()
    return "", tuple(block(value))
