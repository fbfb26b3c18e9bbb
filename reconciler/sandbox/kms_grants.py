"""CreateGrant, ListGrants, RevokeGrant. Grants take effect at once."""

from __future__ import annotations

import base64
import hashlib
import uuid

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, JsonValue, digest, mapping, number, text, texts
from reconciler.sandbox.errors import ApiError, invalid
from reconciler.sandbox.kms_keys import Key, find_key
from reconciler.sandbox.principals import partition_of
from reconciler.sandbox.storage import GRANTS

_PAGE, _LONGEST_PAGE = 50, 100
_MANAGING = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})
_OF_SYMMETRIC = _MANAGING | {
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
}
_OF_USAGE = {
    "SIGN_VERIFY": _MANAGING | {"Sign", "Verify", "GetPublicKey"},
    "GENERATE_VERIFY_MAC": _MANAGING | {"GenerateMac", "VerifyMac"},
    "KEY_AGREEMENT": _MANAGING | {"DeriveSharedSecret", "GetPublicKey"},
    "ENCAPSULATE_DECAPSULATE": _MANAGING | {"Encapsulate", "Decapsulate", "GetPublicKey"},
}
_OF_ENCRYPTING_PAIR = _MANAGING | {
    "Decrypt",
    "Encrypt",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
}
_PRINCIPALS = ("GranteePrincipal", "RetiringPrincipal")
_SERVICES = ("GranteeServicePrincipal", "RetiringServicePrincipal")


