"""Tags: a map in manifests and in our values, a list of `{Key, Value}` in the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.aws.api import Answer, Aws
from reconciler.core.changes import FieldChange
from reconciler.core.data import is_missing
from reconciler.core.environment import Environment
from reconciler.core.location import dotted
from reconciler.core.problem import Problem
from reconciler.kinds.markers import PREFIX, stamp_markers
from reconciler.manifest.workspace import Manifest
from reconciler.shapes.base import Shape


def tag_map(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the API's list of tags as a map."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a map of tags as the API's list, sorted by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def read_tags(aws: Aws, environment: Environment, arn: str) -> dict[str, str]:
    """Return all tags of a resource. Raises `AwsFault`."""
    pages: Iterator[Answer] = aws.pages(environment, "sagemaker", "ListTags", {"ResourceArn": arn})
    return tag_map([tag for page in pages for tag in page.get("Tags", ())])


def write_tags(
    aws: Aws,
    environment: Environment,
    arn: str,
    changes: Sequence[FieldChange],
    commit: str | None,
) -> None:
    """Add, overwrite and remove the tags that changed; all others are left alone.

    Additions go first, so that a crash in between never leaves a resource without its owner.
    """
    tags = [change for change in changes if change.name == "Tags"]
    added = {_key(each): str(each.after) for each in tags if not is_missing(each.after)}
    removed = [_key(each) for each in tags if is_missing(each.after)]
    added |= stamp_markers(commit)
    if added:
        parameters = {"ResourceArn": arn, "Tags": tag_list(added)}
        aws.call(environment, "sagemaker", "AddTags", parameters)
    if removed:
        keys = {"ResourceArn": arn, "TagKeys": removed}
        aws.call(environment, "sagemaker", "DeleteTags", keys)


def _key(change: FieldChange) -> str:
    return change.path.removeprefix("Tags.")


def reserved_key_problems(manifest: Manifest[Shape], field: str) -> Iterator[Problem]:
    """Yield a problem for every key of a map that belongs to us or to AWS."""
    declared: Mapping[str, str | None] = getattr(manifest.spec, _PYTHON_NAME[field]) or {}
    for key in declared:
        if key.startswith(PREFIX) or (field == "tags" and key.lower().startswith("aws:")):
            whose = "the reconciler's markers" if key.startswith(PREFIX) else "AWS"
            path = ("spec", field, key)
            yield Problem(
                "E229",
                manifest.locate(path, key=True),
                dotted(path),
                f"the key '{key}' is reserved for {whose}",
                fix="choose another key",
            )


_PYTHON_NAME = {"tags": "tags", "customerMetadataProperties": "customer_metadata_properties"}
