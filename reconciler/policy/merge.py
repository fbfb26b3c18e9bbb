"""Our statements into a document that others write too, without an ETag (policies.md A5).

Everything here is pure. The caller reads, merges, guards, reads again (`reread`), merges again
if only others changed, writes once, and reads until `verify` agrees. A write of somebody else
between the second read and our write can still be lost: no service offers compare-and-swap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.core.data import canonical, digest
from reconciler.policy.canonical import (
    Difference,
    difference,
    equal_statements,
    fingerprint,
    statement_text,
)
from reconciler.policy.document import EMPTY, NEW_VERSION, PolicyDocument, Statement
from reconciler.policy.elements import sid_of
from reconciler.policy.ownership import Holder, belongs, holding, identity_hash
from reconciler.policy.stores import FACTS, Store

MAX_ROUNDS: Final = 3
"""How often a write that another writer undid is tried (policies.md A5 step 9)."""
SETTLED_READS: Final[Mapping[Store, int]] = MappingProxyType(
    {Store.GROUP: 3, Store.REPOSITORY: 3, Store.BUCKET: 3, Store.KEY: 5}
)
"""How many equal reads in a row count as settled (policies.md A5 step 9; KMS: A2)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the manifests want of one document.

    `known` are the identities of the manifests that this run speaks for, those that ask for
    nothing here included: only their statements may be removed. `adopt` are the Sids of the
    statements whose manifests ask for adoption: a foreign statement that equals such a one but
    for the Sid becomes it. Those of other reconcilers never do.
    """

    owner: str
    statements: tuple[Statement, ...]
    known: frozenset[str] = field(compare=False)
    adopt: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a plan remembers of a live document: our part and everybody else's."""

    owned: str
    foreign: str


class Write(StrEnum):
    """The call that leads to the merged document."""

    NONE = "none"
    PUT = "put"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Edit:
    """One statement that is added (no `before`), removed (no `after`), changed or adopted."""

    sid: str
    before: Statement | None
    after: Statement | None

    @property
    def adopts(self) -> bool:
        """Say whether a statement of somebody else becomes ours."""
        return self.before is not None and sid_of(self.before) != self.sid


@dataclass(frozen=True, slots=True)
class Merge:
    """How a live document becomes what is wanted.

    `document` is the whole document afterwards (`EMPTY` if it is deleted). `orphaned` are ours
    by Sid, but of no manifest that this run knows; they stay. `others` are other reconcilers'.
    """

    write: Write
    document: PolicyDocument
    edits: tuple[Edit, ...]
    orphaned: tuple[Statement, ...]
    others: tuple[Statement, ...]
    fingerprints: Fingerprints


@dataclass(frozen=True, slots=True)
class Unmergeable:
    """Why there is no document that holds what is wanted beside what is there."""

    what: str
    why: str
    fix: str


