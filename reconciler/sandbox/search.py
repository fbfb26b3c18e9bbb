"""Search over groups and packages: an index with filters, order, pages and a total."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, number, objects, text
from reconciler.sandbox.errors import invalid
from reconciler.sandbox.filters import Matcher, values_at
from reconciler.sandbox.listing import discoverable_groups
from reconciler.sandbox.packages import projection
from reconciler.sandbox.paging import Pages, SortKey
from reconciler.sandbox.shapes import member_shapes
from reconciler.sandbox.tagging import tag_list

_RESOURCES = {"ModelPackage": "ModelPackageArn", "ModelPackageGroup": "ModelPackageGroupArn"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One record of the index; it is cut to the members of a search record when it is shown."""

    arn: str
    record: JsonObject


def concerns_registry(parameters: JsonObject) -> bool:
    """Return whether a Search is about groups or packages and not about another resource."""
    return parameters.get("Resource") in _RESOURCES


def search(context: Context, parameters: JsonObject) -> JsonObject:
    """Find full records of one resource type.

    Sources: botocore Search, SearchExpression, Filter, TotalHits (operators, And by default,
    LastModifiedTime descending by default).
    """
    resource = text(parameters, "Resource") or ""
    matcher = Matcher(resource, mapping(parameters, "SearchExpression"))
    visible = _visibility(parameters)
    found = [
        entry
        for entry in _entries(context, resource, parameters)
        if matcher.accepts(entry.record) and visible.accepts(entry.record)
    ]
    sort_by = _sort_property(resource, text(parameters, "SortBy"))
    pages = Pages("Search", parameters, default_size=context.settings.default_page_size)
    page, token = pages.cut(
        found,
        key=lambda entry: _sort_key(entry, sort_by),
        descending=parameters.get("SortOrder") != "Ascending",
    )
    results: list[JsonValue] = [{resource: projection(entry.record, resource)} for entry in page]
    total: JsonObject = {"Value": len(found), "Relation": "EqualTo"}
    answer: JsonObject = {"Results": results, "TotalHits": total}
    return answer if token is None else {**answer, "NextToken": token}


def _entries(context: Context, resource: str, parameters: JsonObject) -> list[_Entry]:
    """Return the records in reach: own ones, or only those others made discoverable.

    Source: botocore Search.CrossAccountFilterOption ("only include resources made discoverable to
    you from other accounts").
    """
    if parameters.get("CrossAccountFilterOption") == "CrossAccount":
        return _foreign_entries(context, resource)
    seen = context.registry.indexed()
    if resource == "ModelPackageGroup":
        return [_entry(resource, item.shown(context.now), item.tags) for item in seen.groups]
    return [_entry(resource, item.shown(context.now), item.tags) for item in seen.packages]


def _foreign_entries(context: Context, resource: str) -> list[_Entry]:
    """Return what other accounts share; their tags are not shown (unverified)."""
    groups = discoverable_groups(context)
    if resource == "ModelPackageGroup":
        return [_entry(resource, group.shown(context.now), {}) for group in groups]
    return [
        _entry(resource, package.shown(context.now), {})
        for group in groups
        for package in context.world.registry(group.site).packages(group.name)
    ]


def _entry(resource: str, shown: JsonObject, tags: dict[str, str]) -> _Entry:
    record: JsonObject = {**shown, "Tags": [*tag_list(tags)]} if tags else shown
    return _Entry(text(record, _RESOURCES[resource]) or "", record)


def _visibility(parameters: JsonObject) -> Matcher:
    """Return the visibility conditions as filters: each names a tag and its value.

    Source: botocore VisibilityConditions ("Tags.<key>"); that they act like Equals is unverified.
    """
    conditions = objects(parameters, "VisibilityConditions")
    for condition in conditions:
        if not (text(condition, "Key") or "").startswith("Tags."):
            raise invalid("VisibilityConditions only support keys of the form Tags.<key>")
    filters: list[JsonValue] = [
        {"Name": item.get("Key"), "Operator": "Equals", "Value": item.get("Value")}
        for item in conditions
    ]
    return Matcher(text(parameters, "Resource") or "", {"Filters": filters})


def _sort_property(resource: str, asked: str | None) -> str:
    if asked is None:
        return "LastModifiedTime" if resource == "ModelPackage" else "CreationTime"
    if asked.partition(".")[0] not in member_shapes("sagemaker", resource):
        raise invalid(f"Unknown property name: {asked}")
    return asked


def _sort_key(entry: _Entry, sort_by: str) -> SortKey:
    """Order by value, then time of creation, then ARN, so that pages never overlap."""
    value = next(iter(values_at(entry.record, sort_by)), None)
    rank: float = 0 if value is None else 1
    numeric: float = value if isinstance(value, int | float) else 0
    textual = value if isinstance(value, str) else ""
    return (rank, numeric, textual, number(entry.record, "CreationTime") or 0, entry.arn)
