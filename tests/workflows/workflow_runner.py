"""Runs our workflows without GitHub: their jobs in order, their own `run:` steps in bash.

What is GitHub's (expressions, contexts, needs, matrix, outputs, environment files, which token a
job has) is done here as its documentation says; anything that is not known fails the test. Actions
of others are a table of stand-ins. Source: https://docs.github.com/en/actions/reference/
workflows-and-actions/workflow-syntax, and `contexts` and `workflow-commands` beside it.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from expressions import Context, Data, Status, as_text, filled, holds, value_of
from stand_ins import STAND_INS, Use
from workflow_parts import (
    ROOT,
    WORKFLOWS,
    Event,
    HarnessError,
    Hub,
    JobRun,
    Permissions,
    load,
    mapping,
    sequence,
    text_or_none,
    texts,
)

SELF: Final = "$/.github/"
PATIENCE: Final = 120.0
BASH: Final = "/bin/bash"
_ORDER: Final = {"none": 0, "read": 1, "write": 2}


@dataclass
class Finished:
    """A run: the result of every job by its name, and what the jobs were."""

    results: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    jobs: list[JobRun] = field(default_factory=list)

    @property
    def log(self) -> str:
        """Return all that the jobs printed, with their names."""
        return "\n".join(f"--- {each.name}: {each.result}\n{each.log}" for each in self.jobs)

    def job(self, name: str) -> JobRun:
        """Return a job by its name; one of a matrix is `plan (registry)`."""
        return next(each for each in self.jobs if each.name == name)

    def ends(self, **results: str) -> Finished:
        """Assert the results of jobs."""
        assert {name: self.results.get(name) for name in results} == results, self.log
        return self


def run_workflow(name: str, event: Event, hub: Hub, folder: Path) -> Finished:
    """Run a workflow of this repository for an event, if it listens to it."""
    workflow = load(WORKFLOWS / name)
    triggers = mapping(workflow["on"])
    if event.name not in triggers:
        raise HarnessError(f"{name} does not listen to {event.name}")
    finished = Finished()
    for key, job in mapping(workflow["jobs"]).items():
        caller = mapping(job)
        context = _context(event, hub, event.inputs)
        if not holds(text_or_none(caller.get("if")), context, Status()):
            finished.results[key] = "skipped"
            continue
        called = str(caller["uses"])
        if not called.startswith(SELF):
            raise HarnessError(f"{called} is not in this repository")
        reusable = load(ROOT / called.removeprefix("$/"))
        inputs = _inputs(reusable, mapping(caller.get("with")), context)
        granted = {each: str(level) for each, level in mapping(caller["permissions"]).items()}
        _Run(reusable, event, hub, inputs, granted, folder, finished).execute()
    return finished


def _inputs(
    reusable: Mapping[str, Data], given: Mapping[str, Data], context: Context
) -> dict[str, Data]:
    declared = mapping(mapping(mapping(reusable["on"])["workflow_call"]).get("inputs"))
    if unknown := given.keys() - declared.keys():
        raise HarnessError(f"unknown inputs: {unknown}")
    found = {name: mapping(each).get("default") for name, each in declared.items()}
    # An input of workflow_dispatch is null in runs of other events: the empty text of its type.
    values = {name: value_of(str(value), context) for name, value in given.items()}
    return found | {name: "" if value is None else value for name, value in values.items()}


@dataclass
class _Run:
    """One reusable workflow on its way."""

    workflow: Mapping[str, Data]
    event: Event
    hub: Hub
    inputs: Mapping[str, Data]
    granted: Permissions
    folder: Path
    finished: Finished

    def execute(self) -> None:
        if self.workflow["permissions"] != {}:
            raise HarnessError("a workflow's own permissions are to be none")
        for key, value in mapping(self.workflow["jobs"]).items():
            self.job(key, mapping(value))

    def job(self, key: str, job: Mapping[str, Data]) -> None:
        needs = texts(job.get("needs"))
        if missing := [each for each in needs if each not in self.finished.results]:
            raise HarnessError(f"{key} needs {missing}, which come later")
        context = self.context(needs)
        results = [self.finished.results[each] for each in needs]
        status = Status(failed="failure" in results, skipped="skipped" in results)
        if not holds(text_or_none(job.get("if")), context, status):
            self.finished.results[key] = "skipped"
            self.finished.outputs[key] = {}
            return
        runs = [self.one(key, job, context, row) for row in _rows(job, context)]
        failed = any(each.failed for each, _ in runs)
        self.finished.results[key] = "failure" if failed else "success"
        self.finished.outputs[key] = runs[-1][1] if runs else {}

    def context(self, needs: Sequence[str]) -> dict[str, Data]:
        found: dict[str, Data] = {
            each: {"result": self.finished.results[each], "outputs": self.finished.outputs[each]}
            for each in needs
        }
        return {**_context(self.event, self.hub, self.inputs), "needs": found}

    def one(
        self, key: str, job: Mapping[str, Data], context: Context, row: Mapping[str, Data]
    ) -> tuple[JobRun, Mapping[str, str]]:
        """Run one job of a matrix; one without is a matrix of one."""
        context = {**context, "matrix": row}
        name = f"{key} ({next(iter(row.values()))})" if row else key
        permissions = {each: str(level) for each, level in mapping(job["permissions"]).items()}
        for each, level in permissions.items():
            if _ORDER[level] > _ORDER[self.granted.get(each, "none")]:
                raise HarnessError(f"{key} wants {each}: {level}, which its caller does not grant")
        folder = self.folder / f"{self.hub.run_id}-{re.sub(r'[^a-z0-9]+', '-', name)}"
        environment = filled(str(job.get("environment", "")), context)
        run = JobRun(
            name, permissions, environment, folder / "work", folder / "temp",
            self.hub.token(permissions),
        )  # fmt: skip
        self.finished.jobs.append(run)
        run.workspace.mkdir(parents=True)
        run.temp.mkdir()
        ended = self.hub.deployment(environment, self.event) if environment else _nothing
        self.steps(run, job["steps"], context)
        ended(run.result)
        outputs = {
            output: as_text(value_of(str(value), {**context, "steps": _outputs(run)}))
            for output, value in mapping(job.get("outputs")).items()
        }
        return run, outputs

    def steps(self, run: JobRun, steps: Data, context: Context) -> None:
        for number, value in enumerate(sequence(steps)):
            step = mapping(value)
            now = {**context, "steps": _outputs(run), "runner": {"temp": str(run.temp)}}
            now["github"] = {**mapping(now["github"]), "token": run.token}
            if not holds(text_or_none(step.get("if")), now, Status(failed=run.failed)):
                continue
            label = str(step.get("name") or step.get("uses"))
            run.log += f"# {label}\n"
            ok = self.uses(run, step, now) if "uses" in step else self.bash(run, step, now, number)
            run.failed = run.failed or not ok

    def uses(self, run: JobRun, step: Mapping[str, Data], context: Context) -> bool:
        action = str(step["uses"]).partition("@")[0]
        given = {
            name: as_text(value_of(as_text(value), context))
            for name, value in mapping(step.get("with")).items()
        }
        if action not in STAND_INS:
            raise HarnessError(f"{action} has no stand-in")
        return STAND_INS[action](Use(self.hub, self.event, run, given))

    def bash(self, run: JobRun, step: Mapping[str, Data], context: Context, number: int) -> bool:
        script = str(step["run"])
        if "${{" in script:
            raise HarnessError(f"an expression in a script: {script}")
        files = {
            name: run.temp / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.touch()
        own = {
            name: as_text(value_of(as_text(value), context))
            for name, value in mapping(step.get("env")).items()
        }
        program = run.temp / f"step-{number}.sh"
        program.write_text(script, "utf-8")
        done = subprocess.run(
            [BASH, "-e", str(program)],
            cwd=run.workspace,
            env=self.environment(run) | {name: str(file) for name, file in files.items()} | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        run.log += done.stdout.decode() + (f"(exit {done.returncode})\n" if done.returncode else "")
        run.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        if step.get("id"):
            run.steps[str(step["id"])] = dict(written_outputs(files["GITHUB_OUTPUT"]))
        return done.returncode == 0

    def environment(self, run: JobRun) -> dict[str, str]:
        """Return what every step finds: nothing of this machine but programs."""
        return {
            "PATH": os.pathsep.join([*run.path, os.environ["PATH"]]),
            "HOME": str(run.temp),
            "LC_ALL": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": self.hub.repository,
            "GITHUB_EVENT_NAME": self.event.name,
            "GITHUB_SHA": self.event.sha,
            "GITHUB_REF": self.event.ref,
            "GITHUB_RUN_ID": str(self.hub.run_id),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(run.workspace),
            "RUNNER_TEMP": str(run.temp),
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.hub.variables(),
            **run.variables,
        }


def _context(event: Event, hub: Hub, inputs: Mapping[str, Data]) -> dict[str, Data]:
    github: dict[str, Data] = {
        "event_name": event.name,
        "event": event.payload,
        "ref": event.ref,
        "sha": event.sha,
        "repository": hub.repository,
        "server_url": "https://github.example",
        "run_id": hub.run_id,
    }
    return {"github": github, "inputs": inputs, "vars": hub.vars}


def _rows(job: Mapping[str, Data], context: Context) -> Iterator[Mapping[str, Data]]:
    matrix = mapping(job.get("strategy")).get("matrix")
    if matrix is None:
        yield {}
        return
    for row in sequence(mapping(value_of(str(matrix), context))["include"]):
        yield mapping(row)


def _outputs(run: JobRun) -> dict[str, Data]:
    return {name: {"outputs": outputs} for name, outputs in run.steps.items()}


def written_outputs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield what a step wrote to GITHUB_OUTPUT: `name=value`, or `name<<END` up to a line END."""
    lines = iter(file.read_text("utf-8").split("\n"))
    for line in lines:
        if "<<" in line and "=" not in line.partition("<<")[0]:
            name, _, end = line.partition("<<")
            value: list[str] = []
            for more in lines:
                if more == end:
                    break
                value.append(more)
            else:
                raise HarnessError(f"{name} does not end")
            yield name, "\n".join(value)
        elif "=" in line:
            name, _, text = line.partition("=")
            yield name, text
        elif line:
            raise HarnessError(f"no output: {line!r}")


def _nothing(_result: str) -> None:
    pass
