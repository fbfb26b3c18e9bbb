"""The documents and grants that decide, each read in the account that owns it.

As they are, or as an apply would leave them: then the same merge that a plan makes is made on
what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from reconciler.aws.api import Answer, Aws, AwsFault, concurrently
from reconciler.core.environment import Environment
from reconciler.core.resources import Desired
from reconciler.kinds.policies.access import CarrierMissingError, DocumentAccess
from reconciler.kinds.policies.bucket_policy import BucketPolicyAccess
from reconciler.kinds.policies.desire import desired_documents
from reconciler.kinds.policies.group_policy import GroupPolicyAccess
from reconciler.kinds.policies.intent import DocumentIntent, GrantsIntent
from reconciler.kinds.policies.key_grants import KeyGrantsHandler, grant_name
from reconciler.kinds.policies.key_policy import KeyPolicyAccess
from reconciler.kinds.policies.notes import Judged, refusing_notes
from reconciler.kinds.policies.repository_policy import RepositoryPolicyAccess
from reconciler.manifest.workspace import Workspace
from reconciler.policy.document import PolicyDocument, UnparseablePolicy, parse
from reconciler.policy.evaluate import Evidence
from reconciler.policy.grants import KeyGrant
from reconciler.policy.merge import Unmergeable, merge
from reconciler.policy.stores import Store

_ACCESS: Final[Mapping[Store, DocumentAccess]] = {
    Store.GROUP: GroupPolicyAccess(),
    Store.REPOSITORY: RepositoryPolicyAccess(),
    Store.BUCKET: BucketPolicyAccess(),
    Store.KEY: KeyPolicyAccess(),
}
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries one document. `target` is the name that the service's API takes.

    `environment` is the one that owns it; where there is none, `reason` says why.
    """

    store: Store
    arn: str
    target: str
    environment: Environment | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read. `unread` says by ARN why a document is not known, `no_grants` why grants."""

    evidence: Evidence
    unread: Mapping[str, str]
    no_grants: Mapping[str, str]


@dataclass(slots=True)
class _Read:
    """What is known of one carrier, so far."""

    carrier: Carrier
    document: PolicyDocument | None = None
    grants: tuple[KeyGrant, ...] = ()
    unread: str = ""
    no_grants: str = ""


@dataclass(frozen=True, slots=True)
class Intended:
    """What the manifests want, by the ARN of the carrier; empty for documents as they are."""

    documents: Mapping[str, Desired[DocumentIntent]] = field(default_factory=dict)
    grants: Mapping[str, GrantsIntent] = field(default_factory=dict)


def intended(workspace: Workspace) -> Intended:
    """Return what the manifests want of every document and key."""
    documents = (
        each for access in _ACCESS.values() for each in desired_documents(workspace, access.kind)
    )
    grants, _ = KeyGrantsHandler().desire(workspace)
    return Intended(
        {each.intent.carrier: each for each in documents},
        {each.intent.key_arn: each.intent for each in grants},
    )


def gather(aws: Aws, carriers: Iterable[Carrier], plan: Intended | None = None) -> Gathered:
    """Return the documents of some carriers; with `plan`, as an apply would leave them."""
    wanted = list({each.arn: each for each in carriers}.values())
    reads = concurrently(partial(_read, aws), wanted)
    for each in reads:
        if plan is not None and not each.unread:
            _apply(aws, each, plan)
    known = [each for each in reads if not each.unread]
    evidence = Evidence(
        {each.carrier.arn: each.document for each in known},
        {each.carrier.arn: each.grants for each in known if each.grants},
    )
    return Gathered(
        evidence,
        {each.carrier.arn: each.unread for each in reads if each.unread},
        {each.carrier.arn: each.no_grants for each in known if each.no_grants},
    )


def _read(aws: Aws, carrier: Carrier) -> _Read:
    read = _Read(carrier)
    environment = carrier.environment
    if environment is None:
        read.unread = carrier.reason
        return read
    try:
        text = _ACCESS[carrier.store].read(aws, environment, carrier.target)
    except CarrierMissingError as missing:
        read.unread = str(missing)
        return read
    except AwsFault as fault:
        read.unread = in_words(fault)
        return read
    parsed = None if text is None else parse(text)
    if isinstance(parsed, UnparseablePolicy):
        read.unread = f"its live document cannot be parsed: {parsed}"
        return read
    read.document = parsed
    if carrier.store is Store.KEY:
        _read_grants(aws, environment, read)
    return read


def in_words(fault: AwsFault) -> str:
    """Return why something is not known, with the permission that is missing."""
    missing = f" (missing: {fault.permission})" if fault.permission else ""
    return f"it cannot be read: {fault.what}{missing}"


def _read_grants(aws: Aws, environment: Environment, read: _Read) -> None:
    parameters = {"KeyId": read.carrier.target, "Limit": _PAGE}
    try:
        read.grants = tuple(
            _grant(each)
            for page in aws.pages(environment, "kms", "ListGrants", parameters)
            for each in page.get("Grants", ())
        )
    except AwsFault as fault:
        read.no_grants = f"its grants are not known: {in_words(fault)}"


def _grant(answer: Answer) -> KeyGrant:
    constraints = answer.get("Constraints") or {}
    return KeyGrant(
        name=answer.get("Name", ""),
        grantee=answer.get("GranteePrincipal", ""),
        operations=tuple(answer.get("Operations", ())),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
        source_arn=constraints.get("SourceArn"),
    )


def _apply(aws: Aws, read: _Read, plan: Intended) -> None:
    """Put what the manifests want into what was read, as an apply would."""
    arn = read.carrier.arn
    if (desired := plan.documents.get(arn)) is not None:
        store = read.carrier.store
        merged = merge(read.document, desired.intent.wanted, store)
        if isinstance(merged, Unmergeable):
            read.unread = f"the plan is blocked: {merged.what}"
            return
        judged = Judged(store, aws.caller(desired.environment))
        refused = next(refusing_notes(desired, merged, judged), None)
        if refused is not None:
            read.unread = f"the plan is refused: {refused.text}"
            return
        read.document = merged.document if merged.document.statements else None
    if (grants := plan.grants.get(arn)) is not None:
        read.grants = _granted(read.grants, grants)


def _granted(live: Sequence[KeyGrant], wanted: GrantsIntent) -> tuple[KeyGrant, ...]:
    """Return a key's grants after an apply: everybody else's, and ours as the manifests say."""
    heads = tuple(_head(wanted.owner, each) for each in wanted.known)
    names = {each.name for each in wanted.grants}
    kept = [each for each in live if not each.name.startswith(heads) and each.name not in names]
    ours = [KeyGrant(each.name, each.grantee, each.operations) for each in wanted.grants]
    return (*kept, *ours)


def _head(owner: str, identity: str) -> str:
    """Return what the names of all grants of a manifest begin with."""
    return grant_name(owner, identity, "").rpartition("-")[0] + "-"
