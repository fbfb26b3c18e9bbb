"""Plans, reports and drift as files: what the jobs of a workflow hand to one another.

A folder stands for all such documents in it and below, as actions/download-artifact leaves them
(`plans/plan-production/plan.json`); files of other kinds in it are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from reconciler.errors import InvalidInputError, UsageError

if TYPE_CHECKING:
    from reconciler.render.contract import ErrorDocument, PlanDocument, ReportDocument
    from reconciler.render.drift_contract import DriftDocument
    from reconciler.render.markdown.setting import EarlyEnd

Document = TypeVar("Document")
Outcomes = tuple["ReportDocument | EarlyEnd", ...]

_PREFIXES: Final = ("apply-", "report-", "plan-")


def read_plans(paths: Sequence[Path], *, absent: bool = False) -> tuple[PlanDocument, ...]:
    """Return the plans in files and folders. `absent` ones are fine where they may be missing.

    Raises:
        InvalidInputError: if a file is no plan.
        UsageError: if there is no such file or folder.
    """
    from reconciler.render.document import parse_plan_document

    found = _files(paths, ("plan",), absent=absent)
    return tuple(_parsed(path, parse_plan_document) for path in found)


def read_drift(paths: Sequence[Path]) -> tuple[DriftDocument, ...]:
    """Return the drift documents in files and folders, with the errors of `read_plans`."""
    from reconciler.render.drift_document import parse_drift_document

    found = _files(paths, ("drift",), absent=False)
    return tuple(_parsed(path, parse_drift_document) for path in found)


def read_outcomes(
    paths: Sequence[Path], environments: Sequence[str] = (), *, absent: bool = False
) -> Outcomes:
    """Return what became of applies: reports, and errors that ended one early.

    An error does not say of which environment it is. It is that of a plan beside it, or the one of
    `environments` that the folder is named after (`apply-production`), or the only one.
    """
    from reconciler.render.document import parse_report_document
    from reconciler.render.markdown.setting import EarlyEnd

    found: list[ReportDocument | EarlyEnd] = []
    for path in _files(paths, ("report", "error"), absent=absent):
        if _kind(path) == "report":
            found.append(_parsed(path, parse_report_document))
        else:
            error = _parsed(path, _parse_error)
            found.append(EarlyEnd(error, _environment_of(path, environments)))
    return tuple(found)


def _files(paths: Sequence[Path], kinds: Sequence[str], *, absent: bool) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (each for each in sorted(path.rglob("*.json")) if _kind(each) in kinds)
        elif path.exists():
            yield path
        elif not absent:
            raise UsageError(
                f"{path}: there is no such file or folder",
                fix="if a job may have left none, name the environments with --expect",
            )


def _kind(path: Path) -> str:
    """Return which document a file says that it is, empty if it is none."""
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    kind = data.get("document") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) else ""


def _parsed(path: Path, parse: Callable[[str], Document]) -> Document:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path}: not UTF-8") from None
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.what}", why=error.why, fix=error.fix) from None


def _parse_error(text: str) -> ErrorDocument:
    import pydantic

    from reconciler.render.contract import ErrorDocument

    try:
        return ErrorDocument.model_validate_json(text)
    except pydantic.ValidationError as error:
        raise InvalidInputError("this is no error document", why=str(error)) from None


def _environment_of(path: Path, environments: Sequence[str]) -> str:
    from reconciler.render.document import parse_plan_document

    beside = [each for each in sorted(path.parent.glob("*.json")) if _kind(each) == "plan"]
    if len(beside) == 1:
        names = [each.name for each in _parsed(beside[0], parse_plan_document).environments]
        if len(names) == 1:
            return names[0]
    folder = path.resolve().parent.name
    named = {folder, *(folder.removeprefix(prefix) for prefix in _PREFIXES)}
    known = [each for each in environments if each in named] or list(environments)
    return known[0] if len(known) == 1 else ""
