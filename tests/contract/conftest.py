"""Fixtures of the contract tests."""

from sandbox_support import (
    group,
    registry,
    served,
    server,
    shared_registry,
    shared_server,
)

__all__ = ["group", "registry", "served", "server", "shared_registry", "shared_server"]
