"""What a guard judges, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.core.plan import Level
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import sid_of
from reconciler.policy.ownership import belongs
from reconciler.policy.stores import FACTS, Store, StoreFacts


@dataclass(frozen=True, slots=True)
class Case:
    """A whole document as it would be written to one resource.

    `carrier` is the resource's ARN and `account` its owner. `caller` is the ARN that writes
    (a role or its session, or a user; `""` = not known), `reader` the role that plans, if another
    one. Where it is not `declared` who writes, the caller is who does so as far as is known, and
    any role of the account may be another time.
    `discoverable` says that the group is to be found from other accounts. `sent` is the text, if
    it is another than the document's own.
    """

    store: Store
    carrier: str
    account: str
    document: PolicyDocument
    owner: str
    caller: str = ""
    discoverable: bool = False
    sent: str | None = None
    reader: str = ""
    declared: bool = True

    @property
    def facts(self) -> StoreFacts:
        """Return what the service accepts."""
        return FACTS[self.store]

    @property
    def text(self) -> str:
        """Return the text that would be sent."""
        return self.document.text() if self.sent is None else self.sent

    @property
    def ours(self) -> tuple[Statement, ...]:
        """Return the statements that we own, in order."""
        return tuple(each for each in self.document.statements if self.owns(each))

    @property
    def foreign(self) -> tuple[Statement, ...]:
        """Return everybody else's statements, in order."""
        return tuple(each for each in self.document.statements if not self.owns(each))

    def owns(self, statement: Statement) -> bool:
        """Say whether a statement is ours."""
        return belongs(sid_of(statement), self.owner)


@dataclass(frozen=True, slots=True)
class Concern:
    """What a guard found. `guard` is stable; `sid` names the statement, if it is about one.

    An error refuses the write; `fix` says what to write instead.
    """

    guard: str
    level: Level
    sid: str
    what: str
    why: str
    fix: str


Guard = Callable[[Case], Iterator[Concern]]


def refusal(guard: str, statement: Statement | None, what: str, why: str, fix: str) -> Concern:
    """Return an error about a statement, or about the whole document."""
    return Concern(guard, Level.ERROR, _sid(statement), what, why, fix)


def warning(guard: str, statement: Statement | None, what: str, why: str, fix: str) -> Concern:
    """Return a warning about a statement, or about the whole document."""
    return Concern(guard, Level.WARNING, _sid(statement), what, why, fix)


def label(statement: Statement) -> str:
    """Return how a message names a statement."""
    sid = sid_of(statement)
    return f"statement {sid}" if sid else "a statement without Sid"


def _sid(statement: Statement | None) -> str:
    return "" if statement is None else sid_of(statement)
