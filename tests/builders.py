"""Valid manifests as plain data, and the values that the pure layers make of them.

Every builder returns something that is accepted as it is; keywords replace or add members of
`spec`. Tests say only what they are about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.core.data import Json
from reconciler.core.environment import Environment, GuardSettings, OnDrift
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action
from reconciler.core.resources import Absent, Desired, Finding, Found, Live, Reading
from reconciler.engine.desired import DesiredState, resolve
from reconciler.kinds import HANDLERS
from reconciler.kinds.model_package.handler import ModelPackageHandler
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.model_package_group import GroupIntent, ModelPackageGroupHandler
from reconciler.manifest.document import SourceFile
from reconciler.manifest.load import parse
from reconciler.manifest.workspace import Workspace

REGION = "eu-west-1"
REGISTRY = "111111111111"
TRAINING = "222222222222"
OWNER = "acme/models"
DIGEST = "sha256:" + "ab" * 32
IMAGE = f"{REGISTRY}.dkr.ecr.{REGION}.amazonaws.com/churn"
MODEL = "s3://acme-models/churn/model.tar.gz"

Doc = dict[str, Any]
"""One manifest as data. `Any` because tests write literals of every shape."""


def manifest(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Doc:
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": dict(spec),
    }


def environment(name: str = "registry", account: str = REGISTRY, **spec: Any) -> Doc:
    own = {"accountId": account, "region": REGION, "owner": OWNER}
    return manifest("Environment", name, own | spec)


def group(name: str = "churn", where: str = "registry", **spec: Any) -> Doc:
    return manifest("ModelPackageGroup", name, {"environment": where} | spec)


def container(image: str = f"{IMAGE}@{DIGEST}", **members: Any) -> Doc:
    return {"image": image, "modelDataUrl": MODEL} | members


def inference(*containers: Doc, **members: Any) -> Doc:
    types = {"supportedContentTypes": ["text/csv"], "supportedResponseMIMETypes": ["text/csv"]}
    return {"containers": list(containers) or [container()]} | types | members


def version(name: str = "churn-v1", in_group: Any = "churn", **spec: Any) -> Doc:
    own: Doc = {"environment": "registry", "modelPackageGroup": in_group}
    if not {"sourceUri", "version", "inferenceSpecification"} & spec.keys():
        own["inferenceSpecification"] = inference()
    return manifest("ModelPackage", name, own | spec)


def unversioned(name: str = "algorithm", **spec: Any) -> Doc:
    own = {
        "environment": "registry",
        "modelPackageName": name,
        "inferenceSpecification": inference(
            supportedTransformInstanceTypes=["ml.m5.xlarge"],
            supportedRealtimeInferenceInstanceTypes=["ml.m5.xlarge"],
        ),
    }
    return manifest("ModelPackage", name, own | spec)


def fragment(name: str = "tabular", **spec: Any) -> Doc:
    return manifest("InferenceSpecification", name, inference() | spec)


def validation(account: str = REGISTRY) -> Doc:
    data = {"s3DataType": "S3Prefix", "s3Uri": "s3://acme-models/in/"}
    job = {
        "transformInput": {"dataSource": {"s3DataSource": data}},
        "transformOutput": {"s3OutputPath": "s3://acme-models/out/"},
        "transformResources": {"instanceType": "ml.m5.xlarge", "instanceCount": 1},
    }
    return {
        "validationRole": f"arn:aws:iam::{account}:role/validator",
        "validationProfiles": [{"profileName": "smoke", "transformJobDefinition": job}],
    }


def profile(name: str = "smoke") -> Doc:
    return manifest("ValidationProfile", name, validation())


def card(text: str = "predicts churn", status: str = "Draft") -> Doc:
    content = {"model_overview": {"model_creator": text}}
    return {"modelCardStatus": status, "modelCardContent": content}


def rich() -> list[Doc]:
    """Return manifests that use every kind and every way of being written."""
    return [
        environment(),
        environment("training", TRAINING),
        fragment(supportedTransformInstanceTypes=["ml.m5.xlarge"]),
        profile(),
        group(tags={"team": "growth"}, modelPackageGroupDescription="Churn models"),
        group("fraud", modelPackageGroupName="Fraud-Detection"),
        version(
            "churn-v1",
            inferenceSpecification={"ref": "tabular", "containers": [{"framework": "XGBOOST"}]},
            validationSpecification={"ref": "smoke"},
            customerMetadataProperties={"team": "growth"},
            modelCard=card(),
            modelLifeCycle={"stage": "Development", "stageStatus": "Pending"},
            approval={"status": "Approved", "description": "reviewed in PR 7"},
        ),
        version(
            "churn-v2",
            additionalInferenceSpecifications=[{"name": "gpu", **inference()}],
            approval={"status": "Rejected"},
        ),
        version("churn-v3", sourceUri="https://git.example.org/churn"),
        version(
            "fraud-v1",
            "fraud",
            inferenceSpecification=inference(container(), container(environment={"STEP": "2"})),
        ),
        unversioned(tags={"team": "growth"}),
    ]


def without(documents: Sequence[Doc], *names: str) -> list[Doc]:
    """Return the manifests except those with one of some names."""
    return [each for each in documents if each["metadata"]["name"] not in names]


# --- from manifests to values


def text(documents: Sequence[Doc]) -> str:
    """Return manifests as YAML: JSON is YAML, and says exactly what the data says."""
    return "\n---\n".join(json.dumps(each, indent=1, ensure_ascii=False) for each in documents)


def workspace(documents: Sequence[Doc]) -> Workspace:
    return parse([SourceFile("manifests/all.yaml", text(documents))])


def state(documents: Sequence[Doc], *, watch_everywhere: bool = False) -> DesiredState:
    """Return the desired state of manifests that must be valid."""
    known = replace(workspace(documents), watches_everywhere=watch_everywhere)
    found = resolve(known, HANDLERS)
    assert not found.errors, found.errors
    return found


def problem_codes(*documents: Doc) -> list[str]:
    """Return the codes of everything that is wrong with some manifests."""
    return [each.code for each in resolve(workspace(documents), HANDLERS).problems]


def desired_version(spec: Doc, *, on_drift: OnDrift | None = None) -> Desired[PackageIntent]:
    """Return one package's manifest as desired; its group is declared beside it."""
    drift: Doc = {"approvals": {"onDrift": str(on_drift)}} if on_drift else {}
    documents = [environment(**drift), environment("training", TRAINING), group(), spec]
    found, problems = ModelPackageHandler().desire(workspace(documents))
    assert not [each for each in problems if each.code.startswith("E")], problems
    return found[0]


