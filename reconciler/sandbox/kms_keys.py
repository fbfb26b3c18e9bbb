"""KMS keys: CreateKey, DescribeKey, ListKeys, aliases, deletion; who may do what with a key.

Source of the texts: the snapshots of real answers in localstack/localstack
(tests/aws/services/kms/test_kms.snapshot.json), unless another is named.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    compact,
    mapping,
    number,
    objects,
    text,
    texts,
)
from reconciler.sandbox.errors import ApiError, access_denied
from reconciler.sandbox.policy import Decision, evaluate_document
from reconciler.sandbox.storage import GRANTS, KEYS
from reconciler.sandbox.stored_policies import StoredPolicy, effective, policy_of

_ARN = re.compile(r"arn:aws[a-z\-]*:kms:([a-z0-9\-]+):(\d{12}):(key|alias)/([a-zA-Z0-9:/_\-]+)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_MANAGED = "alias/aws/"
CUSTOM_ID = "_custom_id_"
"""The tag of CreateKey that chooses the new key's id, in the sandbox only."""
_SYMMETRIC = "SYMMETRIC_DEFAULT"
_WAITING_DAYS = 30
_DAY = 86_400
OWNERS_ALONE = frozenset({"GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion"})
"""Operations that botocore documents with "Cross-account use: No"."""


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key where it is found."""

    site: Site
    id: str
    document: JsonObject

    @property
    def arn(self) -> str:
        """Return the key's ARN."""
        return _arn(self.site, "key", self.id)

    @property
    def metadata(self) -> JsonObject:
        """Return what DescribeKey shows."""
        return mapping(self.document, "key")

    @property
    def policy(self) -> StoredPolicy:
        """Return the key policy: every key has one."""
        return policy_of(self.document) or StoredPolicy("{}")

    def save(self, context: Context, **changes: JsonValue) -> None:
        """Store the key with some members replaced."""
        context.world.shelf(KEYS).put(self.site, self.id, {**self.document, **changes})


def new_key(context: Context, parameters: JsonObject, policy: StoredPolicy) -> Key:
    """Store a new customer managed key (botocore CreateKey and KeyMetadata) and return it."""
    site = context.home
    identifier = _chosen_id(context, parameters) or str(uuid.uuid4())
    if parameters.get("MultiRegion") is True:
        identifier = f"mrk-{uuid.uuid4().hex}"
    metadata = _metadata(context, site, identifier, parameters, manager="CUSTOMER")
    key = Key(site, identifier, {"key": metadata, "policy": policy.to_json()})
    key.save(context)
    return key


def _chosen_id(context: Context, parameters: JsonObject) -> str | None:
    """Return the id that the tag `_custom_id_` names: a seed's key has an ARN to write down.

    AWS assigns ids itself and takes this tag for any other: it is the convention of emulators
    (localstack/localstack#8870). An id that is taken already is refused, since it cannot be new.
    """
    tags = {text(tag, "TagKey"): text(tag, "TagValue") for tag in objects(parameters, "Tags")}
    chosen = tags.get(CUSTOM_ID)
    if chosen is None:
        return None
    if not _ID.fullmatch(chosen):
        raise ApiError("ValidationException", f"{CUSTOM_ID}: {chosen} is no key id.")
    if context.world.shelf(KEYS).get(context.home, chosen) is not None:
        raise ApiError("AlreadyExistsException", f"A key with the id {chosen} already exists")
    return chosen


def describe_key(context: Context, parameters: JsonObject) -> JsonObject:
    """Describe a key by id, ARN, alias name or alias ARN (botocore DescribeKey.KeyId)."""
    key = find_key(context, text(parameters, "KeyId") or "", "DescribeKey", aliases=True)
    return {"KeyMetadata": key.metadata}


def list_keys(context: Context, parameters: JsonObject) -> JsonObject:
    """List the caller's own keys in this region (botocore ListKeys: 100 a page)."""
    site = context.home
    found = sorted(context.world.shelf(KEYS).at(site))
    after = text(parameters, "Marker") or ""
    size = int(number(parameters, "Limit") or 100)
    rest = [identifier for identifier in found if identifier > after]
    page: list[JsonValue] = [
        {"KeyId": identifier, "KeyArn": _arn(site, "key", identifier)} for identifier in rest[:size]
    ]
    truncated = len(rest) > size
    return {
        "Keys": page,
        "Truncated": truncated,
        "NextMarker": rest[size - 1] if truncated else None,
    }


