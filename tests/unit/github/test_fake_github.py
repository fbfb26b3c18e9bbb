"""That the fake GitHub is as strict as the real one: what it forbids, and what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
import urllib3
from fake_github import FakeGitHub, outputs_of


def ask(
    github: FakeGitHub, method: str, path: str, *, token: str = "", json: object = None
) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {token or github.default}"}
    with urllib3.PoolManager() as pool:
        return pool.request(
            method, f"{github.api_url}{path}", headers=headers, json=json, redirect=False
        )


def test_a_page_has_thirty_items_unless_asked_and_never_more_than_a_hundred(
    github: FakeGitHub,
) -> None:
    number = github.open_pull().number
    for index in range(120):
        github.comment(number, str(index))
    path = f"/repos/acme/registry/issues/{number}/comments"
    assert len(ask(github, "GET", path).json()) == 30
    assert len(ask(github, "GET", f"{path}?per_page=500").json()) == 100
    assert 'rel="next"' in ask(github, "GET", path).headers["Link"]
    assert "Link" not in ask(github, "GET", f"{path}?per_page=100&page=2").headers


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [
        ({}, [403, 403, 403]),
        ({"pull-requests": "read"}, [200, 403, 403]),
        ({"pull-requests": "write"}, [200, 201, 403]),
        ({"issues": "write"}, [200, 201, 201]),
    ],
)
def test_a_token_may_do_what_the_jobs_permissions_say(
    github: FakeGitHub, permissions: dict[str, str], statuses: list[int]
) -> None:
    """pull-requests: write is enough for comments on pull requests, not for those on issues."""
    token = github.token(permissions)
    pull, issue = github.open_pull().number, github.open_issue("x", "y").number
    asked = [("GET", pull), ("POST", pull), ("POST", issue)]
    found = [
        ask(
            github,
            method,
            f"/repos/acme/registry/issues/{number}/comments",
            token=token,
            json={"body": "x"} if method == "POST" else None,
        ).status
        for method, number in asked
    ]
    assert found == statuses


def test_a_single_pull_request_says_merged_and_a_list_does_not(github: FakeGitHub) -> None:
    pull = github.open_pull()
    sha = github.merge(pull.number)
    assert ask(github, "GET", f"/repos/acme/registry/pulls/{pull.number}").json()["merged"] is True
    (listed,) = ask(github, "GET", f"/repos/acme/registry/commits/{sha}/pulls").json()
    assert "merged" not in listed


def test_where_artifacts_are_kept_a_token_is_refused(github: FakeGitHub) -> None:
    made = github.upload_artifact(github.start_run(), "plan", {"plan.json": "{}"})
    found = ask(github, "GET", f"/repos/acme/registry/actions/artifacts/{made.identity}/zip")
    assert found.status == 302
    with urllib3.PoolManager() as pool:
        headers = {"Authorization": "Bearer x"}
        assert pool.request("GET", found.headers["Location"], headers=headers).status == 400
    assert len(github.leaks) == 1


def test_the_variables_are_those_of_a_runner(github: FakeGitHub, tmp_path: Path) -> None:
    pull = github.open_pull()
    found = github.variables(tmp_path, pull=pull)
    assert found["GITHUB_REF"] == f"refs/pull/{pull.number}/merge"
    assert found["GITHUB_SHA"] != pull.head
    again = github.variables(tmp_path, pull=pull, run=int(found["GITHUB_RUN_ID"]), attempt=2)
    assert again["GITHUB_RUN_ID"] == found["GITHUB_RUN_ID"]
    later = github.variables(tmp_path, before="a" * 40)
    assert int(later["GITHUB_RUN_ID"]) > int(found["GITHUB_RUN_ID"])
    Path(later["GITHUB_OUTPUT"]).write_text("a=1\nb<<END\nx=y\nz\nEND\n")
    assert outputs_of(later) == {"a": "1", "b": "x=y\nz"}
