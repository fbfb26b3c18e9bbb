"""The merge of policies.md A5: what is written, what is kept, what is refused."""

from __future__ import annotations

import pytest
from policy_samples import IDENTITY, OWNER, ROLE, STRANGER, foreign, ours, parsed, theirs, without

from reconciler.core.data import Json
from reconciler.policy.canonical import equal_statements
from reconciler.policy.document import EMPTY, PolicyDocument, Statement, document
from reconciler.policy.elements import sid_of
from reconciler.policy.merge import (
    Edit,
    Merge,
    Reread,
    Unmergeable,
    Wanted,
    Write,
    adoptable,
    fingerprints,
    merge,
    reread,
    settled,
    verify,
)
from reconciler.policy.stores import Store

READ, DEPLOY = ours("ReadPackages"), ours("DeployPackages", Action="sagemaker:CreateModel")
ADOPTING = Wanted(OWNER, (READ,), frozenset(), frozenset({sid_of(READ)}))
FIRST, SECOND = foreign(), foreign(Sid="", Principal="*", Effect="Deny")


def wanted(*statements: Statement, known: tuple[str, ...] = (IDENTITY,)) -> Wanted:
    return Wanted(OWNER, statements, frozenset(known))


def merged(live: PolicyDocument | None, want: Wanted, store: Store = Store.GROUP) -> Merge:
    found = merge(live, want, store)
    assert isinstance(found, Merge), found
    return found


def refused(live: PolicyDocument | None, want: Wanted, store: Store = Store.GROUP) -> Unmergeable:
    found = merge(live, want, store)
    assert isinstance(found, Unmergeable), found
    return found


def test_where_there_is_none_a_document_of_the_new_version_is_put() -> None:
    found = merged(None, wanted(READ))
    assert found.write is Write.PUT
    assert found.document == PolicyDocument({"Version": "2012-10-17", "Statement": [READ]})
    assert found.edits == (Edit(sid_of(READ), None, READ),)


def test_others_stay_verbatim_and_in_order_before_ours_by_sid() -> None:
    live = parsed(
        {"Id": "x", "Statement": [FIRST, READ, SECOND, theirs()], "Version": "2012-10-17"}
    )
    found = merged(live, wanted(READ, DEPLOY))
    assert found.document.members == {
        "Id": "x",
        "Statement": [FIRST, SECOND, theirs(), DEPLOY, READ],
        "Version": "2012-10-17",
    }
    assert list(found.document.members) == ["Id", "Statement", "Version"]
    assert found.others == (theirs(),)


def test_nothing_is_written_when_ours_mean_what_is_wanted() -> None:
    respelled = {**READ, "Effect": "allow", "Action": ["SAGEMAKER:describemodelpackage"]}
    live = parsed({"Statement": [respelled, FIRST]})
    found = merged(live, wanted(READ))
    assert (found.write, found.edits, found.document) == (Write.NONE, (), live)
    assert merged(None, wanted()).write is Write.NONE
    assert merged(document(FIRST), wanted()).write is Write.NONE


def test_a_changed_statement_is_one_edit_in_place() -> None:
    new = {**READ, "Action": "sagemaker:ListModelPackages"}
    found = merged(document(READ), wanted(new))
    assert found.edits == (Edit(sid_of(READ), READ, new),)
    assert found.document.statements == (new,)


def test_a_statement_is_removed_only_for_a_manifest_that_the_run_knows() -> None:
    live = document(FIRST, READ)
    known = merged(live, wanted())
    assert known.document.statements == (FIRST,)
    assert known.edits == (Edit(sid_of(READ), READ, None),)
    vanished = merged(live, wanted(known=()))
    assert (vanished.write, vanished.orphaned) == (Write.NONE, (READ,))


def test_an_orphan_stays_in_place_beside_what_is_wanted() -> None:
    orphan = ours("ReadPackages", "registry/vanished")
    found = merged(document(orphan, FIRST), wanted(READ))
    assert found.document.statements == (orphan, FIRST, READ)
    assert found.orphaned == (orphan,)


def test_another_reconcilers_statements_are_never_touched() -> None:
    found = merged(document(theirs(), READ), wanted())
    assert found.document.statements == (theirs(),)
    assert merged(document(theirs()), wanted()).write is Write.NONE


def test_a_sid_that_live_holds_twice_is_left_once() -> None:
    other = {**READ, "Effect": "Deny"}
    found = merged(document(other, READ), wanted(READ))
    assert found.document.statements == (READ,)
    assert found.edits == (Edit(sid_of(READ), other, None),)
    changed = merged(document(other, other), wanted(READ))
    assert changed.edits == (Edit(sid_of(READ), other, READ), Edit(sid_of(READ), other, None))


def test_the_document_is_deleted_when_nothing_is_left_but_never_a_keys() -> None:
    found = merged(document(READ), wanted())
    assert (found.write, found.document) == (Write.DELETE, EMPTY)
    assert "key policy" in refused(document(READ), wanted(), Store.KEY).what


