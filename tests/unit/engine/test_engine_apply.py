"""Applying: order, parallelism, failures, waits, interrupts. On things that live in memory."""

from __future__ import annotations

import threading

import pytest
from fake_kind import (
    LeapingClock,
    Thing,
    Watch,
    World,
    apply_things,
    plan_things,
    thing,
    thing_key,
)
from live import statuses

from reconciler.core.outcome import Report, Status
from reconciler.core.plan import Verb
from reconciler.engine.apply import ApplyOptions
from reconciler.engine.review import Objection, Verdict

APPLIED, FAILED, SKIPPED = [Status.APPLIED], [Status.FAILED], [Status.SKIPPED]
WAITING, STALE, UNCHANGED = [Status.WAITING], [Status.STALE], [Status.UNCHANGED]


def why(report: Report, name: str) -> str:
    return next(each.why for each in report.outcomes if each.key.name == name)


def test_what_is_needed_is_written_first() -> None:
    world = World()
    wanted = [thing("c", needs=["b"]), thing("b", needs=["a"]), thing("a")]
    report = apply_things(plan_things(world, *wanted))
    assert world.written == ["a", "b", "c"]
    assert set(map(tuple, statuses(report).values())) == {(Status.APPLIED,)}


def test_what_comes_after_is_written_after_although_it_needs_nothing() -> None:
    world = World()
    wanted = [thing("v3", after=["v2"]), thing("v2", after=["v1"]), thing("v1")]
    apply_things(plan_things(world, *wanted))
    assert world.written == ["v1", "v2", "v3"]


def test_what_comes_after_a_failure_is_still_written() -> None:
    world = World(failing=frozenset({"v1"}))
    report = apply_things(plan_things(world, thing("v1"), thing("v2", after=["v1"])))
    assert statuses(report) == {"v1": FAILED, "v2": APPLIED}


def test_independent_actions_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=10)

    def on_write(_name: str) -> None:
        both.wait()

    world = World(on_write=on_write)
    report = apply_things(plan_things(world, thing("a"), thing("b")))
    assert statuses(report) == {"a": APPLIED, "b": APPLIED}


def test_no_more_writes_run_at_the_same_time_than_allowed() -> None:
    busy = threading.Semaphore(2)

    def on_write(_name: str) -> None:
        assert busy.acquire(blocking=False)
        threading.Event().wait(0.01)
        busy.release()

    wanted = [thing(str(number)) for number in range(8)]
    world = World(on_write=on_write)
    report = apply_things(plan_things(world, *wanted), options=ApplyOptions(parallelism=2))
    assert set(map(tuple, statuses(report).values())) == {(Status.APPLIED,)}


def test_a_failure_skips_its_dependents_and_nothing_else() -> None:
    world = World(failing=frozenset({"a"}))
    wanted = [thing("a"), thing("b", needs=["a"]), thing("c", needs=["b"]), thing("d")]
    report = apply_things(plan_things(world, *wanted))
    assert statuses(report) == {"a": FAILED, "b": SKIPPED, "c": SKIPPED, "d": APPLIED}
    assert world.written == ["d"]
    failed = report.outcomes[0]
    assert failed.why == "a was denied"
    assert failed.fix == "allow thing:PutThing"
    assert failed.request_id == "r-1"
    assert "Thing registry/a" in why(report, "b")


def test_a_defect_of_ours_fails_its_action_and_nothing_else() -> None:
    world = World(broken=frozenset({"a"}))
    report = apply_things(plan_things(world, thing("a"), thing("b")))
    assert statuses(report) == {"a": FAILED, "b": APPLIED}
    assert "a defect of ours" in why(report, "a")


def test_a_write_that_changes_nothing_is_a_failure() -> None:
    world = World({"a": Thing("old")}, deaf=frozenset({"a"}))
    report = apply_things(plan_things(world, thing("a")))
    assert statuses(report) == {"a": FAILED}
    assert why(report, "a") == "did not converge: after the write these still differ: Value"


