"""Promise 1: plan cannot write."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import REGISTRY, Doc, environment, group, rich, text, version
from live import Lab, start

from reconciler.aws.reads import WriteRefusedError
from reconciler.cli import main
from reconciler.kinds import HANDLERS
from reconciler.sandbox.settings import SandboxSettings


def empty(_lab: Lab) -> list[Doc]:
    return rich()


def applied(lab: Lab) -> list[Doc]:
    lab.settle(rich())
    return rich()


def edited(lab: Lab) -> list[Doc]:
    lab.settle(rich())
    documents = rich()
    documents[4]["spec"]["tags"] = {"team": None, "purpose": "retention"}
    documents[6]["spec"]["approval"] = {"status": "Rejected"}
    return documents


def to_be_refused(lab: Lab) -> list[Doc]:
    lab.settle(rich())
    documents = rich()
    documents[6]["spec"]["modelPackageDescription"] = "cannot be changed"
    return documents


def to_be_adopted(lab: Lab) -> list[Doc]:
    lab.boto().create_model_package_group(ModelPackageGroupName="churn")
    return [environment(), group(tags={"team": "growth"}), version()]


SITUATIONS: list[Callable[[Lab], list[Doc]]] = [
    empty,
    applied,
    edited,
    to_be_refused,
    to_be_adopted,
]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_planning_makes_no_writing_call_whatever_it_finds(
    lab: Lab, situation: Callable[[Lab], list[Doc]]
) -> None:
    """Plan cannot write. Broken by any call in reading or proposing that can change something."""
    documents = situation(lab)
    before = lab.live()
    lab.forget_calls()
    lab.plan(documents)
    assert len(lab.server.calls) > 0
    assert lab.writes() == []
    assert lab.live() == before


@pytest.mark.parametrize("operation", sorted({name for each in HANDLERS for name in each.writes}))
def test_no_write_of_any_handler_passes_the_reading_client(lab: Lab, operation: str) -> None:
    """Plan cannot write. Broken when the read allow-list takes in an operation that writes."""
    (registry,) = lab.plan([environment(), group()]).plan.environments
    service, name = operation.split(":")
    lab.forget_calls()
    with pytest.raises(WriteRefusedError):
        lab.planning.reads().call(registry, service, name, {})
    assert len(lab.server.calls) == 0


def test_a_planning_session_gives_nobody_a_client_that_writes(lab: Lab) -> None:
    """Plan cannot write. Broken when a command that plans can ask for a writing client."""
    with pytest.raises(WriteRefusedError):
        lab.planning.writes()


def test_a_handler_that_writes_while_it_reads_is_stopped_before_the_call_leaves(lab: Lab) -> None:
    """Plan cannot write. Broken when reading is handed anything but the refusing client."""
    documents = [environment(), group()]
    (registry,) = lab.plan(documents).plan.environments
    lab.forget_calls()
    with pytest.raises(WriteRefusedError):
        list(lab.applying.reads().pages(registry, "sagemaker", "DeleteModelPackage", {}))
    assert len(lab.server.calls) == 0


def test_planning_in_the_sandbox_leaves_its_state_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan cannot write. Broken when the command gives its plan a session that may write."""
    manifests, state = tmp_path / "manifests", tmp_path / "state"
    manifests.mkdir()
    (manifests / "all.yaml").write_text(text(rich()), encoding="utf-8")
    arguments = ["plan", str(manifests), "--sandbox", "--sandbox-state", str(state)]
    monkeypatch.setattr(sys, "argv", ["reconcile", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert not [each for each in state.rglob("*") if each.parent.parent.name == REGISTRY]


def test_permission_to_write_is_not_needed_to_plan() -> None:
    """Plan cannot write. Broken when planning calls anything outside the reads of the handlers."""
    lab = start(SandboxSettings())
    with contextlib.closing(lab):
        allowed = {name for each in HANDLERS for name in each.reads} | {"sts:GetCallerIdentity"}
        lab.plan(rich())
        lab.settle(rich())
        lab.forget_calls()
        lab.plan(rich())
        called: set[Any] = {call.action for call in lab.server.calls}
        assert called <= allowed
