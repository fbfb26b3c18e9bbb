"""What the engine asks of every kind of resource. Adding a kind = one handler, one registry line.

A handler is stateless and pure except for its reader and its `write`. It never plans across
kinds, never prints, and never catches `AwsFault` except to turn it into a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from reconciler.aws.api import Aws, AwsFault
from reconciler.core.environment import Environment
from reconciler.core.fields import Field
from reconciler.core.plan import Action
from reconciler.core.problem import Problem
from reconciler.core.provenance import Change
from reconciler.core.resources import Desired, Finding, Live, Reading
from reconciler.manifest.workspace import Workspace

Intent = TypeVar("Intent")
Wanted = TypeVar("Wanted", contravariant=True)  # noqa: PLC0105 - reads as English in `Desired[Wanted]`


RECENT_SECONDS = 5.0
"""How old a listing may be that says that what is about to be created does not exist yet."""


History = Callable[[str], Change | None]
"""Which change to a manifest file came last; it is asked only where that is going to be written."""


def no_history(_path: str) -> None:
    """Know of no change to any file, as where there is no Git."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is written on a resource besides its declared values, when it is written anyway.

    `history` gives the last change of a manifest file. It may take a while, and is only asked
    where an approval is about to be written.
    """

    commit: str | None = None
    history: History = no_history


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write came to: the ARN of the resource, and what there is to tell about it.

    `previous` is the text that was replaced, where whole documents are put; it is the only way
    back. `journal` is the file that keeps it. `remarks` say what happened besides.
    """

    arn: str
    previous: str = ""
    remarks: tuple[str, ...] = ()
    journal: str = ""


class StaleWriteError(Exception):
    """The resource is not as it was planned, seen between the last read and the write."""


class IncompleteWriteError(Exception):
    """A call failed when something had been written already; `partial` says what there was."""

    def __init__(self, fault: AwsFault, partial: WriteResult) -> None:
        super().__init__(fault.what)
        self.fault = fault
        self.partial = partial


class Reader(Protocol[Wanted]):
    """Reads resources of one kind in one environment; lives as long as one plan or apply."""

    def read_all(self, desired: Sequence[Desired[Wanted]]) -> Reading:
        """Return a finding for every wanted resource, in as few calls as the API allows."""
        ...

    def read_again(self, desired: Desired[Wanted], arn: str | None) -> Finding:
        """Return the authoritative finding of one resource, just before or after its write.

        `arn` is the live resource as last seen, or `None` where none was seen.
        """
        ...


class Handler(Protocol[Intent]):
    """One kind of resource: its field table, how to read it, what to propose, how to write it."""

    @property
    def kind(self) -> str:
        """The kind of resource, as it appears in keys and plans."""
        ...

    @property
    def fields(self) -> tuple[Field, ...]:
        """The field table, in the order in which changes are shown."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The IAM actions that reading needs (`sagemaker:ListModelPackages`)."""
        ...

    @property
    def writes(self) -> frozenset[str]:
        """The IAM actions that writing needs."""
        ...

    def desire(self, workspace: Workspace) -> tuple[list[Desired[Intent]], list[Problem]]:
        """Return what the manifests declare of this kind, and what is wrong with it."""
        ...

    def reader(self, aws: Aws, environment: Environment) -> Reader[Intent]:
        """Return a reader for one environment."""
        ...

    def propose(self, desired: Sequence[Desired[Intent]], reading: Reading) -> list[Action]:
        """Return the actions that lead from what was found to what is declared. Pure."""
        ...

    def write(
        self, aws: Aws, action: Action, desired: Desired[Intent], live: Live | None, stamp: Stamp
    ) -> WriteResult:
        """Carry out one action.

        Raises:
            AwsFault: if a call fails.
            IncompleteWriteError: if one fails when something has been written.
            StaleWriteError: if the resource turns out not to be as it was planned.
        """
        ...
