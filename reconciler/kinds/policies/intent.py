"""What the manifests want of one policy document, one key's grants, one share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.policy.merge import Wanted

MANIFEST_KIND = "CrossAccountPolicy"
GROUP_POLICY = "ModelPackageGroupPolicy"
REPOSITORY_POLICY = "RepositoryPolicy"
BUCKET_POLICY = "BucketPolicy"
KEY_POLICY = "KeyPolicy"
KEY_GRANTS = "KeyGrants"
RESOURCE_SHARE = "ResourceShare"


@dataclass(frozen=True, slots=True)
class DocumentIntent:
    """One policy document: what it is attached to, and what is wanted in it.

    `target` is the name that the service's API takes, `carrier` the ARN of what carries the
    document. A document that is `watched` is named by no manifest: it is looked at for
    statements that nobody asks for any more, and is not part of the plan otherwise. `accounts`
    name environments by account. A group to be `discoverable` is held to what RAM accepts.
    """

    target: str
    carrier: str
    wanted: Wanted
    accounts: Mapping[str, str] = field(default_factory=dict, compare=False)
    discoverable: bool = False
    watched: bool = False

    @property
    def asks_for_nothing(self) -> bool:
        """Say whether nothing of ours is to be in this document."""
        return not self.wanted.statements


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """One KMS grant: its name (our identity for it), who gets it, and for which operations."""

    name: str
    grantee: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantsIntent:
    """The grants that the manifests want on one key; `known` as in `Wanted`, `watched` as above."""

    key_arn: str
    owner: str
    grants: tuple[WantedGrant, ...]
    known: frozenset[str] = field(compare=False)
    accounts: Mapping[str, str] = field(default_factory=dict, compare=False)
    watched: bool = False


@dataclass(frozen=True, slots=True)
class ShareIntent:
    """One RAM share of groups with accounts: named after its manifest, tagged with its owner.

    `identity` is the manifest's, for the tag; a share without one stands for those whose manifest
    has vanished, which are only looked for. `wanted` is false where the share is to be taken
    away, and `said` says whether the manifest says so in as many words. `known` as in `Wanted`;
    `names` name environments by account. `named` are, by group, all principals that manifests name
    there: who else a policy lets in is not to be shown the group by promoting it.
    """

    name: str
    owner: str
    identity: str
    group_arns: tuple[str, ...]
    accounts: tuple[str, ...]
    wanted: bool
    said: bool
    known: frozenset[str] = field(compare=False)
    named: Mapping[str, frozenset[str]]
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
