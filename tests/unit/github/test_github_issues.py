"""The life of an issue: opened, left alone, commented, closed, reopened; only ours is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_github import ACTIONS, FakeGitHub
from github_support import a_client, a_marker

from reconciler.github.faults import GitHubError
from reconciler.github.issues import Issues, IssueText, Reported
from reconciler.render.marker import Marker, Subject, marker_line

LABEL = "reconcile-drift"


def about(run: int = 1, key: str = "production") -> Marker:
    return replace(a_marker(run), subject=Subject.DRIFT, key=key)


def a_text(digest: str = "1", *, clean: bool = False, title: str = "Drift") -> IssueText:
    return IssueText(title, f"body {digest}", f"sha256:{digest}", clean, f"now {digest}")


@pytest.fixture
def issues(any_github: FakeGitHub) -> Iterator[Issues]:
    with a_client(any_github) as client:
        yield Issues(client, ACTIONS)


def only(github: FakeGitHub) -> tuple[str, str, list[str]]:
    """Return state, visible body and comments of the one issue there is."""
    (issue,) = github.issues.values()
    said = [each.body.partition("\n")[2] for each in github.comments_of(issue.number)]
    return issue.state, issue.body.partition("\n")[2], said


def test_the_whole_life_of_an_issue(any_github: FakeGitHub, issues: Issues) -> None:
    any_github.open_pull()
    assert issues.report(a_text("1"), about(1)).done is Reported.OPENED
    (issue,) = any_github.issues.values()
    assert (issue.title, issue.labels, issue.author) == ("Drift", [LABEL], ACTIONS)
    assert only(any_github) == ("open", "body 1", [])

    assert issues.report(a_text("1"), about(1)).done is Reported.UNCHANGED
    assert len(any_github.writes) == 1

    assert issues.report(a_text("1"), about(2)).done is Reported.UPDATED
    assert only(any_github) == ("open", "body 1", [])

    assert issues.report(a_text("2"), about(3)).done is Reported.UPDATED
    assert only(any_github) == ("open", "body 2", ["now 2"])

    assert issues.report(a_text("0", clean=True), about(4)).done is Reported.CLOSED
    assert only(any_github) == ("closed", "body 0", ["now 2", "now 0"])
    assert issue.reason == "completed"
    any_github.requests.clear()
    assert issues.report(a_text("0", clean=True), about(5)).done is Reported.NOTHING
    assert any_github.writes == []

    assert issues.report(a_text("2"), about(6)).done is Reported.REOPENED
    assert only(any_github) == ("open", "body 2", ["now 2", "now 0", "It is back. now 2"])


def test_without_trouble_no_issue_is_opened(any_github: FakeGitHub, issues: Issues) -> None:
    assert issues.report(a_text(clean=True), about()).done is Reported.NOTHING
    assert any_github.writes == []


def test_each_environment_and_subject_has_its_own(any_github: FakeGitHub, issues: Issues) -> None:
    issues.report(a_text(), about(key="production"))
    issues.report(a_text(), about(key="staging"))
    issues.report(a_text(), replace(about(), subject=Subject.FAILURE))
    assert sorted(each.labels[0] for each in any_github.issues.values()) == [
        LABEL,
        LABEL,
        "reconcile-failure",
    ]


def test_a_title_may_be_changed_by_anybody(any_github: FakeGitHub, issues: Issues) -> None:
    issues.report(a_text(), about(1))
    (issue,) = any_github.issues.values()
    issue.title = "renamed"
    issues.report(a_text("2", title="Other drift"), about(2))
    assert [each.title for each in any_github.issues.values()] == ["renamed"]


@pytest.mark.parametrize(("author", "label"), [("octocat", LABEL), (ACTIONS, "bug")])
def test_an_issue_of_others_is_never_written_to(
    any_github: FakeGitHub, issues: Issues, author: str, label: str
) -> None:
    body = f"{marker_line(about(1))}\ntheirs"
    theirs = any_github.open_issue("Drift", body, label, author=author)
    assert issues.report(a_text("0", clean=True), about(2)).done is Reported.NOTHING
    assert issues.report(a_text("1"), about(3)).done is Reported.OPENED
    assert (theirs.body, theirs.state) == (body, "open")
    assert any_github.comments_of(theirs.number) == []


def test_a_later_runs_issue_is_left_alone(any_github: FakeGitHub, issues: Issues) -> None:
    issues.report(a_text("1"), about(9))
    assert issues.report(a_text("0", clean=True), about(8)).done is Reported.OUTRUN
    assert only(any_github) == ("open", "body 1", [])


def test_a_lost_answer_leaves_one_issue(any_github: FakeGitHub, issues: Issues) -> None:
    any_github.lose("POST", "issues$")
    assert issues.report(a_text(), about()).done is Reported.OPENED
    assert len(any_github.issues) == 1
    any_github.trouble("POST", "issues$", status=502)
    assert issues.report(a_text(), about(key="staging")).done is Reported.OPENED
    assert len(any_github.issues) == 2


def test_a_lost_comment_is_looked_up(any_github: FakeGitHub, issues: Issues) -> None:
    issues.report(a_text("1"), about(1))
    any_github.lose("POST", "comments")
    issues.report(a_text("2"), about(2))
    assert only(any_github)[2] == ["now 2"]


def test_of_several_own_ones_the_newest_goes_on(any_github: FakeGitHub, issues: Issues) -> None:
    body = f"{marker_line(about(1))}\nold"
    first, second = (any_github.open_issue("Drift", body, LABEL, author=ACTIONS) for _ in range(2))
    assert issues.report(a_text(), about(2)).done is Reported.UPDATED
    assert (first.state, first.reason, second.state) == ("closed", "not_planned", "open")
    (said,) = any_github.comments_of(first.number)
    assert said.body.endswith(f"Continued in #{second.number}.")


def test_an_issue_among_many_is_found(any_github: FakeGitHub, issues: Issues) -> None:
    issues.report(a_text("1"), about(1))
    for index in range(230):
        any_github.open_issue(f"Other {index}", "x", LABEL)
    assert issues.report(a_text("1"), about(2)).done is Reported.UPDATED


def test_a_job_without_the_permission_is_told_which(any_github: FakeGitHub) -> None:
    token = any_github.token({"contents": "read"})
    with (
        a_client(any_github, token=token) as client,
        pytest.raises(GitHubError) as error,
    ):
        Issues(client, ACTIONS).report(a_text(), about())
    assert "issues: write" in error.value.fix
