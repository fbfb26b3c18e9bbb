"""The field tables against the installed botocore: rules are the API's, not ours.

Also: every member of the operations that write can be declared, and reaches its request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from botocore.model import Shape as ApiShape
from builders import (
    Doc,
    desired_version,
    environment,
    group,
    live_package,
    manifest,
    markers,
    propose_package,
    state,
    unversioned,
    version,
)
from live import Lab, lab_with
from test_botocore_fields import maximal

from reconciler.core.fields import Field, Rule
from reconciler.kinds.base import Stamp
from reconciler.kinds.model_package.fields import UNVERSIONED, VERSIONED
from reconciler.kinds.model_package.writing import create_request, update_requests
from reconciler.kinds.model_package_group import ModelPackageGroupHandler
from reconciler.manifest.models import ModelPackageGroupSpec, ModelPackageSpec
from reconciler.shapes import service_model
from reconciler.shapes.base import Shape, members_of, yaml_name


def members(operation: str, direction: str = "input") -> set[str]:
    model = service_model.load().operation_model(operation)
    shape = model.input_shape if direction == "input" else model.output_shape
    return set(shape.members)


CREATE = members("CreateModelPackage")
UPDATE = members("UpdateModelPackage")
DESCRIBE = members("DescribeModelPackage", "output")

# What UpdateModelPackage spells differently from CreateModelPackage.
SPELLED = {
    "CustomerMetadataPropertiesToRemove": "CustomerMetadataProperties",
    "AdditionalInferenceSpecificationsToAdd": "AdditionalInferenceSpecifications",
}
EXCEPTIONS: Mapping[str, tuple[Rule, str]] = {
    "InferenceSpecification": (
        Rule.CREATE_ONLY,
        "replacing one is unproven; filling in a missing one is `without_inference_specification`",
    ),
    "ClientToken": (Rule.WRITE_ONLY, "it identifies a call, not a package"),
}
"""Where our rule is not the one that the member sets of the operations amount to, and why."""


def rule_of(member: str) -> Rule:
    """Return the rule that the three operations amount to."""
    if member in UPDATE:
        return Rule.MUTABLE
    if f"{member}ToAdd" in UPDATE:
        return Rule.ADD_ONLY
    return Rule.CREATE_ONLY if member in DESCRIBE else Rule.WRITE_ONLY


def test_every_member_that_can_be_written_has_a_row() -> None:
    written = CREATE | {SPELLED.get(member, member) for member in UPDATE} - {"ModelPackageArn"}
    moved = written ^ {row.name for row in VERSIONED}
    assert not moved, f"field moved: {', '.join(sorted(moved))}"


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in VERSIONED])
def test_the_rule_of_a_version_is_what_the_operations_amount_to(row: Field) -> None:
    expected = EXCEPTIONS[row.name][0] if row.name in EXCEPTIONS else rule_of(row.name)
    assert row.rule is expected, f"field moved: {row.name}"


def test_every_exception_is_one() -> None:
    for name, (rule, why) in EXCEPTIONS.items():
        assert why
        assert rule is not rule_of(name), f"{name} is no exception any more"


def test_what_can_be_removed_is_what_has_an_operation_to_remove() -> None:
    removable = {SPELLED[each] for each in UPDATE if each.endswith("ToRemove")}
    assert {row.name for row in VERSIONED if row.clearable} == removable
    assert {row.name for row in UNVERSIONED if row.clearable} == {"Tags"}


def test_the_sensitive_rows_are_botocores() -> None:
    card = service_model.load().shape_for("ModelPackageModelCard")
    sensitive = [name for name, each in card.members.items() if each.metadata.get("sensitive")]
    assert sensitive == ["ModelCardContent"]
    assert [row.name for row in VERSIONED if row.sensitive] == ["ModelCard"]


def test_the_rows_of_a_group_are_the_members_of_its_creation() -> None:
    rows = {row.name: row.rule for row in ModelPackageGroupHandler.fields}
    assert rows.keys() == members("CreateModelPackageGroup")
    assert "UpdateModelPackageGroup" not in service_model.load().operation_names
    assert {name for name, rule in rows.items() if rule is Rule.MUTABLE} == {"Tags"}


# --- everything can be declared


PACKAGE_PATHS: Mapping[str, str] = {
    "ModelPackageGroupName": "modelPackageGroup",
    "ModelApprovalStatus": "approval.status",
    "ApprovalDescription": "approval.description",
    "ClientToken": "",
    "ModelPackageArn": "",
    "CustomerMetadataPropertiesToRemove": "customerMetadataProperties",
    "AdditionalInferenceSpecificationsToAdd": "additionalInferenceSpecifications",
}
"""Members that manifests spell differently; "" is never the author's to say."""


def declarable(spec: type[Shape]) -> Iterator[str]:
    for name, member in members_of(spec).items():
        yield name
        for model in member.models:
            yield from (f"{name}.{inner}" for inner in members_of(model))


