"""KMS grants: the other way in which a key lets somebody use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.policy.conditions import Context, holds
from reconciler.policy.document import NEW_VERSION
from reconciler.policy.elements import AWS
from reconciler.policy.matching import Match, Request, match
from reconciler.policy.stores import Store
from reconciler.policy.truth import NO, YES, Truth, both, truth, unknown

# Operations without an encryption context, to which such constraints do not apply
# (botocore, `GrantConstraints`).
_UNCONSTRAINED = frozenset({"describekey", "retiregrant", "creategrant", "getpublickey"})


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A grant as ListGrants returns it. Constraints are `None` where there are none."""

    name: str
    grantee: str
    operations: tuple[str, ...]
    context_equals: Mapping[str, str] | None = None
    context_subset: Mapping[str, str] | None = None
    source_arn: str | None = None


def grant_match(grant: KeyGrant, request: Request) -> Match:
    """Say whether a grant lets a request through: grantee, operation and constraints."""
    service, _, operation = request.action.lower().partition(":")
    if service != "kms" or operation not in {each.lower() for each in grant.operations}:
        return Match(NO)
    named = match(
        {
            "Effect": "Allow",
            "Principal": {AWS: [grant.grantee]},
            "Action": request.action,
            "Resource": "*",
        },
        Request(request.caller, request.action, request.resource, Store.KEY),
        NEW_VERSION,
    )
    return Match(both((named.truth, _constraints(grant, operation, request.context))), named.via)


def _constraints(grant: KeyGrant, operation: str, context: Context) -> Truth:
    source: Truth = YES
    if grant.source_arn is not None:
        condition = {"ArnEquals": {"aws:SourceArn": grant.source_arn}}
        source = holds(condition, context, variables=False)
    if operation in _UNCONSTRAINED:
        return source
    return both((source, _encryption(grant, context)))


def _encryption(grant: KeyGrant, context: Context) -> Truth:
    """Keys are compared in any case, values exactly (botocore, `GrantConstraints`)."""
    wanted = grant.context_equals if grant.context_equals is not None else grant.context_subset
    if wanted is None:
        return YES
    if context.encryption is None:
        return unknown("kms:encryptioncontext")
    pairs = {(key.lower(), value) for key, value in wanted.items()}
    given = {(key.lower(), value) for key, value in context.encryption.items()}
    return truth(value=pairs == given if grant.context_equals is not None else pairs <= given)
