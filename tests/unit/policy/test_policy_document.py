"""Parsing refuses what is in doubt, and keeps everything else verbatim."""

from __future__ import annotations

import json

import pytest
from policy_samples import foreign, ours, parsed, refused

from reconciler.policy.document import EMPTY, document, parse


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ('{"Statement": [', "not JSON", "line 1, column 16"),
        ('{\n"a" 1}', "not JSON", "line 2, column 5"),
        ('\ufeff{"Statement": []}', "not JSON", "line 1, column 1"),
        ('{"Id": "a", "Id": "b"}', '"Id" stands twice', "Id, Id"),
        (
            '{"Statement": [{"Sid": "X", "Action": "a:B", "Action": "a:C"}]}',
            '"Action" stands twice',
            'Sid "X"',
        ),
        ('{"Statement": {"Condition": {"Bool": {"k": 1, "k": 2}}}}', '"k" stands twice', "k, k"),
        ('{"Statement": 42}', "neither a list nor an object", "Statement"),
        ('{"Statement": null}', "neither a list nor an object", "Statement"),
        ('{"Statement": "Allow"}', "neither a list nor an object", "Statement"),
        ('{"Statement": [{}, "x"]}', "not an object", "Statement[1]"),
        ('[{"Statement": []}]', "not an object", "the document"),
        ('"text"', "not an object", "the document"),
        ('{"statement": []}', "not spelled 'Statement'", "the document"),
        ('{"VERSION": "2012-10-17"}', "not spelled 'Version'", "the document"),
        ('{"Version": 2012}', "Version is not text", "Version"),
        ('{"Statement": [{"Sid": NaN}]}', "not a number", "NaN"),
        ('{"Statement": [{"n": 1e999}]}', "kept exactly", "1e999"),
        ('{"Statement": [{"n": 0.10000000000000000001}]}', "kept exactly", "0.1000"),
        ('{"Statement": [{"n": ' + "9" * 5000 + "}]}", "too long", "the document"),
        ('{"Statement": [{"Sid": "\\ud800"}]}', "surrogate", "Statement[0].Sid"),
        ('{"Id": ' + "[" * 30 + "]" * 30 + "}", "nested too deep", "Id"),
        ('{"Id": ' + "[" * 99999 + "]" * 99999 + "}", "nested too deep", "the document"),
    ],
)
def test_what_is_in_doubt_is_refused_with_its_place(text: str, what: str, where: str) -> None:
    found = refused(text)
    assert what in found.what
    assert where in found.where
    assert str(found) == f"{found.what} ({found.where})"


def test_keys_and_statements_stay_verbatim_and_in_order() -> None:
    text = (
        '{"Statement":[{"Resource":"*","Sid":"b b","Extra":1.5,"Effect":"allow"},{}],'
        '"Id":"x","Version":"2008-10-17"}'
    )
    assert parsed(text).text() == text


def test_other_statements_leave_the_other_keys_where_they_are() -> None:
    before = parsed('{"Id":"x","Statement":{"Sid":"lone"},"Version":"2008-10-17"}')
    assert before.statements == ({"Sid": "lone"},)
    after = before.with_statements([*before.statements, {"Sid": "new"}])
    assert after.text() == (
        '{"Id":"x","Statement":[{"Sid":"lone"},{"Sid":"new"}],"Version":"2008-10-17"}'
    )
    assert before.statements == ({"Sid": "lone"},)


@pytest.mark.parametrize("text", ["", "  \n", "{}"])
def test_empty_is_a_document_without_statements(text: str) -> None:
    assert parsed(text).statements == ()


def test_the_default_version_is_the_old_one_but_new_documents_are_of_the_new_one() -> None:
    assert parsed("{}").version == "2008-10-17"
    assert EMPTY.version == "2012-10-17"


@pytest.mark.parametrize("char", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x7f", "模", "😀"])
def test_the_text_has_no_line_break_and_only_characters_that_every_service_takes(char: str) -> None:
    text = document(foreign(Sid=f"a{char}é")).text()
    assert all(" " <= each <= "ÿ" for each in text)
    assert not {"\x7f", "\x85"} & set(text)
    assert "é" in text
    assert json.loads(text)["Statement"][0]["Sid"] == f"a{char}é"


def test_the_text_is_minified() -> None:
    text = document(ours()).text()
    assert ": " not in text
    assert parse(text) == document(ours())
