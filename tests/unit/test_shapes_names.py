from __future__ import annotations

import pytest

from reconciler.shapes import sagemaker
from reconciler.shapes.members import member_at, members_of
from reconciler.shapes.names import api_name, python_name, yaml_name


@pytest.mark.parametrize(
    ("api", "yaml", "python"),
    [
        ("ModelDataUrl", "modelDataUrl", "model_data_url"),
        ("S3Uri", "s3Uri", "s3_uri"),
        (
            "SupportedResponseMIMETypes",
            "supportedResponseMIMETypes",
            "supported_response_mime_types",
        ),
        ("KmsKeyId", "kmsKeyId", "kms_key_id"),
        ("ModelDataETag", "modelDataETag", "model_data_etag"),
        ("ETag", "eTag", "etag"),
        ("MaxPayloadInMB", "maxPayloadInMB", "max_payload_in_mb"),
    ],
)
def test_one_member_has_three_spellings(api: str, yaml: str, python: str) -> None:
    assert (yaml_name(api), api_name(yaml), python_name(api)) == (yaml, api, python)


@pytest.mark.parametrize("calls", sagemaker.OPERATION_MEMBERS.values(), ids=str)
def test_every_member_of_every_call_survives_the_way_to_yaml_and_back(
    calls: dict[str, tuple[str, ...]],
) -> None:
    names = {name for members in calls.values() for name in members}
    assert {api_name(yaml_name(name)) for name in names} == names


@pytest.mark.parametrize("name", sorted(sagemaker.STRUCTURES))
def test_every_generated_member_is_spelled_by_the_rule(name: str) -> None:
    members = members_of(sagemaker.STRUCTURES[name])
    assert members
    for yaml, member in members.items():
        assert yaml == yaml_name(member.api)
        assert member.python == python_name(member.api)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        (("inferenceSpecification", "containers", 0, "image"), "ModelPackageContainerDefinition"),
        (("inferenceSpecification", "containers", "baseModel", "recipeName"), "BaseModel"),
        (("customerMetadataProperties", "team"), "CreateModelPackageInput"),
        (("modelCard", "modelCardContent", "model_overview"), "ModelPackageModelCard"),
        (("inferenceSpecification", "containers", 0, "imagee"), None),
        (("nothing",), None),
        ((), None),
    ],
)
def test_a_path_leads_to_the_innermost_member(
    path: tuple[str | int, ...], owner: str | None
) -> None:
    found = member_at(sagemaker.CreateModelPackageInput, path)
    expected = sagemaker.STRUCTURES[owner] if owner else None
    assert (found.owner if found else None) is expected
