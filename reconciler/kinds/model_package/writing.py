"""Carry out actions on packages: register, update only what changed, approve, tag."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.changes import FieldChange
from reconciler.core.data import Json, canonical, is_missing
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Verb
from reconciler.core.provenance import has_provenance, with_provenance, without_provenance
from reconciler.core.resources import Desired, Live
from reconciler.kinds.base import Stamp
from reconciler.kinds.markers import stamp_markers
from reconciler.kinds.model_package.fields import APPROVAL_FIELDS, pruned
from reconciler.kinds.model_package.intent import SERVICE, PackageIntent
from reconciler.kinds.model_package.proposal import with_markers
from reconciler.kinds.tags import tag_list, write_tags

_Wanted = Desired[PackageIntent]
_METADATA = "CustomerMetadataProperties"
_DESCRIPTION = "ApprovalDescription"


def write(aws: Aws, action: Action, desired: _Wanted, live: Live | None, stamp: Stamp) -> str:
    """Carry out one action and return the package's ARN. Raises `AwsFault`."""
    if action.verb is Verb.CREATE:
        return _create(aws, desired, stamp)
    if live is None:
        raise ValueError(f"{action.verb} of {desired.key} needs the live package")
    if desired.intent.group is None:
        write_tags(aws, desired.environment, live.arn, action.changes, stamp.commit)
        return live.arn
    for request in update_requests(action.changes, desired, stamp, live):
        # Fresh for every update: what was approved, rejected and is approved again is the same
        # request as the first, and a remembered token would make the service ignore it.
        parameters = {"ModelPackageArn": live.arn, **request, "ClientToken": str(uuid.uuid4())}
        aws.call(desired.environment, SERVICE, "UpdateModelPackage", parameters)
    return live.arn


def _create(aws: Aws, desired: _Wanted, stamp: Stamp) -> str:
    # Without the commit: two runs of two commits mean the same version, and AWS tells them so.
    token = client_token(desired, create_request(desired, Stamp()))
    parameters = {**create_request(desired, stamp), "ClientToken": token}
    environment = desired.environment
    try:
        answer = aws.call(environment, SERVICE, "CreateModelPackage", parameters)
    except AwsFault as fault:
        name = desired.intent.unversioned_name
        if fault.kind is not FaultKind.ALREADY_EXISTS or name is None:
            raise
        # A retry after a lost answer: the read after the write decides whether it is ours.
        return environment.arn(SERVICE, f"model-package/{name.lower()}")
    return str(answer["ModelPackageArn"])


def create_request(desired: _Wanted, stamp: Stamp) -> dict[str, Json]:
    """Return the parameters of CreateModelPackage, without the client token."""
    intent = desired.intent
    request: dict[str, Json] = {
        name: pruned(value) for name, value in with_markers(desired).items() if value is not None
    }
    if intent.group is not None:
        request["ModelPackageGroupName"] = intent.group.identifier
        request[_METADATA] = {**_map(request[_METADATA]), **stamp_markers(stamp.commit)}
    else:
        tags = {**_map(request["Tags"]), **stamp_markers(stamp.commit)}
        request["Tags"] = tag_list({key: str(value) for key, value in tags.items()})
    return request


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def client_token(desired: _Wanted, request: Mapping[str, Json]) -> str:
    """Return a token for a creation that any run derives alike: environment, identity, request.

    At most 36 of `[a-zA-Z0-9-]`, as the API asks (aws.md section 0, fact 5).
    """
    environment: Environment = desired.environment
    scope = [environment.account_id, environment.region, environment.owner, desired.intent.identity]
    text = canonical([*scope, request])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def update_requests(
    changes: Sequence[FieldChange], desired: _Wanted, stamp: Stamp, live: Live | None = None
) -> Iterator[dict[str, Json]]:
    """Yield the parameters of one or more UpdateModelPackage calls, changed members only.

    Members that the service does not take together are sent one after the other; the markers
    go with the last call, so that an interrupted update is seen as unfinished.
    """
    values: dict[str, Json] = {}
    for change in changes:
        if change.name == "ModelCard":
            yield from _card_requests(change, desired)
        elif change.name == "AdditionalInferenceSpecifications":
            added = _additional(desired, change.path.removeprefix(f"{change.name}."))
            present = values.get("AdditionalInferenceSpecificationsToAdd")
            earlier = present if isinstance(present, list) else []
            values["AdditionalInferenceSpecificationsToAdd"] = [*earlier, added]
        elif change.name in APPROVAL_FIELDS:
            values[change.name] = str(change.after)
        elif change.name == "ModelLifeCycle" and not is_missing(change.after):
            values[change.name] = change.after  # replaced as a whole: with what silence keeps
        elif change.name != _METADATA:
            values[change.name] = pruned(desired.values[change.name])
    if {"SourceUri", "InferenceSpecification"} <= values.keys():
        # The service refuses both in one call (aws.md section 0, fact 7).
        yield {"SourceUri": values.pop("SourceUri")}
    values |= _approval_description(changes, desired, stamp, live)
    values |= _metadata(changes, stamp)
    if values:
        yield values


def _approval_description(
    changes: Sequence[FieldChange], desired: _Wanted, stamp: Stamp, live: Live | None
) -> dict[str, Json]:
    """Return the description of an approval that we give: what Git declares, and which change.

    Where Git declares none, what others wrote stays as it is, and what we said of an earlier
    change is replaced.
    """
    approval = desired.intent.approval
    if approval is None or not any(each.name in APPROVAL_FIELDS for each in changes):
        return {}
    present = str((live.values.get(_DESCRIPTION) if live else None) or "")
    text = approval.description
    if text is None:
        if present and not has_provenance(present):
            return {}
        text = without_provenance(present)
    text = with_provenance(text, stamp.history(desired.where.path))
    return {} if text == present else {_DESCRIPTION: text}


def _additional(desired: _Wanted, name: str) -> Json:
    """Return a declared additional inference specification by its name."""
    declared = desired.values["AdditionalInferenceSpecifications"]
    if not isinstance(declared, Sequence):
        raise TypeError("additional inference specifications are a list")
    return next(
        pruned(each) for each in declared if isinstance(each, Mapping) and each["Name"] == name
    )


def _card_requests(change: FieldChange, desired: _Wanted) -> Iterator[dict[str, Json]]:
    """Yield the model card: what differs of content and status, in two calls where one exists.

    So does the SageMaker Python SDK (aws.md section 2); an archived card's content is frozen, so
    content goes first.
    """
    card = _map(desired.values["ModelCard"])
    if is_missing(change.before):
        yield {"ModelCard": pruned(card)}
        return
    before = _map(change.before)
    after = {} if is_missing(change.after) else _map(change.after)
    for name in ("ModelCardContent", "ModelCardStatus"):
        if name in after and after[name] != before.get(name):
            yield {"ModelCard": {name: card[name]}}


def _metadata(changes: Sequence[FieldChange], stamp: Stamp) -> dict[str, Json]:
    """Return the metadata to set and the keys to remove; one key is never in both."""
    own = [change for change in changes if change.name == _METADATA]
    added = {_key(each): each.after for each in own if not is_missing(each.after)}
    removed = [_key(each) for each in own if is_missing(each.after)]
    request: dict[str, Json] = {}
    if added := added | stamp_markers(stamp.commit):
        request[_METADATA] = added
    if removed:
        request["CustomerMetadataPropertiesToRemove"] = removed
    return request


def _key(change: FieldChange) -> str:
    return change.path.removeprefix(f"{_METADATA}.")
