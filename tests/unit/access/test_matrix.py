"""`access matrix`: as declared, as live, and as a graph that cannot be bent by names."""

from __future__ import annotations

import json
import re

import pytest
from access_support import CONSUMER, GROUP, ROLE, VERSION, documents, policy
from builders import REGISTRY, Doc, environment, workspace
from live import Lab

from reconciler.access.matrix import declared_matrix, live_matrix
from reconciler.core.access import AccessMatrix, Permit, UncertainAction
from reconciler.render.access import matrix_document, matrix_lines, matrix_mermaid, mermaid_label
from reconciler.render.document import to_json
from reconciler.render.lines import plain

VERSIONS = VERSION.removesuffix("1") + "*"
NO_ARTIFACTS = policy("", CONSUMER, artifacts=[], discoverable=True)


def test_declared_access_by_group_and_principal() -> None:
    grants = [
        {"principals": [CONSUMER, ROLE], "access": ["read"]},
        {"principals": [f"arn:aws:iam::{CONSUMER}:root"], "access": ["deploy"]},
    ]
    raw = {
        "Effect": "Allow",
        "Principal": {"AWS": "444444444444"},
        "Action": "sagemaker:DescribeModelPackage",
        "Resource": GROUP,
    }
    docs = documents(
        environment("production", CONSUMER),
        policy("", grants=grants, artifacts=[], statements=[raw]),
    )
    found = declared_matrix(workspace(docs))
    assert [(each.principal, each.environment, each.access) for each in found.permits] == [
        (CONSUMER, "production", ("read", "deploy")),
        ("444444444444", "", ()),
        (ROLE, "production", ("read",)),
    ]
    assert found.permits[1].actions == ("statements",)


def test_what_is_taken_away_is_not_shown() -> None:
    docs = documents(policy("", artifacts=[], ensure="absent"))
    assert not declared_matrix(workspace(docs)).permits


def test_live_access_counts_levels_by_what_every_version_allows(lab: Lab) -> None:
    docs = documents(policy("", CONSUMER, artifacts=[]))
    lab.settle(docs)
    text = lab.boto().get_model_package_group_policy(ModelPackageGroupName="churn")
    document = json.loads(text["ResourcePolicy"])
    document["Statement"].append(
        {
            "Sid": "OneVersion",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{REGISTRY}:root"},
            "Action": "sagemaker:DeleteModelPackage",
            "Resource": GROUP,
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        }
    )
    lab.boto().put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=json.dumps(document)
    )
    found = live_matrix(lab.planning.reads(), workspace(docs))
    own, consumer = sorted(found.permits, key=lambda each: each.principal)
    assert consumer.access == ("discover", "read", "deploy")
    assert not consumer.actions
    assert own.unknown == (
        UncertainAction("sagemaker:DeleteModelPackage", ("aws:principalorgid",)),
    )
    assert not found.unread
    assert "resource shares" in found.not_evaluated
    lines = plain(matrix_lines(found))
    assert "sagemaker:DeleteModelPackage (not certain: aws:principalorgid)" in lines


def live(lab: Lab, *statements: Doc) -> dict[str, Permit]:
    """Return what is told of a group whose policy consists of some statements, by principal."""
    docs = documents()
    lab.settle(docs)
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    lab.boto().put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=text)
    found = live_matrix(lab.planning.reads(), workspace(docs))
    return {each.principal: each for each in found.permits}


def says(effect: str, resource: str = VERSIONS, **elements: object) -> Doc:
    names = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    return {"Sid": effect, "Effect": effect, "Action": names, "Resource": resource, **elements}


