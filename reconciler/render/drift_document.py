"""Drift as its JSON document, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler import __version__
from reconciler.core.changes import FieldChange
from reconciler.core.data import digest
from reconciler.core.drift import (
    AcceptedDrift,
    DriftClass,
    DriftItem,
    DriftReport,
    KnownDrift,
    Unread,
)
from reconciler.core.location import Location
from reconciler.core.plan import Note
from reconciler.core.problem import Problem
from reconciler.errors import InvalidInputError
from reconciler.render import drift_contract as contract
from reconciler.render.contract import NotePart, Place
from reconciler.render.document import (
    identity_part,
    json_value,
    parsed,
    place_part,
    problem_parts,
    source_part,
)
from reconciler.render.rows import redacted_sides


def drift_document(report: DriftReport, warnings: Sequence[Problem] = ()) -> contract.DriftDocument:
    """Return drift as its document, secrets masked, digests over the real values."""
    environments = tuple(
        contract.DriftEnvironmentPart(
            name=each.name,
            account_id=each.account_id,
            region=each.region,
            owner=each.owner,
            digest=report.digest_of(each.name),
            clean=_is_clean(summary := _summary(report, each.name)),
            summary=summary,
        )
        for each in report.environments
    )
    return contract.DriftDocument(
        tool_version=__version__,
        date=report.today.isoformat(),
        commit=report.source.label if report.source else None,
        source=source_part(report.source) if report.source else None,
        digest=digest([[each.name, each.digest] for each in environments]),
        clean=all(each.clean for each in environments),
        whole=report.is_whole,
        environments=environments,
        accounts=dict(report.accounts),
        drift=tuple(map(_item, report.items)),
        known=tuple(
            contract.AcceptedPart(item=_item(each.item), known=_known(each.known))
            for each in report.accepted
        ),
        unread=tuple(map(_unread, report.unread)),
        remarks=tuple(
            contract.RemarkPart(
                resource=identity_part(each.key), where=_where(each.where), note=_note(each.note)
            )
            for each in report.remarks
        ),
        unused=tuple(map(_known, report.unused)),
        warnings=problem_parts(warnings),
        summary=_summary(report, None),
    )


def parse_drift_document(text: str) -> contract.DriftDocument:
    """Return the drift document that a text holds.

    Raises:
        InvalidInputError: if it is not JSON, not drift, of another format version, or if its
            digests do not belong together.
    """
    document = parsed(text, contract.DriftDocument, "drift")
    if digest([[each.name, each.digest] for each in document.environments]) != document.digest:
        raise InvalidInputError(
            "this drift was edited after it was written",
            why="its digest does not belong to its environments",
            fix="write it again with `reconcile drift --out FILE`",
        )
    return document


def _is_clean(summary: contract.DriftSummary) -> bool:
    return not summary.drift and not summary.failures


def _summary(report: DriftReport, environment: str | None) -> contract.DriftSummary:
    """Return how much there is of each, in one environment or in all."""

    def own(found: Iterable[DriftItem | Unread]) -> list[DriftItem | Unread]:
        return [each for each in found if environment in (None, each.key.environment)]

    counts = Counter(each.drift for each in own(report.items) if isinstance(each, DriftItem))
    return contract.DriftSummary(
        changed=counts[DriftClass.CHANGED],
        approved=counts[DriftClass.APPROVED],
        git_only=counts[DriftClass.GIT_ONLY],
        live_only=counts[DriftClass.LIVE_ONLY],
        known=len(own(map(_accepted_item, report.accepted))),
        failures=len(own(report.failures)),
    )


def _accepted_item(accepted: AcceptedDrift) -> DriftItem:
    return accepted.item


def _item(item: DriftItem) -> contract.DriftPart:
    return contract.DriftPart(
        drift=item.drift,
        resource=identity_part(item.key),
        digest=item.digest,
        what=item.what,
        where=_where(item.where),
        arn=item.arn,
        context=item.context,
        changes=tuple(map(_change, item.changes)),
        notes=tuple(map(_note, item.notes)),
        modified_by=item.modified_by,
        modified_at=item.modified_at,
        expired=tuple(map(_known, item.expired)),
    )


def _change(change: FieldChange) -> contract.DriftChangePart:
    live, git = redacted_sides(change)
    return contract.DriftChangePart(
        path=change.path,
        live=json_value(live),
        git=json_value(git),
        sensitive=change.sensitive or live != change.before or git != change.after,
        where=_where(change.where),
    )


def _known(known: KnownDrift) -> contract.KnownPart:
    return contract.KnownPart(
        resource=known.resource,
        drift=known.drift,
        field=known.field,
        ticket=known.ticket,
        expires=known.expires.isoformat() if known.expires else None,
        reason=known.reason,
        where=place_part(known.where),
    )


def _unread(unread: Unread) -> contract.UnreadPart:
    return contract.UnreadPart(
        resource=identity_part(unread.key),
        where=place_part(unread.where),
        code=unread.note.code,
        why=unread.note.text,
        fix=unread.note.fix,
        needed=unread.is_needed,
    )


def _note(note: Note) -> NotePart:
    return NotePart(level=note.level, code=note.code, text=note.text, fix=note.fix, why=note.why)


def _where(place: Location | None) -> Place | None:
    return None if place is None else place_part(place)
