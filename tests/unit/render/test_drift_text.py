"""Drift as text, JSON and Markdown: the same facts, inert, within the limit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import cmarkgfm
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_plans import HERE, PRODUCTION, REGISTRY, a_change

from reconciler.cli.schemas import schema_of
from reconciler.core.data import MISSING, Json
from reconciler.core.drift import (
    AcceptedDrift,
    DriftClass,
    DriftItem,
    DriftReport,
    KnownDrift,
    Remark,
    Unread,
)
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Level, Note, Source
from reconciler.errors import InvalidInputError
from reconciler.render.document import to_json
from reconciler.render.drift import drift_lines
from reconciler.render.drift_contract import DriftDocument
from reconciler.render.drift_document import drift_document, parse_drift_document
from reconciler.render.lines import plain
from reconciler.render.markdown import Budget, Dialect, Unit
from reconciler.render.markdown.drift import DriftPage, drift_issue, drift_markdown

KNOWN = KnownDrift(
    "registry/*/*", "ML-7", Location("known.yaml", 2, 5), expires=date(2027, 1, 1), reason="why"
)


def key(name: str = "churn-v1", environment: str = "registry") -> ResourceKey:
    return ResourceKey(environment, "ModelPackage", name)


def an_item(drift: DriftClass = DriftClass.CHANGED, **more: object) -> DriftItem:
    item = DriftItem(drift, key(), "not as Git says", HERE, changes=(a_change(),))
    return replace(item, **more)  # type: ignore[arg-type]


def a_report(*items: DriftItem, **more: object) -> DriftReport:
    report = DriftReport((REGISTRY,), items, date(2027, 1, 15))
    return replace(report, **more)  # type: ignore[arg-type]


def everything(text: str = "x") -> DriftReport:
    """Return a report that says a text in every place that comes from outside."""
    where = Location(f"manifests/{text}.yaml", 3, 1)
    note = Note(Level.WARNING, "code", text, text, text)
    known = replace(KNOWN, ticket=text, reason=text, resource=text)
    items = [
        DriftItem(
            drift,
            key(text),
            text,
            where,
            text,
            text,
            (
                a_change("Tags." + text, text, MISSING),
                a_change("Statement.x", {text: [text]}, [{text: text}]),
            ),
            (note,),
            text,
            text,
            (known,),
        )
        for drift in DriftClass
    ]
    return a_report(
        *items,
        accepted=(AcceptedDrift(items[0], known),),
        unread=(Unread(key(text), where, note), Unread(key(text), where, note, is_needed=False)),
        remarks=(Remark(key(text), None, note),),
        unused=(known,),
        is_whole=False,
        source=Source("ab" * 20, dirty=False, prefix="registry/"),
    )


def text_of(report: DriftReport) -> str:
    return plain(drift_lines(report))


def markdown_of(report: DriftReport, dialect: Dialect = Dialect.GITHUB) -> str:
    page = DriftPage("https://github.com/acme/models", "https://github.com/run", dialect)
    return drift_markdown(drift_document(report), page)[0]


# --- what is said


def test_every_part_is_in_every_form() -> None:
    report = everything("zyx")
    document = json.loads(to_json(drift_document(report)))
    jsonschema.validate(document, schema_of("drift"))
    assert [each["class"] for each in document["drift"]] == [each.value for each in DriftClass]
    assert document["summary"] == {
        "changed": 1,
        "approved": 1,
        "gitOnly": 1,
        "liveOnly": 1,
        "known": 1,
        "failures": 1,
    }
    for shown in (text_of(report), markdown_of(report)):
        for words in ("Changed outside Git", "Approved outside Git", "In Git only", "Live only"):
            assert words in shown
        assert "expired" in shown
        assert "last modified by" in shown
        assert "matches nothing" in shown
        assert "left something out" in shown or "leaves something out" in shown


def test_the_summary_counts_each_class_that_occurs() -> None:
    report = a_report(
        an_item(),
        an_item(DriftClass.APPROVED),
        accepted=(AcceptedDrift(an_item(), KNOWN),),
    )
    last = text_of(report).splitlines()[-1]
    assert last == "Drift: 1 changed outside Git, 1 approved outside Git; 1 known."
    assert text_of(a_report()) == "No drift.\n"
    unread = a_report(unread=(Unread(key(), HERE, Note(Level.ERROR, "unknown", "denied")),))
    assert text_of(unread).endswith("No drift seen. 1 resource could not be read.\n")


def test_live_stands_before_git() -> None:
    shown = text_of(a_report(an_item(changes=(a_change("Tags.team", "ops", "ml"),))))
    assert '~ Tags.team: "ops" -> "ml"' in shown
    markdown = markdown_of(a_report(an_item(changes=(a_change("Tags.team", "ops", "ml"),))))
    assert '-   "ops"' in markdown
    assert '+   "ml"' in markdown


def test_secrets_are_masked_and_still_differ() -> None:
    secret = a_change("CustomerMetadataProperties.api_token", "hunter1", "hunter2")
    report = a_report(an_item(changes=(secret,)))
    other = a_report(an_item(changes=(replace(secret, before="hunter3"),)))
    for shown in (text_of(report), markdown_of(report), to_json(drift_document(report))):
        assert "hunter" not in shown
        assert "(sensitive value)" in shown
    assert "(another one)" in markdown_of(report)
    assert drift_document(report).digest != drift_document(other).digest


def test_a_place_links_to_the_commit_of_the_manifests() -> None:
    shown = markdown_of(everything("a b"))
    commit = "ab" * 20
    assert f"https://github.com/acme/models/blob/{commit}/registry/manifests/a%20b.yaml#L3" in shown


# --- the document


def test_a_document_comes_back_whole_and_edited_ones_are_refused() -> None:
    text = to_json(drift_document(everything()))
    assert to_json(parse_drift_document(text)) == text
    data = json.loads(text)
    data["environments"][0]["digest"] = "sha256:" + "0" * 64
    for wrong in (json.dumps(data), "{}", "[", '{"document": "plan"}'):
        with pytest.raises(InvalidInputError):
            parse_drift_document(wrong)


def test_an_environment_without_drift_is_clean_beside_one_that_drifted() -> None:
    document = drift_document(a_report(an_item(), environments=(PRODUCTION, REGISTRY)))
    assert [each.clean for each in document.environments] == [True, False]
    assert not document.clean


# --- the issue


def issue_document(*items: DriftItem) -> DriftDocument:
    return drift_document(a_report(*items, environments=(PRODUCTION, REGISTRY)))


def test_an_issue_is_about_one_environment() -> None:
    document = issue_document(an_item(), an_item(key=key("scoring-v2", "production")))
    issue = drift_issue(document, "production")
    assert issue.title == "Drift in production: 1 changed outside Git"
    assert "`scoring-v2`" in issue.body
    assert "churn-v1" not in issue.body
    assert not issue.is_clean
    with pytest.raises(ValueError, match="staging"):
        drift_issue(document, "staging")


def test_the_same_drift_is_the_same_issue() -> None:
    one = drift_issue(issue_document(an_item()), "registry")
    later = drift_document(
        a_report(
            an_item(modified_at="2027-01-02T00:00:00"),
            environments=(REGISTRY,),
            today=date(2027, 3, 1),
        )
    )
    assert one.digest == drift_issue(later, "registry").digest
    assert drift_issue(issue_document(), "registry").is_clean


# --- nothing in it acts

HOSTILE = st.sampled_from(
    [
        "::error::x", "##[error]x", "a\n::set-output name=x::y", "```", "`", "</details>", "<img>",
        "@acme/team", "fixes #1", "-->", "\u202eevil", "| a | b |", "[x](http://e.org)", "x" * 3000,
        "\r\n::stop-commands::x", "https://e.org/x", "&lt;", "\x1b[2J",
    ]
)  # fmt: skip


@given(st.lists(HOSTILE | st.text(max_size=20), min_size=1, max_size=3).map(" ".join))
def test_hostile_text_is_inert_everywhere(text: str) -> None:
    report = everything(text.encode("utf-8", "replace").decode() or "x")
    for shown in (text_of(report), to_json(drift_document(report))):
        assert not any(each.lstrip().startswith("::") for each in shown.splitlines())
        assert "##[" not in shown
    rendered = cmarkgfm.github_flavored_markdown_to_html(markdown_of(report))
    assert "<img" not in rendered
    assert "e.org" not in "".join(part.split('"')[0] for part in rendered.split('href="')[1:])
    for tag in ("details", "summary"):
        assert rendered.count(f"<{tag}>") == rendered.count(f"</{tag}>")


@given(
    st.integers(0, 400),
    st.integers(0, 40),
    st.sampled_from([8_000, 60_000]),
    st.sampled_from(Unit),
)
def test_a_text_fits_and_says_what_was_left_out(
    many: int, lines: int, limit: int, unit: Unit
) -> None:
    value: Json = {f"key{number}": "ü\U0001f600" for number in range(lines)}
    items = [
        an_item(key=key(f"v{n}"), changes=(a_change("Spec", value, [n]),)) for n in range(many)
    ]
    document = drift_document(a_report(*items))
    budget = Budget(limit, unit)
    text, truncated = drift_markdown(document, limit=budget)
    assert budget.fits(text)
    shown = sum(f"`v{n}`**" in text for n in range(many))
    assert truncated or shown == many
    if shown < many:
        assert f"and {many - shown} more difference" in text or "did not fit" in text


def test_one_giant_text_does_not_break_the_limit() -> None:
    document = drift_document(a_report(an_item(what="a/b " * 60_000)))
    text, truncated = drift_markdown(document)
    assert truncated
    assert len(text) < 60_000
    assert "1 changed outside Git" in text
