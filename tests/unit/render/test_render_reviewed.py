"""A plan document as a review: what its reader has seen, and nothing that is kept secret."""

from __future__ import annotations

from render_plans import PRODUCTION, REGISTRY, a_change, a_plan, an_action, everything

from reconciler.core.data import MISSING, Json
from reconciler.core.plan import Verb
from reconciler.core.review import ReviewedChange, environment_digest, short
from reconciler.render.document import parse_plan_document, plan_document, to_json
from reconciler.render.reviewed import as_shown, review_of


def test_what_is_reviewed_are_the_writing_actions_and_their_places() -> None:
    plan = everything()
    review = review_of(plan_document(plan), "plan.json")
    assert review.digests == {short(action.digest) for action in plan.changes}
    assert review.places == {environment_digest(REGISTRY), environment_digest(PRODUCTION)}
    assert review.sources == ("plan.json",)
    assert [each.verb for each in review.operations] == [each.verb for each in plan.changes]


def test_a_plan_without_changes_is_a_review_too() -> None:
    review = review_of(plan_document(a_plan(an_action(Verb.NONE))), "plan.json")
    assert not review.digests
    assert not review.is_empty


def test_an_action_looks_as_it_does_in_the_plan_that_was_written_and_read_again() -> None:
    plan = everything()
    again = parse_plan_document(to_json(plan_document(plan)))
    seen = {each.digest: each for each in review_of(again, "plan.json").operations}
    assert seen == {each.digest: as_shown(each) for each in plan.changes}


def test_values_are_taken_apart_and_secrets_are_not_shown() -> None:
    spec: Json = {"Images": ["a", "b"], "Environment": {"HF_TOKEN": "s3cr3t"}, "Empty": {}}
    newer: Json = {"Images": ["a", "c"], "Environment": {"HF_TOKEN": "0th3r"}, "Empty": {}}
    action = an_action(
        Verb.UPDATE, a_change("Spec", spec, newer), a_change("Tags.team", MISSING, "growth")
    )
    assert as_shown(action).changes == (
        ReviewedChange("Spec.Images[1]", '"b"', '"c"'),
        ReviewedChange("Spec.Environment.HF_TOKEN", "(sensitive value)", "(sensitive value)"),
        ReviewedChange("Tags.team", "(not set)", '"growth"'),
    )
