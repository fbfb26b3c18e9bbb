"""A client of the fake GitHub whose waits take no time, and texts as the renderer makes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fake_github import FakeGitHub

from reconciler.github.client import Client
from reconciler.github.run import Run
from reconciler.github.timing import Timing
from reconciler.render.marker import Marker, State, Subject, marker_line

SHA = "a" * 40
DIGEST = f"sha256:{'0' * 64}"


@dataclass
class Clock:
    """A clock that only sleeping moves, and how long was slept."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    @property
    def timing(self) -> Timing:
        return Timing(read=0.5, clock=self.now, now=self.now, sleep=self.sleep, jitter=lambda: 0.0)


def a_run(github: FakeGitHub, **more: object) -> Run:
    """Return the run of a job of the fake repository."""
    run = Run(
        repository=github.repository,
        server_url=github.url,
        api_url=github.api_url,
        graphql_url=github.graphql_url,
        token=github.default,
        ref="refs/heads/main",
        sha=github.branches["main"],
    )
    return replace(run, **more)  # type: ignore[arg-type]


def a_client(github: FakeGitHub, clock: Clock | None = None, **more: object) -> Client:
    """Return a client that waits for nothing."""
    return Client(a_run(github, **more), timing=(clock or Clock()).timing)


def a_marker(run: int = 1, **more: object) -> Marker:
    marker = Marker(Subject.PLAN, "all", State.PLANNED, DIGEST, head=SHA, run=run, attempt=1)
    return replace(marker, nonce=f"n{run}", **more)  # type: ignore[arg-type]


def a_body(run: int = 1, text: str = "the plan", **more: object) -> str:
    """Return a text of ours as it is written to a comment."""
    return f"{marker_line(a_marker(run, **more))}\n{text}"
