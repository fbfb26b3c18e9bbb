"""The service models that botocore carries, loaded on first use.

The SageMaker file is large (about 70 ms to load), so it is read once a process and only when the
first call needs it.
"""

from __future__ import annotations

from functools import cache

from reconciler.sandbox.documents import JsonObject, mapping, text


@cache
def service_model(service: str) -> JsonObject:
    """Return the raw service model (`service-2.json`) of a service."""
    from botocore.loaders import Loader

    model: JsonObject = Loader().load_service_model(service, "service-2")
    return model


def shape(service: str, name: str) -> JsonObject:
    """Return one shape of a service by its name."""
    return mapping(mapping(service_model(service), "shapes"), name)


def is_operation(service: str, operation: str) -> bool:
    """Return whether botocore knows this operation; True for services that it does not know."""
    from botocore.exceptions import UnknownServiceError

    try:
        return operation in mapping(service_model(service), "operations")
    except UnknownServiceError:
        return True


@cache
def input_shape(service: str, operation: str) -> str | None:
    """Return the name of an operation's input shape, or None when the operation is unknown."""
    found = mapping(mapping(service_model(service), "operations"), operation)
    return text(mapping(found, "input"), "shape")


@cache
def member_shapes(service: str, name: str) -> dict[str, str]:
    """Return the members of a structure with the names of their shapes."""
    members = mapping(shape(service, name), "members")
    return {key: text(mapping(members, key), "shape") or "" for key in members}
