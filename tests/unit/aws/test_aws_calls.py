"""Calls over HTTP: answers, pages, retries, the bound on calls in flight, traces and timeouts."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from aws_stub import FixedCaller, RateLimit, Received, Refusal, a_stub, an_environment, sessions_to

import reconciler
from reconciler.aws.api import AwsFault, FaultKind, concurrently
from reconciler.aws.calls import RETRIES
from reconciler.aws.sessions import Mode, Sessions
from reconciler.aws.timing import Timing
from reconciler.aws.trace import CallRecord, log_call

ENVIRONMENT = an_environment()


class Conflicts:
    """Answers ConflictException so many times, then `{}`."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.tokens: list[object] = []

    def __call__(self, received: Received) -> Mapping[str, Any]:
        self.tokens.append(received.parameters.get("ClientToken"))
        self.left -= 1
        if self.left >= 0:
            raise Refusal("ConflictException", "somebody else is at it")
        return {}


def test_an_answer_is_plain_and_keeps_only_the_request_id() -> None:
    answer = {"ModelPackageGroupArn": "arn", "ModelPackageGroupName": "churn"}
    with (
        a_stub(DescribeModelPackageGroup=lambda _: answer) as stub,
        sessions_to(stub) as sessions,
    ):
        got = sessions.reads().call(
            ENVIRONMENT,
            "sagemaker",
            "DescribeModelPackageGroup",
            {"ModelPackageGroupName": "churn"},
        )
        assert got == {**answer, "ResponseMetadata": {"RequestId": "request-1"}}
        assert stub.received[-1].parameters == {"ModelPackageGroupName": "churn"}
        assert stub.received[-1].region == "eu-west-1"
        assert f"sagemaker-reconciler/{reconciler.__version__}" in stub.received[-1].user_agent


def test_a_fault_carries_the_request_id_and_no_chained_error() -> None:
    def missing(_received: Received) -> Mapping[str, Any]:
        raise Refusal("ValidationException", "ModelPackage arn:x does not exist.")

    with a_stub(DescribeModelPackage=missing) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            sessions.reads().call(
                ENVIRONMENT, "sagemaker", "DescribeModelPackage", {"ModelPackageName": "x"}
            )
        assert caught.value.kind is FaultKind.NOT_FOUND
        assert caught.value.request_id == "request-1"
        assert caught.value.__suppress_context__


def test_input_that_botocore_refuses_is_invalid_and_not_sent() -> None:
    with a_stub() as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            sessions.reads().call(ENVIRONMENT, "sagemaker", "DescribeModelPackage", {})
        assert caught.value.kind is FaultKind.INVALID
        assert "ModelPackageName" in caught.value.why
        assert "DescribeModelPackage" not in stub.operations


def paged(*pages: Mapping[str, Any]) -> Any:
    answers = iter(pages)
    return lambda _received: next(answers)


def test_pages_are_followed_through_empty_ones() -> None:
    reply = paged(
        {"ModelPackageSummaryList": [], "NextToken": "a"},
        {"ModelPackageSummaryList": [], "NextToken": "b"},
        {"ModelPackageSummaryList": []},
    )
    with a_stub(ListModelPackages=reply) as stub, sessions_to(stub) as sessions:
        parameters = {"ModelPackageGroupName": "churn"}
        pages = list(
            sessions.reads().pages(ENVIRONMENT, "sagemaker", "ListModelPackages", parameters)
        )
        assert len(pages) == 3
        asked = [one.parameters for one in stub.received if one.operation == "ListModelPackages"]
        assert [one.get("NextToken") for one in asked] == [None, "a", "b"]
        assert {one["ModelPackageGroupName"] for one in asked} == {"churn"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "given", "sent"),
    [
        ("kms", "ListGrants", {"KeyId": "k"}, "NextMarker", "Marker"),
        ("ram", "GetResourceShares", {"resourceOwner": "SELF"}, "nextToken", "nextToken"),
        ("ecr", "DescribeRepositories", {}, "nextToken", "nextToken"),
    ],
)
def test_each_service_calls_its_token_differently(
    service: str, operation: str, parameters: dict[str, str], given: str, sent: str
) -> None:
    asked: list[Any] = []

    class Paging:
        """Calls' `_attempt` replaced: what matters is the parameters of the next call."""

        def __init__(self) -> None:
            self.answers = iter([{given: "t"}, {}])

        def __getattr__(self, _name: str) -> Any:
            return self._answer

        def _answer(self, **sent_parameters: object) -> dict[str, Any]:
            asked.append(sent_parameters)
            return dict(next(self.answers))

    from reconciler.aws.calls import Calls, Slots

    client = Paging()
    calls = Calls(lambda *_whose: client, slots=Slots(1), timing=Timing())
    assert len(list(calls.pages(ENVIRONMENT, service, operation, parameters))) == 2
    assert asked == [parameters, {**parameters, sent: "t"}]


def test_a_token_that_comes_again_is_a_fault_and_no_endless_loop() -> None:
    reply = paged(*({"NextToken": token} for token in ("a", "b", "a", "b")))
    with a_stub(ListModelPackages=reply) as stub, sessions_to(stub) as sessions:
        pages = sessions.reads().pages(ENVIRONMENT, "sagemaker", "ListModelPackages", {})
        with pytest.raises(AwsFault, match="repeated a page token"):
            list(pages)
        assert stub.counts["ListModelPackages"] == 3