def create_alias(context: Context, parameters: JsonObject) -> JsonObject:
    """Give a key a name (botocore CreateAlias: alias/aws/ is reserved)."""
    name = text(parameters, "AliasName") or ""
    if not name.startswith("alias/") or name.startswith(_MANAGED):
        raise ApiError(
            "InvalidAliasNameException",
            "Alias must start with the prefix alias/ and must not start with alias/aws/.",
        )
    with context.world.shelf(KEYS).lock:
        key = find_key(context, text(parameters, "TargetKeyId") or "", "CreateAlias")
        if _key_with_alias(context, context.home, name) is not None:
            arn = _arn(context.home, "alias", name.removeprefix("alias/"))
            raise ApiError("AlreadyExistsException", f"An alias with the name {arn} already exists")
        key.save(context, aliases=[*texts(key.document, "aliases"), name])
    return {}


def list_aliases(context: Context, parameters: JsonObject) -> JsonObject:
    """List the aliases of the caller's own keys (botocore ListAliases; always one page)."""
    site, wanted = context.home, text(parameters, "KeyId")
    listed: list[JsonValue] = [
        {
            "AliasName": name,
            "AliasArn": _arn(site, "alias", name.removeprefix("alias/")),
            "TargetKeyId": identifier,
        }
        for identifier, document in context.world.shelf(KEYS).at(site).items()
        if wanted in {None, identifier, _arn(site, "key", identifier)}
        for name in texts(document, "aliases")
    ]
    return {"Aliases": listed, "Truncated": False}


def schedule_key_deletion(context: Context, parameters: JsonObject) -> JsonObject:
    """Let a key be deleted after 7 to 30 days (botocore ScheduleKeyDeletion)."""
    days = int(number(parameters, "PendingWindowInDays") or _WAITING_DAYS)
    with context.world.shelf(KEYS).lock:
        key = find_key(context, text(parameters, "KeyId") or "", "ScheduleKeyDeletion")
        date = context.now + days * _DAY
        state: JsonObject = {"KeyState": "PendingDeletion", "DeletionDate": date, "Enabled": False}
        key.save(context, key={**key.metadata, **state})
    return {
        "KeyId": key.arn,
        "DeletionDate": date,
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }


def find_key(context: Context, given: str, action: str, *, aliases: bool = False) -> Key:
    """Return the key that an id or ARN means, if the caller may do `action` with it.

    Sources: botocore `KeyId` members (another account's key needs its ARN); aliases where they
    are not taken: boto/boto#3202.

    Raises:
        ApiError: NotFoundException, InvalidArnException or AccessDeniedException.
    """
    site, kind, name = _understood(context, given)
    if kind == "alias":
        if not aliases:
            raise ApiError(
                "InvalidArnException", "Key Aliases are not supported for this operation."
            )
        key = _aliased(context, site, name)
    else:
        key = _with_id(context, site, name)
    foreign = site.account != context.caller.account
    if key is None and not foreign:
        what = f"Key '{_arn(site, 'key', name)}'" if kind == "key" else f"Alias {given}"
        raise ApiError("NotFoundException", f"{what} does not exist")
    authorize(context, key or Key(site, name, {}), action)
    return key or Key(site, name, {})


def authorize(context: Context, key: Key, action: str) -> None:
    """Let the call pass, or refuse it: nothing is allowed that the key policy does not allow.

    Sources: KMS developer guide, "Key policies in AWS KMS" (identity policies count only if the key
    policy lets the account delegate, so the account root must be named) and "Grants in AWS KMS".

    Raises:
        ApiError: AccessDeniedException.
    """
    decision = judged(context, key, action)
    foreign = key.site.account != context.caller.account
    if decision is Decision.DENY:
        why = "with an explicit deny in a resource-based policy"
    elif foreign and action in OWNERS_ALONE:
        why = f"because no resource-based policy allows the kms:{action} action"
    elif decision is Decision.ALLOW or _is_granted(context, key, action):
        return
    else:
        why = f"because no resource-based policy allows the kms:{action} action"
    raise access_denied(context.caller.arn, f"kms:{action}", key.arn, why)


def judged(context: Context, key: Key, action: str) -> Decision:
    """Return what the key policy says of this caller."""
    document = effective(key.policy, context.world.principals, key.site.partition)
    return evaluate_document(document, context.caller, f"kms:{action}", key.arn)


def authorize_passed_on(context: Context, operation: str, parameters: JsonObject) -> str:
    """Judge a call with a key before it goes to moto, which asks no policy.

    Returns the account that moto is to answer for: the key's owner.

    Raises:
        ApiError: As `find_key`.
    """
    given = text(parameters, "KeyId")
    if given is None:
        return context.caller.account
    return find_key(context, given, operation, aliases=True).site.account


