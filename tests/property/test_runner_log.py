"""No text of a manifest or of AWS is a workflow command, on whichever stream it is printed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import telling
from reconciler.cli.step import Step
from reconciler.core.changes import FieldChange
from reconciler.core.drift import KnownDrift
from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import (
    Action,
    Level,
    Note,
    Plan,
    Predecessor,
    Refusal,
    Unmanaged,
    Verb,
)
from reconciler.core.problem import Problem, Severity
from reconciler.engine.drift import classify
from reconciler.errors import ReconcilerError
from reconciler.github.run import Run
from reconciler.render.document import (
    error_document,
    plan_document,
    problems_document,
    report_document,
    to_json,
)
from reconciler.render.drift import drift_lines
from reconciler.render.drift_document import drift_document
from reconciler.render.inert import no_commands_in
from reconciler.render.lines import plain
from reconciler.render.markdown.drift import drift_markdown
from reconciler.render.problems import error_lines, problem_lines
from reconciler.render.report import report_lines
from reconciler.render.text import plan_lines

COMMAND = re.compile(r"::(error|warning)(?: ([^:]*))?::(.*)")
HOSTILE = (
    st.sampled_from(
        [
            "::error::x", "\n::set-output name=x::y", "##[add-mask]x", "\r::stop-commands::z",
            "%0A::add-path::b", "a,b:c=d", "::endgroup::", "\u2028::warning::x", "\x85::x::y",
            "\\n::error::", "%25", "\x0b::error::x", "\x1c::debug::",
        ]
    )
    | st.text(max_size=6)
)  # fmt: skip
TEXTS = st.lists(HOSTILE, min_size=1, max_size=3).map(
    lambda parts: "".join(parts).encode("utf-8", "replace").decode() or "x"
)


def a_plan(text: str) -> Plan:
    """Return a plan that carries a text in every place that comes from outside."""
    where = Location(text, 3, 1)
    change = FieldChange(text, f"Tags.{text}", text, {text: [text]}, Rule.MUTABLE, reason=text)
    codes = ("code", "unknown", "approval-drift", "orphaned-statement", "policy-not-read")
    notes = [Note(level, code, text, text, text) for code in codes for level in Level]
    base = Action(
        ResourceKey("registry", text, text),
        Verb.NONE,
        where,
        (replace(change, where=where),),
        arn=text,
        target=text,
        context=text,
        notes=tuple(notes),
        predecessor=Predecessor(text, (change,)),
        waits_for=text,
        modified_by=text,
        modified_at=text,
    )
    key = base.key
    return Plan(
        (Environment("registry", text, text, text, where),),
        tuple(replace(base, verb=verb) for verb in Verb),
        (Refusal(text, key, where, text, text, text), Refusal(text, None, None, text, text, text)),
        (Unmanaged("registry", text, text), Unmanaged("registry", text, text, text, text)),
        accounts={text: text},
    )


def everything(text: str) -> tuple[list[str], Step]:
    """Return what every renderer makes of a text for stdout, and a step that was told all of it."""
    plan, where = a_plan(text), Location(text, 1, 1)
    key = ResourceKey("registry", text, text)
    problems = [Problem(text, where, text, text, text, text, each) for each in Severity]
    error = ReconcilerError(text, why=text, fix=text, code=text)
    outcomes = tuple(
        Outcome(key, Verb.UPDATE, each, where, text, text, text, text, text, text, (text,))
        for each in Status
    )
    report = Report(replace(plan, refusals=()), outcomes)
    known = KnownDrift(f"{text}/*/*", text, where, reason=text, expires=date(2020, 1, 1))
    drift = classify(plan, [known, replace(known, resource="*", field="*")], today=date(2027, 1, 1))
    shown = [
        plain(plan_lines(plan)),
        plain(report_lines(report)),
        plain(drift_lines(drift)),
        plain(problem_lines(problems)),
        plain(error_lines(error)),
        to_json(plan_document(plan, problems)),
        to_json(report_document(report, problems)),
        to_json(drift_document(drift, problems)),
        to_json(problems_document(problems)),
        to_json(error_document(error)),
        no_commands_in(drift_markdown(drift_document(drift, problems))[0]),
    ]
    step = Step(Run(is_actions=True), prefix="")
    telling.tell_problems(step, problems)
    telling.tell_plan(step, plan, problems)
    telling.tell_report(step, report, problems)
    telling.tell_drift(step, drift, problems)
    telling.tell_error(step, text, error)
    return shown, step


def log(step: Step) -> Iterator[str]:
    """Yield the lines that a step prints; only what it prints by itself, and nothing in between."""
    stream = io.StringIO()
    with redirect_stderr(stream):
        step.finish()
    yield from stream.getvalue().split("\n")[:-1]


@given(TEXTS)
def test_hostile_text_is_no_command(text: str) -> None:
    shown, _ = everything(text)
    for stream in shown:
        for line in re.split(r"[\n\r]", stream):
            assert not line.lstrip().startswith("::"), line
            assert "##[" not in line, line


@given(TEXTS)
def test_annotations_are_our_own_and_decode_to_one_line(text: str) -> None:
    _, step = everything(text)
    lines = list(log(step))
    assert lines
    for line in lines:
        found = COMMAND.fullmatch(line)
        assert found, line
        assert "##[" not in line
        properties = dict(each.split("=", 1) for each in (found[2] or "").split(",") if each)
        assert properties.keys() <= {"file", "line", "col", "title"}
        for part in (*properties.values(), found[3]):
            assert len(unquote(part).splitlines()) <= 1, part


@given(TEXTS)
def test_no_output_of_a_step_sets_another(text: str) -> None:
    _, step = everything(text)
    step.output("plan-path", text)
    names = [
        line.partition("<<")[0] for line in step._output_text().split("\n") if "<<end-" in line
    ]
    assert set(step.outputs) <= set(names)
    rest = step._output_text()
    for name, value in step.outputs.items():
        head, _, rest = rest.partition("\n")
        assert head.startswith(f"{name}<<end-")
        assert rest.startswith(f"{value}\n{head.partition('<<')[2]}\n")
        rest = rest[len(value) + 1 + len(head.partition("<<")[2]) + 1 :]
    assert rest == ""
