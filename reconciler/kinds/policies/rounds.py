"""Write into a document that others write too: merge, put, verify, and again if somebody won.

No service offers compare-and-swap, so the window between the last read and the put is kept to
one call, and a document that does not stay as it was put is merged and put again, at most
three times (policies.md A5). Never silently: what happened is told as remarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.resources import Desired
from reconciler.kinds.base import IncompleteWriteError, StaleWriteError, WriteResult
from reconciler.kinds.policies.access import CarrierMissingError, DocumentAccess
from reconciler.kinds.policies.intent import DocumentIntent
from reconciler.kinds.policies.notes import refusing_notes
from reconciler.kinds.policies.propagation import once_known
from reconciler.policy.document import PolicyDocument, UnparseablePolicy, parse
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

READ_PAUSE = 0.2
"""Seconds between two reads that verify a write."""
MOST_READS = 40
"""How many reads a document gets to settle before a round is given up."""


@dataclass(slots=True)
class Writer:
    """Brings one document to what is wanted."""

    access: DocumentAccess
    aws: Aws
    desired: Desired[DocumentIntent]
    pause: Callable[[float], None]
    remarks: list[str] = field(default_factory=list)
    previous: str | None = None

    def write(self, found: PolicyDocument | None, foreign: str) -> WriteResult:
        """Write and verify; `found` holds our part as planned, `foreign` is others' fingerprint.

        Raises:
            StaleWriteError: if our own statements changed since then.
            AwsFault: if a call fails before anything was written.
            IncompleteWriteError: if one fails later, or if another writer wins every round.
        """
        owner = self.desired.intent.wanted.owner
        expected = replace(fingerprints(found, owner), foreign=foreign)
        for _round in range(MAX_ROUNDS):
            text = self._read()
            merged = self._merge(self._parsed(text), expected)
            if merged.write is Write.NONE or self._round(merged, text or ""):
                return self._result()
            expected = fingerprints(self._parsed(self._read()), owner)
        raise IncompleteWriteError(self._never_stayed(), self._result())

    def _round(self, merged: Merge, text: str) -> bool:
        """Send the merged document and say whether it stayed."""
        self._send(merged)
        if self.previous is None:
            self.previous = text
        try:
            verification = self._verified(merged)
        except AwsFault as fault:
            raise IncompleteWriteError(fault, self._result()) from None
        if not verification.converged:
            self.remarks.append(f"another writer changed the document: {_lost(verification)}")
        return verification.converged

    def _result(self) -> WriteResult:
        return WriteResult(self.desired.intent.carrier, self.previous or "", tuple(self.remarks))

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
            self.remarks.append("statements of others changed after the plan; merged anew")
        merged = merge(live, intent.wanted, self.access.store)
        if isinstance(merged, Unmergeable):
            raise StaleWriteError(merged.what)
        refusing = next(refusing_notes(self.desired, merged, self.access.store), None)
        if refusing is not None:
            raise StaleWriteError(refusing.text)
        return merged

    def _send(self, merged: Merge) -> None:
        """Put or delete the document once; only a principal that is not known yet is waited for."""
        environment, target = self.desired.environment, self.desired.intent.target
        if merged.write is Write.DELETE:
            self.access.delete(self.aws, environment, target)
            return
        text = merged.document.text()
        once_known(lambda: self.access.put(self.aws, environment, target, text), self.pause)

    def _verified(self, merged: Merge) -> Verification:
        """Read until the document has settled, and compare it with what was written."""
        owner = self.desired.intent.wanted.owner
        reads: list[PolicyDocument | None] = []
        while len(reads) < MOST_READS:
            reads.append(self._parsed(self._read()))
            shown = verify(merged.document, reads[-1], owner)
            if settled(reads, self.access.store):
                return shown
            if len(reads) >= SETTLED_READS[self.access.store] or not shown.converged:
                self.pause(READ_PAUSE)
        return shown

    def _never_stayed(self) -> AwsFault:
        return AwsFault(
            FaultKind.CONFLICT,
            what=f"{self.desired.key} did not stay as written in {MAX_ROUNDS} rounds",
            operation=self.access.kind,
            why="; ".join(self.remarks),
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
