"""What the strict loader refuses: each rule, its code, its exact place, and its bounds."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest

from reconciler.core.codes import CODES
from reconciler.core.problem import Problem
from reconciler.manifest.document import Data, SourceFile
from reconciler.manifest.limits import (
    MAX_ALIASED_NODES,
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_PROBLEMS,
)
from reconciler.manifest.loader import load


def refused(text: str) -> list[Problem]:
    """Return the problems of a text of which nothing may be used."""
    documents, problems = load(SourceFile("a.yaml", text))
    assert documents == []
    assert all(problem.code in CODES for problem in problems)
    return problems


def shown(problem: Problem) -> str:
    return f"{problem.where} {problem.code} {problem.path}".strip().removeprefix("a.yaml:")


@pytest.mark.parametrize("text", ["[" * 2000, "{a: " * 2000])
def test_brackets_nested_far_too_deep_are_said_to_be_that(text: str) -> None:
    (problem,) = refused(text)
    assert "nested" in problem.what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1 E121 a"]),
        ("a: 1\n'a': 3\n\"a\": 4\n", ["2:1 E121 a", "3:1 E121 a"]),
        ("a:\n  - b: 1\n  - {c: 1, d: 2, c: 3}\n", ["3:18 E121 a[1].c"]),
        ("a: &k b\nc: {*k : 1, b: 2}\n", ["2:13 E121 c.b"]),
        ("a:\n  1: x\n  2.5: y\n  true: z\n", ["2:3 E122 a", "3:3 E122 a", "4:3 E122 a"]),
        ("~: x\n", ["1:1 E122"]),
        ("a:\n  ?\n  : x\n", ["2:4 E122 a"]),
        ("? [a, b]\n: x\n", ["1:3 E122"]),
        ("? {a: b}\n: x\n", ["1:3 E122"]),
        ("name: {{ name }}\n", ["1:8 E122 name"]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", ["3:3 E123 c"]),
        ("<<: {b: 1}\n", ["1:1 E123"]),
        ("a: !!str 1\n", ["1:4 E124 a"]),
        ("a: ! 12\n", ["1:4 E124 a"]),
        ("a: !Ref [b, !x c]\n", ["1:4 E124 a", "1:13 E124 a[1]"]),
        ("a: !<tag:yaml.org,2002:int> 1\n", ["1:4 E124 a"]),
        ("a:\n  - !!python/object/apply:os.system [ls]\n", ["2:5 E124 a[0]"]),
        ("!!map {a: 1}\n", ["1:1 E124"]),
        ("!x a: 1\n", ["1:1 E124"]),
        ("a: [1, *b]\n", ["1:8 E125 a[1]"]),
        ("*a : b\n", ["1:1 E122", "1:1 E125"]),
        ("a: &x [1, [*x]]\n", ["1:12 E126 a[1][0]"]),
        ("&x a: &y {b: *y}\n", ["1:14 E126 a.b"]),
        ("a: &x 1\nb: &x 2\n", ["2:4 E127 b"]),
        ("a: &x [&x 1]\n", ["1:8 E127 a[0]"]),
        ("a: .inf\nb: [-.Inf, .NaN]\n", ["1:4 E130 a", "2:5 E130 b[0]", "2:12 E130 b[1]"]),
        (
            "a: [.inf, +.INF, .nan, .NAN]\n",
            [f"1:{c} E130 a[{n}]" for n, c in enumerate((5, 11, 18, 24))],
        ),
        ("- a\n", ["1:1 E120"]),
        ("text\n", ["1:1 E120"]),
        ("12\n", ["1:1 E120"]),
        ("true\n", ["1:1 E120"]),
        ("~\n", ["1:1 E120"]),
        ('""\n', ["1:1 E120"]),
        ("%YAML 1.1\n---\na: 1\n", ["1:1 E113"]),
        ("%YAML 1.3\n---\na: 1\n", ["1:1 E113"]),
        ("# c\n%TAG ! tag:x,2000:\n---\na: 1\n", ["2:1 E113"]),
        ("%SOMETHING x\n---\na: 1\n", ["1:1 E113"]),
    ],
)
def test_refused_data(text: str, expected: list[str]) -> None:
    assert sorted(map(shown, refused(text))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: b: c\n", "1:5", "':'"),
        ("a: 1\n b: 2\n", "2:3", "':'"),
        ("a: 1\nb\n", "2:1", "neither"),
        ("a: [1,\n  2\nb: 1\n", "1:4", "']'"),
        ("a: {b: 1\n", "1:4", "'}'"),
        ('a: "x\nb: 1\n', "1:4", "quote that is never closed"),
        ("a: 'x\n---\nb: 1\n", "1:4", "still open at '---'"),
        ("a: 1\n- b\n", "2:1", "next key"),
        ("a:\n    b: 1\n  c: 2\n", "3:3", "next key"),
        ('a: "x" y\n', "1:8", "next key"),
        ("- a\nb: 1\n", "2:1", "next list item"),
        ("a: - b\n", "1:4", "list item where none"),
        ("a: @x\n", "1:4", "without quotes"),
        ("a: `x`\n", "1:4", "without quotes"),
        ("a: %x\n", "1:4", "without quotes"),
        ('a: "\\q"\n', "1:5", "unknown escape"),
        ('a: "\\u00"\n', "1:7", "incomplete escape"),
        ('a: "\\ud800"\n', "1:7", "no character"),
        ("a: |x\n  b\n", "1:5", "text after '|'"),
        ("{a: b}}\n", "1:7", "after the end"),
        ("a: ]\n", "1:4", "nothing where a value"),
        ("a: !u!x 1\n", "1:4", "undeclared prefix"),
        ("a: *\n", "1:5", "alias or anchor"),
        ("a: !<x 1\n", "1:7", "not YAML"),
    ],
)
def test_syntax(text: str, place: str, words: str) -> None:
    (problem,) = refused(text)
    assert shown(problem) == f"{place} E110"
    assert words in problem.what
    assert problem.fix


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: 1\n", "2:1"),
        ("\ta: 1\n", "1:1"),
        ("a: 1\n  \tb: 2\n", "2:3"),
        ("a:\n  - 1\n\t- 2\n", "3:1"),
        ("a: |\n\tx\n", "2:1"),
    ],
)
def test_tab_in_the_indentation(text: str, place: str) -> None:
    (problem,) = refused(text)
    assert shown(problem) == f"{place} E111"


@pytest.mark.parametrize(
    ("text", "place", "name"),
    [
        ("a: \x00\n", "1:4", "U+0000"),
        ("a: 1\nb: x\x1b[0m\n", "2:5", "U+001B"),
        ("a: x\x7f\n", "1:5", "U+007F"),
        ("a: é\x85b\n", "1:5", "U+0085"),
        ("a: 'x\u2028y'\n", "1:6", "U+2028"),
        ("# \u2029\n", "1:3", "U+2029"),
        ("a: x\ufeff\n", "1:5", "U+FEFF"),
        ("\ufeff\ufeffa: x\n", "1:1", "U+FEFF"),
        ("a: \ud800\n", "1:4", "U+D800"),
        ("a: \uffff\n", "1:4", "U+FFFF"),
    ],
)
def test_character(text: str, place: str, name: str) -> None:
    (problem,) = refused(text)
    assert shown(problem) == f"{place} E112"
    assert name in problem.what


def test_a_duplicate_key_names_both_places() -> None:
    (problem,) = refused("spec:\n  a: 1\n  b: 2\n  a: 3\n")
    assert str(problem.where) == "a.yaml:4:3"
    assert problem.what == "key 'a' is already set at a.yaml:2:3"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("1: x\n", 'quote it: "1"'),
        ("a: {{ x }}\n", "manifests are not templates: write the value; quote it if it is text"),
        ("?\n: x\n", "write the key before the ':'"),
        ("? [a]\n: x\n", "use text as the key; quote the value if it begins with '{' or '['"),
    ],
)
def test_a_key_that_is_not_text_gets_a_fix(text: str, fix: str) -> None:
    (problem,) = refused(text)
    assert problem.fix == fix


@pytest.mark.parametrize(
    ("text", "kind"),
    [("- a\n", "a list"), ("a\n", "text"), ("1.5\n", "a number"), ("no: x\n1: y", "a number")],
)
def test_what_was_found_is_described(text: str, kind: str) -> None:
    (problem,) = refused(text)
    assert problem.what.endswith(f"not {kind}")


def test_anchors_end_with_their_document() -> None:
    documents, problems = load(SourceFile("a.yaml", "a: &x 1\n---\nb: *x\n"))
    assert [document.data for document in documents] == [{"a": 1}]
    assert [shown(problem) for problem in problems] == ["3:4 E125 b"]


def test_a_mapping_whose_end_is_missing_says_where_reading_failed() -> None:
    (problem,) = refused("a: {b: 1,\n  c: 2\nd: 3\n")
    assert (str(problem.where), problem.why) == ("a.yaml:1:4", "reading it failed on line 3")


def test_long_names_are_cut() -> None:
    (problem,) = refused(f"a: *{'x' * 500}\n")
    assert len(problem.what) < 200


def test_only_the_document_with_the_problem_is_left_out() -> None:
    documents, problems = load(SourceFile("a.yaml", "a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n"))
    assert [document.data for document in documents] == [{"a": 1}, {"c": 3}]
    assert [shown(problem) for problem in problems] == ["4:1 E121 b"]


def test_after_a_syntax_error_no_document_is_used_but_all_problems_are_told() -> None:
    problems = refused("a: 1\n---\nb: !x 1\n---\nc: d: e\n")
    assert [shown(problem) for problem in problems] == ["3:4 E124 b", "5:5 E110"]


def test_a_file_with_very_many_problems_is_given_up() -> None:
    problems = refused("a: 1\n" * 10_000)
    assert len(problems) == MAX_PROBLEMS + 1
    assert [problem.code for problem in problems[-2:]] == ["E121", "E131"]


@pytest.mark.parametrize("nest", [lambda n: "[" * n + "]" * n, lambda n: "{a: " * n + "}" * n])
def test_nesting_is_bounded(nest: Callable[[int], str]) -> None:
    documents, problems = load(SourceFile("a.yaml", f"a: {nest(MAX_DEPTH - 1)}"))
    assert (len(documents), problems) == (1, [])
    (problem,) = refused(f"ok: 1\n---\na: {nest(MAX_DEPTH)}")
    assert problem.code == "E129"


def test_nesting_is_bounded_through_aliases() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    (problem,) = refused(chain)
    assert shown(problem) == f"{MAX_DEPTH}:12 E129 a{MAX_DEPTH - 1}[0]"


def test_size_is_bounded() -> None:
    fits = "a: 1\n".ljust(MAX_FILE_BYTES)
    assert load(SourceFile("a.yaml", fits))[1] == []
    (problem,) = refused(fits + " ")
    assert shown(problem) == "1:1 E104"


def test_as_many_values_as_allowed_may_be_repeated() -> None:
    repeats = MAX_ALIASED_NODES // 100
    text = f"a: &a [{'x,' * 99}]\nb: [{'*a,' * repeats}]\n"
    documents, problems = load(SourceFile("a.yaml", text))
    assert problems == []
    assert documents[0].data["b"] == [["x"] * 99] * repeats
    (problem,) = refused(f"{text}c: *a\n")
    assert shown(problem) == "3:4 E128 c"


def laughs() -> str:
    rows = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    return "\n".join(rows)


HOSTILE: dict[str, str] = {
    "nested lists of aliases": laughs(),
    "one long list of aliases": f"a: &a [{'x,' * 9_999}]\nb: [{'*a,' * 340_000}]\n",
    "mappings of aliases": "a0: &a0 {k: v}\n"
    + "\n".join(f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, 45)),
    "a long text repeated": f'a: &a "{"x" * 500_000}"\nb: [{"*a," * 100_000}]\n',
    "a long key repeated": f"a: &a {{{'x' * 1000}: 1}}\nb: [{'*a,' * 100_000}]\n",
    "open lists": "[" * 1_000_000,
    "items in items": "- " * 500_000,
    "keys in keys": "? " * 500_000,
    "tag directives": "".join(f"%TAG !{n}! x\n" for n in range(60_000)) + "---\na: 1\n",
    "tags": "- !x a\n" * 140_000,
    "a tab line": "a: x" + "\t" * 1_000_000 + ": b",
    "a key without end": "a" * 1_000_000 + ": b: c",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once_and_in_little_memory(name: str) -> None:
    text = HOSTILE[name]
    assert len(text) <= MAX_FILE_BYTES
    began = time.process_time()
    problems = refused(text)
    assert time.process_time() - began < 1
    assert problems


def test_billion_laughs_take_little_memory() -> None:
    text = laughs()
    tracemalloc.start()
    refused(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_codes_are_explained_in_order() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(explanation.title and explanation.text for explanation in CODES.values())


def test_numbers_too_long_to_convert_stay_text() -> None:
    documents, problems = load(SourceFile("a.yaml", f"a: 0x{'f' * 5_000}\nb: 1.{'0' * 5_000}\n"))
    assert problems == []
    values: list[Data] = list(documents[0].data.values())
    assert all(isinstance(value, str) for value in values)
