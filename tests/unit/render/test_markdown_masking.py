"""What this run must not show is shown nowhere: given texts, and account ids where asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_plans import SETTING, an_early_end, failed_apply, raw, two_environments, written
from render_plans import a_change, a_plan, an_action, everything
from test_render_safety import a_plan_saying

from reconciler.core.data import MISSING, digest
from reconciler.core.plan import Verb
from reconciler.render.contract import ActionPart, PlanDocument
from reconciler.render.document import plan_document
from reconciler.render.markdown import Setting, render_plans

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
