"""Hostile content is inert, and what is confidential is nowhere in what is shown or written."""

from __future__ import annotations

import re
import unicodedata

import pytest
from e2e_support import IMAGE, Cli, client, environment, group, version, versions

from reconciler.sandbox.server import SandboxServer

ANSI = "\x1b[2J\x1b[31mNo changes.\x1b[0m"
BIDI = "abc\u202egnp.exe\u2066"
HIDDEN = "zero\u200bwidth\u00a0\ufeffmark"
LINES = "first\nPlan: 0 to create\r\nsecond\u2028third"
MARKUP = "[bold red]Approved[/bold red] [link=http://x]y[/link]"
RUNNER = "::error file=a.yaml::pwned ##[command]x"
HOSTILE = {"ansi": ANSI, "bidi": BIDI, "hidden": HIDDEN, "markup": MARKUP, "runner": RUNNER}


def assert_inert(text: str) -> None:
    """Assert that no character of a text does anything but show itself."""
    for character in text.replace("\n", ""):
        category = unicodedata.category(character)
        assert category[0] != "C", f"U+{ord(character):04X} in {text!r}"
        assert category not in {"Zl", "Zp"}, f"U+{ord(character):04X} in {text!r}"
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##[" not in text


def escaped(text: str) -> str:
    """Return a text as a YAML scalar that says it without containing it."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


@pytest.mark.parametrize("colour", ["never", "always"])
def test_hostile_text_in_manifests_is_shown_and_does_nothing(
    cli: Cli, sandbox: SandboxServer, colour: str
) -> None:
    metadata = "".join(f"{key}: {escaped(HOSTILE[key])}, " for key in HOSTILE)
    cli.write(
        environment(),
        group("churn", f"modelPackageGroupDescription: {escaped(ANSI + LINES)}"),
        version("churn-v1", f"customerMetadataProperties: {{{metadata}}}"),
    )
    # SageMaker's own pattern refuses some of this; all of it has to be inert in the refusal too.
    for command in (("validate",), ("plan",), ("apply", "--yes")):
        result = cli.call(*command, "manifests", "--color", colour, env=cli.env(sandbox))
        text = result.text if colour == "never" else re.sub(r"\x1b\[[0-9;]*m", "", result.text)
        assert_inert(text)
        assert "\x1b[2J" not in result.text
        if colour == "never":
            assert "\\u001b" in result.text


def test_hostile_text_in_aws_is_shown_and_does_nothing(cli: Cli, sandbox: SandboxServer) -> None:
    cli.write(environment(), group(), version())
    env = cli.env(sandbox)
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    (live,) = versions(sandbox)
    # Of all that others can write, SageMaker lets only this text be anything.
    client(sandbox).update_model_package(
        ModelPackageArn=live["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription=ANSI + LINES + BIDI + HIDDEN + MARKUP + RUNNER,
    )
    approved = version("churn-v1", "approval: {status: Approved, description: reviewed}")
    cli.write(environment(), group(), approved)
    plan = cli.call("plan", "manifests", env=env).ends(0, "\\u001b[2J", "\\u202e", "[bold red]")
    assert_inert(plan.text)
    json_text = cli.call("plan", "manifests", "--format", "json", env=env).ends(0).out
    assert json_text.isascii()
    assert_inert(json_text)
    report = cli.call("apply", "manifests", "--yes", env=env).ends(0, "Apply: 1 applied, 2 ")
    assert_inert(report.text)


def test_hostile_words_of_an_aws_error_are_shown_and_do_nothing(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(), group())
    sandbox.faults.fail(
        "CreateModelPackageGroup", code="ValidationException", message=ANSI + LINES, times=None
    )
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox))
    assert_inert(result.ends(1, "AWS refused the input", "No changes.").text)


# --- secrets

PASSWORD = "hunter2-correct-horse"
CARD = "the-margin-is-40-percent"
KEY_ID = "AKIAQQQQWWWWEEEERRRR"
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
SECRETS = (PASSWORD, CARD, KEY_ID, TOKEN)


def with_secrets(password: str = PASSWORD, card: str = CARD) -> str:
    """Return a version with a secret in every place where people put them."""
    text = version(
        "churn-v1",
        f"modelPackageDescription: made with {KEY_ID}",
        "modelCard:",
        "  modelCardStatus: Draft",
        f"  modelCardContent: {{business_details: {{business_problem: {card}}}}}",
        f"customerMetadataProperties: {{apiToken: {TOKEN}, reviewer: ada}}",
    )
    inside = f"{IMAGE}\n        environment: {{DB_PASSWORD: {password}, HOST: {password}}}"
    return text.replace(IMAGE, inside)


def test_secrets_are_in_no_output_and_in_no_plan_file(cli: Cli, sandbox: SandboxServer) -> None:
    env = cli.env(sandbox)
    said = ""
    cli.write(environment(), group(), with_secrets())
    for args in (
        ("plan", "manifests", "--out", "plan.json", "--verbose"),
        ("plan", "manifests", "--format", "json"),
        ("apply", "manifests", "--yes", "--reviewed", "plan.json"),
    ):
        said += cli.call(*args, env=env).ends(0).text
    said += (cli.folder / "plan.json").read_text("utf-8")
    described = client(sandbox).describe_model_package(
        ModelPackageName=versions(sandbox)[0]["ModelPackageArn"]
    )
    assert all(secret in str(described) for secret in SECRETS)
    cli.write(environment(), group(), with_secrets("changed-password", "changed-margin"))
    for more in ((), ("--format", "json")):
        refused = cli.call("plan", "manifests", *more, env=env).ends(4, "immutable-edit")
        said += refused.text
    assert "(sensitive value)" in said
    for secret in (*SECRETS, "changed-password", "changed-margin"):
        assert secret not in said, secret


def test_a_changed_model_card_shows_that_it_changed_and_not_to_what(
    cli: Cli, sandbox: SandboxServer
) -> None:
    env = cli.env(sandbox)
    cli.write(environment(), group(), with_secrets())
    cli.call("apply", "manifests", "--yes", env=env).ends(0)
    cli.write(environment(), group(), with_secrets(card="changed-margin"))
    result = cli.call("apply", "manifests", "--yes", env=env).ends(0, "Apply: 1 applied")
    assert "~ ModelCard" in result.out
    assert CARD not in result.text
    assert "changed-margin" not in result.text


def test_debug_output_holds_neither_requests_nor_credentials(
    cli: Cli, sandbox: SandboxServer
) -> None:
    cli.write(environment(), group(), with_secrets())
    env = cli.env(sandbox, AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY")
    result = cli.run("apply", "manifests", "--yes", "--debug", env=env).ends(0)
    assert "sagemaker:CreateModelPackage ok" in result.err
    for secret in (*SECRETS, "wJalrXUtnFEMI"):
        assert secret not in result.text
