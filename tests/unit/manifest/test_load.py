"""From texts to a workspace: envelopes, identities, environments, and problems said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.environment import AssumeRole, GuardSettings, OnDrift
from reconciler.engine.desired import resolve
from reconciler.kinds import HANDLERS
from reconciler.manifest.document import SourceFile
from reconciler.manifest.load import load, parse
from reconciler.manifest.models import ModelPackageGroupSpec
from reconciler.manifest.source import MissingRoot
from reconciler.manifest.workspace import Workspace

ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
metadata: {name: registry}
spec: {accountId: "111111111111", region: eu-west-1, owner: acme}
"""
GROUP = """\
apiVersion: reconciler/v1
kind: ModelPackageGroup
metadata: {name: churn, labels: {team: growth}}
spec: {environment: registry}
"""
FRAGMENT = """\
apiVersion: reconciler/v1
kind: InferenceSpecification
metadata: {name: tabular}
spec: {containers: [{image: x}], supportedContentTypes: [1]}
"""
VERSION = """\
apiVersion: reconciler/v1
kind: ModelPackage
metadata: {name: v%d}
spec:
  environment: registry
  modelPackageGroup: churn
  inferenceSpecification: {ref: tabular}
"""


def parsed(*texts: str) -> Workspace:
    """Return the workspace of some files."""
    return parse([SourceFile(f"{number}.yaml", text) for number, text in enumerate(texts)])


def said(workspace: Workspace) -> list[str]:
    return [f"{each.where} {each.code} {each.path}" for each in workspace.problems]


def said_of(*texts: str) -> list[str]:
    """Return what is wrong once every kind has had its say."""
    return [
        f"{each.where} {each.code}" for each in resolve(parsed(*texts), HANDLERS).problems
    ]  # fmt: skip


def test_manifests_keep_the_order_of_files_and_documents() -> None:
    second = GROUP.replace("churn", "fraud")
    workspace = parsed(GROUP + "---\n" + second, "---\n---\n" + ENVIRONMENT)
    assert workspace.is_valid
    assert [each.name for each in workspace.manifests] == ["churn", "fraud", "registry"]
    assert workspace.document_count == 3
    (churn, fraud) = workspace.of("ModelPackageGroup", ModelPackageGroupSpec)
    assert churn.labels == {"team": "growth"}
    assert str(fraud.where) == "0.yaml:6:1"
    assert str(fraud.locate(("metadata", "name"))) == "0.yaml:8:18"


def test_an_environment_has_safe_defaults() -> None:
    found = parsed(ENVIRONMENT).environments["registry"]
    assert (found.account_id, found.region, found.owner) == ("111111111111", "eu-west-1", "acme")
    assert (found.assume_role, found.guards) == (AssumeRole(), GuardSettings())
    assert found.on_drift is OnDrift.REPORT
    assert found.artifact_buckets == {}
    assert found.watch_policies is False


def test_an_environment_says_all_that_it_can_say() -> None:
    role = "arn:aws:iam::111111111111:role/"
    more = (
        f", assumeRole: {{plan: {role}p, apply: {role}a, externalId: id-1}}, guards: "
        "{maxChanges: 3, maxChangePercent: 0}, approvals: {onDrift: revert}, "
        "artifactBuckets: {acme: us-east-1}, watchPolicies: true}"
    )
    found = parsed(ENVIRONMENT.replace("owner: acme}", "owner: acme" + more))
    environment = found.environments["registry"]
    assert environment.assume_role == AssumeRole(f"{role}p", f"{role}a", "id-1")
    assert environment.guards == GuardSettings(3, 0)
    assert environment.on_drift is OnDrift.REVERT
    assert environment.artifact_buckets == {"acme": "us-east-1"}
    assert environment.watch_policies is True


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("apiVersion: reconciler/v1\n", "", ["0.yaml:1:1 E204 apiVersion"]),
        ("kind: ModelPackageGroup\n", "", ["0.yaml:1:1 E204 kind"]),
        ("reconciler/v1", "reconciler/v2", ["0.yaml:1:13 E201 apiVersion"]),
        ("reconciler/v1", "1", ["0.yaml:1:13 E201 apiVersion"]),
        ("ModelPackageGroup", "modelPackageGroup", ["0.yaml:2:7 E202 kind"]),
        ("ModelPackageGroup", "[a]", ["0.yaml:2:7 E202 kind"]),
        ("ModelPackageGroup", "12", ["0.yaml:2:7 E202 kind"]),
        ("{name: churn, labels: {team: growth}}", "{}", ["0.yaml:3:1 E204 metadata.name"]),
        ("name: churn", "name: -churn", ["0.yaml:3:18 E207 metadata.name"]),
        ("team: growth", "team: 1", ["0.yaml:3:40 E205 metadata.labels.team"]),
        ("{environment: registry}", "{}", ["0.yaml:4:1 E204 spec.environment"]),
        ("environment: registry", "environment: regstry", ["0.yaml:4:21 E304 spec.environment"]),
    ],
)
def test_an_envelope_that_is_wrong_is_said_at_its_place(
    wrong: str, right: str, expected: list[str]
) -> None:
    assert said(parsed(GROUP.replace(wrong, right), ENVIRONMENT)) == expected


