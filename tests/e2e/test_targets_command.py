"""`reconcile targets` in a checkout: a matrix of jobs, of all environments or of those changed."""

from __future__ import annotations

import json

import pytest
from e2e_support import ACCOUNT, OTHER, REGION, Cli, environment, group, manifest, version
from git import Actor, Repo

from reconciler.sandbox.server import SandboxServer

SOMEBODY = Actor("Somebody", "somebody@example.org")
SHARED = (
    manifest(
        "InferenceSpecification",
        "shared",
        "containers: [{image: 'a/b:1', modelDataUrl: 's3://acme/m.tar.gz'}]",
        "supportedContentTypes: [text/csv]",
        "supportedResponseMIMETypes: [text/csv]",
    ),
)


def commit(cli: Cli, message: str = "one") -> None:
    with Repo.init(cli.folder) as repository:
        repository.git.add("--all")
        repository.index.commit(message, author=SOMEBODY, committer=SOMEBODY)


@pytest.fixture
def checkout(cli: Cli) -> Cli:
    """Two environments; a version of the second refers to a fragment in a file of its own."""
    cli.write(environment(), group(), version())
    cli.write(
        environment(name="production", account=OTHER),
        group("released", environment="production"),
        manifest(
            "ModelPackage",
            "released-v1",
            "environment: production",
            "modelPackageGroup: released",
            "inferenceSpecification: {ref: shared}",
        ),
        name="manifests/production.yaml",
    )
    cli.write(*SHARED, name="manifests/shared.yaml")
    commit(cli)
    return cli


def names(cli: Cli, *args: str) -> list[str]:
    found = cli.call("targets", "--format", "json", *args).ends(0).document
    return [each["environment"] for each in found["include"]]


def test_all_environments_as_a_matrix(checkout: Cli) -> None:
    found = checkout.call("targets", "--format", "json").ends(0).document
    assert found["include"][1] == {
        "environment": "registry",
        "accountId": ACCOUNT,
        "region": REGION,
        "partition": "aws",
        "planRole": "",
        "applyRole": "",
    }
    assert names(checkout, "-e", "prod*") == ["production"]
    assert json.loads(checkout.call("targets").out) == found
    checkout.call("targets", "--format", "text").ends(0, f"registry  account {ACCOUNT}, {REGION}")


def test_only_what_changed_since(checkout: Cli) -> None:
    assert names(checkout, "--changed-since", "HEAD") == []
    path = checkout.folder / "manifests" / "shared.yaml"
    path.write_text("# a comment\n" + path.read_text())
    assert names(checkout, "--changed-since", "HEAD") == []
    path.write_text(path.read_text().replace("b:1", "b:2"))
    assert names(checkout, "--changed-since", "HEAD") == ["production"]
    assert names(checkout, "--changed-since", "HEAD", "-e", "registry") == []
    commit(checkout, "two")
    assert names(checkout, "--changed-since", "HEAD~1") == ["production"]


def test_a_manifest_that_vanished_counts_for_its_environment(checkout: Cli) -> None:
    checkout.write(environment(), group())
    assert names(checkout, "--changed-since", "HEAD") == ["registry"]


def test_where_the_earlier_ones_cannot_be_compared_all_count(checkout: Cli) -> None:
    checkout.write(environment(), group(), version("Not Valid"))
    commit(checkout, "broken")
    checkout.call("targets").ends(5, "E207")
    checkout.write(environment(), group(), version())
    assert names(checkout, "--changed-since", "HEAD") == ["production", "registry"]
    checkout.call("targets", "--changed-since", "HEAD").ends(0, "are not valid", "E207")
    assert names(checkout, "--changed-since", "0" * 40) == ["production", "registry"]


def test_what_goes_wrong_says_what_to_do(checkout: Cli) -> None:
    checkout.call("targets", "--changed-since", "nope").ends(64, "fetch-depth: 0")
    checkout.call("targets", "--changed-since=-x").ends(64, "is not a revision")
    (checkout.folder / "empty").mkdir()
    checkout.call("targets", "empty").ends(5, "no manifest found")


def test_the_outputs_of_a_step(checkout: Cli) -> None:
    output = checkout.folder / "output"
    env = checkout.env(GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output))
    result = checkout.run("targets", "--format", "json", "-e", "registry", env=env).ends(0)
    written = output.read_text()
    matrix = json.dumps(result.document, separators=(",", ":"))
    assert f"\n{matrix}\n" in written
    assert written.startswith("matrix<<")
    assert "\ncount<<" in written
    assert "\nenvironments<<" in written
    assert "\nregistry\n" in written


def test_only_what_has_something_to_apply(checkout: Cli, sandbox: SandboxServer) -> None:
    plans = checkout.folder / "plans"
    for name, account in (("registry", ACCOUNT), ("production", OTHER)):
        (plans / name).mkdir(parents=True)
        out = str(plans / name / "plan.json")
        env = checkout.env(sandbox, account=account)
        checkout.call("plan", "manifests", "-e", name, "--out", out, env=env).ends(0)
    assert names(checkout, "--with-changes", "plans") == ["production", "registry"]
    registry = ("manifests", "-e", "registry")
    checkout.call("apply", *registry, "--yes", env=checkout.env(sandbox)).ends(0)
    out = str(plans / "registry" / "plan.json")
    checkout.call("plan", *registry, "--out", out, env=checkout.env(sandbox))
    assert names(checkout, "--with-changes", "plans") == ["production"]
    assert names(checkout, "--with-changes", "plans/registry") == []


def test_an_environment_that_there_is_not_is_no_empty_list(checkout: Cli) -> None:
    checkout.call("targets", "-e", "registri").ends(
        64, "there is no Environment 'registri'", "known: production, registry"
    )


def test_an_environment_whose_plan_failed_has_nothing_to_apply(
    checkout: Cli, sandbox: SandboxServer
) -> None:
    (checkout.folder / "plans").mkdir()
    out = ("plans/plan-registry.json", "plans/plan-production.json")
    for name, path, ends in (("registry", out[0], 0), ("production", out[1], 1)):
        env = checkout.env(sandbox, account=ACCOUNT)  # that of the registry
        checkout.call("plan", "manifests", "-e", name, "--out", path, env=env).ends(ends)
    error = json.loads((checkout.folder / out[1]).read_text())
    assert error["document"] == "error"
    assert error["what"]
    assert names(checkout, "--with-changes", "plans") == ["registry"]
    assert names(checkout, "--with-changes", out[1]) == []
