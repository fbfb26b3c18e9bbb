"""What a plan document shows its reader, as a review: the other end of `apply --reviewed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.data import MISSING, Json, Value
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import WRITING_VERBS, Action
from reconciler.core.review import Review, ReviewedChange, ReviewedOperation, place_digest, short
from reconciler.render.contract import ActionPart, ChangePart, PlanDocument
from reconciler.render.document import action_part
from reconciler.render.redact import HIDDEN
from reconciler.render.values import shown


def review_of(document: PlanDocument, source: str) -> Review:
    """Return what somebody has reviewed who has seen this plan. `source` names it for people."""
    writing = [action for action in document.actions if action.verb in WRITING_VERBS]
    return Review(
        digests=frozenset(short(action.digest) for action in writing),
        places=frozenset(
            place_digest(each.name, each.account_id, each.region, each.owner)
            for each in document.environments
        ),
        operations=tuple(_operation(action) for action in writing),
        sources=(source,),
    )


def as_shown(action: Action) -> ReviewedOperation:
    """Return an action as its reviewer would see it, to compare with what one has seen."""
    return _operation(action_part(action))


def _operation(action: ActionPart) -> ReviewedOperation:
    key = action.resource
    return ReviewedOperation(
        ResourceKey(key.environment, key.kind, key.name),
        action.verb,
        action.digest,
        tuple(each for change in action.changes for each in _leaves(change)),
    )


def _leaves(change: ChangePart) -> Iterator[ReviewedChange]:
    """Yield a change value by value, so that one that differs later is one line, not a block."""
    before, after = dict(_flat(change.path, change.before)), dict(_flat(change.path, change.after))
    for path in dict.fromkeys((*before, *after)):
        old, new = before.get(path, MISSING), after.get(path, MISSING)
        if old != new or HIDDEN in (old, new):
            yield ReviewedChange(path, _text(old), _text(new))


def _flat(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(f"{path}.{key}", item)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for index, item in enumerate(value):
            yield from _flat(f"{path}[{index}]", item)
    elif value is not None:
        yield path, value


def _text(value: Value) -> str:
    return HIDDEN if value == HIDDEN else shown(value)
