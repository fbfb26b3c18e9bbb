"""A team's repository on a fake GitHub, its accounts in the sandbox: what the workflows run in.

The Git repository is a real one. Pull requests, merges and pushes are made in it and told to the
fake, so that commits have the same names on both sides.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from expressions import Data
from fake_github import FakeGitHub
from fake_github_records import Pull
from workflow_parts import Event, JobRun, Permissions
from workflow_runner import Finished, run_workflow

from reconciler.access.permissions import Mode
from reconciler.access.trust import Repository, Trust, trust_policy
from reconciler.manifest.load import load as load_manifests
from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer

GIT: Final = "/usr/bin/git"
_OWN_OF_RUNNER: Final = {"GITHUB_SHA", "GITHUB_TOKEN", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"}


@dataclass
class Project:
    """The repository `acme/registry`, and the `Hub` of the runs of its workflows."""

    github: FakeGitHub
    sandbox: SandboxServer
    folder: Path
    vars: Mapping[str, str] = field(default_factory=lambda: {"RECONCILE_ENABLED": "true"})
    run_id: int = 0
    artifacts: dict[int, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    _variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty commit on `main`."""
        self.origin.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.github.push("main", self._commit("Begin"), parents=())

    @property
    def repository(self) -> str:
        """Return owner and name."""
        return self.github.repository

    @property
    def origin(self) -> Path:
        """Return the folder of the repository itself."""
        return self.folder / "origin"

    # --- what people do

    def push(self, branch: str, subject: str, **files: str | None) -> str:
        """Commit manifests (`registry="..."`; `None` = removed) to a branch, which may be new."""
        known = branch in self.github.branches
        self.git("checkout", "-q", *([branch] if known else ["-b", branch, "main"]))
        for name, text in files.items():
            path = self.origin / "manifests" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, "utf-8")
        sha = self._commit(subject)
        if known:
            self.github.push(branch, sha)
        return sha

    def open_pull(self, branch: str, subject: str, fork: str = "", **files: str | None) -> Pull:
        """Open a pull request of one commit."""
        sha = self.push(branch, subject, **files)
        return self.github.open_pull(sha, branch=branch, title=subject, fork=fork)

    def merge(self, pull: Pull, style: str = "squash") -> str:
        """Merge a pull request, and return the commit that `main` is at then."""
        subject = f"{pull.title} (#{pull.number})"
        self.git("checkout", "-q", "main")
        if style == "squash":
            self.git("merge", "-q", "--squash", pull.branch)
            sha = self._commit(subject)
        else:
            self.git(
                "merge", "-q", "--no-ff", "-m", f"Merge pull request #{pull.number}", pull.branch
            )
            sha = self.git("rev-parse", "HEAD")
        return self.github.merge(pull.number, style, sha)

    # --- what GitHub then runs

    def plan(self, pull: Pull) -> Finished:
        """Run the plan of a pull request at its present commit, merged with its base."""
        sha = self._merged(pull)
        return self._run("plan.yml", "pull_request", sha, pull=pull)

    def apply(self, sha: str, before: str, **inputs: str) -> Finished:
        """Run the apply of a push to `main`; with inputs, as it is started by hand."""
        name = "workflow_dispatch" if inputs else "push"
        return self._run("apply.yml", name, sha, before=before, inputs=inputs)

    def drift(self) -> Finished:
        """Run the nightly look for drift."""
        return self._run("drift.yml", "schedule", self.github.branches["main"])

    def queue(self, pull: Pull) -> Finished:
        """Run the checks of a merge queue."""
        return self._run("plan.yml", "merge_group", self._merged(pull), pull=pull)

    def _run(  # noqa: PLR0913 - an event has that many parts
        self,
        workflow: str,
        name: str,
        sha: str,
        *,
        pull: Pull | None = None,
        before: str = "",
        inputs: Mapping[str, Data] | None = None,
    ) -> Finished:
        folder = self.folder / "runs"
        folder.mkdir(exist_ok=True)
        found = self.github.variables(folder, event=name, pull=pull, sha=sha, before=before)
        self.run_id = int(found["GITHUB_RUN_ID"])
        self._variables = {key: value for key, value in found.items() if key not in _OWN_OF_RUNNER}
        self._variables["AWS_ENDPOINT_URL"] = self.sandbox.url
        payload = json.loads(Path(found["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        event = Event(name, payload, sha, found["GITHUB_REF"], inputs or {})
        return run_workflow(workflow, event, self, folder)

    def comment(self, pull: Pull) -> str:
        """Return the one comment that is ours."""
        (only,) = self.github.comments_of(pull.number)
        assert only.author == "github-actions[bot]"
        return only.body

    # --- what a run asks for (the protocol `Hub`)

    def variables(self) -> Mapping[str, str]:
        """Return where GitHub and AWS are, and what the run is."""
        return self._variables

    def token(self, permissions: Permissions) -> str:
        """Return a token of a job."""
        return self.github.token(permissions)

    def checkout(self, folder: Path, event: Event, depth: int) -> None:
        """Fetch one commit, as actions/checkout does: no branch, so much history."""
        shallow = [f"--depth={depth}"] if depth else []
        self.git("init", "-q", cwd=folder)
        self.git("fetch", "-q", *shallow, self.origin.as_uri(), event.sha, cwd=folder)
        self.git("checkout", "-q", "FETCH_HEAD", cwd=folder)

    def sign_in(self, job: JobRun, event: Event, role: str) -> Mapping[str, str]:
        """Return a role's credentials, if its trust policy names the subject of the job's token."""
        subject = f"repo:{self.repository}:{_kind(job, event)}"
        if subject not in self._trusted(job, role):
            job.log += f"{role} does not trust {subject}\n"
            return {}
        key, secret, token = credentials_for(role.split(":")[4], role)
        return {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token or "",
        }

    def upload(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep an artifact, where the run's other jobs and GitHub's API find it."""
        self.artifacts.setdefault(self.run_id, {})[name] = dict(files)
        self.github.upload_artifact(self.run_id, name, files)

    def download(self) -> Mapping[str, Mapping[str, bytes]]:
        """Return the artifacts of this run."""
        return self.artifacts.get(self.run_id, {})

    def deployment(self, environment: str, event: Event) -> Callable[[str], None]:
        """Record a deployment when its job ends: GitHub does for every job with an environment."""

        def ended(result: str) -> None:
            self.github.deploy(environment, event.sha, "in_progress", result)

        return ended

    # --- the rest

    def _trusted(self, job: JobRun, role: str) -> list[str]:
        """Return the subjects that a role trusts, by the policies that the product prints.

        A role is what its account made it for, whatever a pull request's manifests call it.
        """
        workspace = load_manifests([job.workspace / "manifests"])
        mode = Mode.APPLY if role.endswith("-apply") else Mode.PLAN
        owner, _, name = self.repository.partition("/")
        (environment,) = (
            each
            for each in workspace.environments.values()
            if each.account_id == role.split(":")[4]
        )
        trust = Trust(Repository(owner, name), "main", f"reconcile-{environment.name}")
        return _subjects(trust_policy(workspace, environment, mode, trust))

    def _merged(self, pull: Pull) -> str:
        """Return the commit that GitHub makes of a pull request and its base."""
        self.git("checkout", "-q", "--detach", pull.base)
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {pull.head}", pull.branch)
        sha = self.git("rev-parse", "HEAD")
        self.git("update-ref", f"refs/pull/{pull.number}/merge", sha)
        self.git("checkout", "-q", "main")
        return sha

    def _commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run Git in the repository (or a checkout of it), and return what it prints."""
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Ada Lovelace"), ("EMAIL", "ada@example.org"))
        }
        done = subprocess.run(
            [GIT, "-c", "uploadpack.allowAnySHA1InWant=true", *arguments],
            cwd=cwd or self.origin,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **identity},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.strip()


def _kind(job: JobRun, event: Event) -> str:
    if job.environment:
        return f"environment:{job.environment}"
    return "pull_request" if event.name == "pull_request" else f"ref:{event.ref}"


def _subjects(document: Mapping[str, Data]) -> list[str]:
    statements = document["Statement"]
    assert isinstance(statements, list)
    equals = statements[0]["Condition"]["StringEquals"]
    (found,) = (value for name, value in equals.items() if name.endswith(":sub"))
    return [str(each) for each in found]
