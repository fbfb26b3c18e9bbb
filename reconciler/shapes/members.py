"""What a model class knows about its members, read once from its annotations.

Works for generated structures and for hand-written models around them.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pydantic
import typing_extensions
from pydantic.fields import FieldInfo

from reconciler.shapes.markers import CanonicalJson, NotApi
from reconciler.shapes.names import api_name


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a model: its three spellings and what it holds.

    `models` are the model classes found in the annotation, through optionals, lists and maps;
    `scalar` says that it holds neither a model nor a list nor a mapping.
    """

    owner: type[pydantic.BaseModel]
    python: str
    yaml: str
    required: bool
    models: tuple[type[pydantic.BaseModel], ...]
    scalar: bool
    in_api: bool
    is_json: bool

    @property
    def api(self) -> str:
        """Return the API's spelling."""
        return api_name(self.yaml)


@cache
def members_of(model: type[pydantic.BaseModel]) -> dict[str, Member]:
    """Return a model's members by YAML name, in the order of declaration."""
    members = (_member(model, name, field) for name, field in model.model_fields.items())
    return {member.yaml: member for member in members}


def member_at(model: type[pydantic.BaseModel], path: Sequence[str | int]) -> Member | None:
    """Return the innermost member that a path of YAML names leads to; `None` if there is none.

    List indexes and map keys are stepped over: both `("containers", 0, "image")` and
    `("containers", "image")` lead to `image`.
    """
    found: Member | None = None
    models: tuple[type[pydantic.BaseModel], ...] = (model,)
    for step in path:
        if isinstance(step, int):
            continue
        known = [members_of(each)[step] for each in models if step in members_of(each)]
        if known:
            found, models = known[0], known[0].models
        elif found is None or found.models:
            return None
    return found


def _member(model: type[pydantic.BaseModel], name: str, field: FieldInfo) -> Member:
    leaves = [*field.metadata, *_leaves(field.annotation)]
    return Member(
        owner=model,
        python=name,
        yaml=field.alias or name,
        required=field.is_required(),
        models=tuple(leaf for leaf in leaves if _is_model(leaf)),
        scalar=not any(_is_model(leaf) or leaf in (list, dict, tuple) for leaf in leaves),
        in_api=not any(isinstance(leaf, NotApi) for leaf in leaves),
        is_json=any(isinstance(leaf, CanonicalJson) for leaf in leaves),
    )


def _is_model(leaf: object) -> typing.TypeGuard[type[pydantic.BaseModel]]:
    return isinstance(leaf, type) and issubclass(leaf, pydantic.BaseModel)


def _leaves(annotation: object) -> Iterator[object]:
    """Yield containers, classes and markers of an annotation, outermost first."""
    if isinstance(annotation, typing_extensions.TypeAliasType):
        yield from _leaves(annotation.__value__)
        return
    origin = typing.get_origin(annotation)
    if origin is None:
        yield annotation
        return
    if origin not in (typing.Annotated, typing.Union, types.UnionType, typing.Literal):
        yield origin
    if origin is not typing.Literal:
        for argument in typing.get_args(annotation):
            yield from _leaves(argument)
