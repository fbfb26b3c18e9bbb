"""What a text about plans says, in which order, and what it links to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_plans import (
    HEAD,
    SETTING,
    WIDE,
    an_early_end,
    approval,
    failed_apply,
    in_production,
    outcome,
    place,
    reported,
    revoking,
    two_environments,
    unreviewed_apply,
    whole,
    written,
)
from markdown_reading import OURS, read
from render_plans import a_change, a_plan, a_refusal, an_action, everything

from reconciler import __version__
from reconciler.core.data import MISSING, Json, digest
from reconciler.core.location import Location
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Source, Unmanaged, Verb
from reconciler.core.review import environment_digest, short
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.markdown import Dialect, EarlyEnd, Setting, render_plans, state_of
from reconciler.render.marker import State, parse_marker

EXPECTED = Path(__file__).parent / "expected"
_TOOL = re.compile(f'"tool":"{re.escape(__version__)}"')


def text_of(*plans: PlanDocument, setting: Setting = SETTING, **more: object) -> str:
    return render_plans(plans, setting, **more).text  # type: ignore[arg-type]


def cases() -> dict[str, tuple[tuple[PlanDocument, ...], Setting, Dialect, tuple[object, ...]]]:
    """Return what is compared letter by letter with the files in `expected`."""
    plan, report = failed_apply()
    applied = a_plan(approval())
    done = reported(Report(applied, (outcome(approval(), Status.APPLIED),)))
    unreviewed, refused = unreviewed_apply()
    missing = replace(SETTING, expected=("registry", "production", "training"))
    applying = replace(SETTING, state=State.APPLYING)
    ended = replace(SETTING, state=State.FAILED)
    github, markdown = Dialect.GITHUB, Dialect.MARKDOWN
    return {
        "everything": ((whole(),), SETTING, github, ()),
        "everything-elsewhere": ((whole(),), SETTING, markdown, ()),
        "several-environments": ((two_environments(),), missing, github, ()),
        "applying": ((two_environments(),), applying, github, ()),
        "applied": ((written(applied),), replace(SETTING, state=State.APPLIED), github, (done,)),
        "failed": ((plan,), ended, github, (report,)),
        "failed-elsewhere": ((plan,), ended, markdown, (report,)),
        "not-reviewed": ((unreviewed,), ended, github, (refused,)),
        "ended-early": ((two_environments(),), ended, github, (an_early_end(),)),
    }


@pytest.mark.parametrize("name", cases())
def test_a_text_is_as_expected(name: str, request: pytest.FixtureRequest) -> None:
    plans, setting, dialect, reports = cases()[name]
    found = text_of(*plans, setting=setting, reports=reports, dialect=dialect)
    found = _TOOL.sub('"tool":"…"', found).replace(f"reconcile `{__version__}`", "reconcile `…`")
    path = EXPECTED / f"{name}.md"
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text("utf-8"), "if it is meant: pytest --update-golden"


def test_every_expected_file_is_of_a_case() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(cases())


@pytest.mark.parametrize("name", cases())
def test_texts_are_made_of_known_elements_and_lead_only_home(name: str) -> None:
    plans, setting, dialect, reports = cases()[name]
    found = read(text_of(*plans, setting=setting, reports=reports, dialect=dialect))
    assert set(found.elements) <= OURS
    assert all(each.startswith(SETTING.repository_url + "/") for each in found.links)
    if dialect is Dialect.MARKDOWN:
        assert not {"details", "summary", "sub"} & set(found.elements)
    assert len(found.comments) == 1


def test_what_matters_most_comes_first() -> None:
    text = text_of(written(replace(everything(), actions=(*everything().actions, revoking()))))
    order = [
        "<!-- reconcile:plan",
        "## reconcile plan",
        "**1 to create",
        "> **Refused: 2 guard refusals",
        "> **Destructive: 1 deletion and access taken away by 1 update**",
        "> **Access is widened by 1 change**",
        "> **1 approval change",
        "> **1 warning**",
        "| environment |",
        "| action |",
        "<details>",
        "<sub>head",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_the_marker_names_what_would_be_done_and_where() -> None:
    plan = everything()
    marker = parse_marker(text_of(written(plan)))
    assert marker is not None
    assert marker.digest == plan.digest
    done = [action for action in plan.actions if action.verb is not Verb.NONE]
    assert marker.operations == tuple(short(action.digest) for action in done)
    assert marker.places == tuple(environment_digest(each) for each in plan.environments)
    assert (marker.head, marker.run, marker.attempt) == (HEAD, 7, 1)
    assert not marker.truncated


def test_the_digest_of_several_plans_does_not_depend_on_their_order() -> None:
    one, two = written(a_plan(approval())), two_environments()
    markers = [render_plans(each, SETTING).marker for each in ((one, two), (two, one))]
    assert markers[0].digest == markers[1].digest == digest(sorted([one.digest, two.digest]))


def test_the_text_of_a_merged_plan_goes_on_saying_what_was_reviewed() -> None:
    plan, report = failed_apply()
    reviewed = render_plans([two_environments()], SETTING).marker
    setting = replace(SETTING, state=State.FAILED, head="f" * 40, reviewed=reviewed)
    marker = parse_marker(text_of(plan, setting=setting, reports=[report]))
    assert marker is not None
    assert marker.operations == reviewed.operations
    assert (marker.places, marker.digest) == (reviewed.places, reviewed.digest)
    assert (marker.head, marker.state) == (HEAD, State.FAILED)


def test_too_many_operations_are_not_listed() -> None:
    actions = [an_action(Verb.DELETE, name=f"v{number}") for number in range(201)]
    assert render_plans([written(a_plan(*actions))], SETTING).marker.operations is None
    assert render_plans([written(a_plan(*actions[:200]))], SETTING).marker.operations is not None


def test_no_changes_are_one_line_besides_title_and_footer() -> None:
    live = Unmanaged("registry", "ModelPackage", "arn")
    text = text_of(written(a_plan(an_action(Verb.NONE), unmanaged=(live,))), marker=False)
    title, body, footer = text.strip().split("\n\n")
    assert title == "## reconcile plan · `registry` · no changes"
    assert body == (
        "**No changes.** 1 resource as declared. "
        "1 live resource that no manifest declares, left alone."
    )
    assert footer.startswith("<sub>head ")
    assert "applies after merge" not in footer


def test_nothing_selected_does_not_look_like_agreement() -> None:
    assert "Nothing was selected." in text_of(written(a_plan()))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.PLANNED, "## reconcile plan · `registry` · 1 change\n"),
        (State.APPLYING, "## reconcile apply · `registry` · applying\n"),
        (State.APPLIED, "## reconcile apply · `registry` · applied\n"),
        (State.FAILED, "## reconcile apply · `registry` · failed\n"),
        (State.SUPERSEDED, "## reconcile plan · `registry` · superseded\n"),
    ],
)
def test_the_title_says_how_far_things_are(state: State, words: str) -> None:
    text = text_of(written(a_plan(approval())), setting=replace(SETTING, state=state))
    assert words in text
    assert ("applies after merge to `main`" in text) == (state is State.PLANNED)


def test_the_title_of_a_plan_that_cannot_be_applied_says_so() -> None:
    refused = written(a_plan(approval(), refusals=(a_refusal(),)))
    assert "· refused\n" in text_of(refused)
    assert "applies after merge" not in text_of(refused)
    assert "· blocked\n" in text_of(written(a_plan(an_action(Verb.BLOCKED))))
    missing = replace(SETTING, expected=("elsewhere",))
    assert "· failed\n" in text_of(written(a_plan(approval())), setting=missing)


def test_the_title_names_the_key_where_there_is_one() -> None:
    text = text_of(written(a_plan(approval())), setting=replace(SETTING, key="eu-only"))
    assert "## reconcile plan · `eu-only` · 1 change\n" in text


def test_the_title_names_some_of_many_environments() -> None:
    names = [f"e{number}" for number in range(6)]
    plan = written(a_plan(environments=tuple(place(each) for each in names)))
    assert "· `e0`, `e1`, `e2`, 3 more ·" in text_of(plan)


def test_places_link_to_the_line_at_the_head_commit() -> None:
    where = Location("mani fests/ü.yaml", 3, 1)
    source = Source(HEAD, dirty=False, prefix="ml/")
    text = text_of(written(a_plan(approval(where=where), source=source)))
    address = f"{SETTING.repository_url}/blob/{HEAD}/ml/mani%20fests/%C3%BC.yaml#L3"
    assert f"[`mani fests/ü.yaml:3`]({address})" in text


@pytest.mark.parametrize("path", ["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "a\\b.yaml", ""])
def test_places_outside_of_the_repository_are_not_linked(path: str) -> None:
    text = text_of(written(a_plan(approval(where=Location(path, 3, 1)))))
    assert "/blob/" not in text
    assert f"{path}:3`" in text


@pytest.mark.parametrize(
    "setting",
    [
        replace(SETTING, head=""),
        replace(SETTING, head="main"),
        replace(SETTING, repository_url=""),
        replace(SETTING, repository_url="javascript:x"),
    ],
)
def test_without_repository_and_commit_places_are_not_linked(setting: Setting) -> None:
    assert "/blob/" not in text_of(written(a_plan(approval())), setting=setting)


def test_diffs_have_their_sign_in_the_first_column() -> None:
    added = "- a\n+ b\n# c"
    text = text_of(
        written(
            a_plan(
                an_action(
                    Verb.UPDATE,
                    a_change("Description", "one\ntwo\nthree\n", "one\n2\nthree\n"),
                    a_change("Note", MISSING, added),
                    a_change("Tags.a", "x", "y"),
                    a_change("Tags.b", "x", MISSING),
                )
            )
        )
    )
    assert (
        "```diff\n"
        "  Description:\n"
        "    one\n"
        "-   two\n"
        "+   2\n"
        "    three\n"
        "    \n"
        "+ Note:\n"
        "+   - a\n"
        "+   + b\n"
        "+   # c\n"
        '- Tags.a: "x"\n'
        '+ Tags.a: "y"\n'
        '- Tags.b: "x"\n'
        "```"
    ) in text


def test_far_apart_changes_of_a_long_text_are_shown_with_their_surroundings_only() -> None:
    before = "\n".join(f"line {number}" for number in range(60))
    after = before.replace("line 5\n", "line five\n").replace("line 50\n", "line fifty\n")
    text = text_of(written(a_plan(an_action(Verb.UPDATE, a_change("Note", before, after)))))
    assert "    line 2\n    line 3\n    line 4\n-   line 5\n+   line five\n    line 6\n" in text
    assert "\n    …\n    line 47\n" in text
    assert "line 30" not in text


def test_very_long_texts_are_not_compared_line_by_line_but_counted() -> None:
    before = "\n".join(f"line {number}" for number in range(1000))
    action = an_action(Verb.UPDATE, a_change("Note", before, before.replace("9", "nine")))
    rendered = render_plans([written(a_plan(action))], SETTING)
    assert "more lines\n```" in rendered.text
    assert rendered.truncated
    assert "parts of 1 long diff" in rendered.text


def test_line_ends_that_differ_are_seen() -> None:
    action = an_action(Verb.UPDATE, a_change("Note", "a\r\nb", "a\nb"))
    assert "-   a\\r\n+   a\n    b\n" in text_of(written(a_plan(action)))


def test_a_secret_that_changes_is_said_to_and_not_shown() -> None:
    spec: Json = {"Containers": [{"Environment": {"HF_TOKEN": "s3cr3t"}, "Image": "a"}]}
    other: Json = {"Containers": [{"Environment": {"HF_TOKEN": "0th3r"}, "Image": "a"}]}
    action = an_action(
        Verb.UPDATE,
        a_change("InferenceSpecification", spec, other),
        a_change("ModelCard", "one", "two", sensitive=True),
        a_change("Tags.password", MISSING, "hunter2"),
    )
    text = text_of(written(a_plan(action)))
    assert "! InferenceSpecification: differs in a value that is not shown" in text
    assert "! ModelCard: differs in a value that is not shown" in text
    assert "+ Tags.password: (sensitive value)" in text
    for secret in ("s3cr3t", "0th3r", "hunter2"):
        assert secret not in text


def test_who_writes_the_words_for_a_secret_gets_quotes() -> None:
    action = an_action(Verb.UPDATE, a_change("Note", "a", "(sensitive value)"))
    assert '+ Note: "(sensitive value)"' in text_of(written(a_plan(action)))


def test_few_lines_are_unfolded_and_many_are_not() -> None:
    plan = written(a_plan(approval()))
    assert "<details open>" in text_of(plan)
    assert "<details open>" in text_of(plan, setting=replace(SETTING, expand_lines=2))
    assert "<details open>" not in text_of(plan, setting=replace(SETTING, expand_lines=1))


def test_sections_are_below_their_environment_once() -> None:
    text = text_of(two_environments())
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == ["`registry`", "`production`"]


def test_a_missing_environment_is_a_row_and_an_error() -> None:
    text = text_of(setting=replace(SETTING, expected=("production", "training")))
    assert "> **2 plans missing**" in text
    text = text_of(written(a_plan()), setting=replace(SETTING, expected=("registry", "production")))
    assert "| `production` | **plan failed, see the job** |" in text
    assert "> **1 plan missing**" in text
    assert "`production`: there is no plan" in text


def test_widened_access_is_told_in_words() -> None:
    text = text_of(written(a_plan(an_action(Verb.UPDATE, a_change("Tags.a"), notes=(WIDE,)))))
    assert ">   - lets `333333333333` (production) call `ecr:BatchGetImage`\n" in text


def test_the_verdict_is_beside_each_operation_of_an_apply() -> None:
    plan, report = failed_apply()
    text = text_of(plan, setting=replace(SETTING, state=State.FAILED), reports=[report])
    assert "Outcome: **2 applied, 1 stale, 1 skipped, 1 failed**." in text
    assert "| create | ModelPackage `churn` | new | applied |" in text
    assert "> **1 change failed**" in text
    assert "(request `r-1`)" in text
    assert "  - fix: allow it to the role" in text
    assert "> **2 changes not made**" in text
    assert "the text before is in `.reconciler/journal/registry/1.json`" in text
    assert "note: the policy was put twice" in text


def test_what_was_reported_and_not_planned_is_shown_too() -> None:
    _, report = failed_apply()
    text = text_of(reports=[report], setting=replace(SETTING, state=State.FAILED))
    assert "| approval | ModelPackage `churn-v1` |" in text
    assert "> **1 change failed**" in text
    assert render_plans([], SETTING, reports=[report]).marker.digest == report.plan_digest


def test_an_interrupted_apply_says_so() -> None:
    report = reported(
        Report(a_plan(approval()), (outcome(approval(), Status.APPLIED),), interrupted=True)
    )
    text = text_of(written(a_plan(approval())), reports=[report])
    assert "the apply was interrupted in `registry`" in text


def test_a_refused_apply_says_why_once() -> None:
    plan = a_plan(approval(), refusals=(a_refusal(),))
    report = reported(Report(plan, (outcome(approval(), Status.REFUSED, why="a guard"),)))
    text = text_of(written(plan), reports=[report])
    assert text.count("`immutable-edit`") == 1
    assert "> **Refused: 1 guard refusal, so nothing is applied**" in text


def test_one_resource_may_have_several_actions_with_an_outcome_each() -> None:
    create = an_action(Verb.CREATE, a_change("Tags.a", MISSING, "b"))
    plan = a_plan(create, approval())
    outcomes = (outcome(create, Status.APPLIED), outcome(approval(), Status.FAILED, why="no"))
    text = text_of(written(plan), reports=[reported(Report(plan, outcomes))])
    assert "| create | ModelPackage `churn-v1` | new | applied |" in text
    approved = "`PendingManualApproval` → `Approved`"
    assert f"| approval | ModelPackage `churn-v1` | {approved} | failed |" in text


def a_report(*statuses: Status, interrupted: bool = False) -> ReportDocument:
    actions = [approval(f"v{number}") for number, _ in enumerate(statuses)]
    outcomes = [outcome(*pair) for pair in zip(actions, statuses, strict=True)]
    return reported(Report(a_plan(*actions), tuple(outcomes), interrupted))


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([], State.PLANNED),
        ([a_report(Status.APPLIED, Status.UNCHANGED, Status.WAITING)], State.APPLIED),
        ([a_report(Status.APPLIED), a_report(Status.FAILED)], State.FAILED),
        ([a_report(Status.STALE)], State.FAILED),
        ([a_report(Status.SKIPPED)], State.FAILED),
        ([a_report(Status.APPLIED, interrupted=True)], State.FAILED),
        ([a_report(Status.APPLIED), an_early_end()], State.FAILED),
    ],
)
def test_the_state_follows_from_the_reports(
    reports: list[ReportDocument | EarlyEnd], state: State
) -> None:
    assert state_of(reports) is state


def test_names_are_unique_where_there_are_several_environments() -> None:
    text = text_of(two_environments())
    assert "ModelPackage `registry/churn-v1`" in text
    assert "ModelPackage `production/churn-v1`" in text
    one = text_of(written(a_plan(in_production(approval(), "x"), environments=())))
    assert "ModelPackage `x`" in one


@pytest.mark.parametrize(
    ("code", "words"), [("unreviewed", "was reviewed"), ("gate", "the approver was shown")]
)
def test_an_apply_that_is_not_what_was_reviewed_says_what_differs(code: str, words: str) -> None:
    plan, report = unreviewed_apply(code)
    text = text_of(plan, setting=replace(SETTING, state=State.FAILED), reports=[report])
    assert f"> **Not what {words}: 2 changes, so nothing is applied**" in text
    difference = 'ApprovalDescription: reviewed "a" -> "b"; now "a" -> "c d"'
    assert f">   - `{difference}`\n>   - and 2 more fields\n" in text
    assert f"  - `{difference}`\n  - and 2 more fields\n  - why: it was reviewed" in text
    assert text.count("> To go on: plan again") == 1
    assert "nothing of it was applied" in text
    assert "running the job again" not in text
    assert "not made" not in text  # the rest is in the table: its one reason is told already
    assert "| delete | ModelPackage `old` |  | skipped |" in text


def test_what_a_report_says_of_its_run_is_a_note_near_the_top() -> None:
    plan, report = unreviewed_apply()
    text = text_of(plan, setting=replace(SETTING, state=State.FAILED), reports=[report])
    assert "> [!NOTE]\n> **2 notes on this apply**\n" in text
    assert "> - pull request `#12`: its plan is not of its last commit\n" in text
    assert text.index("notes on this apply") < text.index("> **Destructive")
    done = reported(Report(a_plan(), (), remarks=("already done: approval churn-v1",)))
    settled = text_of(
        written(a_plan()), reports=[done], setting=replace(SETTING, state=State.APPLIED)
    )
    assert "> - already done: approval `churn-v1`\n" in settled


def test_a_refusal_does_not_hide_what_failed_in_another_environment() -> None:
    here = approval(refused := "refused")
    refusing = Report(
        a_plan(here, refusals=(a_refusal(),)), (outcome(here, Status.REFUSED, why="a guard"),)
    )
    there = in_production(approval(), "broken")
    failing = Report(a_plan(there), (outcome(there, Status.FAILED, why="no leave"),))
    text = text_of(reports=[reported(refusing), reported(failing)])
    assert "> - **failed**: approval of ModelPackage `production/broken`" in text
    assert f"> - **refused**: approval of ModelPackage `registry/{refused}`" not in text


def test_what_does_not_change_is_named_where_it_is_wanted() -> None:
    actions = [an_action(Verb.NONE, name=f"same-{number}") for number in range(3)]
    wanted = replace(SETTING, list_unchanged=True)
    for more in ((), (approval(),)):
        plan = written(a_plan(*actions, *more))
        text = text_of(plan, setting=wanted)
        assert (
            "<details><summary>3 unchanged resources</summary>\n\n"
            "- ModelPackage: `same-0`, `same-1`, `same-2`\n\n</details>\n\n<sub>"
        ) in text
        assert "same-" not in text_of(plan)
        assert "3 " in text_of(plan)


def test_what_changes_in_a_policy_is_counted_and_not_named_by_our_ids() -> None:
    text = text_of(written(a_plan(revoking())))
    row = "| update | BucketPolicy `acme-models` | 1 statement removed, 1 statement added |"
    assert row in text


def test_the_environments_table_has_no_empty_columns() -> None:
    text = text_of(two_environments())
    assert "| environment | account | region | update | approval | delete | unchanged |" in text