UPDATE = {"ModelPackageArn": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"}


def test_a_conflict_is_retried_with_the_same_client_token() -> None:
    conflicts, slept = Conflicts(2), list[float]()
    timing = Timing(sleep=slept.append, random=lambda: 0.5)
    with (
        a_stub(UpdateModelPackage=conflicts) as stub,
        sessions_to(stub, timing=timing) as sessions,
    ):
        parameters = {**UPDATE, "ClientToken": "t-1"}
        sessions.writes().call(ENVIRONMENT, "sagemaker", "UpdateModelPackage", parameters)
        assert conflicts.tokens == ["t-1"] * 3
        assert slept == [0.75, 1.5]


def test_a_conflict_that_stays_is_reported_after_three_retries() -> None:
    conflicts = Conflicts(99)
    with a_stub(UpdateModelPackage=conflicts) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault) as caught:
            sessions.writes().call(
                ENVIRONMENT, "sagemaker", "UpdateModelPackage", {**UPDATE, "ClientToken": "t"}
            )
        assert caught.value.kind is FaultKind.CONFLICT
        assert len(conflicts.tokens) == 1 + RETRIES[FaultKind.CONFLICT] == 4


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("UpdateModelPackage", UPDATE),
        (
            "PutModelPackageGroupPolicy",
            {"ModelPackageGroupName": "churn", "ResourcePolicy": "{}"},
        ),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": "churn"}),
    ],
)
def test_a_conflict_that_may_hide_another_change_is_never_retried(
    operation: str, parameters: dict[str, str]
) -> None:
    conflicts = Conflicts(1)
    with a_stub(**{operation: conflicts}) as stub, sessions_to(stub) as sessions:
        with pytest.raises(AwsFault):
            sessions.writes().call(ENVIRONMENT, "sagemaker", operation, parameters)
        assert len(conflicts.tokens) == 1


def test_throttled_calls_get_through_and_are_then_paced() -> None:
    limit = RateLimit(20)

    def limited(_received: Received) -> Mapping[str, Any]:
        if limit.take():
            return {}
        raise Refusal("ThrottlingException", "Rate exceeded")

    with (
        a_stub(ListTags=limited) as stub,
        sessions_to(stub, timing=Timing()) as sessions,
    ):
        reads = sessions.reads()
        parameters = {"ResourceArn": UPDATE["ModelPackageArn"]}
        concurrently(
            lambda _: reads.call(ENVIRONMENT, "sagemaker", "ListTags", parameters), range(40)
        )
        assert stub.counts["ListTags"] <= 40 + 15


def test_calls_in_flight_are_bounded_per_environment() -> None:
    with a_stub() as stub, sessions_to(stub, parallelism=3) as sessions:
        sessions.verify(ENVIRONMENT)
        stub.delay, stub.most_at_once = 0.02, 0
        reads = sessions.reads()
        parameters = {"Resource": "ModelPackage"}
        concurrently(
            lambda _: reads.call(ENVIRONMENT, "sagemaker", "Search", parameters), range(12)
        )
        assert stub.most_at_once == 3


def test_every_call_is_traced_and_logged_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def denied(_received: Received) -> Mapping[str, Any]:
        raise Refusal("AccessDeniedException", "no")

    records: list[CallRecord] = []

    def trace(record: CallRecord) -> None:
        records.append(record)
        log_call(record)

    with (
        caplog.at_level(logging.DEBUG, "reconciler.aws"),
        a_stub(DescribeModelPackage=denied) as stub,
        sessions_to(stub, trace=trace) as sessions,
    ):
        reads = sessions.reads()
        reads.call(ENVIRONMENT, "sagemaker", "Search", {"Resource": "ModelPackage"})
        with pytest.raises(AwsFault):
            reads.call(
                ENVIRONMENT, "sagemaker", "DescribeModelPackage", {"ModelPackageName": "hush"}
            )
    assert [(one.service, one.operation, one.outcome) for one in records] == [
        ("sts", "GetCallerIdentity", "ok"),
        ("sagemaker", "Search", "ok"),
        ("sagemaker", "DescribeModelPackage", "AccessDeniedException"),
    ]
    assert {one.environment for one in records} == {"registry"}
    assert all(one.seconds > 0 for one in records)
    assert "DescribeModelPackage AccessDeniedException" in caplog.text
    assert "hush" not in caplog.text
    assert "AKIACALLER" not in caplog.text


@contextmanager
def silence(*, accepts: bool) -> Iterator[str]:
    """A server that never answers, or nothing at all."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if accepts:
            server.listen(16)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("accepts", "words"),
    [(True, "did not answer sts:GetCallerIdentity in time"), (False, "cannot be reached for")],
)
def test_an_endpoint_that_does_not_answer_is_unreachable(words: str, *, accepts: bool) -> None:
    timing = Timing(connect_timeout=0.1, read_timeout=0.1, attempts=1)
    with (
        silence(accepts=accepts) as url,
        Sessions(FixedCaller(), mode=Mode.PLAN, endpoint_url=url, timing=timing) as sessions,
    ):
        with pytest.raises(AwsFault) as caught:
            sessions.verify(ENVIRONMENT)
        assert caught.value.kind is FaultKind.UNREACHABLE
        assert "environment 'registry' (111111111111, eu-west-1)" in caught.value.what
        assert words in caught.value.what
        assert "network" in caught.value.fix
