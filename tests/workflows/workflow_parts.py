"""What a run of a workflow is made of, and what it needs of GitHub and AWS around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import yaml
from expressions import Data, truth

ROOT: Final = Path(__file__).parents[2]
WORKFLOWS: Final = ROOT / ".github" / "workflows"
Permissions = Mapping[str, str]


class HarnessError(Exception):
    """The workflow asks for something that GitHub would refuse, or that this harness lacks."""


@dataclass(frozen=True)
class Event:
    """What starts a run: the event's name and payload, and what is checked out."""

    name: str
    payload: Mapping[str, Data]
    sha: str
    ref: str
    inputs: Mapping[str, Data] = field(default_factory=dict)


@dataclass
class JobRun:
    """One job as it runs (of a matrix, one of them): where, with whose rights, and what it said."""

    name: str
    permissions: Permissions
    environment: str
    workspace: Path
    temp: Path
    token: str
    variables: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    failed: bool = False

    @property
    def result(self) -> str:
        """Return how the job ended, in GitHub's words."""
        return "failure" if self.failed else "success"


class Hub(Protocol):
    """What a run needs of GitHub and of AWS around it."""

    @property
    def repository(self) -> str:
        """Return owner and name."""
        ...

    @property
    def run_id(self) -> int:
        """Return the number of the run."""
        ...

    @property
    def vars(self) -> Mapping[str, str]:
        """Return the repository's variables."""
        ...

    def variables(self) -> Mapping[str, str]:
        """Return the variables with which steps find GitHub and AWS."""
        ...

    def token(self, permissions: Permissions) -> str:
        """Return a token that may do what a job's permissions say, and nothing else."""
        ...

    def checkout(self, folder: Path, event: Event, depth: int) -> None:
        """Put the commit of an event into a folder, with so much of its history (0 = all)."""
        ...

    def sign_in(self, job: JobRun, event: Event, role: str) -> Mapping[str, str]:
        """Return credentials for a role, if it trusts this job's token."""
        ...

    def upload(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep an artifact of this run, in place of one of the same name."""
        ...

    def download(self) -> Mapping[str, Mapping[str, bytes]]:
        """Return the artifacts of this run by name."""
        ...

    def deployment(self, environment: str, event: Event) -> Callable[[str], None]:
        """Record a deployment to an environment; return what records how it ended."""
        ...


# --- data from YAML


def mapping(value: Data) -> Mapping[str, Data]:
    """Return a mapping; what is not there is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise HarnessError(f"{value!r} is no mapping")
    return value


def sequence(value: Data) -> Sequence[Data]:
    """Return a list."""
    if not isinstance(value, list | tuple):
        raise HarnessError(f"{value!r} is no list")
    return value


def texts(value: Data) -> list[str]:
    """Return one text or a list of them as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(each) for each in sequence(value)]


def text_or_none(value: Data) -> str | None:
    """Return a text if there is one."""
    return str(value) if truth(value) else None


def load(path: Path) -> Mapping[str, Data]:
    """Return a workflow or action. YAML 1.1 reads its key `on` as true."""
    found = yaml.safe_load(path.read_text("utf-8"))
    return {("on" if key is True else key): value for key, value in found.items()}
