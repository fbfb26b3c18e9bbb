"""The kinds of manifests, one line each."""

from __future__ import annotations

from reconciler.manifest.models import (
    EnvironmentManifest,
    InferenceSpecificationManifest,
    ModelPackageGroupManifest,
    ModelPackageManifest,
    ValidationProfileManifest,
)
from reconciler.manifest.policy_models import CrossAccountPolicyManifest
from reconciler.shapes.base import Shape

MANIFESTS: dict[str, type[Shape]] = {
    "Environment": EnvironmentManifest,
    "ModelPackageGroup": ModelPackageGroupManifest,
    "ModelPackage": ModelPackageManifest,
    "InferenceSpecification": InferenceSpecificationManifest,
    "ValidationProfile": ValidationProfileManifest,
    "CrossAccountPolicy": CrossAccountPolicyManifest,
}
"""The model of every kind of manifest, by kind, in the order in which they are explained."""
