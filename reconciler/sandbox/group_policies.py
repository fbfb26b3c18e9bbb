"""PutModelPackageGroupPolicy, GetModelPackageGroupPolicy, DeleteModelPackageGroupPolicy.

All three take a plain name (botocore EntityName), so a policy is managed from its own account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from reconciler.sandbox.access import authorize, group_arn
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, compact, parse_object, text
from reconciler.sandbox.errors import invalid, policy_group_missing, policy_missing
from reconciler.sandbox.groups import refuse_while_deleting
from reconciler.sandbox.policy import as_list, statements, wildcard
from reconciler.sandbox.principals import root_arn
from reconciler.sandbox.ram_policies import follow_policy
from reconciler.sandbox.records import Group
from reconciler.sandbox.registry import Registry
from reconciler.sandbox.stored_policies import (
    StoredPolicy,
    aws_principals,
    malformed_principal,
    principals_of,
    shown,
    stored,
)

_EFFECTS = ("Allow", "Deny")
_LINE_BREAK = re.compile(r"[\r\n]")


def put_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the group's whole policy (botocore: no revision, no merge)."""
    policy = text(parameters, "ResourcePolicy") or ""
    _refuse_line_breaks(context, policy)
    document = _readable(policy)
    registry = context.registry
    with registry.lock:
        group = _group(context, registry, parameters, "PutModelPackageGroupPolicy")
        refuse_while_deleting(group)
        _check_resources(group, document)
        _check_principals(context, document, registry.site.partition)
        kept = stored(context, policy, registry.site.partition)
        registry.save_group(replace(group, policy=kept.text, policy_ids=kept.ids))
    follow_policy(context, group.name)
    return {"ModelPackageGroupArn": group.arn}


def get_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the policy's text; how it differs from what was put is an open point (a setting).

    Source: terraform-provider-aws PR #22259 (text read back differs); the exact rewriting is
    unverified for SageMaker and borrowed from the other services: see `stored_policies`.
    """
    group = _group(context, context.registry, parameters, "GetModelPackageGroupPolicy")
    if group.policy is None:
        raise policy_missing(group.arn)
    if context.settings.policy_readback == "verbatim":
        return {"ResourcePolicy": group.policy}
    policy = StoredPolicy(group.policy, group.policy_ids)
    return {"ResourcePolicy": compact(shown(policy, context, group.site.partition))}


def delete_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove the policy; without one the answer is an error (terraform-provider-aws)."""
    registry = context.registry
    with registry.lock:
        group = _group(context, registry, parameters, "DeleteModelPackageGroupPolicy")
        if group.policy is None:
            raise policy_missing(group.arn)
        registry.save_group(replace(group, policy=None, policy_ids={}))
    follow_policy(context, group.name)
    return {}


def _group(context: Context, registry: Registry, parameters: JsonObject, action: str) -> Group:
    name = text(parameters, "ModelPackageGroupName") or ""
    group = registry.group(name)
    if group is None or group.name != name:
        raise policy_group_missing(group_arn(context, registry.site, name))
    authorize(context, registry.site, group, action, [group.arn])
    return group


def _readable(policy: str) -> JsonObject:
    """Return the policy document, or refuse it.

    Source of "Invalid policy provided: Duplicate principal": awslabs/aiops-modules PR #397; the
    other sentences share its start and are unverified.
    """
    try:
        document = parse_object(policy)
    except ValueError as error:
        raise invalid("Invalid policy provided: not a JSON document") from error
    found = statements(document)
    if not found or len(found) < len(as_list(document.get("Statement"))):
        raise invalid("Invalid policy provided: Missing required field Statement")
    for statement in found:
        _check(statement)
    return document


def _check(statement: JsonObject) -> None:
    if statement.get("Effect") not in _EFFECTS:
        raise invalid("Invalid policy provided: Effect must be Allow or Deny")
    for element in ("Principal", "Action", "Resource"):
        if not {element, f"Not{element}"} & statement.keys():
            raise invalid(f"Invalid policy provided: Missing required field {element}")
    _refuse_duplicates(entry for _, entry in principals_of(statement))


def _refuse_duplicates(principals: Iterable[str]) -> None:
    """Refuse a principal named twice, once as account id and once as root ARN included."""
    folded = [root_arn(entry, "aws") for entry in principals]
    if len(set(folded)) < len(folded):
        raise invalid("Invalid policy provided: Duplicate principal")


def _refuse_line_breaks(context: Context, policy: str) -> None:
    """Refuse a text that the service model's pattern `.*` does not match, taken literally.

    Source: botocore PolicyString; that the service insists on it is unverified: a setting.
    """
    if context.settings.policy_newlines == "refused" and _LINE_BREAK.search(policy):
        raise invalid(
            f"1 validation error detected: Value '{policy}' at 'resourcePolicy' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: .*"
        )


def _check_resources(group: Group, document: JsonObject) -> None:
    """Want resources of this group: itself, its packages, or patterns that match them.

    Source: developer guide, "Set up discoverability" and "Register a model version" (the two forms
    of resources); that others are refused, and how, is unverified.
    """
    for statement in statements(document):
        for element in ("Resource", "NotResource"):
            for resource in as_list(statement.get(element)):
                if not isinstance(resource, str) or not _is_own(group, resource):
                    raise invalid(f"Invalid policy provided: Invalid resource {resource}")


def _is_own(group: Group, resource: str) -> bool:
    packages = group.site.package_arn(f"{group.name}/").lower()
    asked = resource.lower()
    return asked.startswith(packages) or any(
        wildcard(asked, own) for own in (group.arn.lower(), f"{packages}1")
    )


def _check_principals(context: Context, document: JsonObject, partition: str) -> None:
    """Want principals that exist (code and text are borrowed from the sibling refusals)."""
    wrong: JsonValue = malformed_principal(document, partition)
    if wrong is None:
        named = aws_principals(document, partition)
        wrong = next(iter(context.world.principals.missing(named)), None)
    if wrong is not None:
        raise invalid(f"Invalid policy provided: Invalid principal {wrong}")
