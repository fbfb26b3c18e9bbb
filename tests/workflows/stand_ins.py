"""What stands in for the actions of others that our workflows use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from workflow_parts import Event, HarnessError, Hub, JobRun


@dataclass(frozen=True)
class Use:
    """One `uses:` of a job, with what it was given."""

    hub: Hub
    event: Event
    job: JobRun
    given: Mapping[str, str]


def _checkout(use: Use) -> bool:
    if use.job.permissions.get("contents") not in ("read", "write"):
        raise HarnessError(f"{use.job.name} may not read the repository")
    if use.given.get("persist-credentials") != "false":
        raise HarnessError(f"{use.job.name} leaves its token in the checkout")
    use.hub.checkout(use.job.workspace, use.event, int(use.given.get("fetch-depth", "1")))
    return True


def _install(use: Use) -> bool:
    """Put the command of this environment on the path; how it is installed is a test of its own."""
    folder = use.job.temp / "bin"
    folder.mkdir(exist_ok=True)
    command = folder / "reconcile"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n', "utf-8")
    command.chmod(0o755)
    use.job.path.append(str(folder))
    return not use.given


def _sign_in(use: Use) -> bool:
    if use.job.permissions.get("id-token") != "write":
        raise HarnessError(f"{use.job.name} gets no token to sign in with")
    found = use.hub.sign_in(use.job, use.event, use.given["role-to-assume"])
    use.job.variables |= found
    use.job.variables["AWS_REGION"] = use.given["aws-region"]
    return bool(found)


def _upload(use: Use) -> bool:
    if use.given.get("if-no-files-found") != "ignore":
        raise HarnessError("what is not there must not fail the upload")
    paths = [
        use.job.workspace / each.strip() for each in use.given["path"].splitlines() if each.strip()
    ]
    files = [file for each in paths for file in (each.rglob("*") if each.is_dir() else [each])]
    kept = {
        file.relative_to(use.job.workspace).as_posix(): file.read_bytes()
        for file in files
        if file.is_file()
    }
    if kept:
        use.hub.upload(use.given["name"], kept)
    return True


def _download(use: Use) -> bool:
    """Put one artifact by its name into a folder, or those of a pattern into folders of its own."""
    artifacts = use.hub.download()
    target = use.job.workspace / use.given["path"]
    if "name" in use.given:
        chosen = {target: artifacts[use.given["name"]]} if use.given["name"] in artifacts else {}
    else:
        start = use.given["pattern"].removesuffix("*")
        chosen = {target / name: each for name, each in artifacts.items() if name.startswith(start)}
    for folder, files in chosen.items():
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return bool(chosen) or "pattern" in use.given


STAND_INS: Final[Mapping[str, Callable[[Use], bool]]] = {
    "actions/checkout": _checkout,
    "$/.github/actions/reconcile": _install,
    "aws-actions/configure-aws-credentials": _sign_in,
    "actions/upload-artifact": _upload,
    "actions/download-artifact": _download,
}
