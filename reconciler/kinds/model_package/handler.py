"""The handler of model packages: puts together desire, reading, proposal and writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.aws.api import Aws
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Verb
from reconciler.core.problem import Problem
from reconciler.core.resources import Desired, Live, Reading
from reconciler.kinds.base import Stamp
from reconciler.kinds.model_package.desire import desire
from reconciler.kinds.model_package.fields import VERSIONED
from reconciler.kinds.model_package.intent import KIND, PackageIntent
from reconciler.kinds.model_package.proposal import following, propose
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
        by_key = {each.key: each for each in desired}
        actions = [
            action for each in desired for action in propose(each, reading.findings[each.key])
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
    ) -> str:
        """Carry out one action on a package and return its ARN."""
        return write(aws, action, desired, live, stamp)
