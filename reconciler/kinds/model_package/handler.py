"""The handler of model packages: puts together desire, reading, proposal and writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.aws.api import Aws
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Verb
from reconciler.core.problem import Problem
from reconciler.core.resources import Desired, Found, Live, Reading
from reconciler.kinds.base import Stamp, WriteResult
from reconciler.kinds.model_package.desire import desire
from reconciler.kinds.model_package.fields import VERSIONED
from reconciler.kinds.model_package.intent import KIND, PackageIntent
from reconciler.kinds.model_package.proposal import contested, following, propose
from reconciler.kinds.model_package.reading import PackageReader
from reconciler.kinds.model_package.writing import write
from reconciler.manifest.workspace import Workspace


class ModelPackageHandler:
    """Reads, proposes and writes versions in groups and unversioned packages."""

    kind = KIND
    fields = VERSIONED
    reads = frozenset(
        {
            "sagemaker:ListModelPackages",
            "sagemaker:DescribeModelPackage",
            "sagemaker:Search",
            "sagemaker:ListTags",
        }
    )
    writes = frozenset(
        {
            "sagemaker:CreateModelPackage",
            "sagemaker:UpdateModelPackage",
            "sagemaker:AddTags",
            "sagemaker:DeleteTags",
        }
    )

    def desire(self, workspace: Workspace) -> tuple[list[Desired[PackageIntent]], list[Problem]]:
        """Return the declared packages in declared order, and what is wrong with them."""
        return desire(workspace)

    def reader(self, aws: Aws, environment: Environment) -> PackageReader:
        """Return a reader of the environment's packages."""
        return PackageReader(aws, environment)

    def propose(self, desired: Sequence[Desired[PackageIntent]], reading: Reading) -> list[Action]:
        """Return the actions for some packages; new versions are compared with the one before."""
        desired = [each for each in desired if each.declared]
        by_key = {each.key: each for each in desired}
        rivals = _rivals(desired, reading)
        actions = [
            action
            for each in desired
            for action in (
                [contested(each, rivals[each.key])]
                if each.key in rivals
                else propose(each, reading.findings[each.key])
            )
        ]
        new = {action.key for action in actions if action.verb is Verb.CREATE}
        for index, action in enumerate(actions):
            before = next((key for key in action.after_keys if key in new), None)
            if action.verb is Verb.CREATE and before is not None:
                follows = following(by_key[action.key], before.name, by_key[before].values)
                actions[index] = replace(action, predecessor=follows)
        return actions

    def write(
        self,
        aws: Aws,
        action: Action,
        desired: Desired[PackageIntent],
        live: Live | None,
        stamp: Stamp,
    ) -> WriteResult:
        """Carry out one action on a package and return its ARN."""
        return WriteResult(write(aws, action, desired, live, stamp))


def _rivals(
    desired: Sequence[Desired[PackageIntent]], reading: Reading
) -> Mapping[ResourceKey, tuple[Live, ResourceKey]]:
    """Return the packages that another manifest means as well: one by number, one by identity.

    The other one may be outside the selection, or be another environment's.
    """
    claims: dict[str, list[tuple[ResourceKey, Live]]] = defaultdict(list)
    rivals: dict[ResourceKey, tuple[Live, ResourceKey]] = {}
    for each in desired:
        if isinstance(found := reading.findings[each.key], Found):
            claims[found.live.arn].append((each.key, found.live))
            if (other := _claimant(each, found.live)) is not None:
                rivals[each.key] = (found.live, other)
    return rivals | {
        key: (live, next(other for other, _ in claimants if other != key))
        for claimants in claims.values()
        if len(claimants) > 1
        for key, live in claimants
    }


def _claimant(desired: Desired[PackageIntent], live: Live) -> ResourceKey | None:
    """Return the other manifest that a version is, by its markers."""
    group = desired.intent.group
    if group is None or live.owner is None or live.identity is None:
        return None
    found = group.claims.get((live.owner, live.identity))
    return None if found == desired.key else found
