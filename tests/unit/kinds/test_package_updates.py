"""What is sent to AWS: changed members only, in as many calls as the service needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from builders import (
    OWNER,
    Doc,
    card,
    desired_version,
    inference,
    live_package,
    markers,
    propose_package,
    unversioned,
    version,
)

from reconciler.core.data import Json
from reconciler.core.plan import Action
from reconciler.core.resources import Live
from reconciler.kinds.base import Stamp
from reconciler.kinds.model_package.writing import client_token, create_request, update_requests

METADATA = "CustomerMetadataProperties"


def requests(
    spec: Mapping[str, Any], values: Mapping[str, Json], commit: str | None = None, **live: Any
) -> list[dict[str, Json]]:
    """Return the parameters of the calls that bring a live version to a spec."""
    desired = desired_version(version(**spec))
    found = live_package({METADATA: markers()} | dict(values), **live)
    actions: list[Action] = propose_package(desired, found)
    stamp = Stamp(commit)
    writing = [each for each in actions if each.writes]
    return [each for a in writing for each in update_requests(a.changes, desired, stamp)]


STAGE: Doc = {"modelLifeCycle": {"stage": "Production", "stageStatus": "Done"}}


def test_only_what_changed_is_sent() -> None:
    assert requests(
        STAGE | {"modelPackageRegistrationType": "Logged"},
        {"ModelPackageRegistrationType": "Logged"},
    ) == [{"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Done"}}]


def test_several_changes_go_in_one_call() -> None:
    spec = STAGE | {"modelPackageRegistrationType": "Logged"}
    (request,) = requests(spec, {})
    assert request.keys() == {"ModelLifeCycle", "ModelPackageRegistrationType"}


def test_a_key_is_set_or_removed_never_both() -> None:
    spec = {"customerMetadataProperties": {"new": "a", "old": None, "same": "x"}}
    (request,) = requests(spec, {METADATA: markers() | {"old": "b", "same": "x"}})
    assert request == {METADATA: {"new": "a"}, f"{METADATA}ToRemove": ["old"]}


def test_the_commit_is_stamped_only_with_another_change() -> None:
    (request,) = requests(STAGE, {}, commit="c0ffee")
    assert request[METADATA] == {"reconciler/commit": "c0ffee"}
    assert requests({}, {}, commit="c0ffee") == []


def test_a_card_that_exists_is_changed_in_a_call_for_each_part_content_first() -> None:
    live: Json = {"ModelCardContent": '{"a":1}', "ModelCardStatus": "Draft"}
    first, second = requests({"modelCard": card("new", "Approved")}, {"ModelCard": live})
    assert first == {"ModelCard": {"ModelCardContent": api_card()["ModelCardContent"]}}
    assert second == {"ModelCard": {"ModelCardStatus": "Approved"}}


def api_card() -> Mapping[str, Json]:
    found = desired_version(version(modelCard=card("new", "Approved"))).values["ModelCard"]
    assert isinstance(found, Mapping)
    return found


def test_a_first_card_is_sent_whole() -> None:
    assert requests({"modelCard": card("new", "Approved")}, {}) == [{"ModelCard": api_card()}]


def test_only_the_part_of_a_card_that_differs_is_sent() -> None:
    live: Json = {**api_card(), "ModelCardStatus": "Draft"}
    assert requests({"modelCard": card("new", "Approved")}, {"ModelCard": live}) == [
        {"ModelCard": {"ModelCardStatus": "Approved"}}
    ]


def test_the_markers_go_with_the_last_call() -> None:
    live: Json = {"ModelCardContent": "{}", "ModelCardStatus": "Draft"}
    sent = requests({"modelCard": card("new", "Approved")}, {"ModelCard": live}, commit="c0ffee")
    assert [METADATA in each for each in sent] == [False, False, True]


def test_a_source_and_a_specification_are_never_sent_together() -> None:
    spec = {"version": 1, "sourceUri": "https://a", "inferenceSpecification": inference()}
    first, second = requests(spec, {"InferenceSpecification": None, "SourceUri": "https://b"})
    assert first == {"SourceUri": "https://a"}
    assert second.keys() == {"InferenceSpecification"}


def test_added_specifications_go_in_one_list() -> None:
    specs = [{"name": name, **inference({"image": "a"})} for name in ("one", "two")]
    (request,) = requests({"additionalInferenceSpecifications": specs}, {})
    added = request["AdditionalInferenceSpecificationsToAdd"]
    assert isinstance(added, list)
    assert [each["Name"] for each in added] == ["one", "two"]
    assert request.keys() == {"AdditionalInferenceSpecificationsToAdd"}


def test_an_approval_is_sent_with_its_marker() -> None:
    approval = {"approval": {"status": "Approved", "description": "why"}}
    (request,) = requests(approval, {})
    assert request == {
        "ModelApprovalStatus": "Approved",
        "ApprovalDescription": "why",
        METADATA: {"reconciler/approval": "Approved"},
    }


def test_a_version_is_created_pending_with_its_markers_and_without_nulls() -> None:
    spec = version(
        customerMetadataProperties={"team": "a", "gone": None},
        approval={"status": "Approved"},
        modelLifeCycle={"stage": "dev", "stageStatus": "open", "stageDescription": None},
    )
    request = create_request(desired_version(spec), Stamp("c0ffee"))
    assert request["ModelApprovalStatus"] == "PendingManualApproval"
    assert request[METADATA] == {
        "team": "a",
        "reconciler/owner": OWNER,
        "reconciler/name": "churn-v1",
        "reconciler/approval": "PendingManualApproval",
        "reconciler/commit": "c0ffee",
    }
    assert request["ModelPackageGroupName"] == "churn"
    assert "null" not in str(request).lower().replace("none", "null")


def test_an_unversioned_package_is_created_with_tags_instead_of_metadata() -> None:
    request = create_request(desired_version(unversioned(tags={"a": "b", "c": None})), Stamp())
    assert request["Tags"] == [
        {"Key": "a", "Value": "b"},
        {"Key": "reconciler/name", "Value": "algorithm"},
        {"Key": "reconciler/owner", "Value": OWNER},
    ]
    assert METADATA not in request
    assert "ModelApprovalStatus" not in request


def token(spec: Doc, stamp: Stamp = Stamp()) -> str:  # noqa: B008 - a frozen value
    desired = desired_version(spec)
    return client_token(desired, create_request(desired, stamp))


def test_the_token_of_a_creation_is_the_same_in_every_run_and_differs_with_what_is_created() -> (
    None
):
    assert token(version()) == token(version())
    others = [
        version("churn-v2"),
        version(domain="x"),
        version(inferenceSpecification=inference({"image": "b"})),
        unversioned(),
    ]
    assert len({token(each) for each in [version(), *others]}) == len(others) + 1
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,36}", token(version()))


@pytest.mark.parametrize("spec", [version(), unversioned()])
def test_what_is_created_reads_back_as_declared(spec: Doc) -> None:
    desired = desired_version(spec)
    request = dict(create_request(desired, Stamp()))
    tags = request.pop("Tags", [])
    assert isinstance(tags, list)
    values = {**request, "Tags": {each["Key"]: each["Value"] for each in tags}}
    found = Live("arn", values, owner=OWNER, identity=spec["metadata"]["name"], version=1)
    (action,) = propose_package(desired, found)
    assert not action.changes
