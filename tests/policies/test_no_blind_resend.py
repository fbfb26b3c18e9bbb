"""Whole documents are sent once: with all retries switched on, at every service that stores one.

The answer of the first put is lost after it took effect, or the put is throttled, and somebody else
writes in that very moment. A copy that is sent without reading would take away what they wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from live import Lab, assert_converged
from policy_lab import (
    DEPLOYER,
    DOCUMENTS,
    KINDS,
    PRODUCTION,
    PUT,
    PolicyLab,
    add_foreign,
    foreign,
    furnished,
    of_store,
    ours,
    sent,
    text_of,
)

from reconciler.aws.replacing import REPLACING
from reconciler.aws.sessions import Mode, Sessions
from reconciler.aws.timing import Timing
from reconciler.cli.sandbox_access import SandboxSessions
from reconciler.core.outcome import Outcome, Status
from reconciler.kinds import HANDLERS
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import AnswerLost, throttled

WIDER = [{"principals": [PRODUCTION, DEPLOYER], "access": ["read", "deploy"]}]
DELETE = {
    "group": "DeleteModelPackageGroupPolicy",
    "repository": "DeleteRepositoryPolicy",
    "bucket": "DeleteBucketPolicy",
}
Trouble = Callable[[], Exception]
TROUBLES: dict[str, Trouble] = {"the answer is lost": AnswerLost, "it is throttled": throttled}


@pytest.fixture
def retrying(lab: Lab) -> Iterator[PolicyLab]:
    """An account whose clients repeat calls as they do in production."""
    timing = Timing(sleep=lambda _seconds: None)
    assert timing.attempts > 1
    with Sessions(
        SandboxSessions(), mode=Mode.APPLY, endpoint_url=lab.server.url, timing=timing
    ) as sessions:
        yield replace(furnished(lab), applying=sessions)


def test_every_call_that_writes_a_document_is_known_to_replace_it() -> None:
    writes = {
        action
        for handler in HANDLERS
        if isinstance(handler, DocumentHandler)
        for action in handler.writes
    }
    replacing = {f"{service}:{name}" for service, names in REPLACING.items() for name in names}
    assert writes == replacing


def outcome_of(lab: PolicyLab, store: str, **spec: object) -> Outcome:
    report = lab.apply(of_store(lab, store, **spec))
    lab.server.faults.clear()
    (outcome,) = [each for each in report.outcomes if each.key.kind == KINDS[store]]
    return outcome


def once(lab: PolicyLab, operation: str, act: Callable[[], None], *, after: bool) -> None:
    """Do something at the first call that is ours; `act` may write, and fail the call."""
    seen: list[Call] = []

    def hook(call: Call) -> None:
        if not seen:
            seen.append(call)
            act()

    (lab.server.faults.after if after else lab.server.faults.before)(hook, operation)


@pytest.mark.parametrize("store", DOCUMENTS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_others_write_while_a_put_is_in_trouble_survives(
    retrying: PolicyLab, store: str, trouble: str
) -> None:
    retrying.settle(of_store(retrying, store))
    retrying.forget_calls()

    def write_and_fail() -> None:
        add_foreign(retrying, store, "Meanwhile")
        fault = TROUBLES[trouble]()
        raise fault

    once(retrying, PUT[store], write_and_fail, after=trouble == "the answer is lost")
    outcome = outcome_of(retrying, store, grants=WIDER)
    assert outcome.status is Status.APPLIED
    assert outcome.remarks
    assert outcome.previous
    assert "Meanwhile" in [each["Sid"] for each in foreign(retrying, store)]
    assert DEPLOYER in str(ours(retrying, store))
    assert_converged(retrying, of_store(retrying, store, grants=WIDER))


@pytest.mark.parametrize("store", DOCUMENTS)
def test_a_put_that_took_effect_without_an_answer_is_sent_once(
    retrying: PolicyLab, store: str
) -> None:
    retrying.settle(of_store(retrying, store))
    retrying.forget_calls()
    retrying.server.faults.lose_answer(PUT[store])
    outcome = outcome_of(retrying, store, grants=WIDER)
    assert outcome.status is Status.APPLIED
    assert "did not say" in str(outcome.remarks)
    assert len(sent(retrying, store)) == 1


@pytest.mark.parametrize("store", DELETE)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_others_put_after_a_delete_in_trouble_is_not_deleted(
    retrying: PolicyLab, store: str, trouble: str
) -> None:
    retrying.settle(of_store(retrying, store))

    def write_and_fail() -> None:
        add_foreign(retrying, store, "Meanwhile")
        fault = TROUBLES[trouble]()
        raise fault

    once(retrying, DELETE[store], write_and_fail, after=trouble == "the answer is lost")
    outcome = outcome_of(retrying, store, ensure="absent", grants=[])
    assert outcome.status is Status.APPLIED
    assert [each["Sid"] for each in foreign(retrying, store)] == ["Meanwhile"]
    assert ours(retrying, store) == []
    assert text_of(retrying, store)
