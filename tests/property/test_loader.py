"""The loader over generated data and generated nonsense."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.location import DataPath
from reconciler.manifest.document import Data, Document, SourceFile
from reconciler.manifest.loader import load
from reconciler.manifest.source import read_sources

EXAMPLES = settings(max_examples=60, deadline=None)

# JSON writes these as they are, and YAML versions disagree on them.
TEXT = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters=["\ufeff", "\u2028", "\u2029", "\ufffe", "\uffff", "\x7f"]
        + [chr(code) for code in range(0x80, 0xA0)],
    ),
    max_size=20,
)
TRICKY = st.sampled_from(
    ["no", "1e3", "012", "1.10", "~", "<<", "", " x ", "a: b", "# c", "- ", "2012-10-17"]
)
STRINGS = TEXT | TRICKY
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRINGS
)
VALUES: st.SearchStrategy[Data] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=15,
)
MAPPINGS = st.dictionaries(STRINGS, VALUES, max_size=5)


class Quoting(yaml.SafeDumper):
    """A dumper that quotes all text, as an author does who wants it to be text."""


class Blocks(yaml.SafeDumper):
    """A dumper that writes all text as block scalars, as far as YAML allows."""


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
Blocks.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def only(text: str) -> Document:
    documents, problems = load(SourceFile("a.yaml", text))
    assert problems == []
    (document,) = documents
    return document


def leaves(value: Data, path: DataPath = ()) -> Iterator[tuple[DataPath, Data]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path, value


def same(left: Data, right: Data) -> bool:
    """Compare with types, so that 1, 1.0 and true differ, as do 0.0 and -0.0."""
    return repr(left) == repr(right)


def check_places(text: str) -> None:
    document = only(text)
    lines = text.split("\n")
    for path, value in leaves(document.data):
        place = document.locate(path)
        written = document.scalar_text(path)
        assert written is not None
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert rest.startswith(written)
        if not written.startswith("|"):
            assert same(only(f"v: {written}").data["v"], value)


@EXAMPLES
@given(MAPPINGS)
def test_json_is_read_as_it_was_written(data: dict[str, Data]) -> None:
    text = json.dumps(data, ensure_ascii=False)
    assert same(only(text).data, data)
    check_places(text)


@EXAMPLES
@given(MAPPINGS, st.booleans(), st.integers(20, 200))
def test_quoted_yaml_is_read_as_it_was_written(
    data: dict[str, Data], flow: bool, width: int
) -> None:
    text = yaml.dump(
        data,
        Dumper=Quoting,
        sort_keys=False,
        default_flow_style=flow,
        width=width,
        allow_unicode=True,
    )
    assert same(only(text).data, data)
    check_places(text)


@EXAMPLES
@given(st.lists(VALUES, min_size=1, max_size=3), st.data())
def test_repeated_values_are_read_and_placed(values: list[Data], draw: st.DataObject) -> None:
    shared = draw.draw(st.lists(st.sampled_from(values), min_size=1, max_size=6))
    text = yaml.dump({"v": shared}, Dumper=Blocks, sort_keys=False, allow_unicode=True)
    assert same(only(text).data, {"v": shared})
    check_places(text)


@EXAMPLES
@given(st.lists(MAPPINGS.filter(bool), min_size=1, max_size=4))
def test_all_documents_of_a_file_are_read(data: list[dict[str, Data]]) -> None:
    text = "---\n".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in data)
    documents, problems = load(SourceFile("a.yaml", text))
    assert problems == []
    assert same([each.data for each in documents], list(data))
    assert [each.where.line for each in documents] == list(range(1, 2 * len(data), 2))


PIECES = st.sampled_from(
    [
        *"[]{},:-?#&*!|>'\"%@`\t \n\r~<.019aé",
        *(": ", "- ", "? ", "a: ", "\n  ", "---\n", "...\n", "&a ", "*a", "<<: ", "!x ", "{{ x }}"),
        *("%TAG ! x\n", "%YAML 1.1\n", ".inf", "\x00", "\x85", "\ufeff", "\ud800"),
    ],
)


def check_nonsense(text: str) -> None:
    documents, problems = load(SourceFile("a.yaml", text))
    assert all(problem.code.startswith("E1") and problem.fix for problem in problems)
    assert all(problem.where.line >= 1 and problem.where.column >= 1 for problem in problems)
    for document in documents:
        for path, _ in leaves(document.data):
            document.locate(path)
            assert document.scalar_text(path) is not None


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_nonsense_gives_problems_and_nothing_else(text: str) -> None:
    check_nonsense(text)


@EXAMPLES
@given(st.text(max_size=60))
def test_any_text_gives_problems_and_nothing_else(text: str) -> None:
    check_nonsense(text)


@EXAMPLES
@given(st.binary(max_size=60))
def test_any_bytes_give_problems_and_nothing_else(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.yaml").write_bytes(content)
        sources, problems = read_sources([Path(folder)])
    assert [problem.code for problem in problems] in ([], ["E105"])
    for source in sources:
        check_nonsense(source.text)
