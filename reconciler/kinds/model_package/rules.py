"""What AWS would refuse about a package and can be known without asking it. Pure.

Each rule is one function from a manifest (and its environment) to problems; `RULES` is the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.core.environment import Environment, partition_of
from reconciler.core.location import DataPath, dotted
from reconciler.core.problem import Problem, Severity
from reconciler.kinds.tags import reserved_key_problems
from reconciler.manifest.models import ModelPackageSpec
from reconciler.manifest.workspace import Manifest
from reconciler.shapes.base import Shape, members_of
from reconciler.shapes.sagemaker import (
    INSTANCE_TYPE_MEMBERS,
    KNOWN_INSTANCE_TYPES,
    ModelPackageContainerDefinition,
)

_Package = Manifest[ModelPackageSpec]
_Rule = Callable[[_Package, Environment], Iterator[Problem]]


def package_problems(manifest: _Package, environment: Environment) -> list[Problem]:
    """Return everything that is wrong with one package's manifest."""
    return [problem for rule in RULES for problem in rule(manifest, environment)]


def _at(  # noqa: PLR0913, PLR0917 - the parts of one message
    manifest: _Package, code: str, path: DataPath, what: str, why: str = "", fix: str = ""
) -> Problem:
    severity = Severity.WARNING if code.startswith("W") else Severity.ERROR
    where = manifest.locate(("spec", *path))
    return Problem(code, where, dotted(("spec", *path)), what, why, fix, severity)


