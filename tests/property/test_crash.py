"""Promise 2 under crashes: stop at any writing call, run again, and nobody can tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from builders import REGISTRY, Doc, card, environment, group, inference, rich, text, version
from builders import unversioned as an_unversioned
from live import CrashingAws, Lab, assert_converged

from reconciler.engine.apply import ApplyOptions
from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import AnswerLost

ONE_AT_A_TIME = ApplyOptions(parallelism=1, timeout=5.0)
THEIRS = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}


def first_commit() -> list[Doc]:
    return rich()


def second_commit() -> list[Doc]:
    """Return the manifests after edits that need every kind of write, several calls in one too."""
    documents = rich()
    edited = {each["metadata"]["name"]: each["spec"] for each in documents}
    edited["churn"]["tags"] = {"team": None, "purpose": "retention"}
    edited["churn-v1"] |= {
        "customerMetadataProperties": {"team": None, "purpose": "retention"},
        "modelCard": card("predicts who leaves", "PendingReview"),
        "modelLifeCycle": {"stage": "Production", "stageStatus": "Done"},
        "approval": {"status": "Rejected", "description": "drifted"},
    }
    edited["churn-v2"]["approval"] = {"status": "Approved"}
    edited["churn-v2"]["additionalInferenceSpecifications"].append({"name": "cpu", **inference()})
    edited["churn-v3"]["inferenceSpecification"] = inference()
    edited["churn-v3"].pop("sourceUri")
    edited["algorithm"]["tags"] = {"team": None, "purpose": "retention"}
    adopted = version("fraud-pipeline", "fraud", version=2, approval={"status": "Approved"})
    settings = environment(guards={"maxChangePercent": 100})
    return [settings, *documents[1:], adopted, version("fraud-v3", "fraud")]


def before_first(_lab: Lab) -> None:
    """Begin with an empty registry."""


def before_second(lab: Lab) -> None:
    """Begin with the first commit applied, and a version that a pipeline registered."""
    lab.settle(first_commit())
    lab.boto().create_model_package(
        ModelPackageGroupName="Fraud-Detection",
        InferenceSpecification=THEIRS,
        CustomerMetadataProperties={"pipeline": "nightly"},
    )
    lab.forget_calls()


HISTORIES: dict[str, tuple[Callable[[Lab], None], Callable[[], list[Doc]]]] = {
    "creating": (before_first, first_commit),
    "changing": (before_second, second_commit),
}


def undisturbed(lab: Lab, begin: Callable[[Lab], None], commit: Sequence[Doc]) -> tuple[Any, int]:
    """Return the end state of a run that nothing disturbs, and how many writes it took."""
    lab.server.clear()
    begin(lab)
    lab.settle(commit)
    return lab.live(), len(lab.writes())


def assert_no_duplicates(state: dict[str, Any]) -> None:
    identities = Counter(
        (record["ModelPackageGroupName"], record["CustomerMetadataProperties"]["reconciler/name"])
        for record in state[REGISTRY].values()
        if "reconciler/name" in record.get("CustomerMetadataProperties", {})
    )
    assert identities
    assert set(identities.values()) == {1}


@pytest.mark.parametrize("takes_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("history", HISTORIES)
def test_a_crash_at_any_write_leaves_no_trace_after_the_next_run(
    lab: Lab, history: str, *, takes_effect: bool
) -> None:
    begin, commit = HISTORIES[history]
    documents = commit()
    expected, count = undisturbed(lab, begin, documents)
    assert count >= 9
    for k in range(1, count + 1):
        lab.server.clear()
        begin(lab)
        crashing = CrashingAws(lab.applying.writes(), k, takes_effect=takes_effect)
        lab.execute(lab.plan(documents), writes=crashing, options=ONE_AT_A_TIME)
        assert crashing.crashed
        assert len(lab.writes()) == (k if takes_effect else k - 1)
        lab.settle(documents)
        state = lab.live()
        assert state == expected, f"after a crash at write {k}"
        assert_no_duplicates(state)
        assert_converged(lab, documents)


@pytest.mark.parametrize("history", HISTORIES)
def test_a_lost_answer_to_any_write_leaves_no_trace(lab: Lab, history: str) -> None:
    begin, commit = HISTORIES[history]
    documents = commit()
    expected, count = undisturbed(lab, begin, documents)
    for k in range(1, count + 1):
        lab.server.clear()
        begin(lab)
        lab.server.faults.after(losing(k))
        lab.apply(documents, options=ONE_AT_A_TIME)
        lab.server.faults.clear()
        lab.settle(documents)
        assert lab.live() == expected, f"after losing the answer to write {k}"


def losing(k: int) -> Callable[[Call], None]:
    """Return a hook that drops the connection of the k-th writing call."""
    writes = 0

    def hook(call: Call) -> None:
        nonlocal writes
        writes += call.is_write
        if call.is_write and writes == k:
            raise AnswerLost

    return hook


@pytest.mark.parametrize(("k", "takes_effect"), [(1, True), (4, False), (6, True)])
def test_a_killed_process_leaves_no_trace(
    lab: Lab, tmp_path: Path, k: int, *, takes_effect: bool
) -> None:
    documents = first_commit()
    expected, _ = undisturbed(lab, before_first, documents)
    lab.server.clear()
    (tmp_path / "all.yaml").write_text(text(documents), encoding="utf-8")
    killer = Killer(k)
    if takes_effect:
        lab.server.faults.after(killer)
    else:
        lab.server.faults.before(killer)
    with apply_in_a_process(lab, tmp_path) as process:
        killer.pid = process.pid
        process.wait(timeout=60)
    assert process.returncode == -signal.SIGKILL
    lab.server.faults.clear()
    lab.settle(documents)
    state = lab.live()
    assert state == expected
    assert_no_duplicates(state)


class Killer:
    """Kills a process at its k-th writing call, and drops that call's connection."""

    def __init__(self, k: int) -> None:
        self.pid: int | None = None
        self._left = k

    def __call__(self, call: Call) -> None:
        if not call.is_write:
            return
        self._left -= 1
        if self._left <= 0 and self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            raise AnswerLost


def apply_in_a_process(lab: Lab, manifests: Path) -> subprocess.Popen[bytes]:
    """Start the real command against the lab's server."""
    command = [sys.executable, "-m", "reconciler", "apply", str(manifests), "--yes"]
    credentials = {"AWS_ACCESS_KEY_ID": REGISTRY, "AWS_SECRET_ACCESS_KEY": "unchecked"}
    return subprocess.Popen(
        command,
        env={**os.environ, "AWS_ENDPOINT_URL": lab.server.url, **credentials},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_two_runs_at_the_same_time_register_every_version_once(lab: Lab) -> None:
    documents = [environment(), group(), version("churn-v1"), version("churn-v2")]
    both = [lab.plan(documents), lab.plan(documents)]
    for planned in both:
        lab.execute(planned)
    lab.settle(documents)
    assert_no_duplicates(lab.live())
    assert len(lab.boto().list_model_packages(ModelPackageGroupName="churn")) > 0
    assert_converged(lab, documents)


def test_an_unversioned_package_whose_creation_lost_its_answer_is_taken_as_created(
    lab: Lab,
) -> None:
    documents = [environment(), an_unversioned(tags={"team": "growth"})]
    lab.server.faults.lose_answer("CreateModelPackage")
    lab.apply(documents)
    lab.settle(documents)
    assert_converged(lab, documents)
