"""The run of a GitHub Actions workflow that we are part of, from its variables and its event.

Variables and payloads: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
and .../webhooks-and-events/webhooks/webhook-events-and-payloads. Payload texts are other people's:
they are data here, and escaped wherever they are shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.core.data import Json
from reconciler.errors import InvalidInputError

_QUEUE_REF: Final = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]+)-[0-9a-f]+")
_PULL_REF: Final = re.compile(r"refs/pull/([0-9]+)/(?:merge|head)")


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of one workflow run.

    `event` is the webhook's payload. `token` is never shown. `output` and `summary` are the files
    that take the step's outputs and its summary; `None` outside of Actions.
    """

    repository: str = ""
    server_url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    graphql_url: str = "https://api.github.com/graphql"
    token: str = field(default="", repr=False)
    event_name: str = ""
    event: Mapping[str, Json] = field(default_factory=dict, repr=False)
    ref: str = ""
    sha: str = ""
    run_id: int = 0
    attempt: int = 0
    output: Path | None = None
    summary: Path | None = None
    is_actions: bool = False

    @property
    def url(self) -> str:
        """Return the page of this attempt, empty outside of Actions."""
        if not (self.repository and self.run_id):
            return ""
        base = f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
        return f"{base}/attempts/{self.attempt}" if self.attempt > 1 else base

    @property
    def repository_url(self) -> str:
        """Return the page of the repository, empty where it is not known."""
        return f"{self.server_url}/{self.repository}" if self.repository else ""

    @property
    def pull_request(self) -> int | None:
        """Return the pull request that the event is about, from its payload or the ref."""
        number = member(self.event, "pull_request", "number")
        if number is None and member(self.event, "issue", "pull_request") is not None:
            number = member(self.event, "issue", "number")
        if isinstance(number, int):
            return number
        found = _QUEUE_REF.fullmatch(self.ref) or _PULL_REF.fullmatch(self.ref)
        return int(found[1]) if found else None

    @property
    def head_sha(self) -> str:
        """Return the commit that people see in the pull request, else the commit of the run."""
        found = member(self.event, "pull_request", "head", "sha")
        return found if isinstance(found, str) else self.sha

    @property
    def base_sha(self) -> str:
        """Return the commit that the pull request is to go on top of, empty where there is none."""
        found = member(self.event, "pull_request", "base", "sha")
        return found if isinstance(found, str) else ""

    @property
    def base_branch(self) -> str:
        """Return the branch that the pull request is for, else that of the run."""
        found = member(self.event, "pull_request", "base", "ref")
        return found if isinstance(found, str) else self.ref.removeprefix("refs/heads/")


def member(data: Json, *keys: str) -> Json:
    """Return what is at some keys inside nested objects, `None` where there is nothing."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def run_of(variables: Mapping[str, str]) -> Run:
    """Return the run that environment variables describe.

    Raises:
        InvalidInputError: if the event's file is not JSON, or a number is none.
    """
    blank = Run()
    api_url = variables.get("GITHUB_API_URL", blank.api_url).rstrip("/")
    graphql = variables.get("GITHUB_GRAPHQL_URL") or _graphql_of(api_url)
    return Run(
        repository=variables.get("GITHUB_REPOSITORY", ""),
        server_url=variables.get("GITHUB_SERVER_URL", blank.server_url).rstrip("/"),
        api_url=api_url,
        graphql_url=graphql,
        token=variables.get("GITHUB_TOKEN", "") or variables.get("GH_TOKEN", ""),
        event_name=variables.get("GITHUB_EVENT_NAME", ""),
        event=_event(variables.get("GITHUB_EVENT_PATH", "")),
        ref=variables.get("GITHUB_REF", ""),
        sha=variables.get("GITHUB_SHA", ""),
        run_id=_number(variables, "GITHUB_RUN_ID"),
        attempt=_number(variables, "GITHUB_RUN_ATTEMPT"),
        output=_path(variables, "GITHUB_OUTPUT"),
        summary=_path(variables, "GITHUB_STEP_SUMMARY"),
        is_actions=variables.get("GITHUB_ACTIONS") == "true",
    )


def _graphql_of(api_url: str) -> str:
    """Return the GraphQL address beside a REST address: `/api/v3` has `/api/graphql`."""
    return f"{api_url.removesuffix('/v3')}/graphql"


def _path(variables: Mapping[str, str], name: str) -> Path | None:
    return Path(variables[name]) if variables.get(name) else None


def _number(variables: Mapping[str, str], name: str) -> int:
    text = variables.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise InvalidInputError(f"{name} is not a number", why=f"it is {text!r}")
    return int(text or 0)


def _event(path: str) -> Mapping[str, Json]:
    if not path:
        return {}
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{path}: the event is not JSON",
            why=str(error),
            fix="leave GITHUB_EVENT_PATH as the runner sets it",
        ) from None
    return found if isinstance(found, dict) else {}
