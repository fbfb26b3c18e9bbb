"""The row of policies: a plan without changes, its calls counted by document and by key."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from .manifests import ACCOUNT, REGION
from .processes import RECONCILE, Run, peer, run
from .report import Row, Taken, at_most, times_faster
from .served import Served, count, serving, writes

POLICIES = 50
LATENCY = 0.06
_KEYS = 5
_CONSUMERS = tuple(str(300_000_000_000 + number) for number in range(4))
_NAMES: dict[str, list[str]] = {
    "groups": [f"model-{number:02}" for number in range(POLICIES)],
    "repositories": [f"images-{number}" for number in range(10)],
    "buckets": [f"acme-models-{number}" for number in range(10)],
}
_READS = ("GetModelPackageGroupPolicy", "GetRepositoryPolicy", "GetBucketPolicy", "GetKeyPolicy")
_OF_KEYS = ("DescribeKey", "GetKeyPolicy", "ListGrants")


def policies_row(folder: Path, runs: int) -> Row:
    """Measure a plan of 50 policies without changes, and count what it and an apply call."""
    ours: list[Run] = []
    loop: list[Run] = []
    with serving() as served:
        keys = _make(served, folder)
        manifests = str(_write(folder / "all.yaml", keys))
        _reconcile(served, folder, "apply", manifests, "--yes")
        names = json.dumps({**_NAMES, "keys": keys})
        for _ in range(runs):
            served.begin(latency=LATENCY)
            ours.append(_reconcile(served, folder, "plan", manifests))
            calls = served.calls()
            loop.append(_peer(served, folder, "read", names))
        served.begin()
        _reconcile(served, folder, "apply", manifests, "--yes")
        again = writes(served.calls())
    made = Counter(each.operation for each in calls)
    documents = sum(map(len, _NAMES.values())) + _KEYS
    said = ", ".join(f"{number} {operation}" for operation, number in count(calls).items())
    return Row(
        f"plan, no change, {POLICIES} policies, {documents} documents, 60 ms a call ({said})",
        (Taken.of("reconcile plan", ours), Taken.of("boto3, one call after the other", loop)),
        (
            at_most("reads a policy document", sum(made[each] for each in _READS) / documents, 1),
            at_most(
                "calls a key (2 + a page of grants)", sum(made[n] for n in _OF_KEYS) / _KEYS, 3
            ),
            at_most("writing calls of plan", writes(calls), 0),
            at_most("writing calls of a second apply", again, 0),
            times_faster(ours, loop, 2, "a loop of boto3"),
        ),
    )


def _make(served: Served, folder: Path) -> list[str]:
    """Create what the policies speak about, and return the keys' ARNs."""
    asked = json.dumps({**_NAMES, "keys": [str(_KEYS)]})
    found: list[str] = json.loads(_peer(served, folder, "make", asked).output)
    return found


def _write(path: Path, keys: list[str]) -> Path:
    """Write the environment, the groups and one policy a group; documents are shared by many."""
    settings = {"accountId": ACCOUNT, "region": REGION, "owner": "platform-team"}
    documents = [_manifest("Environment", "registry", settings)]
    for number, name in enumerate(_NAMES["groups"]):
        documents.append(_manifest("ModelPackageGroup", name, {"environment": "registry"}))
        documents.append(_manifest("CrossAccountPolicy", name, _policy(number, name, keys)))
    text = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def _manifest(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def _policy(number: int, name: str, keys: list[str]) -> dict[str, Any]:
    at = number % len(keys)
    bucket = _NAMES["buckets"][number % len(_NAMES["buckets"])]
    made_of = {
        "environment": "registry",
        "repositories": [_NAMES["repositories"][number % len(_NAMES["repositories"])]],
        "buckets": [{"name": bucket, "prefix": f"{name}/"}],
        "keys": [{"keyArn": keys[at], "via": "grant" if at % 2 else "keyPolicy"}],
    }
    return {
        "environment": "registry",
        "modelPackageGroups": [name],
        "grants": [{"principals": list(_CONSUMERS), "access": ["read", "deploy"]}],
        "artifacts": [made_of],
    }


def _reconcile(served: Served, folder: Path, *arguments: str) -> Run:
    return run([RECONCILE, *arguments], folder=folder, environment=served.environment)


def _peer(served: Served, folder: Path, *arguments: str) -> Run:
    command = peer("policy_loop", *arguments)
    return run(command, folder=folder, environment=served.environment)
