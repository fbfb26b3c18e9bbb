"""A sandbox to plan and apply against in this process, one call each, with calls counted at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import boto3
from botocore.config import Config
from builders import REGION, REGISTRY, TRAINING, Doc, environment, state, workspace

from reconciler.aws.api import Answer, Aws
from reconciler.aws.reads import is_read
from reconciler.aws.sessions import Mode, Sessions
from reconciler.aws.timing import Timing
from reconciler.cli.sandbox_access import SandboxSessions
from reconciler.core.environment import CallerIdentity, Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Plan
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.desired import DesiredState
from reconciler.engine.guards import Limits
from reconciler.engine.plan import Planned, make_plan
from reconciler.engine.progress import Progress, Silent
from reconciler.engine.selection import Selection
from reconciler.kinds import HANDLERS, Handlers
from reconciler.sandbox.calls import Call
from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings

_TIMES = frozenset({"CreationTime", "LastModifiedTime", "ResponseMetadata"})
_QUICK = Timing(sleep=lambda _seconds: None, attempts=1)
"""No waiting and no attempts of botocore's own: what repeats a call is ours, and instant."""


@dataclass
class Lab:
    """One server and the sessions of a command that plans and of one that applies."""

    server: SandboxServer
    planning: Sessions
    applying: Sessions
    handlers: Handlers = HANDLERS
    _clients: dict[str, Any] = field(default_factory=dict)

    def plan(
        self,
        documents: Sequence[Doc],
        *,
        selection: Selection | None = None,
        limits: Limits | None = None,
        watch_everywhere: bool = False,
    ) -> Planned:
        """Plan as `reconcile plan` does: with a client that cannot write."""
        found = state(documents, watch_everywhere=watch_everywhere)
        return self._plan(found, self.planning, selection, limits)

    def apply(
        self,
        documents: Sequence[Doc],
        *,
        selection: Selection | None = None,
        limits: Limits | None = None,
        **how: Any,
    ) -> Report:
        """Plan and apply as `reconcile apply` does."""
        return self.execute(self._plan(state(documents), self.applying, selection, limits), **how)

    def execute(
        self,
        planned: Planned,
        *,
        writes: Aws | None = None,
        options: ApplyOptions | None = None,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Report:
        """Apply a plan that was made before. Every action must get exactly one outcome."""
        report = apply_plan(
            planned,
            writes=writes or self.applying.writes(),
            options=options or ApplyOptions(timeout=5.0),
            progress=progress or Silent(),
            cancel=cancel or Event(),
        )
        assert [each.key for each in report.outcomes] == [each.key for each in report.plan.actions]
        assert [each.verb for each in report.outcomes] == [
            each.verb for each in report.plan.actions
        ]
        return report

    def settle(self, documents: Sequence[Doc]) -> Report:
        """Apply manifests and require that all of it went well."""
        report = self.apply(documents)
        assert_done(report)
        return report

    def _plan(
        self,
        desired: DesiredState,
        sessions: Sessions,
        selection: Selection | None,
        limits: Limits | None,
    ) -> Planned:
        return make_plan(
            desired,
            sessions.reads(),
            handlers=self.handlers,
            selection=selection or Selection(),
            limits=limits or Limits(),
        )

    def boto(self, account: str = REGISTRY, service: str = "sagemaker") -> Any:
        """Return a client of somebody else in an account."""
        found = self._clients.get(f"{service} {account}")
        if found is None:
            found = _client(self.server.url, account, service)
            self._clients[f"{service} {account}"] = found
        return found

    def writes(self) -> list[Call]:
        """Return the writing calls that reached the server since the log was last cleared."""
        return self.server.calls.writes()

    def sign_in(self, *accounts: str) -> None:
        """Prove who calls in some accounts. Sessions remember the answer, or the failure."""
        for account in accounts:
            (where,) = workspace([environment(account=account)]).environments.values()
            for sessions in (self.planning, self.applying):
                sessions.verify(where)

    def forget_calls(self) -> None:
        self.server.calls.clear()

    def live(self, *accounts: str) -> dict[str, Any]:
        """Return all groups, versions, packages, tags and policies, times left out."""
        return {
            account: _everything(self.boto(account)) for account in accounts or (REGISTRY, TRAINING)
        }

    def close(self) -> None:
        self.planning.close()
        self.applying.close()
        for client in self._clients.values():
            client.close()
        self.server.stop()


def start(
    settings: SandboxSettings | None = None,
    *,
    clock: Callable[[], float] | None = None,
    timing: Timing = _QUICK,
) -> Lab:
    """Return a lab on a server of its own."""
    server = SandboxServer(None, settings=settings, clock=clock or time.time).start()
    planning, applying = (_sessions(server.url, mode, timing) for mode in (Mode.PLAN, Mode.APPLY))
    return Lab(server, planning, applying)


@contextmanager
def lab_with(clock: Callable[[], float] | None = None, **settings: Any) -> Iterator[Lab]:
    """Yield a lab whose AWS behaves in a special way."""
    lab = start(SandboxSettings(**settings), clock=clock)
    try:
        yield lab
    finally:
        lab.close()


def _sessions(url: str, mode: Mode, timing: Timing) -> Sessions:
    return Sessions(SandboxSessions(), mode=mode, endpoint_url=url, timing=timing)


def _client(url: str, account: str, service: str) -> Any:
    key, secret, token = credentials_for(account)
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


class Clock:
    """A time that only moves when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


# --- what is live


def _everything(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    groups = client.list_model_package_groups(MaxResults=100)["ModelPackageGroupSummaryList"]
    for summary in groups:
        name, arn = summary["ModelPackageGroupName"], summary["ModelPackageGroupArn"]
        described = client.describe_model_package_group(ModelPackageGroupName=name)
        found[arn] = _timeless(described) | {"Tags": _tags(client, arn)}
    packages = client.list_model_packages(ModelPackageType="Both", MaxResults=100)
    for summary in packages["ModelPackageSummaryList"]:
        arn = summary["ModelPackageArn"]
        described = client.describe_model_package(ModelPackageName=arn)
        tags = {} if "ModelPackageVersion" in described else {"Tags": _tags(client, arn)}
        found[arn] = _timeless(described) | tags
    return found


def _tags(client: Any, arn: str) -> dict[str, str]:
    tags = client.list_tags(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in _TIMES}


# --- what became of it


def statuses(report: Report) -> dict[str, list[Status]]:
    """Return the statuses of each resource's actions by its name, in the plan's order."""
    found: dict[str, list[Status]] = {}
    for each in report.outcomes:
        found.setdefault(each.key.name, []).append(each.status)
    return found


def outcome_of(report: Report, key: ResourceKey) -> Outcome:
    """Return the only outcome of a resource."""
    (found,) = [each for each in report.outcomes if each.key == key]
    return found


def assert_done(report: Report) -> None:
    """Require that nothing failed and nothing was left over."""
    fine = (Status.APPLIED, Status.UNCHANGED)
    bad = [(str(each.key), each.status, each.why) for each in report.outcomes]
    assert all(each.status in fine for each in report.outcomes), (bad, report.plan.refusals)


def assert_clean(plan: Plan) -> None:
    """Require that a plan has nothing to do and nothing to refuse."""
    todo = [(str(each.key), each.verb, each.changes) for each in plan.actions if each.writes]
    assert not todo
    assert not plan.refusals
    assert not plan.errors


def assert_converged(
    lab: Lab, documents: Sequence[Doc], *, between: Callable[[], None] | None = None
) -> None:
    """Require that planning finds nothing and applying again writes nothing, at the server.

    `between` is called before what is live is looked at (to take away injected faults).
    """
    assert_clean(lab.plan(documents).plan)
    lab.forget_calls()
    assert_done(lab.apply(documents))
    assert lab.writes() == []
    if between:
        between()


# --- trouble at the boundary


class Crash(Exception):  # noqa: N818 - the end of the process, not an error of ours
    """This process is gone: it makes no further call."""


class CrashingAws:
    """Calls that stop for good at the k-th writing one, before or after it took effect."""

    def __init__(self, aws: Aws, k: int, *, takes_effect: bool) -> None:
        self._aws = aws
        self._left = k
        self._takes_effect = takes_effect
        self._lock = threading.Lock()
        self.crashed = False

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        with self._lock:
            if self.crashed:
                raise Crash
            self._left -= not is_read(service, operation)
            if self._left > 0:
                return self._aws.call(environment, service, operation, parameters)
            self.crashed = True
            if self._takes_effect:
                self._aws.call(environment, service, operation, parameters)
            raise Crash

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        raise AssertionError(
            f"writing never pages: {environment} {service} {operation} {parameters}"
        )

    def caller(self, environment: Environment) -> CallerIdentity:
        return self._aws.caller(environment)
