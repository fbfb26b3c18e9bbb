"""What a service has to offer so that its policy documents can be reconciled."""

from __future__ import annotations

from typing import Protocol

from reconciler.aws.api import Aws
from reconciler.core.environment import Environment
from reconciler.policy.stores import Store


class DocumentAccess(Protocol):
    """How one service is asked for, given and rid of a policy document."""

    @property
    def kind(self) -> str:
        """The kind of resource, as it appears in keys and plans."""
        ...

    @property
    def store(self) -> Store:
        """What the service accepts."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The IAM actions that reading needs."""
        ...

    @property
    def writes(self) -> frozenset[str]:
        """The IAM actions that writing needs."""
        ...

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        """Return the document's text, `None` if there is none. Raises `AwsFault`."""
        ...

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        """Return who manages the carrier, where some cannot be shared (`AWS`); else nothing."""
        ...

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        """Put the whole document. Raises `AwsFault`."""
        ...

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        """Delete the document. Raises `AwsFault`."""
        ...


class CarrierMissingError(Exception):
    """What should carry the document does not exist; the text says what."""
