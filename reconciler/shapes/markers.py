"""Annotations that say how a member relates to the API where its type alone does not."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pydantic
from pydantic import JsonValue
from pydantic_core import PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True)
class NotApi:
    """Marks a member that the API does not know: `Annotated[str, NotApi()]`. `to_api` omits it."""


@dataclass(frozen=True, slots=True)
class CanonicalJson:
    """Marks a member that is a mapping in YAML and a JSON text in the API.

    `max_length` bounds the text as the API would receive it.
    """

    max_length: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: pydantic.GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check the JSON text after the mapping itself has been checked."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: JsonValue) -> JsonValue:
        try:
            length = len(canonical_json(value))
        except ValueError as error:
            raise PydanticCustomError(
                "json_number", "JSON has no infinite numbers and no NaN"
            ) from error
        if length > self.max_length:
            raise PydanticCustomError(
                "json_too_long",
                "JSON text should have at most {max_length} characters, not {length}",
                {"max_length": self.max_length, "length": length},
            )
        return value


def canonical_json(value: JsonValue) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no escapes beyond JSON's own.

    Raises:
        ValueError: for a number that JSON cannot express (NaN, infinities).
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
