"""Manifests that cannot be used: every message says where, what and what to do; nothing runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from e2e_support import (
    COMMAND,
    OTHER,
    Cli,
    documents,
    environment,
    group,
    manifest,
    version,
    written,
)

from reconciler.sandbox.server import SandboxServer

FILE = "manifests/all.yaml"
ENVIRONMENT = environment()
"""Seven lines, so that with `---` the next document begins on line 9."""


class Broken(NamedTuple):
    """What an author wrote beside the environment, and how each message has to read."""

    text: str
    place: str
    code: str
    says: tuple[str, ...]


BROKEN = {
    "unknown kind": Broken(
        group().replace("ModelPackageGroup", "ModelPackageGruop"),
        "10:7",
        "E202",
        ("unknown kind ModelPackageGruop", "known kinds: Environment,", "'ModelPackageGroup'?"),
    ),
    "unknown key": Broken(
        group("churn", "modelPackageGroupDescripton: x"),
        "14:3",
        "E203",
        ("unknown key 'modelPackageGroupDescripton'", "mean 'modelPackageGroupDescription'?"),
    ),
    "unknown environment": Broken(
        group(environment="registri"),
        "13:16",
        "E304",
        ("no Environment named 'registri'", "known: registry", "did you mean 'registry'?"),
    ),
    "unknown group": Broken(
        documents(group(), version(group="chrun")),
        "20:22",
        "E305",
        ("no ModelPackageGroup named 'chrun'", "known there: churn", "did you mean 'churn'?"),
    ),
    "a group that another environment declares": Broken(
        documents(
            group(), environment(name="training", account=OTHER), version(environment="training")
        ),
        "28:22",
        "E305",
        ("in environment 'training'", "write {environment: registry, name: churn}"),
    ),
    "unknown reference": Broken(
        documents(
            group(),
            manifest(
                "ModelPackage",
                "churn-v1",
                "environment: registry",
                "modelPackageGroup: churn",
                "inferenceSpecification: {ref: tabular}",
            ),
        ),
        "21:33",
        "E301",
        ("no InferenceSpecification named 'tabular'", "known: none", "add a manifest of kind"),
    ),
    "PascalCase key": Broken(
        group("churn", "ModelPackageGroupDescription: x"),
        "14:3",
        "E203",
        ("the API's spelling", "write 'modelPackageGroupDescription'"),
    ),
    "PascalCase key within": Broken(
        documents(group(), version().replace("modelDataUrl", "ModelDataUrl")),
        "24:9",
        "E203",
        ("containers[0].ModelDataUrl", "write 'modelDataUrl'"),
    ),
    "unquoted 1.10": Broken(
        group("churn", "tags: {release: 1.10}"),
        "14:19",
        "E205",
        ("a string is wanted here, not the number 1.10", 'quote it: "1.10"'),
    ),
    "yes for true": Broken(
        documents(group(), version("churn-v1", "certifyForMarketplace: yes")),
        "27:26",
        "E205",
        ("true or false is wanted here, not the text yes", "write true or false, without quotes"),
    ),
    "Python tag": Broken(
        group("churn", "tags: !!python/object/apply:os.system [touch hacked]"),
        "14:9",
        "E124",
        ("tags are not allowed: !!python/object/apply:os.system", "plain data", "remove the tag"),
    ),
    "same name twice": Broken(
        documents(group(), group()),
        "17:18",
        "E306",
        ("'churn' is declared twice in environment 'registry'", f"{FILE}:11:18", "rename or"),
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_mistake_in_a_manifest_is_shown_at_its_place_with_its_fix(
    cli: Cli, broken: Broken
) -> None:
    cli.write(ENVIRONMENT, broken.text)
    result = cli.call("validate", "manifests")
    result.ends(5, f"{FILE}:{broken.place}: {broken.code} ", "\n  fix: ", *broken.says)
    result.ends(5, "\n1 error in 1 file.\n")
    assert not (cli.folder / "hacked").exists()


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_asked_of_aws_while_a_manifest_is_broken(
    cli: Cli, sandbox: SandboxServer, command: str
) -> None:
    cli.write(ENVIRONMENT, group(), group("fraud", "tags: {release: 1.10}"))
    result = cli.call(command, "manifests", "--format", "json", env=cli.env(sandbox))
    result.ends(5, f"{FILE}:20:19: E205", 'quote it: "1.10"')
    assert result.document["document"] == "problems"
    assert list(sandbox.calls) == []


def test_an_unquoted_account_id_without_leading_zero_is_refused_with_the_quotes_to_add(
    cli: Cli,
) -> None:
    cli.write(ENVIRONMENT.replace('"111111111111"', "111111111111"))
    result = cli.call("validate", "manifests")
    result.ends(5, f"{FILE}:5:14: E205 spec.accountId: ", 'quote it: "111111111111"')


def test_an_unquoted_account_id_with_leading_zero_reaches_aws_unchanged(
    cli: Cli, sandbox: SandboxServer
) -> None:
    # YAML 1.1 would read these digits as the octal number 1,228,340,817.
    cli.write(ENVIRONMENT.replace('"111111111111"', "011116111121"), group())
    result = cli.call("apply", "manifests", "--yes", env=cli.env(sandbox, account="011116111121"))
    result.ends(0, "account 011116111121", "Apply: 1 applied.")
    (created,) = sandbox.calls.of("CreateModelPackageGroup")
    assert created.account == "011116111121"


def test_unquoted_dates_and_yaml_1_1_words_reach_aws_as_they_were_written(
    cli: Cli, sandbox: SandboxServer
) -> None:
    tags = {"on": "2024-01-02", "active": "yes", "at": "12:30:45", "run": "0o8", "hash": "7e3"}
    cli.write(ENVIRONMENT, group("churn", "tags:", *(f"  {key}: {tags[key]}" for key in tags)))
    cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(0, "Apply: 1 applied.")
    (created,) = sandbox.calls.of("CreateModelPackageGroup")
    sent = created.parameters["Tags"]
    assert isinstance(sent, list)
    assert all({"Key": key, "Value": value} in sent for key, value in tags.items())


def test_a_syntax_error_in_the_tenth_file_of_twenty_hides_no_other_problem(cli: Cli) -> None:
    cli.write(ENVIRONMENT, name="manifests/environment.yaml")
    for number in range(1, 21):
        cli.write(group(f"group-{number:02}"), name=f"manifests/{number:02}.yaml")
    cli.write("a: 'never closed\n", name="manifests/10.yaml")
    cli.write(group("group-15", "tag: {}"), name="manifests/15.yaml")
    result = cli.call("validate", "manifests")
    result.ends(5, "manifests/10.yaml:1:4: E110 YAML syntax: a quote that is never closed")
    result.ends(5, "fix: close the quote", "manifests/15.yaml:6:3: E203", "2 errors in 2 files.")


def test_a_megabyte_of_nested_aliases_is_refused_at_once(cli: Cli) -> None:
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    padding = "".join(f"p{number}: {'*a39' if number % 2 else 'x'}\n" for number in range(90_000))
    text = "\n".join(bomb) + "\n" + padding
    assert 900_000 < len(text) < 1024 * 1024
    cli.write(text)
    result = cli.call("validate", "manifests")
    result.ends(5, f"{FILE}:6:", "E128", "repeat more than 100,000 values", "fix: use fewer")


def test_a_file_that_is_not_utf_8_is_named_with_the_byte(cli: Cli) -> None:
    path = cli.write(ENVIRONMENT, group("churn", "tags: {team: K\u00fcche}"))
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    result = cli.call("validate", "manifests")
    result.ends(5, f"{FILE}:14:17: E105", "byte 0xfc is not UTF-8", "fix: save the file as UTF-8")


def test_a_link_out_of_the_folder_is_not_followed(cli: Cli) -> None:
    cli.write(ENVIRONMENT)
    cli.write("password: hunter2\n", name="elsewhere/secret.yaml")
    (cli.folder / "manifests" / "link.yaml").symlink_to("../elsewhere/secret.yaml")
    result = cli.call("validate", "manifests")
    result.ends(5, "manifests/link.yaml:1:1: E102", "leaves the manifest folder", "fix: replace")
    assert "hunter2" not in result.text


def test_an_empty_folder_is_invalid_and_never_a_clean_plan(
    cli: Cli, sandbox: SandboxServer
) -> None:
    (cli.folder / "manifests").mkdir()
    cli.call("validate", "manifests").ends(5, "no manifest found in manifests", "fix: give the")
    for command in (("plan",), ("apply", "--yes")):
        result = cli.call(*command, "manifests", env=cli.env(sandbox))
        result.ends(4, "empty-manifest-set: there are no manifests", "fix: give the folder")
    assert list(sandbox.calls) == []


def test_a_folder_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    result = cli.call("plan", "manifest", "--format", "json")
    result.ends(64, "no such file or folder: manifest", "fix: give files or folders that exist")
    assert result.document["exitCode"] == 64


@pytest.fixture
def unprivileged() -> Iterator[tuple[str, ...]]:
    """How to start the command so that file permissions apply to it, whoever runs the tests.

    The superuser reads everything by two capabilities: the launcher gives these up for good.
    """
    if os.geteuid() != 0:
        yield COMMAND
        return
    drop = (
        "import ctypes, os, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH\n"
        "    if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP\n"
        "        raise OSError(ctypes.get_errno(), 'prctl')\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    yield (sys.executable, "-c", drop, *COMMAND)


def test_a_file_without_read_permission_is_named_and_the_others_are_still_checked(
    cli: Cli, unprivileged: tuple[str, ...]
) -> None:
    cli.write(ENVIRONMENT, group("churn", "tag: {}"))
    closed: Path = cli.write(group("fraud"), name="manifests/closed.yaml")
    closed.chmod(0)
    result = cli.run("validate", "manifests", launcher=unprivileged)
    result.ends(5, "manifests/closed.yaml:1:1: E101 cannot be read: permission denied")
    result.ends(5, "fix: give the user who runs this the right to read it", "all.yaml:14:3: E203")


def test_a_folder_without_read_permission_is_named(
    cli: Cli, unprivileged: tuple[str, ...], sandbox: SandboxServer
) -> None:
    cli.write(ENVIRONMENT, group())
    closed = cli.write(group("fraud"), name="manifests/team/fraud.yaml").parent
    closed.chmod(0)
    result = cli.run("apply", "manifests", "--yes", env=cli.env(sandbox), launcher=unprivileged)
    closed.chmod(0o755)
    result.ends(5, "manifests/team:1:1: E101 cannot be read: permission denied", "chmod")
    assert written(sandbox) == []
