"""The handler of policy documents: read, merge by statement, write once, verify.

One handler serves every store; what differs between services is a `DocumentAccess`. Only
statements with our Sids are ever changed (policies.md A4, A5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import sleep

from reconciler.aws.api import Aws, AwsFault, concurrently
from reconciler.core.changes import FieldChange, located
from reconciler.core.data import MISSING, Json
from reconciler.core.environment import Environment
from reconciler.core.fields import Field, Rule
from reconciler.core.plan import NOTHING_MOVES, Action, Handover, Level, Note, Verb
from reconciler.core.problem import Problem
from reconciler.core.resources import (
    Absent,
    Ambiguous,
    Desired,
    Finding,
    Found,
    Live,
    Reading,
    Unknown,
)
from reconciler.kinds.base import Stamp, WriteResult
from reconciler.kinds.faults import unknown
from reconciler.kinds.ownership import unknown_note
from reconciler.kinds.policies.access import CarrierMissingError, DocumentAccess
from reconciler.kinds.policies.desire import desired_documents
from reconciler.kinds.policies.intent import BUCKET_POLICY, DocumentIntent
from reconciler.kinds.policies.journal import NO_JOURNAL, Journal
from reconciler.kinds.policies.key_access import moved, statement_access
from reconciler.kinds.policies.notes import (
    Judged,
    document_notes,
    key_notes,
    refusing_notes,
    sharing_notes,
    unseen_note,
)
from reconciler.kinds.policies.rounds import Writer
from reconciler.manifest.workspace import Workspace
from reconciler.policy.canonical import canonical_statement
from reconciler.policy.document import PolicyDocument, Statement, UnparseablePolicy, parse
from reconciler.policy.elements import values
from reconciler.policy.merge import Edit, Merge, Unmergeable, Write, merge
from reconciler.policy.stores import Store

TEXT, MANAGER = "PolicyText", "Manager"
_Wanted = Desired[DocumentIntent]


@dataclass(frozen=True)
class DocumentHandler:
    """Reads, proposes and writes the policy documents of one store.

    `pause` waits between the reads that verify a write; tests replace it. `rules` find what is
    wrong with the manifests; one handler of the manifests' kind is enough to run them. `journal`
    keeps what is replaced.
    """

    access: DocumentAccess
    rules: Callable[[Workspace], list[Problem]] = lambda _workspace: []
    pause: Callable[[float], None] = sleep
    journal: Journal = NO_JOURNAL
    fields: tuple[Field, ...] = field(
        default=(Field("Statement", Rule.MUTABLE, by_key=True, clearable=True),), init=False
    )

    @property
    def kind(self) -> str:
        """The kind of resource, as it appears in keys and plans."""
        return self.access.kind

    @property
    def reads(self) -> frozenset[str]:
        """The IAM actions that reading needs."""
        return self.access.reads

    @property
    def writes(self) -> frozenset[str]:
        """The IAM actions that writing needs."""
        return self.access.writes

    def desire(self, workspace: Workspace) -> tuple[list[_Wanted], list[Problem]]:
        """Return the documents that the manifests have something to say about."""
        return desired_documents(workspace, self.kind), self.rules(workspace)

    def reader(self, aws: Aws, environment: Environment) -> DocumentReader:
        """Return a reader of the environment's documents."""
        return DocumentReader(self.access, aws, environment)

    def propose(self, desired: Sequence[_Wanted], reading: Reading) -> list[Action]:
        """Return one action for every document that somebody asks for or that holds ours."""
        judged = Judged(self.access.store, reading.caller)
        found = (_propose(each, reading.findings[each.key], judged) for each in desired)
        return [action for action in found if action is not None]

    def write(
        self, aws: Aws, action: Action, desired: _Wanted, live: Live | None, stamp: Stamp
    ) -> WriteResult:
        """Merge our statements into the document and verify that they stayed."""
        del stamp  # statements carry no markers but their Sids
        writer = Writer(self.access, aws, desired, self.pause, self.journal)
        return writer.write(str(live.values[TEXT]) if live else None, action.basis)


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reads documents, one call each."""

    access: DocumentAccess
    aws: Aws
    environment: Environment

    def read_all(self, desired: Sequence[_Wanted]) -> Reading:
        """Return a finding for every document, and who read them."""
        findings = concurrently(lambda each: self.read_again(each, None), desired)
        by_key = dict(zip([each.key for each in desired], findings, strict=True))
        return Reading(by_key, caller=self.aws.caller(self.environment))

    def read_again(self, desired: _Wanted, arn: str | None) -> Finding:
        """Return the document as it is now."""
        del arn  # documents are found by what carries them
        intent = desired.intent
        try:
            text = self.access.read(self.aws, self.environment, intent.target)
            wanted = text is not None and not intent.asks_for_nothing
            manager = (
                self.access.manager(self.aws, self.environment, intent.target) if wanted else ""
            )
        except CarrierMissingError as missing:
            return Absent(impossible=str(missing))
        except AwsFault as fault:
            return unknown(fault, intent.carrier)
        if text is None:
            return Absent()
        return Found(Live(intent.carrier, {TEXT: text, MANAGER: manager}))


def _propose(desired: _Wanted, finding: Finding, judged: Judged) -> Action | None:
    match finding:
        case Found(live):
            return _existing(desired, live, judged)
        case Absent(impossible=impossible) if impossible:
            return (
                None if desired.intent.asks_for_nothing else _blocked(desired, _missing(impossible))
            )
        case Absent():
            return _merged(desired, None, None, judged)
        case Unknown():
            return _unseen(desired, finding)
        case Ambiguous():
            raise AssertionError("a resource carries one document")


def _unseen(desired: _Wanted, finding: Unknown) -> Action:
    """A document that no manifest names is no reason to fail where it may not be read."""
    if not desired.intent.watched:
        return _blocked(desired, unknown_note(finding))
    note = unseen_note("policy-not-read", "statements are", finding)
    if desired.key.kind == BUCKET_POLICY:
        note = replace(note, fix=f"{note.fix}; {_WHOSE_BUCKET}")
    return Action(desired.key, Verb.NONE, desired.where, notes=(note,))


_WHOSE_BUCKET = "or, if another account owns the bucket, name it under artifacts of a policy"


def _missing(impossible: str) -> Note:
    return Note(Level.ERROR, "not-found", impossible, "create it, or correct the manifest")


def _blocked(desired: _Wanted, *notes: Note) -> Action:
    intent = desired.intent
    gives = statement_access(intent.carrier, intent.wanted.statements)  # as far as we know
    return Action(
        desired.key,
        Verb.BLOCKED,
        desired.where,
        notes=notes,
        needs=desired.needs,
        moves=Handover(gives),
    )


def _existing(desired: _Wanted, live: Live, judged: Judged) -> Action | None:
    parsed = parse(str(live.values[TEXT]))
    if isinstance(parsed, UnparseablePolicy):
        text = f"the live document cannot be parsed: {parsed}; it is never overwritten"
        return _blocked(desired, Note(Level.ERROR, "unparseable-policy", text, _REPAIR))
    if manager := str(live.values[MANAGER]):
        notes = tuple(key_notes(live.arn, manager))
        if notes:
            return _blocked(desired, *notes)
    return _merged(desired, parsed, live.arn, judged)


_REPAIR = "repair the document in AWS, then run again"


def _merged(
    desired: _Wanted, live: PolicyDocument | None, arn: str | None, judged: Judged
) -> Action | None:
    merged = merge(live, desired.intent.wanted, judged.store)
    if isinstance(merged, Unmergeable):
        return _blocked(desired, Note(Level.ERROR, "unmergeable-policy", merged.what, merged.fix))
    if desired.intent.asks_for_nothing and not merged.edits and not merged.orphaned:
        return None
    refusing = tuple(refusing_notes(desired, merged, judged))
    shared = sharing_notes(desired.contributors) if merged.edits else ()
    notes = (*document_notes(desired, live, merged, judged), *shared, *refusing)
    changes = located(tuple(map(_change, merged.edits)), desired.locate)
    return Action(
        desired.key,
        Verb.BLOCKED if refusing else _verb(live, merged),
        desired.where,
        changes,
        arn=arn,
        needs=desired.needs,
        notes=notes,
        basis=merged.fingerprints.foreign,
        moves=_moves(desired, merged.edits, judged.store),
    )


def _moves(desired: _Wanted, edits: Sequence[Edit], store: Store) -> Handover:
    """Return what edits of a key's policy give and take: grants may do the opposite."""
    if store is not Store.KEY:
        return NOTHING_MOVES
    before, after = (
        statement_access(desired.intent.carrier, [each for each in sides if each is not None])
        for sides in ([each.before for each in edits], [each.after for each in edits])
    )
    return moved(before, after)


def _verb(live: PolicyDocument | None, merged: Merge) -> Verb:
    if merged.write is Write.NONE:
        return Verb.NONE
    if merged.write is Write.DELETE:
        return Verb.DELETE
    if live is None:
        return Verb.CREATE
    return Verb.ADOPT if all(edit.adopts for edit in merged.edits) else Verb.UPDATE


def _change(edit: Edit) -> FieldChange:
    return FieldChange(
        "Statement",
        f"Statement.{edit.sid}",
        MISSING if edit.before is None else _readable(edit.before, edit),
        MISSING if edit.after is None else _readable(edit.after, edit),
        Rule.MUTABLE,
    )


def _readable(statement: Statement, edit: Edit) -> Json:
    """Return the canonical form, with actions spelled alike on both sides, ours first."""
    found = canonical_statement(statement)
    for element in ("Action", "NotAction"):
        spelled = {
            name.lower(): name
            for each in (edit.before, edit.after)
            for name in (values(each, element) if each else ())
        }
        if names := values(found, element):
            found[element] = [spelled.get(name, name) for name in names]
    return found
