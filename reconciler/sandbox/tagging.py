"""AddTags, ListTags and DeleteTags for groups and unversioned packages."""

from __future__ import annotations

from dataclasses import replace

from reconciler.sandbox.access import GROUP, PACKAGE, find_group, find_package
from reconciler.sandbox.arns import understand
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, objects, text, texts
from reconciler.sandbox.errors import invalid
from reconciler.sandbox.paging import Pages
from reconciler.sandbox.records import Group, Package
from reconciler.sandbox.registry import Registry

_MOST_TAGS = 50


def tags_of(parameters: JsonObject) -> dict[str, str]:
    """Return the Tags member of a request as a mapping.

    Raises:
        ApiError: A key comes twice, or starts with the reserved `aws:` (AWS tagging rules; the
            sentences are unverified).
    """
    listed = [
        (text(tag, "Key") or "", text(tag, "Value") or "") for tag in objects(parameters, "Tags")
    ]
    tags = dict(listed)
    if len(tags) < len(listed):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return tags


def tag_list(tags: dict[str, str]) -> list[JsonObject]:
    """Return tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def add_tags(context: Context, parameters: JsonObject) -> JsonObject:
    """Add tags, overwriting those of the same key, and return all of them (botocore AddTags)."""
    given = text(parameters, "ResourceArn") or ""
    added = tags_of(parameters)
    registry, _ = _tagged(context, given, "AddTags")
    with registry.lock:
        registry, record = _tagged(context, given, "AddTags")
        tags = {**record.tags, **added}
        if len(tags) > _MOST_TAGS:
            raise invalid(f"The number of tags exceeds the limit of {_MOST_TAGS}.")
        _save(registry, record, tags)
    return {"Tags": [*tag_list(tags)]}


def delete_tags(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove tags by key; keys that are not there are ignored (unverified)."""
    given = text(parameters, "ResourceArn") or ""
    removed = set(texts(parameters, "TagKeys"))
    registry, _ = _tagged(context, given, "DeleteTags")
    with registry.lock:
        registry, record = _tagged(context, given, "DeleteTags")
        _save(registry, record, {k: v for k, v in record.tags.items() if k not in removed})
    return {}


def list_tags(context: Context, parameters: JsonObject) -> JsonObject:
    """List a resource's tags, 50 a page unless told otherwise (botocore ListTagsMaxResults)."""
    _, record = _tagged(context, text(parameters, "ResourceArn") or "", "ListTags")
    pages = Pages("ListTags", parameters, default_size=_MOST_TAGS)
    page, token = pages.cut(list(record.tags.items()), key=lambda tag: tag[0])
    answer: JsonObject = {"Tags": [*tag_list(dict(page))]}
    return answer if token is None else {**answer, "NextToken": token}


def concerns_registry(parameters: JsonObject) -> bool:
    """Return whether a tag call is about a group or package and not about another resource."""
    arn = text(parameters, "ResourceArn") or ""
    kind = arn.split(":")[-1].partition("/")[0] if arn.count(":") >= 5 else GROUP  # noqa: PLR2004
    return kind in {GROUP, PACKAGE}


def _tagged(context: Context, arn: str, action: str) -> tuple[Registry, Group | Package]:
    """Return the resource that carries the tags; versions carry none.

    Source: botocore CreateModelPackage.Tags ("If you supply ModelPackageGroupName, your model
    package belongs to the model group ... and uses the tags associated with the model group");
    ACK and Ansible tag the group. The refusal's text is unverified.
    """
    named = understand(arn, context.home)
    if named.kind == GROUP:
        return find_group(context, arn, action)
    registry, package = find_package(context, arn, action)
    if package.group_name is not None:
        raise invalid(
            f"Tags are not supported for the versioned model package {package.arn}; "
            "use its model package group."
        )
    return registry, package


def _save(registry: Registry, record: Group | Package, tags: dict[str, str]) -> None:
    if isinstance(record, Group):
        registry.save_group(replace(record, tags=tags))
    else:
        registry.save_package(replace(record, tags=tags))
