"""`access check` against documents that were applied, and against each one taken away again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from access_support import (
    BUCKET,
    CONSUMER,
    GROUP,
    REPOSITORY,
    ROLE,
    VERSION,
    Artifacts,
    administrator,
    documents,
    identity,
    policy,
)
from builders import TRAINING, environment, group, version, workspace
from live import Lab

from reconciler.access.evidence import intended
from reconciler.core.access import AccessAnswer, AccessResult, Verdict
from reconciler.policy.access import Purpose
from reconciler.render.access import answer_lines
from reconciler.render.lines import plain


def lacking(answer: AccessAnswer) -> dict[str, set[AccessResult]]:
    """Return the documents that do not let everything through, with the answers there."""
    found: dict[str, set[AccessResult]] = {}
    for row in answer.rows:
        if not row.enough:
            found.setdefault(row.document, set()).add(row.result)
    return found


def test_what_was_applied_is_complete(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, known=administrator())
    assert answer.complete, lacking(answer)
    assert answer.arn == VERSION
    assert {row.document for row in answer.rows} == {
        "group policy",
        "repository policy",
        "bucket policy",
        "key policy",
    }
    assert {row.environment for row in answer.rows} == {"registry", "training"}
    assert all(row.statement.startswith("Smr") for row in answer.rows)
    assert "not evaluated" in answer.not_evaluated


KEY_ALONE = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":'
    f'{{"AWS":"arn:aws:iam::{TRAINING}:root"}},"Action":"kms:*","Resource":"*"}}]}}'
)
Taking = Callable[[Artifacts], object]
DOCUMENTS: dict[str, Taking] = {
    "group policy": lambda a: a.lab.boto().delete_model_package_group_policy(
        ModelPackageGroupName="churn"
    ),
    "repository policy": lambda a: a.client("ecr").delete_repository_policy(repositoryName="trees"),
    "bucket policy": lambda a: a.client("s3").delete_bucket_policy(Bucket="acme-artifacts"),
    "key policy": lambda a: a.client("kms").put_key_policy(
        KeyId=a.key, PolicyName="default", Policy=KEY_ALONE
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_taking_one_document_away_names_exactly_that_one(
    artifacts: Artifacts, document: str
) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    DOCUMENTS[document](artifacts)
    answer = artifacts.ask(docs, known=administrator())
    assert lacking(answer) == {document: {AccessResult.MISSING}}
    suggested = [row.suggestion for row in answer.rows if row.suggestion]
    assert all(each["Principal"] == {"AWS": [ROLE]} for each in suggested)
    assert f'principals: ["{ROLE}"], access: [deploy]' in answer.remarks[-1]
    planned = artifacts.ask(docs, known=administrator(), plan=intended(workspace(docs)))
    assert planned.complete, lacking(planned)
    assert "CrossAccountPolicy" not in planned.remarks[-1]


def test_planned_answers_before_anything_is_applied(artifacts: Artifacts) -> None:
    bare = documents()
    artifacts.lab.settle(bare)
    docs = [*bare, policy(artifacts.key, via="grant")]
    now = artifacts.ask(docs, known=administrator())
    assert len(lacking(now)) == 4
    then = artifacts.ask(docs, known=administrator(), plan=intended(workspace(docs)))
    assert then.complete, lacking(then)
    assert then.planned
    assert {row.statement[:6] for row in then.rows if row.document == "key policy"} == {"grant "}
    absent = [*bare, policy(artifacts.key, ensure="absent")]
    gone = artifacts.ask(absent, known=administrator(), plan=intended(workspace(absent)))
    assert len(lacking(gone)) == 4


def test_a_document_that_its_caller_would_be_locked_out_of_is_not_planned(
    artifacts: Artifacts,
) -> None:
    """The guards of the plan judge what `--planned` shows, with the same caller."""
    bare = documents()
    artifacts.lab.settle(bare)
    kms = artifacts.client("kms")
    found = json.loads(kms.get_key_policy(KeyId=artifacts.key)["Policy"])
    caller = {"AWS": f"arn:aws:iam::{TRAINING}:user/sandbox"}
    denial = {"Sid": "NotYou", "Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    found["Statement"].append({**denial, "Principal": caller})
    kms.put_key_policy(
        KeyId=artifacts.key, Policy=json.dumps(found), BypassPolicyLockoutSafetyCheck=True
    )
    docs = [*bare, policy(artifacts.key)]
    answer = artifacts.ask(docs, known=administrator(), plan=intended(workspace(docs)))
    rows = [each for each in answer.rows if each.result is AccessResult.UNKNOWN]
    assert {each.document for each in rows} == {"key policy"}
    assert all("NotYou denies" in str(each) for each in rows)


def test_without_identity_policies_only_half_is_known(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key, CONSUMER))
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs)
    assert set().union(*lacking(answer).values()) == {AccessResult.NEEDS_IDENTITY}
    assert "via the principal's account" in answer.rows[0].why
    assert answer.verdict is Verdict.UNKNOWN
    text = plain(answer_lines(answer))
    assert f"Not known. {len(answer.rows)} of {len(answer.rows)} needs depend only on" in text
    assert "--identity-policy" in text
    narrow = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": [GROUP, VERSION]}
    half = artifacts.ask(docs, known=identity(narrow))
    assert lacking(half) == {
        name: {AccessResult.MISSING} for name in lacking(answer) if name != "group policy"
    }
    assert {row.place for row in half.rows if not row.enough} == {"identity policy"}
    assert half.verdict is Verdict.NO


def test_a_denial_is_named(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    denial = {"Sid": "NoKeys", "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    answer = artifacts.ask(docs, known=identity(allowed, denial))
    (row,) = [each for each in answer.rows if not each.enough]
    assert (row.result, row.action, row.statement) == (
        AccessResult.DENIED,
        "kms:Decrypt",
        "NoKeys",
    )


def test_the_caller_and_the_execution_role_are_asked_apart(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    runner = f"arn:aws:iam::{CONSUMER}:role/runner"
    answer = artifacts.ask(
        docs, known=administrator(), execution_role=runner, execution_identity=administrator()
    )
    assert set(lacking(answer)) == {"repository policy", "bucket policy", "key policy"}
    assert {row.principal for row in answer.rows if not row.enough} == {runner}


def test_who_registers_needs_the_registry_to_read_the_parts(artifacts: Artifacts) -> None:
    trainer = f"arn:aws:iam::{TRAINING}:role/trainer"
    grants = [{"principals": [TRAINING], "access": ["register"]}]
    docs = documents(policy(artifacts.key, grants=grants))
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, Purpose.REGISTER, trainer, known=administrator())
    assert answer.complete, lacking(answer)
    assert any("on whose behalf SageMaker reads" in row.why for row in answer.rows)
    DOCUMENTS["bucket policy"](artifacts)
    answer = artifacts.ask(docs, Purpose.REGISTER, trainer, known=administrator())
    assert lacking(answer) == {"bucket policy": {AccessResult.MISSING}}


@pytest.mark.parametrize("purpose", [Purpose.READ, Purpose.APPROVE])
def test_reading_and_approving_ask_only_the_group(artifacts: Artifacts, purpose: Purpose) -> None:
    grants = [{"principals": [ROLE], "access": [purpose.value]}]
    docs = documents(policy(artifacts.key, grants=grants))
    artifacts.lab.settle(docs)
    answer = artifacts.ask(docs, purpose, known=administrator())
    assert answer.complete
    assert {row.document for row in answer.rows} == {"group policy"}


# --- what is not known


def test_a_version_that_is_not_registered_is_judged_by_its_manifest(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    answer = artifacts.ask(docs, known=administrator())
    assert answer.arn == VERSION
    assert any("is not registered yet" in each for each in answer.remarks)
    assert len({row.document for row in answer.rows}) == 4


def test_an_account_without_an_environment_is_unknown(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    alone = [environment(), group(), version("churn-1")]
    answer = artifacts.ask(alone, text="churn/1", known=administrator())
    found = {row.carrier: row for row in answer.rows if row.result is AccessResult.UNKNOWN}
    assert set(found) == {REPOSITORY, BUCKET}
    assert "no Environment is declared for account 222222222222" in found[REPOSITORY].why
    assert "no manifest says which account owns bucket" in found[BUCKET].why
    assert not answer.complete


def test_a_bucket_that_is_not_there_is_unknown(artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    artifacts.lab.settle(docs)
    DOCUMENTS["bucket policy"](artifacts)
    artifacts.client("s3").delete_bucket(Bucket="acme-artifacts")
    (row,) = [each for each in artifacts.ask(docs, known=administrator()).rows if not each.enough]
    assert (row.result, row.why) == (AccessResult.UNKNOWN, "there is no bucket acme-artifacts")


def test_reading_changes_nothing(lab: Lab, artifacts: Artifacts) -> None:
    docs = documents(policy(artifacts.key))
    lab.settle(docs)
    lab.forget_calls()
    artifacts.ask(docs, known=administrator(), plan=intended(workspace(docs)))
    assert not lab.writes()
