"""What is wrong with a CrossAccountPolicy and known offline: where, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from builders import REGION, REGISTRY, TRAINING, Doc, environment, group, manifest, state, text

from reconciler.core.problem import Problem, Severity
from reconciler.engine.desired import resolve
from reconciler.kinds import HANDLERS
from reconciler.manifest.document import SourceFile
from reconciler.manifest.load import parse
from reconciler.policy.ownership import identity_hash

CONSUMER = "333333333333"
ROLE = f"arn:aws:iam::{CONSUMER}:role/deployer"
ROOT = f"arn:aws:iam::{CONSUMER}:root"
KEY = f"arn:aws:kms:{REGION}:{TRAINING}:key/0a1b"
RAW = {
    "Effect": "Allow",
    "Principal": {"AWS": [CONSUMER]},
    "Action": "sagemaker:DescribeModelPackageGroup",
    "Resource": f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package-group/churn",
}
GRANT = {"principals": [CONSUMER], "access": ["deploy"]}
FILE = "policies/churn.yaml"


def policy(name: str = "churn-consumers", **spec: Any) -> Doc:
    own = {"environment": "registry", "modelPackageGroups": ["churn"], "grants": [GRANT]}
    return manifest("CrossAccountPolicy", name, own | spec)


def artifacts(**parts: Any) -> Doc:
    return {"environment": "training"} | parts


def problems(*policies: Doc, more: tuple[Doc, ...] = ()) -> list[Problem]:
    """Return the errors of some policies, which have a file of their own."""
    base = [environment(), environment("training", TRAINING), group(), *more]
    files = [SourceFile("base.yaml", text(base)), SourceFile(FILE, text(policies))]
    return list(resolve(parse(files), HANDLERS).errors)


@dataclass(frozen=True)
class Wrong:
    """A spec with one mistake: the problem's code and path, words of it, words of the fix."""

    spec: Doc
    code: str
    path: str
    what: str
    fix: str


