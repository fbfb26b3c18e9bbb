"""Documents that cannot be read or trusted are unknown, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from builders import TRAINING, an_environment

from reconciler.access.evidence import Carrier, gather
from reconciler.aws.api import Answer, AwsFault, FaultKind
from reconciler.core.environment import CallerIdentity, Environment
from reconciler.policy.stores import Store

KEY = f"arn:aws:kms:eu-west-1:{TRAINING}:key/0a1b"
GROUP = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"
POLICY = '{"Statement":[]}'


@dataclass
class Answers:
    """An `Aws` that answers by operation; a fault is raised."""

    by_operation: dict[str, Answer | AwsFault]
    asked: list[str] = field(default_factory=list)

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        self.asked.append(f"{service}:{operation} {environment.name} {sorted(parameters)}")
        found = self.by_operation[operation]
        if isinstance(found, AwsFault):
            raise found
        return found

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        yield self.call(environment, service, operation, parameters)

    def caller(self, environment: Environment) -> CallerIdentity:
        raise AssertionError(f"who calls in {environment.name} does not matter here")


def fault(operation: str, kind: FaultKind = FaultKind.DENIED) -> AwsFault:
    permission = f"kms:{operation}" if kind is FaultKind.DENIED else None
    return AwsFault(kind, what="no", operation=operation, permission=permission)


def carrier(store: Store = Store.KEY, arn: str = KEY) -> Carrier:
    return Carrier(store, arn, arn, an_environment())


def test_a_document_that_may_not_be_read_says_which_permission_is_missing() -> None:
    found = gather(Answers({"GetKeyPolicy": fault("GetKeyPolicy")}), [carrier()])
    assert found.unread == {KEY: "it cannot be read: no (missing: kms:GetKeyPolicy)"}
    assert KEY not in found.evidence.documents


@pytest.mark.parametrize("kind", [FaultKind.CREDENTIALS, FaultKind.UNREACHABLE])
def test_an_account_that_cannot_be_reached_is_unknown_too(kind: FaultKind) -> None:
    found = gather(Answers({"GetKeyPolicy": fault("GetKeyPolicy", kind)}), [carrier()])
    assert found.unread == {KEY: "it cannot be read: no"}


def test_a_document_that_cannot_be_parsed_is_unknown() -> None:
    twice = {"ResourcePolicy": '{"Id":"a","Id":"b"}'}
    found = gather(Answers({"GetModelPackageGroupPolicy": twice}), [carrier(Store.GROUP, GROUP)])
    assert "stands twice" in found.unread[GROUP]


def test_no_document_is_known_to_be_none() -> None:
    absent = fault("GetModelPackageGroupPolicy", FaultKind.NOT_FOUND)
    found = gather(Answers({"GetModelPackageGroupPolicy": absent}), [carrier(Store.GROUP, GROUP)])
    assert found.evidence.documents == {GROUP: None}
    assert not found.unread


def test_grants_that_may_not_be_read_leave_the_policy_readable() -> None:
    answers = Answers({"GetKeyPolicy": {"Policy": POLICY}, "ListGrants": fault("ListGrants")})
    found = gather(answers, [carrier()])
    assert KEY in found.evidence.documents
    assert "kms:ListGrants" in found.no_grants[KEY]


def test_grants_keep_their_constraints() -> None:
    grant = {
        "Name": "n",
        "GranteePrincipal": "arn:aws:iam::333333333333:root",
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextEquals": {"a": "b"}},
    }
    answers = Answers({"GetKeyPolicy": {"Policy": POLICY}, "ListGrants": {"Grants": [grant]}})
    (found,) = gather(answers, [carrier()]).evidence.grants[KEY]
    assert (found.operations, found.context_equals) == (("Decrypt",), {"a": "b"})


def test_one_document_is_read_once_however_many_ask() -> None:
    answers = Answers({"GetModelPackageGroupPolicy": {"ResourcePolicy": POLICY}})
    gather(answers, [carrier(Store.GROUP, GROUP)] * 3)
    assert len(answers.asked) == 1


def test_without_an_environment_nothing_is_asked() -> None:
    answers = Answers({})
    found = gather(answers, [Carrier(Store.KEY, KEY, KEY, None, "nobody's")])
    assert found.unread == {KEY: "nobody's"}
    assert not answers.asked
