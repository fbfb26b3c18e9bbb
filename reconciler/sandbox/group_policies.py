"""PutModelPackageGroupPolicy, GetModelPackageGroupPolicy, DeleteModelPackageGroupPolicy.

All three take a plain name (botocore EntityName), so a policy is managed from its own account.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.sandbox.access import authorize, group_arn
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, compact, parse_object, text
from reconciler.sandbox.errors import invalid, policy_group_missing, policy_missing
from reconciler.sandbox.groups import refuse_while_deleting
from reconciler.sandbox.policy import as_list, statements
from reconciler.sandbox.records import Group
from reconciler.sandbox.registry import Registry

_ACCOUNT_ID = re.compile(r"\d{12}")
_EFFECTS = ("Allow", "Deny")


def put_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the group's whole policy (botocore: no revision, no merge)."""
    policy = text(parameters, "ResourcePolicy") or ""
    document = _readable(policy)
    registry = context.registry
    with registry.lock:
        group = _group(context, registry, parameters, "PutModelPackageGroupPolicy")
        refuse_while_deleting(group)
        if context.settings.policy_readback == "normalised":
            policy = compact(_normalised(document, registry.site.partition))
        registry.save_group(replace(group, policy=policy))
    return {"ModelPackageGroupArn": group.arn}


def get_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the policy's text; how it differs from what was put is an open point (a setting)."""
    group = _group(context, context.registry, parameters, "GetModelPackageGroupPolicy")
    if group.policy is None:
        raise policy_missing(group.arn)
    return {"ResourcePolicy": group.policy}


def delete_model_package_group_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove the policy; without one the answer is an error (terraform-provider-aws)."""
    registry = context.registry
    with registry.lock:
        group = _group(context, registry, parameters, "DeleteModelPackageGroupPolicy")
        if group.policy is None:
            raise policy_missing(group.arn)
        registry.save_group(replace(group, policy=None))
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
    principals = _principals(statement.get("Principal"))
    if len(set(principals)) < len(principals):
        raise invalid("Invalid policy provided: Duplicate principal")


def _principals(principal: JsonValue) -> list[str]:
    listed = as_list(principal.get("AWS")) if isinstance(principal, dict) else as_list(principal)
    return [_root_arn(entry, "aws") for entry in listed if isinstance(entry, str)]


def _normalised(document: JsonObject, partition: str) -> JsonObject:
    """Return the document with account ids written as root ARNs, as IAM-like stores do.

    Source: terraform-provider-aws PR #22259 (text read back differs); the exact rewriting is
    unverified for SageMaker and borrowed from S3 (noobaa/noobaa-core#10059 quotes AWS).
    """
    shown: list[JsonValue] = []
    for statement in statements(document):
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "AWS" in principal:
            listed = [
                _root_arn(entry, partition) if isinstance(entry, str) else entry
                for entry in as_list(principal["AWS"])
            ]
            aws: JsonValue = listed[0] if len(listed) == 1 else [*listed]
            shown.append({**statement, "Principal": {**principal, "AWS": aws}})
        else:
            shown.append(statement)
    return {**document, "Statement": shown}


def _root_arn(principal: str, partition: str) -> str:
    if _ACCOUNT_ID.fullmatch(principal):
        return f"arn:{partition}:iam::{principal}:root"
    return principal
