"""Guards that nobody is locked out. The services' own switches to skip this are never set."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.arns import parse_arn, root_arn
from reconciler.policy.conditions import Context
from reconciler.policy.elements import is_allow, is_deny, may_deny
from reconciler.policy.guards.case import Case, Concern, label, refusal, warning
from reconciler.policy.matching import Caller, Request, match
from reconciler.policy.stores import Store

_PUT_KEY_POLICY = "kms:PutKeyPolicy"
_PUT_BUCKET_POLICY = "s3:PutBucketPolicy"


def own_denial(case: Case) -> Iterator[Concern]:
    """Refuse to write a Deny, except into a group policy, which its owner can always delete."""
    if case.store is Store.GROUP:
        return
    for each in filter(is_deny, case.ours):
        yield refusal(
            "own-denial",
            each,
            f"{label(each)} denies",
            f"a Deny in a {case.facts.title} outweighs everything and can lock its owner out",
            "write instead: only Allow, for those who may; what is not allowed is denied",
        )


def key_lockout(case: Case) -> Iterator[Concern]:
    """Refuse a key policy that nobody could change again (KMS's own lock-out check).

    Either the key's account or the caller must be allowed PutKeyPolicy, without a condition
    that cannot be evaluated here, and not be denied it.
    """
    if case.store is not Store.KEY:
        return
    arn = parse_arn(case.carrier)
    account = root_arn(arn.partition if arn else "aws", case.account)
    if not any(_may_put(case, each) for each in (account, case.caller) if each):
        yield refusal(
            "key-lockout",
            None,
            f"neither account {case.account} nor the caller could change this key policy again",
            "a key whose policy cannot be changed is lost; KMS refuses such a policy",
            f"write instead, once and by hand: Allow kms:* on '*' to {account}, and no Deny of "
            f"{_PUT_KEY_POLICY}",
        )


def _may_put(case: Case, principal: str) -> bool:
    request = _request(case, principal, _PUT_KEY_POLICY)
    version, statements = case.document.version, case.document.statements
    allowed = any(
        match(each, request, version).truth.value for each in filter(is_allow, statements)
    )
    denied = any(
        match(each, request, version).truth.value is not False
        for each in filter(may_deny, statements)
    )
    return allowed and not denied


def _request(case: Case, principal: str, action: str) -> Request:
    caller = Caller(principal)
    context = Context().including(caller.context)
    return Request(caller, action, case.carrier, case.store, context)


def bucket_lockout(case: Case) -> Iterator[Concern]:
    """Warn of a foreign Deny that keeps the caller from changing the bucket policy again."""
    if case.store is not Store.BUCKET or not case.caller:
        return
    request = _request(case, case.caller, _PUT_BUCKET_POLICY)
    for each in filter(may_deny, case.foreign):
        if match(each, request, case.document.version).truth.value is not False:
            yield warning(
                "bucket-lockout",
                each,
                f"{label(each)}, which is not ours, may deny us {_PUT_BUCKET_POLICY}",
                "the write, or the next one, would be refused; only the account's root could go on",
                "let its author exempt the reconciler's role",
            )
