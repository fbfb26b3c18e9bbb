"""`reconcile access` as it is typed: text, JSON, exit codes, and wrong usage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from e2e_support import Cli, client, documents, environment, group, manifest, version

from reconciler.sandbox.server import SandboxServer

EXAMPLE = Path(__file__).parents[2] / "manifests"
PRODUCTION = "333333333333"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/deployer"
CHECK = ("access", "check", "--sandbox", "--principal", ROLE, "--for", "deploy")
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def schema_of(name: str) -> jsonschema.Draft202012Validator:
    """Return the published schema of a document."""
    text = (EXAMPLE.parent / "schemas" / f"{name}.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


@pytest.fixture
def example(cli: Cli) -> Cli:
    """The example, applied to a sandbox of its own, and an identity policy."""
    shutil.copytree(EXAMPLE, cli.folder / "manifests")
    (cli.folder / "admin.json").write_text(json.dumps(EVERYTHING), "utf-8")
    cli.call("apply", "--sandbox", "manifests").ends(0)
    return cli


def test_the_example_deploys_what_it_grants(example: Cli) -> None:
    churn = (*CHECK, "--model-package", "registry/churn/churn-2")
    known = ("--identity-policy", "admin.json")
    example.call(*churn, *known).ends(0, "Yes. 11 needs met.", "Note that service and resource")
    half = example.call(*churn).ends(1, "resource ok", "Not known. 11 of 11 needs")
    assert "fix: add to the identity policy of" in half.out
    fraud = (*CHECK, "--model-package", "registry/fraud/fraud-1", *known)
    result = example.call(*fraud, "--format", "json").ends(1)
    assert result.document["document"] == "access"
    assert (result.document["complete"], result.document["verdict"]) == (False, "no")
    schema_of("access").validate(result.document)
    whole = example.call(*churn, *known, "--format", "json").ends(0)
    assert (whole.document["complete"], whole.document["verdict"]) == (True, "yes")
    schema_of("access").validate(whole.document)
    missing = {row["document"] for row in result.document["rows"] if row["result"] == "missing"}
    assert missing == {"group policy", "repository policy", "bucket policy"}


TRAINING = "222222222222"
KEY = "arn:aws:kms:eu-west-1:222222222222:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"
ADMINISTRATION = {
    "Sid": "Own",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{TRAINING}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
Taking = Callable[[SandboxServer], object]
TAKING: dict[str, Taking] = {
    "group policy": lambda server: client(server).delete_model_package_group_policy(
        ModelPackageGroupName="churn"
    ),
    "repository policy": lambda server: client(
        server, "ecr", account=TRAINING
    ).delete_repository_policy(repositoryName="churn"),
    "bucket policy": lambda server: client(server, "s3", account=TRAINING).delete_bucket_policy(
        Bucket="acme-models"
    ),
    "key policy": lambda server: client(server, "kms", account=TRAINING).put_key_policy(
        KeyId=KEY, Policy=json.dumps({"Version": "2012-10-17", "Statement": [ADMINISTRATION]})
    ),
}


def test_without_any_one_of_its_four_documents_the_example_names_exactly_that_one(
    example: Cli,
) -> None:
    churn = (*CHECK, "--model-package", "registry/churn/churn-2")
    asked = (*churn, "--identity-policy", "admin.json", "--format", "json")
    for document, take in TAKING.items():
        example.call(*asked).ends(0)
        with SandboxServer(example.folder / ".reconciler" / "sandbox") as server:
            take(server)
        found = example.call(*asked).ends(1).document
        short = {row["document"] for row in found["rows"] if row["result"] != "allowed"}
        assert short == {document}
        example.call("apply", "--sandbox", "manifests").ends(0)


def test_the_matrix_says_the_same_from_manifests_and_from_aws(example: Cli) -> None:
    declared = example.call("access", "matrix", "manifests").ends(0, "Group churn", "(production)")
    assert f"{PRODUCTION} (production)  read, deploy  by churn" in declared.out
    live = example.call("access", "matrix", "--live", "--sandbox", "--format", "json").ends(0)
    schema_of("access-matrix").validate(live.document)
    offline = example.call("access", "matrix", "--format", "json", "manifests").ends(0)
    schema_of("access-matrix").validate(offline.document)
    granted = {
        each["principal"]: each["access"]
        for each in live.document["permits"]
        if each["group"] == "churn"
    }
    assert granted[PRODUCTION] == ["discover", "read", "deploy"]
    graph = example.call("access", "matrix", "--format", "mermaid").ends(0)
    assert graph.out.startswith("graph LR\n")


def test_the_policy_is_printed_offline(example: Cli) -> None:
    args = ("access", "iam-policy", "-e", "training", "--for", "plan", "manifests")
    policy = example.call(*args).ends(0)
    assert policy.document["Version"] == "2012-10-17"
    assert example.call(*args, "--minify").ends(0).out.count("\n") == 1
    example.call(*args, "--format", "text").ends(0, "To plan environment training", "note:")


def small(cli: Cli) -> None:
    cli.write(environment(), group(), version())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("check", "--principal", "me", "--model-package", "churn/1", "--for", "read"), "me"),
        (("check", "--principal", ROLE, "--model-package", "chrun/1", "--for", "read"), "churn"),
        (("check", "--principal", ROLE, "--model-package", "churn/1", "--for", "win"), "win"),
        (("check", "--principal", ROLE, "--for", "read"), "--model-package"),
        (("check", "--principal", ROLE, "--model-package", "churn/0", "--for", "read"), "from 1"),
        (
            ("check", "--principal", ROLE, "--model-package", "registri/churn/1", "--for", "read"),
            "did you mean 'registry'?",
        ),
        (
            ("check", "--principal", "33333", "--model-package", "churn/1", "--for", "read"),
            "twelve",
        ),
        (
            (
                *("check", "--principal", ROLE, "--model-package", "churn/1", "--for", "read"),
                "--execution-role",
                ROLE,
            ),
            "takes no part",
        ),
        (("iam-policy", "-e", "registri", "--for", "plan"), "did you mean 'registry'?"),
        (("matrix", "--format", "xml"), "xml"),
    ],
)
def test_wrong_usage_says_what_is_right(cli: Cli, args: tuple[str, ...], words: str) -> None:
    small(cli)
    cli.call("access", *args).ends(64, words)


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"PolicyDocument": {}}', "[]"])
def test_a_file_that_is_no_policy_is_invalid(cli: Cli, text: str) -> None:
    small(cli)
    (cli.folder / "id.json").write_text(text, "utf-8")
    args = (*CHECK, "--model-package", "churn/1", "--identity-policy", "id.json")
    cli.call("access", *args[1:]).ends(5, "id.json is not an IAM policy")


def test_invalid_manifests_end_with_their_problems(cli: Cli) -> None:
    policy = manifest(
        "CrossAccountPolicy",
        "consumers",
        "environment: registry",
        "modelPackageGroups: [chrun]",
        f'grants: [{{principals: ["{PRODUCTION}"], access: [read]}}]',
    )
    cli.write(documents(environment(), group(), policy))
    for args in (
        (*CHECK[1:], "--model-package", "churn/1"),
        ("matrix",),
        ("iam-policy", "-e", "registry", "--for", "plan"),
    ):
        cli.call("access", *args).ends(5, "E305")


def test_what_cannot_be_read_is_unknown_and_no_success(cli: Cli) -> None:
    cli.write(environment(), group(), version())
    check = (*CHECK, "--model-package", "churn/7")
    result = cli.call(*check, "--format", "json").ends(1)
    assert result.document["rows"][0]["document"] == "model package"
    assert result.document["rows"][0]["result"] == "unknown"
    schema_of("access").validate(result.document)


TRUST = ("access", "trust-policy", "-e", "registry", "--for", "apply", "--repository")


def test_a_trust_policy_says_which_form_of_subject_it_has(cli: Cli) -> None:
    cli.write(environment())
    old = cli.call(*TRUST, "acme/models").ends(0, "repositories from before 2026-07-15")
    assert "repo:acme/models:environment:reconcile-registry" in old.out
    ids = ("--owner-id", "12", "--repository-id", "345")
    new = cli.call(*TRUST, "acme/models", *ids, "--deployment", "prod").ends(0)
    assert "repo:acme@12/models@345:environment:prod" in new.out
    assert new.err == ""


def test_a_trust_policy_is_refused_with_half_of_its_ids_and_for_no_repository(cli: Cli) -> None:
    cli.write(environment())
    cli.call(*TRUST, "acme/models", "--owner-id", "12").ends(64, "go together", "give both")
    cli.call(*TRUST, "models").ends(64, "write OWNER/NAME")