def test_a_creation_that_leaves_nothing_is_a_failure() -> None:
    world = World(deaf=frozenset({"a"}))
    report = apply_things(plan_things(world, thing("a")))
    assert statuses(report) == {"a": FAILED}
    assert "did not converge" in why(report, "a")


def test_what_cannot_be_read_fails_with_its_fix_and_skips_its_dependents() -> None:
    world = World(blocked=frozenset({"a"}))
    report = apply_things(plan_things(world, thing("a"), thing("b", needs=["a"]), thing("c")))
    assert statuses(report) == {"a": FAILED, "b": SKIPPED, "c": APPLIED}
    assert report.outcomes[0].fix == "allow thing:Read"


def test_what_is_already_as_declared_is_unchanged_and_not_written() -> None:
    world = World({"a": Thing("new")})
    report = apply_things(plan_things(world, thing("a"), thing("b", needs=["a"])))
    assert statuses(report) == {"a": UNCHANGED, "b": APPLIED}
    assert world.written == ["b"]


# --- between plan and apply


def test_what_became_so_meanwhile_is_unchanged() -> None:
    world = World({"a": Thing("old")})
    planned = plan_things(world, thing("a"))
    world.things["a"].value = "new"
    report = apply_things(planned)
    assert statuses(report) == {"a": UNCHANGED}
    assert world.written == []


@pytest.mark.parametrize("meanwhile", ["other", None])
def test_what_changed_meanwhile_is_stale_and_not_written(meanwhile: str | None) -> None:
    world = World({"a": Thing("old")})
    planned = plan_things(world, thing("a"), thing("b", needs=["a"]))
    if meanwhile is None:
        del world.things["a"]
    else:
        world.things["a"].value = meanwhile
    report = apply_things(planned)
    assert statuses(report) == {"a": STALE, "b": SKIPPED}
    assert world.written == []
    assert "changed after the plan was made" in why(report, "a")


def test_one_objection_keeps_everything_from_being_written() -> None:
    world = World({"done": Thing("new")}, blocked=frozenset({"unread"}))
    planned = plan_things(world, thing("a"), thing("b"), thing("done"), thing("unread"))
    objection = Objection("unreviewed", "nobody reviewed it", "have it reviewed", ("x: 1; now 2",))
    verdict = Verdict({planned.plan.actions[1].digest: objection}, ("said",))
    report = apply_things(planned, options=ApplyOptions(verdict=verdict))
    assert statuses(report) == {"a": SKIPPED, "b": STALE, "done": UNCHANGED, "unread": FAILED}
    assert world.written == []
    assert (report.code, report.remarks) == ("unreviewed", ("said",))
    stale = report.outcomes[1]
    assert (stale.why, stale.fix) == (objection.why, objection.fix)
    assert stale.remarks == objection.differences
    assert "nothing of the plan is written" in why(report, "a")


def test_what_there_is_to_say_of_a_review_is_in_the_report_of_an_apply() -> None:
    report = apply_things(
        plan_things(World(), thing("a")), options=ApplyOptions(verdict=Verdict(remarks=("said",)))
    )
    assert statuses(report) == {"a": APPLIED}
    assert (report.code, report.remarks) == ("", ("said",))


def test_a_guards_refusal_comes_before_the_review() -> None:
    planned = plan_things(World(), is_empty=True)
    assert planned.plan.refusals
    verdict = Verdict({"any": Objection("unreviewed", "w", "f")})
    assert apply_things(planned, options=ApplyOptions(verdict=verdict)).code == ""


# --- waiting


def test_a_slow_resource_is_waited_for_and_then_its_dependents_go_on() -> None:
    world, watch = World(slow={"a": 3}), Watch()
    planned = plan_things(world, thing("a"), thing("b", needs=["a"]))
    report = apply_things(planned, watch=watch)
    assert statuses(report) == {"a": APPLIED, "b": APPLIED}
    assert watch.told.count(("waiting", "a")) == 3
    assert watch.told.index(("finished", "a")) < watch.told.index(("started", "b"))


