"""The routes of the fake GitHub. https://docs.github.com/en/rest and .../graphql."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from fake_github import FakeGitHub
from fake_github_records import Access, Comment, Issue, Pull, Request

Answer = tuple[int, Any, Mapping[str, str]]
Route = Callable[["FakeGitHub", "Request", "Access", re.Match[str]], Answer]

LONGEST_BODY: Final = 65_536
"""Code points of a comment's or an issue's body; one more is a 422 (suzuki-shunsuke/tfcmt#227)."""


def respond(github: FakeGitHub, request: Request) -> Answer:
    """Return the answer to a request."""
    access = _access(github, request)
    if access is None:
        return _error(401, "Bad credentials")
    if request.path == ("/api/graphql" if github.prefix else "/graphql"):
        return _graphql(github, request, access)
    if request.path == f"{github.prefix}/user":
        return _user(access)
    repository = f"{github.prefix}/repos/{github.repository}/"
    if not request.path.startswith(repository):
        return _error(404, "Not Found")
    return _routed(github, request, access, request.path.removeprefix(repository))


def _routed(github: FakeGitHub, request: Request, access: Access, below: str) -> Answer:
    for method, pattern, wanted, route in _ROUTES:
        if method == request.method and (found := re.fullmatch(pattern, below)):
            if not access.may(*_wanted(github, wanted, found)):
                return _denied(access)
            return route(github, request, access, found)
    return _error(404, "Not Found")


def _access(github: FakeGitHub, request: Request) -> Access | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return github.tokens.get(token) if scheme in ("Bearer", "token") else None


def _error(status: int, message: str, *errors: Mapping[str, str]) -> Answer:
    body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return status, body | ({"errors": list(errors)} if errors else {}), {}


def _denied(access: Access) -> Answer:
    """403 for a token without permission (mshick/add-pr-comment#46)."""
    who = "integration" if access.is_app else "personal access token"
    return _error(403, f"Resource not accessible by {who}")


def _wanted(github: FakeGitHub, wanted: str, found: re.Match[str]) -> Sequence[str]:
    """Return the permissions of which one is needed.

    Issue comments on a pull request take `issues` or `pull-requests`; on an issue, `issues`. See
    https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
    """
    if not wanted.startswith("comment: "):
        return (wanted,)
    level = wanted.removeprefix("comment: ")
    number = int(found[1])
    if found.re.pattern.startswith("issues/comments"):
        number = github.comments[number].issue if number in github.comments else 0
    on_pull = [f"pull-requests: {level}"] if number in github.pulls or not number else []
    return (f"issues: {level}", *on_pull)


def _user(access: Access) -> Answer:
    """The token of an app is nobody's: https://docs.github.com/en/rest/users/users."""
    return _denied(access) if access.is_app else (200, {"login": access.login}, {})


# --- lists


def _page(github: FakeGitHub, request: Request, found: Sequence[Any], key: str = "") -> Answer:
    """Return a page: 30 items unless asked for up to 100, and where the next one is.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size = min(int(request.query.get("per_page", 30)), 100)
    page = int(request.query.get("page", 1))
    some = found[(page - 1) * size : page * size]
    last = max(1, -(-len(found) // size))
    rels = {"next": page + 1, "last": last} if page < last else {}
    links = [
        f"<{github.url}{request.path}?{urlencode({**request.query, 'page': str(number)})}>"
        f'; rel="{rel}"'
        for rel, number in rels.items()
    ]
    headers = {"Link": ", ".join(links)} if links else {}
    return 200, ({"total_count": len(found), key: some} if key else some), headers


# --- comments


def _comment_json(github: FakeGitHub, comment: Comment) -> dict[str, Any]:
    kind = "pull" if comment.issue in github.pulls else "issues"
    page = f"{github.url}/{github.repository}/{kind}/{comment.issue}"
    return {
        "id": comment.identity,
        "node_id": comment.node,
        "html_url": f"{page}#issuecomment-{comment.identity}",
        "body": comment.body,
        "user": {"login": comment.author, "type": "User"} if comment.author else None,
    }


def _list_comments(github: FakeGitHub, request: Request, _: Access, found: Any) -> Answer:
    """Oldest first: https://docs.github.com/en/rest/issues/comments#list-issue-comments."""
    if not _exists(github, int(found[1])):
        return _error(404, "Not Found")
    listed = [_comment_json(github, each) for each in github.comments_of(int(found[1]))]
    return _page(github, request, listed)


def _create_comment(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    if not _exists(github, int(found[1])):
        return _error(404, "Not Found")
    if (refused := _too_long(request.body)) is not None:
        return refused
    made = github.comment(int(found[1]), request.body["body"], access.login)
    return 201, _comment_json(github, made), {}


def _update_comment(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """Whoever may write may edit what others wrote: that is why authors are compared."""
    del access
    comment = github.comments.get(int(found[1]))
    if comment is None:
        return _error(404, "Not Found")
    if (refused := _too_long(request.body)) is not None:
        return refused
    comment.body = request.body["body"]
    return 200, _comment_json(github, comment), {}


def _delete_comment(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del request, access
    gone = github.comments.pop(int(found[1]), None)
    return (204, None, {}) if gone else _error(404, "Not Found")


def _exists(github: FakeGitHub, number: int) -> bool:
    return number in github.pulls or number in github.issues


def _too_long(body: Mapping[str, Any]) -> Answer | None:
    if len(body.get("body") or "") <= LONGEST_BODY:
        return None
    what = f"body is too long (maximum is {LONGEST_BODY} characters)"
    return _error(422, "Validation Failed", {"resource": "IssueComment", "message": what})


# --- issues


def _issue_json(github: FakeGitHub, issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "node_id": f"I_{issue.number}",
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.reason,
        "labels": [{"name": each} for each in issue.labels],
        "user": {"login": issue.author},
        "html_url": f"{github.url}/{github.repository}/issues/{issue.number}",
    }


def _list_issues(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """Newest first, pull requests among them: they have `pull_request`.

    https://docs.github.com/en/rest/issues/issues#list-repository-issues
    """
    del access, found
    wanted = set(filter(None, request.query.get("labels", "").split(",")))
    state = request.query.get("state", "open")
    listed = [
        _issue_json(github, each)
        for each in github.issues.values()
        if wanted <= set(each.labels) and state in ("all", each.state)
    ]
    page = f"{github.url}/{github.repository}/pull"
    listed += [
        {
            "number": each.number,
            "title": each.title,
            "body": "",
            "state": each.state,
            "user": {"login": each.author},
            "html_url": f"{page}/{each.number}",
            "pull_request": {"url": f"{page}/{each.number}"},
        }
        for each in github.pulls.values()
        if state in ("all", each.state)
    ]
    return _page(github, request, sorted(listed, key=lambda each: -int(each["number"])))


def _create_issue(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """A label that is not there is made: https://docs.github.com/en/rest/issues/issues."""
    del found
    if (refused := _too_long(request.body)) is not None:
        return refused
    made = github.open_issue(
        request.body["title"],
        request.body.get("body", ""),
        *request.body.get("labels", []),
        author=access.login,
    )
    return 201, _issue_json(github, made), {}


def _update_issue(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del access
    issue = github.issues.get(int(found[1]))
    if issue is None:
        return _error(404, "Not Found")
    if (refused := _too_long(request.body)) is not None:
        return refused
    issue.title = request.body.get("title", issue.title)
    issue.body = request.body.get("body", issue.body)
    issue.state = request.body.get("state", issue.state)
    issue.reason = request.body.get("state_reason", issue.reason)
    return 200, _issue_json(github, issue), {}


# --- pull requests and commits


def _pull_json(github: FakeGitHub, pull: Pull, *, in_list: bool) -> dict[str, Any]:
    """Only a single pull request has `merged`; lists have `merged_at`."""
    found: dict[str, Any] = {
        "number": pull.number,
        "title": pull.title,
        "state": pull.state,
        "head": {
            "sha": pull.head,
            "ref": pull.branch,
            "repo": {"full_name": pull.repository},
        },
        "base": {
            "sha": pull.base_sha,
            "ref": pull.base,
            "repo": {"full_name": github.repository},
        },
        "merged_at": "2026-01-01T00:00:00Z" if pull.is_merged else None,
        "merge_commit_sha": pull.merged_as[-1] if pull.is_merged else None,
    }
    return found if in_list else found | {"merged": pull.is_merged}


def _get_pull(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del request, access
    pull = github.pulls.get(int(found[1]))
    return (200, _pull_json(github, pull, in_list=False), {}) if pull else _error(404, "Not Found")


def _commit_pulls(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """Those that brought a commit, and those that have it on their branch.

    https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
    """
    del access
    if found[1] not in github.commits:
        return _error(422, f"No commit found for SHA: {found[1]}")
    listed = [
        _pull_json(github, each, in_list=True)
        for each in github.pulls.values()
        if found[1] in (*each.merged_as, *each.commits)
    ]
    return _page(github, request, listed)


def _compare(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """How a head relates to a base, and the commits in between, oldest first, in pages.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    del access
    base, head = found[1], found[2]
    if base not in github.commits or head not in github.commits:
        return _error(404, "Not Found")
    behind, ahead = set(github.ancestors(base)), set(github.ancestors(head))
    status = {
        (False, False): "identical",
        (True, False): "ahead",
        (False, True): "behind",
        (True, True): "diverged",
    }[bool(ahead - behind), bool(behind - ahead)]
    order = list(github.commits)
    between = sorted(ahead - behind, key=order.index)
    commits = [
        {"sha": sha, "parents": [{"sha": each} for each in github.commits[sha].parents]}
        for sha in between
    ]
    code, page, headers = _page(github, request, commits, "commits")
    about = {"status": status, "ahead_by": len(commits), "behind_by": len(behind - ahead)}
    return code, {**page, **about, "total_commits": len(commits)}, headers


# --- deployments


def _list_deployments(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """Newest first: https://docs.github.com/en/rest/deployments/deployments#list-deployments."""
    del access, found
    wanted = request.query.get("environment")
    listed = [
        {"id": each.identity, "sha": each.sha, "environment": each.environment}
        for each in github.deployments
        if wanted in (None, each.environment)
    ]
    return _page(github, request, listed)


def _list_statuses(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del access
    states: Iterable[str] = next(
        (each.statuses for each in github.deployments if each.identity == int(found[1])), ()
    )
    return _page(github, request, [{"state": each} for each in states])


# --- workflow runs and artifacts


def _get_run(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del request, access
    run = github.runs.get(int(found[1]))
    if run is None:
        return _error(404, "Not Found")
    about = {"id": run.identity, "head_sha": run.head, "event": run.event}
    return 200, {**about, "head_repository": {"full_name": run.repository}}, {}


def _list_artifacts(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    del access
    listed = [
        {"id": each.identity, "name": each.name, "expired": each.is_expired}
        for each in github.artifacts.values()
        if each.run == int(found[1])
    ]
    return _page(github, request, listed, "artifacts")


def _download(github: FakeGitHub, request: Request, access: Access, found: Any) -> Answer:
    """A redirect to another host; an expired one is gone.

    https://docs.github.com/en/rest/actions/artifacts#download-an-artifact
    """
    del request, access
    artifact = github.artifacts.get(int(found[1]))
    if artifact is None:
        return _error(404, "Not Found")
    if artifact.is_expired:
        return _error(410, "Artifact has expired")
    return 302, None, {"Location": f"{github.storage_url}/{artifact.identity}.zip?sig=abc"}


# --- GraphQL


def _graphql(github: FakeGitHub, request: Request, access: Access) -> Answer:
    """Failures have status 200: https://docs.github.com/en/graphql."""
    query, variables = request.body["query"], request.body.get("variables", {})
    if "viewer" in query:
        if not access.knows_viewer:
            return _graphql_error("Resource not accessible by personal access token")
        return 200, {"data": {"viewer": {"login": access.login}}}, {}
    nodes = {each.node: each for each in github.comments.values()}
    if "minimizeComment" in query:
        if not access.may("issues: write", "pull-requests: write"):
            return _graphql_error("Resource not accessible by integration")
        comment = nodes[variables["id"]]
        comment.is_minimised, comment.reason = True, "OUTDATED"
        return 200, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}, {}
    found = [
        {"id": node, "isMinimized": nodes[node].is_minimised} if node in nodes else None
        for node in variables["ids"]
    ]
    return 200, {"data": {"nodes": found}}, {}


def _graphql_error(message: str) -> Answer:
    return 200, {"data": None, "errors": [{"type": "FORBIDDEN", "message": message}]}, {}


_SHA: Final = "[0-9a-f]+"
_ROUTES: Final[Sequence[tuple[str, str, str, Route]]] = (
    ("GET", r"issues/(\d+)/comments", "comment: read", _list_comments),
    ("POST", r"issues/(\d+)/comments", "comment: write", _create_comment),
    ("PATCH", r"issues/comments/(\d+)", "comment: write", _update_comment),
    ("DELETE", r"issues/comments/(\d+)", "comment: write", _delete_comment),
    ("GET", "issues", "issues: read", _list_issues),
    ("POST", "issues", "issues: write", _create_issue),
    ("PATCH", r"issues/(\d+)", "issues: write", _update_issue),
    ("GET", r"pulls/(\d+)", "pull-requests: read", _get_pull),
    ("GET", rf"commits/({_SHA})/pulls", "pull-requests: read", _commit_pulls),
    ("GET", rf"compare/({_SHA})\.\.\.({_SHA})", "contents: read", _compare),
    ("GET", "deployments", "deployments: read", _list_deployments),
    ("GET", r"deployments/(\d+)/statuses", "deployments: read", _list_statuses),
    ("GET", r"actions/runs/(\d+)", "actions: read", _get_run),
    ("GET", r"actions/runs/(\d+)/artifacts", "actions: read", _list_artifacts),
    ("GET", r"actions/artifacts/(\d+)/zip", "actions: read", _download),
)
