"""Promise 5: nothing is silent. Every action has one outcome; text, JSON and exit code agree."""

from __future__ import annotations

import json
import re
from typing import Any

from builders import Doc, environment, group, inference, rich, version
from fake_kind import Thing, Watch, World, apply_things, plan_things, thing
from hypothesis import given
from hypothesis import strategies as st
from live import Clock, Lab, lab_with, outcome_of, statuses

from reconciler.cli.exits import plan_exit, report_exit
from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Plan, Verb
from reconciler.engine.apply import ApplyOptions
from reconciler.errors import ExitCode
from reconciler.render.document import plan_document, report_document, to_json
from reconciler.render.lines import plain
from reconciler.render.report import report_lines
from reconciler.render.text import plan_lines
from reconciler.sandbox.settings import ValidationFailure

NAMES = [f"thing-{number}" for number in range(6)]
SOME = st.frozensets(st.sampled_from(NAMES), max_size=2)
FINE = (Status.APPLIED, Status.UNCHANGED)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, list[Any]]:
    """Return things with random links, random states and random trouble."""
    wanted = []
    for index, name in enumerate(NAMES):
        earlier = st.lists(st.sampled_from(NAMES[:index] or [""]), max_size=2, unique=True)
        needs, after = (draw(earlier) if index else [] for _ in range(2))
        wanted.append(thing(name, needs=needs, after=after))
    present = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["old", "new"])))
    world = World(
        {name: Thing(value) for name, value in present.items()},
        failing=draw(SOME),
        broken=draw(SOME),
        deaf=draw(SOME),
        blocked=draw(SOME),
        slow=draw(
            st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1, 10_000]), max_size=1)
        ),
    )
    return world, draw(st.permutations(wanted))


options = st.builds(
    ApplyOptions,
    wait=st.booleans(),
    timeout=st.just(5.0),
    parallelism=st.integers(1, 3),
)


def fields(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@given(worlds(), options, st.none() | st.integers(1, 4))
def test_every_action_has_exactly_one_outcome_whatever_happens(
    case: tuple[World, list[Any]], how: ApplyOptions, cancel_after: int | None
) -> None:
    """Nothing is silent. Broken when an action ends without an outcome, or with two."""
    world, wanted = case
    planned = plan_things(world, *wanted)
    watch = Watch(cancel_after)
    report = apply_things(planned, options=how, watch=watch)
    assert [(each.key, each.verb) for each in report.outcomes] == [
        (each.key, each.verb) for each in planned.plan.actions
    ]
    finished = [name for word, name in watch.told if word == "finished"]
    assert len(finished) == len(set(finished))
    done = {each.key: each.status in FINE for each in report.outcomes}
    for action, outcome in zip(planned.plan.actions, report.outcomes, strict=True):
        if outcome.status is Status.APPLIED:
            assert all(done.get(key, True) for key in action.needs)
            assert action.key.name in world.written
        if outcome.status not in FINE:
            assert outcome.why
            assert outcome.fix
    agree(report)


def agree(report: Report) -> None:
    """Require that text, JSON, exit code and the outcomes themselves say the same."""
    counts = {status: number for status, number in report.counts.items() if number}
    assert sum(counts.values()) == len(report.outcomes)
    document = fields(to_json(report_document(report)))
    assert {name: n for name, n in document["summary"].items() if n} == {
        status.value: number for status, number in counts.items()
    }
    assert len(document["outcomes"]) == len(report.outcomes)
    last = plain(report_lines(report)).splitlines()[-1]
    said = {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)}
    assert said == {status.value: number for status, number in counts.items()}
    good = set(counts) <= {*FINE, Status.WAITING} and not report.interrupted
    assert (report_exit(report) is ExitCode.OK) == (good and not report.plan.refusals)


def plan_agrees(plan: Plan) -> None:
    document = fields(to_json(plan_document(plan)))
    text = plain(plan_lines(plan))
    shown = {"unchanged" if verb is Verb.NONE else verb.value: n for verb, n in plan.counts.items()}
    assert {name: document["summary"][name] for name in shown} == shown
    summary = re.sub(r"approval changes?", "to approve", text.splitlines()[-1])
    said = {word: int(n) for n, word in re.findall(r"(\d+) to (\w+)", summary)}
    assert {name: n for name, n in said.items() if n} == {
        verb.value: n
        for verb, n in plan.counts.items()
        if n and verb not in (Verb.NONE, Verb.BLOCKED)
    }
    assert document["summary"]["refusals"] == len(plan.refusals)
    code = plan_exit(plan, detailed=True)
    if plan.refusals:
        assert code is ExitCode.REFUSED
    elif plan.errors:
        assert code is ExitCode.FAILURE
    else:
        assert code is (ExitCode.CHANGES if plan.changes else ExitCode.OK)


@given(worlds())
def test_text_json_and_exit_code_of_a_plan_agree(case: tuple[World, list[Any]]) -> None:
    """Nothing is silent. Broken when one renderer counts what another does not."""
    world, wanted = case
    plan_agrees(plan_things(world, *wanted).plan)


