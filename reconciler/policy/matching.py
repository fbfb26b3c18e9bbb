"""Whether one statement speaks about one request, and how it names the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from reconciler.policy.arns import (
    account_of,
    fold_principal,
    fold_session,
    is_account_id,
    is_root,
    is_session,
    parse_arn,
)
from reconciler.policy.conditions import Context, holds
from reconciler.policy.document import NEW_VERSION, Statement
from reconciler.policy.elements import (
    ANYONE,
    AWS,
    UNTYPED,
    effect_of,
    named_principals,
    principals,
    values,
)
from reconciler.policy.globs import covers
from reconciler.policy.grammar import FORM, is_unclear
from reconciler.policy.stores import FACTS, Store
from reconciler.policy.truth import NO, YES, Truth, both, either, negate, truth, unknown


class Via(IntEnum):
    """How a statement names the caller, the strongest last."""

    ACCOUNT = 1
    ANYONE = 2
    EXACT = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an account id or the ARN of an account, role, user or role session.

    An account id is anybody in the account, `*` anybody at all. A root ARN is the account's root
    user.
    """

    principal: str

    @property
    def arn(self) -> str:
        """Return the ARN by which policies name the caller: a session's role."""
        return fold_session(self.principal)

    @property
    def account(self) -> str:
        """Return the caller's account, `""` if the principal does not say it."""
        return account_of(self.principal) or ""

    @property
    def is_root(self) -> bool:
        """Say whether the caller is the root user of an account."""
        arn = parse_arn(self.principal)
        return arn is not None and is_root(arn)

    @property
    def is_user(self) -> bool:
        """Say whether the caller is an IAM user, who asks without a session."""
        arn = parse_arn(self.principal)
        return arn is not None and arn.service == "iam" and arn.resource.startswith("user/")

    @property
    def context(self) -> dict[str, tuple[str, ...]]:
        """Return the condition keys that follow from who asks."""
        known: dict[str, tuple[str, ...]] = {}
        if self.account:
            known["aws:PrincipalAccount"] = (self.account,)
        # A session's ARN does not say the role's path, so its role's ARN is not known.
        if not is_account_id(self.principal) and not is_session(self.principal):
            known["aws:PrincipalArn"] = (self.principal,)
        return known


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource by one caller, and what is known besides.

    `*` and `?` in action and resource stand for all that they match: all of it is asked for.
    `store` is the kind of document that is asked, `None` for an identity policy.
    """

    caller: Caller
    action: str
    resource: str
    store: Store | None = None
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a statement speaks about a request; `via` is how, if it names the caller at all."""

    truth: Truth
    via: Via | None = None


_NO_MATCH: Final = Match(NO)


def match(statement: Statement, request: Request, version: str) -> Match:
    """Say whether a statement of a document of this version speaks about a request."""
    if is_unclear(statement):
        return Match(unknown(FORM), Via.ACCOUNT)
    variables = version == NEW_VERSION
    acts = _names_action(statement, request.action)
    if acts.value is False:
        return _NO_MATCH
    named = _SELF if request.store is None else _names_caller(statement, request.caller)
    found = both(
        (
            acts,
            named.truth,
            _names_resource(statement, request, variables=variables),
            holds(statement.get("Condition", {}), request.context, variables=variables),
            YES if effect_of(statement) in {"Allow", "Deny"} else unknown("Effect"),
        )
    )
    return Match(found, named.via)


# An identity policy has no principal: it speaks about whoever it is attached to.
_SELF: Final = Match(YES, Via.EXACT)


def _names_action(statement: Statement, action: str) -> Truth:
    """Compare in any case; blanks count. A statement without actions has no effect.

    Source of the latter: botocore, PutKeyPolicy `Policy`.
    """
    element = "NotAction" if "NotAction" in statement else "Action"
    found = either(
        covers(each.lower(), action.lower(), variables=False) for each in values(statement, element)
    )
    return negate(found) if element == "NotAction" else found


