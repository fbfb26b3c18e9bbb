"""Published schemas and explanations: complete, current, and about what is really accepted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli import schemas
from reconciler.cli.edge import run
from reconciler.cli.explaining import explain, kinds
from reconciler.core.codes import CODES
from reconciler.errors import ExitCode, UsageError
from reconciler.manifest.registry import MANIFESTS
from reconciler.render.explanation import explanation_lines
from reconciler.render.lines import plain
from reconciler.shapes.members import members_of


def a_manifest(kind: str, **spec: object) -> dict[str, object]:
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": spec,
    }


def is_valid(manifest: object) -> bool:
    return bool(_validator().is_valid(manifest))


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas.schema_of("manifest"))


@pytest.mark.parametrize("name", schemas.names())
def test_every_schema_is_a_schema(name: str) -> None:
    schema = schemas.schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert str(schema["$id"]).endswith(name)


def test_a_reference_with_overrides_is_admitted_and_nothing_unknown_is() -> None:
    ref = {"ref": "trees", "containers": [{"image": "a/b:1"}]}
    package = {"environment": "registry", "modelPackageGroup": "churn"}
    assert is_valid(a_manifest("ModelPackage", **package, inferenceSpecification=ref))
    assert is_valid(a_manifest("ModelPackage", **package, validationSpecification={"ref": "p"}))
    assert is_valid(
        a_manifest("ModelPackage", **package, additionalInferenceSpecifications=[{"ref": "t"}])
    )
    assert is_valid(a_manifest("InferenceSpecification", ref="other"))
    assert not is_valid(a_manifest("ModelPackage", **package, inferenceSpecification={}))
    assert not is_valid(
        a_manifest("ModelPackage", **package, inferenceSpecification=ref | {"image": "x"})
    )
    assert not is_valid(a_manifest("Nonsense"))
    assert not is_valid(a_manifest("Environment", accountId=111111111111))


def test_schemas_are_written_checked_and_found_outdated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "schemas"
    assert run(["schema", "--check", str(folder)]) == ExitCode.FAILURE
    assert run(["schema", "--write", str(folder)]) == ExitCode.OK
    assert run(["schema", "--check", str(folder)]) == ExitCode.OK
    assert {path.name for path in folder.iterdir()} == set(map(schemas.file_name, schemas.names()))
    (folder / "plan.schema.json").write_text("{}")
    capsys.readouterr()
    assert run(["schema", "--check", str(folder)]) == ExitCode.FAILURE
    assert "plan.schema.json" in capsys.readouterr().err


def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "ModelPackage"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == schemas.schema_of("ModelPackage")


def every_field() -> list[str]:
    """Return the path of every field of every kind, down to the leaves."""

    def below(prefix: str, members: dict[str, object], seen: tuple[type, ...]) -> list[str]:
        paths = []
        for name, member in members.items():
            path = f"{prefix}.{name}"
            paths.append(path)
            for model in member.models:  # type: ignore[attr-defined]
                if model not in seen:
                    paths += below(path, dict(members_of(model)), (*seen, model))
        return paths

    return [
        path
        for kind, model in MANIFESTS.items()
        for path in below(kind, dict(members_of(model)), (model,))
    ]


def test_every_field_of_every_kind_is_explained() -> None:
    for path in every_field():
        explained = explain(path)
        assert explained.title == path
        facts = dict(explained.facts)
        assert facts["type"]
        assert facts["required"] in {"yes", "no"}
        assert plain(explanation_lines(explained))


def test_every_kind_and_code_is_explained() -> None:
    listed = {member.name for member in kinds().members}
    assert listed == set(MANIFESTS)
    for kind in MANIFESTS:
        assert explain(kind.lower()).title.startswith(kind)
    for code in CODES:
        assert explain(code.lower()).title.startswith(code)


def test_an_api_field_says_its_rule_its_api_name_and_what_aws_says() -> None:
    text = plain(explanation_lines(explain("ModelPackage.approval.status")))
    assert "rule         mutable" in text
    assert "ModelApprovalStatus, in CreateModelPackage, UpdateModelPackage" in text
    assert "one of Approved, Rejected, PendingManualApproval" in text
    assert "AWS says" in text


def test_a_path_may_leave_out_spec_and_carry_indexes() -> None:
    whole = explain("ModelPackage.spec.inferenceSpecification.containers.image")
    assert explain("modelpackage.inferenceSpecification.containers[0].image") == whole


@pytest.mark.parametrize(
    ("target", "fix"),
    [
        ("ModelPakage", "did you mean 'ModelPackage'?"),
        ("E12", "did you mean"),
        ("ModelPackage.spec.taggs", "did you mean 'tags'?"),
        ("ModelPackage.approval.statuss", "did you mean 'status'?"),
    ],
)
def test_a_wrong_name_gets_the_nearest(target: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain(target)
    assert fix in caught.value.fix