def test_text_json_and_exit_code_agree_on_real_plans(lab: Lab) -> None:
    """Nothing is silent. Broken when one renderer counts what another does not."""
    plan_agrees(lab.plan(rich()).plan)
    report = lab.settle(rich())
    agree(report)
    plan_agrees(lab.plan(rich()).plan)
    refused = rich()
    refused[6]["spec"]["domain"] = "NATURAL_LANGUAGE_PROCESSING"
    plan_agrees(lab.plan(refused).plan)
    agree(lab.apply(refused))


IMMUTABLE: dict[str, Any] = {
    "modelPackageDescription": "other",
    "domain": "MACHINE_LEARNING",
    "task": "CLASSIFICATION",
    "samplePayloadUrl": "s3://acme/sample",
    "skipModelValidation": "All",
    "inferenceSpecification": inference({"image": "other"}),
    "metadataProperties": {"commitId": "abc"},
    "modelMetrics": {"bias": {"report": {"contentType": "a", "s3Uri": "s3://acme/b"}}},
    "managedStorageType": "Restricted",
    "securityConfig": {"kmsKeyId": "key"},
}


def test_an_edit_that_aws_cannot_carry_out_is_refused_with_the_reason_and_the_fix(
    lab: Lab,
) -> None:
    """Nothing is silent. Broken when an edit is dropped, or replaces a version."""
    lab.settle([environment(), group(), version()])
    before = lab.live()
    for member, value in IMMUTABLE.items():
        documents = [environment(), group(), version(**{member: value})]
        plan = lab.plan(documents).plan
        (refusal,) = plan.refusals
        assert refusal.guard == "immutable-edit", member
        assert member.lower() in refusal.what.lower()
        assert "churn-v2" in refusal.fix
        assert refusal.why
        report = lab.apply(documents)
        assert statuses(report)["churn-v1"] == [Status.REFUSED]
        assert report_exit(report) is ExitCode.REFUSED
    assert lab.live() == before


def test_a_group_edit_that_aws_cannot_carry_out_is_refused(lab: Lab) -> None:
    """Nothing is silent. Broken when a description that no API updates is dropped."""
    lab.settle([environment(), group()])
    documents = [environment(), group(modelPackageGroupDescription="new")]
    (refusal,) = lab.plan(documents).plan.refusals
    assert refusal.guard == "immutable-edit"
    assert "ModelPackageGroupDescription" in refusal.what
    assert "no operation" in refusal.why


def test_a_failed_validation_is_explained_at_its_manifest_and_never_approved() -> None:
    """Nothing is silent. Broken when a failed version counts as applied, or is approved."""
    failure = ValidationFailure("*", "ClientError: no health check")
    with lab_with(validation_failures=(failure,)) as lab:
        profile: Doc = {"validationSpecification": {"ref": "smoke"}}
        documents = [
            environment(),
            *[each for each in rich() if each["metadata"]["name"] == "smoke"],
            group(),
            version("bad", **profile, approval={"status": "Approved"}),
            version("good"),
        ]
        report = lab.apply(documents)
        assert statuses(report) == {
            "churn": [Status.APPLIED],
            "bad": [Status.FAILED, Status.SKIPPED],
            "good": [Status.APPLIED],
        }
        failed = next(each for each in report.outcomes if each.status is Status.FAILED)
        assert "no health check" in failed.why
        assert "new metadata.name" in failed.fix
        assert failed.where.path == "manifests/all.yaml"
        again = lab.apply(documents)
        assert statuses(again)["bad"] == [Status.FAILED]
        assert report_exit(again) is ExitCode.FAILURE
        assert not lab.server.calls.of("UpdateModelPackage")


def test_waiting_for_a_validation_is_reported_until_it_is_over() -> None:
    """Nothing is silent. Broken when --no-wait loses an approval that waits for its version."""
    clock = Clock()
    settings: Any = {"validation_in_progress_seconds": 3600}
    with lab_with(clock=clock, **settings) as lab:
        smoke = [each for each in rich() if each["metadata"]["name"] == "smoke"]
        profile: Doc = {"validationSpecification": {"ref": "smoke"}}
        spec = version(**profile, approval={"status": "Approved"})
        documents = [environment(), *smoke, group(), spec]
        report = lab.apply(documents, options=ApplyOptions(wait=False))
        assert statuses(report)["churn-v1"] == [Status.WAITING, Status.WAITING]
        assert report_exit(report) is ExitCode.OK
        plan = lab.plan(documents).plan
        assert [each.waits_for for each in plan.actions] == [None, "InProgress", "InProgress"]
        late = lab.apply(documents, options=ApplyOptions(timeout=0.0))
        assert statuses(late)["churn-v1"] == [Status.UNCHANGED, Status.FAILED]
        clock.now += 3600
        done = lab.settle(documents)
        assert outcome_of(done, done.outcomes[0].key).status is Status.UNCHANGED
        assert statuses(done)["churn-v1"] == [Status.UNCHANGED, Status.APPLIED]
