"""The commands that write to GitHub, run as a step of a job, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from e2e_support import Cli, Result
from fake_github import FakeGitHub, outputs_of
from fake_github_records import Pull

COMMENTING = {"contents": "read", "pull-requests": "write"}
"""What the `permissions:` of the job say that writes comments."""

REPORTING = {"issues": "write"}
"""The same of the job that writes issues."""


@dataclass
class Job:
    """A job of a workflow: the command, its variables, and what it left for later steps."""

    cli: Cli
    github: FakeGitHub
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.cli.folder

    def starts(self, pull: Pull | None = None, **how: Any) -> Job:
        """Start a run, and return the job."""
        self.variables = self.github.variables(self.folder, pull=pull, **how)
        return self

    def run(self, *args: str, **more: str) -> Result:
        """Run a command as a step; what it says never has a token in it."""
        result = self.cli.call(*args, env=self.cli.env() | self.variables | more)
        self._hold_tongue(result)
        return result

    def process(self, *args: str, **more: str) -> Result:
        """Do the same in a process of its own."""
        result = self.cli.run(*args, env=self.cli.env() | self.variables | more)
        self._hold_tongue(result)
        return result

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_of(self.variables)

    @property
    def summary(self) -> str:
        return Path(self.variables["GITHUB_STEP_SUMMARY"]).read_text()

    def writes(self) -> list[str]:
        """Return the writes since this was asked last."""
        found = self.github.writes
        self.github.requests.clear()
        return found

    def _hold_tongue(self, result: Result) -> None:
        files = [Path(each) for name, each in self.variables.items() if name == "GITHUB_OUTPUT"]
        said = result.text + "".join(each.read_text() for each in files)
        for token in self.github.tokens:
            assert token not in said
            for comment in self.github.comments.values():
                assert token not in comment.body


def job_on(cli: Cli, *, enterprise: bool = False) -> Iterator[Job]:
    """Yield a job on a GitHub of its own."""
    with FakeGitHub(enterprise=enterprise) as github:
        yield Job(cli, github)


@pytest.fixture
def job(cli: Cli) -> Iterator[Job]:
    """A job on GitHub.com."""
    yield from job_on(cli)


@pytest.fixture(params=[False, True], ids=["github.com", "enterprise"])
def any_job(cli: Cli, request: pytest.FixtureRequest) -> Iterator[Job]:
    """A job on GitHub.com, and on a GitHub Enterprise Server."""
    yield from job_on(cli, enterprise=request.param)
