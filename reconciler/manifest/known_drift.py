"""The file of known drift: which difference is accepted, until when, and where that was decided.

It is no manifest and lies beside them, not among them. It is read by the same strict loader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import pydantic
from pydantic import Field

from reconciler.core.drift import DriftClass, KnownDrift
from reconciler.core.location import dotted
from reconciler.core.problem import Problem
from reconciler.manifest.document import Document, SourceFile
from reconciler.manifest.forms import ONE_LINE
from reconciler.manifest.loader import load as load_documents
from reconciler.manifest.nulls import null_problems
from reconciler.manifest.references import Origin
from reconciler.manifest.schema_problems import schema_problems
from reconciler.manifest.source import read_sources
from reconciler.shapes.base import Shape

NEVER: Final = "never"
_LONGEST: Final = 512

ResourceGlob = Annotated[str, Field(pattern=r"^[^/\s]+/[^/\s]+/[^\s]+$", max_length=_LONGEST)]
Expiry = Annotated[str, Field(pattern=r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|never)$")]
Text = Annotated[str, Field(pattern=ONE_LINE, min_length=1, max_length=_LONGEST)]


class KnownDriftEntry(Shape):
    """Drift that is accepted: it is shown, and does not count until the entry expires."""

    resource: ResourceGlob = Field(
        alias="resource",
        description="A glob of environment/Kind/name. What only exists live goes by the end of "
        "its ARN: production/ModelPackage/churn/3. `*` also stands for slashes.",
    )
    drift: Literal["changed", "approved", "git-only", "live-only"] | None = Field(
        default=None, alias="class", description="Only drift of this class. Default: of any."
    )
    field: Text | None = Field(
        default=None,
        alias="field",
        description="Only fields that this glob matches, such as Tags.*, ModelApprovalStatus or "
        "Statement.*. Default: all of the resource.",
    )
    ticket: Text = Field(alias="ticket", description="Where it was decided: a ticket, a page.")
    expires: Expiry = Field(
        alias="expires",
        description="The last day (UTC) on which it is accepted, such as 2027-01-31, or never.",
    )
    reason: Text | None = Field(default=None, alias="reason", description="Why, for readers.")


class KnownDriftFile(Shape):
    """What `reconcile drift --known FILE` reads: a list of entries under `known`."""

    known: list[KnownDriftEntry] = Field(alias="known", description="The entries, in any order.")


def read_known_drift(path: Path) -> tuple[list[KnownDrift], list[Problem]]:
    """Return the entries of a file, and everything that is wrong with it.

    Raises:
        MissingRoot: if the file does not exist.
    """
    sources, problems = read_sources([path])
    found: list[KnownDrift] = []
    for source in sources:
        entries, wrong = parse_known_drift(source)
        found += entries
        problems += wrong
    return found, sorted(problems, key=lambda each: each.sort_key)


def parse_known_drift(source: SourceFile) -> tuple[list[KnownDrift], list[Problem]]:
    """Return the entries in a text, and everything that is wrong with it. Pure."""
    documents, wrong = load_documents(source)
    problems = [_here(each) for each in wrong]
    found: list[KnownDrift] = []
    for document in documents:
        entries, more = _entries(document)
        found += entries
        problems += more
    return found, problems


def _here(problem: Problem) -> Problem:
    """Return a problem of the loader without advice that is for manifests."""
    fix = {
        "E120": "begin it with 'known:', and list the entries below",
        "E121": "remove one of them",
    }
    return replace(problem, fix=fix.get(problem.code, problem.fix))


def _entries(document: Document) -> tuple[list[KnownDrift], list[Problem]]:
    origin = Origin(document)
    nulls = list(null_problems(document.data, KnownDriftFile, origin))
    try:
        file = KnownDriftFile.model_validate(document.data)
    except pydantic.ValidationError as error:
        wrong = schema_problems(error, KnownDriftFile, origin)
        said = {each.path for each in wrong}
        return [], [*wrong, *(each for each in nulls if each.path not in said)]
    if nulls:
        return [], nulls
    dates = list(_wrong_dates(document, file.known))
    return ([] if dates else [_known(document, n, e) for n, e in enumerate(file.known)]), dates


def _wrong_dates(document: Document, entries: Sequence[KnownDriftEntry]) -> Iterator[Problem]:
    for number, entry in enumerate(entries):
        path = ("known", number, "expires")
        try:
            _date(entry.expires)
        except ValueError as error:
            yield Problem(
                "E207",
                document.locate(path),
                dotted(path),
                f"'{entry.expires}' is no day of the calendar",
                str(error),
                "correct the month or the day",
            )


def _date(expires: str) -> date | None:
    return None if expires == NEVER else date.fromisoformat(expires)


def _known(document: Document, number: int, entry: KnownDriftEntry) -> KnownDrift:
    return KnownDrift(
        resource=entry.resource,
        ticket=entry.ticket,
        where=document.locate(("known", number)),
        drift=DriftClass(entry.drift) if entry.drift else None,
        field=entry.field,
        expires=_date(entry.expires),
        reason=entry.reason or "",
    )
