"""What the service fills into a new package that the caller did not say: one function a fact."""

from __future__ import annotations

import hashlib
import re

from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, objects, text
from reconciler.sandbox.settings import SandboxSettings

_ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9\-]+\.amazonaws\.com(?:\.cn)?/[^@]+")
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")


def filled(document: JsonObject, settings: SandboxSettings) -> JsonObject:
    """Return a new package's document as Describe will show it."""
    result = {"CertifyForMarketplace": False, **document}
    for member in ("InferenceSpecification",):
        if member in result:
            result[member] = with_container_values(mapping(result, member), settings)
    if "AdditionalInferenceSpecifications" in result:
        result["AdditionalInferenceSpecifications"] = [
            with_container_values(specification, settings)
            for specification in objects(result, "AdditionalInferenceSpecifications")
        ]
    if "ValidationSpecification" in result:
        result["ValidationSpecification"] = with_kms_key(mapping(result, "ValidationSpecification"))
    return result


def with_container_values(specification: JsonObject, settings: SandboxSettings) -> JsonObject:
    """Return an inference specification with its containers' digests and model sources filled."""
    containers: list[JsonValue] = [
        _with_model_source(_with_digest(container, settings), settings)
        for container in objects(specification, "Containers")
    ]
    return {**specification, "Containers": containers} if containers else specification


def with_kms_key(specification: JsonObject) -> JsonObject:
    """Return a validation specification whose outputs have a KmsKeyId, empty when unset.

    Source: ACK sagemaker-controller custom_delta.go (AWS returns "").
    """
    profiles: list[JsonValue] = []
    for profile in objects(specification, "ValidationProfiles"):
        job = mapping(profile, "TransformJobDefinition")
        output: JsonObject = {"KmsKeyId": "", **mapping(job, "TransformOutput")}
        profiles.append({**profile, "TransformJobDefinition": {**job, "TransformOutput": output}})
    return {**specification, "ValidationProfiles": profiles}


def _with_digest(container: JsonObject, settings: SandboxSettings) -> JsonObject:
    """Fill ImageDigest from the image: its own digest, or what its tag points to at creation.

    Source: ACK sagemaker-controller custom_delta.go (ImageDigest is server-filled). The sandbox
    has no image store here, so a tag's digest is derived from the image's text.
    """
    image = text(container, "Image") or ""
    if "ImageDigest" in container or not settings.fill_image_digest:
        return container
    written = _DIGEST.search(image)
    if written is not None:
        return {**container, "ImageDigest": written[1]}
    if _ECR_IMAGE.fullmatch(image):
        return {**container, "ImageDigest": f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"}
    return container


def _with_model_source(container: JsonObject, settings: SandboxSettings) -> JsonObject:
    """Show ModelDataUrl as a ModelDataSource too, when the settings say so.

    Source: the Ansible module compares the two forms as one; no source proves that AWS derives
    one from the other, so this is off by default.
    """
    url = text(container, "ModelDataUrl")
    if url is None or "ModelDataSource" in container or not settings.derive_model_data_source:
        return container
    source: JsonObject = {
        "S3DataSource": {"S3Uri": url, "S3DataType": "S3Object", "CompressionType": "Gzip"}
    }
    return {**container, "ModelDataSource": source}
