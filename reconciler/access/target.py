"""Which version is meant by `GROUP/NAME`, `ENVIRONMENT/GROUP/NAME` or an ARN. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.environment import Environment
from reconciler.core.resources import Desired
from reconciler.errors import UsageError
from reconciler.kinds.model_package.desire import desire
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.model_package_group import group_name
from reconciler.kinds.policies.contributions import declared_groups, group_place
from reconciler.manifest.references import suggestion
from reconciler.manifest.workspace import Workspace
from reconciler.policy.arns import parse_arn
from reconciler.policy.rendering import packages_arn

_SERVICE = "sagemaker"
_HOW = "write GROUP/NAME, ENVIRONMENT/GROUP/NAME, or the ARN of a version"
_PLAIN, _QUALIFIED = 2, 3
_FROM_ONE = "versions are numbered from 1"


@dataclass(frozen=True, slots=True)
class Target:
    """A version: its group, the environment that owns the group, and what names the version.

    One of `number` and `desired` is set: a version by number, or the one that a manifest means.
    """

    text: str
    group: str
    group_arn: str
    owner: Environment | None
    number: int | None = None
    desired: Desired[PackageIntent] | None = None

    def version_arn(self, number: int) -> str:
        """Return the ARN of a version of the group."""
        return packages_arn(self.group_arn).removesuffix("*") + str(number)


@dataclass(frozen=True, slots=True)
class _Group:
    environment: Environment
    manifest: str
    name: str

    @property
    def arn(self) -> str:
        return group_place(self.environment, self.name).carrier


def find_target(workspace: Workspace, text: str) -> Target:
    """Return the version that a text names.

    Raises:
        UsageError: if it names none, or several.
    """
    groups = _groups(workspace)
    if text.startswith("arn:"):
        return _by_arn(text, groups, workspace)
    parts = text.split("/")
    if len(parts) not in {_PLAIN, _QUALIFIED} or not all(parts):
        raise UsageError(f"{text!r} does not name a version", fix=_HOW)
    *place, group, name = parts
    if unknown := [each for each in place if each not in workspace.environments]:
        known = sorted(workspace.environments)
        raise UsageError(
            f"there is no Environment named {unknown[0]!r}",
            why=f"known: {', '.join(known) or 'none'}",
            fix=suggestion(unknown[0], known) or _HOW,
        )
    found = _chosen(text, group, place, groups)
    target = Target(text, found.name, found.arn, found.environment)
    if name.isdecimal():
        if not int(name):
            raise UsageError(f"{text!r} does not name a version", why=_FROM_ONE, fix=_HOW)
        return _numbered(target, int(name))
    return _declared(target, name, workspace)


def _groups(workspace: Workspace) -> list[_Group]:
    return [
        _Group(workspace.environments[environment], name, group_name(manifest))
        for (environment, name), manifest in declared_groups(workspace).items()
        if environment in workspace.environments
    ]


def _by_arn(text: str, groups: Sequence[_Group], workspace: Workspace) -> Target:
    arn = parse_arn(text)
    kind, _, rest = arn.resource.partition("/") if arn else ("", "", "")
    name, _, number = rest.partition("/")
    if arn is None or kind != "model-package" or not number.isdecimal():
        raise UsageError(f"{text!r} is not the ARN of a version", fix=_HOW)
    if not int(number):
        raise UsageError(f"{text!r} is not the ARN of a version", why=_FROM_ONE, fix=_HOW)
    site = (arn.account, arn.region)
    owner = next((each for each in workspace.environments.values() if _site(each) == site), None)
    declared = [
        each for each in groups if _site(each.environment) == site and each.name.lower() == name
    ]
    group = declared[0].name if declared else name
    head = f"arn:{arn.partition}:{_SERVICE}:{arn.region}:{arn.account}"
    return Target(text, group, f"{head}:model-package-group/{group}", owner, int(number))


def _site(environment: Environment) -> tuple[str, str]:
    return environment.account_id, environment.region


def _chosen(text: str, group: str, place: Sequence[str], groups: Sequence[_Group]) -> _Group:
    found = [
        each
        for each in groups
        if group in {each.manifest, each.name} and place in ([], [each.environment.name])
    ]
    if len(found) == 1:
        return found[0]
    if found:
        *_, name = text.split("/")
        names = [f"{each.environment.name}/{group}/{name}" for each in found]
        raise UsageError(f"{text!r} names several groups", fix=f"write {' or '.join(names)}")
    known = sorted({each.manifest for each in groups})
    raise UsageError(
        f"no manifest declares a group {'/'.join([*place, group])!r}",
        why=f"known: {', '.join(known) or 'none'}",
        fix=suggestion(group, known) or _HOW,
    )


def _numbered(target: Target, number: int) -> Target:
    return Target(target.text, target.group, target.group_arn, target.owner, number)


def _declared(target: Target, name: str, workspace: Workspace) -> Target:
    """Return the version that a manifest of kind ModelPackage declares in this group."""
    packages, _ = desire(workspace)
    inside = [
        each
        for each in packages
        if each.intent.group is not None and each.intent.group.arn == target.group_arn
    ]
    found = [each for each in inside if each.key.name == name]
    own = [each for each in found if each.environment == target.owner]
    if len(own or found) != 1:
        known = sorted({each.key.name for each in inside})
        raise UsageError(
            f"{'several manifests declare' if found else 'no manifest declares'} a version "
            f"{name!r} of group {target.group!r}",
            why=f"declared there: {', '.join(known) or 'none'}",
            fix=suggestion(name, known) or "name the version by its number",
        )
    desired = (own or found)[0]
    number = desired.intent.version
    return Target(target.text, target.group, target.group_arn, target.owner, number, desired)
