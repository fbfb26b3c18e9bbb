"""One comment, found by author and marker, newest run wins, and nobody else's text is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_github import ACTIONS, FakeGitHub
from fake_github_records import Access
from github_support import a_body, a_client, a_marker

from reconciler.github.client import Client
from reconciler.github.comments import (
    CommentHost,
    Done,
    GitHubComments,
    Upserted,
    own,
    remove,
    upsert,
)
from reconciler.github.faults import AmbiguousWriteError, GitHubError, InvalidRequestError
from reconciler.github.viewer import login_of
from reconciler.render.marker import State, Subject, marker_line


@pytest.fixture
def client(any_github: FakeGitHub) -> Iterator[Client]:
    with a_client(any_github) as found:
        yield found


@pytest.fixture
def host(client: Client) -> CommentHost:
    return GitHubComments(client, ACTIONS)


@pytest.fixture
def number(any_github: FakeGitHub) -> int:
    return any_github.open_pull().number


def write(host: CommentHost, number: int, body: str) -> Upserted:
    found = own(host.list(number), host.whoami(), a_marker())
    return upsert(host, number, body, found)


def bodies(github: FakeGitHub, number: int) -> list[str]:
    return [each.body for each in github.comments_of(number)]


def test_the_first_time_a_comment_is_created_and_then_left_alone(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    assert write(host, number, a_body()).done is Done.CREATED
    assert write(host, number, a_body()).done is Done.UNCHANGED
    assert bodies(any_github, number) == [a_body()]
    assert len(any_github.writes) == 1


def test_line_ends_and_blanks_at_the_end_are_no_difference(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    any_github.comment(number, a_body(text="one\ntwo").replace("\n", "\r\n") + "\r\n", ACTIONS)
    assert write(host, number, a_body(text="one\ntwo\n")).done is Done.UNCHANGED
    assert any_github.writes == []


def test_a_later_run_updates_the_comment_wherever_it_is(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    for index in range(130):
        any_github.comment(number, f"talk {index}")
    mine = any_github.comment(number, a_body(1), ACTIONS)
    for index in range(130):
        any_github.comment(number, f"more talk {index}")
    assert write(host, number, a_body(2)).done is Done.UPDATED
    assert mine.body == a_body(2)
    assert len(any_github.writes) == 1


def test_runs_that_finish_in_the_wrong_order_leave_the_newer_plan(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    write(host, number, a_body(20, "newer"))
    assert write(host, number, a_body(19, "older")).done is Done.OUTRUN
    again = replace(a_marker(20), attempt=2)
    assert write(host, number, f"{marker_line(again)}\nsecond attempt").done is Done.UPDATED
    assert write(host, number, a_body(20, "newer")).done is Done.OUTRUN
    assert [body.partition("\n")[2] for body in bodies(any_github, number)] == ["second attempt"]


@pytest.mark.parametrize("author", ["octocat", None, "github-actions", "GitHub-Actions[bot]"])
def test_what_others_write_is_never_touched_whatever_it_begins_with(
    any_github: FakeGitHub, host: CommentHost, number: int, author: str | None
) -> None:
    theirs = any_github.comment(number, a_body(99, "look here"), author)
    assert write(host, number, a_body(1)).done is Done.CREATED
    assert write(host, number, a_body(2)).done is Done.UPDATED
    assert theirs.body == a_body(99, "look here")
    assert not theirs.is_minimised


def test_a_marker_counts_only_at_the_start_and_for_its_subject_and_key(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    others = (
        f"> {a_body(99)}",
        f"quoted:\n{a_body(99)}",
        a_body(99, key="production"),
        a_body(99, subject=Subject.DRIFT),
        "<!-- reconcile:plan {not json} -->\nx",
    )
    for body in others:
        any_github.comment(number, body, ACTIONS)
    assert write(host, number, a_body(1)).done is Done.CREATED
    assert bodies(any_github, number) == [*others, a_body(1)]


def test_a_comment_that_was_deleted_meanwhile_is_created_anew(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    mine = any_github.comment(number, a_body(1), ACTIONS)
    any_github.before("PATCH", "comments", lambda: any_github.comments.pop(mine.identity))
    assert write(host, number, a_body(2)).done is Done.CREATED
    assert bodies(any_github, number) == [a_body(2)]


@pytest.mark.parametrize("status", [0, 500, 502])
def test_a_lost_answer_is_looked_up_and_leaves_exactly_one_comment(
    any_github: FakeGitHub, host: CommentHost, number: int, status: int
) -> None:
    any_github.lose("POST", "comments", status=status)
    result = write(host, number, a_body())
    assert result.comment is not None
    assert result.comment.identity == any_github.comments_of(number)[0].identity
    assert bodies(any_github, number) == [a_body()]
    assert len(any_github.writes) == 1


def test_a_comment_that_was_not_written_after_all_is_sent_once_more(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    any_github.trouble("POST", "comments", status=502)
    write(host, number, a_body())
    assert bodies(any_github, number) == [a_body()]
    other = any_github.open_pull(branch="other").number
    any_github.trouble("POST", "comments", status=502, times=9)
    with pytest.raises(AmbiguousWriteError):
        write(host, other, a_body())
    assert len(any_github.writes) == 4


def test_duplicates_are_folded_away_once_and_the_newest_run_is_kept(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    newest = any_github.comment(number, a_body(3), ACTIONS)
    older = [any_github.comment(number, a_body(run), ACTIONS) for run in (1, 2)]
    theirs = any_github.comment(number, a_body(1), "octocat")
    assert write(host, number, a_body(4)).minimised == 2
    assert all(each.is_minimised and each.reason == "OUTDATED" for each in older)
    assert not newest.is_minimised
    assert not theirs.is_minimised
    assert newest.body == a_body(4)
    any_github.requests.clear()
    assert write(host, number, a_body(4)).minimised == 0
    assert any_github.writes == []


def test_what_cannot_be_folded_away_does_not_keep_the_comment_from_being_written(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    for run in (1, 2):
        any_github.comment(number, a_body(run), ACTIONS)
    any_github.trouble("POST", "graphql", status=403, body={"message": "no"}, times=9)
    result = write(host, number, a_body(3))
    assert (result.done, result.minimised) == (Done.UPDATED, 0)


def test_two_runs_that_create_at_the_same_time_leave_one_in_sight(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    any_github.before("POST", "comments", lambda: any_github.comment(number, a_body(8), ACTIONS))
    assert write(host, number, a_body(7)).minimised == 1
    seen = [each.body for each in any_github.comments_of(number) if not each.is_minimised]
    assert seen == [a_body(8)]


def test_a_superseded_comment_is_taken_only_where_there_is_no_other(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    gone = any_github.comment(number, a_body(5, state=State.SUPERSEDED), ACTIONS)
    assert write(host, number, a_body(6)).done is Done.UPDATED
    assert gone.body == a_body(6)


def test_a_refused_text_is_sent_once(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    with pytest.raises(InvalidRequestError):
        write(host, number, a_body(text="x" * 70_000))
    assert len(any_github.writes) == 1


def test_own_comments_are_deleted_and_a_later_runs_are_not(
    any_github: FakeGitHub, host: CommentHost, number: int
) -> None:
    theirs = any_github.comment(number, a_body(1), "octocat")
    for run in (1, 2):
        any_github.comment(number, a_body(run), ACTIONS)
    found = own(host.list(number), ACTIONS, a_marker())
    assert remove(host, a_marker(1), found).done is Done.OUTRUN
    assert remove(host, a_marker(2), found).done is Done.DELETED
    assert any_github.comments_of(number) == [theirs]
    assert remove(host, a_marker(2), own((), ACTIONS, a_marker())).done is Done.NOTHING


def test_a_comment_that_is_gone_is_deleted(any_github: FakeGitHub, host: CommentHost) -> None:
    number = any_github.open_pull(branch="other").number
    any_github.comment(number, a_body(), ACTIONS)
    found = own(host.list(number), ACTIONS, a_marker())
    any_github.comments.clear()
    assert remove(host, a_marker(), found).done is Done.DELETED


# --- who we are


def test_the_token_of_a_job_is_known_to_graphql(any_github: FakeGitHub, client: Client) -> None:
    assert login_of(client, any_github.default) == ACTIONS
    assert any_github.writes == []


def test_a_fine_grained_token_is_known_to_rest(any_github: FakeGitHub) -> None:
    token = any_github.token(login="jane", is_app=False, knows_viewer=False)
    with a_client(any_github, token=token) as client:
        assert login_of(client, token) == "jane"


def test_a_jobs_token_that_nobody_knows_is_that_of_actions(any_github: FakeGitHub) -> None:
    token = any_github.token(knows_viewer=False)
    with a_client(any_github, token=token) as client:
        assert login_of(client, token) == ACTIONS


def test_any_other_token_that_nobody_knows_needs_a_name(any_github: FakeGitHub) -> None:
    token = "ghu_unknown"
    any_github.tokens[token] = Access("somebody", {}, knows_viewer=False)
    with (
        a_client(any_github, token=token) as client,
        pytest.raises(GitHubError) as error,
    ):
        login_of(client, token)
    assert "--comment-author" in error.value.fix


def test_a_token_that_is_none_is_not_asked_for_a_name(any_github: FakeGitHub) -> None:
    with (
        a_client(any_github, token="ghp_made_up") as client,
        pytest.raises(GitHubError) as error,
    ):
        login_of(client, "ghp_made_up")
    assert "the token is not accepted" in error.value.what
    assert "--comment-author" not in error.value.fix
    assert len(any_github.requests) == 1


def test_where_nobody_answers_nobody_else_is_asked(any_github: FakeGitHub) -> None:
    token = any_github.default
    any_github.trouble("POST", "graphql", drops=True, times=9)
    with a_client(any_github) as client, pytest.raises(GitHubError, match="no answer"):
        login_of(client, token)
    assert {each.method for each in any_github.requests} == {"POST"}