def _names_resource(statement: Statement, request: Request, *, variables: bool) -> Truth:
    element = "NotResource" if "NotResource" in statement else "Resource"
    if element not in statement:
        # The repository, say, is the only resource of its policy.
        implied = request.store is not None and not FACTS[request.store].needs_resource
        return truth(value=implied)
    found = either(
        covers(each, request.resource, variables=variables) for each in values(statement, element)
    )
    return negate(found) if element == "NotResource" else found


def _names_caller(statement: Statement, caller: Caller) -> Match:
    allows = effect_of(statement) == "Allow"
    if "NotPrincipal" in statement:
        named = list(_named(statement, "NotPrincipal", caller))
        spared = _strongest(named).truth if allows else _spared(named, statement, caller)
        return Match(negate(spared), Via.ANYONE)
    found = _strongest(_named(statement, "Principal", caller))
    if allows or found.truth.value or not _names_some_of(statement, caller):
        return found
    return Match(unknown(f"who of {caller.principal} asks"), Via.EXACT)


def _spared(named: Sequence[Match], statement: Statement, caller: Caller) -> Truth:
    """Say whether the `NotPrincipal` of a Deny spares the caller: surely only if all names do.

    IAM user guide, "NotPrincipal": who is to be spared is named by account, and by user or role,
    and by role session besides. What less than that does is not certain.
    """
    certain = {each.via for each in named if each.truth.value}
    if Via.ANYONE in certain or (Via.ACCOUNT in certain and caller.is_root):
        return YES
    if not certain:
        return either(each.truth for each in named)
    if not {Via.ACCOUNT, Via.EXACT} <= certain:
        return unknown("whether NotPrincipal spares whom it names only in part")
    by_session = is_session(caller.principal) and caller.principal in named_principals(statement)
    return YES if by_session or caller.is_user else unknown("the role session")


def _names_some_of(statement: Statement, caller: Caller) -> bool:
    """Say whether a statement names some, where the caller is all of an account, or everyone."""
    if caller.principal == ANYONE:
        return bool(named_principals(statement))
    if not is_account_id(caller.principal):
        return False
    return any(account_of(each) == caller.account for each in named_principals(statement))


def _named(statement: Statement, element: str, caller: Caller) -> Iterator[Match]:
    for kind, names in principals(statement, element).items():
        for name in names:
            if kind == AWS:
                yield _aws_principal(name, caller)
            elif name == caller.principal:
                yield Match(YES, Via.EXACT)
            elif kind in {"CanonicalUser", UNTYPED}:
                # Another name of some account; which one is known to S3 only.
                yield Match(unknown(f"{kind or element} {name}"), Via.ACCOUNT)


def _strongest(found: Iterable[Match]) -> Match:
    """Return the strongest certain match, else what is unknown."""
    every = list(found)
    certain = [each for each in every if each.truth.value]
    if certain:
        return max(certain, key=lambda each: each.via or 0)
    return Match(either(each.truth for each in every), Via.ACCOUNT)


def _aws_principal(name: str, caller: Caller) -> Match:
    if name == ANYONE:
        return Match(YES, Via.ANYONE)
    folded = fold_principal(name)
    if is_account_id(folded):
        return Match(truth(value=folded == caller.account), Via.ACCOUNT)
    if name in {caller.principal, caller.arn}:
        return Match(YES, Via.EXACT)
    if is_session(name):
        # The policy names one session, and the caller's session is not known.
        certain = is_session(caller.principal) or not _same_role(fold_session(name), caller.arn)
        return _NO_MATCH if certain else Match(unknown("the role session"), Via.EXACT)
    same = is_session(caller.principal) and _same_role(name, caller.arn)
    return Match(truth(value=same), Via.EXACT)


def _same_role(one: str, other: str) -> bool:
    """Compare roles by account and name: a session's ARN does not say its role's path."""
    first, second = parse_arn(one), parse_arn(other)
    if first is None or second is None or first.account != second.account:
        return False
    roles = (first.resource.split("/"), second.resource.split("/"))
    return all(each[0] == "role" for each in roles) and roles[0][-1] == roles[1][-1]
