"""The review rule, row by row of its table: a plan is applied if all of it was reviewed, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

import pytest
from builders import an_environment, package_key
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING, Value
from reconciler.core.fields import Rule
from reconciler.core.location import Location
from reconciler.core.plan import Action, Level, Note, Plan, Verb
from reconciler.core.review import Review, environment_digest, short
from reconciler.engine.review import GATE, UNREVIEWED, OnUnreviewed, Terms, Verdict, judge_review
from reconciler.render.document import plan_document
from reconciler.render.reviewed import as_shown, review_of

HERE = Location("churn.yaml", 3)
PLACE = an_environment()


def change(before: Value, after: Value, path: str = "ModelApprovalStatus") -> FieldChange:
    return FieldChange(path.split(".", maxsplit=1)[0], path, before, after, Rule.MUTABLE)


def action(name: str, verb: Verb = Verb.APPROVE, *changes: FieldChange) -> Action:
    return Action(package_key(name), verb, HERE, changes or (change("Pending", "Approved"),))


V1, V2, V3 = action("v1"), action("v2"), action("v3", Verb.CREATE)


def a_plan(*actions: Action) -> Plan:
    return Plan((PLACE,), actions)


def reviewed(*actions: Action, source: str = "plan.json") -> Review:
    """Return what a plan file of these actions shows."""
    return review_of(plan_document(a_plan(*actions)), source)


def commented(*actions: Action, pull_request: int = 12) -> Review:
    """Return what a comment's marker knows of these actions: their digests."""
    digests = frozenset(short(each.digest) for each in actions)
    places = frozenset({environment_digest(PLACE)})
    return Review(digests, places, (), (f"pull request #{pull_request}",))


def judged(
    actions: Sequence[Action],
    review: Review | None = None,
    *,
    gate: Review | None = None,
    accepted: tuple[str, ...] = (),
    on: OnUnreviewed = OnUnreviewed.FAIL,
) -> Verdict:
    terms = Terms(as_shown, review, gate, accepted, on)
    return judge_review(a_plan(*actions), terms)


def objected(verdict: Verdict) -> list[str]:
    assert verdict.refuses
    return [each.why for each in verdict.objections.values()]


# --- the table


def test_row_all_that_is_planned_was_reviewed() -> None:
    assert judged([V1, V2], reviewed(V1, V2)) == Verdict()
    assert judged([V1, V2], commented(V1, V2)) == Verdict()


def test_row_part_of_what_was_reviewed_is_left_after_a_partial_failure() -> None:
    done = replace(action("v2", Verb.NONE), changes=())
    verdict = judged([V1, done], reviewed(V1, V2))
    assert not verdict.refuses
    assert verdict.remarks == ("already done: approval ModelPackage registry/v2",)


def test_row_part_of_what_was_reviewed_was_done_by_another_pull_request() -> None:
    verdict = judged([V1], commented(V1, V2))
    assert not verdict.refuses
    (remark,) = verdict.remarks
    assert remark.startswith("1 reviewed operation is not in this plan: already done, or of")


def test_row_several_merged_pull_requests_together_showed_all_that_is_planned() -> None:
    union = commented(V1, pull_request=12) | commented(V2, pull_request=13)
    assert judged([V1, V2], union) == Verdict()
    assert judged([V1, V2], commented(V1)).refuses


def test_row_the_live_resource_changed_since_the_review() -> None:
    drifted = action("v1", Verb.APPROVE, change("Rejected", "Approved"))
    verdict = judged([drifted, V2], reviewed(V1, V2))
    assert objected(verdict) == [
        "it was reviewed, but not like this: the live resource changed since"
    ]
    (objection,) = verdict.objections.values()
    assert objection.differences == (
        'ModelApprovalStatus: reviewed "Pending" -> "Approved"; now "Rejected" -> "Approved"',
    )
    assert "--accept-digest" in objection.fix
    assert verdict.code == UNREVIEWED


def test_row_an_operation_that_nobody_reviewed() -> None:
    verdict = judged([V1, V3], reviewed(V1))
    assert verdict.objections.keys() == {V3.digest}
    assert objected(verdict) == ["nobody reviewed it: it is not in plan.json"]


def test_row_an_operation_that_is_in_no_comment_may_have_been_reviewed_otherwise() -> None:
    (why,) = objected(judged([V3], commented(V1)))
    assert why.startswith("it is not in pull request #12: nobody reviewed it, or its resource")


