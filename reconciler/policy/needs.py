"""The single questions behind "can they read, deploy or register": one action on one resource.

They come from the same table as the statements, so what is granted is what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.policy.access import LISTED_BY_PREFIX, SCOPES, Purpose, Scope, actions
from reconciler.policy.arns import parse_arn
from reconciler.policy.stores import Store


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one resource. `carrier` is the ARN of the resource whose document decides.

    `*` and `?` in action and resource stand for all that they match. `account` owns the carrier.
    `context` are condition keys that are known of such a request.
    """

    store: Store
    carrier: str
    account: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def group_needs(purpose: Purpose, group_arn: str, version_arn: str) -> tuple[Need, ...]:
    """Return what a purpose asks of the group policy for one version."""
    resources = {Scope.GROUP: group_arn, Scope.PACKAGES: version_arn}
    return _needs(purpose, Store.GROUP, group_arn, _account(group_arn), resources)


def repository_needs(purpose: Purpose, repository_arn: str) -> tuple[Need, ...]:
    """Return what a purpose asks of the policy of a repository that holds an image."""
    account = _account(repository_arn)
    resources = {Scope.IMAGES: repository_arn}
    return _needs(purpose, Store.REPOSITORY, repository_arn, account, resources)


def bucket_needs(
    purpose: Purpose, bucket_arn: str, account: str, key: str, *, listed: bool
) -> tuple[Need, ...]:
    """Return what a purpose asks of a bucket policy; bucket ARNs do not say the account.

    `listed` says that `key` is a prefix whose objects are listed (an uncompressed model).
    """
    resources = {Scope.BUCKET: bucket_arn, Scope.OBJECTS: f"{bucket_arn}/{key}"}
    found = _needs(purpose, Store.BUCKET, bucket_arn, account, resources, {"s3:prefix": (key,)})
    return tuple(each for each in found if listed or each.action != LISTED_BY_PREFIX)


def key_needs(purpose: Purpose, key_arn: str) -> tuple[Need, ...]:
    """Return what a purpose asks of a key that encrypts artifacts: its policy or a grant."""
    return _needs(purpose, Store.KEY, key_arn, _account(key_arn), {Scope.KEY: key_arn})


def package_key_needs(purpose: Purpose, key_arn: str) -> tuple[Need, ...]:
    """Return what who uses a version needs of the key that encrypts the version's own record.

    DescribeModelPackage decrypts as its caller (botocore, DescribeModelPackage). Registering
    encrypts besides; that takes what the registry needs of a key (aws.md section 5.1).
    """
    names = actions(Purpose.REGISTRY, Scope.KEY)
    wanted = names if purpose is Purpose.REGISTER else ("kms:Decrypt",)
    return tuple(Need(Store.KEY, key_arn, _account(key_arn), each, key_arn) for each in wanted)


def _needs(  # noqa: PLR0913, PLR0917 - one row of the table with everything around it
    purpose: Purpose,
    store: Store,
    carrier: str,
    account: str,
    resources: Mapping[Scope, str],
    listing: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Need, ...]:
    return tuple(
        Need(
            store,
            carrier,
            account,
            action,
            resources[scope],
            (listing or {}) if action == LISTED_BY_PREFIX else {},
        )
        for scope in SCOPES[store]
        for action in actions(purpose, scope)
    )


def _account(arn_text: str) -> str:
    arn = parse_arn(arn_text)
    if arn is None or not arn.account:
        raise ValueError(f"{arn_text} is not an ARN with an account")
    return arn.account
