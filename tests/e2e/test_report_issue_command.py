"""`reconcile report-issue`, as the jobs of the workflows run it."""

from __future__ import annotations

from typing import Any

import pytest
from fake_github import ACTIONS
from fake_github_records import Issue
from hosted import an_update, write_drift, write_error, write_plan, write_report
from hosting_support import REPORTING, Job

from reconciler.core.outcome import Status
from reconciler.render.marker import parse_marker

DRIFT = ("report-issue", "--kind", "drift", "--drift", "drift.json")
FAILURE = ("report-issue", "--kind", "failure", "--apply", "apply.json")


def starts(job: Job, **how: Any) -> Job:
    return job.starts(event="schedule", token=job.github.token(REPORTING), **how)


def the_issue(job: Job) -> Issue:
    (issue,) = job.github.issues.values()
    return issue


def said(job: Job) -> list[str]:
    """Return the comments of the one issue, without their markers."""
    return [each.body.partition("\n")[2] for each in job.github.comments_of(the_issue(job).number)]


def test_the_life_of_a_drift_issue(any_job: Job) -> None:
    any_job.github.open_pull()
    path = any_job.folder / "drift.json"
    write_drift(path)
    starts(any_job).run(*DRIFT).ends(0, "registry: nothing to report")
    assert any_job.github.issues == {}

    write_drift(path, "churn-v1")
    starts(any_job).run(*DRIFT).ends(0, "registry: issue opened")
    issue = the_issue(any_job)
    assert (issue.author, issue.labels) == (ACTIONS, ["reconcile-drift"])
    assert "registry" in issue.title
    assert "churn-v1" in issue.body
    any_job.writes()
    any_job.run(*DRIFT).ends(0, "says this already")
    assert any_job.writes() == []

    starts(any_job).run(*DRIFT).ends(0, "issue updated")
    assert said(any_job) == []

    write_drift(path, "churn-v1", "churn-v2")
    starts(any_job).run(*DRIFT).ends(0, "issue updated")
    assert "churn-v2" in issue.body
    assert len(said(any_job)) == 1

    write_drift(path)
    starts(any_job).run(*DRIFT).ends(0, "issue closed")
    assert issue.state == "closed"
    assert said(any_job)[1].startswith("There is no drift any more. [Workflow run](http")
    any_job.writes()
    starts(any_job).run(*DRIFT).ends(0, "nothing to report")
    assert any_job.writes() == []

    write_drift(path, "churn-v1")
    starts(any_job).run(*DRIFT).ends(0, "issue reopened")
    assert issue.state == "open"
    assert said(any_job)[2].startswith("It is back. ")


def test_each_environment_has_its_own_issue_and_only_those_asked_for(any_job: Job) -> None:
    path = any_job.folder / "drift.json"
    write_drift(path, "churn-v1", environments=("staging", "production"))
    starts(any_job).run(*DRIFT).ends(0, "staging: issue opened", "production: nothing to report")
    write_drift(any_job.folder / "drift.json", "churn-v1", environments=("production",))
    starts(any_job).run(*DRIFT, "-e", "staging").ends(0)
    assert len(any_job.github.issues) == 1
    marker = parse_marker(the_issue(any_job).body)
    assert marker is not None
    assert marker.key == "staging"


def test_a_part_of_an_environment_closes_nothing(any_job: Job) -> None:
    write_drift(any_job.folder / "drift.json", whole=False)
    starts(any_job).run(*DRIFT).ends(64, "about a part")


def test_an_older_run_does_not_close_what_a_newer_one_found(any_job: Job) -> None:
    path = any_job.folder / "drift.json"
    older = dict(starts(any_job).variables)
    write_drift(path, "churn-v1")
    starts(any_job).run(*DRIFT).ends(0)
    write_drift(path)
    any_job.variables = older
    any_job.run(*DRIFT).ends(0, "a later run has written")
    assert the_issue(any_job).state == "open"


def test_the_life_of_a_failure_issue(any_job: Job) -> None:
    path = any_job.folder / "apply.json"
    write_report(path, Status.FAILED, Status.SKIPPED, Status.APPLIED, why="denied for @ops")
    starts(any_job).run(*FAILURE).ends(0, "registry: issue opened")
    issue = the_issue(any_job)
    assert issue.title == "Apply failed: registry"
    assert issue.labels == ["reconcile-failure"]
    for words in ("1 failed", "1 skipped", "churn-v1", "churn-v2", "manifests/churn.yaml:12"):
        assert words in issue.body
    assert "churn-v3" not in issue.body
    assert "`@ops`" in issue.body

    starts(any_job).run(*FAILURE).ends(0, "issue updated")
    assert said(any_job) == []
    write_report(path, Status.FAILED, why="throttled")
    starts(any_job).run(*FAILURE).ends(0, "issue updated")
    assert len(said(any_job)) == 1
    write_report(path, Status.APPLIED)
    starts(any_job).run(*FAILURE).ends(0, "issue closed")
    assert issue.state == "closed"
    assert said(any_job)[1].startswith("The last apply succeeded.")


