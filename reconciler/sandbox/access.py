"""May this caller do that? Finds the group or package meant, and judges calls across accounts.

Within an account a caller may do everything that no policy denies (identity policies are not
modelled). Across accounts the group's resource policy or a RAM share must allow the action; whether
the resource exists is not revealed to those it does not allow.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.sandbox.arns import Site, understand
from reconciler.sandbox.context import Context
from reconciler.sandbox.errors import access_denied, invalid, missing_group, missing_package
from reconciler.sandbox.policy import Decision, evaluate_document
from reconciler.sandbox.ram_policies import shares_action
from reconciler.sandbox.records import Group, Package
from reconciler.sandbox.registry import Registry
from reconciler.sandbox.stored_policies import StoredPolicy, effective

GROUP = "model-package-group"
PACKAGE = "model-package"


def group_arn(context: Context, site: Site, name: str) -> str:
    """Return a group's ARN; whether AWS keeps the name's case is an open point (a setting)."""
    shown = name.lower() if context.settings.group_arn_case == "lower" else name
    return site.arn(GROUP, shown)


def find_group(context: Context, given: str, action: str) -> tuple[Registry, Group]:
    """Return the group that a name or ARN means, if the caller may do `action` to it.

    Raises:
        ApiError: It is not there, not in this region, or not for this caller.
    """
    named = understand(given, context.home)
    arn = group_arn(context, named.site, named.name)
    registry = context.world.registry(named.site)
    group = registry.group(named.name) if named.kind in {None, GROUP} else None
    if group is not None and named.kind is None and group.name != named.name:
        group = None
    authorize(context, registry.site, group, action, [arn if group is None else group.arn])
    if group is None:
        raise missing_group(arn)
    return registry, group


def find_package(context: Context, given: str, action: str) -> tuple[Registry, Package]:
    """Return the package that a name, `group/version` or ARN means, if the caller may do `action`.

    Raises:
        ApiError: It is not there, not in this region, or not for this caller.
    """
    named = understand(given, context.home)
    if named.kind not in {None, PACKAGE}:
        raise invalid(f"{given} is not the ARN of a model package")
    arn = named.site.package_arn(named.name)
    registry = context.world.registry(named.site)
    package = registry.package(named.name.lower())
    group = registry.group(named.name.partition("/")[0]) if "/" in named.name else None
    authorize(context, registry.site, group, action, [arn])
    if package is None:
        raise missing_package(arn)
    return registry, package


def authorize(
    context: Context, owner: Site, group: Group | None, action: str, resources: Iterable[str]
) -> None:
    """Let the call pass, or refuse it.

    Several resources say that a permission on any of them is enough: AWS samples put
    ListModelPackages now on the group, now on its packages.

    Raises:
        ApiError: AccessDeniedException.
    """
    asked = list(resources)
    full = f"sagemaker:{action}"
    found = _judged(context, group, full, asked)
    if Decision.DENY in found:
        why = "with an explicit deny in a resource-based policy"
    elif (
        context.caller.account == owner.account
        or Decision.ALLOW in found
        or (group is not None and shares_action(context, group, full))
    ):
        return
    else:
        why = f"because no resource-based policy allows the {full} action"
    raise access_denied(context.caller.arn, full, asked[0], why)


def _judged(
    context: Context, group: Group | None, action: str, resources: Iterable[str]
) -> set[Decision]:
    """Return what the group's policy says of the caller, for each resource."""
    if group is None or group.policy is None:
        return set()
    policy = StoredPolicy(group.policy, group.policy_ids)
    document = effective(policy, context.world.principals, group.site.partition)
    return {evaluate_document(document, context.caller, action, arn) for arn in resources}
