"""The boundary to AWS that handlers speak through: calls in, plain answers or `AwsFault` out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from reconciler.core.environment import CallerIdentity, Environment
from reconciler.errors import ReconcilerError

Answer = Mapping[str, Any]
"""A parsed AWS response. `Any` is confined to this layer and to handlers' decoding of answers."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class FaultKind(StrEnum):
    """What a failed call means for us, whatever code and text AWS chose."""

    NOT_FOUND = "not found"
    ALREADY_EXISTS = "already exists"
    DENIED = "denied"
    CREDENTIALS = "credentials"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    LIMIT = "limit exceeded"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class AwsFault(ReconcilerError):  # noqa: N818 - "fault" is the word for a failed call
    """A call that failed, classified.

    `permission` is the IAM action that was missing, if any, and `resource` what it was missing
    on. `unknown_principal` says that AWS refused a policy or grant because it does not know a
    principal in it: a typing error, or a principal made less than a minute ago.
    """

    def __init__(  # noqa: PLR0913 - a record of one failure
        self,
        kind: FaultKind,
        *,
        what: str,
        operation: str,
        code: str = "",
        request_id: str | None = None,
        permission: str | None = None,
        resource: str = "",
        unknown_principal: bool = False,
        why: str = "",
        fix: str = "",
    ) -> None:
        super().__init__(what, why=why, fix=fix)
        self.kind = kind
        self.operation = operation
        self.code = code
        self.request_id = request_id
        self.permission = permission
        self.resource = resource
        self.unknown_principal = unknown_principal


class Aws(Protocol):
    """Calls to AWS on behalf of an environment. Thread-safe."""

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        """Return the answer of one operation (`DescribeModelPackage`), or raise `AwsFault`.

        `ResponseMetadata` of the answer holds the `RequestId` and nothing else.
        """
        ...

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        """Yield the answers of a paged operation until its `NextToken` ends, empty pages too."""
        ...

    def caller(self, environment: Environment) -> CallerIdentity:
        """Return who these calls are made as, verified by STS, or raise `AwsFault`."""
        ...


def concurrently(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int = 16
) -> list[Result]:
    """Return `function` of every item, in order, run in threads. The first exception is raised."""
    if len(items) < 2:  # noqa: PLR2004 - a pool for one item is waste
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(workers, len(items))) as pool:
        return list(pool.map(function, items))
