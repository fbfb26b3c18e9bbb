"""What a journal has to offer that keeps the texts of documents before they are replaced.

The report tells the previous text too, but only when the run has ended. What is in a journal is
there even if the process is killed between the write and the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.errors import ReconcilerError


@dataclass(frozen=True, slots=True)
class Entry:
    """What one run is about to replace.

    `texts` are what the document was before each write, the oldest first; `None` where there was
    no document.
    """

    key: ResourceKey
    environment: Environment
    carrier: str
    texts: tuple[str | None, ...]


class JournalError(ReconcilerError):
    """An entry could not be kept, so the document must not be replaced."""


class Journal(Protocol):
    """Keeps entries where they survive the process. Thread-safe."""

    def keep(self, entry: Entry) -> str:
        """Keep an entry, in place of an earlier one of this run and document; return its path.

        Raises:
            JournalError: if it is not certain that the entry is kept.
        """
        ...


class NoJournal:
    """Keeps nothing: for plans, and for tests that look at something else."""

    def keep(self, entry: Entry) -> str:
        """Keep nothing of the entry."""
        del entry
        return ""


NO_JOURNAL: Final[Journal] = NoJournal()
