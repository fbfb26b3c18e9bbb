"""Annotations and outputs: encoded as the runner decodes them, and nothing in them acts."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.location import Location
from reconciler.render.workflow_commands import (
    MOST_ANNOTATIONS,
    Annotation,
    Kind,
    annotation_line,
    annotation_lines,
    output_entry,
)

COMMAND = re.compile(r"::(error|warning)(?: ([^:]*))?::(.*)")
TEXTS = st.text() | st.sampled_from(
    ["::error::x", "a\r\nb", "100%", "a,b:c", "##[add-mask]x", "%0A::error::x", "x=y,line=1"]
)


def decoded(line: str) -> tuple[str, dict[str, str], str]:
    """Return what the runner makes of a line: type, properties, message."""
    found = COMMAND.fullmatch(line)
    assert found, line
    pairs = [each.split("=", 1) for each in (found[2] or "").split(",") if each]
    return found[1], {name: unquote(value) for name, value in pairs}, unquote(found[3])


def test_a_place_a_title_and_a_message() -> None:
    where = Location("a,b/c.yaml", 3, 7)
    line = annotation_line(Annotation(Kind.ERROR, "E203: x", "50% of: a, b", where))
    assert line == "::error file=a%2Cb/c.yaml,line=3,col=7,title=E203%3A x::50%25 of: a, b"


def test_without_a_place_and_a_title() -> None:
    assert annotation_line(Annotation(Kind.WARNING, "", "x")) == "::warning::x"


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_becomes_a_command_or_another_property(title: str, message: str, path: str) -> None:
    line = annotation_line(Annotation(Kind.ERROR, title, message, Location(path or "x", 1, 2)))
    assert line.splitlines() == [line]
    assert "##[" not in line
    kind, properties, shown = decoded(line)
    assert kind == "error"
    assert properties.keys() <= {"file", "line", "col", "title"}
    assert (properties["line"], properties["col"]) == ("1", "2")
    assert len(shown.splitlines()) <= 1
    assert len(properties["file"].splitlines()) <= 1


@pytest.mark.parametrize("many", [0, 1, 10, 11, 500])
def test_a_step_has_at_most_ten_of_a_type_and_the_rest_is_counted(many: int) -> None:
    found = [Annotation(kind, "", f"{kind} {n}") for n in range(many) for kind in reversed(Kind)]
    lines = annotation_lines(found)
    for kind in Kind:
        own = [each for each in lines if each.startswith(f"::{kind}")]
        assert len(own) == min(many, MOST_ANNOTATIONS)
        if many > MOST_ANNOTATIONS:
            assert f"{many - 9} more {kind.value}" in own[-1]
    assert lines == sorted(lines, key=lambda each: each.startswith("::warning"))


@given(st.text(), st.uuids())
def test_an_output_cannot_set_another(value: str, unique: object) -> None:
    delimiter = f"end-{unique}"
    entry = output_entry("name", value, delimiter)
    first, rest = entry.split("\n", 1)
    assert first == f"name<<{delimiter}"
    assert rest == f"{value}\n{delimiter}\n"
    assert delimiter not in value


def test_a_value_that_holds_the_delimiter_is_refused() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        output_entry("name", "a\nend\nother=1", "end")
