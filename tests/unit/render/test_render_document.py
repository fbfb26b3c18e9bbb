"""The JSON contract: what is written can be read, validates, and cannot be forged quietly."""

from __future__ import annotations

import json

import jsonschema
import pytest
from render_plans import HERE, a_plan, a_refusal, an_action, an_outcome, everything

from reconciler import __version__
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Verb
from reconciler.core.problem import Problem, Severity
from reconciler.errors import InvalidInputError, StaleError
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.document import (
    error_document,
    parse_plan_document,
    parse_report_document,
    plan_document,
    problems_document,
    report_document,
    to_json,
)
from reconciler.shapes.json_schema import json_schema

WARNING = Problem("W402", HERE, "spec", "movable tag", severity=Severity.WARNING)
ERROR = Problem("E204", HERE, "spec", "missing", "why", "fix")


def a_report() -> Report:
    outcomes = tuple(
        an_outcome(status, why="w", arn="arn", remarks=("r",), previous="{}") for status in Status
    )
    return Report(everything(), outcomes, interrupted=True)


def test_a_plan_comes_back_as_it_was_written() -> None:
    document = plan_document(everything(), [WARNING])
    assert parse_plan_document(to_json(document)) == document


def test_a_report_comes_back_as_it_was_written() -> None:
    document = report_document(a_report(), [WARNING])
    assert parse_report_document(to_json(document)) == document


def test_documents_validate_against_their_published_schemas() -> None:
    pairs = (
        (plan_document(everything(), [WARNING]), PlanDocument),
        (report_document(a_report()), ReportDocument),
    )
    for document, model in pairs:
        jsonschema.validate(json.loads(to_json(document)), json_schema(model))


def test_a_plan_says_everything_that_text_says() -> None:
    data = json.loads(to_json(plan_document(everything(), [WARNING])))
    assert data["document"] == "plan"
    assert data["formatVersion"] == "1"
    assert data["toolVersion"] == __version__
    assert data["commit"] == "0123abc"
    assert [each["name"] for each in data["environments"]] == ["production", "registry"]
    assert {each["verb"] for each in data["actions"]} == {verb.value for verb in Verb}
    assert data["actions"][0]["resource"]["name"] == "churn-v2"
    assert data["actions"][0]["where"] == {"path": HERE.path, "line": 12, "column": 3}
    assert data["actions"][0]["predecessor"]["changes"]
    assert data["summary"] == {
        "create": 1,
        "update": 1,
        "approve": 1,
        "adopt": 1,
        "delete": 1,
        "blocked": 2,
        "unchanged": 3,
        "refusals": 2,
    }
    assert data["warnings"][0]["code"] == "W402"
    assert data["unmanaged"][0]["kind"] == "ModelPackage"


def test_a_report_counts_every_status() -> None:
    data = json.loads(to_json(report_document(a_report())))
    assert data["summary"] == {status.value: 1 for status in Status}
    assert data["interrupted"] is True
    assert data["planDigest"] == everything().digest


def test_problems_are_sorted_said_once_and_valid_only_without_errors() -> None:
    document = problems_document([ERROR, WARNING, ERROR])
    assert [each.code for each in document.problems] == ["E204", "W402"]
    assert not document.valid
    assert problems_document([WARNING]).valid


def test_an_error_carries_its_exit_code() -> None:
    document = error_document(StaleError("what", why="why", fix="fix"))
    assert (document.what, document.why, document.fix, document.exit_code) == (
        "what",
        "why",
        "fix",
        3,
    )


def _changed(**changes: object) -> str:
    return json.dumps(json.loads(to_json(plan_document(everything()))) | changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "no plan of the reconciler"),
        ("{}", "no plan of the reconciler"),
        (to_json(report_document(a_report())), "no plan of the reconciler"),
        (_changed(formatVersion="2"), 'format version "2"'),
        (_changed(formatVersion=1), "format version 1"),
        (_changed(digest="sha256:abc"), "damaged"),
        (_changed(actions="none"), "damaged"),
        (_changed(surprise=1), "damaged"),
        (_changed(actions=[]), "was edited"),
        (_changed(digest="sha256:" + "0" * 64), "was edited"),
    ],
)
def test_what_is_no_plan_is_refused_in_clear_words(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_plan_document(text)
    assert words in caught.value.what
    assert "reconcile plan --out" in caught.value.fix


def test_an_action_that_is_added_to_a_plan_is_noticed() -> None:
    data = json.loads(to_json(plan_document(a_plan(an_action()))))
    data["actions"].append(data["actions"][0] | {"digest": "sha256:" + "1" * 64})
    with pytest.raises(InvalidInputError):
        parse_plan_document(json.dumps(data))


def test_reasons_are_given_only_where_an_edit_is_refused() -> None:
    data = json.loads(to_json(plan_document(everything())))
    reasons = {
        action["verb"]: [change["reason"] for change in action["changes"]]
        for action in data["actions"]
        if any(change["reason"] for change in action["changes"])
    }
    assert list(reasons) == ["blocked"]


def test_a_refusal_about_the_whole_plan_names_no_resource() -> None:
    plan = a_plan(refusals=(a_refusal(key=None, where=None),))
    refusal = plan_document(plan).refusals[0]
    assert refusal.resource is None
    assert refusal.where is None
