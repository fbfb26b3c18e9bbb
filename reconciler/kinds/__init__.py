"""The kinds of resources, one handler each. Adding a kind is one file and one line here."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.base import Handler
from reconciler.kinds.model_package.handler import ModelPackageHandler
from reconciler.kinds.model_package_group import ModelPackageGroupHandler
from reconciler.kinds.policies.bucket_policy import BucketPolicyAccess
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.kinds.policies.group_policy import GroupPolicyAccess
from reconciler.kinds.policies.key_grants import KeyGrantsHandler
from reconciler.kinds.policies.key_policy import KeyPolicyAccess
from reconciler.kinds.policies.repository_policy import RepositoryPolicyAccess
from reconciler.kinds.policies.resource_share import ResourceShareHandler
from reconciler.kinds.policies.rules import policy_problems

Handlers = tuple[Handler[Any], ...]
"""Handlers of any intent: the engine hands each kind only what that kind desired."""

HANDLERS: Handlers = (
    ModelPackageGroupHandler(),
    DocumentHandler(GroupPolicyAccess(), rules=policy_problems),
    DocumentHandler(RepositoryPolicyAccess()),
    DocumentHandler(BucketPolicyAccess()),
    DocumentHandler(KeyPolicyAccess()),
    KeyGrantsHandler(),
    ResourceShareHandler(),
    ModelPackageHandler(),
)
"""Every kind of resource, in the order in which plans show them."""