class Reread(StrEnum):
    """What became of a document between the plan and the write."""

    UNCHANGED = "unchanged"
    FOREIGN_CHANGED = "foreign statements changed"
    STALE = "our statements changed"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a read after the write shows against what was written."""

    owned: Difference
    foreign: Difference
    same_version: bool

    @property
    def converged(self) -> bool:
        """Say whether the document is what was written."""
        return not self.owned and not self.foreign and self.same_version


def merge(live: PolicyDocument | None, wanted: Wanted, store: Store) -> Merge | Unmergeable:
    """Return how a live document (`None` = there is none) becomes what is wanted."""
    start = EMPTY if live is None else live
    desired = _by_sid(wanted)
    if isinstance(desired, Unmergeable):
        return desired
    if start.version != NEW_VERSION and (sid := _first_with_variable(desired.values())):
        return _too_old(sid, start.version)
    replaced, kept = _split(start, wanted, desired)
    edits, kept = _edits(replaced, kept, desired, wanted)
    if not edits:
        return _result(Write.NONE, start, (), start, wanted)
    after = (*kept, *(desired[sid] for sid in sorted(desired)))
    if after:
        return _result(Write.PUT, start.with_statements(after), edits, start, wanted)
    if not FACTS[store].removable:
        return _irremovable(store)
    return _result(Write.DELETE, EMPTY, edits, start, wanted)


def _by_sid(wanted: Wanted) -> dict[str, Statement] | Unmergeable:
    found: dict[str, Statement] = {}
    for statement in wanted.statements:
        sid = sid_of(statement)
        if not belongs(sid, wanted.owner):
            raise ValueError(f"Sid {sid!r} does not say that {wanted.owner!r} owns it")
        if sid in found and not equal_statements(found[sid], statement):
            return Unmergeable(
                f"two different statements claim the Sid {sid}",
                "they would overwrite each other in every run",
                "declare what they allow in one manifest, or rename one of the two manifests",
            )
        found.setdefault(sid, statement)
    return found


def _split(
    live: PolicyDocument, wanted: Wanted, desired: Mapping[str, Statement]
) -> tuple[list[Statement], list[Statement]]:
    """Return the live statements that we may replace or remove, and those that stay, in order."""
    known = frozenset(map(identity_hash, wanted.known))
    replaced: list[Statement] = []
    kept: list[Statement] = []
    for each in live.statements:
        held = holding(each, wanted.owner)
        ours = held.holder is Holder.OURS
        may = ours and (sid_of(each) in desired or held.identity_hash in known)
        (replaced if may else kept).append(each)
    return replaced, kept


def _edits(
    replaced: Sequence[Statement],
    kept: list[Statement],
    desired: Mapping[str, Statement],
    wanted: Wanted,
) -> tuple[tuple[Edit, ...], list[Statement]]:
    """Return what changes, by Sid, and the statements that stay once adopted ones are ours."""
    before: dict[str, list[Statement]] = defaultdict(list)
    for each in replaced:
        before[sid_of(each)].append(each)
    edits: list[Edit] = []
    for sid in sorted({*before, *desired}):
        olds, new = before.get(sid, []), desired.get(sid)
        if sid in wanted.adopt and not olds and new is not None:
            olds, kept = _adopted(kept, new, wanted.owner)
        edits += _edits_of(sid, olds, new)
    return tuple(edits), kept


def _adopted(
    kept: list[Statement], new: Statement, owner: str
) -> tuple[list[Statement], list[Statement]]:
    """Take the first foreign statement that equals ours but for the Sid out of those that stay.

    What another reconciler keeps is no such statement: it would write it again, and the two
    would go on for ever.
    """
    for index, each in enumerate(kept):
        foreign = holding(each, owner).holder is Holder.FOREIGN
        if foreign and equal_statements({**each, "Sid": sid_of(new)}, new):
            return [each], kept[:index] + kept[index + 1 :]
    return [], kept


def _edits_of(sid: str, olds: Sequence[Statement], new: Statement | None) -> list[Edit]:
    """Return the edits of one Sid. Live documents may hold a Sid twice: one of them is enough."""
    if not olds:
        return [Edit(sid, None, new)]
    same = [new is not None and equal_statements(old, new) for old in olds]
    chosen = same.index(True) if any(same) else 0
    rest = [Edit(sid, old, None) for index, old in enumerate(olds) if index != chosen]
    return rest if same[chosen] else [Edit(sid, olds[chosen], new), *rest]


def _result(
    write: Write,
    document: PolicyDocument,
    edits: tuple[Edit, ...],
    live: PolicyDocument,
    wanted: Wanted,
) -> Merge:
    known = frozenset(map(identity_hash, wanted.known))
    desired = frozenset(map(sid_of, wanted.statements))
    held = [(each, holding(each, wanted.owner)) for each in live.statements]
    return Merge(
        write=write,
        document=document,
        edits=edits,
        orphaned=tuple(
            each
            for each, found in held
            if found.holder is Holder.OURS
            and found.identity_hash not in known
            and sid_of(each) not in desired
        ),
        others=tuple(each for each, found in held if found.holder is Holder.OTHER_RECONCILER),
        fingerprints=fingerprints(live, wanted.owner),
    )


def _first_with_variable(statements: Iterable[Statement]) -> str | None:
    """Return the Sid of a statement with `${...}`, which only the newer version reads as such."""
    for each in statements:
        parts = [each.get(name) for name in ("Resource", "NotResource", "Condition")]
        if "${" in canonical(parts):
            return sid_of(each)
    return None


def _too_old(sid: str, version: str) -> Unmergeable:
    return Unmergeable(
        f"statement {sid} uses a policy variable, and the document is of version {version}",
        "that version takes `${...}` literally, and a newer one would change what the other "
        "statements mean",
        f"have the document's owner move it to {NEW_VERSION}, or write the value itself",
    )


def _irremovable(store: Store) -> Unmergeable:
    return Unmergeable(
        f"nothing would be left of the {FACTS[store].title}",
        "KMS keys always have a policy, and one without an administrator is lost",
        "put a statement into it that lets the key's account administer the key",
    )


def adoptable(live: PolicyDocument, wanted: Wanted) -> tuple[Edit, ...]:
    """Return the statements of others that already say what is wanted, and what adopts them."""
    present = frozenset(map(sid_of, live.statements))
    kept = list(live.statements)
    found: list[Edit] = []
    for new in sorted(wanted.statements, key=sid_of):
        olds, kept = _adopted(kept, new, wanted.owner) if sid_of(new) not in present else ([], kept)
        found += [Edit(sid_of(new), old, new) for old in olds]
    return tuple(found)


def _parts(
    document: PolicyDocument, owner: str
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return our statements and everybody else's, in order."""
    ours = tuple(each for each in document.statements if belongs(sid_of(each), owner))
    theirs = tuple(each for each in document.statements if not belongs(sid_of(each), owner))
    return ours, theirs


def fingerprints(live: PolicyDocument | None, owner: str) -> Fingerprints:
    """Return what a plan remembers of a live document.

    The version counts as everybody else's: it decides what their statements mean.
    """
    document = EMPTY if live is None else live
    ours, theirs = _parts(document, owner)
    return Fingerprints(fingerprint(ours), digest([document.version, fingerprint(theirs)]))


def reread(planned: Fingerprints, live: PolicyDocument | None, owner: str) -> Reread:
    """Say what became of a document since it was planned on (policies.md A5 step 7).

    After `FOREIGN_CHANGED` merge and guard again; after `STALE` stop.
    """
    now = fingerprints(live, owner)
    if now.owned != planned.owned:
        return Reread.STALE
    return Reread.UNCHANGED if now.foreign == planned.foreign else Reread.FOREIGN_CHANGED


def verify(written: PolicyDocument, read: PolicyDocument | None, owner: str) -> Verification:
    """Compare what was written with what a read returned (`None` = there is no document)."""
    found = EMPTY if read is None else read
    our_written, their_written = _parts(written, owner)
    our_read, their_read = _parts(found, owner)
    return Verification(
        owned=difference(our_written, our_read),
        foreign=difference(their_written, their_read),
        same_version=found.version == written.version,
    )


def settled(reads: Sequence[PolicyDocument | None], store: Store) -> bool:
    """Say whether the last reads are enough and equal, so that the document has settled."""
    needed = SETTLED_READS[store]
    if len(reads) < needed:
        return False
    forms = {
        canonical([each.version, sorted(map(statement_text, each.statements))])
        for each in (EMPTY if read is None else read for read in reads[-needed:])
    }
    return len(forms) == 1
