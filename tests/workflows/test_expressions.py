"""The harness's own expressions: a condition of a workflow means here what it means on GitHub."""

from __future__ import annotations

from pathlib import Path

import pytest
from expressions import (
    Data,
    Status,
    UnknownExpressionError,
    evaluate,
    filled,
    holds,
    value_of,
)
from workflow_runner import written_outputs

CONTEXT: dict[str, Data] = {
    "github": {"event_name": "push", "event": {"number": 7, "pull_request": None}},
    "needs": {"plan": {"result": "success", "outputs": {"count": "0", "matrix": '{"a": [1]}'}}},
    "matrix": {"planRole": "", "region": "eu-west-1"},
    "inputs": {"plan-role": "arn:role", "all": False},
}
FINE, FAILED, SKIPPED = Status(), Status(failed=True), Status(skipped=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name", "push"),
        ("github.event.number", 7),
        ("github.event.pull_request.head.sha", None),
        ("matrix.planRole || inputs.plan-role", "arn:role"),
        ("matrix.region || inputs.plan-role", "eu-west-1"),
        ("needs.plan.outputs.count != '0'", False),
        ("github.event_name == 'PUSH'", True),
        ("'' == null", True),
        ("0 == '0'", True),
        ("'it''s'", "it's"),
        ("!(true && false) || false", True),
        ("true || false && false", True),
        ("inputs.all", False),
        ("fromJSON(needs.plan.outputs.matrix).a", None),
    ],
)
def test_values(text: str, value: Data) -> None:
    if text.startswith("fromJSON"):
        with pytest.raises(UnknownExpressionError):
            evaluate(text, CONTEXT, FINE)
    else:
        assert evaluate(text, CONTEXT, FINE) == value


@pytest.mark.parametrize("text", ["secrets.X", "hashFiles('a')", "github.", "a b", "'open", "1 +"])
def test_what_the_harness_does_not_know_is_an_error(text: str) -> None:
    with pytest.raises((UnknownExpressionError, ValueError)):
        evaluate(text, CONTEXT, FINE)


@pytest.mark.parametrize(
    ("condition", "status", "runs"),
    [
        (None, FINE, True),
        (None, FAILED, False),
        (None, SKIPPED, False),
        ("needs.plan.result == 'success'", FINE, True),
        ("needs.plan.result == 'success'", SKIPPED, False),
        ("always() && needs.plan.result == 'success'", FAILED, True),
        ("${{ !cancelled() && true }}", SKIPPED, True),
        ("failure()", FAILED, True),
        ("failure()", FINE, False),
    ],
)
def test_without_a_status_function_a_condition_asks_for_success(
    condition: str | None, status: Status, runs: bool
) -> None:
    assert holds(condition, CONTEXT, status) is runs


def test_a_whole_expression_keeps_its_type_and_a_part_becomes_text() -> None:
    assert value_of("${{ fromJSON(needs.plan.outputs.matrix) }}", CONTEXT) == {"a": [1]}
    assert filled("n${{ github.event.number }}-${{ inputs.all }}", CONTEXT) == "n7-false"


def test_outputs_are_read_in_both_forms(tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text("a=1\nb<<END\nx\n\ny=z\nEND\nc=\n")
    assert dict(written_outputs(file)) == {"a": "1", "b": "x\n\ny=z", "c": ""}