def test_an_unknown_environment_is_said_beside_what_else_is_wrong() -> None:
    group = GROUP.replace("team: growth", "team: 1").replace("registry", "regstry")
    assert said(parsed(group, ENVIRONMENT)) == [
        "0.yaml:3:40 E205 metadata.labels.team",
        "0.yaml:4:21 E304 spec.environment",
    ]


def test_a_name_that_no_environment_can_have_is_wrong_only_once() -> None:
    group = GROUP.replace("environment: registry", "environment: 'a b'")
    assert said(parsed(group, ENVIRONMENT)) == ["0.yaml:4:21 E207 spec.environment"]


def test_only_kinds_that_have_an_environment_are_asked_for_it() -> None:
    fragment = FRAGMENT.replace("{containers", "{environment: nowhere, containers")
    found = said(parsed(fragment.replace("[1]", "[a/b]"), ENVIRONMENT))
    assert not [each for each in found if "E304" in each]
    assert "0.yaml:4:8 E203 spec.environment" in found


def test_the_same_name_twice_is_an_error_only_within_kind_and_environment() -> None:
    other = ENVIRONMENT.replace("registry", "training")
    same_elsewhere = GROUP.replace("environment: registry", "environment: training")
    assert said(parsed(ENVIRONMENT, other, GROUP, same_elsewhere)) == []
    assert said(parsed(ENVIRONMENT, GROUP, GROUP)) == ["2.yaml:3:18 E306 metadata.name"]
    assert said(parsed(ENVIRONMENT, ENVIRONMENT)) == ["1.yaml:3:18 E306 metadata.name"]


def test_a_problem_that_shows_through_several_references_is_said_once() -> None:
    found = said(parsed(ENVIRONMENT, GROUP, FRAGMENT, VERSION % 1, VERSION % 2))
    assert "2.yaml:4:58 E205 spec.supportedContentTypes[0]" in found
    assert sum(each.startswith("2.yaml:4:58 ") for each in found) == 1


def test_what_refers_to_an_invalid_manifest_is_not_at_fault() -> None:
    group = GROUP.replace("team: growth", "team: 1")
    version = (VERSION % 1).replace("{ref: tabular}", "{containers: [{image: x}], ").rstrip()
    version += "supportedContentTypes: [a/b], supportedResponseMIMETypes: [a/b]}\n"
    assert said_of(ENVIRONMENT, group, version) == ["1.yaml:3:40 E205"]
    assert said_of(ENVIRONMENT, version) == ["1.yaml:6:22 E305"]


def test_names_that_an_unreadable_file_may_declare_are_not_called_unknown() -> None:
    assert said_of("a: 'x\n", GROUP, VERSION % 1) == ["0.yaml:1:4 E110"]
    assert said_of("", GROUP, VERSION % 1) == [
        "1.yaml:4:21 E304",
        "2.yaml:5:16 E304",
        "2.yaml:7:33 E301",
    ]  # fmt: skip


def test_a_warning_leaves_a_workspace_valid() -> None:
    found = resolve(parsed(ENVIRONMENT, GROUP.replace("name: churn", "name: Churn")), HANDLERS)
    assert [each.code for each in found.problems] == ["W403"]
    assert found.errors == ()


def test_files_that_cannot_be_read_are_reported_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text(GROUP + ENVIRONMENT.replace("api", "---\napi", 1))
    (tmp_path / "broken.yaml").write_bytes(b"\xff\xff")
    (tmp_path / "README.md").write_text("not a manifest")
    workspace = load([tmp_path])
    assert [each.name for each in workspace.manifests] == ["churn", "registry"]
    assert [(Path(each.where.path).name, each.code) for each in workspace.problems] == [
        ("broken.yaml", "E105")
    ]


def test_a_root_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(MissingRoot, match=r"no such file or folder: .*nowhere"):
        load([tmp_path, tmp_path / "nowhere"])
