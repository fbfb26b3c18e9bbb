"""The identity of a resource, stable across runs and independent of AWS ARNs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """Names one resource: the environment's name, the resource kind and the manifest's name."""

    environment: str
    kind: str
    name: str

    def __str__(self) -> str:
        """Return `ModelPackageGroup registry/churn`, the form used in every message."""
        return f"{self.kind} {self.environment}/{self.name}"