WRONG: dict[str, Wrong] = {
    "a group that is not declared": Wrong(
        {"modelPackageGroups": ["churn", "chrun"]},
        "E305",
        "spec.modelPackageGroups[1]",
        "'chrun'",
        "did you mean 'churn'?",
    ),
    "an environment that is not declared": Wrong(
        {"environment": "registy"}, "E304", "spec.environment", "'registy'", "'registry'"
    ),
    "an owner of artifacts that is not declared": Wrong(
        {"artifacts": [artifacts(), artifacts(environment="trainig")]},
        "E304",
        "spec.artifacts[1].environment",
        "'trainig'",
        "'training'",
    ),
    "a key of another account": Wrong(
        {"artifacts": [artifacts(keys=[{"keyArn": KEY.replace(TRAINING, REGISTRY)}])]},
        "E227",
        "spec.artifacts[0].keys[0].keyArn",
        REGISTRY,
        "name the environment that owns the key",
    ),
    "a key of another region": Wrong(
        {"artifacts": [artifacts(keys=[{"keyArn": KEY.replace(REGION, "us-east-1")}])]},
        "E227",
        "spec.artifacts[0].keys[0].keyArn",
        "us-east-1",
        "name the environment that owns the key",
    ),
    "a principal of another partition": Wrong(
        {"grants": [GRANT | {"principals": [CONSUMER, ROLE.replace("aws", "aws-cn", 1)]}]},
        "E227",
        "spec.grants[0].principals[1]",
        "aws-cn",
        "partition 'aws'",
    ),
    "the owner as its own consumer": Wrong(
        {"grants": [GRANT | {"principals": [REGISTRY]}]},
        "E240",
        "spec.grants[0].principals[0]",
        REGISTRY,
        "a role of the account",
    ),
    "the owner's root as its own consumer": Wrong(
        {"grants": [GRANT | {"principals": [f"arn:aws:iam::{REGISTRY}:root"]}]},
        "E240",
        "spec.grants[0].principals[0]",
        REGISTRY,
        "a role of the account",
    ),
    "a role that is to discover": Wrong(
        {"discoverable": True, "grants": [GRANT, GRANT | {"principals": [CONSUMER, ROLE]}]},
        "E241",
        "spec.grants[1].principals[1]",
        ROLE,
        "name the account",
    ),
    "nobody who is to discover": Wrong(
        {"discoverable": True, "grants": [], "statements": [RAW]},
        "E241",
        "spec.discoverable",
        "nobody",
        "add grants",
    ),
    "nothing granted": Wrong({"grants": []}, "E204", "spec", "grants nothing", "ensure: absent"),
    "an effect in a list": Wrong(
        {"statements": [RAW, RAW | {"Effect": ["Allow"]}]},
        "E242",
        "spec.statements[1].Effect",
        "no Effect of Allow or Deny",
        'Effect: "Allow"',
    ),
    "everyone in a list": Wrong(
        {"statements": [RAW | {"Principal": ["*"]}]},
        "E242",
        "spec.statements[0].Principal",
        "a list, not a mapping",
        '"AWS"',
    ),
    "an action in a list in a list": Wrong(
        {"statements": [RAW | {"Action": [["sagemaker:*"]]}]},
        "E242",
        "spec.statements[0].Action[0]",
        "a list in Action",
        "texts",
    ),
    "everyone, nested": Wrong(
        {"statements": [RAW | {"Principal": {"AWS": [["*"]]}}]},
        "E242",
        "spec.statements[0].Principal.AWS[0]",
        "a list in Principal.AWS",
        "texts",
    ),
    "a statement without resource": Wrong(
        {"statements": [{key: RAW[key] for key in RAW if key != "Resource"}]},
        "E242",
        "spec.statements[0]",
        "either Resource or NotResource",
        "Resource with the values",
    ),
    "an unknown element": Wrong(
        {"statements": [RAW | {"Sidd": "x"}]},
        "E242",
        "spec.statements[0].Sidd",
        "unknown keys Sidd",
        "without them",
    ),
    "a Sid of their own": Wrong(
        {"statements": [RAW | {"Sid": "Mine"}]},
        "E242",
        "spec.statements[0].Sid",
        "has a Sid",
        "leave Sid out",
    ),
    "a wildcard principal": Wrong(
        {"grants": [GRANT | {"principals": ["*"]}]}, "E207", "spec.grants[0].principals[0]", "*", ""
    ),
    "an access level that does not exist": Wrong(
        {"grants": [GRANT | {"access": ["deploi"]}]},
        "E206",
        "spec.grants[0].access[0]",
        "deploi",
        "deploy",
    ),
    "an alias for a key": Wrong(
        {"artifacts": [artifacts(keys=[{"keyArn": KEY.replace("key/", "alias/")}])]},
        "E207",
        "spec.artifacts[0].keys[0].keyArn",
        "alias/0a1b",
        "",
    ),
    "a wildcard in a prefix": Wrong(
        {"artifacts": [artifacts(buckets=[{"name": "acme-models", "prefix": "ch*"}])]},
        "E207",
        "spec.artifacts[0].buckets[0].prefix",
        "ch*",
        "",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_its_place_and_a_way_out(case: str) -> None:
    wrong = WRONG[case]
    (found,) = problems(policy(**wrong.spec))
    assert (found.code, found.path) == (wrong.code, wrong.path)
    assert wrong.what in found.what
    assert wrong.fix in found.fix
    assert found.fix
    assert found.where.path == FILE
    assert found.where.line
    assert found.where.line > 1
    assert found.where.column


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"discoverable": True},
        {
            "discoverable": True,
            "grants": [GRANT | {"principals": [f"arn:aws:iam::{CONSUMER}:root"]}],
        },
        {"ensure": "absent", "grants": []},
        {"ensure": "absent", "discoverable": True, "grants": [GRANT | {"principals": [ROLE]}]},
        {"grants": [GRANT | {"principals": [f"arn:aws:iam::{REGISTRY}:role/own"]}]},
        {"grants": [], "statements": [RAW]},
        {"modelPackageGroups": ["churn", "churn"]},
        {"ensure": "absent", "statements": [{"Effect": "Allow"}]},
        {"artifacts": [artifacts(keys=[{"keyArn": KEY}], buckets=[{"name": "acme-models"}])]},
    ],
)
def test_what_is_right_is_no_problem(spec: Doc) -> None:
    assert problems(policy(**spec)) == []