def default_policy(site: Site) -> str:
    """Return the policy of a key made without one (the same snapshots; KMS developer guide)."""
    statement: JsonObject = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{site.partition}:iam::{site.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    document: JsonObject = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [statement],
    }
    return compact(document)


def _managed_policy(site: Site, service: str) -> str:
    """Return the policy of an AWS managed key: the account may look at it, the service use it.

    Source: KMS developer guide, "AWS managed keys" (their policies cannot be changed) and its
    example of such a policy; so PutKeyPolicy and CreateGrant are denied by the policy itself.
    """
    use: JsonObject = {
        "Sid": f"Allow access through {service} for all principals in the account",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": site.account,
                "kms:ViaService": f"{service}.{site.region}.amazonaws.com",
            }
        },
    }
    look: JsonObject = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{site.partition}:iam::{site.account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
        "Resource": "*",
    }
    return compact({"Version": "2012-10-17", "Id": f"auto-{service}-1", "Statement": [use, look]})


def _understood(context: Context, given: str) -> tuple[Site, str, str]:
    """Return where a key is meant to be, whether by key or alias, and its id or alias name."""
    home = context.home
    if given.startswith("arn:"):
        match = _ARN.fullmatch(given)
        if match is None:
            raise ApiError("InvalidArnException", f"Invalid arn {given}")
        region, account, kind, name = match.groups()
        if region != home.region:
            raise ApiError("NotFoundException", f"Invalid arn {region}")
        return Site(account, region), kind, f"alias/{name}" if kind == "alias" else name
    if given.startswith("alias/"):
        return home, "alias", given
    if not _ID.fullmatch(given):
        raise ApiError("NotFoundException", f"Invalid keyId '{given}'")
    return home, "key", given


def _with_id(context: Context, site: Site, identifier: str) -> Key | None:
    """Return a key, unless its waiting period is over."""
    document = context.world.shelf(KEYS).get(site, identifier)
    if document is None:
        return None
    date = number(mapping(document, "key"), "DeletionDate")
    return None if date is not None and context.now >= date else Key(site, identifier, document)


def _aliased(context: Context, site: Site, alias: str) -> Key | None:
    """Return the key behind an alias; an AWS managed one comes into being when first asked for.

    Source: botocore DescribeKey.KeyId ("predefined Amazon Web Services alias").
    """
    found = _key_with_alias(context, site, alias)
    if (
        found is not None
        or not alias.startswith(_MANAGED)
        or site.account != context.caller.account
    ):
        return found
    service = alias.removeprefix(_MANAGED)
    identifier = str(uuid.uuid4())
    about: JsonObject = {"Description": f"Default key that protects my {service} data"}
    key = Key(
        site,
        identifier,
        {
            "key": _metadata(context, site, identifier, about, manager="AWS"),
            "policy": StoredPolicy(_managed_policy(site, service)).to_json(),
            "aliases": [alias],
        },
    )
    key.save(context)
    return key


def _key_with_alias(context: Context, site: Site, alias: str) -> Key | None:
    return next(
        (
            Key(site, identifier, document)
            for identifier, document in context.world.shelf(KEYS).at(site).items()
            if alias in texts(document, "aliases")
        ),
        None,
    )


def _is_granted(context: Context, key: Key, action: str) -> bool:
    """Return whether a grant gives this very caller the operation (constraints are not judged)."""
    principals = {context.caller.arn, context.caller.role_arn}
    return any(
        text(grant, "GranteePrincipal") in principals and action in texts(grant, "Operations")
        for document in context.world.shelf(GRANTS).at(key.site).values()
        if (grant := mapping(document, "grant")).get("KeyId") == key.arn
    )


def _metadata(
    context: Context, site: Site, identifier: str, parameters: JsonObject, *, manager: str
) -> JsonObject:
    spec = text(parameters, "KeySpec") or text(parameters, "CustomerMasterKeySpec") or _SYMMETRIC
    metadata: JsonObject = {
        "AWSAccountId": site.account,
        "KeyId": identifier,
        "Arn": _arn(site, "key", identifier),
        "CreationDate": context.now,
        "Enabled": True,
        "Description": text(parameters, "Description") or "",
        "KeyUsage": text(parameters, "KeyUsage") or "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": text(parameters, "Origin") or "AWS_KMS",
        "KeyManager": manager,
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "MultiRegion": parameters.get("MultiRegion") is True,
    }
    if spec == _SYMMETRIC:
        metadata["EncryptionAlgorithms"] = [_SYMMETRIC]
    return metadata


def _arn(site: Site, kind: str, name: str) -> str:
    return f"arn:{site.partition}:kms:{site.region}:{site.account}:{kind}/{name}"
