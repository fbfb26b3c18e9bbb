"""The most probable mistakes: what each message says to write is what makes the manifest valid."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from e2e_support import (
    ACCOUNT,
    IMAGE,
    OTHER,
    VALIDATED,
    Cli,
    documents,
    environment,
    group,
    version,
)


class Mistake(NamedTuple):
    """A piece of a valid set of manifests, how people get it wrong, and what tells them."""

    right: str
    wrong: str
    says: str


MISTAKES = {
    "the account id without quotes": Mistake(
        f'accountId: "{ACCOUNT}"', f"accountId: {ACCOUNT}", f'fix: quote it: "{ACCOUNT}"'
    ),
    "the API's spelling of a key": Mistake(
        "modelPackageGroupDescription: Churn",
        "ModelPackageGroupDescription: Churn",
        "fix: write 'modelPackageGroupDescription'",
    ),
    "a slip in a key": Mistake(
        "modelDataUrl:", "modelDataURL:", "fix: did you mean 'modelDataUrl'?"
    ),
    "a slip in a kind": Mistake(
        "kind: ModelPackageGroup",
        "kind: modelPackageGroup",
        "fix: did you mean 'ModelPackageGroup'?",
    ),
    "a slip in a group's name": Mistake(
        "modelPackageGroup: churn", "modelPackageGroup: Churn", "fix: did you mean 'churn'?"
    ),
    "an environment's account in place of its name": Mistake(
        "environment: registry",
        f'environment: "{ACCOUNT}"',
        "why: known: registry\n",
    ),
    "the API's member for the approval": Mistake(
        "approval: {status: Approved}",
        "modelApprovalStatus: Approved",
        "fix: write approval: {status: ...}",
    ),
    "the approval without its status": Mistake(
        "approval: {status: Approved}",
        "approval: Approved",
        "fix: write a mapping with these keys: status, description",
    ),
    "the approval in lower case": Mistake(
        "status: Approved", "status: approved", "fix: did you mean 'Approved'?"
    ),
    "tags as the API lists them": Mistake(
        "tags: {team: growth}",
        "tags: [{Key: team, Value: growth}]",
        "fix: write a mapping: {key: value}",
    ),
    "a number as a tag": Mistake(
        'release: "1.10"', "release: 1.10", 'fix: quote it: "1.10"'
    ),
    "two manifests without a line between": Mistake(
        "---\napiVersion: reconciler/v1\nkind: ModelPackageGroup\n",
        "apiVersion: reconciler/v1\nkind: ModelPackageGroup\n",
        "fix: begin a second manifest with a line '---'",
    ),
    "a container that is no list item": Mistake(
        "    - image:", "      image:", "fix: begin every item with '- '"
    ),
    "a tab": Mistake("  owner:", "\towner:", "fix: replace the tab by spaces"),
    "a colon in a text": Mistake(
        "modelPackageGroupDescription: Churn",
        "modelPackageGroupDescription: Churn: monthly",
        "fix: quote the value if it contains ': '",
    ),
    "a role of another account": Mistake(
        f"{ACCOUNT}:role/validator",
        f"{OTHER}:role/validator",
        f"the ARN is of account {OTHER}, environment 'registry' is in {ACCOUNT}",
    ),
    "a place without s3://": Mistake(
        "modelDataUrl: s3://",
        "modelDataUrl: ",
        "fix: use a URL that begins with s3:// or https://, e.g. s3://",
    ),
    "an approved image by its tag": Mistake(
        IMAGE, IMAGE.partition("@")[0] + ":1.0", "fix: pin it: IMAGE@sha256:DIGEST"
    ),
    "tags on a version": Mistake(
        "  customerMetadataProperties:",
        "  tags:",
        "fix: move them to the ModelPackageGroup, or use customerMetadataProperties",
    ),
    "a region without its hyphen": Mistake(
        "region: eu-west-1",
        "region: eu-west1",
        "fix: use the code of an AWS region, e.g. eu-west-1",
    ),
}  # fmt: skip

VALID = documents(
    environment(),
    group(
        "churn", "modelPackageGroupDescription: Churn", "tags: {team: growth}"
    ),
    version(
        "churn-v1",
        "approval: {status: Approved}",
        "customerMetadataProperties:",
        '  release: "1.10"',
        *VALIDATED,
    ),
)  # fmt: skip


def test_the_manifests_without_a_mistake_are_valid(cli: Cli) -> None:
    cli.write(VALID)
    assert cli.call("validate", "manifests").ends(0, "Valid: 3 manifests").err == ""


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_message_alone_tells_how_to_mend_a_mistake(cli: Cli, mistake: Mistake) -> None:
    assert VALID.count(mistake.right) >= 1
    cli.write(VALID.replace(mistake.right, mistake.wrong))
    result = cli.call("validate", "manifests")
    assert result.err, "the mistake was not noticed"
    assert mistake.says in result.err, result.err
    line = next(
        number
        for number, text in enumerate(VALID.splitlines(), 1)
        if mistake.right.splitlines()[-1].strip() in text
    )
    assert any(f"all.yaml:{near}:" in result.err for near in (line - 1, line, line + 1)), result.err


def test_a_command_line_with_a_slip_says_what_was_meant(cli: Cli) -> None:
    cli.call("valdate").ends(64, "No such command 'valdate'. Did you mean 'validate'?")
    cli.call("plan", "--enviroment", "x").ends(64, "Did you mean", "'--environment'?")
    cli.call("apply", "--timeout", "soon").ends(64, "'soon' is not a duration; write 90s, 30m")
    cli.call("plan", "--label", "team").ends(64, "'team' is not a label; write key=value")
    cli.call("plan", "--sandbox-state", "x").ends(64, "fix: add --sandbox")
