"""The files that plan and apply write besides what they print: the plan, and what became of it.

Whatever happens, the file of `--out` says it: the plan or the report; why there is none; or, if an
apply was killed, that it did not come to an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from reconciler.core.outcome import Report
from reconciler.core.plan import Plan
from reconciler.core.problem import Problem, Severity
from reconciler.errors import InvalidInputError, ReconcilerError
from reconciler.render.words import counted

_READ_TOO: Final = ("--reviewed", "--gate", "--plan-out")
_MOST_NAMED: Final = 3


def begin(path: Path | None) -> None:
    """Write that an apply began: before it writes anything else, so that its report has a place.

    Raises:
        OSError: if the file cannot be written.
    """
    if path is not None:
        why = "the process was ended from outside; some changes may have been made"
        fix = "apply again: what is done already is left as it is"
        _write_error(path, ReconcilerError("apply did not end", why=why, fix=fix, code=_UNFINISHED))


_UNFINISHED: Final = "unfinished"


def write_report(
    path: Path | None, report: Report, problems: Sequence[Problem]
) -> ReconcilerError | None:
    """Write what became of a plan, and return why that was not possible, if it was not.

    What was done is done then, and is still to be told on the terminal.
    """
    if path is None:
        return None
    from reconciler.render.document import report_document, to_json

    try:
        path.write_text(to_json(report_document(report, problems)), encoding="utf-8")
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        return ReconcilerError("the report could not be written", why=why, fix="see the output")
    return None


def write_plan(path: Path | None, plan: Plan, problems: Sequence[Problem]) -> None:
    """Write the plan that is about to be applied."""
    if path is not None:
        from reconciler.render.document import plan_document, to_json

        path.write_text(to_json(plan_document(plan, problems)), encoding="utf-8")


def write_problems(path: Path | None, problems: Sequence[Problem]) -> None:
    """Write that nothing was planned because manifests are wrong, where that is possible."""
    if path is None:
        return
    wrong = [each for each in problems if each.severity is Severity.ERROR]
    named = "; ".join(f"{each.where}: {each.code} {each.what}" for each in wrong[:_MOST_NAMED])
    more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    what = f"the manifests have {counted(len(wrong), 'error')}, so nothing was planned"
    fix = "mend them: reconcile validate shows them all"
    with suppress(OSError):
        _write_error(path, InvalidInputError(what, why=f"{named}{more}", fix=fix, code="invalid"))


def write_error(args: Sequence[str], error: ReconcilerError) -> None:
    """Write why a command ended to the file that its command line names, be it wrong or not.

    Not over a file that the same command line reads, and in silence where that is not possible:
    what went wrong first is what is to be told.
    """
    given = list(takewhile(lambda each: each != "--", args))
    paths = [Path(value) for value in _values(given, "--out")]
    others = [Path(value) for option in _READ_TOO for value in _values(given, option)]
    if paths and not overwrites(paths[-1], others):
        with suppress(OSError, ValueError):
            _write_error(paths[-1], error)


def overwrites(path: Path, others: Iterable[Path]) -> bool:
    """Say whether a file is one of several others, or in one of them."""
    place = path.resolve()
    return any(place.is_relative_to(each.resolve()) for each in others)


def _values(args: Sequence[str], option: str) -> Iterator[str]:
    for one, two in zip(args, [*args[1:], ""], strict=True):
        value = two if one == option else one.removeprefix(f"{option}=")
        if one == option or one.startswith(f"{option}="):
            yield value


def _write_error(path: Path, error: ReconcilerError) -> None:
    from reconciler.render.document import error_document, to_json

    path.write_text(to_json(error_document(error)), encoding="utf-8")
