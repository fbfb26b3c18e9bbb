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
_NAME: Final = "[a-z0-9][a-z0-9.-]+?"
_S3: Final = re.compile(rf"s3://(?P<bucket>{_NAME})(?:/(?P<key>.*))?")
_HOST: Final = r"s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com[.a-z]*"
_HTTPS: Final = (
    re.compile(rf"https://{_HOST}/(?P<bucket>{_NAME})(?:/(?P<key>.*))?"),
    re.compile(rf"https://(?P<bucket>{_NAME})\.{_HOST}(?:/(?P<key>.*))?"),
)
"""S3 user guide, "Methods for accessing a bucket": path-style and virtual-hosted-style URLs."""
_PREFIX: Final = "S3Prefix"
_LISTS: Final = frozenset({"ManifestFile", "AugmentedManifestFile"})
IMAGE: Final = "image"
ARTIFACT: Final = "artifact"
ALGORITHM: Final = "algorithm"


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


@dataclass(frozen=True, slots=True, order=True)
class Strange:
    """A part of which nothing can be told: what it is, how the version names it, and why."""

    what: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a version is made of.

    `strange` are parts of which it cannot be told who may have them, `open_to_all` says which
    images everybody may pull. `package_key` is the key that encrypts the version's own record, as
    the API names it.
    """

    images: tuple[Image, ...]
    artifacts: tuple[Artifact, ...]
    strange: tuple[Strange, ...] = ()
    open_to_all: tuple[str, ...] = ()
    validation_role: str = ""
    package_key: str = ""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is named that could run."""
        return not (self.images or self.artifacts or self.strange or self.open_to_all)


def ingredients(values: Mapping[str, Json], *, validation: bool = False) -> Ingredients:
    """Return what a version is made of, from its API-shaped values, live or declared.

    Images and models of every container are needed to run it, those of additional inference
    specifications too; the input of its `validation` only to register it.
    """
    containers = list(_containers(values))
    checks = _mapping(values.get("ValidationSpecification")) if validation else {}
    algorithms = _items(_mapping(values.get("SourceAlgorithmSpecification")), "SourceAlgorithms")
    inputs = (_transform_input(each) for each in _items(checks, _PROFILES))
    parts = {
        *(_image(str(each["Image"])) for each in containers if each.get("Image")),
        *(part for each in (*containers, *algorithms, *inputs) for part in _artifacts(each)),
        *(
            Strange(ALGORITHM, str(each.get("AlgorithmName")), _ALGORITHMS_ARE_OTHERS)
            for each in algorithms
        ),
    }
    return Ingredients(
        tuple(sorted(each for each in parts if isinstance(each, Image))),
        tuple(sorted(each for each in parts if isinstance(each, Artifact))),
        tuple(sorted(each for each in parts if isinstance(each, Strange))),
        tuple(sorted(each for each in parts if isinstance(each, str))),
        str(checks.get("ValidationRole") or ""),
        str(_mapping(values.get("SecurityConfig")).get("KmsKeyId") or ""),
    )


_ALGORITHMS_ARE_OTHERS: Final = (
    "what an algorithm is made of, and who may use it, is not looked at here: see its subscription"
    " or its owner"
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


def _artifacts(container: Mapping[str, Json]) -> Iterator[Artifact | Strange]:
    """Yield a container's artifacts: the archive, or the objects below a prefix."""
    source = _mapping(_mapping(container.get("ModelDataSource")).get("S3DataSource"))
    extra = _mapping(container.get("AdditionalS3DataSource"))
    # A live version shows the same archive under both names (aws.md section 2).
    url = container.get("ModelDataUrl")
    if url and url != source.get("S3Uri"):
        yield _artifact(str(url), listed=False)
    for each in (source, extra):
        kind, uri = each.get("S3DataType"), str(each.get("S3Uri") or "")
        if uri:
            yield _artifact(uri, listed=kind == _PREFIX)
        if uri and kind in _LISTS:
            yield Strange(ARTIFACT, uri, f"it lists other objects ({kind}), which were not read")
        if each.get("ManifestS3Uri"):
            yield _artifact(str(each["ManifestS3Uri"]), listed=False)


def _artifact(url: str, *, listed: bool) -> Artifact | Strange:
    for pattern in (_S3, *_HTTPS):
        if found := pattern.fullmatch(url):
            key = found["key"] or ""
            return Artifact(found["bucket"], key, listed or key.endswith("/"))
    return Strange(ARTIFACT, url, "it is not the URL of an object in S3, so nobody can be asked")


def _image(text: str) -> Image | Strange | str:
    """Return where an image is, or that everybody may pull it."""
    found = _IMAGE.fullmatch(text)
    if found is None:
        return Strange(IMAGE, text, "it is not an image in ECR, so nobody can be asked")
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
