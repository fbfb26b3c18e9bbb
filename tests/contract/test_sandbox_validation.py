"""Input validation from the service model: the sentences that AWS sends."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_support import IMAGE, SPEC, client, refused

from reconciler.sandbox.server import SandboxServer

FAILED = "failed to satisfy constraint: Member must"
SPELLING = "satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


@pytest.fixture
def unchecked(server: SandboxServer) -> Any:
    """A client that leaves all checks to the server."""
    return client(server, check_locally=False)


@pytest.mark.aws
@pytest.mark.parametrize(
    ("name", "constraint"),
    [
        ("bad_name!", SPELLING),
        ("-x", SPELLING),
        ("a" * 64, "have length less than or equal to 63"),
    ],
)
def test_group_name(registry: Any, name: str, constraint: str) -> None:
    with refused(
        "ValidationException",
        f"Value '{name}' at 'modelPackageGroupName' {FAILED} {constraint}",
    ):
        registry.create_model_package_group(ModelPackageGroupName=name)


def test_all_violations_are_counted_and_joined(unchecked: Any) -> None:
    with refused(
        "ValidationException",
        "3 validation errors detected: ",
        f"Value null at 'modelPackageGroupName' {FAILED} not be null; ",
        f"Value '{'d' * 1025}' at 'modelPackageGroupDescription' {FAILED} have length less than",
        f"Value '' at 'tags.1.member.key' {FAILED} have length greater than or equal to 1",
    ):
        unchecked.create_model_package_group(
            ModelPackageGroupDescription="d" * 1025, Tags=[{"Key": "", "Value": ""}]
        )


def test_one_violation_is_an_error_and_not_errors(unchecked: Any) -> None:
    with refused("ValidationException", "1 validation error detected: Value null at"):
        unchecked.describe_model_package_group()


@pytest.mark.parametrize(
    ("members", "fragment"),
    [
        (
            {"ModelApprovalStatus": "approved"},
            (
                "Value 'approved' at 'modelApprovalStatus' failed to satisfy constraint: Member "
                "must satisfy enum value set: [Approved, Rejected, PendingManualApproval]"
            ),
        ),
        (
            {"InferenceSpecification": {**SPEC, "Containers": [{"Image": "a b"}]}},
            f"'inferenceSpecification.containers.1.member.image' {FAILED} satisfy regular",
        ),
        (
            {"InferenceSpecification": {**SPEC, "Containers": [{"Image": IMAGE}] * 16}},
            f"at 'inferenceSpecification.containers' {FAILED} have length less than or equal to 15",
        ),
        (
            {"CustomerMetadataProperties": {"a": ""}},
            (
                "Value '{a=}' at 'customerMetadataProperties' failed to satisfy constraint: "
                "Map value must satisfy constraint: "
                "[Member must have length greater than or equal to 1]"
            ),
        ),
        (
            {"CustomerMetadataProperties": {"what?": "b"}},
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern",
        ),
        (
            {"ModelCard": {"ModelCardContent": "x" * 100_001}},
            f"Value at 'modelCard.modelCardContent' {FAILED} have length less than",
        ),
        (
            {"ValidationSpecification": {"ValidationRole": "arn:aws:iam::1:role/x"}},
            (
                "'validationSpecification.validationProfiles' failed to satisfy constraint: Member "
                "must not be null"
            ),
        ),
        ({"ClientToken": "x" * 37}, f"'clientToken' {FAILED} have length less than"),
        (
            {"InferenceSpecification": {**SPEC, "SupportedTransformInstanceTypes": ["ml.tiny"]}},
            "'inferenceSpecification.supportedTransformInstanceTypes.1.member'",
        ),
    ],
)
def test_create_model_package(unchecked: Any, members: dict[str, Any], fragment: str) -> None:
    with refused("ValidationException", fragment):
        unchecked.create_model_package(ModelPackageGroupName="churn", **members)


def test_page_size_is_bounded(unchecked: Any) -> None:
    for size, bound in ((0, "greater than or equal to 1"), (101, "less than or equal to 100")):
        with refused("ValidationException", f"Value '{size}' at 'maxResults'", f"value {bound}"):
            unchecked.list_model_packages(MaxResults=size)


def test_letters_of_any_script_pass_where_the_model_says_so(registry: Any) -> None:
    registry.create_model_package_group(
        ModelPackageGroupName="churn", ModelPackageGroupDescription="Ärger mit 顧客; 10 €"
    )
    with refused("ValidationException", "'modelPackageGroupDescription'"):
        registry.create_model_package_group(
            ModelPackageGroupName="other", ModelPackageGroupDescription="two\nlines"
        )


def test_dots_may_be_told_to_stop_at_line_ends(registry: Any, served: Any) -> None:
    _, strict, _ = served(dot_matches_newline=False)
    registry.create_model_package_group(ModelPackageGroupName="churn")
    members = {
        "ModelPackageGroupName": "churn",
        "InferenceSpecification": SPEC,
        "ModelCard": {"ModelCardContent": "{\n}", "ModelCardStatus": "Draft"},
    }
    registry.create_model_package(**members)
    with refused("ValidationException", "Value at 'modelCard.modelCardContent'"):
        strict.create_model_package(**members)
