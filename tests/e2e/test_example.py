"""The example manifests: valid, complete, applied to an empty sandbox, and seeded honestly."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from e2e_support import Cli

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "manifests").rglob("*.yaml"))
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
SEED = "manifests/sandbox-seed.json"


@pytest.fixture
def example(cli: Cli) -> Cli:
    """Return a folder that holds the example."""
    shutil.copytree(ROOT / "manifests", cli.folder / "manifests")
    return cli


def documents() -> list[dict[str, Any]]:
    return [each for file in FILES for each in yaml.safe_load_all(file.read_text("utf-8"))]


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.stem)
def test_every_file_names_the_schema_that_it_meets(file: Path) -> None:
    text = file.read_text("utf-8")
    modeline = MODELINE.match(text)
    assert modeline is not None, "the first line is the editor's modeline"
    schema = json.loads((file.parent / modeline[1]).read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for document in yaml.safe_load_all(text):
        assert not [each.message for each in validator.iter_errors(document)]


def test_the_example_has_no_problem_at_all(example: Cli) -> None:
    result = example.run("validate", "manifests").ends(0)
    assert result.err == ""


def test_the_example_shows_what_it_is_there_to_show() -> None:
    packages = [each["spec"] for each in documents() if each["kind"] == "ModelPackage"]
    environments = [each for each in documents() if each["kind"] == "Environment"]
    assert len({each["spec"]["accountId"] for each in environments}) == 3
    assert {each["approval"]["status"] for each in packages if "approval" in each} == {
        "Approved",
        "Rejected",
        "PendingManualApproval",
    }
    shown = {key for each in packages for key in each}
    assert shown >= {
        "additionalInferenceSpecifications",
        "certifyForMarketplace",
        "driftCheckBaselines",
        "modelCard",
        "modelMetrics",
        "modelPackageName",
        "sourceAlgorithmSpecification",
        "validationSpecification",
        "version",
    }
    assert any(
        len(each.get("inferenceSpecification", {}).get("containers", ())) > 2 for each in packages
    )
    assert any(isinstance(each.get("modelPackageGroup"), dict) for each in packages)
    assert any("ref" in each.get("inferenceSpecification", {}) for each in packages)


def test_applied_twice_the_second_run_writes_nothing(example: Cli) -> None:
    first = example.run("apply", "--sandbox", "manifests").ends(0, "Apply: 23 applied.", SEED)
    assert first.out.count("applied   adopt") == 2
    before = state(example)
    second = example.run("apply", "--sandbox", "manifests").ends(0, "nothing to do, 19 unchanged")
    assert state(example) == before
    assert "no manifest declares" not in second.text
    assert SEED not in second.text


def state(cli: Cli) -> dict[str, str]:
    """Return all that the sandbox keeps."""
    folder = cli.folder / ".reconciler"
    return {str(each): each.read_text("utf-8") for each in sorted(folder.rglob("*/*/*.json"))}


def statements(cli: Cli) -> list[dict[str, Any]]:
    """Return the statements of every policy document that the sandbox keeps."""
    texts = [text for content in state(cli).values() for text in strings(json.loads(content))]
    documents = [json.loads(each) for each in texts if each.startswith('{"Version"')]
    return [statement for document in documents for statement in document["Statement"]]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from strings(each)


def test_the_four_documents_agree_and_statements_of_others_stay(example: Cli) -> None:
    example.run("apply", "--sandbox", "manifests").ends(0)
    seeded = json.loads((example.folder / SEED).read_text("utf-8"))["calls"]
    foreign = [
        statement
        for call in seeded
        for name in ("ResourcePolicy", "policyText", "Policy")
        for statement in call["parameters"].get(name, {}).get("Statement", ())
    ]
    kept = statements(example)
    assert {each["Sid"] for each in foreign} == {"AuditorsRead", "scanner reads images", "TlsOnly"}
    for statement in foreign:
        assert statement in kept
    assert sum(each["Sid"].endswith("DeployImages") for each in kept) == 4
    for role in ("RegisterPackages", "DeployObjects", "DeployKey", "RegistryKey"):
        assert any(each["Sid"].endswith(role) for each in kept), role


def test_the_key_of_the_manifests_is_the_seeds() -> None:
    seed_text = (ROOT / SEED).read_text("utf-8")
    arns = {
        key["keyArn"]
        for each in documents()
        if each["kind"] == "CrossAccountPolicy"
        for artifacts in each["spec"]["artifacts"]
        for key in artifacts["keys"]
    }
    assert len(arns) == 1
    assert f'"_custom_id_", "TagValue": "{arns.pop().rpartition("/")[2]}"' in seed_text


def test_the_versions_have_the_numbers_of_their_names(example: Cli) -> None:
    example.run("apply", "--sandbox", "manifests").ends(0)
    for text in state(example).values():
        package = json.loads(text).get("modelPackage", {})
        if package.get("ModelPackageGroupName") == "churn":
            name = package["CustomerMetadataProperties"]["reconciler/name"]
            assert name == f"churn-{package['ModelPackageVersion']}"


def test_adopting_keeps_what_the_pipeline_wrote(example: Cli) -> None:
    example.run("apply", "--sandbox", "manifests").ends(0)
    adopted = next(
        found
        for text in state(example).values()
        if (found := json.loads(text).get("modelPackage", {})).get("ModelPackageArn", "")
        == "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
    )
    assert adopted["ModelPackageDescription"] == "Registered by the pipeline churn-training"
    assert adopted["CustomerMetadataProperties"]["pipeline-execution"] == "churn-training-0001"
    assert adopted["ModelApprovalStatus"] == "Approved"
    assert "churn-pipeline" in adopted["CreatedBy"]["IamIdentity"]["Arn"]


# --- the seed


def test_a_sandbox_that_holds_a_package_is_not_seeded(example: Cli) -> None:
    example.run("apply", "--sandbox", "manifests", "-e", "production").ends(0, SEED)
    again = example.run("plan", "--sandbox", "manifests").ends(0)
    assert SEED not in again.text


def test_a_seed_that_was_cut_short_is_finished(example: Cli) -> None:
    path = example.folder / SEED
    whole = path.read_text("utf-8")
    calls = json.loads(whole)["calls"]
    path.write_text(json.dumps({"calls": calls[:1]}), "utf-8")
    example.run("plan", "--sandbox", "manifests").ends(1, "blocked")
    path.write_text(whole, "utf-8")
    example.run("apply", "--sandbox", "manifests").ends(0, "Apply: 23 applied.")


def test_without_a_seed_the_adopted_version_is_missed_by_name(example: Cli) -> None:
    (example.folder / SEED).unlink()
    example.run("apply", "--sandbox", "manifests", "--name", "churn-1").ends(1, "has no version 1")


def seed(**call: Any) -> str:
    """Return a seed file with one call."""
    return json.dumps({"calls": [call]})


PLACE: dict[str, Any] = {"account": "111111111111", "region": "eu-west-1"}
CREATE = "CreateModelPackageGroup"
BAD_NAME = {"ModelPackageGroupName": "no_such_name!"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read as a seed"),
        ("{}", "nothing under 'calls'"),
        (seed(operation=CREATE), "account and region are missing"),
        (seed(**PLACE, operation="Nothing"), "call 1 (Nothing): no operation of SageMaker"),
        (seed(**PLACE, service="kms", operation=CREATE), "call 1 (CreateModelPackageGroup): no op"),
        (seed(**PLACE, service="x", operation=CREATE), "Unknown service"),
        (seed(**PLACE, operation=CREATE, parameters={}), "Missing required parameter"),
        (seed(**PLACE, operation=CREATE, parameters=BAD_NAME), "failed to satisfy constraint"),
    ],
)
def test_a_wrong_seed_says_which_call_and_why(example: Cli, text: str, words: str) -> None:
    (example.folder / SEED).write_text(text, "utf-8")
    example.run("plan", "--sandbox", "manifests").ends(5, SEED, words, "correct the file")


@pytest.mark.parametrize(
    "setting", [("AWS_PROFILE", "no-such-profile"), ("HTTP_PROXY", "http://127.0.0.1:9")]
)
def test_settings_for_aws_do_not_reach_the_sandbox(example: Cli, setting: tuple[str, str]) -> None:
    env = example.env(None) | dict([setting])
    example.run("plan", "--sandbox", "manifests", env=env).ends(0, "Plan: 13 to create")
