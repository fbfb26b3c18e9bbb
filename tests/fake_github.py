"""GitHub in memory: what the product asks of it, over HTTP, with its troubles.

`FakeGitHub` is a server on a free port of this machine. Tests script it by its methods, in their
own process or from outside by `variables`, and look at `requests` and at what it holds. Each
behaviour names where it is documented or was observed; the routes are in `fake_github_api`.

    with FakeGitHub() as github:
        pull = github.open_pull(branch="feature")
        token = github.token(permissions={"pull-requests": "write"})
        subprocess.run([...], env=github.variables(tmp_path, pull=pull, token=token))
        sha = github.merge(pull.number, "squash")
        assert github.writes == ["POST /repos/acme/registry/issues/1/comments"]
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pytest
from fake_github_http import ApiHandler, Server, StorageHandler, started
from fake_github_records import (
    Access,
    Artifact,
    Comment,
    Commit,
    Deployment,
    Fault,
    Issue,
    Pull,
    Request,
    WorkflowRun,
)

ACTIONS = "github-actions[bot]"
REPOSITORY = "acme/registry"
ENTERPRISE = "/api/v3"
EVERYTHING: Mapping[str, str] = dict.fromkeys(
    ("actions", "contents", "deployments", "issues", "pull-requests", "statuses"), "write"
)
"""What a job may do whose `permissions` say `write-all`."""


class FakeGitHub:
    """A server with one repository. Use it as a context manager."""

    def __init__(
        self,
        *,
        enterprise: bool = False,
        repository: str = REPOSITORY,
        permissions: Mapping[str, str] = EVERYTHING,
    ) -> None:
        self.repository = repository
        self.prefix = ENTERPRISE if enterprise else ""
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self.leaks: list[str] = []
        self.faults: list[Fault] = []
        self.tokens: dict[str, Access] = {}
        self.commits: dict[str, Commit] = {}
        self.branches: dict[str, str] = {}
        self.pulls: dict[int, Pull] = {}
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.deployments: list[Deployment] = []
        self.runs: dict[int, WorkflowRun] = {}
        self.artifacts: dict[int, Artifact] = {}
        self._last = 0
        self.default = self.token(permissions)
        self.push("main")
        self._servers: list[Server] = []

    def __enter__(self) -> Self:
        self._servers = [started(ApiHandler, self), started(StorageHandler, self)]
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.stop()

    # --- where it is

    @property
    def url(self) -> str:
        """Return the server's own address: that of its pages."""
        return self._servers[0].url

    @property
    def api_url(self) -> str:
        """Return the address of the REST API: on GitHub Enterprise Server below `/api/v3`."""
        return f"{self.url}{self.prefix}"

    @property
    def graphql_url(self) -> str:
        """Return the address of the GraphQL API: `/api/graphql` on GitHub Enterprise Server."""
        return f"{self.url}{'/api' if self.prefix else ''}/graphql"

    @property
    def storage_url(self) -> str:
        """Return the address of another host: where artifacts are kept."""
        return self._servers[1].url

    # --- who asks

    def token(
        self,
        permissions: Mapping[str, str] = EVERYTHING,
        *,
        login: str = ACTIONS,
        is_app: bool = True,
        knows_viewer: bool = True,
    ) -> str:
        """Return a new token that may do no more than a job's `permissions:` say."""
        kind = "ghs" if is_app else "ghp"
        token = f"{kind}_{hashlib.sha256(str(self.number()).encode()).hexdigest()[:36]}"
        self.tokens[token] = Access(login, permissions, is_app, knows_viewer)
        return token

    def variables(  # noqa: PLR0913 - a run has that many
        self,
        folder: Path,
        *,
        event: str = "",
        pull: Pull | None = None,
        token: str | None = None,
        run: int | None = None,
        attempt: int = 1,
        sha: str = "",
        before: str = "",
        branch: str = "main",
        payload: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Return the variables of a job. Files for its event, outputs and summary go to `folder`.

        The event is `pull_request` with a pull request, else `push`. See
        https://docs.github.com/en/actions/reference/workflows-and-actions/variables
        """
        event = event or ("pull_request" if pull else "push")
        identity = self.start_run(event=event, pull=pull, sha=sha, branch=branch, run=run)
        ref, commit, data = self._event(event, pull, sha or self.branches[branch], before, branch)
        path = folder / f"event-{identity}-{attempt}.json"
        path.write_text(json.dumps({**data, **(payload or {})}))
        files = {name: folder / f"{name}-{identity}-{attempt}" for name in ("output", "summary")}
        for each in files.values():
            each.touch()
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api_url,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_TOKEN": self.default if token is None else token,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF": ref,
            "GITHUB_SHA": commit,
            "GITHUB_RUN_ID": str(identity),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
        }

    def _event(
        self, event: str, pull: Pull | None, sha: str, before: str, branch: str
    ) -> tuple[str, str, dict[str, Any]]:
        """Return ref, commit and payload of an event.

        A pull request's run is at a merge commit that nobody sees; see
        https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
        """
        if event == "pull_request" and pull:
            seen = {
                "number": pull.number,
                "title": pull.title,
                "head": {
                    "sha": pull.head,
                    "ref": pull.branch,
                    "repo": {"full_name": pull.repository},
                },
                "base": {
                    "sha": pull.base_sha,
                    "ref": pull.base,
                    "repo": {"full_name": self.repository},
                },
            }
            merge = _sha(f"merge {pull.head} {pull.base_sha}")
            data = {"action": "synchronize", "number": pull.number, "pull_request": seen}
            return f"refs/pull/{pull.number}/merge", merge, data
        if event == "merge_group" and pull:
            queued = _sha(f"queue {pull.head}")
            ref = f"refs/heads/gh-readonly-queue/{pull.base}/pr-{pull.number}-{pull.base_sha}"
            return ref, queued, {"merge_group": {"head_sha": queued, "head_ref": ref}}
        ref = f"refs/heads/{branch}"
        pushed = {"before": before or "0" * 40, "after": sha} if event == "push" else {}
        return ref, sha, {"ref": ref, **pushed}

    # --- what happens

    def number(self) -> int:
        """Return the next number: issues, pull requests, runs and everything else share them."""
        self._last += 1
        return self._last

    def push(self, branch: str, sha: str = "", *, parents: Iterable[str] | None = None) -> str:
        """Add a commit to a branch, and return it. Open pull requests of the branch move along."""
        with self.lock:
            before = self.branches.get(branch)
            known = tuple(parents) if parents is not None else tuple(filter(None, [before]))
            commit = Commit(sha or _sha(f"commit {len(self.commits)} {branch}"), known)
            self.commits[commit.sha] = commit
            self.branches[branch] = commit.sha
            for pull in self.pulls.values():
                if pull.branch == branch and pull.state == "open":
                    pull.head = commit.sha
                    pull.commits.append(commit.sha)
            return commit.sha

    def open_pull(
        self,
        head: str = "",
        base: str = "main",
        branch: str = "feature",
        *,
        fork: str = "",
        title: str = "Change",
    ) -> Pull:
        """Open a pull request for a branch, with one commit more than its base. `fork`: OWNER."""
        with self.lock:
            start = self.branches[base]
            if branch not in self.branches or head:
                self.push(branch, head, parents=(start,))
            owner_less = self.repository.partition("/")[2]
            number = self.number()
            self.pulls[number] = Pull(
                number=number,
                branch=branch,
                base=base,
                head=self.branches[branch],
                base_sha=start,
                repository=f"{fork}/{owner_less}" if fork else self.repository,
                title=title,
                commits=[self.branches[branch]],
            )
            return self.pulls[number]

    def merge(self, number: int, style: str = "merge", sha: str = "") -> str:
        """Merge a pull request as `merge`, `squash` or `rebase`; return the base's new commit."""
        with self.lock:
            pull = self.pulls[number]
            tip = self.branches[pull.base]
            pull.state = "closed"
            if style == "merge":
                made = [self.push(pull.base, sha, parents=(tip, pull.head))]
            elif style == "squash":
                made = [self.push(pull.base, sha)]
            else:
                copies = [""] * (len(pull.commits) - 1) + [sha]
                made = [self.push(pull.base, each) for each in copies]
            pull.merged_as = made
            return made[-1]

    def comment(self, number: int, body: str, author: str | None = "octocat") -> Comment:
        """Write a comment as somebody; `None` is somebody whose account is gone."""
        with self.lock:
            made = Comment(self.number(), number, author, body)
            self.comments[made.identity] = made
            return made

    def open_issue(self, title: str, body: str, *labels: str, author: str = "octocat") -> Issue:
        """Open an issue as somebody."""
        with self.lock:
            made = Issue(self.number(), title, body, author, list(labels))
            self.issues[made.number] = made
            return made

    def deploy(self, environment: str, sha: str, *states: str) -> Deployment:
        """Record a deployment with its statuses, oldest first (`in_progress`, `success`).

        A success makes earlier ones inactive, which is one status more; see
        https://docs.github.com/en/rest/deployments/statuses
        """
        with self.lock:
            for each in self.deployments:
                if (
                    "success" in states
                    and each.environment == environment
                    and each.statuses[:1] == ["success"]
                ):
                    each.statuses.insert(0, "inactive")
            made = Deployment(self.number(), environment, sha, list(reversed(states)))
            self.deployments.insert(0, made)
            return made

    def start_run(
        self,
        *,
        event: str = "push",
        pull: Pull | None = None,
        sha: str = "",
        branch: str = "main",
        run: int | None = None,
    ) -> int:
        """Return a workflow run's number, which grows with every run."""
        with self.lock:
            if run in self.runs:  # a re-run is at the commit of the first attempt
                return self.runs[run].identity
            identity = run or self.number()
            head = pull.head if pull and event == "pull_request" else sha or self.branches[branch]
            repository = pull.repository if pull else self.repository
            self.runs[identity] = WorkflowRun(identity, head, event, repository)
            return identity

    def upload_artifact(self, run: int, name: str, files: Mapping[str, str | bytes]) -> Artifact:
        """Keep files as an artifact of a run, as actions/upload-artifact does."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        with self.lock:
            made = Artifact(self.number(), run, name, packed.getvalue())
            self.artifacts[made.identity] = made
            return made

    # --- trouble

    def trouble(self, method: str, pattern: str, **how: Any) -> Fault:
        """Have the next requests that match go wrong; `how` are the members of `Fault`."""
        fault = Fault(method, pattern, **how)
        self.faults.append(fault)
        return fault

    def limit(self, method: str, pattern: str, seconds: int = 1, times: int = 1) -> None:
        """Answer 403 with Retry-After: the secondary rate limit. See
        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        said = {"message": "You have exceeded a secondary rate limit."}
        headers = {"Retry-After": str(seconds)}
        self.trouble(method, pattern, status=403, headers=headers, body=said, times=times)

    def lose(self, method: str, pattern: str, *, status: int = 502, times: int = 1) -> None:
        """Carry requests out, and answer 502 (or, with status 0, not at all)."""
        self.trouble(method, pattern, status=status, is_done=True, drops=not status, times=times)

    def before(self, method: str, pattern: str, then: Callable[[], object]) -> None:
        """Have something happen just before the next request that matches is looked at."""
        self.trouble(method, pattern, then=then)

    def next_fault(self, method: str, path: str) -> Fault | None:
        """Return the trouble that a request runs into, and count it."""
        for each in self.faults:
            if each.times > 0 and each.method == method and re.search(each.pattern, path):
                each.times -= 1
                return each
        return None

    # --- what came of it

    @property
    def writes(self) -> list[str]:
        """Return the method and path of all requests that were to change something."""
        return [f"{each.method} {each.path}" for each in self.requests if each.is_write]

    def comments_of(self, number: int) -> list[Comment]:
        """Return the comments of an issue or a pull request, oldest first."""
        return [each for each in self.comments.values() if each.issue == number]

    def ancestors(self, sha: str) -> Iterator[str]:
        """Yield a commit and all commits that it comes from, each once."""
        seen: set[str] = set()
        waiting = [sha]
        while waiting:
            each = waiting.pop()
            if each not in seen and each in self.commits:
                seen.add(each)
                yield each
                waiting += self.commits[each].parents


def outputs_of(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a step has written to GITHUB_OUTPUT, both forms."""
    text = Path(variables["GITHUB_OUTPUT"]).read_text()
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, heredoc, rest = line.partition("<<")
        if heredoc and "=" not in name:
            values = list(iter(lambda: next(lines), rest))
            found[name] = "\n".join(values)
        else:
            name, _, value = line.partition("=")
            found[name] = value
    return found


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(params=[False, True], ids=["github.com", "enterprise"])
def any_github(request: pytest.FixtureRequest) -> Iterator[FakeGitHub]:
    """A repository, on GitHub.com's paths and on those of GitHub Enterprise Server."""
    with FakeGitHub(enterprise=request.param) as found:
        yield found


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A repository with one commit on `main`."""
    with FakeGitHub() as found:
        yield found
