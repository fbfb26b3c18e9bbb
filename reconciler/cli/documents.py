"""Plans, reports and drift as files: what the jobs of a workflow hand to one another.

A folder stands for all such documents in it and below, as actions/download-artifact leaves them
(`plans/plan-production/plan.json`); files of other kinds in it are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.render.contract import PlanDocument, ReportDocument
    from reconciler.render.drift_contract import DriftDocument
    from reconciler.render.markdown import EarlyEnd

Outcomes = tuple["ReportDocument | EarlyEnd", ...]


def plans_in(paths: Sequence[Path], *, absent: bool = False) -> tuple[PlanDocument, ...]:
    """Return the plans in files and folders. With `absent`, what is not there is left out.

    So is what plans have left that ended early: that is for `unplanned_in`.

    Raises:
        InvalidInputError: if a file is no plan.
        UsageError: if there is no such file or folder.
    """
    from reconciler.cli.rendering import read_plans

    return read_plans(_there(paths, absent=absent))


def unplanned_in(
    paths: Sequence[Path],
    plans: Sequence[PlanDocument],
    expected: Sequence[str] = (),
    *,
    absent: bool = False,
) -> tuple[EarlyEnd, ...]:
    """Return why there are no plans of some environments, from the same files and folders.

    One whose file names none of the `expected` is that of the only environment without a plan.
    """
    from reconciler.cli.rendering import read_unplanned

    known = {each.name for plan in plans for each in plan.environments}
    found = read_unplanned(_there(paths, absent=absent), expected)
    known.update(each.environment for each in found)
    left = [each for each in dict.fromkeys(expected) if each not in known]
    return tuple(
        replace(each, environment=left[0]) if not each.environment and len(left) == 1 else each
        for each in found
    )


def drift_in(paths: Sequence[Path]) -> tuple[DriftDocument, ...]:
    """Return the drift documents in files and folders, with the errors of `plans_in`."""
    from reconciler.cli.rendering import documents_in
    from reconciler.render.drift_document import parse_drift_document

    return documents_in(_there(paths, absent=False), "drift", parse_drift_document)


def outcomes_in(
    paths: Sequence[Path], environments: Sequence[str] = (), *, absent: bool = False
) -> Outcomes:
    """Return what became of applies: reports, and errors that ended one early.

    An error does not say of which environment it is. It is that of `environments` that its file or
    folder is named after (`apply-production`), else the only one.
    """
    from reconciler.cli.rendering import read_reports
    from reconciler.render.markdown import EarlyEnd

    names = tuple(dict.fromkeys(environments))
    return tuple(
        replace(each, environment=names[0])
        if isinstance(each, EarlyEnd) and not each.environment and len(names) == 1
        else each
        for each in read_reports(_there(paths, absent=absent), names)
    )


def _there(paths: Sequence[Path], *, absent: bool) -> tuple[Path, ...]:
    """Return the paths that there are; raise `UsageError` if one is not, and should be."""
    missing = [each for each in paths if not each.exists()]
    if missing and not absent:
        raise UsageError(
            f"{missing[0]}: there is no such file or folder",
            fix="if a job may have left none, name the environments that there should be: "
            "comment --expect, report-issue --environment",
        )
    return tuple(each for each in paths if each not in missing)
