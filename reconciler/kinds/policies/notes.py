"""What a plan tells about a policy document besides its statements. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING
from reconciler.core.environment import AssumeRole, CallerIdentity
from reconciler.core.fields import Rule
from reconciler.core.plan import Level, Note
from reconciler.core.resources import Contributor, Desired, Unknown
from reconciler.kinds.ownership import readable_by
from reconciler.kinds.policies.intent import DocumentIntent
from reconciler.kinds.policies.widening import document_denials, document_widening
from reconciler.policy.canonical import canonical_statement, dangling_principals
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import sid_of
from reconciler.policy.guards import judge
from reconciler.policy.guards.case import Case, Concern
from reconciler.policy.guards.keys import judge_key
from reconciler.policy.merge import Merge, Write, adoptable
from reconciler.policy.ownership import belongs
from reconciler.policy.stores import Store

_Wanted = Desired[DocumentIntent]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a document is judged by besides itself: its service, and who calls."""

    store: Store
    caller: CallerIdentity | None


def document_notes(
    desired: _Wanted, live: PolicyDocument | None, merged: Merge, judged: Judged
) -> Iterator[Note]:
    """Yield what is worth knowing: whose statements there are, orphans, dangling principals."""
    owner = desired.intent.wanted.owner
    statements = live.statements if live else ()
    foreign = [each for each in statements if not belongs(sid_of(each), owner)]
    if merged.edits and foreign:
        yield Note(Level.INFO, "foreign-statements", _kept(len(foreign)))
    yield from _adoptable(desired, live, merged)
    for each in merged.others:
        text = f"statement {sid_of(each)} is managed by another reconciler"
        yield Note(Level.INFO, "another-reconciler", text)
    for each in merged.orphaned:
        text = f"statement {sid_of(each)} is ours, but its manifest has vanished; it is kept"
        yield Note(Level.WARNING, "orphaned-statement", text, _ORPHAN, about=(_left(each),))
    for dangling in () if merged.edits else dangling_principals(statements):
        text = f"principal {dangling.principal} of statement {dangling.sid or '(no Sid)'} is gone"
        yield Note(Level.WARNING, "dangling-principal", text, "remove it where it was granted")

    # A document that goes takes its denials with it.
    if merged.write is not Write.NONE:
        yield from document_widening(live, merged.document, desired.intent.accounts)
        yield from document_denials(live, merged.document, desired.intent.accounts)
    for concern in _concerns(desired, merged, judged):
        if concern.level is not Level.ERROR:
            yield Note(concern.level, concern.guard, f"{concern.what}: {concern.why}", concern.fix)


def _left(statement: Statement) -> FieldChange:
    """Return a statement that nobody asks for any more, as the difference that it is."""
    path = f"Statement.{sid_of(statement)}"
    before = canonical_statement(statement)
    return FieldChange("Statement", path, before, MISSING, Rule.MUTABLE)


def _kept(count: int) -> str:
    if count == 1:
        return "1 statement of others is kept as it is"
    return f"{count} statements of others are kept as they are"


def _adoptable(desired: _Wanted, live: PolicyDocument | None, merged: Merge) -> Iterator[Note]:
    """Offer what `adopt: true` would do, where ours is about to stand beside its like."""
    if live is None or not merged.edits:
        return
    for edit in adoptable(live, desired.intent.wanted):
        if edit.before is not None and edit.sid not in desired.intent.wanted.adopt:
            name = sid_of(edit.before) or "(no Sid)"
            text = f"statement {name} of others says the same as ours, {edit.sid}"
            yield Note(Level.INFO, "adoptable-statement", text, _ADOPT)


_ADOPT = "to make it ours, write adopt: true in the manifest; otherwise both stay"


def sharing_notes(contributors: Sequence[Contributor]) -> Iterator[Note]:
    """Yield which manifests speak about the same resource: all of them are applied to it."""
    named = {each.name: each.where for each in contributors}
    if len(named) > 1:
        names = ", ".join(f"{name} ({where})" for name, where in named.items())
        text = f"these manifests share it, and what all of them say is applied: {names}"
        yield Note(Level.INFO, "shared-document", text)


def unseen_note(code: str, what: str, finding: Unknown) -> Note:
    """Return the note for what is only looked at and may not be read: unknown, and no failure."""
    text = f"unknown, since it cannot be read: whether {what} left over: {finding.why}"
    return Note(Level.INFO, code, text, readable_by(finding))


_ORPHAN = "bring the manifest back with ensure: absent, apply, then remove it"


def refusing_notes(desired: _Wanted, merged: Merge, judged: Judged) -> Iterator[Note]:
    """Yield why the merged document may not be put, in the guards' words."""
    for concern in _concerns(desired, merged, judged):
        if concern.level is Level.ERROR:
            yield _refusing(concern)


def key_notes(key: str, manager: str) -> Iterator[Note]:
    """Yield why a key cannot be shared at all, whatever its policy says."""
    return map(_refusing, judge_key(key, manager=manager))


def _refusing(concern: Concern) -> Note:
    return Note(Level.ERROR, concern.guard, concern.what, concern.fix, concern.why, refuses=True)


def _concerns(desired: _Wanted, merged: Merge, judged: Judged) -> tuple[Concern, ...]:
    """Return what the guards say of the document as it would be put; nothing if it stays."""
    if merged.write is not Write.PUT:
        return ()
    intent, roles = desired.intent, desired.environment.assume_role
    case = Case(
        judged.store,
        intent.carrier,
        desired.environment.account_id,
        merged.document,
        intent.wanted.owner,
        caller=_writer(roles, judged.caller),
        discoverable=intent.discoverable,
        reader=roles.plan or "",
        declared=roles.apply is not None,
    )
    return judge(case)


def _writer(roles: AssumeRole, caller: CallerIdentity | None) -> str:
    """Return who writes, as far as is known: the declared role, else whoever calls.

    The role that is declared for planning does not apply, and who does is not known then.
    """
    if roles.apply is not None:
        return roles.apply
    if caller is None or (roles.plan is not None and not caller.applies):
        return ""
    return caller.arn
