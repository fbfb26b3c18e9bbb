"""The plan and the report as text."""

from __future__ import annotations

import pytest
from render_plans import (
    FRAGMENT,
    GROUP_ARN,
    a_change,
    a_plan,
    a_refusal,
    an_action,
    an_outcome,
    everything,
    text_of,
)

from reconciler.core.data import MISSING, Value
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Verb
from reconciler.render.lines import plain
from reconciler.render.report import report_lines
from reconciler.render.values import LONGEST

CARDS = ('{"a":1}', '{"a":2}')


EVERYTHING = f"""\
Environment registry  account 111111111111, eu-west-1

  + create ModelPackage churn-v2  new version of group churn
      manifests/churn.yaml:12:3
      + InferenceSpecification:  (manifests/shared/trees.yaml:7:5)
          Containers:
            - Image: "trees:2"
              Environment:
                HF_TOKEN: (sensitive value)
          SupportedContentTypes: ["text/csv"]
      + Tags.team: "growth"
      compared with churn-v1:
        ~ InferenceSpecification.Containers[0].Environment.HF_TOKEN:
               (sensitive value)
            -> (sensitive value)
        - InferenceSpecification.Containers[0].Environment.MODE: (sensitive value)
        ~ InferenceSpecification.Containers[0].Image: "trees:1" -> "trees:2"
        - InferenceSpecification.Containers[1]:
            Image: "post:1"
        - InferenceSpecification.SupportedContentTypes[]: "application/json"

  ~ update ModelPackage updated
      manifests/churn.yaml:12:3
      - Tags.old: "x"

  * approval ModelPackage approved
      manifests/churn.yaml:12:3
      ~ ModelApprovalStatus: "PendingManualApproval" -> "Approved"

  = adopt ModelPackage adopted
      manifests/churn.yaml:12:3
      {GROUP_ARN}

  - delete ModelPackage deleted
      manifests/churn.yaml:12:3

  ! blocked ModelPackage churn-v1
      manifests/churn.yaml:12:3
      ~ ModelCard.ModelCardContent: (sensitive value) -> (sensitive value)
      ~ Image: "a" -> "b"  (manifests/shared/trees.yaml:7:5)
        why: the API has no update
      refused by immutable-edit, see below

  ? unknown ModelPackage unreadable
      manifests/churn.yaml:12:3
      error: cannot be read: denied
        fix: allow ListTags

  . waiting (InProgress) ModelPackage pending
      manifests/churn.yaml:12:3

    unchanged ModelPackage drifted
      manifests/churn.yaml:12:3
      warning: approval was changed outside Git: Approved -> Rejected, last modified by ann
      note: only said

  1 live resource that no manifest declares, left alone:
      ModelPackage {GROUP_ARN}

Refused

  manifests/churn.yaml:12:3: immutable-edit ModelPackage registry/churn-v1: Image cannot change
    why: it is fixed
    fix: add one

  too-many-changes: Image cannot change
    why: it is fixed
    fix: add one

1 resource with errors, see above.
Refused: 2 guard refusals. Nothing is applied.
Plan: 1 to create, 1 to update, 1 approval change, 1 to adopt, 1 to delete, 2 blocked; 3 unchanged.
"""


def test_every_verb_and_note_is_shown() -> None:
    assert text_of(everything()) == EVERYTHING


def test_text_is_deterministic() -> None:
    assert text_of(everything()) == text_of(everything())


def test_no_changes_says_so_and_counts() -> None:
    plan = a_plan(an_action(Verb.NONE), an_action(Verb.NONE, name="b"))
    assert text_of(plan) == "No changes. 2 resources as declared.\n"


def test_a_blocked_plan_is_never_called_unchanged() -> None:
    assert "No changes" not in text_of(a_plan(an_action(Verb.BLOCKED)))


def test_a_place_is_named_only_where_it_adds_something() -> None:
    own = an_action(Verb.UPDATE, a_change(where=an_action().where))
    other = an_action(Verb.UPDATE, a_change(where=FRAGMENT))
    assert text_of(a_plan(own)).count("manifests/") == 1
    assert f"({FRAGMENT})" in text_of(a_plan(other))


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (1, 2, "~ F: 1 -> 2"),
        (True, 1.5, "~ F: true -> 1.5"),
        (MISSING, "", '+ F: ""'),
        (MISSING, [], "+ F: []"),
        (["a"], ["b", "a"], '+ F[]: "b"'),
        (["a", "b"], ["b", "a"], '~ F: ["a", "b"] -> ["b", "a"]'),
        ({"a": 1}, "text", '~ F: {"a": 1} -> "text"'),
        ({"a b": 1}, {"a b": 2}, '~ F["a b"]: 1 -> 2'),
        ([{"x": True}], [{"x": 1}], "~ F[0].x: true -> 1"),
    ],
)
def test_a_difference_is_one_line(before: Value, after: Value, line: str) -> None:
    text = text_of(a_plan(an_action(Verb.UPDATE, a_change("F", before, after))))
    assert f"      {line}\n" in text


def test_long_values_are_cut_around_the_difference_with_size_and_digest() -> None:
    before, after = "x" * 5000 + "old" + "y" * 5000, "x" * 5000 + "new" + "y" * 5000
    text = text_of(a_plan(an_action(Verb.UPDATE, a_change("F", before, after))))
    assert "old" in text
    assert "new" in text
    assert text.count("(10003 characters, sha256:") == 2
    assert max(map(len, text.splitlines())) < LONGEST + 100


def test_a_fix_that_is_a_block_keeps_its_lines() -> None:
    plan = a_plan(an_action(Verb.BLOCKED), refusals=(a_refusal(fix="add:\n  a: 1"),))
    assert "    fix: add:\n           a: 1\n" in text_of(plan)


@pytest.mark.parametrize("status", list(Status))
def test_every_outcome_has_a_line_with_its_status(status: Status) -> None:
    outcome = an_outcome(status, why="because", fix="do this", request_id="id-1")
    text = plain(report_lines(Report(a_plan(an_action()), (outcome,))))
    assert f"  {status.value}" in text
    assert "why: because (request id-1)" in text
    assert ("fix: do this" in text) is (status is not Status.SKIPPED)
    summary = text.splitlines()[-1]
    assert summary.startswith("Apply: ")
    assert f"1 {status.value}" in summary or status is Status.UNCHANGED


def test_report_of_a_second_apply_says_that_there_was_nothing_to_do() -> None:
    done = an_outcome(Status.UNCHANGED, verb=Verb.NONE)
    text = plain(report_lines(Report(a_plan(), (done, done))))
    assert text == "\nApply: nothing to do, 2 unchanged.\n"


def test_report_of_a_refused_plan_says_that_nothing_was_written() -> None:
    plan = a_plan(an_action(Verb.BLOCKED), refusals=(a_refusal(),))
    text = plain(report_lines(Report(plan, (an_outcome(Status.REFUSED),))))
    assert "nothing was written" in text
    assert "1 refused" in text


def test_remarks_are_shown_whatever_became_of_the_action() -> None:
    done = an_outcome(Status.UNCHANGED, verb=Verb.NONE, remarks=("the document grew",))
    assert "      note: the document grew\n" in plain(report_lines(Report(a_plan(), (done,))))


def test_report_of_an_interrupted_run_says_how_to_go_on() -> None:
    report = Report(a_plan(), (an_outcome(Status.SKIPPED),), interrupted=True)
    assert "Run the command again" in plain(report_lines(report))
