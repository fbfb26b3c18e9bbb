"""Which environments to plan: the middle of `reconcile targets`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from reconciler.cli import actions, verdicts
from reconciler.cli.documents import plans_in
from reconciler.cli.manifests import read_manifests, require_any
from reconciler.cli.options import roots_of
from reconciler.cli.output import Format, Output
from reconciler.core.environment import Environment
from reconciler.core.plan import WRITING_VERBS
from reconciler.engine.desired import DesiredState, resolve
from reconciler.engine.targets import changed_environments, targets
from reconciler.errors import ExitCode, UsageError
from reconciler.git.revisions import Bounds, files_at
from reconciler.kinds import HANDLERS
from reconciler.manifest.limits import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from reconciler.manifest.load import parse
from reconciler.manifest.source import SUFFIXES, decoded
from reconciler.render.lines import Line, Span, Style, line

_MOST_JOBS: Final = 256
"""How many jobs one matrix may have (GitHub's limits)."""

_BOUNDS: Final = Bounds(MAX_FILES, MAX_FILE_BYTES, MAX_TOTAL_BYTES)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which environments are wanted: globs, changed since a revision, with changes in a plan."""

    globs: tuple[str, ...] = ()
    since: str | None = None
    plans: tuple[Path, ...] = ()

    @property
    def names(self) -> frozenset[str] | None:
        """Return the environments that have something to apply; `None` where no plans are given."""
        if not self.plans:
            return None
        return frozenset(
            action.resource.environment
            for plan in plans_in(self.plans)
            if not plan.refusals
            for action in plan.actions
            if action.verb in WRITING_VERBS
        )


def print_targets(paths: tuple[Path, ...], choice: Choice, *, as_json: bool) -> ExitCode:
    """Print the environments to plan, and set the outputs of the step."""
    output = Output(Format.JSON if as_json else Format.TEXT)
    _, state = read_manifests(paths)
    if (code := verdicts.report_problems(state.problems, output)) is not ExitCode.OK:
        return code
    require_any(state, paths)
    _require_known(choice.globs, state)
    found = [
        each
        for each in targets(state)
        if not choice.globs or any(fnmatchcase(each.name, glob) for glob in choice.globs)
    ]
    changed = _changed_since(choice.since, state, roots_of(paths), output)
    for names in (changed, choice.names):
        found = [each for each in found if names is None or each.name in names]
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


def _require_known(globs: Sequence[str], state: DesiredState) -> None:
    """Raise `UsageError` for a glob of no environment: a slip must not look like no work."""
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in state.environments):
            known = ", ".join(sorted(state.environments)) or "none"
            raise UsageError(
                f"there is no Environment {glob!r}",
                why=f"known: {known}",
                fix="check the spelling of --environment",
            )


def _changed_since(
    since: str | None, state: DesiredState, roots: Sequence[Path], output: Output
) -> frozenset[str] | None:
    """Return the environments that changed; `None` if nobody asked, or all count."""
    if since is None:
        return None
    if not since.strip("0"):
        _remark(output, "there is no earlier commit (a new branch), so all environments count")
        return None
    return _changed(state, roots, since, output)


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
        "planRole": environment.assume_role.plan or "",
        "applyRole": environment.assume_role.apply or "",
    }


def _line(environment: Environment) -> Line:
    place = f"  account {environment.account_id}, {environment.region}"
    return line(Span(environment.name, Style.STRONG), Span(place, Style.FAINT))
