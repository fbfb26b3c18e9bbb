"""Texts of others stand in code only: in comments about applies and failed plans, and in issues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_plans import SETTING, outcome
from markdown_reading import OURS, read
from render_plans import a_change, a_plan, a_refusal, an_action
from test_drift_text import everything as all_drift
from test_markdown_parts import HOSTILE, LINKED

from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Verb
from reconciler.errors import ReconcilerError
from reconciler.render.document import error_document, plan_document, report_document
from reconciler.render.drift_document import drift_document
from reconciler.render.markdown import Dialect, EarlyEnd, render_plans
from reconciler.render.markdown.drift import DriftPage, drift_issue, drift_markdown
from reconciler.render.markdown.failure import failure_issue
from reconciler.render.marker import State

MARK = "zq7"  # no plain word: what it is part of is never taken for one of ours
HOME = "https://git.example.org/"
PAGE = DriftPage(SETTING.repository_url, SETTING.run_url)


def drift_texts(text: str) -> Iterator[str]:
    document = drift_document(all_drift(text))
    for dialect in Dialect:
        yield drift_markdown(document, replace(PAGE, dialect=dialect))[0]
    yield drift_issue(document, "registry", PAGE).body


def a_report(text: str, code: str) -> Report:
    """Return the report of an apply in which every status occurs, saying a text in every place."""
    where = Location(f"a/{text}.yaml", 1)
    action = an_action(Verb.APPROVE, a_change("Note", text, "b"), context=text, where=where)
    actions = [
        replace(action, key=ResourceKey("registry", text, f"{number} {text}"))
        for number, _ in enumerate(Status)
    ]
    outcomes = [
        outcome(
            each, status, where=where, why=text, fix=f"{text}\n{text}", remarks=(text,),
            request_id=text, journal=text, arn=text,
        )
        for each, status in zip(actions, Status, strict=True)
    ]  # fmt: skip
    refusals = () if code else (a_refusal(guard=text, what=text, why=text, fix=text),)
    plan = a_plan(*actions, refusals=refusals)
    return Report(plan, tuple(outcomes), interrupted=True, remarks=(text,), code=code)


def apply_texts(text: str) -> Iterator[str]:
    """Yield comments about an apply and about plans that failed, and the issues about both."""
    error = error_document(ReconcilerError(text, why=text, fix=f"{text}\n{text}"))
    ends = [EarlyEnd(error, text), EarlyEnd(error)]
    failed = replace(SETTING, state=State.FAILED)
    for code in ("", "unreviewed", "gate"):
        report = a_report(text, code)
        plan, document = plan_document(report.plan), report_document(report)
        for dialect in Dialect:
            yield render_plans(
                [plan], failed, reports=[document, *ends], unplanned=ends, dialect=dialect
            ).text
        yield failure_issue("registry", document, SETTING.run_url).body
        yield failure_issue("registry", plan, SETTING.run_url).body
    yield render_plans([], replace(SETTING, expected=(text, "x")), unplanned=ends).text
    yield failure_issue(text, error, SETTING.run_url).body


def holds_together(markdown: str) -> None:
    found = read(markdown)
    assert set(found.elements) <= OURS | {"br"}
    assert MARK not in found.outside
    assert not LINKED.search(found.outside)
    assert all(each.startswith(HOME) for each in found.links)
    assert not any(line.lstrip().startswith("::") for line in markdown.splitlines())
    assert "##[" not in markdown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_in_code_only(text: str) -> None:
    for markdown in (*drift_texts(f"{text} {MARK}"), *apply_texts(f"{text} {MARK}")):
        holds_together(markdown)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30), st.sampled_from(list(HOSTILE.values())))
def test_any_text_is_in_code_only(text: str, hostile: str) -> None:
    said = f"{text.encode('utf-8', 'replace').decode()}{MARK}{hostile[:200]}"
    for markdown in (*drift_texts(said), *apply_texts(said)):
        holds_together(markdown)