@pytest.mark.parametrize(
    ("denial", "reason"),
    [
        (says("Deny", VERSION, Principal="*"), f"which of {VERSIONS} is meant"),
        (says("Deny", Principal={"AWS": ROLE}), f"who of {CONSUMER} asks"),
        (
            says("Deny", NotPrincipal={"AWS": f"arn:aws:iam::{CONSUMER}:root"}),
            "whether NotPrincipal spares whom it names only in part",
        ),
    ],
)
def test_a_denial_that_may_hold_leaves_no_certain_level(lab: Lab, denial: Doc, reason: str) -> None:
    allowing = says("Allow", Principal={"AWS": CONSUMER}, Resource=[GROUP, VERSIONS])
    permit = live(lab, allowing, denial)[CONSUMER]
    assert not permit.access
    by_action = {each.action: each.depends_on for each in permit.unknown}
    assert by_action["sagemaker:DescribeModelPackage"] == (reason,)


def test_everybody_is_shown_as_such(lab: Lab) -> None:
    condition = {"StringEquals": {"aws:PrincipalAccount": CONSUMER}}
    found = live(lab, says("Allow", Principal="*", Condition=condition))
    assert set(found) == {"*"}
    assert found["*"].unknown[0].depends_on == ("aws:principalaccount",)


def test_everybody_but_one_is_everybody_and_not_the_one(lab: Lab) -> None:
    found = live(lab, says("Allow", NotPrincipal={"AWS": ROLE}))
    assert set(found) == {"*"}
    assert "sagemaker:DescribeModelPackage" in found["*"].actions


def test_text_and_json_say_the_same() -> None:
    found = declared_matrix(workspace(documents(NO_ARTIFACTS)))
    text = plain(matrix_lines(found))
    assert f"  {CONSUMER}  deploy, discoverable  by consumers" in text
    data = json.loads(to_json(matrix_document(found)))
    assert data["document"] == "access-matrix"
    assert data["permits"][0]["access"] == ["deploy"]


def test_a_deleted_principal_and_an_unread_group_are_said_everywhere() -> None:
    gone = Permit("registry", "churn", GROUP, "AROAEXAMPLE", "", ("read",), dangling=True)
    found = AccessMatrix((gone,), live=True, unread={GROUP + "2": "no"}, not_evaluated="x")
    text = plain(matrix_lines(found))
    assert "AROAEXAMPLE  read, deleted in IAM" in text
    assert f"unknown: {GROUP}2: no" in text
    graph = matrix_mermaid(found)
    assert '"read, deleted in IAM"' in graph
    assert f'  u1["unknown: {GROUP}2: no"]' in graph
    data = json.loads(to_json(matrix_document(found)))
    assert data["permits"][0]["dangling"] is True
    assert data["unread"] == [{"groupArn": f"{GROUP}2", "why": "no"}]


def test_nobody_is_said_in_words() -> None:
    text = plain(matrix_lines(AccessMatrix((), live=False, unread={}, not_evaluated="x")))
    assert text.startswith("Nobody outside")


def test_the_graph_connects_principals_with_groups() -> None:
    text = matrix_mermaid(declared_matrix(workspace(documents(NO_ARTIFACTS))))
    assert text.splitlines() == [
        "graph LR",
        f'  p1(["{CONSUMER}"])',
        '  g1["registry/churn"]',
        '  p1 -- "deploy, discoverable" --> g1',
    ]


HOSTILE = 'a"]; click x href "javascript:alert(1)" <b>&lt;\n\u202eend --> b\x1b[2J `#quot;`'


def test_labels_are_inert() -> None:
    permit = Permit(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    text = matrix_mermaid(AccessMatrix((permit,), live=True, unread={}, not_evaluated=""))
    labels = re.findall(r'"([^"]*)"', text)
    assert len(labels) == 3
    assert not [each for label in labels for each in label if each in "<>&`\n\x1b\u202e\"';\\[]{}"
                and each != ";"]  # fmt: skip
    assert all(re.fullmatch(r"(?:[^#;]|#[0-9]+;)*", label) for label in labels)
    assert len(text.splitlines()) == 4
    assert mermaid_label("arn:aws:iam::1:role/a_b-c") == "arn:aws:iam::1:role/a_b-c"
