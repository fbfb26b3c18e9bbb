"""Manifests to measure with, of exactly 60 lines each, and the same resources as API requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

ACCOUNT = "111111111111"
REGION = "eu-west-1"
LINES = 60
_FREE_MAPS = frozenset({"environment", "customerMetadataProperties", "tags"})


@dataclass(frozen=True, slots=True)
class Size:
    """How much is declared: so many groups with so many versions each."""

    groups: int
    versions: int

    @property
    def packages(self) -> int:
        return self.groups * self.versions


def write_manifests(folder: Path, size: Size) -> Path:
    """Write an environment, the groups and one file for each package; return the folder."""
    folder.mkdir(parents=True)
    _write(folder / "environment.yaml", _environment())
    for group in range(size.groups):
        below = folder / _group_name(group)
        below.mkdir()
        _write(below / "group.yaml", _group(group))
        for version in range(size.versions):
            path = below / f"{_package_name(group, version)}.yaml"
            lines = _write(path, _package(group, version))
            if lines != LINES:
                raise ValueError(f"a package has {lines} lines, not {LINES}")
    return folder


def write_requests(path: Path, size: Size) -> Path:
    """Write the same groups and packages as parameters of create calls."""
    groups = [_as_api(_group_request(group)) for group in range(size.groups)]
    packages = [
        _as_api({**spec, "modelPackageGroupName": _group_name(group)})
        for group in range(size.groups)
        for version in range(size.versions)
        if (spec := _spec(group, version))
    ]
    path.write_text(json.dumps({"groups": groups, "packages": packages}), encoding="utf-8")
    return path


def declared_order(size: Size) -> dict[str, list[str]]:
    """Return the names of the packages of each group, as AWS is to number them."""
    return {
        _group_name(group): [_package_name(group, version) for version in range(size.versions)]
        for group in range(size.groups)
    }


def _write(path: Path, manifest: dict[str, Any]) -> int:
    text = yaml.dump(
        {"apiVersion": "reconciler/v1", **manifest},
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
        width=1000,
    )
    path.write_text(text, encoding="utf-8")
    return text.count("\n")


def _group_name(group: int) -> str:
    return f"model-{group:02}"


def _package_name(group: int, version: int) -> str:
    return f"model-{group:02}-{version:04}"


def _environment() -> dict[str, Any]:
    spec = {"accountId": ACCOUNT, "region": REGION, "owner": "platform-team"}
    return {"kind": "Environment", "metadata": {"name": "registry"}, "spec": spec}


def _group(group: int) -> dict[str, Any]:
    return {
        "kind": "ModelPackageGroup",
        "metadata": {"name": _group_name(group)},
        "spec": {
            "environment": "registry",
            "modelPackageGroupDescription": f"Predicts thing number {group}",
            "tags": {"team": "risk", "cost-center": f"cc-{group}"},
        },
    }


def _group_request(group: int) -> dict[str, Any]:
    spec = _group(group)["spec"]
    return {
        "modelPackageGroupName": _group_name(group),
        "modelPackageGroupDescription": spec["modelPackageGroupDescription"],
        "tags": [{"key": key, "value": value} for key, value in spec["tags"].items()],
    }


def _package(group: int, version: int) -> dict[str, Any]:
    return {
        "kind": "ModelPackage",
        "metadata": {
            "name": _package_name(group, version),
            "labels": {"team": "risk", "tier": "gold"},
        },
        "spec": {
            "environment": "registry",
            "modelPackageGroup": _group_name(group),
            **_spec(group, version),
        },
    }


def _spec(group: int, version: int) -> dict[str, Any]:
    run = f"s3://acme-models/{_group_name(group)}/run-{version:04}"
    digest = sha256(run.encode()).hexdigest()
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/xgboost@sha256:{digest}"
    return {
        "modelPackageDescription": f"Trained on the snapshot of week {version}",
        "inferenceSpecification": {
            "containers": [
                {
                    "image": image,
                    "modelDataUrl": f"{run}/model.tar.gz",
                    "framework": "XGBOOST",
                    "frameworkVersion": "1.7-1",
                    "environment": {
                        "SAGEMAKER_PROGRAM": "inference.py",
                        "MAX_BATCH": "16",
                        "LOG_LEVEL": "info",
                    },
                }
            ],
            "supportedContentTypes": ["text/csv", "application/json"],
            "supportedResponseMIMETypes": ["text/csv"],
            "supportedTransformInstanceTypes": ["ml.m5.xlarge", "ml.m5.2xlarge"],
            "supportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge", "ml.c5.xlarge"],
        },
        "modelMetrics": {
            "modelQuality": {
                "statistics": _json_file(f"{run}/statistics.json"),
                "constraints": _json_file(f"{run}/constraints.json"),
            },
            "explainability": {"report": _json_file(f"{run}/shap.json")},
        },
        "driftCheckBaselines": {"modelQuality": {"constraints": _json_file(f"{run}/base.json")}},
        "metadataProperties": {
            "commitId": digest[:40],
            "repository": "https://git.example.com/risk/models",
            "generatedBy": "training-pipeline",
            "projectId": f"project-{group:02}",
        },
        "customerMetadataProperties": {
            "training-job": f"train-{group:02}-{version:04}",
            "dataset": f"customers-{version:04}",
            "auc": f"0.{9000 + version % 900}",
            "rows": str(1_000_000 + version),
            "seed": str(version),
        },
    }


def _json_file(uri: str) -> dict[str, str]:
    return {"contentType": "application/json", "s3Uri": uri}


def _as_api(value: Any, *, free: bool = False) -> Any:
    """Return a manifest's values as the API spells them: first letters upper case."""
    if isinstance(value, list):
        return [_as_api(each) for each in value]
    if not isinstance(value, dict):
        return value
    return dict(_members(value, free=free))


def _members(value: dict[str, Any], *, free: bool) -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        name = key if free else key[:1].upper() + key[1:]
        yield name, _as_api(member, free=key in _FREE_MAPS)
