"""Everything that a plan can hold finds its place in drift, and known drift does not count."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler
from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING, Value
from reconciler.core.drift import DriftClass, DriftReport, KnownDrift
from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action, Level, Note, Plan, Refusal, Unmanaged, Verb
from reconciler.engine.drift import PLACES, Role, classify, placed
from reconciler.kinds.model_package.approval import CONFLICT, DRIFT
from reconciler.policy.guards import GUARDS

HERE = Location("manifests/all.yaml", 3, 1)
REGISTRY = Environment("registry", "111111111111", "eu-west-1", "acme/ml", HERE)
KEY = ResourceKey("registry", "ModelPackage", "churn-v1")
ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
TODAY = date(2027, 1, 15)
CHANGED, APPROVED = DriftClass.CHANGED, DriftClass.APPROVED
GIT_ONLY, LIVE_ONLY = DriftClass.GIT_ONLY, DriftClass.LIVE_ONLY


def change(path: str = "Tags.team", before: Value = "ops", after: Value = "ml") -> FieldChange:
    return FieldChange(path.split(".", maxsplit=1)[0], path, before, after, Rule.MUTABLE)


STATUS = change("ModelApprovalStatus", "Approved", "Rejected")


def action(verb: Verb, *changes: FieldChange, **more: object) -> Action:
    return replace(Action(KEY, verb, HERE, changes, arn=ARN), **more)  # type: ignore[arg-type]


def note(code: str, level: Level = Level.WARNING, **more: object) -> Note:
    return replace(Note(level, code, f"what {code} says"), **more)  # type: ignore[arg-type]


def drift_of(*actions: Action, known: tuple[KnownDrift, ...] = (), **more: object) -> DriftReport:
    plan = replace(Plan((REGISTRY,), actions), **more)  # type: ignore[arg-type]
    return classify(plan, known, today=TODAY)


def classes(report: DriftReport) -> list[DriftClass]:
    return [each.drift for each in report.items]


# --- nothing is silent


def codes_in_the_source() -> set[str]:
    """Return the code of every note that the source makes."""
    found: set[str] = set()
    for path in Path(reconciler.__file__).parent.rglob("*.py"):
        if path.parts[-2] in {"sandbox", "render", "cli", "github"}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                if len(node.args) < 2:
                    continue
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
                elif isinstance(code, ast.Name) and code.id in names:
                    found.add(names[code.id])
    return found


REMARKS = {
    "another-owner", "another-reconciler", "adoptable-statement", "dangling-principal",
    "denies-access", "description-kept", "foreign-statements", "handover", "handover-both-ways",
    "invitation-pending", "ownership", "promotes-share", "shared-document", "shared-elsewhere",
    "unmergeable-policy", "waiting", "widens-access",
}  # fmt: skip
"""What says nothing about how a resource differs; each was thought about."""


def test_somebody_thought_about_every_note_that_there_is() -> None:
    known = PLACES.keys() | REMARKS
    assert codes_in_the_source() - known == set()
    assert {"unknown", DRIFT, CONFLICT, "orphaned-grant"} <= codes_in_the_source() | PLACES.keys()
    assert PLACES.keys() & REMARKS == set()


GUARD_NAMES = [each.__name__.replace("_", "-") for each in GUARDS]
CODES = sorted({*PLACES, *REMARKS, *GUARD_NAMES})


def told(report: DriftReport) -> list[Note]:
    """Return every note that the report holds, wherever."""
    found = [each for item in report.items for each in item.notes]
    found += (each.note for each in report.unread)
    return [*found, *(each.note for each in report.remarks)]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("level", Level)
def test_no_note_of_any_action_is_lost(verb: Verb, level: Level) -> None:
    for code in CODES:
        for changes in ((), (change(),), (STATUS,)):
            one = note(code, level)
            other = note("widens-access")
            report = drift_of(action(verb, *changes, notes=(one, other)))
            assert {one, other} <= set(told(report)), (verb, code, changes)


@pytest.mark.parametrize("verb", set(Verb) - {Verb.NONE})
def test_no_action_is_lost(verb: Verb) -> None:
    for code in ("", *CODES):
        notes = (note(code, Level.ERROR),) if code else ()
        report = drift_of(action(verb, STATUS, notes=notes))
        assert report.items or report.unread, (verb, code)


def test_what_is_as_declared_is_no_drift() -> None:
    report = drift_of(action(Verb.NONE))
    assert report == replace(drift_of(), environments=report.environments)
    assert not report.items


# --- every class


def test_updates_and_refused_edits_are_changed() -> None:
    assert classes(drift_of(action(Verb.UPDATE, change()))) == [CHANGED]
    fixed = replace(change("InferenceSpecification"), reason="create-only")
    refusal = Refusal("immutable-edit", KEY, HERE, "what", "why", "fix")
    report = drift_of(action(Verb.BLOCKED, fixed), refusals=(refusal,))
    assert classes(report) == [CHANGED]
    assert report.items[0].changes == (fixed,)


@pytest.mark.parametrize(
    "made",
    [
        action(Verb.CREATE, change(before=MISSING), arn=None),
        action(Verb.ADOPT, change("Tags.reconciler/owner", MISSING, "acme/ml")),
        action(Verb.APPROVE, STATUS),
        action(Verb.APPROVE, change("CustomerMetadataProperties.reconciler/approval")),
        action(Verb.BLOCKED, arn=None, notes=(note("not-found", Level.ERROR),)),
        action(Verb.BLOCKED, notes=(note("failed-version", Level.ERROR),)),
    ],
)
def test_what_git_says_and_nobody_applied_is_in_git_only(made: Action) -> None:
    assert classes(drift_of(made)) == [GIT_ONLY]


def test_an_approval_description_alone_is_a_field_like_others() -> None:
    words = change("ApprovalDescription", "a", "b")
    assert classes(drift_of(action(Verb.APPROVE, words))) == [CHANGED]


@pytest.mark.parametrize("code", [DRIFT, CONFLICT])
def test_a_decision_outside_git_is_approved_whatever_is_done_about_it(code: str) -> None:
    said = note(code, about=(STATUS,))
    ways = {
        "report": action(Verb.NONE, notes=(said,)),
        "beside an update": action(Verb.UPDATE, change(), notes=(said,)),
        "revert": action(Verb.APPROVE, STATUS, notes=(said,)),
        "fail": action(Verb.BLOCKED, notes=(replace(said, level=Level.ERROR, refuses=True),)),
    }
    for way, made in ways.items():
        who, when = "Studio user jane", "2027-01-02T03:04:05"
        report = drift_of(replace(made, modified_by=who, modified_at=when))
        beside = [CHANGED] if way == "beside an update" else []
        assert classes(report) == [*beside, APPROVED], way
        item = report.items[-1]
        assert item.changes == (STATUS,), way
        assert (item.modified_by, item.modified_at) == (who, when)


def test_what_a_manifest_left_is_live_only() -> None:
    left = change("Statement.Sid1", {"Effect": "Allow"}, MISSING)
    orphan = note("orphaned-statement", about=(left,))
    report = drift_of(action(Verb.NONE, notes=(orphan,)))
    assert classes(report) == [LIVE_ONLY]
    assert report.items[0].changes == (left,)
    assert classes(drift_of(action(Verb.DELETE, left))) == [LIVE_ONLY]


def test_the_statements_of_a_document_differ_each_in_its_own_way() -> None:
    report = drift_of(
        action(
            Verb.UPDATE,
            change("Statement.new", MISSING, {"Effect": "Allow"}),
            change("Statement.edited", {"Effect": "Allow"}, {"Effect": "Deny"}),
            change("Statement.old", {"Effect": "Allow"}, MISSING),
            notes=(note("widens-access"),),
        )
    )
    assert {each.drift: [c.path for c in each.changes] for each in report.items} == {
        CHANGED: ["Statement.edited"],
        GIT_ONLY: ["Statement.new"],
        LIVE_ONLY: ["Statement.old"],
    }
    assert [each.notes for each in report.items] == [(note("widens-access"),), (), ()]


def test_a_tag_that_was_removed_is_changed_and_no_part() -> None:
    assert classes(drift_of(action(Verb.UPDATE, change(before=MISSING)))) == [CHANGED]


def test_what_could_not_be_read_is_neither_drift_nor_absent() -> None:
    unread = note("unknown", Level.ERROR, fix="allow sagemaker:ListTags")
    report = drift_of(action(Verb.BLOCKED, arn=None, notes=(unread,)))
    assert not report.items
    assert [each.note for each in report.failures] == [unread]
    glance = drift_of(action(Verb.NONE, notes=(note("policy-not-read", Level.INFO),)))
    assert not glance.items
    assert len(glance.unread) == 1
    assert not glance.failures


def test_unmanaged_things_are_live_only_except_those_of_another_reconciler() -> None:
    found = [
        Unmanaged("registry", "ModelPackage", ARN),
        Unmanaged("registry", "ModelPackage", f"{ARN}1", "acme/ml", "churn-v9"),
        Unmanaged("registry", "ModelPackage", f"{ARN}2", "others"),
    ]
    report = drift_of(unmanaged=tuple(found))
    assert [(each.drift, each.key.name) for each in report.items] == [
        (LIVE_ONLY, "churn/1"),
        (LIVE_ONLY, "churn/11"),
    ]
    assert report.items[1].what == "ours by its markers, and its manifest 'churn-v9' has vanished"
    assert [each.note.code for each in report.remarks] == ["another-owner"]


def test_a_share_that_nobody_asked_to_end_is_a_remark() -> None:
    assert placed(note("still-shared", Level.INFO))[0] is Role.REMARK
    assert placed(note("still-shared", Level.WARNING)) == (Role.APART, LIVE_ONLY)


# --- known drift


def known(resource: str = "registry/ModelPackage/churn-*", **more: object) -> KnownDrift:
    entry = KnownDrift(resource, "ML-7", Location("known.yaml", 2, 5))
    return replace(entry, **more)  # type: ignore[arg-type]


UPDATED = action(Verb.UPDATE, change("Tags.team"), change("Tags.cost"))


def test_known_drift_does_not_count_until_it_expires() -> None:
    for last, counts in ((date(2027, 1, 14), True), (TODAY, False), (None, False)):
        report = drift_of(UPDATED, known=(known(expires=last),))
        assert bool(report.items) is counts
        assert bool(report.accepted) is not counts
        assert [each.ticket for item in report.items for each in item.expired] == (
            ["ML-7"] if counts else []
        )
        assert not report.unused


def test_known_drift_of_one_field_leaves_the_others() -> None:
    report = drift_of(UPDATED, known=(known(field="Tags.c*"),))
    assert [each.path for each in report.items[0].changes] == ["Tags.team"]
    assert [each.path for each in report.accepted[0].item.changes] == ["Tags.cost"]


@pytest.mark.parametrize(
    "entry",
    [
        known("registry/ModelPackage/other"),
        known("registry/*/churn-v2"),
        known(drift=APPROVED),
        known(field="ModelApprovalStatus"),
        known("regis*/ModelPackageGroup/*"),
    ],
)
def test_known_drift_that_matches_nothing_is_said(entry: KnownDrift) -> None:
    report = drift_of(UPDATED, known=(entry,))
    assert report.unused == (entry,)
    assert classes(report) == [CHANGED]


def test_known_drift_of_another_environment_is_not_missed() -> None:
    assert drift_of(known=(known("production/*/*"),)).unused == ()


def test_without_fields_only_an_entry_for_the_whole_resource_matches() -> None:
    made = action(Verb.CREATE, arn=None)
    assert drift_of(made, known=(known(field="*"),)).items
    assert not drift_of(made, known=(known(),)).items


# --- the same drift


def test_the_same_drift_has_the_same_digest_whoever_made_it_and_whenever() -> None:
    first = drift_of(UPDATED)
    later = classify(
        Plan((REGISTRY,), (replace(UPDATED, modified_at="later", modified_by="x"),)),
        today=date(2028, 1, 1),
    )
    assert first.digest_of("registry") == later.digest_of("registry")


@given(st.sampled_from(["value", "class", "gone", "unread"]))
def test_other_drift_has_another_digest(what: str) -> None:
    other = {
        "value": action(Verb.UPDATE, change("Tags.team", "x"), change("Tags.cost")),
        "class": action(Verb.ADOPT, *UPDATED.changes),
        "gone": action(Verb.NONE),
        "unread": action(Verb.BLOCKED, arn=None, notes=(note("unknown", Level.ERROR),)),
    }[what]
    assert drift_of(UPDATED).digest_of("registry") != drift_of(other).digest_of("registry")