def test_what_takes_longer_than_the_timeout_fails_and_nothing_is_lost() -> None:
    world = World(slow={"a": 1000})
    planned = plan_things(world, thing("a"), thing("b", needs=["a"]), thing("c"))
    report = apply_things(planned, options=ApplyOptions(timeout=10.0))
    assert statuses(report) == {"a": FAILED, "b": SKIPPED, "c": APPLIED}
    assert why(report, "a") == "still InProgress after 10 seconds"
    assert "run apply again" in report.outcomes[0].fix


def test_without_waiting_the_slow_and_what_needs_it_are_reported_as_waiting() -> None:
    world = World(slow={"a": 1000})
    planned = plan_things(world, thing("a"), thing("b", needs=["a"]), thing("c"))
    report = apply_things(planned, options=ApplyOptions(wait=False))
    assert statuses(report) == {"a": WAITING, "b": WAITING, "c": APPLIED}


def test_a_busy_resource_is_written_when_it_is_done() -> None:
    world = World({"a": Thing("old", busy=4)})
    report = apply_things(plan_things(world, thing("a")))
    assert statuses(report) == {"a": APPLIED}
    assert world.written == ["a"]


def test_a_slow_resource_does_not_hold_up_the_others() -> None:
    world = World({"a": Thing("old", busy=4)})
    planned = plan_things(world, thing("a"), thing("b"))
    apply_things(planned, options=ApplyOptions(parallelism=1))
    assert world.written == ["b", "a"]


# --- interrupted


def test_an_interrupt_skips_what_has_not_begun() -> None:
    wanted = [thing("0"), *(thing(str(n), needs=[str(n - 1)]) for n in range(1, 5))]
    world = World()
    report = apply_things(plan_things(world, *wanted), watch=Watch(cancel_after=2))
    assert report.interrupted
    assert world.written == ["0", "1"]
    assert [each.status for each in report.outcomes] == [Status.APPLIED] * 2 + [Status.SKIPPED] * 3
    assert {each.why for each in report.outcomes[2:]} == {"interrupted"}


def test_an_interrupt_finishes_what_is_in_flight() -> None:
    watch = Watch()
    world = World(on_write=lambda _name: watch.cancel.set())
    report = apply_things(plan_things(world, thing("a")), watch=watch)
    assert world.written == ["a"]
    assert statuses(report) == {"a": APPLIED}


def test_an_interrupt_while_waiting_says_that_the_write_was_made() -> None:
    watch = Watch(cancel_after=1)
    world = World(slow={"a": 10_000})
    planned = plan_things(world, thing("a"), thing("b"))
    report = apply_things(planned, watch=watch, clock=LeapingClock(0.001))
    assert statuses(report) == {"a": WAITING, "b": APPLIED}
    assert "written" in why(report, "a")


# --- a plan that is not to be applied


def test_a_refused_plan_writes_nothing_and_says_so_for_every_action() -> None:
    world = World({str(n): Thing("old") for n in range(10)})
    planned = plan_things(world, *(thing(str(n)) for n in range(10)), thing("new"))
    assert [each.guard for each in planned.plan.refusals] == ["too-many-changes"]
    report = apply_things(planned)
    assert world.written == []
    assert {each.status for each in report.outcomes} == {Status.SKIPPED}
    assert all(each.fix for each in report.outcomes)


def test_progress_is_told_of_the_beginning_and_end_of_every_action_that_is_carried_out() -> None:
    world, watch = World({"c": Thing("new")}, failing=frozenset({"b"})), Watch()
    planned = plan_things(world, thing("a"), thing("b"), thing("c"))
    apply_things(planned, watch=watch)
    for name in ("a", "b"):
        assert watch.told.count(("started", name)) == watch.told.count(("finished", name)) == 1
    assert {name for _, name in watch.told} == {"a", "b"}
    assert [each.verb for each in planned.plan.actions] == [Verb.CREATE, Verb.CREATE, Verb.NONE]
    assert thing_key("a") == planned.plan.actions[0].key
