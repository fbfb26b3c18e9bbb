"""Which version is meant: by manifest, by number, by ARN; and what it is made of."""

from __future__ import annotations

import pytest
from builders import (
    REGION,
    REGISTRY,
    TRAINING,
    Doc,
    container,
    environment,
    group,
    inference,
    validation,
    version,
    workspace,
)

from reconciler.access.ingredients import Artifact, Image, Ingredients, ingredients
from reconciler.access.target import Target, find_target
from reconciler.core.data import Json
from reconciler.errors import UsageError
from reconciler.kinds.model_package.desire import desire

DOCS = [
    environment(),
    environment("training", TRAINING),
    group("churn", modelPackageGroupName="Churn-Models"),
    group("shared"),
    group("shared", "training"),
    version("v1", "churn"),
    version("old", "churn", version=3),
]
ARN = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn-models/7"


def find(text: str) -> Target:
    return find_target(workspace(DOCS), text)


@pytest.mark.parametrize("text", ["churn/7", "Churn-Models/7", "registry/churn/7", ARN])
def test_a_version_by_number(text: str) -> None:
    target = find(text)
    assert target.version_arn(target.number or 0) == ARN
    assert target.group == "Churn-Models"
    assert target.group_arn.endswith("model-package-group/Churn-Models")
    assert target.owner
    assert target.owner.name == "registry"


def test_a_version_by_its_manifest() -> None:
    target = find("churn/v1")
    assert target.desired
    assert target.desired.key.name == "v1"
    assert find("churn/old").number == 3


def test_an_arn_of_an_undeclared_account_has_no_owner() -> None:
    target = find(f"arn:aws:sagemaker:{REGION}:999999999999:model-package/other/1")
    assert (target.owner, target.group) == (None, "other")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("churn", "does not name a version"),
        ("a/b/c/d", "does not name a version"),
        ("churn//1", "does not name a version"),
        ("chrun/1", "no manifest declares a group 'chrun'"),
        ("shared/1", "names several groups"),
        ("churn/v9", "no manifest declares a version 'v9'"),
        (ARN.replace("/7", ""), "is not the ARN of a version"),
        (ARN.replace("model-package/", "model-package-group/"), "is not the ARN of a version"),
    ],
)
def test_what_names_no_version_is_wrong_usage(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        find(text)
    assert caught.value.fix


def test_ambiguous_groups_are_told_apart_by_environment() -> None:
    with pytest.raises(UsageError) as caught:
        find("shared/1")
    assert caught.value.fix == "write registry/shared/1 or training/shared/1"
    owner = find("training/shared/1").owner
    assert owner
    assert owner.name == "training"


# --- what it is made of


def parts_of(spec: Doc, *, validating: bool = False) -> tuple[list[Image], list[Artifact]]:
    (desired,), _ = desire(workspace([environment(), group(), spec]))
    found = ingredients(desired.values, validation=validating)
    return list(found.images), list(found.artifacts)


def image(account: str, name: str, tail: str = ":1") -> str:
    return f"{account}.dkr.ecr.{REGION}.amazonaws.com/{name}{tail}"


def test_every_container_counts_also_of_additional_specifications() -> None:
    prefix = {
        "s3DataSource": {
            "s3Uri": "s3://big/model/",
            "s3DataType": "S3Prefix",
            "compressionType": "None",
        }
    }
    spec = version(
        inferenceSpecification=inference(
            container(image(TRAINING, "team/a", "@sha256:" + "0" * 64), modelDataUrl="s3://bkt/x"),
            {"image": image(TRAINING, "b"), "modelDataSource": prefix},
        ),
        additionalInferenceSpecifications=[
            {"name": "gpu", **inference(container(image(REGISTRY, "c"), modelDataUrl="s3://bkt/y"))}
        ],
    )
    images, artifacts = parts_of(spec)
    assert images == [
        Image(REGISTRY, REGION, "c"),
        Image(TRAINING, REGION, "b"),
        Image(TRAINING, REGION, "team/a"),
    ]
    assert artifacts == [
        Artifact("big", "model/", listed=True),
        Artifact("bkt", "x", listed=False),
        Artifact("bkt", "y", listed=False),
    ]


def test_the_input_of_a_validation_counts_for_who_registers() -> None:
    spec = version(validationSpecification=validation())
    assert Artifact("acme-models", "in/", listed=True) not in parts_of(spec)[1]
    assert Artifact("acme-models", "in/", listed=True) in parts_of(spec, validating=True)[1]


def test_versions_are_numbered_from_one() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn/0"
    for text in ("churn/0", arn):
        with pytest.raises(UsageError) as raised:
            find_target(workspace(DOCS), text)
        assert "from 1" in raised.value.why


def of_container(**members: Json) -> Ingredients:
    return ingredients({"InferenceSpecification": {"Containers": [members]}})


def test_images_of_aws_are_open_to_all() -> None:
    found = of_container(Image=image("763104351884", "pytorch-inference"))
    assert not found.images
    assert "registry that AWS owns" in found.open_to_all[0]
    assert not found.strange


@pytest.mark.parametrize(
    ("members", "what", "why"),
    [
        ({"Image": "docker.io/library/python:3"}, "image", "not an image in ECR"),
        ({"Image": "public.ecr.aws/a/b:1"}, "image", "not an image in ECR"),
        ({"ModelDataUrl": "https://models.example/m.tar.gz"}, "artifact", "not the URL of an"),
        ({"ModelDataUrl": "s3://UPPER/m.tar.gz"}, "artifact", "not the URL of an"),
    ],
)
def test_parts_that_nobody_can_be_asked_about_are_kept_with_a_reason(
    members: dict[str, str], what: str, why: str
) -> None:
    found = of_container(**members)
    assert not found.images
    assert not found.artifacts
    (strange,) = found.strange
    assert (strange.what, strange.name) == (what, next(iter(members.values())))
    assert why in strange.why


@pytest.mark.parametrize(
    "url",
    [
        "s3://acme/a/m.tar.gz",
        f"https://acme.s3.{REGION}.amazonaws.com/a/m.tar.gz",
        "https://acme.s3.amazonaws.com/a/m.tar.gz",
        f"https://s3.{REGION}.amazonaws.com/acme/a/m.tar.gz",
        f"https://s3-{REGION}.amazonaws.com/acme/a/m.tar.gz",
        "https://acme.s3.cn-north-1.amazonaws.com.cn/a/m.tar.gz",
    ],
)
def test_an_object_is_the_same_by_every_url_of_s3(url: str) -> None:
    assert of_container(ModelDataUrl=url).artifacts == (
        Artifact("acme", "a/m.tar.gz", listed=False),
    )


def test_algorithms_and_lists_of_objects_are_not_looked_into() -> None:
    algorithm = {"AlgorithmName": "arn:aws:sagemaker:x", "ModelDataUrl": "s3://acme/m.tar.gz"}
    found = ingredients({"SourceAlgorithmSpecification": {"SourceAlgorithms": [algorithm]}})
    assert [each.what for each in found.strange] == ["algorithm"]
    assert found.artifacts == (Artifact("acme", "m.tar.gz", listed=False),)
    source = {"S3DataType": "ManifestFile", "S3Uri": "s3://acme/list.json"}
    found = of_container(ModelDataSource={"S3DataSource": source})
    assert "lists other objects" in found.strange[0].why
    assert not found.is_empty
    assert ingredients({}).is_empty
