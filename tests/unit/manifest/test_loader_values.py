"""What the strict loader reads: scalars, documents, aliases, and where everything was written."""

from __future__ import annotations

import pytest

from reconciler.core.location import DataPath, Location
from reconciler.manifest.document import Data, Document, SourceFile
from reconciler.manifest.loader import load


def documents(text: str) -> list[Document]:
    found, problems = load(SourceFile("a.yaml", text))
    assert problems == []
    return found


def only(text: str) -> Document:
    (document,) = documents(text)
    return document


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *((text, text) for text in ("yes", "no", "on", "off", "y", "n", "No", "nUll", "tRue")),
        ("0", 0),
        ("-0", 0),
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("123456789012", 123456789012),
        ("9" * 1000, int("9" * 1000)),
        ("9" * 1001, "9" * 1001),
        ("012345678901", "012345678901"),
        ("-01", "-01"),
        ("00", "00"),
        ("007.5", "007.5"),
        ("0o17", 15),
        ("0o18", "0o18"),
        ("0x1F", 31),
        ("0xfg", "0xfg"),
        ("-0x1", "-0x1"),
        ("0b1", "0b1"),
        ("1.10", 1.1),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("0.0", 0.0),
        ("0e-5", 0.0),
        ("1.0e3", 1000.0),
        ("1e-3", 0.001),
        ("1E+3", 1000.0),
        ("1e3", "1e3"),
        ("7E12345", "7E12345"),
        ("1.0e999", "1.0e999"),
        ("1.0e-999", "1.0e-999"),
        ("1_000", "1_000"),
        ("1,000", "1,000"),
        ("190:20:30", "190:20:30"),
        ("12:30:45", "12:30:45"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1.2.3", "1.2.3"),
        ("-x", "-x"),
        (".", "."),
        ("...x", "...x"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("=", "="),
        ("<<", "<<"),
        ("١٢", "١٢"),
        ("arn:aws:iam::444444444444:role/deployer", "arn:aws:iam::444444444444:role/deployer"),
        ('"12"', "12"),
        ("'no'", "no"),
        ('"null"', "null"),
        ('""', ""),
        ('".nan"', ".nan"),
        ('"tab\\t \\u00e9 \\x00"', "tab\t é \x00"),
        ("|\n  1\n  2\n", "1\n2\n"),
        (">-\n  12\n", "12"),
    ],
)
def test_scalar(written: str, value: Data) -> None:
    read = only(f"v: {written}").data["v"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: {b: [1, {c: d}], e: {}}", {"a": {"b": [1, {"c": "d"}], "e": {}}}),
        ("a:\n- 1\n- - 2\n  - []\n", {"a": [1, [2, []]]}),
        ('{"a": "b", "c": [true, null]}', {"a": "b", "c": [True, None]}),
        ("no: 1\non: 2\n012: 3\n2012-10-17: 4\n", {"no": 1, "on": 2, "012": 3, "2012-10-17": 4}),
        ('"1": a\n"true": b\n"": c\n"<<": d\n', {"1": "a", "true": "b", "": "c", "<<": "d"}),
        ("? a\n: b\n? c\n", {"a": "b", "c": None}),
        ("&k a: 1\nb: {*k : 2}\n", {"a": 1, "b": {"a": 2}}),
        (
            "a: &x {b: 1}\nc: *x\nd: [*x, &y 2, *y]\n",
            {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, 2, 2]},
        ),
        ("a: &x\nb: *x\n", {"a": None, "b": None}),
        ("\ufeffa: 1\r\nb:\r\n  - c\r\n", {"a": 1, "b": ["c"]}),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("a: {\n\tb: 1}\n", {"a": {"b": 1}}),
        ("é: 😀\n", {"é": "😀"}),
    ],
)
def test_structure(text: str, data: Data) -> None:
    assert only(text).data == data


@pytest.mark.parametrize(
    "text", ["", "# only\n", "---\n", "---\n---\n...\n", "\n\n", "--- # c\n", "\ufeff"]
)
def test_empty_documents_are_skipped(text: str) -> None:
    assert documents(text) == []


def test_documents_are_counted_with_the_empty_ones() -> None:
    found = documents("# head\na: 1\n---\n---\n  # third\n  b: 2\n...\n---\n{c: 3}\n")
    assert [(each.index, each.data, each.where.line, each.where.column) for each in found] == [
        (0, {"a": 1}, 2, 1),
        (2, {"b": 2}, 6, 3),
        (3, {"c": 3}, 9, 1),
    ]


