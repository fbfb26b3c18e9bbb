"""The rows that talk to the served sandbox: plan, apply, limits, memory of a large plan."""

from __future__ import annotations

import json
import subprocess
from math import ceil
from pathlib import Path

from .manifests import Size, declared_order, write_manifests, write_requests
from .processes import RECONCILE, Run, megabytes, peer, run
from .report import Check, Row, Taken, at_most, times_faster
from .served import Call, Served, count, serving, throttled_share, writes

LATENCY = 0.06
_PAGE = 100
_PER_SECOND = 10.0
_NO_LIMIT = ("--max-changes", "1000000")


def plan_row(folder: Path, runs: int) -> Row:
    """Measure a plan without changes beside loops of boto3 that describe each version."""
    size = Size(10, 50)
    manifests = str(_repository(folder / "manifests", size))
    ours: list[Run] = []
    loop: list[Run] = []
    threads: list[Run] = []
    with serving() as served:
        _apply(served, manifests, folder)
        for _ in range(runs):
            served.begin(latency=LATENCY)
            ours.append(_plan(served, manifests, folder))
            calls = served.calls()
            threads.append(_peer(served, folder, "describe_loop", "16"))
            loop.append(_peer(served, folder, "describe_loop", "1"))
    bound = 1 + 2 * size.groups * ceil(size.versions / _PAGE)
    describes = sum(each.operation.startswith("Describe") for each in calls)
    return Row(
        f"plan, no change, 500 versions in 10 groups, 60 ms a call ({_said(calls)})",
        (
            Taken.of("reconcile plan", ours),
            Taken.of("boto3, 16 threads", threads),
            Taken.of("boto3, one call after the other", loop),
        ),
        (
            at_most("calls, STS included", len(calls), bound),
            at_most("Describe calls", describes, 0),
            times_faster(ours, threads, 1.3, "16 threads of boto3"),
            times_faster(ours, loop, 12, "a loop of boto3"),
        ),
    )


def again_row(folder: Path, _runs: int) -> Row:
    """Count what a plan and a second apply write after an apply."""
    manifests = str(_repository(folder / "manifests", Size(10, 10)))
    with serving() as served:
        _apply(served, manifests, folder)
        first = served.calls()
        served.begin()
        planned = _plan(served, manifests, folder)
        after_plan = writes(served.calls())
        served.begin()
        _apply(served, manifests, folder)
        after_apply = writes(served.calls())
    return Row(
        f"plan after apply ({writes(first)} writes in the first apply)",
        (Taken.of("reconcile plan", [planned]),),
        (
            at_most("writing calls of plan", after_plan, 0),
            at_most("writing calls of a second apply", after_apply, 0),
        ),
    )


def apply_row(folder: Path, runs: int) -> Row:
    """Measure an apply of 200 creates beside a boto3 script that makes the same calls."""
    size = Size(10, 20)
    manifests = str(_repository(folder / "manifests", size))
    requests = str(write_requests(folder / "requests.json", size))
    ours: list[Run] = []
    loop: list[Run] = []
    in_order = True
    with serving() as served:
        _apply(served, manifests, folder)  # the sandbox loads what it needs: in nobody's time
        for _ in range(runs):
            served.begin(clear=True, latency=LATENCY)
            ours.append(_apply(served, manifests, folder))
            calls = served.calls()
            served.begin()
            in_order = in_order and _found_order(served, folder) == declared_order(size)
            served.begin(clear=True, latency=LATENCY)
            loop.append(_peer(served, folder, "create_loop", requests))
    return Row(
        f"apply, 200 creates in 10 new groups, 60 ms a call ({_said(calls)})",
        (Taken.of("reconcile apply", ours), Taken.of("boto3, the creates in a loop", loop)),
        (
            times_faster(ours, loop, 5, "sequential boto3"),
            Check(
                "versions numbered as declared", "yes" if in_order else "no", "in order", in_order
            ),
        ),
    )


def limit_row(folder: Path, _runs: int) -> Row:
    """Count the throttled calls of an apply and a plan under 10 calls a second per operation."""
    size = Size(10, 21)
    manifests = str(_repository(folder / "manifests", size))
    taken: list[Taken] = []
    checks: list[Check] = []
    with serving() as served:
        for burst in (1, 10):
            served.begin(clear=True, latency=LATENCY, rate=_PER_SECOND, burst=burst)
            ours = _apply(served, manifests, folder)
            taken.append(Taken.of(f"reconcile apply, bucket of {burst}", [ours]))
            checks += _throttling(served.calls(), f"bucket of {burst}")
    return Row("10 calls a second per operation, 60 ms a call", tuple(taken), tuple(checks))


def _throttling(calls: list[Call], limit: str) -> list[Check]:
    """Check the share of throttled calls, of all and of the operation that was called most."""
    operation, number = next(iter(count(calls).items()))
    own = [each for each in calls if each.operation == operation]
    return [
        Check(
            f"{limit}: of all {len(calls)} calls throttled",
            f"{throttled_share(calls):.1%}",
            "<= 10%",
            throttled_share(calls) <= 0.1,
        ),
        Check(
            f"{limit}: of {number} {operation}",
            f"{throttled_share(own):.1%}",
            "<= 10%",
            throttled_share(own) <= 0.1,
        ),
    ]


def large_plan_row(folder: Path, _runs: int) -> Row:
    """Measure the memory of 5,000 packages: plan and apply of creates, plan without changes."""
    manifests = str(_repository(folder / "manifests", Size(50, 100)))
    with serving() as served:
        new = [_plan(served, manifests, folder)]
        applied = [_apply(served, manifests, folder)]
        same = [_plan(served, manifests, folder)]
    return Row(
        "5,000 manifests of 60 lines, no latency",
        (
            Taken.of("reconcile plan, all new", new),
            Taken.of("reconcile apply, all new", applied),
            Taken.of("reconcile plan, no change", same),
        ),
        (
            at_most("memory of plan, all new", megabytes(new), 300, " MB"),
            at_most("memory of apply", megabytes(applied), 300, " MB"),
            at_most("memory of plan, no change", megabytes(same), 300, " MB"),
        ),
    )


def _repository(folder: Path, size: Size) -> Path:
    """Write manifests into a Git repository of their own, as users have them; return the folder."""
    write_manifests(folder, size)
    identity = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    for command in (("init", "--quiet"), ("add", "."), (*identity, "commit", "-qm", "manifests")):
        subprocess.run(["git", *command], cwd=folder, check=True)  # noqa: S607 - any git will do
    return folder


def _plan(served: Served, manifests: str, folder: Path) -> Run:
    return run(
        [RECONCILE, "plan", manifests, *_NO_LIMIT], folder=folder, environment=served.environment
    )


def _apply(served: Served, manifests: str, folder: Path) -> Run:
    return run(
        [RECONCILE, "apply", manifests, "--yes", *_NO_LIMIT],
        folder=folder,
        environment=served.environment,
    )


def _peer(served: Served, folder: Path, *command: str) -> Run:
    return run(peer(*command), folder=folder, environment=served.environment)


def _found_order(served: Served, folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(_peer(served, folder, "version_order").output)
    return found


def _said(calls: list[Call]) -> str:
    return ", ".join(f"{number} {operation}" for operation, number in count(calls).items())
