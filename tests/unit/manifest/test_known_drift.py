"""The file of known drift: read strictly, every mistake at its place."""

from __future__ import annotations

from datetime import date

import jsonschema
import pytest

from reconciler.cli.schemas import KNOWN_DRIFT, schema_of
from reconciler.core.drift import DriftClass, KnownDrift
from reconciler.core.location import Location
from reconciler.manifest.document import SourceFile
from reconciler.manifest.known_drift import parse_known_drift

ENTRY = "known:\n  - resource: production/ModelPackage/churn-*\n    ticket: ML-7\n"
WHOLE = (
    ENTRY
    + "    class: approved\n    field: ModelApprovalStatus\n    expires: 2027-01-31\n"
    + "    reason: decided in the incident\n"
)


def problems(text: str) -> list[tuple[str, str, str, str]]:
    entries, found = parse_known_drift(SourceFile("known.yaml", text))
    assert not (entries and found)
    return [(str(each.where), each.code, each.path, each.fix) for each in found]


def test_an_entry_with_everything() -> None:
    entries, found = parse_known_drift(SourceFile("known.yaml", WHOLE))
    assert not found
    assert entries == [
        KnownDrift(
            "production/ModelPackage/churn-*",
            "ML-7",
            Location("known.yaml", 2, 5),
            DriftClass.APPROVED,
            "ModelApprovalStatus",
            date(2027, 1, 31),
            "decided in the incident",
        )
    ]


@pytest.mark.parametrize("day", ["2027-01-31", '"2027-01-31"', "'2027-01-31'"])
def test_a_day_may_be_quoted(day: str) -> None:
    entries, _ = parse_known_drift(SourceFile("known.yaml", f"{ENTRY}    expires: {day}\n"))
    assert entries[0].expires == date(2027, 1, 31)
    assert not entries[0].is_expired(date(2027, 1, 31))
    assert entries[0].is_expired(date(2027, 2, 1))


def test_never_is_said_in_as_many_words() -> None:
    entries, _ = parse_known_drift(SourceFile("known.yaml", f"{ENTRY}    expires: never\n"))
    assert entries[0].expires is None
    assert problems(ENTRY) == [("known.yaml:2:5", "E204", "known[0].expires", "add expires")]


@pytest.mark.parametrize(
    ("text", "where", "code", "fix"),
    [
        (f"{ENTRY}    expires: 2027-02-30\n", "known.yaml:4:14", "E207", "correct the month"),
        (f"{ENTRY}    expires: soon\n", "known.yaml:4:14", "E207", "e.g. 2027-01-31"),
        (f"{ENTRY}    expires: never\n    clas: changed\n", "known.yaml:5:5", "E203", "'class'"),
        (f"{ENTRY}    expires: never\n    class: change\n", "known.yaml:5:12", "E206", "'changed'"),
        ("known:\n  - resource: churn\n", "known.yaml:2:15", "E207", "environment/Kind/name"),
        ("- resource: a/b/c\n", "known.yaml:1:1", "E120", "begin it with 'known:'"),
        ("known: []\nknown: []\n", "known.yaml:2:1", "E121", "remove one of them"),
        ("entries: []\n", "known.yaml:1:1", "E20", ""),
        (f"{ENTRY}    expires: never\n    reason: null\n", "known.yaml:5:13", "E210", "reason"),
        ("known: [\n", "known.yaml:", "E110", ""),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, where: str, code: str, fix: str) -> None:
    found = problems(text)
    assert any(w.startswith(where) and c.startswith(code) and fix in f for w, c, _, f in found), (
        found
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "known: []\n"])
def test_nothing_known_is_fine(text: str) -> None:
    assert problems(text) == []


def test_editors_know_the_same_form() -> None:
    schema = jsonschema.Draft202012Validator(schema_of(KNOWN_DRIFT))
    entry = {"resource": "a/b/c", "ticket": "ML-7", "expires": "never"}
    assert schema.is_valid({"known": [entry]})
    assert not schema.is_valid({"known": [entry | {"class": "other"}]})
    assert not schema.is_valid({"known": [{"resource": "a/b/c"}]})
    assert not schema.is_valid([entry])
