"""Every rule of the canonical form (policies.md A1.4) and every hazard (A1.3)."""

from __future__ import annotations

import pytest
from policy_samples import CONSUMER, ROLE, ROOT, STRANGER, allow, without

from reconciler.core.data import Json
from reconciler.policy.canonical import (
    canonical_document,
    canonical_statement,
    dangling_principals,
    differ_by_sessions_only,
    difference,
    equal,
    equal_statements,
    fingerprint,
)
from reconciler.policy.document import PolicyDocument, Statement, document

CN_ROOT = f"arn:aws-cn:iam::{CONSUMER}:root"
GOV_ROOT = f"arn:aws-us-gov:iam::{CONSUMER}:root"
SESSION = f"arn:aws:sts::{CONSUMER}:assumed-role/deployer/ci"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
        ({"Principal": {"AWS": CONSUMER}}, {"Principal": {"AWS": [ROOT]}}),
        ({"Principal": {"AWS": CONSUMER}}, {"Principal": {"AWS": CN_ROOT}}),
        ({"Principal": {"AWS": CONSUMER}}, {"Principal": {"AWS": GOV_ROOT}}),
        ({"Principal": {"AWS": int(CONSUMER)}}, {"Principal": {"AWS": CONSUMER}}),
        ({"Principal": {"AWS": [ROLE, ROOT]}}, {"Principal": {"AWS": [CONSUMER, ROLE]}}),
        ({"Principal": {"AWS": [ROOT, CONSUMER]}}, {"Principal": {"AWS": CONSUMER}}),
        ({"Principal": {"AWS": ROLE, "Service": []}}, {"Principal": {"AWS": ROLE}}),
        ({"NotPrincipal": {"AWS": ROOT}}, {"NotPrincipal": {"AWS": [CONSUMER]}}),
        ({"Action": "s3:getobject"}, {"Action": ["S3:GetObject"]}),
        ({"Action": ["a:B", "a:C", "a:B"]}, {"Action": ["a:C", "a:B"]}),
        ({"NotAction": "a:B"}, {"NotAction": ["A:b"]}),
        ({"Resource": ["b", "a", "b"]}, {"Resource": ["a", "b"]}),
        ({"Effect": "allow"}, {"Effect": "Allow"}),
        ({"Sid": ""}, {}),
        ({"Sid": 1}, {"Sid": "1"}),
        ({"Condition": {"Bool": {"k": True}}}, {"Condition": {"Bool": {"K": ["true"]}}}),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "::1"}}},) * 2,
        (
            {"Condition": {"IpAddress": {"aws:sourceip": "::1"}}},
            {"Condition": {"IpAddress": {"aws:SourceIp": ["::1"]}}},
        ),
        (
            {"Condition": {"StringLike": {"k": ["a", "b", "a"]}}},
            {"Condition": {"StringLike": {"k": ["b", "a", "b"]}}},
        ),
        (
            {"Condition": {"NumericLessThan": {"k": 100.0}}},
            {"Condition": {"NumericLessThan": {"k": ["100"]}}},
        ),
        ({"Condition": {}}, {}),
        ({"Condition": {"Bool": {}}}, {}),
    ],
)
def test_the_same_meaning_is_equal(one: Statement, other: Statement) -> None:
    base = without(allow(), *one)
    assert equal_statements({**base, **one}, {**base, **other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": "*"}, {"Principal": CONSUMER}),
        ({"Principal": "*"}, {"Principal": {"AWS": CONSUMER}}),
        ({"Principal": "*"}, {}),
        ({"Principal": {}}, {}),
        ({"Principal": {"AWS": []}}, {"Principal": "*"}),
        ({"Principal": CONSUMER}, {"Principal": {"AWS": CONSUMER}}),
        ({"Principal": CONSUMER}, {"Principal": STRANGER}),
        ({"Principal": CONSUMER}, {}),
        ({"Principal": {"AWS": ROLE}}, {"NotPrincipal": {"AWS": ROLE}}),
        ({"Principal": {"AWS": ROLE}}, {"Principal": {"Service": ROLE}}),
        ({"Principal": {"Service": ROOT}}, {"Principal": {"Service": CONSUMER}}),
        ({"Principal": {"AWS": ROLE}}, {"Principal": {"AWS": ROLE.upper()}}),
        ({"Principal": {"AWS": ROLE}}, {"Principal": {"AWS": SESSION}}),
        ({"Principal": {"AWS": ROLE}}, {"Principal": {"AWS": "AROAEXAMPLE123456"}}),
        ({"Action": "a:B"}, {"NotAction": "a:B"}),
        ({"Action": "a:B"}, {"Action": " a:B"}),
        ({"Action": []}, {}),
        ({"Resource": "arn:aws:s3:::Bucket"}, {"Resource": "arn:aws:s3:::bucket"}),
        ({"Resource": "a"}, {"NotResource": "a"}),
        ({"Effect": "Allow"}, {"Effect": "Deny"}),
        ({"Sid": "a"}, {"Sid": "A"}),
        ({"Sid": None}, {}),
        ({"Sid": ["a"]}, {"Sid": "a"}),
        (
            {"Condition": {"StringEquals": {"k": "A"}}},
            {"Condition": {"StringEquals": {"k": "a"}}},
        ),
        (
            {"Condition": {"StringLike": {"k": "a"}}},
            {"Condition": {"StringEquals": {"k": "a"}}},
        ),
        ({"Condition": {"Bool": {"k": []}}}, {"Condition": {"Bool": {}}}),
        (
            {"Condition": {"Bool": {"k": ["a"], "K": ["b"]}}},
            {"Condition": {"Bool": {"k": ["a", "b"]}}},
        ),
        ({"Unknown": ["a", "b"]}, {"Unknown": ["b", "a"]}),
        ({"Unknown": 1}, {}),
        ({"Action": {"a": 1}}, {"Action": {"a": 2}}),
        ({"Action": [["a"]]}, {"Action": "a"}),
        ({"Action": [None]}, {"Action": []}),
    ],
)
def test_another_meaning_is_not_equal(one: Statement, other: Statement) -> None:
    base = without(allow(), *one, *other)
    assert not equal_statements({**base, **one}, {**base, **other})
    assert not equal(document({**base, **one}), document({**base, **other}))


