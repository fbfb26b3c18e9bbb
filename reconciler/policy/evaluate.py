"""May this principal do this: resource side, identity side and grants put together.

policies.md A7.2, after the IAM user guide, "Policy evaluation logic". Service and resource
control policies, permission boundaries, session and endpoint policies are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from reconciler.core.data import Json
from reconciler.policy.arns import is_account_id, root_arn
from reconciler.policy.conditions import Context
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.elements import AWS, effect_of, sid_of
from reconciler.policy.grants import KeyGrant, grant_match
from reconciler.policy.matching import Caller, Match, Request, Via, match
from reconciler.policy.needs import Need
from reconciler.policy.stores import FACTS, Store
from reconciler.policy.truth import NO, Truth, both, either

NOT_EVALUATED: Final = (
    "service and resource control policies, permission boundaries, session policies and "
    "endpoint policies are not evaluated"
)
"""What an answer leaves out; to be printed with it."""

_GRANT: Final = "grant "
IDENTITY: Final = "identity policy"
"""The name of the document on the caller's side."""


class Result(StrEnum):
    """The answer to one need."""

    ALLOWED = "allowed"
    RESOURCE_SIDE_OK_NEEDS_IDENTITY = "resource side allows, identity policy not known"
    DENIED = "denied"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, their identity policies (`None` = not known), and what is known of a request."""

    principal: str
    identity: tuple[PolicyDocument, ...] | None = None
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The documents by the ARN of the resource that carries them, and the grants by key ARN.

    A document is `None` where there surely is none; what could not be read is left out.
    """

    documents: Mapping[str, PolicyDocument | None]
    grants: Mapping[str, tuple[KeyGrant, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and why.

    `place` names the document that decided (`key policy`, `identity policy`), `sid` the
    statement or grant. `suggestion` is the statement to add to `place` if one is missing.
    `unknown` are the condition keys, or whatever else, that would have to be known.
    """

    need: Need
    result: Result
    why: str
    place: str = ""
    sid: str = ""
    via: Via | None = None
    suggestion: Statement | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Side:
    """What one side says: whether it denies, and whether and how it allows.

    `direct` is whether it allows other than by naming the caller's account.
    """

    denies: Truth = NO
    denier: str = ""
    allows: Truth = NO
    direct: Truth = NO
    allower: str = ""
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """One need with both sides looked up. `own` is `None` if the identity side is not known."""

    need: Need
    caller: Caller
    resource: _Side
    own: _Side | None

    @property
    def cross_account(self) -> bool:
        return self.caller.account != self.need.account

    @property
    def gated(self) -> bool:
        """A key's policy decides in its own account too whether identity policies count."""
        return self.cross_account or self.need.store is Store.KEY

    @property
    def place(self) -> str:
        return FACTS[self.need.store].title


def evaluate(need: Need, asker: Asker, evidence: Evidence) -> Decision:
    """Answer one need from the documents."""
    place = FACTS[need.store].title
    if need.carrier not in evidence.documents:
        why = f"the {place} of {need.carrier} was not read"
        return Decision(need, Result.UNKNOWN, why, place, unknown=(why,))
    case = _case(need, asker, evidence)
    if found := _denied(case):
        return found
    allowed = _allowed(case)
    if allowed.result in {Result.MISSING, Result.UNKNOWN}:
        return allowed
    return _doubted(case) or allowed


def evaluate_all(needs: Iterable[Need], asker: Asker, evidence: Evidence) -> tuple[Decision, ...]:
    """Answer all needs, in order."""
    return tuple(evaluate(need, asker, evidence) for need in needs)


def _case(need: Need, asker: Asker, evidence: Evidence) -> _Case:
    caller = Caller(asker.principal)
    context = asker.context.including({**caller.context, **need.context})
    request = Request(caller, need.action, need.resource, need.store, context)
    document = evidence.documents[need.carrier]
    resource = _side([] if document is None else [document], request)
    for grant in evidence.grants.get(need.carrier, ()):
        resource = _with_grant(resource, grant.name, grant_match(grant, request))
    own = None
    if asker.identity is not None:
        own = _side(asker.identity, replace(request, store=None))
    return _Case(need, caller, resource, own)


def _side(documents: Sequence[PolicyDocument], request: Request) -> _Side:
    """Put the statements of one side together: any that matches counts, the strongest first."""
    found = [
        (each, match(each, request, document.version))
        for document in documents
        for each in document.statements
    ]
    # A statement with an effect that nobody knows might deny: it counts on both sides.
    denials = [pair for pair in found if effect_of(pair[0]) != "Allow"]
    allows = [pair for pair in found if effect_of(pair[0]) != "Deny"]
    denies = either(each.truth for _, each in denials)
    allowing = _best(allows)
    return _Side(
        denies=denies,
        denier=_label(denials, denies),
        allows=either(each.truth for _, each in allows),
        direct=either(each.truth for _, each in allows if each.via != Via.ACCOUNT),
        allower=sid_of(allowing[0]) or "(no Sid)" if allowing else "",
        via=allowing[1].via if allowing else None,
    )


def _label(found: Sequence[tuple[Statement, Match]], wanted: Truth) -> str:
    """Return the Sid of the first statement that made this truth, if any did."""
    if wanted.value is False:
        return ""
    return next(sid_of(each) or "(no Sid)" for each, by in found if by.truth.value is wanted.value)


def _best(found: Sequence[tuple[Statement, Match]]) -> tuple[Statement, Match] | None:
    """Return the match that allows in the strongest way: certain first, then by how it names."""
    possible = [pair for pair in found if pair[1].truth.value is not False]
    return max(possible, key=lambda pair: _strength(pair[1]), default=None)


def _strength(found: Match) -> tuple[bool, int]:
    return (found.truth.value is True, found.via or 0)


def _with_grant(side: _Side, name: str, found: Match) -> _Side:
    """Let a grant count where it says more than the key policy."""
    if found.truth.value is False or _strength(found) <= _strength(Match(side.allows, side.via)):
        return side
    return replace(
        side,
        allows=either((side.allows, found.truth)),
        direct=side.direct if found.via == Via.ACCOUNT else either((side.direct, found.truth)),
        allower=f"{_GRANT}{name}",
        via=found.via,
    )


def _denied(case: _Case) -> Decision | None:
    for place, side in _sides(case):
        if side.denies.value:
            why = f"statement {side.denier} of the {place} denies it, which nothing can outweigh"
            return Decision(case.need, Result.DENIED, why, place, side.denier)
    return None


def _doubted(case: _Case) -> Decision | None:
    """Return the denial that might hold, for what would be allowed otherwise."""
    for place, side in _sides(case):
        if side.denies.is_unknown:
            return _unknown(case, place, side.denier, side.denies, "may deny it")
    return None


def _sides(case: _Case) -> list[tuple[str, _Side]]:
    sides = [(case.place, case.resource)]
    return sides if case.own is None else [*sides, (IDENTITY, case.own)]


def _allowed(case: _Case) -> Decision:
    """Return the answer without denials."""
    if not case.cross_account and case.resource.direct.value:
        return _yes(case, "names the principal in its own account")
    if case.gated and case.resource.allows.value is False:
        return _missing_in_resource(case)
    if case.own is None:
        return _needs_identity(case)
    needed = both((case.resource.allows, case.own.allows)) if case.gated else case.own.allows
    if needed.value:
        return _yes(case, "and the identity policy both allow it" if case.gated else "")
    return _incomplete(case, case.own)


def _incomplete(case: _Case, own: _Side) -> Decision:
    """Return what is missing, or not known, on either side."""
    may_suffice = not case.cross_account and case.resource.direct.is_unknown
    if own.allows.value is False and not may_suffice:
        return _missing_in_identity(case)
    doubt = case.resource.allows if case.gated else case.resource.direct
    if doubt.is_unknown:
        return _unknown(case, case.place, case.resource.allower, doubt, "may allow it")
    return _unknown(case, IDENTITY, own.allower, own.allows, "may allow it")


def _yes(case: _Case, how: str) -> Decision:
    if not how and case.own is not None:
        why = f"statement {case.own.allower} of the {IDENTITY} allows it in the same account"
        return Decision(case.need, Result.ALLOWED, why, IDENTITY, case.own.allower)
    why = f"{_source(case)} {how}"
    return Decision(
        case.need, Result.ALLOWED, why, case.place, case.resource.allower, case.resource.via
    )


def _source(case: _Case) -> str:
    return _named(case.resource.allower, case.place)


def _named(sid: str, place: str) -> str:
    """Return how a message names what allows or denies: a grant, or a statement of a document."""
    return sid if sid.startswith(_GRANT) else f"statement {sid} of the {place}"


def _needs_identity(case: _Case) -> Decision:
    resource = case.resource
    if case.gated and resource.allows.is_unknown:
        return _unknown(case, case.place, resource.allower, resource.allows, "may allow it")
    allower = resource.allower if resource.allows.value else ""
    if not resource.allows.value:
        how = f"in the same account the {case.place} need not allow it"
    elif resource.via == Via.ACCOUNT:
        how = f"{_source(case)} allows it via the principal's account"
    else:
        how = f"{_source(case)} allows it to the principal itself"
    return Decision(
        case.need,
        Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY,
        f"{how}; the principal's own identity policy must allow it too",
        case.place,
        allower,
        resource.via if allower else None,
        _identity_statement(case.need),
    )


def _missing_in_resource(case: _Case) -> Decision:
    why = f"no statement of the {case.place} of {case.need.carrier} allows it"
    if case.need.store is Store.KEY:
        why += ", and no grant"
    suggestion = _resource_statement(case.need, case.caller)
    return Decision(case.need, Result.MISSING, why, case.place, suggestion=suggestion)


def _missing_in_identity(case: _Case) -> Decision:
    why = f"no statement of the {IDENTITY} of {case.caller.arn} allows it"
    suggestion = _identity_statement(case.need)
    return Decision(case.need, Result.MISSING, why, IDENTITY, suggestion=suggestion)


def _unknown(case: _Case, place: str, sid: str, doubt: Truth, what: str) -> Decision:
    keys = tuple(sorted(doubt.unknown))
    why = f"{_named(sid, place)} {what}, depending on {', '.join(keys)}"
    return Decision(case.need, Result.UNKNOWN, why, place, sid, unknown=keys)


def _identity_statement(need: Need) -> Statement:
    return {"Effect": "Allow", "Action": [need.action], "Resource": [need.resource]}


def _resource_statement(need: Need, caller: Caller) -> Statement:
    """Return the narrowest statement that would do, without a Sid: it is the reader's to choose."""
    principal = caller.arn
    if is_account_id(principal):
        principal = root_arn(need.carrier.split(":")[1], principal)
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": {AWS: [principal]},
        "Action": [need.action],
    }
    if FACTS[need.store].needs_resource:
        statement["Resource"] = ["*"] if need.store is Store.KEY else [need.resource]
    if need.context:
        keys = {key: list(found) for key, found in need.context.items()}
        statement["Condition"] = {"StringEquals": keys}
    return statement
