"""Write into a document that others write too: merge, put, verify, and again if somebody won.

No service offers compare-and-swap, so the window between the last read and the put is kept to
one call, and a document that does not stay as it was put is merged and put again, at most
three times (policies.md A5). Nothing is ever sent again as it was: a write that AWS refused for
now, or did not answer, is followed by a read. Never silently: what happened is told as remarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.resources import Desired
from reconciler.kinds.base import IncompleteWriteError, StaleWriteError, WriteResult
from reconciler.kinds.policies.access import CarrierMissingError, DocumentAccess
from reconciler.kinds.policies.intent import DocumentIntent
from reconciler.kinds.policies.journal import Entry, Journal, JournalError
from reconciler.kinds.policies.notes import Judged, refusing_notes
from reconciler.kinds.policies.propagation import once_accepted
from reconciler.policy.canonical import equal
from reconciler.policy.document import EMPTY, PolicyDocument, UnparseablePolicy, parse
from reconciler.policy.elements import sid_of
from reconciler.policy.merge import (
    MAX_ROUNDS,
    SETTLED_READS,
    Fingerprints,
    Merge,
    Reread,
    Unmergeable,
    Verification,
    Write,
    fingerprints,
    merge,
    reread,
    settled,
    verify,
)

_MERGED_ANEW = "statements of others changed after the plan; merged anew"
READ_PAUSE = 0.2
"""Seconds between two reads that verify a write."""
MOST_READS = 40
"""How many reads a document gets to settle before a round is given up."""
_UNANSWERED = "AWS did not say whether it carried out a write; the document was read instead"
_NOT_CARRIED_OUT = "a write was not carried out; merged and sent anew"
_PERHAPS_WRITTEN = frozenset({FaultKind.UNREACHABLE, FaultKind.UNKNOWN})
"""Failures after which nobody knows whether the call was carried out."""


@dataclass(slots=True)
class Writer:
    """Brings one document to what is wanted."""

    access: DocumentAccess
    aws: Aws
    desired: Desired[DocumentIntent]
    pause: Callable[[float], None]
    journal: Journal
    remarks: list[str] = field(default_factory=list)
    previous: str | None = None
    before: PolicyDocument | None = None
    unanswered: AwsFault | None = None
    kept: list[str | None] = field(default_factory=list)
    path: str = ""

    def write(self, text: str | None, foreign: str) -> WriteResult:
        """Write and verify; `text` holds our part as planned, `foreign` is others' fingerprint.

        Raises:
            StaleWriteError: if our own statements changed since then.
            AwsFault: if a call fails before anything was written.
            IncompleteWriteError: if one fails later, if another writer wins every round, or if
                AWS answers none of the writes and none was carried out.
        """
        owner = self.desired.intent.wanted.owner
        expected = replace(fingerprints(self._parsed(text), owner), foreign=foreign)
        self._keep(text)  # before the read that is merged into: nothing is to widen that window
        try:
            for _round in range(MAX_ROUNDS):
                merged = once_accepted(partial(self._written, expected), self.pause)
                if merged.write is Write.NONE or self._stayed(merged):
                    return self._result()
                expected = fingerprints(self._parsed(self._read()), owner)
        except (AwsFault, StaleWriteError) as error:
            if self.previous is None:
                raise
            fault = error if isinstance(error, AwsFault) else self._conflict(str(error))
            raise IncompleteWriteError(fault, self._result()) from None
        why = f"it did not stay as written in {MAX_ROUNDS} rounds: {'; '.join(self.remarks)}"
        raise IncompleteWriteError(self.unanswered or self._conflict(why), self._result())

    def _written(self, expected: Fingerprints) -> Merge:
        """Read, merge and send: in this order whenever something is sent, also after a pause."""
        text = self._read()
        self.before = self._parsed(text)
        merged = self._merge(self.before, expected)
        self.unanswered = None
        if merged.write is not Write.NONE:
            if not equal(self.before or EMPTY, self._parsed(self.kept[-1]) or EMPTY):
                self._keep(text)
            try:
                self._send(merged)
            except AwsFault as fault:
                if fault.kind not in _PERHAPS_WRITTEN:
                    raise
                self.unanswered = fault
                self._remark(_UNANSWERED)
            if self.previous is None:
                self.previous = text or ""
        return merged

    def _keep(self, text: str | None) -> None:
        """Keep what is about to be replaced; what cannot be kept is not replaced."""
        self.kept.append(text)
        desired = self.desired
        entry = Entry(desired.key, desired.environment, desired.intent.carrier, tuple(self.kept))
        try:
            self.path = self.journal.keep(entry)
        except JournalError as error:
            raise AwsFault(
                FaultKind.UNKNOWN,
                what=error.what,
                operation=self.access.kind,
                why=error.why,
                fix=error.fix,
            ) from None

    def _remark(self, text: str) -> None:
        """Tell once, however often it happened."""
        self.remarks = [*dict.fromkeys([*self.remarks, text])]

    def _stayed(self, merged: Merge) -> bool:
        verification, live = self._verified(merged)
        if verification.converged:
            return True
        if self.unanswered and self._is_old(live):
            self._remark(_NOT_CARRIED_OUT)
            return False
        self.unanswered = None
        self.remarks.append(f"another writer changed the document: {_lost(verification)}")
        return False

    def _result(self) -> WriteResult:
        return WriteResult(
            self.desired.intent.carrier, self.previous or "", tuple(self.remarks), self.path
        )

    def _read(self) -> str | None:
        environment, target = self.desired.environment, self.desired.intent.target
        try:
            return self.access.read(self.aws, environment, target)
        except CarrierMissingError as missing:
            raise StaleWriteError(str(missing)) from None

    def _parsed(self, text: str | None) -> PolicyDocument | None:
        if text is None:
            return None
        parsed = parse(text)
        if isinstance(parsed, UnparseablePolicy):
            raise StaleWriteError(f"the live document cannot be parsed any more: {parsed}")
        return parsed

    def _merge(self, live: PolicyDocument | None, expected: Fingerprints) -> Merge:
        """Merge into the document as it is now; refuse where our own part is not as planned."""
        intent = self.desired.intent
        now = reread(expected, live, intent.wanted.owner)
        if now is Reread.STALE:
            raise StaleWriteError("the reconciler's own statements were changed in between")
        if now is Reread.FOREIGN_CHANGED:
            self._remark(_MERGED_ANEW)
        merged = merge(live, intent.wanted, self.access.store)
        if isinstance(merged, Unmergeable):
            raise StaleWriteError(merged.what)
        judged = Judged(self.access.store, self.aws.caller(self.desired.environment))
        refusing = next(refusing_notes(self.desired, merged, judged), None)
        if refusing is not None:
            raise StaleWriteError(refusing.text)
        return merged

    def _send(self, merged: Merge) -> None:
        environment, target = self.desired.environment, self.desired.intent.target
        if merged.write is Write.PUT:
            self.access.put(self.aws, environment, target, merged.document.text())
            return
        try:
            self.access.delete(self.aws, environment, target)
        except AwsFault as fault:
            if fault.kind is not FaultKind.NOT_FOUND:  # gone already is what was wanted
                raise

    def _verified(self, merged: Merge) -> tuple[Verification, PolicyDocument | None]:
        """Read until the document has settled, compare it with what was written; return both.

        As long as it is what it was before the write, the service may not show the write yet.
        """
        owner = self.desired.intent.wanted.owner
        reads: list[PolicyDocument | None] = []
        while len(reads) < MOST_READS:
            reads.append(self._parsed(self._read()))
            shown = verify(merged.document, reads[-1], owner)
            arrived = shown.converged or not self._is_old(reads[-1])
            if settled(reads, self.access.store) and arrived:
                break
            if len(reads) >= SETTLED_READS[self.access.store] or not shown.converged:
                self.pause(READ_PAUSE)
        return shown, reads[-1]

    def _is_old(self, live: PolicyDocument | None) -> bool:
        return equal(live or EMPTY, self.before or EMPTY)

    def _conflict(self, why: str) -> AwsFault:
        return AwsFault(
            FaultKind.CONFLICT,
            what=f"another writer was at {self.desired.key} at the same time",
            operation=self.access.kind,
            why=why,
            fix="find out what else writes this document, and run again when it has stopped",
        )


def _lost(verification: Verification) -> str:
    """Return which statements are not as they were written, or came in between."""
    parts = [
        (verification.owned.missing, "ours lost"),
        (verification.foreign.missing, "others' lost"),
        (verification.foreign.unexpected, "new"),
    ]
    texts = [
        f"{what}: {', '.join(sid_of(each) or '(no Sid)' for each in statements)}"
        for statements, what in parts
        if statements
    ]
    return "; ".join(texts) or "its version changed"
