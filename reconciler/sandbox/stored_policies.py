"""How the services keep resource policies, and how they show what they keep.

Source of the rewriting: account ids come back as root ARNs (noobaa/noobaa-core#10059 quotes S3;
hashicorp/awspolicyequivalence has the rule for all services), deleted identities as their unique
ids (S3 user guide quoted in MIT-LCP/physionet-build#2094), principals in another order on every
read (terraform-provider-aws#11801 for KMS, #19365 for ECR), one-element lists as scalars (the same
library's documentation). Statements keep their order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    compact,
    mapping,
    parse_object,
    strings,
    text,
)
from reconciler.sandbox.policy import as_list, statements
from reconciler.sandbox.principals import Principals, partition_of, root_arn

ELEMENTS = ("Action", "NotAction", "Resource", "NotResource")
PRINCIPAL_ELEMENTS = ("Principal", "NotPrincipal")
_TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy's text as it was put, and the unique ids its principals had then."""

    text: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> JsonObject:
        """Return the document as it was put."""
        return parse_object(self.text)

    def to_json(self) -> JsonObject:
        """Return the policy for a state file."""
        return {"text": self.text, "principalIds": {**self.ids}}

    @staticmethod
    def from_json(stored: JsonObject) -> StoredPolicy | None:
        """Return the policy of a state file, None when there is none."""
        content = text(stored, "text")
        return None if content is None else StoredPolicy(content, strings(stored, "principalIds"))


def stored(context: Context, policy: str, partition: str) -> StoredPolicy:
    """Return a checked policy as it is to be kept."""
    named = set(aws_principals(parse_object(policy), partition))
    return StoredPolicy(policy, context.world.principals.ids_of(named))


def policy_of(document: JsonObject) -> StoredPolicy | None:
    """Return the policy in a resource's state document."""
    return StoredPolicy.from_json(mapping(document, "policy"))


def effective(policy: StoredPolicy, principals: Principals, partition: str) -> JsonObject:
    """Return the document as it is judged: deleted identities match nobody."""
    return _rewritten(policy, partition, principals, lambda items: items)


def shown(
    policy: StoredPolicy, context: Context, partition: str, *, empty_sids: bool = False
) -> JsonObject:
    """Return the document as a read shows it; the order differs from read to read."""
    wanted = context.settings.policy_shuffle
    shuffle = context.world.shuffle if wanted != "none" else lambda items: items
    document = _rewritten(policy, partition, context.world.principals, shuffle)
    found: list[JsonValue] = []
    for statement in statements(document):
        result = statement
        if empty_sids and "Sid" not in statement:
            result = {"Sid": "", **result}
        for element in ELEMENTS:
            if element in result:
                items = as_list(result[element])
                ordered = shuffle(items) if wanted == "all" else items
                result = {**result, element: _folded(ordered)}
        found.append(result)
    return {**document, "Statement": found}


def pretty(document: JsonObject) -> str:
    """Return a document in several lines, as KMS and ECR do (samples in the CLI reference)."""
    return json.dumps(document, indent=2, separators=(",", " : "), ensure_ascii=False)


def minified(policy: str) -> str:
    """Return a policy's text without insignificant white space."""
    return compact(parse_object(policy))


def aws_principals(document: JsonObject, partition: str) -> list[str]:
    """Return all `AWS` principals of a document, account ids as root ARNs, without `*`."""
    return [
        root_arn(entry, partition)
        for statement in statements(document)
        for kind, entry in principals_of(statement)
        if kind == "AWS" and entry != "*"
    ]


def principals_of(statement: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the principals of a statement with their types; `"*"` counts as an AWS one."""
    for element in PRINCIPAL_ELEMENTS:
        principal = statement.get(element)
        typed = principal if isinstance(principal, dict) else {"AWS": principal}
        for kind, listed in typed.items():
            yield from ((kind, entry) for entry in as_list(listed) if isinstance(entry, str))


def malformed_principal(document: JsonObject, partition: str) -> str | None:
    """Return the first principal that cannot be one, whoever exists; None when all could be.

    Source: IAM user guide, "IAM JSON policy elements: Principal" (types; no wildcard within an
    ARN); the unique id of a deleted identity is refused too (re:Post on
    kms-policy-error-invalid-principals).
    """
    for statement in statements(document):
        for kind, entry in principals_of(statement):
            if kind not in _TYPES or not entry:
                return entry
            arn = root_arn(entry, partition)
            if kind == "AWS" and entry != "*" and partition_of(arn) != partition:
                return entry
    return None


def has_principal(statement: JsonObject) -> bool:
    """Return whether a statement names at least one principal."""
    return any(True for _ in principals_of(statement))


def _rewritten(
    policy: StoredPolicy,
    partition: str,
    principals: Principals,
    shuffle: Callable[[list[JsonValue]], list[JsonValue]],
) -> JsonObject:
    """Return the document with its principals as the service has resolved them."""

    def resolved(kind: str, listed: JsonValue) -> JsonValue:
        entries = [
            principals.shown(arn, policy.ids.get(arn)) if kind == "AWS" else arn
            for entry in as_list(listed)
            if isinstance(entry, str)
            for arn in [root_arn(entry, partition)]
        ]
        return _folded(shuffle([*dict.fromkeys(entries)]))

    def of(statement: JsonObject) -> JsonObject:
        result = dict(statement)
        for element in PRINCIPAL_ELEMENTS:
            principal = result.get(element)
            if isinstance(principal, dict):
                result[element] = {kind: resolved(kind, item) for kind, item in principal.items()}
            elif isinstance(principal, str) and principal != "*":
                result[element] = {"AWS": resolved("AWS", principal)}
        return result

    document = policy.document
    return {**document, "Statement": [of(statement) for statement in statements(document)]}


def _folded(items: list[JsonValue]) -> JsonValue:
    return items[0] if len(items) == 1 else items
