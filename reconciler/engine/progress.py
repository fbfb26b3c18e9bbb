"""What apply tells while it runs. Always called from the thread that called apply."""

from __future__ import annotations

from typing import Protocol

from reconciler.core.outcome import Outcome
from reconciler.core.plan import Action


class Progress(Protocol):
    """Somebody who is shown how an apply goes on."""

    def started(self, action: Action) -> None:
        """Tell that an action is being carried out."""
        ...

    def waiting(self, action: Action, status: str, seconds: float) -> None:
        """Tell that AWS is still at work on a resource, and for how long we have waited."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """Tell what became of an action."""
        ...


class Silent:
    """A progress that tells nobody."""

    def started(self, action: Action) -> None:
        """Say nothing."""

    def waiting(self, action: Action, status: str, seconds: float) -> None:
        """Say nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Say nothing."""
