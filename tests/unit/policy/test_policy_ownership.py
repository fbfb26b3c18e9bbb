"""Sids say whose a statement is, and nothing about its content."""

from __future__ import annotations

import re

import pytest
from policy_samples import IDENTITY, OTHER, OWNER, allow, foreign, ours, theirs

from reconciler.policy import ownership
from reconciler.policy.ownership import (
    MAX_ROLE,
    Holder,
    belongs,
    colliding_identities,
    holding,
    identity_hash,
    owner_hash,
    sid,
)


def test_a_sid_is_letters_and_digits_and_bounded() -> None:
    longest = sid(OWNER, IDENTITY, "A" * MAX_ROLE)
    assert len(longest) == 64
    assert re.fullmatch(r"Smr[0-9a-f]{16}A+", longest)


@pytest.mark.parametrize("role", ["", "Read-It", "Read It", "é", "A" * (MAX_ROLE + 1), "a\n"])
def test_other_roles_are_refused(role: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        sid(OWNER, IDENTITY, role)


def test_a_sid_depends_on_owner_identity_and_role_only() -> None:
    sids = {
        sid(OWNER, IDENTITY, "A"),
        sid(OTHER, IDENTITY, "A"),
        sid(OWNER, "x", "A"),
        sid(OWNER, IDENTITY, "B"),
    }
    assert len(sids) == 4
    assert sid(OWNER, IDENTITY, "A") in sids
    assert owner_hash("same") != identity_hash("same")


def test_every_statement_has_a_holder() -> None:
    own = holding(ours(), OWNER)
    assert own.holder is Holder.OURS
    assert own.identity_hash == identity_hash(IDENTITY)
    assert own.role == "ReadPackages"
    assert holding(theirs(), OWNER).holder is Holder.OTHER_RECONCILER
    assert holding(theirs(), OTHER).holder is Holder.OURS
    assert holding(theirs(), OWNER).owner_hash == owner_hash(OTHER)
    assert holding(foreign(), OWNER).holder is Holder.FOREIGN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Smr",
        "SmrReader",
        f"Smr{owner_hash(OWNER)}",
        f"Smr{owner_hash(OWNER)}{identity_hash(IDENTITY)}",
        f"x{sid(OWNER, IDENTITY, 'A')}",
        f"{sid(OWNER, IDENTITY, 'A')} ",
        sid(OWNER, IDENTITY, "A").upper(),
    ],
)
def test_what_only_looks_like_ours_is_foreign(text: str) -> None:
    assert holding(allow(Sid=text), OWNER).holder is Holder.FOREIGN
    assert not belongs(text, OWNER)


def test_identities_with_one_hash_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert colliding_identities(["a", "b", "a"]) == ()
    monkeypatch.setattr(ownership, "_hash", lambda _what, text: text[0])
    assert colliding_identities(["a2", "b", "a1"]) == (("a1", "a2"),)