def test_row_no_reviewed_plan_was_found_and_that_fails() -> None:
    assert objected(judged([V1], Review())) == ["no reviewed plan was found"]


def test_row_no_reviewed_plan_was_found_and_the_gate_counts() -> None:
    verdict = judged([V1], Review(), gate=reviewed(V1, source="gate"), on=OnUnreviewed.GATE)
    assert not verdict.refuses
    assert verdict.remarks == (
        "1 operation that nobody reviewed, counted as reviewed since the approver was shown gate",
    )


def test_row_no_reviewed_plan_was_found_and_everything_is_applied() -> None:
    verdict = judged([V1], Review(), on=OnUnreviewed.APPLY)
    assert not verdict.refuses
    (remark,) = verdict.remarks
    assert "no reviewed plan was found, and --on-unreviewed apply allows that" in remark


def test_row_a_review_was_found_so_apply_does_not_stand_for_the_rest() -> None:
    assert judged([V1, V2], reviewed(V1), on=OnUnreviewed.APPLY).refuses
    empty = reviewed()
    assert judged([V1], empty, on=OnUnreviewed.APPLY).refuses, "a plan without changes is a review"


def test_row_the_plan_was_accepted_by_its_digest() -> None:
    whole = a_plan(V1, V3).digest.removeprefix("sha256:")
    for digest in (whole, whole[:12]):
        verdict = judged([V1, V3], reviewed(V1), accepted=(digest,))
        assert not verdict.refuses
        assert verdict.remarks == (
            f"1 operation that nobody reviewed, accepted by the digest of the plan: {whole[:16]}",
        )


def test_row_another_plan_was_accepted_by_its_digest() -> None:
    verdict = judged([V1, V3], reviewed(V1), accepted=("0" * 12,))
    assert verdict.refuses
    assert verdict.remarks[0].startswith("--accept-digest 000000000000 is not of this plan")
    assert judged([V1], accepted=("0" * 12,)).refuses
    assert not judged([V1], accepted=(a_plan(V1).digest[7:19],)).refuses


def test_row_the_approver_was_shown_another_plan() -> None:
    verdict = judged([V1, V2], reviewed(V1, V2), gate=reviewed(V1, source="gate.json"))
    assert verdict.code == GATE
    assert objected(verdict) == ["the approver was not shown it: it is not in gate.json"]
    digest = a_plan(V1, V2).digest[7:]
    accepted = judged([V1, V2], reviewed(V1), gate=reviewed(V1), accepted=(digest,))
    assert accepted.code == GATE, "the gate binds what was accepted by digest too"


def test_row_the_gate_alone_is_enough_where_no_review_is_asked_for() -> None:
    assert judged([V1], gate=reviewed(V1, V2)) == Verdict()
    assert judged([V3], gate=reviewed(V1, V2)).code == GATE


# --- places


def moved(review: Review) -> Review:
    return replace(review, places=frozenset({"0" * 16}))


def test_what_was_reviewed_for_another_account_is_not_applied_here() -> None:
    why = "it was not reviewed for this account, region and owner: registry"
    assert objected(judged([V1], moved(reviewed(V1)))) == [why]
    assert objected(judged([V1], gate=moved(reviewed(V1)))) == [why]


def test_a_second_review_of_this_account_says_nothing_of_what_the_first_showed() -> None:
    union = moved(commented(V1)) | commented(V2)
    assert judged([V2], union).refuses is False
    assert judged([V1], union).refuses


# --- what differs, and what is left alone


def test_a_changed_manifest_is_told_from_a_changed_resource() -> None:
    declared = action("v1", Verb.APPROVE, change("Pending", "Rejected"))
    assert "its manifest changed since" in objected(judged([declared], reviewed(V1)))[0]
    both = action("v1", Verb.APPROVE, change("Rejected", "Pending"))
    assert "the live resource or its manifest" in objected(judged([both], reviewed(V1)))[0]


def test_another_verb_is_named() -> None:
    update = action("v1", Verb.UPDATE)
    create = action("v1", Verb.CREATE)
    assert objected(judged([update], reviewed(create))) == [
        "it was reviewed as create, and is now update"
    ]


def test_nested_values_differ_where_they_differ() -> None:
    def spec(image: str) -> Action:
        value = {"Containers": [{"Image": image, "Framework": "XGBOOST"}]}
        return action("v1", Verb.CREATE, change(MISSING, value, "Spec"))

    (objection,) = judged([spec("b")], reviewed(spec("a"))).objections.values()
    differs = 'Spec.Containers[0].Image: reviewed (not set) -> "a"; now (not set) -> "b"'
    assert objection.differences == (differs,)


