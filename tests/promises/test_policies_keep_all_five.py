"""The five promises for policies, one test each; `tests/policies` has the rest."""

from __future__ import annotations

import pytest
from builders import OWNER, environment, state
from live import Lab, assert_converged
from policy_lab import (
    DOCUMENTS,
    POLICY,
    PRODUCTION,
    READ,
    PolicyLab,
    accounts,
    add_foreign,
    all_live,
    artifacts,
    everything,
    foreign,
    furnished,
    ours,
    policy,
    text_of,
)

from reconciler.aws.reads import WriteRefusedError
from reconciler.core.outcome import Status
from reconciler.core.plan import Level
from reconciler.policy.ownership import sid


@pytest.fixture
def policies(lab: Lab) -> PolicyLab:
    return furnished(lab)


def test_plan_cannot_write_a_policy(policies: PolicyLab) -> None:
    """Plan cannot write. Broken when a policy is put with the client that a plan reads with."""
    planned = policies.plan(everything(policies))
    assert policies.writes() == []
    report = policies.execute(planned, writes=policies.planning.reads())
    assert policies.writes() == []
    assert {each.status for each in report.outcomes} <= {Status.FAILED, Status.SKIPPED}
    registry = state([environment()]).environments["registry"]
    with pytest.raises(WriteRefusedError):
        policies.planning.reads().call(
            registry,
            "sagemaker",
            "DeleteModelPackageGroupPolicy",
            {"ModelPackageGroupName": "churn"},
        )


def test_applying_policies_twice_writes_once(policies: PolicyLab) -> None:
    """Apply is idempotent. Broken by any document that reads back otherwise than it was put."""
    policies.settle(everything(policies))
    assert_converged(policies, everything(policies))


def test_manifests_that_are_gone_take_nothing_away(policies: PolicyLab) -> None:
    """Absence deletes nothing. Broken when a statement goes because no manifest asks for it."""
    policies.settle(everything(policies))
    before = all_live(policies)
    for left in (
        [],
        [policy("another", grants=[{"principals": [PRODUCTION], "access": ["read"]}])],
    ):
        policies.settle([*accounts(), *left])
    after = all_live(policies)
    assert {store: after[store] for store in DOCUMENTS if store != "group"} == {
        store: before[store] for store in DOCUMENTS if store != "group"
    }
    assert all(each in after["group"] for each in before["group"])
    assert after["grants"] == before["grants"]


def test_what_a_manifest_that_is_gone_left_stays_in_documents_that_are_written(
    policies: PolicyLab,
) -> None:
    """Absence deletes nothing. Broken when what is orphaned goes along with another write."""
    policies.settle(everything(policies))
    before = all_live(policies)
    granted = [{"principals": [PRODUCTION], "access": ["deploy"]}]
    policies.forget_calls()
    policies.settle([*accounts(), policy("another", grants=granted, artifacts=artifacts(policies))])
    after = all_live(policies)
    assert {each.service for each in policies.writes()} == {"ecr", "kms", "s3", "sagemaker"}
    for store, left in before.items():
        assert all(each in after[store] for each in left), store


def test_what_others_have_in_the_documents_outlives_ours(policies: PolicyLab) -> None:
    """Other people's work survives. Broken when a document is written from the manifests alone."""
    policies.settle(accounts())
    for store in DOCUMENTS:
        add_foreign(policies, store, "Theirs", "", "Theirs")
    before = {store: foreign(policies, store) for store in DOCUMENTS}
    policies.settle(everything(policies))
    assert {store: foreign(policies, store) for store in DOCUMENTS} == before
    policies.settle(everything(policies, ensure="absent"))
    assert {store: foreign(policies, store) for store in DOCUMENTS} == before
    assert all(text_of(policies, store) for store in DOCUMENTS)


def test_another_reconcilers_statements_of_the_same_names_outlive_ours(
    policies: PolicyLab,
) -> None:
    """Other people's work survives. Broken when a manifest's name alone says whose it is."""
    theirs, own = (sid(each, f"registry/{POLICY}", "Theirs") for each in ("elsewhere", OWNER))
    policies.settle(accounts())
    for store in DOCUMENTS:
        add_foreign(policies, store, theirs)
    before = {store: foreign(policies, store) for store in DOCUMENTS}
    policies.settle(everything(policies))
    for store in DOCUMENTS:
        assert any(
            each["Sid"].startswith(own.removesuffix("Theirs")) for each in ours(policies, store)
        )
    policies.settle(everything(policies, ensure="absent"))
    assert {store: foreign(policies, store) for store in DOCUMENTS} == before


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_document_that_cannot_be_read_is_said_to_be_so(policies: PolicyLab, store: str) -> None:
    """Nothing is silent. Broken when what may not be read is taken for absent."""
    policies.settle(everything(policies))
    before = all_live(policies)
    policies.server.faults.deny(READ[store])
    policies.forget_calls()
    report = policies.apply(everything(policies, ensure="absent"))
    unread = [each for each in report.plan.actions if each.notes_of(Level.ERROR)]
    assert unread
    assert all(READ[store] in each.notes[0].fix for each in unread)
    failed = {each.key for each in report.outcomes if each.status is Status.FAILED}
    assert failed == {each.key for each in unread}
    policies.server.faults.clear()
    assert all_live(policies)[store] == before[store]