def desired_group(spec: Doc) -> Desired[GroupIntent]:
    found, problems = ModelPackageGroupHandler().desire(workspace([environment(), spec]))
    assert not [each for each in problems if each.code.startswith("E")], problems
    return found[0]


def an_environment(
    name: str = "registry", *, percent: int = 30, most: int | None = None
) -> Environment:
    where = Location("environments.yaml")
    return Environment(name, REGISTRY, REGION, OWNER, where, guards=GuardSettings(most, percent))


def markers(identity: str = "churn-v1", owner: str = OWNER, **more: str) -> dict[str, str]:
    named = {f"reconciler/{key}": value for key, value in more.items()}
    return {"reconciler/owner": owner, "reconciler/name": identity, **named}


def live_package(
    values: Mapping[str, Json] | None = None,
    *,
    number: int = 1,
    identity: str | None = "churn-v1",
    owner: str | None = OWNER,
    **more: Any,
) -> Live:
    """Return a live version that carries our markers and the default inference specification."""
    arn = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn/{number}"
    own: dict[str, Json] = {
        "ModelPackageGroupName": "churn",
        "ModelPackageVersion": number,
        "InferenceSpecification": desired_version(version()).values["InferenceSpecification"],
        "CustomerMetadataProperties": markers(identity or "", owner or "") if owner else {},
        "ModelApprovalStatus": "PendingManualApproval",
    }
    return Live(
        arn, own | dict(values or {}), owner=owner, identity=identity, version=number, **more
    )


def propose_package(desired: Desired[PackageIntent], found: Live | Finding | None) -> list[Action]:
    """Return the proposal for one package, given what was found."""
    finding = Found(found) if isinstance(found, Live) else found or Absent()
    return ModelPackageHandler().propose([desired], Reading({desired.key: finding}))


def package_key(name: str = "churn-v1", where: str = "registry") -> ResourceKey:
    return ResourceKey(where, "ModelPackage", name)


def group_key(name: str = "churn", where: str = "registry") -> ResourceKey:
    return ResourceKey(where, "ModelPackageGroup", name)
