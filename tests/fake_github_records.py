"""What GitHub holds in memory: tokens, commits, pull requests, texts, runs, and trouble to come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Access:
    """What a token may do. A job's token is an app's; those of people know `GET /user`."""

    login: str
    permissions: Mapping[str, str]
    is_app: bool = True
    knows_viewer: bool = True

    def may(self, *wanted: str) -> bool:
        """Say whether one of some permissions (`issues: write`) is granted. Write includes read."""
        for each in wanted:
            name, _, level = each.partition(": ")
            granted = self.permissions.get(name, "none")
            if granted in ("write", level):
                return True
        return not wanted


@dataclass
class Commit:
    """A commit and where it comes from."""

    sha: str
    parents: tuple[str, ...]


@dataclass
class Pull:
    """A pull request. `commits` are its own; `merged_as` what they became on the base."""

    number: int
    branch: str
    base: str
    head: str
    base_sha: str
    repository: str
    title: str = "Change"
    state: str = "open"
    merged_as: list[str] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    author: str = "octocat"

    @property
    def is_merged(self) -> bool:
        """Say whether it was merged."""
        return bool(self.merged_as)


@dataclass
class Issue:
    """An issue."""

    number: int
    title: str
    body: str
    author: str
    labels: list[str]
    state: str = "open"
    reason: str | None = None


@dataclass
class Comment:
    """A comment on an issue or on a pull request."""

    identity: int
    issue: int
    author: str | None
    body: str
    is_minimised: bool = False
    reason: str = ""

    @property
    def node(self) -> str:
        """Return its identity in GraphQL."""
        return f"IC_{self.identity}"


@dataclass
class Deployment:
    """A deployment; its statuses, newest first."""

    identity: int
    environment: str
    sha: str
    statuses: list[str]


@dataclass
class WorkflowRun:
    """A workflow run."""

    identity: int
    head: str
    event: str
    repository: str


@dataclass
class Artifact:
    """An artifact of a run: a zip file."""

    identity: int
    run: int
    name: str
    content: bytes
    is_expired: bool = False


@dataclass
class Request:
    """A request that was received, and the status of its answer (0: none was sent)."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int = 0

    @property
    def is_write(self) -> bool:
        """Say whether it changes something: GraphQL queries are POSTs that do not."""
        if self.path.endswith("/graphql"):
            return "mutation" in str(self.body.get("query"))
        return self.method != "GET"


@dataclass
class Fault:
    """Trouble for the next `times` requests of a method whose path matches.

    `is_done` carries the request out first. `drops` ends the connection without an answer.
    `then` is called before the request is looked at.
    """

    method: str
    pattern: str
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_done: bool = False
    drops: bool = False
    then: Callable[[], object] | None = None
