"""Guards on who is named."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.arns import (
    fold_principal,
    fold_session,
    is_account_id,
    is_dangling,
    is_session,
    parse_arn,
)
from reconciler.policy.document import Statement
from reconciler.policy.elements import (
    ANYONE,
    AWS,
    UNTYPED,
    is_allow,
    may_allow,
    named_principals,
    principals,
    texts,
)
from reconciler.policy.grammar import FORM, is_unclear
from reconciler.policy.guards.case import Case, Concern, label, refusal, warning
from reconciler.policy.stores import Store

_PRINCIPAL = re.compile(r"root|(?:role|user)/[\w+=,.@/-]+")
_VARYING = re.compile(r"[*?]|\$\{")
_ACCOUNT_FIX: Final = (
    "write instead: account ids, or ARNs of roles, of the consumers that are meant"
)
_ORGANISATION_KEYS: Final = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_ORGANISATION_FIX: Final = (
    "write instead: the ids of the organisation's accounts that are meant, one by one; the "
    "condition may stay beside them"
)

# Keys that make a policy non-public where they have a fixed value (botocore,
# PublicAccessBlockConfiguration; the last three are recalled, policies.md A6).
_FIXING: Final = frozenset(
    {
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "aws:principalorgid",
        "aws:principalarn",
        "aws:principalaccount",
    }
)
_FIXING_OPERATORS: Final = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike"})


def public_principal(case: Case) -> Iterator[Concern]:
    """Refuse to name everyone, or principals by pattern, whatever the condition."""
    for each in filter(is_allow, case.ours):
        for names in principals(each).values():
            for name in filter(_varies, names):
                limited = "Condition" in each
                yield refusal(
                    "public-principal",
                    each,
                    f"{label(each)} allows the principal {name!r}",
                    "who is meant would hang on its condition alone, and be nobody's to review"
                    if limited
                    else "anybody in AWS could use it, or the service refuses the pattern",
                    _ORGANISATION_FIX if _of_organisation(each) else _ACCOUNT_FIX,
                )


def _of_organisation(statement: Statement) -> bool:
    return any(key in _ORGANISATION_KEYS for _, key, _ in _conditions(statement))


def _varies(name: str) -> bool:
    return _VARYING.search(name) is not None


def _conditions(statement: Statement) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    condition = statement.get("Condition")
    for operator, keys in _items(condition):
        for key, found in _items(keys):
            yield operator, key.lower(), texts(found) or ()


def _items(value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping):
        yield from value.items()


def principal_form(case: Case) -> Iterator[Concern]:
    """Refuse principals that are not accounts, roles or users of this partition."""
    parsed = parse_arn(case.carrier)
    partition = parsed.partition if parsed else "aws"
    for each in case.ours:
        for element in ("Principal", "NotPrincipal"):
            for kind, names in principals(each, element).items():
                for name in names:
                    if fault := _principal_fault(kind, name, partition):
                        yield refusal(
                            "principal-form",
                            each,
                            f"{label(each)} names the principal {name!r}",
                            *fault,
                        )


def _principal_fault(kind: str, name: str, partition: str) -> tuple[str, str] | None:
    if kind == UNTYPED:
        return "the only principal without a type is '*'", f'write instead: {{"AWS": "{name}"}}'
    if kind != AWS:
        return f"only accounts and roles are granted access, not {kind} principals", _ACCOUNT_FIX
    if name != ANYONE and _varies(name):
        return "principals are compared as they are, so a pattern names nobody", _ACCOUNT_FIX
    if name == ANYONE or is_account_id(name) or is_dangling(name):
        return None
    return _arn_fault(name, partition)


def _arn_fault(name: str, partition: str) -> tuple[str, str] | None:
    if is_session(name):
        return "a session ends, its role does not", f"write instead: {fold_session(name)}"
    arn = parse_arn(name)
    if arn is None or arn.service != "iam" or not _PRINCIPAL.fullmatch(arn.resource):
        return "it is neither an account id nor the ARN of an account, role or user", _ACCOUNT_FIX
    if arn.partition != partition:
        why = f"this resource is in partition {partition}, and no access crosses partitions"
        return why, f"write instead: a principal of {partition}"
    return None


def duplicate_principal(case: Case) -> Iterator[Concern]:
    """Refuse a principal that stands twice in one statement once ids and root ARNs are folded.

    The group policy answers "Duplicate principal" (policies.md A2, awslabs/aiops-modules #397).
    """
    for each in case.document.statements:
        ours = case.owns(each)
        if not ours and case.store is not Store.GROUP:
            continue
        counter = Counter(map(fold_principal, named_principals(each)))
        for name in sorted(name for name, count in counter.items() if count > 1):
            yield (refusal if ours else warning)(
                "duplicate-principal",
                each,
                f"{label(each)} names {name} more than once",
                "an account id and its root ARN are one principal, and SageMaker refuses twice "
                "the same",
                f"write instead: {name}, once",
            )


def dangling_principal(case: Case) -> Iterator[Concern]:
    """Refuse to send back the unique id of a deleted role or user: the services reject it.

    KMS: aws.md section 5.2; S3: "Invalid principal in policy", ministryofjustice/
    analytical-platform #4932. For a foreign statement only its author can mend it.
    """
    for each in case.document.statements:
        for name in filter(is_dangling, named_principals(each)):
            who = "write instead" if case.owns(each) else "let the statement's author write instead"
            yield refusal(
                "dangling-principal",
                each,
                f"{label(each)} names {name}, a role or user that was deleted",
                "AWS shows it by its unique id, and refuses a document that holds one",
                f"{who}: the ARN of a principal that exists, or leave it out",
            )


def discoverable_principal(case: Case) -> Iterator[Concern]:
    """Refuse to allow roles on a group that is to be discoverable: RAM cannot promote those.

    PromoteResourceShareCreatedFromPolicy fails with OperationNotPermittedException for role
    principals (aws.md section 5.5).
    """
    if case.store is not Store.GROUP or not case.discoverable:
        return
    for each in filter(is_allow, case.document.statements):
        for name in principals(each).get(AWS, ()):
            arn = parse_arn(fold_principal(name))
            if arn is not None:
                yield (refusal if case.owns(each) else warning)(
                    "discoverable-principal",
                    each,
                    f"{label(each)} names {name} on a group that is to be discoverable",
                    "RAM shares groups with accounts; a policy with role principals cannot be "
                    "promoted to a share",
                    f"write instead: the account {arn.account}, or leave out discoverable",
                )


def foreign_public(case: Case) -> Iterator[Concern]:
    """Warn of public statements of others. They stay: they are not ours to judge."""
    for each in filter(may_allow, case.foreign):
        if is_unclear(each):
            yield warning(
                "foreign-public",
                each,
                f"{label(each)}, which is not ours, may allow everyone",
                f"it has {FORM}, so it might mean anything",
                "let its author write it as IAM's grammar has it",
            )
        elif is_allow(each) and _is_public(each):
            more = (
                ", and where S3 blocks public policies it refuses the write, or cuts off other "
                "accounts (BlockPublicPolicy, RestrictPublicBuckets)"
                if case.store is Store.BUCKET
                else ""
            )
            yield warning(
                "foreign-public",
                each,
                f"{label(each)}, which is not ours, allows everyone",
                f"anybody in AWS can use it{more}",
                "let its author name accounts, or add a condition with a fixed value",
            )


def _is_public(statement: Statement) -> bool:
    everyone = any(_varies(name) for names in principals(statement).values() for name in names)
    return (everyone or "NotPrincipal" in statement) and not any(
        _fixes(operator, key, found) for operator, key, found in _conditions(statement)
    )


def _fixes(operator: str, key: str, found: tuple[str, ...]) -> bool:
    if key == "aws:sourceip":
        return operator == "IpAddress" and bool(found) and all(map(_is_narrow, found))
    fixed = bool(found) and not any(map(_varies, found))
    return key in _FIXING and operator in _FIXING_OPERATORS and fixed


def _is_narrow(network: str) -> bool:
    try:
        return ipaddress.ip_network(network, strict=False).prefixlen > 0
    except ValueError:
        return False


def whole_account(case: Case) -> Iterator[Concern]:
    """Say once that an account as principal leaves it to its administrators who gets in."""
    accounts = sorted(
        {
            name
            for each in filter(is_allow, case.ours)
            for name in map(fold_principal, principals(each).get(AWS, ()))
            if is_account_id(name)
        }
    )
    if not accounts:
        return
    one = len(accounts) == 1
    yield Concern(
        "whole-account",
        Level.INFO,
        "",
        f"account {accounts[0]} decides itself who of it gets this access"
        if one
        else f"accounts {', '.join(accounts)} decide themselves who of them gets this access",
        f"{'its root' if one else 'the root of an account'} as principal delegates to the "
        "administrators of that account",
        "to narrow it, write instead: the ARNs of single roles",
    )
