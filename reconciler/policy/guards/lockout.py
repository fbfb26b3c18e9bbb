"""Guards that nobody is locked out. The services' own switches to skip this are never set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.policy.arns import parse_arn, root_arn
from reconciler.policy.conditions import OVER_TLS
from reconciler.policy.document import Statement
from reconciler.policy.elements import is_allow, is_deny, may_deny
from reconciler.policy.guards.case import Case, Concern, label, refusal, warning
from reconciler.policy.matching import Caller, Request, match
from reconciler.policy.stores import Store

_PUT_KEY_POLICY = "kms:PutKeyPolicy"
_ANOTHER_APPLIES: Final = (
    "; if another role than this caller applies, declare it as assumeRole.apply of the environment"
)
_SEES_GROUP: Final = (
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:GetModelPackageGroupPolicy",
)
_CHANGES_GROUP: Final = (
    "sagemaker:DeleteModelPackageGroupPolicy",
    "sagemaker:PutModelPackageGroupPolicy",
)


def own_denial(case: Case) -> Iterator[Concern]:
    """Refuse to write a Deny into any policy but a group's."""
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


def group_lockout(case: Case) -> Iterator[Concern]:
    """Refuse a Deny that keeps us, or the group's account, from its policy; warn of one of others.

    No switch and no source says that SageMaker lets an owner past its own Deny, so it is taken
    for final. Who applies must see and change the policy, who plans must see it.
    """
    if case.store is not Store.GROUP:
        return
    for each in filter(may_deny, case.document.statements):
        ours = case.owns(each)
        for who, action in _lost(case, each, certain_callers=not ours):
            yield (refusal if ours else warning)(
                "group-lockout",
                each,
                f"{label(each)} may deny {who} {action}",
                "nothing outweighs a Deny, so the policy could not be read or taken back any more",
                "write instead: the principals of other accounts that are meant, or actions "
                "other than those on the group and its policy"
                if ours
                else "let its author exempt the account and the reconciler's roles",
            )
            break


def _lost(case: Case, denial: Statement, *, certain_callers: bool) -> Iterator[tuple[str, str]]:
    """Yield who may be denied what of a group's policy.

    Where it is not declared who applies, that may be anyone of the account: to ask as the
    account's id is to ask as all of it.
    """
    arn = parse_arn(case.carrier)
    root = root_arn(arn.partition if arn else "aws", case.account)
    known = certain_callers or (case.declared and case.caller)
    writers = [root, case.caller] if known else [root, case.caller, case.account]
    asked: Iterable[tuple[str, str]] = [
        *((who, action) for who in writers for action in (*_CHANGES_GROUP, *_SEES_GROUP)),
        *((case.reader, action) for action in _SEES_GROUP),
    ]
    for who, action in asked:
        if who and _may_hit(case, denial, who, action):
            yield who, action


def _may_hit(case: Case, denial: Statement, principal: str, action: str) -> bool:
    request = _request(case, principal, action)
    return match(denial, request, case.document.version).truth.value is not False


def key_lockout(case: Case) -> Iterator[Concern]:
    """Refuse a key policy that nobody could change again (KMS's own lock-out check).

    Either the key's account or the caller must be allowed PutKeyPolicy, without a condition
    that cannot be evaluated here, and not be denied it; and the caller must not surely be denied
    it, whoever else may.
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
    elif case.caller and (denial := _surely_denied(case)):
        yield refusal(
            "key-lockout",
            denial,
            f"{label(denial)} denies {case.caller} {_PUT_KEY_POLICY}",
            "KMS refuses a key policy that its writer could not change again",
            "write instead, once and by hand: a Deny that exempts the role that applies"
            + ("" if case.declared else _ANOTHER_APPLIES),
        )


def _surely_denied(case: Case) -> Statement | None:
    request = _request(case, case.caller, _PUT_KEY_POLICY)
    version = case.document.version
    found = (
        each
        for each in filter(is_deny, case.document.statements)
        if match(each, request, version).truth.value
    )
    return next(found, None)


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
    context = OVER_TLS.including(caller.context)
    return Request(caller, action, case.carrier, case.store, context)


def bucket_lockout(case: Case) -> Iterator[Concern]:
    """Warn of a foreign Deny that keeps the caller from changing the bucket policy again."""
    if case.store is Store.BUCKET:
        why = "the write, or the next one, would be refused; only the account's root could go on"
        yield from _shut_out(case, "bucket-lockout", "s3:PutBucketPolicy", why)


def repository_lockout(case: Case) -> Iterator[Concern]:
    """Warn of a foreign Deny that keeps the caller from changing the repository policy again.

    ECR refuses to set such a policy unless it is forced (botocore, SetRepositoryPolicy `force`).
    """
    if case.store is Store.REPOSITORY:
        why = "ECR refuses a policy that its writer could not set again, and nothing is forced"
        yield from _shut_out(case, "repository-lockout", "ecr:SetRepositoryPolicy", why)


def _shut_out(case: Case, guard: str, action: str, why: str) -> Iterator[Concern]:
    for each in filter(may_deny, case.foreign if case.caller else ()):
        if _may_hit(case, each, case.caller, action):
            yield warning(
                guard,
                each,
                f"{label(each)}, which is not ours, may deny {case.caller} {action}",
                why,
                "let its author exempt the reconciler's role"
                + ("" if case.declared else _ANOTHER_APPLIES),
            )
