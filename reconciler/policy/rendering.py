"""The statements that give principals the access they were granted, store by store.

A manifest has one statement per level and kind of resource in a document, whatever the number
of its grants: the Sid follows from identity alone, so every edit is an update in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import Json
from reconciler.policy.access import LISTED_BY_PREFIX, Purpose, Scope, actions
from reconciler.policy.arns import fold_principal, is_account_id, parse_arn, root_arn
from reconciler.policy.document import Statement
from reconciler.policy.elements import AWS
from reconciler.policy.ownership import sid

LITERAL_PREFIX: Final = re.compile(r"[^*?$\"`{}\x00-\x1f]*")
"""Key prefixes that a policy takes literally; `*`, `?` and `${` would widen or bend them."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes statements: the reconciler's owner, the manifest's identity, the partition."""

    owner: str
    identity: str
    partition: str


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Who may do what: account ids or principal ARNs, and the purposes."""

    principals: tuple[str, ...]
    purposes: tuple[Purpose, ...]


def fold_principals(principals: Iterable[str], partition: str) -> tuple[str, ...]:
    """Return each principal once, as an ARN, accounts first.

    Folding comes before dropping duplicates: the group policy refuses an account that stands
    there as an id and as a root ARN (policies.md A2, awslabs/aiops-modules #397).
    """
    folded = sorted({fold_principal(each) for each in principals})
    return tuple(root_arn(partition, each) if is_account_id(each) else each for each in folded)


def principals_by_purpose(
    grants: Iterable[AccessGrant], partition: str
) -> dict[Purpose, tuple[str, ...]]:
    """Return the principals of each granted purpose over all grants, in the order of `Purpose`."""
    found: dict[Purpose, list[str]] = {}
    for grant in grants:
        for purpose in grant.purposes:
            found.setdefault(purpose, []).extend(grant.principals)
    return {
        purpose: fold_principals(found[purpose], partition)
        for purpose in Purpose
        if found.get(purpose)
    }


def packages_arn(group_arn: str) -> str:
    """Return the ARN of all versions of a group: its name is lower-cased there (aws.md fact 9)."""
    arn = parse_arn(group_arn)
    kind, _, name = arn.resource.partition("/") if arn else ("", "", "")
    if arn is None or arn.service != "sagemaker" or kind != "model-package-group" or not name:
        raise ValueError(f"{group_arn} is not the ARN of a model package group")
    head = f"arn:{arn.partition}:sagemaker:{arn.region}:{arn.account}"
    return f"{head}:model-package/{name.lower()}/*"


def group_statements(
    author: Author, grants: Sequence[AccessGrant], group_arn: str
) -> tuple[Statement, ...]:
    """Return the statements of a group policy; `group_arn` is the ARN as AWS returned it."""
    resources = {Scope.GROUP: [group_arn], Scope.PACKAGES: [packages_arn(group_arn)]}
    return _statements(author, grants, resources)


def repository_statements(author: Author, grants: Sequence[AccessGrant]) -> tuple[Statement, ...]:
    """Return the statements of a repository policy; the repository is their resource."""
    return _statements(author, grants, {Scope.IMAGES: []})


def bucket_statements(
    author: Author, grants: Sequence[AccessGrant], bucket: str, prefixes: Iterable[str] = ("",)
) -> tuple[Statement, ...]:
    """Return the statements of a bucket policy for the keys that begin with one of the prefixes.

    An empty prefix is the whole bucket; without any prefix nothing is allowed. Raises
    `ValueError` for a prefix that is not literal.
    """
    outer = _outermost(prefixes)
    if not outer:
        return ()
    arn = f"arn:{author.partition}:s3:::{bucket}"
    resources = {Scope.BUCKET: [arn], Scope.OBJECTS: [f"{arn}/{each}*" for each in outer]}
    condition: Json = {"StringLike": {"s3:prefix": [f"{each}*" for each in outer]}}
    return tuple(
        {**each, "Condition": condition}
        if each["Action"] == [LISTED_BY_PREFIX] and any(outer)
        else each
        for each in _statements(author, grants, resources)
    )


def _outermost(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return the prefixes, sorted, without those that begin with another one."""
    kept: list[str] = []
    for each in sorted(set(prefixes)):
        if not LITERAL_PREFIX.fullmatch(each):
            raise ValueError(f"prefix {each!r} would not be taken literally")
        if not any(each.startswith(outer) for outer in kept):
            kept.append(each)
    return tuple(kept)


def key_statements(author: Author, grants: Sequence[AccessGrant]) -> tuple[Statement, ...]:
    """Return the statements of a key policy, whose `*` is this key only (policies.md A7.2)."""
    return _statements(author, grants, {Scope.KEY: ["*"]})


def _statements(
    author: Author, grants: Sequence[AccessGrant], resources: Mapping[Scope, list[str]]
) -> tuple[Statement, ...]:
    found = [
        _statement(author, purpose, scope, principals, named)
        for purpose, principals in principals_by_purpose(grants, author.partition).items()
        for scope, named in resources.items()
        if actions(purpose, scope)
    ]
    return tuple(sorted(found, key=lambda each: str(each["Sid"])))


def _statement(
    author: Author, purpose: Purpose, scope: Scope, principals: Sequence[str], named: list[str]
) -> Statement:
    role = f"{purpose.capitalize()}{scope}"
    statement: dict[str, Json] = {
        "Sid": sid(author.owner, author.identity, role),
        "Effect": "Allow",
        "Principal": {AWS: list(principals)},
        "Action": list(actions(purpose, scope)),
    }
    return {**statement, "Resource": named} if named else statement
