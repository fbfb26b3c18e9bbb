"""The boundary held against botocore's models: no error that an operation declares is unknown."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from reconciler.aws.api import FaultKind
from reconciler.aws.faults import classify
from reconciler.aws.reads import READS

WRITES = {
    "sagemaker": (
        "AddTags",
        "CreateModelPackage",
        "CreateModelPackageGroup",
        "DeleteModelPackage",
        "DeleteModelPackageGroup",
        "DeleteModelPackageGroupPolicy",
        "DeleteTags",
        "PutModelPackageGroupPolicy",
        "UpdateModelPackage",
    ),
    "ecr": ("DeleteRepositoryPolicy", "SetRepositoryPolicy"),
    "s3": ("DeleteBucketPolicy", "PutBucketPolicy"),
    "kms": ("CreateGrant", "PutKeyPolicy", "RevokeGrant"),
    "ram": (
        "AssociateResourceShare",
        "CreateResourceShare",
        "DeleteResourceShare",
        "DisassociateResourceShare",
        "PromoteResourceShareCreatedFromPolicy",
    ),
    "sts": (),
}

# Declared, and for us nothing but what AWS says: states of keys and features we do not use.
UNCLASSIFIED = {
    "DisabledException",
    "DryRunOperationException",
    "KMSInvalidStateException",
    "UnsupportedOperationException",
}


def declared(service: str) -> set[tuple[str, str]]:
    """Return (operation, error code) for all operations we read or write with."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    names = {*READS[service], *WRITES[service]}
    return {
        (name, str(shape.metadata.get("error", {}).get("code", shape.name)))
        for name in names
        for shape in model.operation_model(name).error_shapes
    }


@pytest.mark.parametrize("service", sorted(READS))
def test_every_declared_error_means_something(service: str) -> None:
    unknown = set()
    for operation, code in declared(service):
        error = ClientError({"Error": {"Code": code, "Message": "words"}}, operation)
        fault = classify(error, service=service, operation=operation, environment=None)
        if fault.kind is FaultKind.UNKNOWN:
            unknown.add(code)
    assert unknown <= UNCLASSIFIED


def test_what_is_left_unclassified_is_really_declared() -> None:
    codes = {code for service in READS for _, code in declared(service)}
    assert codes >= UNCLASSIFIED
