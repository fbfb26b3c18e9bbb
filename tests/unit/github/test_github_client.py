"""What the client repeats, what it never repeats, how long it waits, and where it does not go."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator

import pytest
from fake_github import FakeGitHub
from fake_github_http import Handler, started
from fake_github_records import Request
from github_support import Clock, a_client, a_run

from reconciler.errors import UsageError
from reconciler.github.client import Client
from reconciler.github.faults import (
    AmbiguousWriteError,
    DeniedError,
    GitHubError,
    InvalidRequestError,
    LimitedError,
    NotFoundError,
)

NEEDS = "pull-requests: write"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(github: FakeGitHub, clock: Clock) -> Iterator[Client]:
    with a_client(github, clock) as found:
        yield found


@pytest.fixture
def number(github: FakeGitHub) -> int:
    return github.open_pull().number


def comment(client: Client, number: int) -> object:
    return client.send("POST", f"issues/{number}/comments", {"body": "x"}, needs=NEEDS)


# --- what is sent


def test_every_request_says_who_asks_and_in_which_version(any_github: FakeGitHub) -> None:
    number = any_github.open_pull().number
    with a_client(any_github) as client:
        client.get(f"pulls/{number}")
        client.query("query { viewer { login } }")
    for request in any_github.requests:
        assert request.status == 200
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert request.headers["user-agent"].startswith("sagemaker-reconciler/")
        assert request.headers["authorization"] == f"Bearer {any_github.default}"


def test_enterprise_has_its_own_paths(any_github: FakeGitHub) -> None:
    prefix, graphql = any_github.prefix, "/api/graphql" if any_github.prefix else "/graphql"
    with a_client(any_github) as client:
        client.query("query { viewer { login } }")
        list(client.pages("issues"))
    assert [request.path for request in any_github.requests] == [
        graphql,
        f"{prefix}/repos/acme/registry/issues",
    ]


def test_all_pages_are_read(any_github: FakeGitHub) -> None:
    number = any_github.open_pull().number
    for index in range(250):
        any_github.comment(number, f"comment {index}")
    with a_client(any_github) as client:
        assert len(list(client.pages(f"issues/{number}/comments"))) == 250
    assert len(any_github.requests) == 3


# --- what is repeated


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_reading_is_repeated_when_the_server_has_trouble(
    github: FakeGitHub, client: Client, number: int, clock: Clock, status: int
) -> None:
    github.trouble("GET", "pulls", status=status, times=3)
    assert client.get(f"pulls/{number}") is not None
    assert len(github.requests) == 4
    assert clock.slept == [0.0, 2.0, 4.0]


def test_trouble_that_stays_is_given_up_after_four_repetitions(
    github: FakeGitHub, client: Client, number: int
) -> None:
    github.trouble("GET", "pulls", status=502, times=99)
    with pytest.raises(GitHubError, match="failed") as error:
        client.get(f"pulls/{number}")
    assert len(github.requests) == 5
    assert "502" in error.value.why


def test_a_lost_answer_to_a_read_or_an_edit_is_asked_for_again(
    github: FakeGitHub, client: Client, number: int
) -> None:
    made = github.comment(number, "old")
    github.lose("GET", "pulls", status=0)
    github.lose("PATCH", "comments", status=0)
    client.get(f"pulls/{number}")
    client.send("PATCH", f"issues/comments/{made.identity}", {"body": "new"}, needs=NEEDS)
    assert github.comments[made.identity].body == "new"
    assert [request.method for request in github.requests] == ["GET", "GET", "PATCH", "PATCH"]


def test_a_repetition_waits_as_long_as_github_asks_for(
    github: FakeGitHub, client: Client, number: int, clock: Clock
) -> None:
    github.limit("GET", "pulls", seconds=7, times=2)
    client.get(f"pulls/{number}")
    assert clock.slept == [7.0, 7.0]


def test_without_requests_left_the_wait_is_until_the_reset(
    github: FakeGitHub, client: Client, number: int, clock: Clock
) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(clock.time) + 30)}
    said = {"message": "API rate limit exceeded"}
    github.trouble("GET", "pulls", status=403, headers=headers, body=said)
    client.get(f"pulls/{number}")
    assert clock.slept == [30.0]


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_that_says_no_time_is_a_minute(
    github: FakeGitHub, client: Client, number: int, clock: Clock, status: int
) -> None:
    said = {"message": "You have exceeded a secondary rate limit. Please wait."}
    github.trouble("GET", "pulls", status=status, body=said)
    client.get(f"pulls/{number}")
    assert clock.slept == [60.0]


def test_a_limit_longer_than_the_whole_patience_is_said_at_once(
    github: FakeGitHub, client: Client, number: int, clock: Clock
) -> None:
    github.limit("GET", "pulls", seconds=600)
    with pytest.raises(LimitedError) as error:
        client.get(f"pulls/{number}")
    assert clock.slept == []
    assert error.value.fix == "run again in 600 seconds"


def test_all_repetitions_together_end_within_ninety_seconds(
    github: FakeGitHub, client: Client, number: int, clock: Clock
) -> None:
    github.limit("GET", "pulls", seconds=40, times=9)
    with pytest.raises(LimitedError):
        client.get(f"pulls/{number}")
    assert clock.slept == [40.0, 40.0]


def test_a_new_comment_is_repeated_after_a_limit_since_nothing_was_written(
    github: FakeGitHub, client: Client, number: int
) -> None:
    github.limit("POST", "comments")
    comment(client, number)
    assert len(github.comments_of(number)) == 1


# --- what is not repeated


@pytest.mark.parametrize("status", [0, 502, 503])
def test_a_new_comment_is_not_repeated_when_it_may_have_been_written(
    github: FakeGitHub, client: Client, number: int, status: int
) -> None:
    github.lose("POST", "comments", status=status)
    with pytest.raises(AmbiguousWriteError):
        comment(client, number)
    assert len(github.comments_of(number)) == 1
    assert len(github.writes) == 1


def test_a_refused_text_is_never_sent_again(
    github: FakeGitHub, client: Client, number: int
) -> None:
    path = f"issues/{number}/comments"
    with pytest.raises(InvalidRequestError) as error:
        client.send("POST", path, {"body": "\N{ROCKET}" * 65_537}, needs=NEEDS)
    assert "too long" in error.value.why
    assert len(github.writes) == 1
    client.send("POST", path, {"body": "\N{ROCKET}" * 65_536}, needs=NEEDS)


def test_what_is_not_there_and_what_is_not_allowed_is_asked_once(
    github: FakeGitHub, client: Client, number: int
) -> None:
    with pytest.raises(NotFoundError):
        client.get("pulls/999")
    with (
        a_client(github, token=github.token({"contents": "read"})) as other,
        pytest.raises(DeniedError) as error,
    ):
        comment(other, number)
    assert "Resource not accessible by integration" in error.value.why
    assert "pull-requests: write" in error.value.fix
    assert "forks" in error.value.fix
    with a_client(github, token="unknown") as other, pytest.raises(DeniedError) as error:
        other.get(f"pulls/{number}")
    assert "GITHUB_TOKEN" in error.value.fix
    assert len(github.requests) == 3


def test_nobody_there_is_asked_again_and_then_said(github: FakeGitHub, clock: Clock) -> None:
    with (
        a_client(github, clock, api_url="http://127.0.0.1:1") as client,
        pytest.raises(GitHubError, match="no answer") as error,
    ):
        comment(client, 1)
    assert not isinstance(error.value, AmbiguousWriteError)
    assert len(clock.slept) >= 4  # nothing was sent, so a POST may be repeated as well


def test_graphql_says_its_failures_with_status_200(github: FakeGitHub) -> None:
    token = github.token(knows_viewer=False)
    with (
        a_client(github, token=token) as client,
        pytest.raises(GitHubError) as error,
    ):
        client.query("query { viewer { login } }")
    assert "Resource not accessible" in error.value.why


def test_writes_are_a_second_apart(client: Client, number: int, clock: Clock) -> None:
    for _ in range(3):
        comment(client, number)
        client.get(f"pulls/{number}")
    assert clock.slept == [1.0, 1.0]


# --- where it does not go, and what it does not tell


@pytest.mark.parametrize(
    "url",
    [
        "http://github.example.org/api/v3",
        "ftp://127.0.0.1",
        "https://user:password@github.example.org",
        "https://",
        "http://127.0.0.1.example.org",
        "file:///etc/passwd",
        "https://[bad",
    ],
)
def test_an_address_where_the_token_would_be_seen_is_refused(github: FakeGitHub, url: str) -> None:
    with pytest.raises(UsageError, match="refused") as error:
        a_client(github, api_url=url)
    assert "password" not in f"{error.value} {error.value.why} {error.value.fix}"


def test_a_next_page_on_another_host_is_not_followed(
    github: FakeGitHub, client: Client, number: int
) -> None:
    elsewhere = f'<{github.storage_url}/1.zip>; rel="next"'
    github.trouble("GET", "comments", status=200, headers={"Link": elsewhere}, body=[])
    with pytest.raises(GitHubError, match="another host"):
        list(client.pages(f"issues/{number}/comments"))
    assert github.leaks == []


def test_a_redirect_to_another_host_is_not_followed_and_a_renamed_repository_is(
    github: FakeGitHub, client: Client, number: int
) -> None:
    there = {"Location": f"{github.storage_url}/1.zip"}
    github.trouble("GET", "pulls", status=302, headers=there)
    with pytest.raises(GitHubError, match="another host"):
        client.get(f"pulls/{number}")
    renamed = {"Location": f"{github.api_url}/repos/acme/registry/pulls/{number}"}
    github.trouble("GET", "pulls", status=301, headers=renamed)
    assert client.get(f"pulls/{number}") is not None
    assert github.leaks == []


def test_a_write_is_not_turned_into_a_read_by_a_redirect(
    github: FakeGitHub, client: Client, number: int
) -> None:
    headers = {"Location": f"{github.api_url}/repos/acme/registry/issues"}
    github.trouble("POST", "comments", status=302, headers=headers)
    with pytest.raises(GitHubError, match="redirected"):
        comment(client, number)
    assert len(github.requests) == 1


def test_a_download_leaves_the_token_behind(github: FakeGitHub, client: Client) -> None:
    artifact = github.upload_artifact(github.start_run(), "plan", {"plan.json": "{}"})
    path = f"actions/artifacts/{artifact.identity}/zip"
    assert client.download(path) == artifact.content
    assert github.leaks == []


def test_a_download_has_an_end(github: FakeGitHub, client: Client) -> None:
    artifact = github.upload_artifact(github.start_run(), "plan", {"plan.json": "x" * 100})
    with pytest.raises(GitHubError, match="too large"):
        client.download(f"actions/artifacts/{artifact.identity}/zip", most=20)


class Echo(Handler):
    """A server that answers with what it was sent, as a broken proxy may."""

    def do_GET(self) -> None:  # noqa: N802
        said = self.headers["Authorization"]
        self.answer(400, f'{{"message": "bad header {said}"}}'.encode(), {})


def test_the_token_is_in_no_error_log_or_repr(
    github: FakeGitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = started(Echo, github)
    run = a_run(github, api_url=server.url)
    with Client(run, timing=Clock().timing) as client, pytest.raises(GitHubError) as error:
        client.get("pulls/1")
    server.stop()
    said = f"{error.value} {error.value.why} {error.value.fix} {client!r} {vars(client)} {run!r}"
    assert "bad header Bearer ***" in said
    assert github.default not in said + caplog.text
    assert "GET " in caplog.text


@pytest.mark.parametrize("token", ["", "two words", "line\nend", "ümlaut"])
def test_a_token_that_is_none_is_said_without_it(github: FakeGitHub, token: str) -> None:
    with pytest.raises(UsageError) as error:
        a_client(github, token=token)
    assert "GITHUB_TOKEN" in error.value.fix
    assert not token or token not in f"{error.value} {error.value.why} {error.value.fix}"


@pytest.mark.parametrize("repository", ["", "acme", "acme/a/b", "acme/..", "a b/c"])
def test_a_repository_that_is_none_is_refused(github: FakeGitHub, repository: str) -> None:
    with pytest.raises(UsageError, match="repository"):
        a_client(github, repository=repository)


def test_what_is_no_json_is_said(github: FakeGitHub, client: Client) -> None:
    github.trouble("GET", "issues", status=200, body="a proxy's page")
    with pytest.raises(GitHubError, match="unexpected"):
        list(client.pages("issues"))


class Proxy(Handler):
    """A proxy that lets nobody through."""

    def do_CONNECT(self) -> None:  # noqa: N802
        asked = Request(
            "CONNECT", self.path, {}, {k.lower(): v for k, v in self.headers.items()}, 0
        )
        self.github.requests.append(asked)
        self.answer(403, b"", {})


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_gets_its_own_credentials_and_never_the_token(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    server = started(Proxy, github)
    place = server.url.removeprefix("http://")
    monkeypatch.setenv("https_proxy", f"{scheme}jane:p%40ss@{place}")
    with (
        a_client(github, api_url="https://github.example.org/api/v3") as client,
        pytest.raises(GitHubError, match="no answer") as error,
    ):
        client.get("pulls/1")
    server.stop()
    asked = github.requests[0]
    assert asked.path == "github.example.org:443"
    assert asked.headers["proxy-authorization"] == f"Basic {b64encode(b'jane:p@ss').decode()}"
    assert github.default not in str(asked.headers)
    assert "p%40ss" not in error.value.why
    assert "p@ss" not in error.value.why


def test_no_proxy_is_asked_for_this_machine(
    client: Client, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert client.get(f"pulls/{number}") is not None
