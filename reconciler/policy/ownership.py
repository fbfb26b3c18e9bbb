"""Whose statement is whose: the Sids that mark ours (policies.md A4).

A Sid of ours is `Smr`, eight hex digits of the owner, eight of the manifest's identity, and a
role word that says which of the manifest's statements it is. It depends on identity only, so
that an edit is an update in place. IAM wants letters and digits and uniqueness within a
document (IAM user guide, "Sid"); no service states a length, so we bound it ourselves.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.policy.document import Statement
from reconciler.policy.elements import sid_of

PREFIX: Final = "Smr"
MAX_SID: Final = 64
"""Our own bound: a Sid counts against the size of the document."""
MAX_ROLE: Final = MAX_SID - len(PREFIX) - 16

_OURS = re.compile(rf"{PREFIX}([0-9a-f]{{8}})([0-9a-f]{{8}})([A-Za-z0-9]{{1,{MAX_ROLE}}})")
_ROLE = re.compile(rf"[A-Za-z0-9]{{1,{MAX_ROLE}}}")


class Holder(StrEnum):
    """Who keeps a statement."""

    OURS = "ours"
    OTHER_RECONCILER = "another reconciler"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Holding:
    """Who keeps a statement; the hashes and the role are empty for a foreign one."""

    holder: Holder
    owner_hash: str = ""
    identity_hash: str = ""
    role: str = ""


_FOREIGN = Holding(Holder.FOREIGN)


def owner_hash(owner: str) -> str:
    """Return the eight hex digits that stand for an owner in a Sid."""
    return _hash("owner", owner)


def identity_hash(identity: str) -> str:
    """Return the eight hex digits that stand for a manifest's identity in a Sid."""
    return _hash("identity", identity)


def _hash(what: str, text: str) -> str:
    return hashlib.sha256(f"{what}\0{text}".encode()).hexdigest()[:8]


def sid(owner: str, identity: str, role: str) -> str:
    """Return the Sid of one statement of a manifest.

    `role` is a word of letters and digits, unique among the manifest's statements in one document.
    """
    if not _ROLE.fullmatch(role):
        raise ValueError(f"role {role!r} is not 1 to {MAX_ROLE} letters and digits")
    return f"{PREFIX}{owner_hash(owner)}{identity_hash(identity)}{role}"


def belongs(text: str, owner: str) -> bool:
    """Say whether a Sid is one of this owner's."""
    return _holding(text, owner).holder is Holder.OURS


def holding(statement: Statement, owner: str) -> Holding:
    """Say who keeps a statement, seen from an owner."""
    return _holding(sid_of(statement), owner)


def _holding(text: str, owner: str) -> Holding:
    found = _OURS.fullmatch(text)
    if not found:
        return _FOREIGN
    whose, identity, role = found.groups()
    holder = Holder.OURS if whose == owner_hash(owner) else Holder.OTHER_RECONCILER
    return Holding(holder, whose, identity, role)


def colliding_identities(identities: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the identities that share a hash, so that they can be refused before any write."""
    by_hash: dict[str, set[str]] = defaultdict(set)
    for identity in identities:
        by_hash[identity_hash(identity)].add(identity)
    return tuple(sorted(tuple(sorted(each)) for each in by_hash.values() if len(each) > 1))