def test_a_document_of_others_is_put_not_deleted() -> None:
    assert merged(document(READ, FIRST), wanted()).write is Write.PUT


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
@pytest.mark.parametrize(
    "element",
    [
        {"Resource": "arn:aws:s3:::b/${aws:username}"},
        {"Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}},
    ],
)
def test_a_variable_in_an_old_document_is_refused(
    version: dict[str, Json], element: dict[str, Json]
) -> None:
    live = parsed({**version, "Statement": [FIRST]})
    assert "variable" in refused(live, wanted({**READ, **element})).what
    assert merged(live, wanted(READ)).document.members.get("Version") == version.get("Version")
    assert merged(document(FIRST), wanted({**READ, **element})).write is Write.PUT


def test_one_sid_for_two_meanings_is_refused() -> None:
    assert "claim the Sid" in refused(None, wanted(READ, {**READ, "Effect": "Deny"})).what
    assert merged(None, wanted(READ, dict(READ))).document.statements == (READ,)


@pytest.mark.parametrize("statement", [FIRST, theirs()])
def test_what_is_wanted_must_be_ours(statement: Statement) -> None:
    with pytest.raises(ValueError, match="owns it"):
        merge(None, wanted(statement), Store.GROUP)


def test_adopting_takes_one_equal_statement_of_others_and_only_on_request() -> None:
    same = {**without(READ, "Sid"), "Effect": "allow"}
    live = document(same, FIRST, same)
    assert merged(live, wanted(READ)).document.statements == (same, FIRST, same, READ)
    assert adoptable(live, wanted(READ)) == (Edit(sid_of(READ), same, READ),)
    found = merged(live, ADOPTING)
    assert found.document.statements == (FIRST, same, READ)
    assert [each.adopts for each in found.edits] == [True]
    assert not any(each.adopts for each in merged(live, wanted(READ)).edits)


def test_adopting_deletes_nothing_where_ours_is_live_already() -> None:
    live = document(without(READ, "Sid"), READ)
    assert merged(live, ADOPTING).write is Write.NONE
    assert adoptable(live, wanted(READ)) == ()


def test_what_another_reconciler_holds_is_never_adopted() -> None:
    """It would write its statement again, whatever we made of it."""
    live = document(theirs(), foreign(), theirs())
    assert equal_statements({**theirs(), "Sid": sid_of(READ)}, READ)
    assert merged(live, ADOPTING).document.statements == (theirs(), theirs(), READ)
    assert merged(document(theirs()), ADOPTING).document.statements == (theirs(), READ)
    assert adoptable(document(theirs()), wanted(READ)) == ()


def test_adopting_is_for_the_statements_that_it_is_asked_for() -> None:
    """Two manifests want the same of one document; only one of them adopts."""
    mine, neighbours = READ, {**READ, "Sid": sid_of(ours("ReadPackages", "registry/neighbour"))}
    live = document(foreign(), foreign())
    adopting = Wanted(OWNER, (neighbours, mine), frozenset(), frozenset({sid_of(mine)}))
    found = merged(live, adopting)
    assert [each.sid for each in found.edits if each.adopts] == [sid_of(mine)]
    assert found.document.statements.count(foreign()) == 1


def test_the_second_read_tells_who_changed_something() -> None:
    live = document(FIRST, READ)
    planned = fingerprints(live, OWNER)
    shuffled = document({**READ, "Effect": "allow"}, FIRST)
    assert reread(planned, shuffled, OWNER) is Reread.UNCHANGED
    assert reread(planned, document(READ), OWNER) is Reread.FOREIGN_CHANGED
    assert reread(planned, document(FIRST, SECOND, READ), OWNER) is Reread.FOREIGN_CHANGED
    old = PolicyDocument({**live.members, "Version": "2008-10-17"})
    assert reread(planned, old, OWNER) is Reread.FOREIGN_CHANGED
    assert reread(planned, document(FIRST), OWNER) is Reread.STALE
    assert reread(planned, None, OWNER) is Reread.STALE
    assert reread(fingerprints(None, OWNER), document(), OWNER) is Reread.UNCHANGED


def test_the_merge_carries_the_fingerprints_of_what_it_was_made_from() -> None:
    live = document(FIRST, READ)
    assert merged(live, wanted(DEPLOY)).fingerprints == fingerprints(live, OWNER)


def test_verification_tells_whose_statements_were_lost() -> None:
    written = document(FIRST, READ)
    assert verify(written, document(READ, FIRST), OWNER).converged
    lost = verify(written, document(FIRST), OWNER)
    assert (lost.converged, lost.owned.missing, bool(lost.foreign)) == (False, (READ,), False)
    moved = verify(written, document(READ, SECOND), OWNER)
    assert (moved.foreign.missing, moved.foreign.unexpected) == ((FIRST,), (SECOND,))
    assert not verify(written, None, OWNER).converged
    assert verify(EMPTY, None, OWNER).converged
    old = PolicyDocument({**written.members, "Version": "2008-10-17"})
    assert not verify(written, old, OWNER).converged


def test_a_principal_that_the_service_respells_has_converged() -> None:
    written = document(ours(Principal={"AWS": [STRANGER, ROLE]}))
    read = document(ours(Principal={"AWS": [ROLE, f"arn:aws:iam::{STRANGER}:root"]}))
    assert verify(written, read, OWNER).converged


def test_settled_means_equal_several_times_in_a_row() -> None:
    one, two = document(READ, FIRST), document(FIRST, READ)
    assert settled([one, two, one], Store.GROUP)
    assert not settled([one, two], Store.GROUP)
    assert not settled([one, document(FIRST), one], Store.GROUP)
    assert settled([document(FIRST), one, two, one], Store.GROUP)
    assert not settled([one] * 4, Store.KEY)
    assert settled([one] * 5, Store.KEY)
    assert settled([None] * 3, Store.BUCKET)
