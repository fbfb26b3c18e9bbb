"""Create a model package group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.resources import Desired
from reconciler.kinds.base import Stamp
from reconciler.kinds.markers import stamp_markers
from reconciler.kinds.tags import tag_list

_SERVICE: Final = "sagemaker"


def create_group(aws: Aws, desired: Desired[object], name: str, stamp: Stamp) -> str:
    """Create the group with its tags.

    There is no client token, so a retry after a lost answer ends in "already exists", which is
    success if the group is ours: the read after the write decides (aws.md section 4).
    """
    declared = {key: value for key, value in desired.values.items() if value is not None}
    tags = declared.pop("Tags")
    if not isinstance(tags, Mapping):
        raise TypeError("tags are a map")
    wanted = {key: str(value) for key, value in tags.items() if value is not None}
    parameters = {**declared, "Tags": tag_list(wanted | stamp_markers(stamp.commit))}
    environment = desired.environment
    try:
        answer = aws.call(environment, _SERVICE, "CreateModelPackageGroup", parameters)
    except AwsFault as fault:
        if fault.kind is not FaultKind.ALREADY_EXISTS:
            raise
        return environment.arn(_SERVICE, f"model-package-group/{name}")
    return str(answer["ModelPackageGroupArn"])
