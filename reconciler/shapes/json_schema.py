r"""JSON Schema 2020-12 of a model, for editors and for readers that are not Python.

A schema admits everything that the model admits and, where JSON Schema cannot say it, more:
patterns with Unicode classes become exact for ASCII only, since many validators refuse `\p{..}`;
the API's own pattern is then kept as a `$comment`.
"""

from __future__ import annotations

import pydantic
from pydantic import JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.shapes.base import Shape
from reconciler.shapes.members import members_of
from reconciler.shapes.patterns import portable

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[pydantic.BaseModel], *, identifier: str = "") -> dict[str, JsonValue]:
    """Return the schema of a model's YAML form, in stable order.

    `identifier` becomes `$id`. Properties that stand for a member of the API say so in their
    description, unless the model describes them itself.
    """
    head: dict[str, JsonValue] = {"$schema": DIALECT}
    if identifier:
        head["$id"] = identifier
    return head | model.model_json_schema(by_alias=True, schema_generator=_Generator)


class _Generator(GenerateJsonSchema):
    """pydantic's generator without what misleads readers of YAML."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Describe the members of API structures in our own words."""
        found = super().model_schema(schema)
        model = schema["cls"]
        if not (issubclass(model, Shape) and model.__api_shape__):
            return found
        known = members_of(model)
        for name, property_schema in found.get("properties", {}).items():
            if name in known and known[name].in_api:
                text = f"SageMaker API member `{known[name].api}`."
                property_schema.setdefault("description", text)
        return found

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Replace a pattern that only pydantic's engine understands."""
        found = super().str_schema(schema)
        if (pattern := found.get("pattern")) and (understood := portable(pattern)) != pattern:
            found |= {"pattern": understood, "$comment": f"exact for ASCII only; meant: {pattern}"}
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave out `default: null`: an absent member is unmanaged, a null one is cleared."""
        found = super().default_schema(schema)
        if found.get("default", ...) is None:
            del found["default"]
        return found

    def field_title_should_be_set(self, schema: object) -> bool:
        """Give properties no title: it would only repeat their name."""
        del schema
        return False
