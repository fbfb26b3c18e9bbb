"""What this run must not show is shown nowhere: given texts, and account ids where asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_plans import (
    SETTING,
    an_early_end,
    approval,
    failed_apply,
    many,
    outcome,
    raw,
    reported,
    two_environments,
    whole,
    written,
)
from render_plans import a_change, a_plan, an_action, everything
from test_drift_text import a_report as a_drift_report
from test_drift_text import an_item
from test_render_safety import a_plan_saying

from reconciler.core.data import MISSING, Json, digest
from reconciler.core.drift import DriftClass
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Verb
from reconciler.render.contract import ActionPart, PlanDocument
from reconciler.render.document import plan_document
from reconciler.render.drift_document import drift_document
from reconciler.render.markdown import Setting, render_plans
from reconciler.render.markdown.drift import DriftPage, drift_issue, drift_markdown
from reconciler.render.markdown.failure import failure_issue
from reconciler.render.markdown.masking import masked
from reconciler.render.markdown.setting import Hiding
from reconciler.render.text import plan_lines

HIDDEN = "hunter2|`<&\"'é\\n\n</details>"
PRINCIPALS = ["333333333333", "arn:aws:iam::333333333333:role/deploy"]
IMAGE = "444444444444.dkr.ecr.eu-west-1.amazonaws.com/churn@sha256:" + "0123456789ab" * 5 + "0123"


def text_of(plan: PlanDocument, **more: object) -> str:
    setting: Setting = replace(SETTING, **more)  # type: ignore[arg-type]
    return render_plans([plan], setting).text


def test_hidden_texts_are_masked_wherever_they_stand() -> None:
    plan = written(a_plan_saying(f"a {HIDDEN} b"))
    assert "hunter2" in text_of(plan)
    text = text_of(plan, hidden=frozenset({HIDDEN}))
    assert "hunter2" not in text
    assert "a (sensitive value) b" in text


@given(st.text(min_size=6, max_size=30))
def test_no_hidden_text_survives_escaping_or_shortening(secret: str) -> None:
    secret = f"~{secret}~"
    plan = plan_document(a_plan_saying("x" * 150 + secret))
    whole = text_of(plan, hidden=frozenset({secret}))
    for shown in (secret, raw(secret), secret.replace("\n", "\\n")):
        assert shown not in whole
    assert "~" not in whole.replace("~~~", "")


def test_digests_stay_those_of_the_real_values() -> None:
    plan = written(everything())
    plain = render_plans([plan], SETTING).marker
    masked = replace(SETTING, mask_accounts=True, hidden=frozenset({"churn"}))
    assert render_plans([plan], masked).marker == plain


def test_accounts_keep_their_last_four_digits_where_asked() -> None:
    action = an_action(
        Verb.UPDATE,
        a_change("Image", IMAGE, IMAGE.replace("churn", "fraud")),
        a_change("Statement.Smr", MISSING, {"Principal": {"AWS": PRINCIPALS}}),
        a_change("Bucket", "sagemaker-eu-west-1-555555555555", "models_666666666666_x"),
        a_change("Number", 777777777777, 7),
        arn="arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1",
    )
    plan = written(a_plan(action, accounts={"333333333333": "production"}))
    text = text_of(plan, mask_accounts=True)
    for digit in "1234567":
        assert digit * 12 not in text
    for shown in (
        '"********3333 (production)"',
        '"arn:aws:iam::********3333:role/deploy (production)"',
        "********4444.dkr.ecr",
        "sagemaker-eu-west-1-********5555",
        "models_********6666_x",
        "********7777",
        "In account `********1111`, `eu-west-1`",
        "0123456789ab" * 5,
    ):
        assert shown in text


def test_accounts_are_shown_unless_asked() -> None:
    assert "In account `111111111111`" in text_of(written(a_plan(an_action())))


def test_reports_and_early_ends_are_masked_too() -> None:
    plan, report = failed_apply()
    setting = replace(SETTING, mask_accounts=True, hidden=frozenset({"AccessDenied", "role"}))
    text = render_plans([plan], setting, reports=[report, an_early_end()]).text
    assert "444444444444" not in text
    assert "********4444" in text
    assert "AccessDenied" not in text


def test_names_of_environments_are_masked_in_title_and_rows() -> None:
    setting = replace(SETTING, hidden=frozenset({"production"}), expected=("production",))
    assert "production" not in render_plans([two_environments()], setting).text


@pytest.mark.parametrize("hidden", [frozenset[str](), frozenset({""}), frozenset({"not in it"})])
def test_nothing_hidden_changes_nothing(hidden: frozenset[str]) -> None:
    plan = two_environments()
    assert text_of(plan, hidden=hidden) == text_of(plan)


def test_a_hand_made_document_is_searched_for_credentials_as_well() -> None:
    secret = "ghp_" + "a1" * 18
    document = plan_document(a_plan(an_action(name="x")))
    action: ActionPart = document.actions[0].model_copy(
        update={"context": secret, "arn": secret, "verb": Verb.ADOPT}
    )
    changed = document.model_copy(update={"actions": (action,), "digest": digest([])})
    assert secret not in text_of(changed)


def test_what_says_nothing_hidden_is_not_made_anew() -> None:
    plan = many(100)
    changed = masked(plan, Hiding(accounts=True), {})
    assert changed.environments[0].account_id == "********1111"
    same = [before is after for before, after in zip(plan.actions, changed.actions, strict=True)]
    assert same == [not any("333333333333" in note.text for note in e.notes) for e in plan.actions]
    assert masked(plan, Hiding(frozenset({"not in it"})), {}) is plan


@pytest.mark.parametrize("name", ["digest", "document", "verb", "before"])
def test_members_of_values_are_masked_whatever_they_are_called(name: str) -> None:
    action = an_action(Verb.UPDATE, a_change("Spec", {name: "hunter2"}, {name: "444444444444"}))
    text = text_of(written(a_plan(action)), hidden=frozenset({"hunter2"}), mask_accounts=True)
    assert "hunter2" not in text
    assert "********4444" in text


@pytest.mark.parametrize("word", ["warning", "create", "mutable", "sha256", "ModelPackage"])
def test_words_of_ours_may_be_secrets_of_others(word: str) -> None:
    hiding = Hiding(frozenset({word}), accounts=True)
    document = masked(whole(), hiding, {})
    assert PlanDocument.model_validate_json(document.model_dump_json(by_alias=True)) == document


def test_principals_have_the_name_of_their_environment_as_in_text() -> None:
    statement: Json = {
        "Effect": "Allow",
        "Principal": {"AWS": PRINCIPALS},
        "Action": "s3:GetObject",
    }
    accounts = {"333333333333": "production"}
    plan = a_plan(
        an_action(Verb.UPDATE, a_change("Statement.Smr", MISSING, statement)), accounts=accounts
    )
    text = "".join(span.text for line in plan_lines(plan) for span in line)
    for shown in (
        '"333333333333 (production)"',
        '"arn:aws:iam::333333333333:role/deploy (production)"',
    ):
        assert shown in text
        assert shown in text_of(written(plan))
        assert shown.replace("33333333333", "********333") in text_of(
            written(plan), mask_accounts=True
        )


HIDING = Hiding(frozenset({"hunter2", "production"}), accounts=True)


def test_drift_is_masked_in_issues_and_summaries() -> None:
    item = an_item(
        DriftClass.CHANGED,
        what="hunter2 was here",
        arn="arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1",
        changes=(
            a_change("Statement.Smr", {"Principal": {"AWS": PRINCIPALS}}, "hunter2"),
            a_change("Tags.bucket", "models_666666666666_x", "other"),
        ),
    )
    document = drift_document(a_drift_report(item, accounts={"333333333333": "training"}))
    page = DriftPage(hiding=HIDING)
    issue = drift_issue(document, "registry", page)
    for text in (issue.body, drift_markdown(document, page)[0]):
        assert "hunter2" not in text
        for digit in "136":
            assert digit * 12 not in text
        assert "account `********1111`" in text
        assert '"********3333 (training)"' in text
    assert issue.digest == drift_issue(document, "registry").digest
    assert '"333333333333 (training)"' in drift_issue(document, "registry").body


def test_failures_are_masked_in_title_summary_and_body() -> None:
    plan = a_plan(approval())
    why = "hunter2: no role in a666666666666 or 444444444444"
    report = reported(Report(plan, (outcome(approval(), Status.FAILED, why=why),)))
    issue = failure_issue("registry", report, hiding=HIDING, accounts={"666666666666"})
    for hidden in ("hunter2", "666666666666", "444444444444"):
        assert hidden not in issue.body
    assert "********4444" in issue.body
    early = failure_issue("production", an_early_end().error, hiding=HIDING)
    for text in (early.title, early.body, early.summary):
        assert "444444444444" not in text
        assert "production" not in text
