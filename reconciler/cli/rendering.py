"""From files, and from the run that we are part of, to Markdown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from reconciler.cli.output import Format
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem
from reconciler.errors import InvalidInputError
from reconciler.github.run import run_of
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.document import (
    kind_of,
    parse_error_document,
    parse_plan_document,
    parse_report_document,
    plan_document,
)
from reconciler.render.markdown import Dialect, EarlyEnd, Setting, render_plans
from reconciler.render.redact import is_secret_key

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_SHORTEST_SECRET: Final = 6  # `true` and the like are no secrets, whatever they are called
_PLAN_AGAIN: Final = "write it again with `reconcile plan --out FILE`"

_OF_ENVIRONMENT: Final = re.compile(r"plan-(.+)")

Parsed = TypeVar("Parsed")


def setting_of(variables: Mapping[str, str]) -> Setting:
    """Return what surrounds a text, as far as GitHub's variables say it."""
    run = run_of(variables)
    return Setting(
        repository_url=run.repository_url,
        run_url=run.url,
        run=run.run_id,
        attempt=run.attempt,
        head=run.head_sha,
        base=run.base_sha,
        branch=run.base_branch if run.base_sha else "",  # nothing else will be merged
        hidden=hidden_texts(variables),
    )


def hidden_texts(variables: Mapping[str, str]) -> frozenset[str]:
    """Return the values of the environment variables whose names say that they are secret.

    An account id is none: it is what stands for a key in the sandbox.
    """
    return frozenset(
        value
        for name, value in variables.items()
        if is_secret_key(name)
        and len(value.strip()) >= _SHORTEST_SECRET
        and not _ACCOUNT.fullmatch(value)
    )


def plan_markdown(plan: Plan, warnings: Sequence[Problem], form: Format) -> str:
    """Return a plan as Markdown."""
    dialect = dialect_of(form)
    return render_plans(
        [plan_document(plan, warnings)],
        setting_of(os.environ),
        dialect=dialect,
        marker=dialect is Dialect.GITHUB,
    ).text


def dialect_of(form: Format) -> Dialect:
    """Return the Markdown that a format stands for."""
    return Dialect.GITHUB if form is Format.GITHUB else Dialect.MARKDOWN


def read_plans(paths: Sequence[Path]) -> tuple[PlanDocument, ...]:
    """Return the plans in files, and in all JSON files below folders that hold one.

    What plans left that ended early is passed over: see `read_unplanned`.

    Raises:
        InvalidInputError: if a file is damaged, or was named and is no plan; or if two are of one
            environment: both would be shown as if they were to happen.
    """
    found = [
        (path, _parsed(path, text, parse_plan_document))
        for path, text in _texts(paths)
        if not _is_error(path, text) and (path in paths or _kind(path, text) == "plan")
    ]
    seen: dict[str, Path] = {}
    for path, plan in found:
        for environment in plan.environments:
            if (other := seen.setdefault(environment.name, path)) is not path:
                raise InvalidInputError(
                    f"two plans of environment {environment.name!r}: {other} and {path}",
                    why="both would be shown as if they were to happen",
                    fix="leave the older one out",
                )
    return tuple(plan for _, plan in found)


def read_unplanned(paths: Sequence[Path], environments: Sequence[str]) -> tuple[EarlyEnd, ...]:
    """Return why there are no plans where `plan --out` has left that instead of one.

    What it was about is told as in `read_reports`; without any `environments` to choose from, by
    the end of a name like `plan-production.json`.

    Raises:
        InvalidInputError: if a file is damaged.
    """
    return tuple(
        EarlyEnd(
            _parsed(path, text, parse_error_document),
            _environment_of(path, environments) or ("" if environments else _named_by(path)),
        )
        for path, text in _texts(paths)
        if _is_error(path, text)
    )


def read_plans_by_path(paths: Sequence[Path]) -> tuple[tuple[Path, PlanDocument], ...]:
    """Return the plans in files and folders, each with its file; a named file has to be one."""
    return _found(paths, "plan", parse_plan_document)


def documents_in(
    paths: Sequence[Path], kind: str, parse: Callable[[str], Parsed]
) -> tuple[Parsed, ...]:
    """Return the documents of one kind, with the errors of `read_plans`."""
    return tuple(document for _, document in _found(paths, kind, parse))


def _found(
    paths: Sequence[Path], kind: str, parse: Callable[[str], Parsed]
) -> tuple[tuple[Path, Parsed], ...]:
    return tuple(
        (path, _parsed(path, text, parse))
        for path, text in _texts(paths)
        if path in paths or _kind(path, text) == kind
    )


def read_reports(
    paths: Sequence[Path], environments: Sequence[str]
) -> tuple[ReportDocument | EarlyEnd, ...]:
    """Return the reports of applies, and how applies ended that have none.

    What an early end was about is told by the name of its file or of a folder around it: that of
    one of the environments, alone or after a dash (`apply-production/report.json`).

    Raises:
        InvalidInputError: if a file is damaged, or was named and is neither.
    """
    found: list[ReportDocument | EarlyEnd] = []
    for path, text in _texts(paths):
        kind = _kind(path, text)
        if kind == "error":
            error = _parsed(path, text, parse_error_document)
            found.append(EarlyEnd(error, _environment_of(path, environments)))
        elif path in paths or kind == "report":
            found.append(_parsed(path, text, parse_report_document))
    return tuple(found)


def _texts(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield files with their texts, each once; those of a folder in the order of their names."""
    every = [each for path in paths for each in ([path] if path.is_file() else _below(path))]
    for path in dict.fromkeys(every):
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise InvalidInputError(
                f"{path}: not UTF-8, so nothing that the reconciler wrote", fix=_PLAN_AGAIN
            ) from None


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.json") if path.is_file())


def _kind(path: Path, text: str) -> str:
    return _parsed(path, text, kind_of)


def _is_error(path: Path, text: str) -> bool:
    return '"error"' in text and _kind(path, text) == "error"  # a large plan is not parsed twice


def _parsed(path: Path, text: str, parse: Callable[[str], Parsed]) -> Parsed:
    try:
        return parse(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.what}", why=error.why, fix=error.fix) from None


def _environment_of(path: Path, environments: Sequence[str]) -> str:
    """Return the environment that a path names, the innermost and longest first."""
    for part in reversed((*path.parent.parts, path.stem)):
        for name in sorted(environments, key=len, reverse=True):
            if part == name or part.endswith(f"-{name}"):
                return name
    return ""


def _named_by(path: Path) -> str:
    found = _OF_ENVIRONMENT.fullmatch(path.stem)
    return found[1] if found else ""
