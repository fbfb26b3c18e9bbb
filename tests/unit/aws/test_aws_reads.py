"""Promise 1: a reading client sends nothing that is not on the list."""

from __future__ import annotations

from typing import Any

import pytest
from aws_stub import a_stub, an_environment, sessions_to
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from reconciler.aws.reads import READS, WriteRefusedError, is_read
from reconciler.aws.sessions import Mode
from reconciler.errors import ExitCode


def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def reading_client(sessions: Any, service: str = "sagemaker") -> Any:
    """Return the botocore client inside `reads()`: what code could get hold of."""
    return sessions.reads()._connect(an_environment(), service, "")


@pytest.mark.parametrize("service", ["sagemaker", "ecr", "s3", "kms", "ram", "sts"])
def test_every_operation_off_the_list_is_refused_and_never_sent(service: str) -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        client = reading_client(sessions, service)
        before = len(stub.received)
        others = [name for name in model(service).operation_names if not is_read(service, name)]
        assert len(others) >= 9
        for name in others:
            with pytest.raises(WriteRefusedError, match=name):
                getattr(client, xform_name(name))()
        assert len(stub.received) == before


@pytest.mark.parametrize("service", sorted(READS))
def test_every_operation_on_the_list_exists(service: str) -> None:
    assert READS[service] <= set(model(service).operation_names)


def test_the_list_holds_no_operation_that_is_called_like_a_write() -> None:
    reading = ("BatchDescribe", "Describe", "Get", "Head", "List", "Search")
    names = {name for service in READS for name in READS[service]}
    assert {name for name in names if not name.startswith(reading)} == {"AssumeRole"}


def test_services_that_are_not_listed_cannot_be_called() -> None:
    assert not is_read("iam", "GetRole")


def test_a_write_cannot_be_presigned_either() -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        client = reading_client(sessions)
        with pytest.raises(WriteRefusedError):
            client.generate_presigned_url("delete_model_package", {"ModelPackageName": "a"})


def test_a_request_built_past_the_client_is_stopped_before_it_leaves() -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        client = reading_client(sessions)
        # As if the first question had never been asked.
        client.meta.events.unregister(
            "provide-client-params", unique_id="reconciler-provide-client-params"
        )
        with pytest.raises(WriteRefusedError):
            client.delete_model_package(ModelPackageName="a")
        assert stub.operations == ["GetCallerIdentity"]


def test_calls_refuse_as_well_and_it_counts_as_our_failure() -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.PLAN) as sessions:
        parameters = {"ModelPackageName": "a"}
        with pytest.raises(WriteRefusedError) as caught:
            sessions.reads().call(an_environment(), "sagemaker", "DeleteModelPackage", parameters)
        assert caught.value.exit_code is ExitCode.FAILURE
        assert "sagemaker:DeleteModelPackage" in caught.value.what


def test_a_plan_has_no_writing_calls() -> None:
    with (
        a_stub() as stub,
        sessions_to(stub, mode=Mode.PLAN) as sessions,
        pytest.raises(WriteRefusedError),
    ):
        sessions.writes()


def test_reading_while_applying_is_guarded_and_writing_is_not() -> None:
    with a_stub() as stub, sessions_to(stub, mode=Mode.APPLY) as sessions:
        parameters = {"ModelPackageName": "a"}
        environment = an_environment()
        with pytest.raises(WriteRefusedError):
            sessions.reads().call(environment, "sagemaker", "DeleteModelPackage", parameters)
        sessions.writes().call(environment, "sagemaker", "DeleteModelPackage", parameters)
        assert stub.counts["DeleteModelPackage"] == 1
