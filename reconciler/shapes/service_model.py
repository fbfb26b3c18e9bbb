"""botocore's description of SageMaker: the operations that we send and what their inputs reach.

Importing this imports botocore. Only the generator, `documentation` and tests do, when they run.
"""

from __future__ import annotations

from functools import cache
from itertools import chain

import botocore
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.model import Shape as ApiShape

ROOTS = ("CreateModelPackageGroup", "CreateModelPackage", "UpdateModelPackage")
"""The operations whose inputs manifests declare."""


@cache
def load() -> ServiceModel:
    """Return SageMaker's service model from the installed botocore."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def version() -> str:
    """Return the version of the installed botocore."""
    return str(botocore.__version__)


@cache
def closure() -> dict[str, ApiShape]:
    """Return every shape that the inputs of `ROOTS` reach, by name, dependencies first."""
    found: dict[str, ApiShape] = {}
    for root in ROOTS:
        _collect(load().operation_model(root).input_shape, found)
    return found


def parts(shape: ApiShape) -> tuple[ApiShape, ...]:
    """Return the shapes that a shape is directly made of."""
    match shape.type_name:
        case "structure":
            return tuple(shape.members.values())
        case "list":
            return (shape.member,)
        case "map":
            return (shape.key, shape.value)
        case _:
            return ()


def operation_members() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, per resource and kind of call, the names of the members that the call carries."""
    model = load()
    package = {
        "create": model.operation_model("CreateModelPackage").input_shape,
        "update": model.operation_model("UpdateModelPackage").input_shape,
        "describe": model.operation_model("DescribeModelPackage").output_shape,
        "list": model.shape_for("ModelPackageSummary"),
        "batch": model.shape_for("BatchDescribeModelPackageSummary"),
        "search": model.shape_for("ModelPackage"),
    }
    group = {
        "create": model.operation_model("CreateModelPackageGroup").input_shape,
        "describe": model.operation_model("DescribeModelPackageGroup").output_shape,
        "list": model.shape_for("ModelPackageGroupSummary"),
        "search": model.shape_for("ModelPackageGroup"),
    }
    return {
        "ModelPackage": {call: tuple(shape.members) for call, shape in package.items()},
        "ModelPackageGroup": {call: tuple(shape.members) for call, shape in group.items()}
        | {"update": ()},
    }


def sensitive_paths() -> frozenset[str]:
    """Return the dotted paths, from an operation's input, of members with the sensitive trait."""
    inputs = (load().operation_model(root).input_shape for root in ROOTS)
    return frozenset(chain.from_iterable(_sensitive(shape, "") for shape in inputs))


def _sensitive(shape: ApiShape, path: str) -> list[str]:
    if shape.metadata.get("sensitive"):
        return [path]
    match shape.type_name:
        case "structure":
            steps = {f"{path}.{name}".lstrip("."): part for name, part in shape.members.items()}
        case "list":
            steps = {f"{path}[]": shape.member}
        case "map":
            steps = {f"{path}{{}}": shape.value}
        case _:
            steps = {}
    return list(chain.from_iterable(_sensitive(part, step) for step, part in steps.items()))


def _collect(shape: ApiShape, found: dict[str, ApiShape]) -> None:
    if shape.name in found:
        return
    for part in sorted(parts(shape), key=lambda each: str(each.name)):
        _collect(part, found)
    found[shape.name] = shape
