"""What is wrong with a manifest, as a value: collected everywhere, printed once at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.location import Location


class Severity(StrEnum):
    """How much a problem weighs: an error stops every command, a warning is only printed."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong at one place.

    `code` is stable and documented (`E1xx` reading and YAML, `E2xx` shape of a manifest,
    `E3xx` references and identities, `W...` warnings). `path` is the dotted place in the
    manifest (may be empty). `what` is one sentence; `why` and `fix` may be empty, but a
    `fix` is expected wherever there is something to do.
    """

    code: str
    where: Location
    path: str
    what: str
    why: str = ""
    fix: str = ""
    severity: Severity = Severity.ERROR

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        """Order problems by place, then code, so that output is stable."""
        return (self.where, self.code, self.path)
