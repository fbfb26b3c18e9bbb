"""The parts of every text: whatever is put into them stays in them and does nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_reading import OURS, read

from reconciler.render.inert import inert
from reconciler.render.markdown import (
    Alert,
    Budget,
    Code,
    Dialect,
    Unit,
    address_of,
    alert,
    cell,
    code,
    details,
    fence,
    html,
    joined,
    link,
    prose,
    table,
    words,
)
from reconciler.render.markdown.budget import Room
from reconciler.render.markdown.escaping import clipped

HOSTILE = {
    "three ticks": "```",
    "many ticks": "a ``````` b",
    "a closing fence": "x\n```\n![i](https://evil.example/i.png)\n~~~\n",
    "ticks at both ends": "`x`",
    "the end of a comment": "--> <b>out</b>",
    "the end of a fold": "</details></summary><script>alert(1)</script>",
    "bars": "a | b || c \\| d \\\\| e",
    "a mention": "@octocat and @acme/owners",
    "an issue": "#1 GH-7 acme/models#12 fixes #1",
    "a commit": "0f0f0f0f0f deadbeef defaced acme/models@deadbeef",
    "an address": "https://evil.example www.evil.example javascript:alert(1) me@evil.example",
    "an image": "![x](https://evil.example/x.png) [y](https://evil.example)",
    "emphasis": "**bold** _it_ ~~gone~~ <img src=x onerror=y>",
    "headings": "# one\n=====\n- item\n1. item\n> quote",
    "an alert": "> [!CAUTION]\n> nothing to see",
    "a footnote": "[^1]: x [^1]",
    "emoji only": "\U0001f600\U0001f680:tada:",
    "ANSI": "\x1b[2J\x1b[31mred",
    "bidi": "\u202eevil\u202c \u2066a\u2069",
    "zero width": "ad\u200bmin\ufeff",
    "carriage return": "x\r\n::error::pwned",
    "a runner command": "::error file=a::pwned",
    "an old runner command": "##[error]pwned",
    "blanks": "   ",
    "nothing": "",
    "a table": "| a | b |\n|---|---|\n| c | d |",
    "an entity": "&lt;b&gt; &#64;octocat &amp;",
    "a backslash at the end": "\\",
    "long": "x`|" * 30_000,
}
LINKED = re.compile(r"@\w|#\d|GH-\d|https?:|www\.|!\[|\]\(|<\w|deadbeef|defaced|0f0f0f0f|:tada:")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_inline_code_holds_any_text(text: str) -> None:
    found = read(f"before {code(text)} after")
    assert found.elements == ["p", "code"]
    assert found.outside.split() == ["before", "after"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_fence_holds_any_text(text: str) -> None:
    found = read(joined(["before", fence(text, "diff"), "after"]))
    assert found.elements == ["p", "pre", "code", "p"]
    assert found.outside.split() == ["before", "after"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_cell_of_a_table_holds_any_text(text: str) -> None:
    found = read(table(["one", "two"], [[code(text), prose(text)], [code("x"), ""]]))
    assert found.elements.count("td") == 4
    assert set(found.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_fold_holds_any_text(text: str) -> None:
    found = read(joined([details(["update ", Code(text), text], fence(text)), "after"]))
    assert [e for e in found.elements if e != "code"] == ["details", "summary", "pre", "p"]
    assert not LINKED.search(found.outside)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("dialect", Dialect)
def test_an_alert_holds_any_text(text: str, dialect: Dialect) -> None:
    body = joined([f"- {prose(text)}", fence(text)])
    found = read(joined([alert(Alert.CAUTION, body, dialect), "after"]))
    assert found.elements.count("blockquote") == 1
    assert set(found.elements) <= OURS
    assert found.outside.split()[-1] == "after"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_prose_mentions_nobody_and_links_nothing(text: str) -> None:
    found = read(f"- why: {prose(text)}")
    assert not LINKED.search(found.outside)
    assert not set(found.elements) - {"ul", "li", "code"}
    assert not found.links


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_part_shows_anything_invisible_or_is_a_command_to_the_runner(text: str) -> None:
    for part in (code(text), fence(text), prose(text), html(text), words([Code(text)])):
        assert inert(part.replace("\n", "")) == part.replace("\n", "")
        assert not any(line.lstrip().startswith("::") for line in part.splitlines())
        assert "##[" not in part


@given(st.text())
def test_whatever_is_in_code_comes_out_as_it_is_inert(text: str) -> None:
    shown = read(code(text)).code
    assert len(shown) == 1
    blank = shown[0] == " " and not text
    assert blank or shown[0] == inert(text) or "::" in text or "##[" in text


@given(st.text())
def test_whatever_is_in_a_fence_comes_out_line_by_line(text: str) -> None:
    found = read(fence(text)).code
    assert found[0].removesuffix("\n").count("\n") == text.replace("\r\n", "\n").count("\n")


def test_prose_keeps_the_words_of_a_sentence_and_quotes_the_rest() -> None:
    assert prose("nothing was changed, it's fine (really).") == (
        "nothing was changed, it's fine (really)."
    )
    assert prose("Approved -> Rejected") == "Approved → Rejected"
    assert prose("add churn-v2 and its spec") == "add `churn-v2` and its spec"
    assert prose("by arn:aws:iam::1:role/x at 12:00.") == "by `arn:aws:iam::1:role/x` at `12:00`."
    assert prose("run `reconcile plan`, then again") == "run `reconcile plan`, then again"
    assert prose("a `b c d") == "a `` `b `` c d"
    assert prose("12 of 30% user(s)") == "12 of 30% user(s)"


def test_credentials_are_masked_in_every_part() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    for part in (code(secret), fence(secret), prose(secret), html(secret), code(f"a {secret}")):
        assert secret not in part
        assert "(sensitive value)" in part


def test_a_table_without_rows_is_none() -> None:
    assert table(["a"], []) == ""


def test_a_bar_behind_a_backslash_is_spelled() -> None:
    assert cell("`a|b`") == "`a\\|b`"
    assert cell("`a\\|b`") == "`a\\\\u007cb`"


def test_alerts_and_folds_are_plain_markdown_on_other_hosts() -> None:
    assert alert(Alert.WARNING, "a\n\nb", Dialect.GITHUB) == "> [!WARNING]\n> a\n>\n> b"
    assert alert(Alert.WARNING, "a", Dialect.MARKDOWN) == "> **Warning**\n>\n> a"
    assert details(["a ", Code("<b>")], "x", Dialect.MARKDOWN) == "**a `<b>`**\n\nx"
    assert details(["a"], "x", is_open=True).startswith("<details open><summary>a</summary>\n\n")


def test_links_lead_only_to_addresses() -> None:
    assert link("x", "https://git.example.org/a/b/blob/0f/x%20y#L3") == (
        "[x](https://git.example.org/a/b/blob/0f/x%20y#L3)"
    )
    for address in ("", "javascript:alert(1)", "https://a.b/) x", "https://a.b/\n", "//a.b"):
        assert link("x", address) == "x"


def test_any_path_is_one_part_of_an_address() -> None:
    path = "a b/ü)[]<>\"'#?%/c.yaml"
    address = address_of("https://h.example/o/r", path, "L7")
    assert address == ("https://h.example/o/r/a%20b/%C3%BC%29%5B%5D%3C%3E%22%27%23%3F%25/c.yaml#L7")
    assert read(link(code(path), address)).links == [address]


@dataclass(frozen=True)
class Sized:
    text: str
    utf16: int
    utf8: int


@pytest.mark.parametrize("each", [Sized("abc", 3, 3), Sized("ä→", 2, 5), Sized("\U0001f600", 2, 4)])
def test_a_budget_counts_in_the_unit_of_the_host(each: Sized) -> None:
    assert Budget(1).size(each.text) == each.utf16
    assert Budget(1, Unit.BYTES).size(each.text) == each.utf8
    assert Budget(each.utf8, Unit.BYTES).fits(each.text)
    assert not Budget(each.utf8 - 1, Unit.BYTES).fits(each.text)


def test_room_is_taken_only_by_what_fits() -> None:
    room = Room(Budget(10))
    assert not room.take("x" * 9)
    assert room.take("x" * 3, most=5)
    assert not room.take("xx", most=3)
    assert room.left == 5


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert clipped("abc", 3) == "abc"
    assert clipped("abcd", 3) == "abc… (4 characters)"