@pytest.mark.parametrize("member", sorted(CREATE | UPDATE))
def test_every_member_of_a_package_can_be_declared(member: str) -> None:
    path = PACKAGE_PATHS.get(member, yaml_name(member))
    assert path in {"", *declarable(ModelPackageSpec)}, f"{member} cannot be declared"


@pytest.mark.parametrize("member", sorted(members("CreateModelPackageGroup")))
def test_every_member_of_a_group_can_be_declared(member: str) -> None:
    assert yaml_name(member) in set(declarable(ModelPackageGroupSpec))


# --- and reaches its request


def largest(shape: ApiShape, *left_out: str) -> Doc:
    """Return every member of an input as a manifest may say it."""
    values = {name: maximal(part) for name, part in shape.members.items()}
    named = {yaml_name(name): value for name, value in values.items()}
    for name in ("clientToken", "modelPackageArn", "modelPackageGroupName", *left_out):
        named.pop(name, None)
    if "tags" in named:
        named["tags"] = {"sample": "sample"}
    named.pop("modelApprovalStatus", None)
    return without_images_elsewhere(named)


def without_images_elsewhere(spec: Doc) -> Doc:
    """Take out what SageMaker refuses although its model has it (aws.md section 1.1)."""
    for each in spec.get("inferenceSpecification", {}).get("containers", []):
        each.pop("additionalS3DataSource", None)
    return spec


def of_input(operation: str) -> ApiShape:
    return service_model.load().operation_model(operation).input_shape


APPROVAL = {"status": "Approved", "description": "sample"}
NOT_ON_VERSIONS = ("tags", "modelPackageName", "certifyForMarketplace")


def version_without(*left_out: str) -> Doc:
    spec = largest(of_input("CreateModelPackage"), *NOT_ON_VERSIONS, *left_out)
    return version(**spec, approval=APPROVAL)


def test_every_member_reaches_the_request_that_creates_a_version() -> None:
    reached: set[str] = set()
    for other in ("sourceUri", "inferenceSpecification"):
        request = create_request(desired_version(version_without(other)), Stamp())
        reached |= request.keys()
    missing = {yaml_name(each) for each in CREATE - reached} - {"clientToken"}
    assert missing == set(NOT_ON_VERSIONS), f"field moved: {missing}"


def test_every_member_of_an_unversioned_package_reaches_its_request() -> None:
    spec = largest(of_input("CreateModelPackage"), "sourceUri", "modelPackageName")
    for each in spec["inferenceSpecification"]["containers"]:
        for name in ("environment", "modelDataSource"):
            each.pop(name, None)
    for specification in spec.pop("additionalInferenceSpecifications"):
        assert specification
    request = create_request(desired_version(unversioned(**spec)), Stamp())
    assert {"Tags", "ModelPackageName", "CertifyForMarketplace"} <= request.keys()


def test_every_member_reaches_a_request_that_updates_a_version() -> None:
    spec = version_without()
    spec["spec"]["version"] = 1
    spec["spec"]["customerMetadataProperties"] = {"sample": "sample", "old": None}
    desired = desired_version(spec)
    fixed = {row.name for row in VERSIONED if row.rule is Rule.CREATE_ONLY}
    values = {name: each for name, each in desired.values.items() if name in fixed}
    values.pop("InferenceSpecification")
    values["CustomerMetadataProperties"] = {**markers(), "old": "x"}
    live = live_package({"InferenceSpecification": None} | values)
    sent: set[str] = set()
    for action in propose_package(desired, live):
        assert action.writes
        for request in update_requests(action.changes, desired, Stamp()):
            sent |= request.keys()
    assert UPDATE - sent == {"ModelPackageArn", "ClientToken"}, "field moved"


def test_the_largest_version_is_accepted_and_converges() -> None:
    """What botocore's model allows, the sandbox stores, and reads back as declared."""
    with lab_with(fill_image_digest=False) as lab:
        for other in ("sourceUri", "inferenceSpecification"):
            lab.server.clear()
            spec = version_without(other)
            converge(lab, [environment(), group(), spec])


def converge(lab: Lab, documents: list[Doc]) -> None:
    lab.settle(documents)
    lab.forget_calls()
    lab.settle(documents)
    assert lab.writes() == []


def test_every_member_of_a_group_reaches_its_request(lab: Lab) -> None:
    spec = largest(of_input("CreateModelPackageGroup")) | {"modelPackageGroupName": "churn"}
    documents = [
        environment(),
        manifest("ModelPackageGroup", "g", {"environment": "registry"} | spec),
    ]
    assert state(documents).resources
    converge(lab, documents)
    lab.server.clear()
    lab.settle(documents)
    (sent,) = lab.server.calls.of("CreateModelPackageGroup")
    assert sent.parameters.keys() == members("CreateModelPackageGroup")
