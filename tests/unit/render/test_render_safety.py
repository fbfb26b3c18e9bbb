"""Nothing hostile acts, nothing secret shows: in text, in JSON, in every part of a plan."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_plans import (
    HERE,
    a_change,
    a_plan,
    a_refusal,
    an_action,
    text_of,
)

from reconciler.core.data import MISSING, Json, digest
from reconciler.core.location import Location
from reconciler.core.plan import Level, Note, Plan, Verb
from reconciler.core.problem import Problem
from reconciler.render.document import plan_document, to_json
from reconciler.render.inert import inert
from reconciler.render.lines import line, plain
from reconciler.render.problems import problem_lines
from reconciler.render.redact import is_secret_key, redacted, without_credentials

HOSTILE = {
    "a newline": "x\nPlan: 0 to create",
    "a carriage return": "x\rhidden",
    "ANSI clear": "\x1b[2J\x1b[1;1H",
    "C1 CSI": "\x9b31m",
    "bidi override": "\u202eevil\u202c",
    "isolates": "\u2066a\u2069",
    "zero width": "ad\u200bmin\ufeff",
    "tag characters": "\U000e0041",
    "line separator": "a\u2028b\u2029c\x85d",
    "lone surrogate": "\ud800",
    "delete": "a\x7fb",
    "no-break space": "a\u00a0b",
}
# JSON and digests are over UTF-8; the loader lets no lone surrogate in.
UNICODE = {name: text for name, text in HOSTILE.items() if name != "lone surrogate"}
SECRETS = {
    "access key": "AKIAIOSFODNN7EXAMPLE",
    "session key": "ASIAIOSFODNN7EXAMPLE",
    "github": "ghp_" + "a1" * 18,
    "github fine-grained": "github_pat_" + "a1_" * 10,
    "gitlab": "glpat-" + "a1" * 10,
    "hugging face": "hf_" + "aB" * 17,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    "cut pem": "-----BEGIN PRIVATE KEY-----\nMIIEow",
    "presigned": "https://b.s3.amazonaws.com/k?X-Amz-Signature=" + "0f" * 32,
    "url login": "https://user:pa55@example.org/x",
}


def a_plan_saying(text: str) -> Plan:
    """Return a plan that carries a text in every place that comes from outside."""
    where = Location(f"manifests/{text}.yaml", 1, 1)
    action = an_action(
        Verb.CREATE,
        a_change("Description", MISSING, text),
        a_change("CustomerMetadataProperties.note", text, "b", where=where),
        a_change("InferenceSpecification", {"Containers": [{text: text}]}, {"Containers": []}),
        a_change("Tags." + text, MISSING, ["a", {"b": text}]),
        name=text,
        context=text,
        where=where,
        arn=text,
        notes=(Note(Level.WARNING, "code", text, text),),
        waits_for=text,
    )
    return a_plan(
        action,
        replace(action, verb=Verb.BLOCKED),
        replace(action, verb=Verb.ADOPT),
        replace(action, verb=Verb.NONE),
        refusals=(a_refusal(what=text, why=text, fix=text),),
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_in_text(text: str) -> None:
    shown = text_of(a_plan_saying(text))
    assert inert(shown.replace("\n", "")) == shown.replace("\n", "")
    assert not any(each.startswith("Plan: 0") for each in shown.splitlines())


@pytest.mark.parametrize("text", UNICODE.values(), ids=UNICODE)
def test_hostile_text_is_inert_in_json_and_comes_back_whole(text: str) -> None:
    written = to_json(plan_document(a_plan_saying(text)))
    assert written.isascii()
    assert inert(written.replace("\n", "")) == written.replace("\n", "")
    assert json.loads(written)["actions"][0]["context"] == text


@given(st.text())
def test_no_text_leaves_anything_invisible(text: str) -> None:
    made = inert(text)
    assert inert(made) == made
    assert made.isprintable()


def test_markup_of_terminal_libraries_means_nothing() -> None:
    assert "[bold red]x[/]" in text_of(a_plan_saying("[bold red]x[/]"))


@pytest.mark.parametrize("path", ["::error::pwned", "  ::set-output name=x::y", "a##[error]b"])
def test_log_lines_are_no_workflow_commands(path: str) -> None:
    shown = plain([line(path), *problem_lines([Problem("E101", Location(path), "", "what")])])
    assert not any(each.lstrip().startswith("::") for each in shown.splitlines())
    assert "##[" not in shown


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_looks_like_a_credential_is_masked_everywhere(secret: str) -> None:
    plan = a_plan_saying(secret)
    needle = secret.removeprefix("https://").partition("@")[0].rpartition("=")[2][-12:]
    for shown in (text_of(plan), to_json(plan_document(plan))):
        assert needle not in shown
        assert json.dumps(needle)[1:-1] not in shown
        assert "(sensitive value)" in shown


def test_ordinary_text_is_left_alone() -> None:
    for text in (
        "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/3",
        "sha256:" + "0f" * 32,
        "https://example.org/a@b",
        "111111111111.dkr.ecr.eu-west-1.amazonaws.com/trees@sha256:" + "0f" * 32,
        "s3://acme-models/eyJ/model.tar.gz",
    ):
        assert without_credentials(text) == text


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "hfToken",
        "HF_TOKEN",
        "apiKey",
        "API_KEY",
        "X-Api-Key",
        "aws_secret_access_key",
        "AWSAccessKeyId",
        "privateKey",
        "client-secret",
        "credentials",
        "SessionToken",
        "passphrase",
        "pwd",
        "authtoken",
        "APIKEY",
        "connection_string",
    ],
)
def test_secret_keys_are_recognised(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "team",
        "max_tokens",
        "Tokenizer",
        "keyspace",
        "KmsKeyId",
        "Image",
        "ModelDataUrl",
        "secretary",
        "monkey",
        "Key",
        "SecurityConfig",
        "passed",
        "cost-center",
    ],
)
def test_other_keys_are_not(key: str) -> None:
    assert not is_secret_key(key)


SECRET = "correct horse"
PIN = 271828
HIDING_PLACES: dict[str, tuple[str, Json]] = {
    "environment": ("InferenceSpecification", {"Containers": [{"Environment": {"MODE": SECRET}}]}),
    "additional": (
        "AdditionalInferenceSpecifications",
        [{"Name": "a", "Containers": [{"Environment": {"X": SECRET}}]}],
    ),
    "transform job": (
        "ValidationSpecification",
        {"ValidationProfiles": [{"TransformJobDefinition": {"Environment": {"X": SECRET}}}]},
    ),
    "secret key": ("CustomerMetadataProperties.api-key", SECRET),
    "nested secret key": ("Other", {"deep": [{"dbPassword": {"value": [SECRET]}}]}),
    "tag pair": ("Tags", [{"Key": "db-password", "Value": SECRET}]),
    "model card": ("ModelCard", {"ModelCardContent": SECRET, "ModelCardStatus": "Draft"}),
    "card itself": ("ModelCardContent", SECRET),
    "number": ("InferenceSpecification", {"Environment": {"PIN": PIN}}),
}


@pytest.mark.parametrize(("path", "value"), HIDING_PLACES.values(), ids=HIDING_PLACES)
@pytest.mark.parametrize("side", ["before", "after", "both"])
def test_secrets_are_masked_wherever_they_hide(path: str, value: Json, side: str) -> None:
    before = value if side in ("before", "both") else MISSING
    after = value if side == "after" else [value] if side == "both" else MISSING
    plan = a_plan(an_action(Verb.UPDATE, a_change(path, before, after)))
    for shown in (text_of(plan), to_json(plan_document(plan))):
        assert SECRET not in shown
        assert str(PIN) not in shown
    assert '"sensitive": true' in to_json(plan_document(plan))


def test_a_sensitive_field_is_masked_as_a_whole() -> None:
    change = a_change("ModelCard", {"a": 1}, {"a": 2}, sensitive=True)
    text = text_of(a_plan(an_action(Verb.UPDATE, change)))
    assert "~ ModelCard: (sensitive value) -> (sensitive value)\n" in text


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ({"TOKEN": "1234"}, {"TOKEN": "1235"}, "(sensitive value) -> (sensitive value)"),
        (
            ["https://a:1@x.example"],
            ["https://a:2@x.example"],
            '"https://(sensitive value)@x.example"',
        ),
        ([{"TOKEN": "1"}], [{"TOKEN": "1"}, {"TOKEN": "2"}], "+ Field[1]:"),
        ([{"TOKEN": "1"}, {"TOKEN": "3"}], [{"TOKEN": "2"}], "~ Field[0].TOKEN: (sensitive value)"),
    ],
    ids=["map", "credential", "longer list", "shorter list"],
)
def test_changed_secrets_look_alike_and_are_a_change_all_the_same(
    before: Json, after: Json, shown: str
) -> None:
    plan = a_plan(an_action(Verb.UPDATE, a_change("Field", before, after)))
    assert shown in text_of(plan)
    for text in (text_of(plan), to_json(plan_document(plan))):
        short = {digest(value)[7:19] for value in ("1", "2", "3", "1234", "1235")}
        assert not any(each in text for each in short)


def test_equal_secrets_are_no_change() -> None:
    before: Json = {"TOKEN": "1", "size": 1}
    after: Json = {"TOKEN": "1", "size": 2}
    text = text_of(a_plan(an_action(Verb.UPDATE, a_change("Field", before, after))))
    assert "TOKEN" not in text
    assert "~ Field.size: 1 -> 2" in text


def test_keys_that_hide_different_secrets_both_stay() -> None:
    found = redacted("Field", {"ghp_" + "a" * 30: 1, "ghp_" + "b" * 30: 2})
    assert found == {"(sensitive value)": 1, "(sensitive value)+": 2}


def test_masking_keeps_absence_apart_from_presence() -> None:
    assert redacted("Tags.password", MISSING) is MISSING
    assert redacted("Tags.password", None) is None
    assert redacted("Tags.password", "") != ""


def test_the_digest_is_over_the_real_values() -> None:
    first, second = (
        a_plan(an_action(Verb.UPDATE, a_change("Tags.password", MISSING, secret)))
        for secret in ("one", "two")
    )
    assert plan_document(first).digest != plan_document(second).digest
    assert plan_document(first).digest == first.digest


def test_a_user_value_that_looks_like_a_mask_is_quoted() -> None:
    fake = "(sensitive value)"
    text = text_of(a_plan(an_action(Verb.UPDATE, a_change("Tags.team", MISSING, fake))))
    assert json.dumps(fake) in text


def test_problems_are_inert_too() -> None:
    problem = Problem("E101", HERE, "spec.a\x1b[0m", "what\nE999 other", "why\r", "fix\u202e")
    shown = plain(problem_lines([problem]))
    assert len(shown.splitlines()) == 4
    assert "\x1b" not in shown
