"""Which account owns a bucket, and which keys encrypt what is in it: the manifests say. Pure.

Neither can be seen from outside of the account: an S3 ARN has no account in it, and what an
object is encrypted with is told only to those who may read it. So the rule is that the
`artifacts` blocks of CrossAccountPolicy manifests that name the bucket (and a prefix that the
object begins with) say both: their environment owns the bucket, and their keys encrypt it. What
they ask for has no part in it: a key that nobody is to be let use any more (`ensure: absent`)
still encrypts what it encrypted. Where no key is named, `encryption` asks the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.access.ingredients import Artifact
from reconciler.core.environment import Environment
from reconciler.kinds.policies.contributions import policies
from reconciler.manifest.policy_models import Artifacts
from reconciler.manifest.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Home:
    """Who owns the bucket of an artifact, and the ARNs of the keys that encrypt it."""

    owner: Environment | None
    keys: tuple[str, ...]


def home_of(artifact: Artifact, workspace: Workspace) -> Home:
    """Return who owns an artifact, as far as the manifests say."""
    blocks = list(_blocks(artifact, workspace))
    # A bucket has one owner; a block whose prefix does not fit still says who it is.
    owners = [workspace.environments[each.environment] for each in blocks]
    keys = {
        key.key_arn: None
        for each in blocks
        if any(_holds(each, bucket, artifact) for bucket in range(len(each.buckets)))
        for key in each.keys
    }
    return Home(owners[0] if owners else None, tuple(keys))


def _blocks(artifact: Artifact, workspace: Workspace) -> Iterator[Artifacts]:
    for policy in policies(workspace):
        for block in policy.spec.artifacts:
            named = any(each.name == artifact.bucket for each in block.buckets)
            if named and block.environment in workspace.environments:
                yield block


def _holds(block: Artifacts, index: int, artifact: Artifact) -> bool:
    bucket = block.buckets[index]
    return bucket.name == artifact.bucket and artifact.key.startswith(bucket.prefix)
