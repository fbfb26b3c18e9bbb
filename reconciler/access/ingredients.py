"""What a version is made of: images, artifacts in S3, and the role that validates it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.access.registries import AWS_REGISTRIES
from reconciler.core.data import Json

_IMAGE: Final = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com[.a-z]*/"
    r"(?P<repository>[^:@\s]+)(?:[:@]\S+)?"
)
_S3: Final = re.compile(r"(?:s3|https)://(?P<bucket>[a-z0-9][a-z0-9.-]+)/?(?P<key>.*)")
_PREFIX: Final = "S3Prefix"


@dataclass(frozen=True, slots=True, order=True)
class Image:
    """A container image in an ECR repository."""

    account: str
    region: str
    repository: str


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """An object in S3, or all objects below a prefix, which have to be listed first."""

    bucket: str
    key: str
    listed: bool


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a version is made of; `skipped` says what was left out, and why."""

    images: tuple[Image, ...]
    artifacts: tuple[Artifact, ...]
    skipped: tuple[str, ...] = ()
    validation_role: str = ""


def ingredients(values: Mapping[str, Json], *, validation: bool = False) -> Ingredients:
    """Return what a version is made of, from its API-shaped values, live or declared.

    Images and models of every container are needed to run it, those of additional inference
    specifications too; the input of its `validation` only to register it.
    """
    containers = list(_containers(values))
    checks = _mapping(values.get("ValidationSpecification")) if validation else {}
    images: set[Image] = set()
    skipped: dict[str, None] = {}
    for each in containers:
        found = _image(str(each["Image"])) if each.get("Image") else None
        if isinstance(found, Image):
            images.add(found)
        elif found:
            skipped[found] = None
    sources = [*containers, *(_transform_input(each) for each in _items(checks, _PROFILES))]
    artifacts = {artifact for each in sources for artifact in _artifacts(each)}
    return Ingredients(
        tuple(sorted(images)),
        tuple(sorted(artifacts)),
        tuple(skipped),
        str(checks.get("ValidationRole") or ""),
    )


_PROFILES: Final = "ValidationProfiles"


def _containers(values: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    specifications = [
        _mapping(values.get("InferenceSpecification")),
        *_items(values, "AdditionalInferenceSpecifications"),
    ]
    for each in specifications:
        yield from _items(each, "Containers")


def _transform_input(profile: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the data source of a validation's input, in the form of a container's."""
    job = _mapping(profile.get("TransformJobDefinition"))
    source = _mapping(_mapping(job.get("TransformInput")).get("DataSource"))
    return {"ModelDataSource": source}


def _artifacts(container: Mapping[str, Json]) -> Iterator[Artifact]:
    """Yield a container's artifacts: the archive, or the objects below a prefix."""
    source = _mapping(_mapping(container.get("ModelDataSource")).get("S3DataSource"))
    extra = _mapping(container.get("AdditionalS3DataSource"))
    # A live version shows the same archive under both names (aws.md section 2).
    url = container.get("ModelDataUrl")
    if url and url != source.get("S3Uri"):
        yield from _artifact(str(url), listed=False)
    for each in (source, extra):
        listed = each.get("S3DataType") == _PREFIX
        yield from _artifact(str(each.get("S3Uri") or ""), listed=listed)
        yield from _artifact(str(each.get("ManifestS3Uri") or ""), listed=False)


def _artifact(url: str, *, listed: bool) -> Iterator[Artifact]:
    found = _S3.fullmatch(url)
    if found:
        yield Artifact(found["bucket"], found["key"], listed or found["key"].endswith("/"))


def _image(text: str) -> Image | str:
    """Return where an image is, or why it is not looked at."""
    found = _IMAGE.fullmatch(text)
    if found is None:
        return f"{text} is not an image in ECR, so nothing is known of who may pull it"
    if found["account"] in AWS_REGISTRIES:
        return f"{text} is in a registry that AWS owns, which every account may pull from"
    return Image(found["account"], found["region"], found["repository"])


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _items(values: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    found = values.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [each for each in found if isinstance(each, Mapping)]
