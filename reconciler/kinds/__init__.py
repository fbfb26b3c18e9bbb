"""The kinds of resources, one handler each. Adding a kind is one file and one line here."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.base import Handler
from reconciler.kinds.model_package.handler import ModelPackageHandler
from reconciler.kinds.model_package_group import ModelPackageGroupHandler

Handlers = tuple[Handler[Any], ...]
"""Handlers of any intent: the engine hands each kind only what that kind desired."""

HANDLERS: Handlers = (
    ModelPackageGroupHandler(),
    ModelPackageHandler(),
)
"""Every kind of resource, in the order in which plans show them."""
