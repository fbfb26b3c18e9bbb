"""What surrounds a rendered text: the run, the commits, how far things are, what to hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.render.contract import ErrorDocument
from reconciler.render.marker import Marker, State

ALL: Final = "all"
"""The key of the one text about all environments."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What a text must not show: `texts` wherever they stand, and account ids with `accounts`."""

    texts: frozenset[str] = frozenset()
    accounts: bool = False


NOTHING: Final = Hiding()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text about plans has to know besides them.

    `key` tells this text from others of the same pull request. `repository_url` and `run_url` are
    pages of the host; `head`, `base` and `branch` are the commits and the branch of the pull
    request. `expected` environments that no plan covers are shown as missing. `nonce` tells this
    writing from all others. `hidden` texts are masked wherever they stand, and account ids with
    `mask_accounts`. A plan whose diffs have at most `expand_lines` lines is shown unfolded.
    `list_unchanged` names what does not change, where there is room for it.

    `reviewed` is the marker of the text that this one replaces once it was merged: the new marker
    goes on saying what people have reviewed, or a second try of the apply would not find it.
    """

    key: str = ALL
    repository_url: str = ""
    run_url: str = ""
    summary_url: str = ""
    artifact_url: str = ""
    run: int = 0
    attempt: int = 0
    head: str = ""
    base: str = ""
    branch: str = ""
    state: State = State.PLANNED
    expected: tuple[str, ...] = ()
    nonce: str = ""
    mask_accounts: bool = False
    hidden: frozenset[str] = frozenset()
    expand_lines: int = 12
    list_unchanged: bool = False
    reviewed: Marker | None = None

    @property
    def hiding(self) -> Hiding:
        """Return what the text must not show."""
        return Hiding(self.hidden, self.mask_accounts)


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A plan or an apply that ended before there was one. No environment means all of them."""

    error: ErrorDocument
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text, whether anything was left out of it, and the marker that is (or would be) in it."""

    text: str
    truncated: bool
    marker: Marker
