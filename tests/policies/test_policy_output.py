"""What people and machines are shown of policies, by the real command line."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from builders import OWNER, REGISTRY, Doc, text
from e2e_support import Cli, Result
from policy_lab import (
    DEPLOYER,
    POLICY,
    PRODUCTION,
    PolicyLab,
    accounts,
    add_foreign,
    foreign,
    ours,
    policy,
    put_text,
    statement,
    text_of,
    without_ours,
)

from reconciler.cli.schemas import schema_text
from reconciler.policy.ownership import sid
from reconciler.sandbox.calls import Call

SID = sid(OWNER, f"registry/{POLICY}", "ReadPackages")
HOSTILE = {
    "ansi": "\x1b[2J\x1b[31mNo changes.\x1b[0m",
    "bidi": "abc\u202egnp.exe\u2066",
    "hidden": "zero\u200bwidth\ufeff",
    "lines": "first\nPlan: 0 to create\r\nsecond\u2028third",
    "markup": "[bold red]kept[/bold red]",
    "runner": "::error file=a.yaml::pwned ##[command]x",
}


class Runs:
    """The command line against the lab's server, as the registry's account."""

    def __init__(self, lab: PolicyLab, folder: Path) -> None:
        self.lab = lab
        self._cli = Cli(folder)
        self._folder = folder / "manifests"
        self._folder.mkdir()

    def __call__(self, command: str, documents: list[Doc], *options: str) -> Result:
        (self._folder / "all.yaml").write_text(text(documents), encoding="utf-8")
        env = self._cli.env(self.lab.server)
        more = ("--yes",) if command == "apply" else ()
        return self._cli.call(command, "manifests", *more, *options, env=env)

    def document(self, command: str, documents: list[Doc]) -> Any:
        """Return the JSON document, once it is what its published schema says."""
        found = self(command, documents, "--format", "json").document
        name = {"plan": "plan", "apply": "report"}[command]
        jsonschema.validate(found, json.loads(schema_text(name)))
        return found


@pytest.fixture
def runs(policies: PolicyLab, tmp_path: Path) -> Runs:
    return Runs(policies, tmp_path)


def of(document: Any, kind: str) -> Any:
    (found,) = [each for each in document["actions"] if each["resource"]["kind"] == kind]
    return found


def registry_only(**spec: Any) -> list[Doc]:
    """Return manifests of the one account that the command has credentials for."""
    return [accounts()[0], accounts()[-1], policy(**spec)]


READING = [{"principals": [PRODUCTION], "access": ["read"]}]
BOTH = [{"principals": [PRODUCTION, DEPLOYER], "access": ["read"]}]


def test_a_new_statement_is_shown_as_it_will_be_written(runs: Runs) -> None:
    shown = runs("plan", registry_only(grants=READING)).ends(0).out
    assert f"+ Statement.{SID}:" in shown
    for part in (
        'Effect: "Allow"',
        f'AWS: ["{PRODUCTION}',
        'Action: ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]',
        "model-package/churn/*",
    ):
        assert part in shown, part


def test_a_change_shows_the_principal_and_not_the_statement(runs: Runs) -> None:
    runs("apply", registry_only(grants=READING)).ends(0)
    shown = runs("plan", registry_only(grants=BOTH)).ends(0).out
    rows = [line.strip() for line in shown.splitlines() if SID in line]
    assert len(rows) == 1
    assert DEPLOYER in rows[0]
    assert rows[0].startswith(("+", "~"))
    assert "Action" not in shown
    fewer = runs("apply", registry_only(grants=BOTH)).ends(0)
    assert "applied" in fewer.out


def test_a_removal_shows_what_is_removed(runs: Runs) -> None:
    runs("apply", registry_only(grants=BOTH)).ends(0)
    shown = runs("plan", registry_only(ensure="absent")).ends(0).out
    assert "- delete ModelPackageGroupPolicy churn" in shown
    assert f"- Statement.{SID}:" in shown
    assert DEPLOYER in shown
    assert 'Action: ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]' in shown


def test_a_live_statement_that_was_edited_in_another_case_shows_only_what_differs(
    runs: Runs,
) -> None:
    runs("apply", registry_only(grants=READING)).ends(0)
    document = json.loads(text_of(runs.lab, "group") or "")
    for each in document["Statement"]:
        each["Action"] = [name.lower() for name in each["Action"]] + ["sagemaker:createmodel"]
    put_text(runs.lab, "group", json.dumps(document, separators=(",", ":")))
    shown = runs("plan", registry_only(grants=READING)).ends(0).out
    assert "sagemaker:createmodel" in shown
    assert "sagemaker:describemodelpackage" not in shown


def test_json_is_what_the_schema_says_in_plan_and_report(runs: Runs) -> None:
    add_first(runs)
    planned = runs.document("plan", registry_only(grants=READING))
    action = of(planned, "ModelPackageGroupPolicy")
    assert action["verb"] == "update"
    assert {"foreign-statements"} <= {each["code"] for each in action["notes"]}
    report = runs.document("apply", registry_only(grants=READING))
    (outcome,) = [
        each for each in report["outcomes"] if each["resource"]["kind"] == "ModelPackageGroupPolicy"
    ]
    assert outcome["status"] == "applied"
    assert json.loads(outcome["previous"])["Statement"][0]["Sid"] == "Theirs"
    again = runs.document("plan", registry_only(grants=READING))
    assert of(again, "ModelPackageGroupPolicy")["verb"] == "none"


def add_first(runs: Runs) -> None:
    runs.lab.settle(accounts())
    add_foreign(runs.lab, "group", "Theirs")


def test_what_another_writer_did_is_told_in_text_and_json(runs: Runs) -> None:
    done: list[Call] = []

    def undo(call: Call) -> None:
        if not done:
            done.append(call)
            without_ours(runs.lab, "group")
            add_foreign(runs.lab, "group", "Theirs too")

    add_first(runs)
    runs.lab.server.faults.after(undo, "PutModelPackageGroupPolicy")
    shown = runs("apply", registry_only(grants=READING)).ends(0).out
    assert "another writer changed the document: ours lost" in shown
    done.clear()
    report = runs.document("apply", registry_only(grants=BOTH))
    (outcome,) = [
        each for each in report["outcomes"] if each["resource"]["kind"] == "ModelPackageGroupPolicy"
    ]
    assert len(outcome["remarks"]) == 1


def assert_inert(shown: str) -> None:
    for character in shown.replace("\n", ""):
        category = unicodedata.category(character)
        assert category[0] != "C", f"U+{ord(character):04X} in {shown!r}"
        assert category not in {"Zl", "Zp"}, f"U+{ord(character):04X} in {shown!r}"
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    assert "##[" not in shown


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_words_in_live_documents_are_shown_and_do_nothing(runs: Runs, case: str) -> None:
    """In Sids of others, of ours as somebody edited them, and in what a refusal quotes."""
    runs.lab.settle(registry_only(grants=READING))
    document = json.loads(text_of(runs.lab, "group") or "")
    hostile = HOSTILE[case]
    for each in document["Statement"]:
        each["Condition"] = {"StringEquals": {f"aws:PrincipalTag/{hostile}": hostile}}
    document["Statement"] += [
        statement("group", hostile),
        statement("group", f"{hostile}public", Principal="*"),
    ]
    put_text(runs.lab, "group", json.dumps(document, separators=(",", ":")))
    before = foreign(runs.lab, "group")
    for command, changed in (("plan", READING), ("apply", BOTH)):
        shown = runs(command, registry_only(grants=changed))
        assert shown.code == 0, shown.text
        assert_inert(shown.text)
    assert foreign(runs.lab, "group") == before
    assert {each["Sid"] for each in before} == {hostile, f"{hostile}public"}
    as_json = runs("plan", registry_only(grants=READING), "--format", "json").ends(0).out
    assert as_json.isascii()
    assert_inert(as_json)
    assert ours(runs.lab, "group")


def test_hostile_words_that_stop_a_plan_are_inert_too(runs: Runs) -> None:
    runs.lab.settle(accounts())
    gone = "arn:aws:iam::444444444444:role/gone"
    hostile = "".join(HOSTILE.values())
    add_foreign(runs.lab, "group", hostile, Principal={"AWS": gone})
    runs.lab.server.principals.delete(gone)
    for command in ("plan", "apply"):
        shown = runs(command, registry_only(grants=READING)).ends(4, "dangling-principal")
        assert_inert(shown.text)
    assert REGISTRY in str(foreign(runs.lab, "group"))
