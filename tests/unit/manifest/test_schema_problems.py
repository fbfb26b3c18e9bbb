"""Every way in which a manifest can miss its schema: the code, the place, and what to write."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from reconciler.core.codes import CODES
from reconciler.core.problem import Problem
from reconciler.manifest.document import SourceFile
from reconciler.manifest.load import parse

HEAD = """\
apiVersion: reconciler/v1
kind: ModelPackage
metadata: {name: v1}
spec:
  environment: registry
  modelPackageGroup: churn
"""
ENVIRONMENT = """\
---
apiVersion: reconciler/v1
kind: Environment
metadata: {name: registry}
spec: {accountId: "111111111111", region: eu-west-1, owner: acme}
"""


def problems_of(*lines: str) -> tuple[Problem, ...]:
    """Return what is wrong with a version that has some more lines, the first of them line 7."""
    text = HEAD + "".join(f"  {line}\n" for line in lines) + ENVIRONMENT
    return parse([SourceFile("a.yaml", text)]).problems


class Case(NamedTuple):
    lines: tuple[str, ...]
    place: str
    code: str
    what: str
    fix: str


CASES = {
    "text for a mapping with known keys": Case(
        ("approval: Approved",),
        "7:13",
        "E205",
        "a mapping is wanted here, not the text Approved",
        "write a mapping with these keys: status, description",
    ),
    "null for a mapping": Case(
        ("approval: {status: null}",),
        "7:22",
        "E206",
        "null is not one of the values that are allowed here",
        "use Approved, Rejected, PendingManualApproval",
    ),
    "a list for a free mapping": Case(
        ("customerMetadataProperties: [a]",),
        "7:31",
        "E205",
        "a mapping is wanted here, not a list",
        "write a mapping: {key: value}",
    ),
    "a mapping for a list": Case(
        ("additionalInferenceSpecifications: {a: b}",),
        "7:38",
        "E205",
        "a list is wanted here, not a mapping",
        "begin every item with '- '",
    ),
    "a number for text": Case(
        ("task: 0o17",),
        "7:9",
        "E205",
        "a string is wanted here, not the number 0o17",
        'quote it: "0o17"',
    ),
    "a boolean for text": Case(
        ("task: True",),
        "7:9",
        "E205",
        "a string is wanted here, not the boolean True",
        'quote it: "True"',
    ),
    "a boolean for one of some words": Case(
        ("approval: {status: TRUE}",),
        "7:22",
        "E206",
        "the boolean TRUE is not one of the values that are allowed here",
        "use Approved, Rejected, PendingManualApproval",
    ),
    "text for a boolean": Case(
        ("certifyForMarketplace: 'true'",),
        "7:26",
        "E205",
        "true or false is wanted here, not the text 'true'",
        "write true or false, without quotes",
    ),
    "text for a whole number": Case(
        ("version: '3'",),
        "7:12",
        "E205",
        "a whole number is wanted here, not the text '3'",
        "write it without quotes",
    ),
    "a list for a whole number": Case(
        ("version: [3]",),
        "7:12",
        "E205",
        "a whole number is wanted here, not a list",
        "write a whole number",
    ),
    "a number below the least": Case(
        ("version: 0",), "7:12", "E209", "0 is out of range", "use at least 1"
    ),
    "too long a text": Case(
        (f"modelPackageDescription: {'x' * 1025}",),
        "7:28",
        "E208",
        "too long: 1025 characters",
        "use at most 1024 characters",
    ),
    "too short a list": Case(
        ("additionalInferenceSpecifications: []",),
        "7:38",
        "E208",
        "too short",
        "use at least 1 item",
    ),
    "text that the pattern refuses": Case(
        ("samplePayloadUrl: acme/x",),
        "7:21",
        "E207",
        "'acme/x' has a form that is not allowed here",
        "use a URL that begins with s3:// or https://, e.g. s3://acme-models/churn/model.tar.gz",
    ),
    "a line break where the pattern has none": Case(
        ("approval: {status: Approved, description: 'a\n\n    b'}",),
        "7:45",
        "E207",
        "'a\nb' has a form that is not allowed here",
        "write it on one line",
    ),
    "an unknown key with a near one": Case(
        ("sourceURI: https://x",),
        "7:3",
        "E203",
        "unknown key 'sourceURI'",
        "did you mean 'sourceUri'?",
    ),
    "an unknown key without a near one": Case(
        ("approval: {status: Approved, zzz: 1}",),
        "7:32",
        "E203",
        "unknown key 'zzz'",
        "known keys: status, description",
    ),
    "the API's spelling": Case(
        ("ModelCard: {}",),
        "7:3",
        "E203",
        "'ModelCard' is the API's spelling; manifests start with a lower-case letter",
        "write 'modelCard'",
    ),
    "a member that is spelled differently here": Case(
        ("ApprovalDescription: x",),
        "7:3",
        "E203",
        "'ApprovalDescription' is declared differently here",
        "write approval: {status: ..., description: ...}",
    ),
    "a client token": Case(
        ("clientToken: x",),
        "7:3",
        "E203",
        "'clientToken' is declared differently here",
        "remove it: the reconciler chooses the client token",
    ),
    "a missing key": Case(
        ("approval: {description: x}",), "7:3", "E204", "'status' is required", "add status"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_misses_the_schema_is_said_in_our_words(case: Case) -> None:
    (problem,) = problems_of(*case.lines)
    assert str(problem.where) == f"a.yaml:{case.place}"
    assert (problem.code, problem.what, problem.fix) == (case.code, case.what, case.fix)
    assert problem.code in CODES


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_words_of_the_validator_reach_a_user(case: Case) -> None:
    (problem,) = problems_of(*case.lines)
    text = f"{problem.what} {problem.why} {problem.fix}".lower()
    for words in ("pydantic", "input should", "https://errors", "type=", "literal["):
        assert words not in text


CONTAINER = "inferenceSpecification: {{containers: [{{image: x, {}}}]}}"


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        (CONTAINER.format("environment: {PIN: 471147}"), "not a number", "quote it"),
        (CONTAINER.format("environment: {PIN: true}"), "not a boolean", "quote it"),
        (CONTAINER.format("environment: 471147"), "not a number", "write a mapping: {key: value}"),
        (CONTAINER.format("environment: s471147"), "not a text", "write a mapping: {key: value}"),
        (
            CONTAINER.format("environment: {PIN: ~}"),
            "not null",
            "write a text in quotes, or remove",
        ),
        ("modelCard: {modelCardStatus: Draft, modelCardContent: 471147}", "not a number", ""),
    ],
)
def test_what_may_be_a_secret_is_not_repeated(line: str, what: str, fix: str) -> None:
    (problem,) = problems_of(line)
    assert problem.what.endswith(what)
    assert problem.fix.startswith(fix)
    assert "471147" not in f"{problem.what} {problem.why} {problem.fix}"


def test_a_name_that_a_secret_cannot_have_is_repeated() -> None:
    (problem,) = problems_of(CONTAINER.format('environment: {"no name": x}'))
    assert "'no name'" in problem.what


def test_the_reason_names_what_sagemaker_calls_it() -> None:
    (problem,) = problems_of("inferenceSpecification:", "  containers: [{image: 1}]")
    assert problem.path == "spec.inferenceSpecification.containers[0].image"
    assert problem.why == "SageMaker's ModelPackageContainerDefinition.Image is a string"


def test_all_that_is_wrong_with_a_manifest_is_found_at_once() -> None:
    found = problems_of("version: 0", "task: 1", "zzz: 2", "approval: x")
    assert [each.where.line for each in found] == [7, 8, 9, 10]


def test_nothing_is_called_missing_where_a_reference_leads_nowhere() -> None:
    found = problems_of("inferenceSpecification: {ref: nowhere}", "approval: {}")
    assert [(each.code, each.path) for each in found] == [
        ("E301", "spec.inferenceSpecification.ref"),
        ("E204", "spec.approval.status"),
    ]


def test_a_value_that_fits_no_alternative_is_reported_once() -> None:
    text = HEAD.replace("modelPackageGroup: churn", "modelPackageGroup: [churn]") + ENVIRONMENT
    found = parse([SourceFile("a.yaml", text)]).problems
    assert [(str(each.where), each.code, each.path) for each in found] == [
        ("a.yaml:6:22", "E205", "spec.modelPackageGroup")
    ]


def test_no_room_for_more_metadata_is_explained_by_the_markers() -> None:
    keys = ", ".join(f"k{number}: v" for number in range(47))
    (problem,) = problems_of(f"customerMetadataProperties: {{{keys}}}")
    assert (problem.code, problem.fix) == ("E208", "use at most 46 items")
    assert problem.why.endswith("takes 50, and the reconciler's markers are among them")


def test_a_limit_of_the_api_is_said_to_be_one() -> None:
    (problem,) = problems_of(f"modelPackageDescription: {'x' * 1025}")
    assert problem.why == (
        "SageMaker's CreateModelPackageInput.ModelPackageDescription takes no longer text"
    )