def test_every_mistake_of_every_policy_is_told_at_once() -> None:
    found = problems(policy(modelPackageGroups=["a", "b"]), policy("other", grants=[]))
    assert [each.code for each in found] == ["E305", "E305", "E204"]
    assert all(each.severity is Severity.ERROR for each in found)


def test_two_names_whose_hashes_collide_are_refused() -> None:
    one, other = colliding()
    (found,) = problems(policy(one), policy(other))
    assert (found.code, found.path) == ("E307", "metadata.name")
    assert one in found.what
    assert other in found.what
    assert found.fix == "rename one of the two"


def colliding() -> tuple[str, str]:
    """Return two names whose identities have one hash, found by trying (a birthday takes 2^16)."""
    seen: dict[str, str] = {}
    for number in range(1_000_000):
        name = f"policy-{number}"
        known = seen.setdefault(identity_hash(f"registry/{name}"), name)
        if known != name:
            return known, name
    raise AssertionError("a hash of 32 bits has no collision among a million names")


def test_one_bucket_under_two_environments_of_an_account_is_refused() -> None:
    """Each would take away the other's statements, in every run, for both speak for all manifests.

    Buckets are of an account, and environments are of an account and a region.
    """
    elsewhere = environment("training-us", TRAINING, region="us-east-1")
    bucket = [{"name": "acme-models"}]
    both = [
        policy(artifacts=[artifacts(buckets=bucket)]),
        policy("other", artifacts=[artifacts(environment="training-us", buckets=bucket)]),
    ]
    (found,) = problems(*both, more=(elsewhere,))
    assert (found.code, found.path) == ("E307", "spec.artifacts[0].buckets[0]")
    assert "arn:aws:s3:::acme-models" in found.what
    assert "'training'" in found.fix
    apart = [both[0], policy("other", artifacts=[artifacts(environment="training-us")])]
    assert problems(*apart, more=(elsewhere,)) == []


@pytest.mark.parametrize(
    ("parts", "path", "carrier"),
    [
        ({"repositories": ["decision-trees"]}, "repositories[0]", "repository/decision-trees"),
        ({"keys": [{"keyArn": KEY}]}, "keys[0]", KEY),
        ({"keys": [{"keyArn": KEY, "via": "grant"}]}, "keys[0]", KEY),
    ],
)
def test_what_two_environments_of_an_account_name_is_refused_for_one_of_them(
    parts: Doc, path: str, carrier: str
) -> None:
    """Of one account and one region: in another region it is another repository, or key."""
    again = environment("training-2", TRAINING)
    both = [
        policy(artifacts=[artifacts(**parts)]),
        policy("other", artifacts=[artifacts(environment="training-2", **parts)]),
    ]
    (found,) = problems(*both, more=(again,))
    assert (found.code, found.path) == ("E307", f"spec.artifacts[0].{path}")
    assert carrier in found.what
    if "repositories" in parts:
        elsewhere = environment("training-2", TRAINING, region="us-east-1")
        assert problems(*both, more=(elsewhere,)) == []


def test_one_group_under_two_environments_of_an_account_is_refused() -> None:
    again = (environment("registry-2"), group("churn", "registry-2"))
    both = [policy(), policy("other", environment="registry-2")]
    found = problems(*both, more=again)
    assert "E307" in {each.code for each in found}
    unnamed = problems(policy(), more=again)
    assert "E307" in {each.code for each in unnamed}, "its statements would be taken for left over"


def test_several_manifests_may_speak_about_one_document() -> None:
    bucket = [{"name": "acme-models"}]
    both = [policy(f"p-{each}", artifacts=[artifacts(buckets=bucket)]) for each in range(2)]
    assert problems(*both) == []
    found = state([environment(), environment("training", TRAINING), group(), *both]).resources
    assert [each.key.name for each in found if each.key.kind == "BucketPolicy"] == ["acme-models"]
