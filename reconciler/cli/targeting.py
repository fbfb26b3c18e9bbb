"""Which environments to plan: the middle of `reconcile targets`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from reconciler.cli import actions, verdicts
from reconciler.cli.manifests import read_manifests, require_any
from reconciler.cli.options import roots_of
from reconciler.cli.output import Format, Output
from reconciler.core.environment import Environment
from reconciler.engine.desired import DesiredState, resolve
from reconciler.engine.targets import changed_environments, targets
from reconciler.errors import ExitCode
from reconciler.git.revisions import Bounds, files_at
from reconciler.kinds import HANDLERS
from reconciler.manifest.limits import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from reconciler.manifest.load import parse
from reconciler.manifest.source import SUFFIXES, decoded
from reconciler.render.lines import Line, Span, Style, line

_MOST_JOBS: Final = 256
"""How many jobs one matrix may have (GitHub's limits)."""

_BOUNDS: Final = Bounds(MAX_FILES, MAX_FILE_BYTES, MAX_TOTAL_BYTES)


def print_targets(
    paths: tuple[Path, ...], since: str | None, globs: tuple[str, ...], *, as_json: bool
) -> ExitCode:
    """Print the environments to plan, and set the outputs of the step."""
    output = Output(Format.JSON if as_json else Format.TEXT)
    _, state = read_manifests(paths)
    if (code := verdicts.report_problems(state.problems, output)) is not ExitCode.OK:
        return code
    require_any(state, paths)
    found = [
        each
        for each in targets(state)
        if not globs or any(fnmatchcase(each.name, glob) for glob in globs)
    ]
    if since is not None and not since.strip("0"):
        _remark(output, "there is no earlier commit (a new branch), so all environments count")
    elif since is not None:
        changed = _changed(state, roots_of(paths), since, output)
        found = [each for each in found if changed is None or each.name in changed]
    if len(found) > _MOST_JOBS:
        what = f" {len(found)} environments are more than the {_MOST_JOBS} jobs of a matrix"
        output.remark([line(Span("warning:", Style.WARNING), what)])
    matrix = {"include": [_job(each) for each in found]}
    step = actions.step()
    step.output("matrix", json.dumps(matrix, separators=(",", ":")))
    step.output("count", len(found))
    step.output("environments", ",".join(each.name for each in found))
    if as_json:
        output.document(json.dumps(matrix, indent=2) + "\n")
    else:
        output.data(map(_line, found))
    return ExitCode.OK


def _changed(
    state: DesiredState, roots: Sequence[Path], since: str, output: Output
) -> frozenset[str] | None:
    """Return the environments that changed since a revision; `None` if that cannot be told."""
    revision = files_at(since, roots, suffixes=SUFFIXES, bounds=_BOUNDS)
    sources, problems = decoded((each.path, each.content) for each in revision.files)
    then = resolve(parse(sources), HANDLERS)
    at = f"the manifests at {since} ({revision.commit[:12]})"
    if problems or then.errors:
        where = next(iter([*problems, *then.errors]))
        _remark(
            output, f"{at} are not valid, so all environments count: {where.where} {where.code}"
        )
        return None
    if not revision.is_whole:
        _remark(output, f"{at} are larger than what is read, so all environments count")
        return None
    return changed_environments(then, state)


def _remark(output: Output, text: str) -> None:
    output.remark([line(Span("note:", Style.FAINT), f" {text}")])


def _job(environment: Environment) -> dict[str, str]:
    return {
        "environment": environment.name,
        "accountId": environment.account_id,
        "region": environment.region,
        "partition": environment.partition,
    }


def _line(environment: Environment) -> Line:
    place = f"  account {environment.account_id}, {environment.region}"
    return line(Span(environment.name, Style.STRONG), Span(place, Style.FAINT))