def test_secrets_that_differ_are_said_to_differ_and_not_shown() -> None:
    def token(value: str) -> Action:
        return action("v1", Verb.UPDATE, change(MISSING, value, "Tags.apiToken"))

    (objection,) = judged([token("s3cr3t")], reviewed(token("0th3r"))).objections.values()
    assert objection.why == "it was reviewed, but a value that is not shown differs now"
    assert "s3cr3t" not in str(objection)


def test_of_many_differences_some_are_shown_and_the_others_counted() -> None:
    def tags(value: str) -> Action:
        changes = (change(MISSING, value, f"Tags.k{number:02}") for number in range(20))
        return action("v1", Verb.UPDATE, *changes)

    (objection,) = judged([tags("b")], reviewed(tags("a"))).objections.values()
    assert len(objection.differences) == 13
    assert objection.differences[-1] == "and 8 more fields"


def test_what_is_blocked_or_unchanged_needs_no_review() -> None:
    note = Note(Level.ERROR, "failed-version", "validation failed")
    blocked = replace(action("v1", Verb.BLOCKED), notes=(note,))
    assert judged([blocked, action("v2", Verb.NONE)], reviewed()) == Verdict()


def test_what_is_blocked_now_is_not_said_to_be_done() -> None:
    create = action("v1", Verb.CREATE)
    assert judged([action("v1", Verb.BLOCKED)], reviewed(create, V1)).remarks == ()


def test_an_older_review_of_the_same_resource_is_said_to_be_replaced() -> None:
    newer = action("v1", Verb.APPROVE, change("Pending", "Rejected"))
    verdict = judged([newer], reviewed(V1) | reviewed(newer))
    assert not verdict.refuses
    assert verdict.remarks == (
        "reviewed, and not needed in that form any more: approval ModelPackage registry/v1",
    )


def test_plans_of_other_environments_are_none_of_our_business() -> None:
    other = an_environment("production")
    elsewhere = replace(V1, key=package_key("v1", "production"))
    both = review_of(plan_document(Plan((PLACE, other), (V1, elsewhere))), "plan.json")
    assert judged([V1], both) == Verdict()


def test_gaps_are_told() -> None:
    gap = "pull request #12 has no plan comment"
    verdict = judge_review(a_plan(V1), Terms(as_shown, Review(), gaps=(gap,)))
    assert objected(verdict) == [f"no reviewed plan was found: {gap}"]
    assert gap in verdict.remarks


@pytest.mark.parametrize("number", [1, 30])
def test_nothing_to_do_is_never_refused(number: int) -> None:
    done = [action(f"v{each}", Verb.NONE) for each in range(number)]
    before = [action(f"v{each}") for each in range(number)]
    verdict = judged(done, reviewed(*before), accepted=("0" * 12,))
    assert not verdict.refuses
    assert len(verdict.remarks) == min(number, 21)


NUMBERS = st.frozensets(st.integers(0, 6))
KNOWN = [action(f"v{number}", Verb.CREATE) for number in range(7)]


def some(numbers: frozenset[int]) -> list[Action]:
    return [KNOWN[number] for number in sorted(numbers)]


@given(NUMBERS, st.lists(NUMBERS, max_size=3), st.none() | NUMBERS, st.sampled_from(OnUnreviewed))
def test_a_plan_is_applied_if_and_only_if_all_of_it_was_reviewed_and_shown(
    planned: frozenset[int],
    seen: list[frozenset[int]],
    gate: frozenset[int] | None,
    on: OnUnreviewed,
) -> None:
    review = reduce(or_, (commented(*some(each)) for each in seen), Review())
    shown = None if gate is None else reviewed(*some(gate))
    verdict = judged(some(planned), review, gate=shown, on=on)
    allowed = frozenset().union(*seen)
    if on is OnUnreviewed.GATE:
        allowed |= gate or frozenset()
    if on is OnUnreviewed.APPLY and not seen:
        allowed = planned
    unreviewed, unshown = planned - allowed, planned - gate if gate is not None else frozenset()
    assert verdict.objections.keys() == {each.digest for each in some(unreviewed | unshown)}
    assert verdict.code == (UNREVIEWED if unreviewed else GATE if unshown else "")
