"""Which policies come before the versions of a group. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.keys import ResourceKey
from reconciler.kinds.policies.contributions import contributions
from reconciler.kinds.policies.desire import document_key
from reconciler.kinds.policies.intent import GROUP_POLICY, KEY_GRANTS, KEY_POLICY, MANIFEST_KIND
from reconciler.manifest.workspace import Workspace


def artifact_policies(workspace: Workspace) -> Mapping[str, tuple[ResourceKey, ...]]:
    """Return, by the ARN of a group, the documents of what its versions are made of.

    Images, artifacts and keys have to be readable before a version that uses them is registered.
    """
    carriers: dict[ResourceKey, list[str]] = {}
    documents: dict[ResourceKey, list[ResourceKey]] = {}
    for each in contributions(workspace):
        policy = ResourceKey(each.policy.spec.environment, MANIFEST_KIND, each.policy.name)
        if each.place.kind == KEY_POLICY:  # by statements, or by grants
            key = document_key(each.place)
            documents.setdefault(policy, []).extend((key, replace(key, kind=KEY_GRANTS)))
        elif each.statements and each.place.kind == GROUP_POLICY:
            carriers.setdefault(policy, []).append(each.place.carrier)
        elif each.statements:
            documents.setdefault(policy, []).append(document_key(each.place))
    found: dict[str, dict[ResourceKey, None]] = {}
    for policy, arns in carriers.items():
        for arn in arns:
            found.setdefault(arn, {}).update(dict.fromkeys(documents.get(policy, ())))
    return {arn: tuple(keys) for arn, keys in found.items()}


def group_policies(workspace: Workspace) -> Mapping[str, ResourceKey]:
    """Return, by the ARN of a group, the key of its policy where manifests ask for one."""
    return {
        each.place.carrier: document_key(each.place)
        for each in contributions(workspace)
        if each.place.kind == GROUP_POLICY and each.statements
    }
