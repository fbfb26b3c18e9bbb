"""Plans, reports, problems and errors as the JSON documents of the contract, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import pydantic
from pydantic import JsonValue

from reconciler import __version__
from reconciler.core.changes import FieldChange
from reconciler.core.data import Json, Missing, Value, digest
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Action, Plan, Refusal, Source, Verb
from reconciler.core.problem import Problem, Severity
from reconciler.core.review import Comparison
from reconciler.errors import InvalidInputError, ReconcilerError
from reconciler.render import contract
from reconciler.render.problems import in_order
from reconciler.render.redact import without_credentials
from reconciler.render.rows import redacted_sides

Document = TypeVar("Document", bound=contract.Part)


def plan_document(
    plan: Plan, warnings: Sequence[Problem] = (), review: Comparison | None = None
) -> contract.PlanDocument:
    """Return a plan as its document, secrets masked, digests over the real values."""
    counts = plan.counts
    return contract.PlanDocument(
        tool_version=__version__,
        commit=plan.commit,
        source=_maybe(source_part, plan.source),
        digest=plan.digest,
        environments=tuple(
            contract.EnvironmentPart(
                name=each.name, account_id=each.account_id, region=each.region, owner=each.owner
            )
            for each in plan.environments
        ),
        accounts=dict(plan.accounts),
        actions=tuple(action_part(action) for action in plan.actions),
        refusals=tuple(_refusal(refusal) for refusal in plan.refusals),
        unmanaged=tuple(
            contract.UnmanagedPart(environment=each.environment, kind=each.kind, arn=each.arn)
            for each in plan.unmanaged
        ),
        warnings=problem_parts(warnings),
        review=_maybe(_review, review),
        summary=contract.PlanSummary(
            **{verb.value: counts[verb] for verb in Verb if verb is not Verb.NONE},
            unchanged=counts[Verb.NONE],
            refusals=len(plan.refusals),
        ),
    )


def _review(found: Comparison) -> contract.ReviewPart:
    return contract.ReviewPart(
        unreviewed=tuple(
            contract.UnreviewedPart(
                resource=identity_part(each.key),
                verb=each.verb,
                digest=each.digest,
                why=each.why,
                fix=each.fix,
                differences=each.differences,
            )
            for each in found.unreviewed
        ),
        remarks=found.remarks,
        trouble=found.trouble,
    )


def report_document(report: Report, warnings: Sequence[Problem] = ()) -> contract.ReportDocument:
    """Return a report as its document."""
    counts = report.counts
    return contract.ReportDocument(
        tool_version=__version__,
        commit=report.plan.commit,
        plan_digest=report.plan.digest,
        interrupted=report.interrupted,
        code=report.code,
        remarks=report.remarks,
        pulls=report.pulls,
        outcomes=tuple(_outcome(outcome) for outcome in report.outcomes),
        refusals=tuple(_refusal(refusal) for refusal in report.plan.refusals),
        warnings=problem_parts(warnings),
        summary=contract.ReportSummary(**{status.value: counts[status] for status in Status}),
    )


def problems_document(problems: Sequence[Problem]) -> contract.ProblemsDocument:
    """Return problems as their document, by place."""
    errors = any(problem.severity is Severity.ERROR for problem in problems)
    return contract.ProblemsDocument(
        tool_version=__version__, valid=not errors, problems=problem_parts(problems)
    )


def error_document(error: ReconcilerError) -> contract.ErrorDocument:
    """Return an error that ended the command as its document."""
    return contract.ErrorDocument(
        tool_version=__version__,
        what=error.what,
        why=error.why,
        fix=error.fix,
        exit_code=int(error.exit_code),
        code=error.code,
    )


_WHERE_ASKED: Final = ("review", "pulls")
"""Members that are there only where somebody asked for what they tell."""


def to_json(document: contract.Part) -> str:
    """Return the text of a document: nothing in it acts on a terminal or on a CI runner's log."""
    data = document.model_dump(mode="json", by_alias=True)
    for name in _WHERE_ASKED:
        if not data.get(name, True):
            del data[name]
    text = json.dumps(_clean(data), indent=2)
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[") + "\n"


def parse_plan_document(text: str) -> contract.PlanDocument:
    """Return the plan document that a text holds.

    Raises:
        InvalidInputError: if it is not JSON, not a plan, of another format version, or if its
            digest does not belong to its actions.
    """
    document = parsed(text, contract.PlanDocument, "plan")
    written = [action.digest for action in document.actions if action.verb is not Verb.NONE]
    if digest(written) != document.digest:
        raise InvalidInputError(
            "this plan was edited after it was written",
            why="its digest does not belong to its actions",
            fix=_again("plan"),
        )
    return document


def parse_report_document(text: str) -> contract.ReportDocument:
    """Return the report document that a text holds.

    Raises:
        InvalidInputError: if it is not JSON, not a report, or of another format version.
    """
    return parsed(text, contract.ReportDocument, "report")


def parse_error_document(text: str) -> contract.ErrorDocument:
    """Return the document that a command left that ended early.

    Raises:
        InvalidInputError: if it is not JSON, not such a document, or of another format version.
    """
    return parsed(text, contract.ErrorDocument, "error")


def kind_of(text: str) -> str:
    """Return which document a text says that it is, empty if it is JSON but says none.

    Raises:
        InvalidInputError: if it is not JSON.
    """
    data = _json(text, "document")
    name = data.get("document") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


_WRITERS: Final[Mapping[str, str]] = {"report": "apply", "drift": "drift"}
"""The command that writes a document, where it is not `plan`."""

_NAMES: Final[Mapping[str, str]] = {
    "plan": "a plan",
    "report": "a report of an apply",
    "error": "why a command ended early",
    "drift": "a drift document",
}
_MOST_SHOWN: Final = 3


def parsed(text: str, model: type[Document], name: str) -> Document:
    """Return the document of one kind that a text holds; raise `InvalidInputError` if none."""
    data = _json(text, name)
    kind = data.get("document") if isinstance(data, dict) else None
    if not isinstance(data, dict) or kind != name:
        known = f": it is {_NAMES[kind]}" if isinstance(kind, str) and kind in _NAMES else ""
        raise InvalidInputError(
            f"this is no {name} of the reconciler{known}",
            why=f'a {name} is a JSON object with "document": "{name}"',
            fix=_again(name),
        )
    if (version := data.get("formatVersion")) != contract.FORMAT_VERSION:
        raise InvalidInputError(
            f"this {name} has format version {json.dumps(version)}",
            why=f"version {__version__} of the reconciler reads {contract.FORMAT_VERSION!r}",
            fix="use the version of the reconciler that wrote it, or " + _again(name),
        )
    try:
        return model.model_validate_json(text)
    except pydantic.ValidationError as error:
        raise InvalidInputError(
            f"this {name} is damaged", why=_complaints(error), fix=_again(name)
        ) from None


def _again(name: str) -> str:
    return f"write it again with `reconcile {_WRITERS.get(name, 'plan')} --out FILE`"


def _json(text: str, name: str) -> JsonValue:
    try:
        found: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"this is no {name}: it is not JSON", why=str(error), fix=_again(name)
        ) from None
    return found


