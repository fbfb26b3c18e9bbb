"""What every generated structure has in common, and its way back to the API's spelling.

Nothing here knows a particular structure. Validators are built when they are first used
(`defer_build`), so a command that never sees a model package never pays for its validator.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from functools import cache
from typing import ClassVar

import pydantic
from pydantic import JsonValue

from reconciler.shapes.markers import CanonicalJson, NotApi, canonical_json
from reconciler.shapes.members import Member, member_at, members_of
from reconciler.shapes.names import api_name, yaml_name

__all__ = [
    "CanonicalJson",
    "Member",
    "NotApi",
    "Shape",
    "api_name",
    "canonical_json",
    "member_at",
    "members_of",
    "to_api",
    "yaml_name",
]


class Shape(pydantic.BaseModel):
    """A structure of the API, written with YAML names.

    Values are taken as they are (`"1"` is no integer, `"yes"` no boolean), unknown keys are
    refused, and instances do not change. An optional member may be `null`, which states that
    it must not be set; `to_api` hands that `None` on.
    """

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,
        protected_namespaces=(),
        populate_by_name=False,
    )

    __api_shape__: ClassVar[str] = ""
    """The name of the structure in botocore's service model, where documentation is looked up."""


def to_api(shape: pydantic.BaseModel) -> dict[str, JsonValue]:
    """Return what a model says, as the API spells it: only members that were set, in model order.

    An explicit `null` stays `None`. Keys of maps are left as they are; lists and maps are copies.

    >>> to_api(Tag.model_validate({"key": "team", "value": "fraud"}))
    {'Key': 'team', 'Value': 'fraud'}
    """
    is_set = shape.__pydantic_fields_set__
    values = shape.__dict__
    return {
        api: values[name] if encode is None or values[name] is None else encode(values[name])
        for name, api, encode in _table(type(shape))
        if name in is_set
    }


_Encoder = Callable[..., JsonValue]
_PLAIN = (str, int, bool, float)


@cache
def _table(model: type[pydantic.BaseModel]) -> tuple[tuple[str, str, _Encoder | None], ...]:
    return tuple(
        (member.python, member.api, _encoder(member))
        for member in members_of(model).values()
        if member.in_api
    )


def _encoder(member: Member) -> _Encoder | None:
    if member.is_json:
        return canonical_json
    return None if member.scalar else _encode


def _encode(value: object) -> JsonValue:
    # `type(..) is`, because pydantic's metaclass makes `isinstance` the slowest step of all.
    if type(value) is list:
        return [_encode(item) for item in value]
    if type(value) is dict:
        return {key: _encode(item) for key, item in value.items()}
    if value is None or type(value) in _PLAIN:
        return typing.cast("JsonValue", value)
    return to_api(typing.cast("pydantic.BaseModel", value))