def _one_identity(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    spec = manifest.spec
    given = [spec.model_package_group is not None, spec.model_package_name is not None]
    if given.count(True) != 1:
        what = (
            "both modelPackageGroup and modelPackageName are given"
            if all(given)
            else ("neither modelPackageGroup nor modelPackageName is given")
        )
        yield _at(
            manifest,
            "E220",
            (),
            what,
            "a package is either a version in a group or an unversioned package with a name",
            "keep exactly one of the two",
        )


def _versioned_only(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    """Check what an unversioned package cannot have (aws.md section 3)."""
    spec = manifest.spec
    if spec.model_package_name is None:
        return
    refused = {"version": spec.version, "approval": spec.approval, "sourceUri": spec.source_uri}
    for key, value in refused.items():
        if value is not None:
            yield _unversioned_problem(manifest, (key,))
    for path, container in _containers(spec):
        if container.environment is not None:
            yield _unversioned_problem(manifest, (*path, "environment"))
        if container.model_data_source is not None:
            yield _unversioned_problem(manifest, (*path, "modelDataSource"))


def _unversioned_problem(manifest: _Package, path: DataPath) -> Problem:
    return _at(
        manifest,
        "E222",
        path,
        f"'{path[-1]}' is not possible on an unversioned package",
        "SageMaker accepts it for versions in a group only",
        f"remove {path[-1]}, or declare modelPackageGroup instead of modelPackageName",
    )


def _unversioned_needs(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    """Check that an unversioned package names its instance types (aws.md section 3)."""
    spec = manifest.spec
    inference = spec.inference_specification
    if spec.model_package_name is None or inference is None:
        return
    for name, value in (
        ("supportedTransformInstanceTypes", inference.supported_transform_instance_types),
        (
            "supportedRealtimeInferenceInstanceTypes",
            inference.supported_realtime_inference_instance_types,
        ),
    ):
        if not value:
            yield _at(
                manifest,
                "E224",
                ("inferenceSpecification", name),
                f"'{name}' is required on an unversioned package",
                "SageMaker requires the instance types of unversioned packages",
                f"add {name}",
            )


def _tags(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    spec = manifest.spec
    if spec.model_package_group is not None and spec.tags is not None:
        yield _at(
            manifest,
            "E221",
            ("tags",),
            "a version cannot have tags",
            "SageMaker tags groups, and unversioned packages; tags of a version are its group's",
            "move them to the ModelPackageGroup, or use customerMetadataProperties",
        )


def _certification(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    spec = manifest.spec
    if not spec.certify_for_marketplace:
        return
    if spec.model_package_group is not None:
        yield _at(
            manifest,
            "E224",
            ("certifyForMarketplace",),
            "a version in a group cannot be certified for Marketplace",
            "certification does not apply to versioned packages",
            "declare modelPackageName instead of modelPackageGroup",
        )
    if spec.validation_specification is None:
        yield _at(
            manifest,
            "E224",
            ("certifyForMarketplace",),
            "Marketplace certification needs a validation profile",
            fix="add validationSpecification: {ref: NAME}",
        )


def _sources(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    spec = manifest.spec
    both = spec.source_uri is not None and spec.inference_specification is not None
    if both and spec.version is None:
        yield _at(
            manifest,
            "E223",
            ("sourceUri",),
            "sourceUri and inferenceSpecification cannot be registered together",
            "CreateModelPackage accepts one or the other",
            "keep one; both are possible only together with version: N, for a version that exists",
        )
    for path, container in _containers(spec):
        if path[0] == "inferenceSpecification" and container.additional_s3_data_source:
            yield _at(
                manifest,
                "E225",
                (*path, "additionalS3DataSource"),
                "additionalS3DataSource is not allowed in inferenceSpecification",
                "the API models it, but SageMaker refuses it there",
                "use modelDataSource, or additionalInferenceSpecifications",
            )


def _nothing_to_register(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    spec = manifest.spec
    something = (
        spec.inference_specification,
        spec.source_uri,
        spec.source_algorithm_specification,
    )
    if spec.version is None and not any(each is not None for each in something):
        yield _at(
            manifest,
            "E204",
            (),
            "there is nothing to register",
            "a package needs inferenceSpecification, sourceUri or sourceAlgorithmSpecification",
            "add one of them, or version: N to adopt a version that exists",
        )


def _unique_names(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, each in enumerate(manifest.spec.additional_inference_specifications or ()):
        if each.name in seen:
            path = ("additionalInferenceSpecifications", index, "name")
            yield _at(
                manifest,
                "E226",
                path,
                f"the name '{each.name}' is used twice",
                "SageMaker tells additional inference specifications apart by their names",
                "choose another name",
            )
        seen.add(each.name)


def _reserved(manifest: _Package, _environment: Environment) -> Iterator[Problem]:
    yield from reserved_key_problems(manifest, "tags")
    yield from reserved_key_problems(manifest, "customerMetadataProperties")


_ECR = re.compile(r"^[0-9]{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com[.a-z]*/")


def _images(manifest: _Package, environment: Environment) -> Iterator[Problem]:
    """Warn about images that cannot be pulled, and about approved ones that can still change."""
    approved = manifest.spec.approval is not None and manifest.spec.approval.status == "Approved"
    for path, container in _containers(manifest.spec):
        image = container.image or ""
        region = _ECR.match(image)
        if region and region[1] != environment.region:
            yield _at(
                manifest,
                "W404",
                (*path, "image"),
                f"the image is in {region[1]}, the environment in {environment.region}",
                "SageMaker pulls images from its own region",
                f"use an image in {environment.region}",
            )
        if approved and image and "@sha256:" not in image and container.image_digest is None:
            yield _at(
                manifest,
                "W402",
                (*path, "image"),
                "an approved version uses an image by a tag that can be moved",
                "what was reviewed should be what runs",
                "pin it: IMAGE@sha256:DIGEST",
            )


def _texts(manifest: _Package, environment: Environment) -> Iterator[Problem]:
    """Judge every string of a spec by every rule about strings, in one walk."""
    for path, value in _strings(manifest.spec):
        for rule in (_bucket_region, _arn, _instance_type):
            if found := rule(path, value, environment):
                yield _at(manifest, found.code, path, found.what, found.why, found.fix)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with one string."""

    code: str
    what: str
    why: str
    fix: str


def _bucket_region(_path: DataPath, value: str, environment: Environment) -> _Wrong | None:
    if not environment.artifact_buckets:
        return None
    bucket = re.match(r"s3://([^/]+)", value) or re.match(
        r"https://(?:s3[.-][a-z0-9-]+\.amazonaws\.com/)?([a-z0-9.-]+?)(?:\.s3[.-]|/)", value
    )
    region = environment.artifact_buckets.get(bucket[1]) if bucket else None
    if bucket is None or region is None or region == environment.region:
        return None
    return _Wrong(
        "E228",
        f"bucket '{bucket[1]}' is in {region}, the environment in {environment.region}",
        "SageMaker reads artifacts from its own region",
        f"use a bucket in {environment.region}",
    )


_ARN = re.compile(r"^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):([0-9]{12})?:")
_SAME_ACCOUNT = frozenset({"iam"})  # roles that SageMaker passes must be the caller's own


def _arn(_path: DataPath, value: str, environment: Environment) -> _Wrong | None:
    """Refuse an ARN of another partition, region or (for roles) account than the environment's."""
    found = _ARN.match(value)
    if found is None:
        return None
    partition, service, region, account = found.groups()
    wanted = partition_of(environment.region)
    if partition != wanted:
        wrong, right = f"partition '{partition}'", f"'{wanted}'"
    elif region and region != environment.region:
        wrong, right = f"region '{region}'", f"'{environment.region}'"
    elif service in _SAME_ACCOUNT and account != environment.account_id:
        wrong, right = f"account {account}", environment.account_id
    else:
        return None
    return _Wrong(
        "E227",
        f"the ARN is of {wrong}, environment '{environment.name}' is in {right}",
        "SageMaker refuses it",
        "use an ARN of the environment's own, or declare another environment",
    )


def _instance_type(path: DataPath, value: str, _environment: Environment) -> _Wrong | None:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    known = KNOWN_INSTANCE_TYPES.get(INSTANCE_TYPE_MEMBERS.get(name[:1].upper() + name[1:], ""))
    if known is None or value in known:
        return None
    return _Wrong(
        "W401",
        f"unknown instance type '{value}'",
        "this botocore does not list it; AWS adds instance types all the time",
        "check the spelling",
    )


RULES: tuple[_Rule, ...] = (
    _one_identity,
    _versioned_only,
    _unversioned_needs,
    _tags,
    _certification,
    _sources,
    _nothing_to_register,
    _unique_names,
    _reserved,
    _images,
    _texts,
)
"""Every rule, in the order in which problems of one place are reported."""


def _containers(
    spec: ModelPackageSpec,
) -> Iterator[tuple[DataPath, ModelPackageContainerDefinition]]:
    inference = spec.inference_specification
    for index, each in enumerate(inference.containers if inference else ()):
        yield ("inferenceSpecification", "containers", index), each
    for number, additional in enumerate(spec.additional_inference_specifications or ()):
        for index, each in enumerate(additional.containers):
            yield ("additionalInferenceSpecifications", number, "containers", index), each


def _strings(value: Shape, path: DataPath = ()) -> Iterator[tuple[DataPath, str]]:
    """Yield every string of a shape with its path, keys of maps and free JSON left out."""
    for name, member in members_of(type(value)).items():
        given = getattr(value, member.python)
        if given is not None and member.in_api and not member.is_json:
            yield from _strings_of(given, (*path, name))


def _strings_of(value: object, path: DataPath) -> Iterator[tuple[DataPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Shape):
        yield from _strings(value, path)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _strings_of(each, (*path, index))
