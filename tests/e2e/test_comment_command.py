"""`reconcile comment`, as the jobs of the workflows run it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from e2e_support import COMMAND
from fake_github import ACTIONS, FakeGitHub
from fake_github_records import Pull
from hosted import an_update, write_error, write_plan, write_report
from hosting_support import COMMENTING, Job

from reconciler.core.outcome import Status
from reconciler.core.review import short
from reconciler.github.client import Client
from reconciler.github.reviews import MergedReview, merged_review
from reconciler.github.run import run_of
from reconciler.render.marker import Marker, State, marker_line, parse_marker

PLAN = ("comment", "--plan", "plan.json")
APPLY = (*PLAN, "--apply", "apply/report.json")


@pytest.fixture
def pull(any_job: Job) -> Pull:
    write_plan(any_job.folder / "plan.json", an_update())
    return any_job.github.open_pull()


def the_comment(job: Job, pull: Pull) -> str:
    (comment,) = job.github.comments_of(pull.number)
    assert comment.author == ACTIONS
    return comment.body


def the_marker(job: Job, pull: Pull) -> Marker:
    marker = parse_marker(the_comment(job, pull))
    assert marker is not None
    return marker


def starts(job: Job, pull: Pull, **how: Any) -> Job:
    return job.starts(pull, token=job.github.token(COMMENTING), **how)


def merged(job: Job, pull: Pull, style: str = "squash", **how: Any) -> Job:
    """Merge a pull request, and start the run of that push."""
    before = job.github.branches["main"]
    job.github.merge(pull.number, style)
    return job.starts(before=before, token=job.github.token(COMMENTING), **how)


# --- plans


def test_a_plan_is_written_once_and_the_second_run_of_the_step_writes_nothing(
    any_job: Job, pull: Pull
) -> None:
    starts(any_job, pull).run(*PLAN).ends(0, "comment created")
    body = the_comment(any_job, pull)
    assert "churn-v1" in body
    assert any_job.variables["GITHUB_RUN_ID"] in body
    assert any_job.outputs["comment-url"].endswith(f"#issuecomment-{any_job.outputs['comment-id']}")
    assert any_job.outputs["truncated"] == "false"
    assert len(any_job.writes()) == 1
    any_job.run(*PLAN).ends(0, "says this already")
    assert any_job.writes() == []


def test_a_push_updates_the_comment(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    any_job.github.push("feature")
    write_plan(any_job.folder / "plan.json", an_update("churn-v2"))
    starts(any_job, pull).run(*PLAN).ends(0, "comment updated")
    assert "churn-v2" in the_comment(any_job, pull)
    assert the_marker(any_job, pull).head == pull.head


def test_runs_that_finish_in_the_wrong_order_leave_the_newer_plan(any_job: Job, pull: Pull) -> None:
    older = dict(starts(any_job, pull).variables)
    starts(any_job, pull).run(*PLAN).ends(0)
    body = the_comment(any_job, pull)
    any_job.variables = older
    any_job.run(*PLAN).ends(0, "a later run has written")
    assert the_comment(any_job, pull) == body


def test_a_plan_of_an_earlier_commit_is_not_written(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull)
    any_job.github.push("feature")
    any_job.run(*PLAN).ends(0, "so nothing is written", pull.head[:12])
    assert any_job.writes() == []
    assert any_job.outputs["comment-id"] == ""


def test_a_commit_that_came_while_comments_were_read_is_seen(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull)
    any_job.github.before("GET", "comments", lambda: any_job.github.push("feature"))
    any_job.run(*PLAN).ends(0, "so nothing is written")
    assert any_job.writes() == []


def test_several_environments_share_one_comment_and_a_missing_one_is_said(
    any_job: Job, pull: Pull
) -> None:
    for name in ("staging", "production"):
        path = any_job.folder / f"plans/plan-{name}/plan.json"
        write_plan(path, an_update(environment=name), environment=name)
    (any_job.folder / "plans/plan-production/other.json").write_text("{}")
    told = ("comment", "--plan", "plans", "--expect", "staging,production,research")
    starts(any_job, pull).run(*told).ends(0, "comment created")
    body = the_comment(any_job, pull)
    for name in ("staging", "production", "research"):
        assert f"`{name}`" in body
    assert "failed" in body.splitlines()[2]
    assert len(the_marker(any_job, pull).places) == 2


def test_a_plan_that_no_job_left_is_said(any_job: Job, pull: Pull) -> None:
    told = ("comment", "--plan", "nowhere", "--expect", "registry")
    starts(any_job, pull).run(*told).ends(0, "comment created")
    assert "`registry`" in the_comment(any_job, pull)
    any_job.run("comment", "--plan", "nowhere").ends(64, "--expect")


@pytest.mark.parametrize("expected", [(), ("--expect", "registry,production")])
def test_why_a_plan_failed_is_said(any_job: Job, pull: Pull, expected: tuple[str, ...]) -> None:
    write_plan(any_job.folder / "plans/a/plan-registry.json", an_update())
    failed = any_job.folder / "plans/b/plan-production.json"
    write_error(failed, "no sun in 444444444444, hunter22")
    told = ("comment", "--plan", "plans", *expected, "--mask-account-ids")
    starts(any_job, pull).run(*told, DB_PASSWORD="hunter22").ends(0, "comment created")
    body = the_comment(any_job, pull)
    assert "`production`: the plan failed: no sun in `********4444`, (sensitive value)" in body
    assert "gravity" in body
    assert "hold it" in body
    assert "failed" in body.splitlines()[2]
    write_plan(failed, an_update(environment="production"), environment="production")
    starts(any_job, pull).run(*told).ends(0, "comment updated")
    assert "the plan failed" not in the_comment(any_job, pull)


def test_an_apply_whose_plan_failed_has_failed(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    write_error(any_job.folder / "plans/plan-production.json")
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    told = ("comment", "--plan", "plans", "--plan", "plan.json", "--apply", "apply")
    merged(any_job, pull).run(*told).ends(0, "comment updated")
    assert the_marker(any_job, pull).state is State.FAILED
    assert "`production`: the plan failed: the sky fell" in the_comment(any_job, pull)


@pytest.mark.parametrize(
    ("choice", "there", "left"),
    [
        ("update", False, []),
        ("update", True, ["no changes"]),
        ("always", False, ["no changes"]),
        ("delete", True, []),
        ("delete", False, []),
    ],
)
def test_a_plan_without_changes(
    any_job: Job, pull: Pull, choice: str, there: bool, left: list[str]
) -> None:
    if there:
        starts(any_job, pull).run(*PLAN).ends(0)
    write_plan(any_job.folder / "plan.json")
    told = (*PLAN, "--when-no-changes", choice)
    starts(any_job, pull).run(*told).ends(0)
    bodies = [each.body for each in any_job.github.comments_of(pull.number)]
    assert len(bodies) == len(left)
    for body, words in zip(bodies, left, strict=True):
        assert words in body.lower()
        assert "churn-v1" not in body
    any_job.writes()
    any_job.run(*told).ends(0)
    assert any_job.writes() == []


def test_a_plan_that_is_missing_is_no_plan_without_changes(any_job: Job, pull: Pull) -> None:
    write_plan(any_job.folder / "plan.json")
    starts(any_job, pull).run(*PLAN, "--expect", "registry,other").ends(0, "comment created")


def test_comments_of_other_keys_and_people_are_left_alone(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN, "--key", "production").ends(0)
    forged = any_job.github.comment(pull.number, the_comment(any_job, pull), "octocat")
    before = forged.body
    starts(any_job, pull).run(*PLAN, "--key", "staging").ends(0, "comment created")
    starts(any_job, pull).run(*PLAN, "--key", "production").ends(0, "comment updated")
    assert forged.body == before
    assert len(any_job.github.comments_of(pull.number)) == 3


def test_a_lost_answer_leaves_exactly_one_comment(job: Job) -> None:
    write_plan(job.folder / "plan.json", an_update())
    pull = job.github.open_pull()
    starts(job, pull)
    job.github.lose("POST", "comments")
    job.run(*PLAN).ends(0, "comment created")
    the_comment(job, pull)


# --- where there is nothing to write to, or no leave to


def test_without_a_pull_request_nothing_is_written(any_job: Job, pull: Pull) -> None:
    any_job.starts().run(*PLAN).ends(0, "there is no pull request")
    any_job.starts(event="schedule").run(*PLAN).ends(0, "there is no pull request")
    assert any_job.writes() == []
    assert pull.is_merged is False


def test_a_merge_queue_is_planned_and_not_commented_on(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    any_job.writes()
    starts(any_job, pull, event="merge_group").run(*PLAN).ends(0, "so nothing is written")
    assert any_job.writes() == []


def test_a_push_to_the_branch_of_an_open_pull_request_finds_it(any_job: Job, pull: Pull) -> None:
    any_job.starts(branch="feature").run(*PLAN).ends(0, "comment created")
    assert the_marker(any_job, pull).head == pull.head


def test_a_fork_has_no_leave_and_that_is_a_warning(any_job: Job) -> None:
    pull = any_job.github.open_pull(fork="mallory")
    write_plan(any_job.folder / "plan.json", an_update())
    token = any_job.github.token({"contents": "read", "pull-requests": "read"})
    any_job.starts(pull, token=token)
    result = any_job.run(*PLAN).ends(0, "::warning title=GitHub was not written to::", "forks")
    assert "pull-requests: write" in result.err
    assert result.out == ""
    assert "churn-v1" in any_job.summary
    any_job.run(*PLAN, "--strict").ends(1, "forks never have permission")
    assert any_job.github.comments == {}


def test_diagnostics_name_every_request_and_no_token(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).process(*PLAN, "-v").ends(0, "GET http", "POST http", ": 201 (")
    any_job.github.tokens.pop(any_job.variables["GITHUB_TOKEN"])
    failed = subprocess.run(
        [*COMMAND, *PLAN, "--debug", "--strict"],
        cwd=any_job.folder,
        env=any_job.cli.env() | any_job.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    for words in ("Traceback", "the token is not accepted", ": 401 ("):
        assert words in failed.stderr
    assert any_job.variables["GITHUB_TOKEN"] not in failed.stdout + failed.stderr


def test_without_a_token_it_is_said_how_to_give_one(any_job: Job, pull: Pull) -> None:
    any_job.starts(pull, token="").run(*PLAN).ends(64, "GITHUB_TOKEN: ${{ github.token }}")


def test_a_secret_of_the_step_is_masked(any_job: Job, pull: Pull) -> None:
    write_plan(any_job.folder / "plan.json", an_update(after="hunter2hunter2"))
    starts(any_job, pull).run(*PLAN, DATABASE_PASSWORD="hunter2hunter2").ends(0)
    assert "hunter2" not in the_comment(any_job, pull)


def test_files_that_are_no_plans_are_invalid(any_job: Job, pull: Pull) -> None:
    (any_job.folder / "plan.json").write_text("{}")
    starts(any_job, pull).run(*PLAN).ends(5, "plan.json")
    any_job.run("comment").ends(64, "--plan")


# --- without writing, and without Actions


def test_a_rehearsal_shows_what_would_be_sent(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull)
    result = any_job.run(*PLAN, "--dry-run").ends(0)
    first, marker = result.out.splitlines()[:2]
    assert first == f"POST /repos/acme/registry/issues/{pull.number}/comments"
    assert parse_marker(marker) is not None
    any_job.run(*PLAN).ends(0)
    any_job.writes()
    any_job.github.push("feature")
    result = starts(any_job, pull).run(*PLAN, "--dry-run").ends(0)
    assert result.out.startswith("PATCH /repos/acme/registry/issues/comments/")
    assert any_job.writes() == []
    assert "comment-id" not in any_job.outputs


def test_outside_of_actions_options_say_what_variables_would(any_job: Job, pull: Pull) -> None:
    write_plan(any_job.folder / "plan.json", an_update(), commit=pull.head)
    token = any_job.github.token(login="jane", is_app=False)
    place = ("--repository", "acme/registry", "--api-url", any_job.github.api_url)
    result = any_job.run(*PLAN, *place, "--pr", str(pull.number), GH_TOKEN=token)
    result.ends(0, "comment created")
    (comment,) = any_job.github.comments_of(pull.number)
    assert comment.author == "jane"
    any_job.run(*PLAN, *place, "--pr", str(pull.number), GH_TOKEN=token).ends(0, "already")
    any_job.github.push("feature")
    any_job.run(*PLAN, *place, "--pr", str(pull.number), GH_TOKEN=token).ends(0, "is of")
    told = ("--head", pull.head)
    any_job.run(*PLAN, *place, *told, "--pr", str(pull.number), GH_TOKEN=token).ends(0, "updated")


def test_an_address_that_would_give_the_token_away_is_refused(job: Job) -> None:
    write_plan(job.folder / "plan.json", an_update())
    place = ("--repository", "a/b", "--api-url", "http://github.example.org/api/v3")
    result = job.run(*PLAN, *place, GH_TOKEN="t0ken").ends(64, "https://")
    assert "t0ken" not in result.text


# --- applies


def review(github: FakeGitHub, job: Job) -> MergedReview:
    """Return what an apply of this run may carry out."""
    run = replace(run_of(job.variables), token=github.default)
    with Client(run) as client:
        return merged_review(client, run, key="all", since=None, author=None)


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_the_comment_of_a_merged_pull_request_says_how_far_it_is(
    any_job: Job, pull: Pull, style: str
) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    planned = the_marker(any_job, pull)
    merged(any_job, pull, style).run(*PLAN, "--state", "applying").ends(0, "comment updated")
    assert the_marker(any_job, pull).state is State.APPLYING
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    any_job.run(*APPLY).ends(0, "comment updated")
    marker = the_marker(any_job, pull)
    assert marker.state is State.APPLIED
    assert (marker.head, marker.operations) == (planned.head, planned.operations)
    assert marker.planned_by == planned.run
    assert marker.run > planned.run
    any_job.writes()
    any_job.run(*APPLY).ends(0, "says this already")
    assert any_job.writes() == []


def test_what_an_apply_planned_anew_never_counts_as_reviewed(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    write_plan(any_job.folder / "plan.json", an_update(), an_update("sneaked-in"))
    write_report(any_job.folder / "apply/report.json", Status.STALE, Status.SKIPPED)
    merged(any_job, pull).run(*APPLY).ends(0, "comment updated")
    assert "sneaked-in" in the_comment(any_job, pull)
    assert the_marker(any_job, pull).state is State.FAILED
    assert review(any_job.github, any_job).review.digests == {short(an_update().digest)}


def test_an_apply_without_a_plan_comment_writes_one_that_is_no_review(
    any_job: Job, pull: Pull
) -> None:
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    merged(any_job, pull).run(*APPLY).ends(0, "comment created")
    found = review(any_job.github, any_job)
    assert found.review.digests == frozenset()
    assert found.gaps == (f"pull request #{pull.number} has no plan comment",)


def test_a_failure_is_shown_and_a_second_try_puts_it_right(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    write_report(any_job.folder / "apply/report.json", Status.FAILED, why="no @everyone")
    merged(any_job, pull).run(*APPLY).ends(0)
    body = the_comment(any_job, pull)
    assert the_marker(any_job, pull).state is State.FAILED
    assert not re.search(r"(?<!`)@everyone", body)
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    again = int(any_job.variables["GITHUB_RUN_ID"])
    any_job.variables["GITHUB_RUN_ATTEMPT"] = "2"
    any_job.run(*APPLY).ends(0, "comment updated")
    assert the_marker(any_job, pull).age == (again, 2)
    assert the_marker(any_job, pull).state is State.APPLIED


@pytest.mark.parametrize(("code", "state"), [("superseded", "superseded"), ("gate", "failed")])
def test_an_apply_that_ended_early_is_shown(
    any_job: Job, pull: Pull, code: str, state: str
) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    write_error(any_job.folder / "reports/apply-registry/apply.json", "no way", code)
    told = (*PLAN, "--apply", "reports", "--expect", "registry")
    merged(any_job, pull).run(*told).ends(0, "comment updated")
    assert the_marker(any_job, pull).state.value == state
    assert "no way" in the_comment(any_job, pull)


def test_every_pull_request_of_a_push_is_told(any_job: Job, pull: Pull) -> None:
    github = any_job.github
    other = github.open_pull(branch="other")
    for each in (pull, other):
        starts(any_job, each).run(*PLAN).ends(0)
    before = github.branches["main"]
    github.merge(pull.number, "merge")
    github.merge(other.number, "squash")
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    any_job.starts(before=before).run(*APPLY).ends(0)
    for each in (pull, other):
        assert the_marker(any_job, each).state is State.APPLIED


def test_a_late_plan_does_not_cover_what_was_applied(any_job: Job, pull: Pull) -> None:
    late = dict(starts(any_job, pull).variables)
    starts(any_job, pull).run(*PLAN).ends(0)
    write_report(any_job.folder / "apply/report.json", Status.APPLIED)
    merged(any_job, pull).run(*APPLY).ends(0)
    any_job.variables = late
    any_job.run(*PLAN).ends(0, "it is merged, so nothing is written")
    assert the_marker(any_job, pull).state is State.APPLIED


def test_a_plan_that_comes_after_the_merge_was_not_reviewed_and_is_not_written(
    any_job: Job, pull: Pull
) -> None:
    starts(any_job, pull)
    any_job.github.merge(pull.number)
    any_job.run(*PLAN).ends(0, "it is merged, so nothing is written")
    closed = any_job.github.open_pull(branch="other")
    starts(any_job, closed)
    closed.state = "closed"
    any_job.run(*PLAN).ends(0, "it is closed, so nothing is written")
    assert any_job.writes() == []


def test_an_older_comment_of_ours_is_folded_away(any_job: Job, pull: Pull) -> None:
    starts(any_job, pull).run(*PLAN).ends(0)
    old = replace(the_marker(any_job, pull), run=1, nonce="old")
    double = any_job.github.comment(pull.number, f"{marker_line(old)}\nold", ACTIONS)
    any_job.run(*PLAN).ends(0, "1 older folded away")
    assert double.is_minimised
    any_job.writes()
    any_job.run(*PLAN).ends(0)
    assert any_job.writes() == []