def _complaints(error: pydantic.ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found]
    more = [f"and {len(places) - _MOST_SHOWN} more"] if len(places) > _MOST_SHOWN else []
    return "; ".join([*places[:_MOST_SHOWN], *more])


def source_part(source: Source) -> contract.SourcePart:
    """Return where manifests came from, as part of a document."""
    return contract.SourcePart(commit=source.commit, dirty=source.dirty, prefix=source.prefix)


def action_part(action: Action) -> contract.ActionPart:
    """Return an action as it stands in a plan document, secrets masked."""
    predecessor = action.predecessor
    return contract.ActionPart(
        resource=identity_part(action.key),
        verb=action.verb,
        digest=action.digest,
        where=place_part(action.where),
        arn=action.arn,
        context=action.context,
        changes=_changes(action.changes, refused=action.verb is Verb.BLOCKED),
        notes=tuple(
            contract.NotePart(
                level=note.level, code=note.code, text=note.text, fix=note.fix, why=note.why
            )
            for note in action.notes
        ),
        predecessor=contract.PredecessorPart(
            name=predecessor.name, changes=_changes(predecessor.changes, refused=False)
        )
        if predecessor
        else None,
        needs=tuple(identity_part(key) for key in action.needs),
        waits_for=action.waits_for,
    )


def _changes(changes: Iterable[FieldChange], *, refused: bool) -> tuple[contract.ChangePart, ...]:
    return tuple(_change(change, change.reason if refused else "") for change in changes)


def _change(change: FieldChange, reason: str) -> contract.ChangePart:
    before, after = redacted_sides(change)
    return contract.ChangePart(
        path=change.path,
        before=json_value(before),
        after=json_value(after),
        rule=change.rule,
        sensitive=change.sensitive or before != change.before or after != change.after,
        reason=reason,
        where=_maybe(place_part, change.where),
    )


def json_value(value: Value) -> JsonValue:
    """Return a value as JSON has it: what is missing is null."""
    if isinstance(value, Missing):
        return None
    if isinstance(value, Mapping):
        return {key: json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return _scalar(value)


def _scalar(value: Json) -> bool | int | float | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _refusal(refusal: Refusal) -> contract.RefusalPart:
    return contract.RefusalPart(
        guard=refusal.guard,
        resource=_maybe(identity_part, refusal.key),
        where=_maybe(place_part, refusal.where),
        what=refusal.what,
        why=refusal.why,
        fix=refusal.fix,
    )


def _outcome(outcome: Outcome) -> contract.OutcomePart:
    return contract.OutcomePart(
        resource=identity_part(outcome.key),
        verb=outcome.verb,
        status=outcome.status,
        where=place_part(outcome.where),
        arn=outcome.arn,
        context=outcome.context,
        why=outcome.why,
        fix=outcome.fix,
        request_id=outcome.request_id,
        remarks=outcome.remarks,
        previous=outcome.previous,
        journal=outcome.journal,
    )


def problem_parts(problems: Sequence[Problem]) -> tuple[contract.ProblemPart, ...]:
    """Return problems as parts of a document, by place."""
    return tuple(
        contract.ProblemPart(
            code=problem.code,
            severity=problem.severity,
            where=place_part(problem.where),
            path=problem.path,
            what=problem.what,
            why=problem.why,
            fix=problem.fix,
        )
        for problem in in_order(problems)
    )


def identity_part(key: ResourceKey) -> contract.Identity:
    """Return a key as part of a document."""
    return contract.Identity(environment=key.environment, kind=key.kind, name=key.name)


def place_part(where: Location) -> contract.Place:
    """Return a place as part of a document."""
    return contract.Place(path=where.path, line=where.line, column=where.column)


Whole = TypeVar("Whole")
Half = TypeVar("Half")


def _maybe(function: Callable[[Half], Whole], value: Half | None) -> Whole | None:
    return None if value is None else function(value)


def _clean(value: JsonValue) -> JsonValue:
    """Apply the last net to every text, whatever part of the document it came from."""
    if isinstance(value, str):
        return without_credentials(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