def test_an_apply_that_ended_early_is_a_failure_of_its_environment(any_job: Job) -> None:
    write_error(any_job.folder / "reports/apply-production/apply.json", "cannot sign in")
    write_report(
        any_job.folder / "reports/apply-staging/apply.json", Status.APPLIED, environment="staging"
    )
    told = ("report-issue", "--kind", "failure", "--apply", "reports")
    result = starts(any_job).run(*told, "-e", "production,staging")
    result.ends(0, "production: issue opened", "staging: nothing to report")
    assert "cannot sign in" in the_issue(any_job).body


def test_an_apply_that_left_nothing_is_a_failure(any_job: Job) -> None:
    told = ("report-issue", "--kind", "failure", "--apply", "nowhere")
    starts(any_job).run(*told, "-e", "production").ends(0, "production: issue opened")
    assert "left no report" in the_issue(any_job).body
    any_job.run(*told).ends(64, "nowhere")


def test_nothing_to_do_closes_the_issue_of_the_environment_that_is_named(any_job: Job) -> None:
    path = any_job.folder / "apply.json"
    write_report(path, Status.FAILED)
    starts(any_job).run(*FAILURE).ends(0, "opened")
    write_report(path)
    starts(any_job).run(*FAILURE).ends(64, "--environment")
    write_plan(any_job.folder / "plan.json", an_update())
    starts(any_job).run(*FAILURE, "--plan", "plan.json").ends(0, "issue closed")


def test_an_apply_that_a_later_one_overtook_is_no_failure(any_job: Job) -> None:
    write_error(any_job.folder / "apply.json", "too late", "superseded")
    starts(any_job).run(*FAILURE, "-e", "registry").ends(0, "registry: its issue is left as it is")
    assert any_job.github.issues == {}


def test_an_issue_of_others_is_never_written_to(any_job: Job) -> None:
    write_drift(any_job.folder / "drift.json", "churn-v1")
    starts(any_job).run(*DRIFT).ends(0)
    mine = the_issue(any_job)
    theirs = any_job.github.open_issue("Drift", mine.body, "reconcile-drift")
    mine.state = "closed"
    write_drift(any_job.folder / "drift.json")
    body = theirs.body
    starts(any_job).run(*DRIFT).ends(0, "nothing to report")
    assert (theirs.state, theirs.body) == ("open", body)


def test_a_rehearsal_shows_what_would_be_sent(any_job: Job) -> None:
    write_drift(any_job.folder / "drift.json", "churn-v1")
    result = starts(any_job).run(*DRIFT, "--dry-run").ends(0)
    assert result.out.startswith("POST /repos/acme/registry/issues\n")
    assert '"labels": ["reconcile-drift"]' in result.out
    assert any_job.writes() == []


def test_without_leave_it_is_a_warning_and_the_text_is_in_the_summary(any_job: Job) -> None:
    write_drift(any_job.folder / "drift.json", "churn-v1")
    any_job.starts(event="schedule", token=any_job.github.token({"contents": "read"}))
    any_job.run(*DRIFT).ends(0, "::warning", "issues: write")
    assert "churn-v1" in any_job.summary
    any_job.run(*DRIFT, "--strict").ends(1, "issues: write")


@pytest.mark.parametrize(
    "told",
    [
        ("--kind", "drift", "--apply", "apply.json"),
        ("--kind", "failure", "--drift", "drift.json"),
    ],
)
def test_what_does_not_go_together_is_said(any_job: Job, told: tuple[str, ...]) -> None:
    starts(any_job).run("report-issue", *told).ends(64, "nothing to report")
    starts(any_job).run("report-issue").ends(64, "--kind")


def test_secrets_of_the_environment_and_accounts_are_not_shown(any_job: Job) -> None:
    write_drift(any_job.folder / "drift.json", "hunter22")
    write_report(any_job.folder / "apply.json", Status.FAILED, why="hunter22: not in 444444444444")
    for command in (DRIFT, (*FAILURE, "-e", "registry")):
        starts(any_job).run(*command, "--mask-account-ids", DB_PASSWORD="hunter22").ends(0)
    assert len(any_job.github.issues) == 2
    for issue in any_job.github.issues.values():
        assert "hunter22" not in issue.title + issue.body
        assert not {"111111111111", "444444444444"} & set(issue.body.split("`"))
        assert "(sensitive value)" in issue.body
        assert "********" in issue.body


@pytest.mark.parametrize("named", [True, False])
def test_an_environment_whose_plan_failed_has_failed(any_job: Job, named: bool) -> None:
    write_plan(any_job.folder / "plans/plan-staging.json", environment="staging")
    write_error(any_job.folder / "plans/plan-production.json")
    (any_job.folder / "applied").mkdir()
    told = ("report-issue", "--kind", "failure", "--plan", "plans", "--apply", "applied")
    only = ("-e", "staging,production") if named else ()
    starts(any_job).run(*told, *only).ends(
        0, "staging: nothing to report", "production: issue opened"
    )
    assert "the sky fell" in the_issue(any_job).body
    assert "gravity" in the_issue(any_job).body
