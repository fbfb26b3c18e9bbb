"""Refuse every `null` that could not keep its promise. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pydantic

from reconciler.core.location import DataPath, dotted
from reconciler.core.problem import Problem
from reconciler.manifest.document import Data
from reconciler.manifest.references import Origin
from reconciler.shapes.base import Member, member_at

# Structures that UpdateModelPackage replaces as a whole (aws.md section 2): what is left out of
# the next one is gone, so `null` can take away a member.
_REPLACED_AS_A_WHOLE = frozenset({"ModelLifeCycle"})

_BY_KEY = frozenset({"Tags", "CustomerMetadataProperties"})


def null_problems(data: Data, model: type[pydantic.BaseModel], origin: Origin) -> Iterator[Problem]:
    """Yield a problem for every member that says `null` and that nothing can clear.

    `null` says that something must not be set. It is kept where it can be: for a key of a map
    (where the model allows it) and for a member of a structure that is replaced as a whole. What
    is inside free JSON is content. `data` need not be valid: unknown keys are passed over.
    """
    for path in _nulls(data):
        member = _member(model, path)
        if member is not None and member.owner.__name__ not in _REPLACED_AS_A_WHOLE:
            yield _problem(path, member, origin)


def _nulls(data: Data, path: DataPath = ()) -> Iterator[DataPath]:
    """Yield the paths of all nulls below a value."""
    if isinstance(data, dict):
        for key, value in data.items():
            if value is None:
                yield (*path, key)
            elif isinstance(value, (dict, list)):
                yield from _nulls(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            if isinstance(value, (dict, list)):
                yield from _nulls(value, (*path, index))


def _member(model: type[pydantic.BaseModel], path: DataPath) -> Member | None:
    """Return the member of a structure at a path; none for keys of maps and inside of JSON."""
    around = member_at(model, path[:-1])
    if path[:-1] and (around is None or not around.models):
        return None
    return member_at(model, path)


def _problem(path: DataPath, member: Member, origin: Origin) -> Problem:
    name = member.yaml
    of_the_api = member.in_api and bool(getattr(member.owner, "__api_shape__", ""))
    why = (
        "no operation of SageMaker clears it once it is set"
        if of_the_api
        else "null says that something must not be set, and this is no value that can be cleared"
    )
    if member.api in _BY_KEY:
        fix = f"write null for each key to remove: {name}: {{KEY: null}}"
    elif of_the_api:
        fix = f"remove {name}: what is not declared is not managed"
    else:
        fix = f"remove {name}: leaving it out says that there is none"
    where = origin.locate(path)
    return Problem("E210", where, dotted(path), f"'{name}' cannot be null", why, fix)
