"""Answers about access as text for people, as JSON documents, and as a Mermaid graph."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from pydantic import JsonValue

from reconciler import __version__
from reconciler.core.access import (
    AccessAnswer,
    AccessMatrix,
    AccessResult,
    AccessRow,
    IdentityPolicy,
    Permit,
    Verdict,
)
from reconciler.core.data import Json
from reconciler.render import access_contract as contract
from reconciler.render.inert import inert
from reconciler.render.lines import Line, Span, Style, line
from reconciler.render.redact import without_credentials
from reconciler.render.words import counted

_STYLES: Final = {
    AccessResult.ALLOWED: Style.GOOD,
    AccessResult.NEEDS_IDENTITY: Style.WARNING,
    AccessResult.DENIED: Style.ERROR,
    AccessResult.MISSING: Style.ERROR,
    AccessResult.UNKNOWN: Style.WARNING,
}
_WORDS: Final = {AccessResult.NEEDS_IDENTITY: "resource ok"}
"""What is said in the column of results where the result itself is too long for it."""
_WIDTH: Final = max(len(_WORDS.get(each, each.value)) for each in AccessResult)
_IDENTITY: Final = "identity policy"
_NOTHING: Final = "nothing by this policy"


# --- check


def answer_lines(answer: AccessAnswer) -> Iterator[Line]:
    """Yield one block a document, one row an action, then the verdict and what was left out."""
    state = "as the plan would leave them" if answer.planned else "as they are"
    yield line(
        Span(f"May {answer.principal} {answer.purpose} {answer.version}?", Style.STRONG),
        Span(f"  {answer.arn}, documents {state}", Style.FAINT),
    )
    yield ()
    for _, rows in groupby(answer.rows, key=lambda row: (row.document, row.carrier, row.principal)):
        yield from _document_lines(list(rows), answer)
        yield ()
    for remark in answer.remarks:
        yield line(Span("note:", Style.FAINT), f" {remark}")
    yield _verdict(answer)
    yield line(Span(f"Note that {answer.not_evaluated}.", Style.FAINT))


def _document_lines(rows: Sequence[AccessRow], answer: AccessAnswer) -> Iterator[Line]:
    first = rows[0]
    place = f"  account {first.account or 'unknown'}"
    if first.environment:
        place += f" ({first.environment})"
    if first.principal != answer.principal:
        place += f", for {first.principal}"
    yield line(f"  {first.document} ", Span(first.carrier, Style.STRONG), Span(place, Style.FAINT))
    said = ""
    for row in rows:
        word = _WORDS.get(row.result, row.result.value)
        statement = f"  {_deciding(row)}" if row.statement else ""
        yield line(
            "    ",
            Span(f"{word:<{_WIDTH}}", _STYLES[row.result]),
            f"  {row.action}",
            Span(f" on {row.resource}{statement}", Style.FAINT),
        )
        if row.result is not AccessResult.ALLOWED and row.why != said:
            yield line(f"    {'':<{_WIDTH}}    why: {row.why}")
            said = row.why
    yield from _suggestion_lines(rows)


def _deciding(row: AccessRow) -> str:
    """Return the statement that decided, and its document if that is the principal's own."""
    return f"{_IDENTITY}: {row.statement}" if row.place == _IDENTITY else row.statement


def _suggestion_lines(rows: Sequence[AccessRow]) -> Iterator[Line]:
    """Yield what to add, one statement where several rows want it of the same resources."""
    for place, statement in _joined(rows):
        text = json.dumps(statement, separators=(", ", ": "), ensure_ascii=False)
        yield line(f"    fix: add to the {place}")
        yield line(f"         {text}")