A, B = allow(Sid="A"), allow(Sid="B")


def test_statements_match_one_to_one_in_any_order() -> None:
    assert equal(document(A, B, A), document(B, A, A))
    assert not equal(document(A, A, B), document(A, B, B))
    assert not equal(document(A), document(A, A))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"Version": "2008-10-17"}, True),
        ({}, {"Version": "2012-10-17"}, False),
        ({"Id": ""}, {}, True),
        ({"Id": "a"}, {}, False),
        ({"Statement": A}, {"Statement": [A]}, True),
        ({"Statement": []}, {}, True),
        ({"Other": 1}, {}, False),
    ],
)
def test_documents(one: dict[str, Json], other: dict[str, Json], *, same: bool) -> None:
    assert equal(PolicyDocument(one), PolicyDocument(other)) is same


def test_the_canonical_forms_are_json_that_people_can_read() -> None:
    form = canonical_statement(
        allow(Principal={"AWS": [ROOT, ROLE]}, Condition={"Bool": {"aws:SecureTransport": True}})
    )
    assert form == {
        "Sid": "",
        "Effect": "Allow",
        "Principal": {"AWS": [CONSUMER, ROLE]},
        "Action": ["sagemaker:describemodelpackage"],
        "Resource": [str(allow()["Resource"])],
        "Condition": {"Bool": {"aws:securetransport": ["true"]}},
    }
    assert canonical_document(document()) == {"Id": "", "Version": "2012-10-17", "Statement": []}


def test_fingerprints_follow_meaning_not_spelling() -> None:
    assert fingerprint([A, B]) == fingerprint([B, {**A, "Effect": "allow"}])
    assert fingerprint([A, B]) != fingerprint([A, B, B])


def test_the_difference_counts() -> None:
    found = difference([A, A, B], [A, B, B])
    assert (found.missing, found.unexpected) == ((A,), (B,))
    assert found
    assert not difference([A, B], [B, A])


def test_deleted_roles_and_users_are_found_in_both_elements() -> None:
    statements = [
        allow(Sid="one", Principal={"AWS": ["AROAEXAMPLE", ROLE, "AIDAEXAMPLE:session"]}),
        without(allow(NotPrincipal={"AWS": "AROATWO"}), "Principal"),
        allow(Principal="*"),
    ]
    found = [(each.sid, each.principal) for each in dangling_principals(statements)]
    assert found == [("one", "AROAEXAMPLE"), ("one", "AIDAEXAMPLE:session"), ("", "AROATWO")]


def test_a_session_for_its_role_is_a_class_of_its_own() -> None:
    with_role, with_session = (allow(Principal={"AWS": [each]}) for each in (ROLE, SESSION))
    assert not equal_statements(with_role, with_session)
    assert differ_by_sessions_only(with_role, with_session)
    assert not differ_by_sessions_only(with_role, with_role)
    assert not differ_by_sessions_only(with_role, allow(Principal={"AWS": ROOT}))
    assert not differ_by_sessions_only(allow(Principal="*"), allow(Principal={"AWS": None}))