def create_grant(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a grant, or find the one of this name and these parameters again.

    Source: botocore CreateGrant.Name (identical parameters: the original GrantId; the token is new
    each time; without a name, or with other parameters, another grant). That the order of
    operations makes no difference is unverified.
    """
    shelf = context.world.shelf(GRANTS)
    with shelf.lock:
        key = find_key(context, text(parameters, "KeyId") or "", "CreateGrant")
        _check_key(key)
        _check_operations(key, texts(parameters, "Operations"))
        _check_constraints(mapping(parameters, "Constraints"))
        _check_principals(context, key, parameters)
        _refuse_dry_run(parameters)
        mark = _fingerprint(key, parameters)
        found = next(
            (
                name
                for name, document in shelf.at(key.site).items()
                if "Name" in parameters and text(document, "fingerprint") == mark
            ),
            None,
        )
        if found is None:
            found = hashlib.sha256(uuid.uuid4().bytes).hexdigest()
            shelf.put(key.site, found, _document(context, key, parameters, found, mark))
    token = base64.urlsafe_b64encode(uuid.uuid4().bytes + found.encode()).decode()
    return {"GrantId": found, "GrantToken": token}


def list_grants(context: Context, parameters: JsonObject) -> JsonObject:
    """List a key's grants in pages of 50, 100 at most (botocore ListGrants)."""
    key = find_key(context, text(parameters, "KeyId") or "", "ListGrants")
    grants = sorted(
        (number(mapping(document, "grant"), "CreationDate") or 0, name, document)
        for name, document in context.world.shelf(GRANTS).at(key.site).items()
        if _is_asked_for(mapping(document, "grant"), key, parameters)
    )
    after = _read_marker(text(parameters, "Marker"))
    rest = [entry for entry in grants if after is None or entry[:2] > after]
    size = min(int(number(parameters, "Limit") or _PAGE), _LONGEST_PAGE)
    shown: list[JsonValue] = [_shown(context, document) for _, _, document in rest[:size]]
    truncated = len(rest) > size
    marker = _marker(*rest[size - 1][:2]) if truncated else None
    return {"Grants": shown, "Truncated": truncated, "NextMarker": marker}


def revoke_grant(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove a grant; one that is not there is a NotFoundException (its text is unverified)."""
    shelf = context.world.shelf(GRANTS)
    with shelf.lock:
        key = find_key(context, text(parameters, "KeyId") or "", "RevokeGrant")
        name = text(parameters, "GrantId") or ""
        document = shelf.get(key.site, name) or {}
        if mapping(document, "grant").get("KeyId") != key.arn:
            raise ApiError("NotFoundException", f"Grant ID {name} not found")
        _refuse_dry_run(parameters)
        shelf.remove(key.site, name)
    return {}


def _check_key(key: Key) -> None:
    """Refuse a key that is on its way out (botocore KMSInvalidStateException; localstack text)."""
    if key.metadata.get("KeyState") == "PendingDeletion":
        raise ApiError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


def _check_operations(key: Key, operations: list[str]) -> None:
    """Want operations that the key can do.

    Source: botocore CreateGrant.Operations and KMS developer guide, "Grant operations" (a
    ValidationError; its text is unverified).
    """
    usage = text(key.metadata, "KeyUsage") or ""
    symmetric = text(key.metadata, "KeySpec") == "SYMMETRIC_DEFAULT"
    fitting = _OF_USAGE.get(usage, _OF_SYMMETRIC if symmetric else _OF_ENCRYPTING_PAIR)
    unfit = [operation for operation in operations if operation not in fitting]
    if unfit:
        raise invalid(f"Grant operations {unfit} are not valid for a key of this type.")


def _check_constraints(constraints: JsonObject) -> None:
    """Refuse both encryption context constraints at once (botocore GrantConstraints)."""
    if {"EncryptionContextEquals", "EncryptionContextSubset"} <= constraints.keys():
        raise invalid("More than one constraint supplied")


def _check_principals(context: Context, key: Key, parameters: JsonObject) -> None:
    """Want one grantee, by the ARN of a principal that KMS sees.

    Sources: botocore CreateGrant.GranteePrincipal and GranteeServicePrincipal; the code for
    principals that are none, or new: terraform-provider-aws PR #3038; its text is unverified.
    """
    if len({"GranteePrincipal", "GranteeServicePrincipal"} & parameters.keys()) != 1:
        raise invalid("Specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    if {"RetiringPrincipal", "RetiringServicePrincipal"} <= parameters.keys():
        raise invalid("Specify either RetiringPrincipal or RetiringServicePrincipal.")
    if "GranteeServicePrincipal" in parameters:
        retiring = {"RetiringPrincipal", "RetiringServicePrincipal"} & parameters.keys()
        if not retiring or "SourceArn" not in mapping(parameters, "Constraints"):
            raise invalid("A service principal needs a SourceArn constraint and a retiring one.")
    for member in _PRINCIPALS:
        arn = text(parameters, member)
        if arn is None:
            continue
        if partition_of(arn) != key.site.partition or context.world.principals.missing([arn]):
            raise ApiError("InvalidArnException", f"ARN does not refer to a valid principal: {arn}")


def _refuse_dry_run(parameters: JsonObject) -> None:
    """Stop before anything changes (KMS developer guide, "Testing your permissions")."""
    if parameters.get("DryRun") is True:
        raise ApiError(
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        )


def _fingerprint(key: Key, parameters: JsonObject) -> str:
    members = ("Name", "Constraints", *_PRINCIPALS, *_SERVICES)
    content: JsonObject = {member: parameters.get(member) for member in members}
    content["KeyId"] = key.arn
    content["Operations"] = [*sorted(set(texts(parameters, "Operations")))]
    return digest(content)


def _document(
    context: Context, key: Key, parameters: JsonObject, identifier: str, fingerprint: str
) -> JsonObject:
    operations: list[JsonValue] = [*dict.fromkeys(texts(parameters, "Operations"))]
    grant: JsonObject = {
        "KeyId": key.arn,
        "GrantId": identifier,
        "Name": text(parameters, "Name") or "",
        "CreationDate": context.now,
        "IssuingAccount": f"arn:{key.site.partition}:iam::{context.caller.account}:root",
        "Operations": operations,
    }
    for member in ("Constraints", *_PRINCIPALS, *_SERVICES):
        if member in parameters:
            grant[member] = parameters[member]
    named = [arn for member in _PRINCIPALS if (arn := text(parameters, member))]
    ids = context.world.principals.ids_of(named)
    return {"grant": grant, "principalIds": {**ids}, "fingerprint": fingerprint}


def _is_asked_for(grant: JsonObject, key: Key, parameters: JsonObject) -> bool:
    return grant.get("KeyId") == key.arn and all(
        parameters.get(member) in {None, grant.get(member)}
        for member in ("GrantId", "GranteePrincipal", "GranteeServicePrincipal")
    )


def _shown(context: Context, document: JsonObject) -> JsonObject:
    """Return a grant as ListGrants shows it: principals that are gone by their unique ids."""
    grant = dict(mapping(document, "grant"))
    ids = mapping(document, "principalIds")
    for member in _PRINCIPALS:
        arn = text(grant, member)
        if arn is not None:
            grant[member] = context.world.principals.shown_in_grant(arn, text(ids, arn))
    return grant


def _marker(created: float, identifier: str) -> str:
    return base64.urlsafe_b64encode(f"{created!r} {identifier}".encode()).decode()


def _read_marker(marker: str | None) -> tuple[float, str] | None:
    if marker is None:
        return None
    try:
        created, _, identifier = base64.urlsafe_b64decode(marker).decode().partition(" ")
        return float(created), identifier
    except ValueError as error:
        raise ApiError("InvalidMarkerException", "Invalid marker.") from error
