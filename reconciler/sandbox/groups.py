"""CreateModelPackageGroup, DescribeModelPackageGroup, DeleteModelPackageGroup."""

from __future__ import annotations

from dataclasses import replace

from reconciler.sandbox.access import find_group, group_arn
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, text
from reconciler.sandbox.errors import ApiError, conflict, group_exists, invalid
from reconciler.sandbox.records import Group, Timeline
from reconciler.sandbox.registry import Registry
from reconciler.sandbox.tagging import tags_of


def create_model_package_group(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a group: ARN at once, status Completed after the set times.

    Sources: botocore (no ClientToken, so a second call is "already exists"); names that differ
    only in case would share package ARNs (those are lower-cased), so they are refused alike.
    """
    name = text(parameters, "ModelPackageGroupName") or ""
    registry = context.registry
    arn = group_arn(context, registry.site, name)
    with registry.lock:
        existing = registry.group(name)
        if existing is not None:
            _refuse_second(existing)
        if len(registry.groups()) >= context.settings.max_groups:
            raise _too_many(context.settings.max_groups)
        document: JsonObject = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn,
            "CreationTime": context.now,
            "CreatedBy": context.author,
        }
        for member in ("ModelPackageGroupDescription", "ManagedConfiguration"):
            if member in parameters:
                document[member] = parameters[member]
        tags = tags_of(parameters)
        registry.save_group(Group(registry.site, document, tags, timeline=_timeline(context)))
    return {"ModelPackageGroupArn": arn}


def describe_model_package_group(context: Context, parameters: JsonObject) -> JsonObject:
    """Describe a group by name or ARN (botocore ArnOrName); tags are left to ListTags."""
    given = text(parameters, "ModelPackageGroupName") or ""
    _, group = find_group(context, given, "DescribeModelPackageGroup")
    return group.shown(context.now)


def delete_model_package_group(context: Context, parameters: JsonObject) -> JsonObject:
    """Delete an empty group; it shows Deleting until it is gone.

    A group that still holds versions is a conflict (botocore declares ConflictException; its
    wording is unverified). Source of the asynchrony: terraform-provider-aws wait.go.
    """
    given = text(parameters, "ModelPackageGroupName") or ""
    registry, group = find_group(context, given, "DeleteModelPackageGroup")
    with registry.lock:
        current = _still_there(registry, group)
        if registry.packages(current.name):
            raise conflict(
                f"Model Package Group {current.arn} cannot be deleted because it still contains "
                "model packages."
            )
        gone_at = context.now + context.settings.deletion_seconds
        if current.timeline.gone_at is None:
            timeline = replace(current.timeline, gone_at=gone_at)
            registry.save_group(replace(current, timeline=timeline))
    return {}


def refuse_while_deleting(group: Group) -> None:
    """Refuse a change to a group that is being deleted.

    Source: CloudFormation's and ACK's handlers wait while a group is Deleting; the code and text
    are unverified.

    Raises:
        ApiError: ConflictException.
    """
    if group.timeline.gone_at is not None:
        raise conflict(f"Model Package Group {group.arn} is being deleted.")


def _still_there(registry: Registry, group: Group) -> Group:
    found = registry.group(group.name)
    if found is None:
        raise invalid(f"ModelPackageGroup {group.arn} does not exist.")
    return found


def _refuse_second(existing: Group) -> None:
    refuse_while_deleting(existing)
    raise group_exists(existing.arn)


def _too_many(limit: int) -> ApiError:
    return ApiError(
        "ResourceLimitExceeded",
        "The account-level service limit 'Number of model package groups' is "
        f"{limit}, with current utilization of {limit} and a request delta of 1.",
    )


def _timeline(context: Context) -> Timeline:
    begins = context.now + context.settings.group_pending_seconds
    return Timeline(begins, begins + context.settings.group_in_progress_seconds)
