"""What must hold of every workflow, read from the files (pull-requests.md sections 2 and 6.4)."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from expressions import Data
from workflow_parts import ROOT, WORKFLOWS, load, mapping, sequence, texts

FILES: Final = sorted(WORKFLOWS.glob("*.yml"))
ACTION: Final = ROOT / ".github" / "actions" / "reconcile"
CALLERS: Final = ("plan", "apply", "drift")
READERS: Final = {"plan", "replan", "drift"}
_ORDER: Final = {"read": 1, "write": 2}
Job = Mapping[str, Data]


def workflow(name: str) -> Mapping[str, Data]:
    return load(WORKFLOWS / f"{name}.yml")


def jobs(path: Path) -> Iterator[tuple[str, Job]]:
    for name, job in mapping(load(path)["jobs"]).items():
        yield name, mapping(job)


def steps(job: Job) -> list[Mapping[str, Data]]:
    return [mapping(each) for each in sequence(job.get("steps", []))]


ALL_JOBS: Final = [
    pytest.param(job, id=f"{path.stem}-{name}") for path in FILES for name, job in jobs(path)
]
ALL_STEPS: Final = [
    pytest.param(step, id=f"{path.stem}-{name}-{number}")
    for path in FILES
    for name, job in jobs(path)
    for number, step in enumerate(steps(job))
] + [
    pytest.param(mapping(step), id=f"action-{number}")
    for number, step in enumerate(sequence(mapping(load(ACTION / "action.yml")["runs"])["steps"]))
]


def test_there_are_the_files_that_the_product_ships() -> None:
    assert {path.stem for path in FILES} == {
        "ci", *CALLERS, *(f"reusable-{name}" for name in CALLERS),
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_workflow_has_rights_of_its_own_or_runs_for_strangers_with_secrets(path: Path) -> None:
    found = load(path)
    assert found["permissions"] == {}
    triggers = set(mapping(found["on"]))
    assert not triggers & {"pull_request_target", "workflow_run", "issue_comment"}


@pytest.mark.parametrize("path", [*FILES, ACTION / "action.yml"], ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text("utf-8"), re.MULTILINE)
    assert used
    for each in used:
        assert each.startswith("$/.github/") or re.fullmatch(
            r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each
        ), each


def test_an_action_has_the_same_pin_wherever_it_is_used() -> None:
    text = "\n".join(path.read_text("utf-8") for path in [*FILES, ACTION / "action.yml"])
    pins = dict(re.findall(r"uses: ([\w-]+/[\w-]+)(@.*)", text))
    for name, pin in re.findall(r"uses: ([\w-]+/[\w-]+)(@.*)", text):
        assert pins[name] == pin


@pytest.mark.parametrize("step", ALL_STEPS)
def test_no_script_holds_an_expression(step: Mapping[str, Data]) -> None:
    assert "${{" not in str(step.get("run", ""))


@pytest.mark.parametrize("step", ALL_STEPS)
def test_no_checkout_keeps_the_token(step: Mapping[str, Data]) -> None:
    if "actions/checkout" in str(step.get("uses")):
        assert mapping(step["with"])["persist-credentials"] is False


@pytest.mark.parametrize("job", ALL_JOBS)
def test_no_job_can_both_sign_in_to_aws_and_write_to_github(job: Job) -> None:
    if "steps" not in job:
        return  # a caller only bounds what the jobs of the reusable workflow may ask for
    rights = mapping(job["permissions"])
    writes = {name for name, level in rights.items() if level == "write"}
    assert writes <= {"id-token"} or "id-token" not in writes, rights
    signs_in = any("configure-aws-credentials" in str(each.get("uses")) for each in steps(job))
    assert signs_in == ("id-token" in writes)


@pytest.mark.parametrize("job", ALL_JOBS)
def test_every_job_ends_by_itself_on_a_pinned_runner(job: Job) -> None:
    if "steps" in job:
        assert isinstance(job["timeout-minutes"], int)
        assert job["runs-on"] in ("ubuntu-24.04", "${{ inputs.runner }}")


@pytest.mark.parametrize("name", CALLERS)
def test_a_caller_grants_what_its_jobs_ask_for_and_no_more(name: str) -> None:
    (caller,) = (mapping(each) for each in mapping(workflow(name)["jobs"]).values())
    asked: dict[str, str] = {}
    for _, job in jobs(WORKFLOWS / f"reusable-{name}.yml"):
        for right, level in mapping(job["permissions"]).items():
            asked[right] = max(asked.get(right, "read"), str(level), key=_ORDER.__getitem__)
    assert caller["permissions"] == asked


def test_only_apply_runs_in_an_environment_and_waits_its_turn() -> None:
    for path in FILES:
        for name, job in jobs(path):
            assert ("environment" in job) == (name == "apply"), (path, name)
            if name in READERS:
                assert "environment" not in job  # it would change the subject of the token
    apply = mapping(mapping(workflow("reusable-apply")["jobs"])["apply"])
    assert apply["environment"] == "reconcile-${{ matrix.environment }}"
    assert apply["concurrency"] == {
        "group": "reconcile-apply-${{ matrix.environment }}",
        "cancel-in-progress": False,
        "queue": "max",
    }


def test_a_newer_push_ends_the_plan_of_an_older_one_of_the_same_pull_request() -> None:
    assert workflow("plan")["concurrency"] == {
        "group": "reconcile-plan-${{ github.event.pull_request.number || github.ref }}",
        "cancel-in-progress": True,
    }


def test_the_gate_waits_for_every_job_and_always_reports() -> None:
    found = mapping(workflow("reusable-plan")["jobs"])
    gate = mapping(found["gate"])
    assert gate["if"] == "always()"
    assert set(texts(gate["needs"])) == found.keys() - {"gate"}


def test_only_the_sign_in_gets_a_role_and_only_scripts_that_need_it_a_token() -> None:
    for path in FILES:
        for name, job in jobs(path):
            for step in steps(job):
                if "GITHUB_TOKEN" in mapping(step.get("env")):
                    assert name in {"comment", "replan", "announce", "apply", "report"}, (
                        path,
                        name,
                    )


@pytest.mark.parametrize("step", ALL_STEPS)
def test_scripts_pass_shellcheck(step: Mapping[str, Data], tmp_path: Path) -> None:
    if "run" in step:
        script = tmp_path / "step.sh"
        script.write_text(f"#!/bin/bash -e\n{step['run']}", "utf-8")
        tool = Path(sys.executable).with_name("shellcheck")
        done = subprocess.run([tool, script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_what_is_installed_in_workflows_is_locked_for_all_that_we_depend_on() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = described["project"]
    locked = dict(
        re.findall(r"^([\w-]+)==(\S+) \\$", (ACTION / "requirements.txt").read_text(), re.MULTILINE)
    )
    for each in [*project["dependencies"], *described["build-system"]["requires"]]:
        assert re.split(r"[><=]", each)[0] in locked, each
    for each in project["optional-dependencies"]["dev"]:
        name, _, version = each.partition("==")
        if name in locked:
            assert locked[name] == version, f"{name}: run .github/actions/reconcile/lock.py"