def test_anchors_belong_to_their_document() -> None:
    found = documents("a: &x 1\nb: *x\n---\na: &x 2\nb: *x\n")
    assert [each.data["b"] for each in found] == [1, 2]


def test_equal_keys_of_all_files_are_one_object() -> None:
    first, second = (next(iter(only(f"{name}: 1").data)) for name in ("someKey", "someKey"))
    assert first is second


PLACES = """\
# a comment
apiVersion: reconciler/v1
spec:
  account: 012345678901
  version: &v 1.10
  again: *v
  quoted: "no"
  empty:
  containers:
    - image: one
      env: {A: 1, B: 'two'}
    - &c
      image: two
    - *c
  text: |
    1
    2
  late: &late # why
    0x10
---
é😀: [a, [b]]
"""


@pytest.mark.parametrize(
    ("document", "path", "value", "key", "text"),
    [
        (0, (), "2:1", "2:1", None),
        (0, ("apiVersion",), "2:13", "2:1", "reconciler/v1"),
        (0, ("spec",), "4:3", "3:1", None),
        (0, ("spec", "account"), "4:12", "4:3", "012345678901"),
        (0, ("spec", "version"), "5:15", "5:3", "1.10"),
        (0, ("spec", "again"), "5:15", "6:3", "1.10"),
        (0, ("spec", "quoted"), "7:11", "7:3", '"no"'),
        (0, ("spec", "empty"), "8:9", "8:3", ""),
        (0, ("spec", "containers"), "10:5", "9:3", None),
        (0, ("spec", "containers", 0), "10:7", "10:7", None),
        (0, ("spec", "containers", 0, "env"), "11:12", "11:7", None),
        (0, ("spec", "containers", 0, "env", "B"), "11:22", "11:19", "'two'"),
        (0, ("spec", "containers", 1), "12:7", "12:7", None),
        (0, ("spec", "containers", 1, "image"), "13:14", "13:7", "two"),
        (0, ("spec", "containers", 2), "12:7", "14:7", None),
        (0, ("spec", "containers", 2, "image"), "13:14", "13:7", "two"),
        (0, ("spec", "text"), "15:9", "15:3", "|\n    1\n    2"),
        (0, ("spec", "late"), "19:5", "18:3", "0x10"),
        (1, ("é😀", 1, 0), "21:10", "21:10", "b"),
        (1, ("é😀", 0), "21:6", "21:6", "a"),
    ],
)
def test_place(document: int, path: DataPath, value: str, key: str, text: str | None) -> None:
    found = documents(PLACES)[document]
    assert str(found.locate(path)) == f"a.yaml:{value}"
    assert str(found.locate(path, key=True)) == f"a.yaml:{key}"
    assert found.scalar_text(path) == text


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("missing",), "2:1", "2:1"),
        (("spec", "missing", "deeper", 3), "4:3", "3:1"),
        (("spec", "containers", 9, "image"), "10:5", "9:3"),
        (("spec", "containers", "image"), "10:5", "9:3"),
        (("spec", "account", "x"), "4:12", "4:3"),
    ],
)
def test_place_of_what_is_absent_is_the_nearest_ancestor(
    path: DataPath, value: str, key: str
) -> None:
    found = documents(PLACES)[0]
    assert str(found.locate(path)) == f"a.yaml:{value}"
    assert str(found.locate(path, key=True)) == f"a.yaml:{key}"
    assert found.scalar_text(path) is None


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_places_do_not_depend_on_the_line_break(line_break: str) -> None:
    text = "\ufeff# c\na: 1\nb:\n  - c\n  - &d 2.50\n".replace("\n", line_break)
    found = only(text)
    assert found.where == Location("a.yaml", 2, 1)
    assert found.locate(("b", 1)) == Location("a.yaml", 5, 8)
    assert found.scalar_text(("b", 1)) == "2.50"


def test_a_document_beside_a_refused_one_has_places() -> None:
    found, problems = load(SourceFile("a.yaml", "a: [&x [*x], *y, {1: 2, ? [] : 3}]\n---\nb: 1\n"))
    assert [problem.code for problem in problems] == ["E126", "E125", "E122", "E122"]
    assert str(found[0].locate(("b",))) == "a.yaml:3:4"
