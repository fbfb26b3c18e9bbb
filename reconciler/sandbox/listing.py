"""ListModelPackageGroups and ListModelPackages."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.sandbox.access import authorize, find_group
from reconciler.sandbox.arns import understand
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, number, text
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.packages import projection
from reconciler.sandbox.paging import Pages, SortKey
from reconciler.sandbox.policy import allows_account
from reconciler.sandbox.ram_policies import shared_groups
from reconciler.sandbox.records import Group, Package

_DESCRIBE = "sagemaker:DescribeModelPackageGroup"


def list_model_package_groups(context: Context, parameters: JsonObject) -> JsonObject:
    """List groups: own ones, or with CrossAccount those made discoverable by others.

    Source: botocore ListModelPackageGroups (default order CreationTime, Ascending).
    """
    if parameters.get("CrossAccountFilterOption") == "CrossAccount":
        groups = discoverable_groups(context)
    else:
        groups = context.registry.groups()
    found = [
        group
        for group in groups
        if _in_time(group.document, parameters) and _name_contains(group.name, parameters)
    ]
    pages = Pages(
        "ListModelPackageGroups", parameters, default_size=context.settings.default_page_size
    )
    by_name = parameters.get("SortBy") == "Name"
    page, token = pages.cut(
        found,
        key=lambda group: _sort_key(group.name, group.document, group.arn, by_name=by_name),
        descending=parameters.get("SortOrder") == "Descending",
    )
    shown = [projection(group.shown(context.now), "ModelPackageGroupSummary") for group in page]
    return _answer("ModelPackageGroupSummaryList", shown, token)


def list_model_packages(context: Context, parameters: JsonObject) -> JsonObject:
    """List packages: unversioned ones unless a group or a type says otherwise.

    Sources: botocore ListModelPackages.ModelPackageType (default UNVERSIONED) and boto/boto3#3069;
    a group alone lists its versions (ACK end-to-end tests, developer guide).
    """
    found = [
        package
        for package in _listed(context, parameters)
        if _in_time(package.document, parameters) and _name_contains(package.name, parameters)
    ]
    approval = parameters.get("ModelApprovalStatus")
    sparse = context.settings.filtered_pages == "sparse"
    if approval is not None and not sparse:
        found = _approved(found, approval)
    pages = Pages("ListModelPackages", parameters, default_size=context.settings.default_page_size)
    by_name = parameters.get("SortBy") == "Name"
    page, token = pages.cut(
        found,
        key=lambda package: _package_key(package, by_name=by_name),
        descending=parameters.get("SortOrder") == "Descending",
    )
    kept = page if approval is None else _approved(page, approval)
    shown = [projection(package.shown(context.now), "ModelPackageSummary") for package in kept]
    return _answer("ModelPackageSummaryList", shown, token)


def discoverable_groups(context: Context) -> list[Group]:
    """Return other accounts' groups that List and Search with CrossAccount show to this caller.

    Source: developer guide, "Set up discoverability" and "View shared model package groups": the
    group must be in a standard (promoted) RAM share, and the invitation accepted. With the setting
    `policy` the promotion of the share that stems from a policy is taken as done: then a policy
    that names the account will do; one that names a role never does.
    """
    if context.settings.discovery == "none":
        return []
    account = context.caller.account
    shared = shared_groups(context)
    by_policy = context.settings.discovery == "policy"
    return [
        group
        for registry in context.world.registries(context.region)
        if registry.site.account != account
        for group in registry.groups()
        if group.arn in shared
        or (
            by_policy
            and group.policy
            and allows_account(group.policy, account, _DESCRIBE, group.arn)
        )
    ]


def _listed(context: Context, parameters: JsonObject) -> list[Package]:
    """Return the packages of the asked type, before filters."""
    kind = parameters.get("ModelPackageType")
    given = text(parameters, "ModelPackageGroupName")
    if given is not None:
        return [] if kind == "Unversioned" else _versions(context, given)
    registry = context.registry
    if kind == "Both":
        return registry.packages()
    if kind == "Versioned":
        return [package for package in registry.packages() if package.group_name is not None]
    return registry.unversioned()


def _versions(context: Context, given: str) -> list[Package]:
    """Return a group's versions, if the caller may list them.

    The permission may stand on the group or on its packages: AWS's own samples differ. What an
    unknown group answers is an open point (a setting).
    """
    named = understand(given, context.home)
    registry = context.world.registry(named.site)
    group = registry.group(named.name)
    if group is not None:
        versions = named.site.package_arn(f"{group.name}/*")
        authorize(context, named.site, group, "ListModelPackages", [group.arn, versions])
        return registry.packages(group.name)
    try:
        find_group(context, given, "ListModelPackages")
    except ApiError as error:
        unknown = error.code == "ValidationException"
        if unknown and context.settings.unknown_group_lists == "empty":
            return []
        raise
    return []


def _approved(packages: Iterable[Package], status: JsonValue) -> list[Package]:
    return [item for item in packages if item.document.get("ModelApprovalStatus") == status]


def _in_time(document: JsonObject, parameters: JsonObject) -> bool:
    """Return whether CreationTimeAfter/Before let a resource through (bounds excluded)."""
    created = number(document, "CreationTime") or 0
    after = number(parameters, "CreationTimeAfter")
    before = number(parameters, "CreationTimeBefore")
    return (after is None or created > after) and (before is None or created < before)


def _name_contains(name: str, parameters: JsonObject) -> bool:
    wanted = text(parameters, "NameContains")
    return wanted is None or wanted.lower() in name.lower()


def _sort_key(name: str, document: JsonObject, arn: str, *, by_name: bool) -> SortKey:
    if by_name:
        return (name, arn)
    return (number(document, "CreationTime") or 0, arn)


def _package_key(package: Package, *, by_name: bool) -> SortKey:
    created = number(package.document, "CreationTime") or 0
    first: tuple[float | str, ...] = () if by_name else (created,)
    return (*first, package.name, package.version)


def _answer(member: str, shown: list[JsonObject], token: str | None) -> JsonObject:
    answer: JsonObject = {member: [*shown]}
    return answer if token is None else {**answer, "NextToken": token}
