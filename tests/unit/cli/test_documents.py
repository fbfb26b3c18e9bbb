"""Which files are read, which environment an early end belongs to, and what applies come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosted import an_update, write_drift, write_error, write_plan, write_report

from reconciler.cli.documents import drift_in, outcomes_in, plans_in, unplanned_in
from reconciler.cli.rendering import read_plans_by_path
from reconciler.core.outcome import Status
from reconciler.errors import InvalidInputError, UsageError
from reconciler.render.markdown import EarlyEnd, state_of
from reconciler.render.marker import State


def ends(path: Path, *environments: str) -> list[str]:
    """Return the environments of the early ends."""
    found = outcomes_in([path], environments)
    return [each.environment for each in found if isinstance(each, EarlyEnd)]


def test_a_folder_stands_for_the_documents_of_one_kind_in_it(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_plan(
            tmp_path / f"plan-{name}/plan.json", an_update(environment=name), environment=name
        )
    write_report(tmp_path / "plan-a/report.json", Status.APPLIED)
    write_drift(tmp_path / "drift.json")
    (tmp_path / "notes.txt").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    plans = plans_in([tmp_path])
    assert [each.name for plan in plans for each in plan.environments] == ["a", "b"]
    assert len(outcomes_in([tmp_path])) == 1
    assert len(drift_in([tmp_path])) == 1


def test_a_file_must_be_what_it_is_said_to_be(tmp_path: Path) -> None:
    report = write_report(tmp_path / "report.json", Status.APPLIED)
    with pytest.raises(InvalidInputError, match=r"report\.json"):
        plans_in([report])
    latin = tmp_path / "latin.json"
    latin.write_bytes(b'{"document": "plan\xe9"}')
    with pytest.raises(InvalidInputError):
        plans_in([latin])
    (tmp_path / "error.json").write_text('{"document": "error", "what": 1}')
    with pytest.raises(InvalidInputError, match="error"):
        outcomes_in([tmp_path / "error.json"])


def test_what_is_not_there_is_wrong_unless_it_may_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        plans_in([tmp_path / "nowhere"])
    assert plans_in([tmp_path / "nowhere"], absent=True) == ()


@pytest.mark.parametrize("folder", ["production", "apply-production", "report-production"])
def test_an_early_end_is_that_of_its_folder(tmp_path: Path, folder: str) -> None:
    path = write_error(tmp_path / folder / "apply.json")
    assert ends(path, "staging", "production") == ["production"]
    assert ends(path.parents[1], "staging", "production") == ["production"]


def test_an_early_end_is_that_of_the_only_environment_or_of_none(tmp_path: Path) -> None:
    path = write_error(tmp_path / "apply.json")
    assert ends(path, "production") == ["production"]
    assert ends(path, "staging", "production") == [""]
    assert ends(path) == [""]


def test_what_applies_come_to(tmp_path: Path) -> None:
    done = write_report(tmp_path / "done.json", Status.APPLIED, Status.UNCHANGED)
    undone = write_report(tmp_path / "undone.json", Status.APPLIED, Status.STALE)
    late = write_error(tmp_path / "late.json", code="superseded")
    early = write_error(tmp_path / "early.json")

    def state(*paths: Path) -> State:
        return state_of(outcomes_in(paths))

    assert state() is State.PLANNED
    assert state(done) is State.APPLIED
    assert state(undone) is state(done, early) is state(done, undone) is State.FAILED
    assert state(late) is state(late, late) is State.SUPERSEDED
    assert state(late, done) is State.FAILED


def test_why_a_plan_failed_is_no_plan_and_does_not_hide_the_others(tmp_path: Path) -> None:
    write_plan(tmp_path / "a/plan-a.json", an_update(environment="a"), environment="a")
    failed = write_error(tmp_path / "b/plan-b.json")
    plans = plans_in([tmp_path])
    assert [each.name for plan in plans for each in plan.environments] == ["a"]
    assert plans_in([failed]) == ()
    for expected in ((), ("a", "b"), ("b",)):
        (end,) = unplanned_in([tmp_path], plans, expected)
        assert (end.environment, end.error.what) == ("b", "the sky fell")


def test_a_failed_plan_is_that_of_the_only_environment_without_one(tmp_path: Path) -> None:
    write_plan(tmp_path / "one.json", an_update(environment="a"), environment="a")
    write_error(tmp_path / "two.json")
    plans = plans_in([tmp_path])
    for expected, name in ((("a", "b"), "b"), (("a", "b", "c"), ""), ((), "")):
        (end,) = unplanned_in([tmp_path], plans, expected)
        assert end.environment == name


def test_a_plan_that_a_review_names_has_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no plan"):
        read_plans_by_path([write_error(tmp_path / "plan.json")])
