"""The marker: what is written is read again, and nothing in it gets out of its comment."""

from __future__ import annotations

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.marker import Marker, State, Subject, marker_line, parse_marker

MARKERS = st.builds(
    Marker,
    subject=st.sampled_from(Subject),
    key=st.text(),
    state=st.sampled_from(State),
    digest=st.text(),
    head=st.text(),
    base=st.text(),
    run=st.integers(min_value=0),
    attempt=st.integers(min_value=0),
    operations=st.none() | st.lists(st.text()).map(tuple),
    places=st.lists(st.text()).map(tuple),
    truncated=st.booleans(),
    planned_by=st.integers(min_value=0),
    nonce=st.text(),
)


def a_marker(key: str = "all") -> Marker:
    return Marker(Subject.PLAN, key, State.PLANNED, "sha256:ab", head="1a2b", run=7, attempt=1)


@given(MARKERS)
def test_every_marker_is_read_as_it_was_written(marker: Marker) -> None:
    assert parse_marker(f"{marker_line(marker)}\n## more") == marker


@pytest.mark.parametrize("key", ["--> <img src=x>", "a\n-->\nb", "--!> <b>", "&#45;&#45;&gt;"])
def test_nothing_in_a_marker_is_rendered(key: str) -> None:
    line = marker_line(a_marker(key))
    assert "\n" not in line
    html = cmarkgfm.github_flavored_markdown_to_html(f"{line}\nafter")
    assert html.strip() == "<!-- raw HTML omitted -->\n<p>after</p>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        " " + marker_line(a_marker()),
        "said: " + marker_line(a_marker()),
        "text\n" + marker_line(a_marker()),
        "<!-- reconcile:plan {} -->",
        "<!-- reconcile:plan [1] -->",
        "<!-- reconcile:plan {" + '"a":{' * 5000 + " -->",
        "<!-- reconcile:else " + marker_line(a_marker()).partition(":plan ")[2],
        marker_line(a_marker()).replace('"v":1', '"v":2'),
        marker_line(a_marker()).replace('"run":7', '"run":"7"'),
        marker_line(a_marker()).replace('"run":7', '"run":true'),
        marker_line(a_marker()).replace('"planned"', '"other"'),
        marker_line(a_marker()) + " more",
    ],
)
def test_what_is_no_marker_at_the_beginning_is_not_ours(text: str) -> None:
    assert parse_marker(text) is None


def test_members_of_newer_versions_are_tolerated() -> None:
    line = marker_line(a_marker()).replace('"v":1', '"v":1,"new":{"a":1}')
    assert parse_marker(line) == a_marker()


def test_later_runs_and_attempts_are_newer() -> None:
    old, again, new = (
        Marker(Subject.PLAN, "all", State.PLANNED, "", run=run, attempt=attempt)
        for run, attempt in ((9, 2), (9, 3), (10, 1))
    )
    assert old.age < again.age < new.age
