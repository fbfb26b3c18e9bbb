"""What a plan tells about a policy document besides its statements. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.plan import Level, Note
from reconciler.core.resources import Desired
from reconciler.kinds.policies.intent import DocumentIntent
from reconciler.kinds.policies.widening import document_widening
from reconciler.policy.canonical import dangling_principals
from reconciler.policy.document import PolicyDocument
from reconciler.policy.elements import sid_of
from reconciler.policy.guards import judge
from reconciler.policy.guards.case import Case, Concern
from reconciler.policy.guards.keys import judge_key
from reconciler.policy.merge import Merge, Write
from reconciler.policy.ownership import belongs
from reconciler.policy.stores import Store

_Wanted = Desired[DocumentIntent]


def document_notes(
    desired: _Wanted, live: PolicyDocument | None, merged: Merge, store: Store
) -> Iterator[Note]:
    """Yield what is worth knowing: whose statements there are, orphans, dangling principals."""
    owner = desired.intent.wanted.owner
    statements = live.statements if live else ()
    foreign = [each for each in statements if not belongs(sid_of(each), owner)]
    if merged.edits and foreign:
        text = f"{len(foreign)} statements of others are kept as they are"
        yield Note(Level.INFO, "foreign-statements", text)
    for each in merged.others:
        text = f"statement {sid_of(each)} is managed by another reconciler"
        yield Note(Level.INFO, "another-reconciler", text)
    for each in merged.orphaned:
        text = f"statement {sid_of(each)} is ours, but its manifest has vanished; it is kept"
        yield Note(Level.WARNING, "orphaned-statement", text, _ORPHAN)
    for dangling in () if merged.edits else dangling_principals(statements):
        text = f"principal {dangling.principal} of statement {dangling.sid or '(no Sid)'} is gone"
        yield Note(Level.WARNING, "dangling-principal", text, "remove it where it was granted")

    if merged.write is Write.PUT:
        yield from document_widening(live, merged.document, desired.intent.accounts)
    for concern in _concerns(desired, merged, store):
        if concern.level is not Level.ERROR:
            yield Note(concern.level, concern.guard, f"{concern.what}: {concern.why}", concern.fix)


_ORPHAN = "bring the manifest back with ensure: absent, apply, then remove it"


def refusing_notes(desired: _Wanted, merged: Merge, store: Store) -> Iterator[Note]:
    """Yield why the merged document may not be put, in the guards' words."""
    for concern in _concerns(desired, merged, store):
        if concern.level is Level.ERROR:
            yield _refusing(concern)


def key_notes(key: str, manager: str) -> Iterator[Note]:
    """Yield why a key cannot be shared at all, whatever its policy says."""
    return map(_refusing, judge_key(key, manager=manager))


def _refusing(concern: Concern) -> Note:
    return Note(Level.ERROR, concern.guard, concern.what, concern.fix, concern.why, refuses=True)


def _concerns(desired: _Wanted, merged: Merge, store: Store) -> tuple[Concern, ...]:
    """Return what the guards say of the document as it would be put; nothing if it stays."""
    if merged.write is not Write.PUT:
        return ()
    intent = desired.intent
    case = Case(
        store,
        intent.carrier,
        desired.environment.account_id,
        merged.document,
        intent.wanted.owner,
        caller=desired.environment.assume_role.apply or "",
        discoverable=intent.discoverable,
    )
    return judge(case)