def _joined(rows: Sequence[AccessRow]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    found: dict[str, tuple[str, dict[str, Json], list[Json]]] = {}
    for row in rows:
        if row.suggestion is None or row.enough:
            continue
        place = row.place
        if row.result is AccessResult.NEEDS_IDENTITY:
            place = f"{_IDENTITY} of {row.principal}"
        rest = {key: value for key, value in row.suggestion.items() if key != "Action"}
        key = json.dumps([place, rest], sort_keys=True, default=str)
        entry = found.setdefault(key, (place, dict(row.suggestion), []))
        entry[2].append(row.action)
    for place, statement, names in found.values():
        yield place, {**statement, "Action": names}


_VERDICTS: Final = {
    Verdict.YES: ("Yes.", Style.GOOD, "met"),
    Verdict.NO: ("No.", Style.ERROR, "not met"),
    Verdict.UNKNOWN: ("Not known.", Style.WARNING, "not certain"),
}
_GIVE: Final = (
    "depend only on the principal's own policies: give them with --identity-policy FILE "
    "(of another execution role, --execution-policy FILE)."
)


def _verdict(answer: AccessAnswer) -> Line:
    word, style, state = _VERDICTS[answer.verdict]
    needs = counted(len(answer.rows), "need")
    if answer.complete:
        return line(Span(word, style), f" {needs} {state}.")
    lacking = [row for row in answer.rows if not row.enough]
    if all(row.result is AccessResult.NEEDS_IDENTITY for row in lacking):
        return line(Span(word, style), f" {len(lacking)} of {needs} {_GIVE}")
    places = dict.fromkeys(
        f"{row.document}{' of' if row.document.endswith('policy') else ''} {row.carrier}"
        for row in lacking
    )
    what = f" {len(lacking)} of {needs} {state}: {', '.join(places)}."
    return line(Span(word, style), what)


def answer_document(answer: AccessAnswer) -> contract.AccessDocument:
    """Return an answer as its document."""
    return contract.AccessDocument(
        tool_version=__version__,
        principal=answer.principal,
        execution_role=answer.execution_role,
        purpose=answer.purpose,
        version=answer.version,
        arn=answer.arn,
        planned=answer.planned,
        complete=answer.complete,
        verdict=answer.verdict,
        rows=tuple(
            contract.AccessRowPart(
                principal=row.principal,
                document=row.document,
                carrier=row.carrier,
                account=row.account,
                environment=row.environment,
                action=row.action,
                resource=row.resource,
                result=row.result,
                enough=row.enough,
                why=row.why,
                statement=row.statement,
                place=row.place,
                suggestion=_plain(row.suggestion),
            )
            for row in answer.rows
        ),
        remarks=answer.remarks,
        not_evaluated=answer.not_evaluated,
    )


def _plain(value: Json) -> JsonValue:
    found: JsonValue = json.loads(json.dumps(value))
    return found


# --- matrix


def matrix_lines(matrix: AccessMatrix) -> Iterator[Line]:
    """Yield one block a group, one row a principal."""
    by_group = groupby(matrix.permits, key=lambda each: (each.group_environment, each.group))
    for (environment, group), permits in by_group:
        yield line("Group ", Span(group, Style.STRONG), Span(f"  {environment}", Style.FAINT))
        for permit in permits:
            yield from _permit_lines(permit)
        yield ()
    for arn, why in matrix.unread.items():
        yield line(Span("unknown:", Style.WARNING), f" {arn}: {why}")
    if not matrix.permits and not matrix.unread:
        yield line("Nobody outside of the owning accounts is granted anything.")
    yield line(Span(f"Note that {matrix.not_evaluated}.", Style.FAINT))


def _permit_lines(permit: Permit) -> Iterator[Line]:
    marks = ", ".join(_marks(permit)) or _NOTHING
    sources = f"  by {', '.join(permit.sources)}" if permit.sources else ""
    yield line(f"  {_named(permit)}  ", Span(marks, Style.STRONG), Span(sources, Style.FAINT))


def _marks(permit: Permit) -> Iterator[str]:
    """Yield what a principal has, in words: levels, further actions, and what is not certain."""
    yield from permit.access
    yield from permit.actions
    yield from (
        f"{each.action} (not certain: {', '.join(each.depends_on)})" for each in permit.unknown
    )
    if permit.discoverable:
        yield "discoverable"
    if permit.dangling:
        yield "deleted in IAM"


def _named(permit: Permit) -> str:
    return f"{permit.principal} ({permit.environment})" if permit.environment else permit.principal


def matrix_document(matrix: AccessMatrix) -> contract.MatrixDocument:
    """Return a matrix as its document."""
    return contract.MatrixDocument(
        tool_version=__version__,
        live=matrix.live,
        permits=tuple(
            contract.PermitPart(
                group_environment=each.group_environment,
                group=each.group,
                group_arn=each.group_arn,
                principal=each.principal,
                environment=each.environment,
                access=each.access,
                actions=each.actions,
                unknown=tuple(
                    contract.UncertainPart(action=one.action, depends_on=one.depends_on)
                    for one in each.unknown
                ),
                sources=each.sources,
                discoverable=each.discoverable,
                dangling=each.dangling,
            )
            for each in matrix.permits
        ),
        unread=tuple(
            contract.UnreadPart(group_arn=arn, why=why) for arn, why in matrix.unread.items()
        ),
        not_evaluated=matrix.not_evaluated,
    )


_SAFE_LABEL: Final = re.compile(r"[A-Za-z0-9 _.,:/@+=()*-]")


def mermaid_label(text: str) -> str:
    """Return a text as the inside of a quoted Mermaid label: all else as character codes.

    Mermaid reads `#NN;` as the character with that code, and Markdown or HTML nowhere.
    """
    safe = inert(without_credentials(text))
    return "".join(char if _SAFE_LABEL.fullmatch(char) else f"#{ord(char)};" for char in safe)


def matrix_mermaid(matrix: AccessMatrix) -> str:
    """Return a matrix as a Mermaid graph: principals on the left, groups on the right."""
    principals = _numbered("p", (_named(each) for each in matrix.permits))
    groups = _numbered("g", (f"{each.group_environment}/{each.group}" for each in matrix.permits))
    unread = _numbered("u", iter(matrix.unread))
    lines = ["graph LR"]
    lines += [f'  {name}(["{mermaid_label(text)}"])' for text, name in principals.items()]
    lines += [f'  {name}["{mermaid_label(text)}"]' for text, name in groups.items()]
    for each in matrix.permits:
        source = principals[_named(each)]
        target = groups[f"{each.group_environment}/{each.group}"]
        label = mermaid_label(", ".join(_marks(each)) or _NOTHING)
        lines.append(f'  {source} -- "{label}" --> {target}')
    for arn, name in unread.items():
        lines.append(f'  {name}["{mermaid_label(f"unknown: {arn}: {matrix.unread[arn]}")}"]')
    return "\n".join(lines) + "\n"


def _numbered(letter: str, texts: Iterator[str]) -> dict[str, str]:
    return {text: f"{letter}{number}" for number, text in enumerate(dict.fromkeys(texts), 1)}


# --- iam-policy


def policy_text(policy: IdentityPolicy, *, minified: bool) -> str:
    """Return an identity policy as JSON: indented for people, or in one line."""
    if not minified:
        return document_text(policy.document)
    return without_credentials(json.dumps(policy.document, separators=(",", ":"))) + "\n"


def document_text(document: Mapping[str, Json]) -> str:
    """Return a policy document as JSON for people."""
    return without_credentials(json.dumps(document, indent=2)) + "\n"


def policy_lines(policy: IdentityPolicy) -> Iterator[Line]:
    """Yield an identity policy in words."""
    yield line(
        f"To {policy.purpose} environment ",
        Span(policy.environment, Style.STRONG),
        Span(f"  account {policy.account}", Style.FAINT),
    )
    yield ()
    for each in policy.permissions:
        yield line("  ", Span(each.sid, Style.STRONG), Span(f"  {each.why}", Style.FAINT))
        for action in each.actions:
            yield line(f"    {action}")
        for resource in each.resources:
            yield line(f"      on {resource}")
        if each.condition is not None:
            yield line(f"      if {json.dumps(each.condition)}")
    yield ()
    for note in policy.notes:
        yield line(Span("note:", Style.FAINT), f" {note}")
