"""What is written behind an approval's description, taken off again, and what may be in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provenance import (
    LONGEST,
    Change,
    author_name,
    has_provenance,
    with_provenance,
    without_provenance,
)
from reconciler.shapes.documentation import constraints

COMMIT = "1a2b3c4d5e6f" + "0" * 28
JANE = Change(COMMIT, "Jane Doe", 12)
SUFFIX = "[Git 1a2b3c4d5e6f by Jane Doe, #12]"


@pytest.mark.parametrize(
    ("change", "suffix"),
    [
        (JANE, SUFFIX),
        (Change(COMMIT, "Jane Doe"), "[Git 1a2b3c4d5e6f by Jane Doe]"),
        (Change(COMMIT, "", 12), "[Git 1a2b3c4d5e6f, #12]"),
        (Change(COMMIT), "[Git 1a2b3c4d5e6f]"),
        (Change(COMMIT, dirty=True), "[Git 1a2b3c4d5e6f-dirty]"),
    ],
)
def test_what_is_known_is_said_and_taken_off_again(change: Change, suffix: str) -> None:
    assert with_provenance("", change) == suffix
    assert with_provenance("approved", change) == f"approved {suffix}"
    assert without_provenance(f"approved {suffix}") == "approved"
    assert without_provenance(suffix) == ""
    assert has_provenance(suffix)


def test_nothing_is_said_of_no_change() -> None:
    assert with_provenance("approved", None) == "approved"


@pytest.mark.parametrize(
    "text",
    ["", "approved", "approved [Git]", "[Git 1a2b3c4d5e6f] approved", "see [Git log by me]"],
)
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert without_provenance(text) == text
    assert not has_provenance(text)


@pytest.mark.parametrize(
    ("room", "suffix"),
    [
        (36, f" {SUFFIX}"),
        (35, " [Git 1a2b3c4d5e6f, #12]"),
        (24, " [Git 1a2b3c4d5e6f, #12]"),
        (23, " [Git 1a2b3c4d5e6f]"),
        (19, " [Git 1a2b3c4d5e6f]"),
        (18, ""),
        (0, ""),
    ],
)
def test_a_long_description_is_never_cut_but_less_is_said_of_the_change(
    room: int, suffix: str
) -> None:
    text = "x" * (LONGEST - room)
    assert with_provenance(text, JANE) == text + suffix


def test_the_limit_is_the_services() -> None:
    known = constraints("UpdateModelPackageInput", "ApprovalDescription")
    assert known.maximum == LONGEST


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Doe, Jane", "Doe, Jane"),
        ("Jänë 山田", "Jänë 山田"),
        ("eve], #99] [Git ffffffffffff", "eve , 99 Git ffffffffffff"),
        ("a\nb\r\x1b[2J\u202ec\u200bd\u3164", "a b 2Jcd"),
        ("  ,  ", ""),
        ("\udc80x", "x"),
        ("x" * 100, "x" * 64),
    ],
)
def test_a_hostile_name_can_pass_for_nothing_else(name: str, shown: str) -> None:
    assert author_name(name) == shown


NAMES = st.text(max_size=90)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x85\u2028\u2029")),
    st.sampled_from([SUFFIX, f"ok {SUFFIX}", f"{SUFFIX} {SUFFIX}", " ", "ok ", "x" * 1000]),
)
CHANGES = st.builds(
    Change,
    commit=st.text("0123456789abcdef", min_size=40, max_size=40),
    author=NAMES,
    pull_request=st.none() | st.integers(1, 10**9),
    dirty=st.booleans(),
)


@given(TEXTS, CHANGES)
def test_what_is_written_is_within_the_apis_rules_and_taken_off_again(
    text: str, change: Change
) -> None:
    written = with_provenance(text, change)
    assert written.startswith(text)
    assert written == text or len(written) <= LONGEST
    assert re.fullmatch(r"[^\n\r\u0085\u2028\u2029]*", written)
    assert written == text or without_provenance(written) == text
