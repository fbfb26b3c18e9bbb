"""What the reconciler's own role needs for some manifests in one environment. Pure.

The actions are those that the handlers declare; the resources follow from what is desired. The
table says on what each action can be allowed (service authorization reference; for SageMaker
read in the data set iann0036/iam-dataset). A test fails for an action without a row, and for a
call that the policy does not cover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from reconciler.access.artifacts import home_of
from reconciler.access.ingredients import ingredients
from reconciler.core.access import IdentityPolicy, Permission
from reconciler.core.environment import Environment, partition_of
from reconciler.core.resources import Desired
from reconciler.kinds import HANDLERS
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.model_package_group import GroupIntent
from reconciler.kinds.policies.contributions import policies
from reconciler.kinds.policies.intent import DocumentIntent, GrantsIntent, ShareIntent
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import Purpose, Scope, actions
from reconciler.policy.merge import Wanted
from reconciler.policy.rendering import packages_arn


class Mode(StrEnum):
    """What the role is for."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"
    """What a plan reads, and what `reconcile drift` looks into besides, with the plan's role."""


class On(StrEnum):
    """On what an action can be allowed."""

    EVERYTHING = "everything"
    GROUP = "group"
    PACKAGES = "packages"
    CARRIER = "carrier"
    SHARE = "share"
    PERMISSION = "permission"


_SAGEMAKER: Final[Mapping[str, tuple[On, ...]]] = {
    "sagemaker:AddTags": (On.GROUP, On.PACKAGES),
    "sagemaker:CreateModelPackage": (On.PACKAGES,),
    "sagemaker:CreateModelPackageGroup": (On.GROUP,),
    "sagemaker:DeleteModelPackageGroupPolicy": (On.GROUP,),
    "sagemaker:DeleteTags": (On.GROUP, On.PACKAGES),
    "sagemaker:DescribeModelPackage": (On.PACKAGES,),
    "sagemaker:DescribeModelPackageGroup": (On.GROUP,),
    "sagemaker:GetModelPackageGroupPolicy": (On.GROUP,),
    "sagemaker:ListModelPackageGroups": (On.EVERYTHING,),
    # The reference names packages as an optional type; Terraform's sample has the group (aws.md
    # section 5.1). The reconciler always lists one group.
    "sagemaker:ListModelPackages": (On.GROUP, On.PACKAGES),
    "sagemaker:ListTags": (On.GROUP, On.PACKAGES),
    "sagemaker:PutModelPackageGroupPolicy": (On.GROUP,),
    "sagemaker:Search": (On.EVERYTHING,),
    "sagemaker:UpdateModelPackage": (On.PACKAGES,),
}
_RAM: Final[Mapping[str, tuple[On, ...]]] = {
    "ram:AssociateResourceShare": (On.SHARE,),
    "ram:CreateResourceShare": (On.EVERYTHING,),
    "ram:DeleteResourceShare": (On.SHARE,),
    "ram:DisassociateResourceShare": (On.SHARE,),
    "ram:GetResourceShareAssociations": (On.EVERYTHING,),
    "ram:GetResourceShares": (On.EVERYTHING,),
    "ram:ListResourceSharePermissions": (On.SHARE,),
    "ram:PromotePermissionCreatedFromPolicy": (On.PERMISSION,),
    "ram:PromoteResourceShareCreatedFromPolicy": (On.SHARE,),
    "ram:TagResource": (On.SHARE,),
}
_DOCUMENTS: Final[Mapping[str, tuple[On, ...]]] = dict.fromkeys(
    (
        "ecr:DeleteRepositoryPolicy",
        "ecr:GetRepositoryPolicy",
        "ecr:SetRepositoryPolicy",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
        "kms:PutKeyPolicy",
        "kms:RevokeGrant",
        "s3:DeleteBucketPolicy",
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
    ),
    (On.CARRIER,),
)
SCOPES: Final[Mapping[str, tuple[On, ...]]] = {**_SAGEMAKER, **_RAM, **_DOCUMENTS}
"""On what each declared action can be allowed."""

_TITLES: Final = {"sagemaker": "SageMaker", "s3": "S3"}
_NO_LEVEL: Final = "no resource level"
_ON_DECLARED: Final = "what the manifests declare"

_OF_OWNER: Final = frozenset({"sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"})
"""What a group's owner is asked about versions that another environment registers into it."""

_OF_UNWANTED: Final = frozenset(
    {"ram:DeleteResourceShare", "ram:GetResourceShareAssociations", "ram:GetResourceShares"}
)
"""What a share needs that is not wanted: to be seen, and to be taken away."""

_OF_ORPHANS: Final = frozenset({"ram:GetResourceShares"})

_OF_WATCHED: Final = frozenset(
    {
        "ecr:GetRepositoryPolicy",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
        "s3:GetBucketPolicy",
        "sagemaker:GetModelPackageGroupPolicy",
    }
)
"""What a document needs that is only looked at: without any manifest, nothing of it can be ours to
take away."""

_Desired = Desired[object]
_Resources = Mapping[On, tuple[str, ...]]


def identity_policy(workspace: Workspace, environment: Environment, mode: Mode) -> IdentityPolicy:
    """Return the narrowest identity policy that a plan, an apply or drift works with."""
    if mode is Mode.DRIFT:
        workspace = replace(workspace, watches_everywhere=True)
    needed = _declared(workspace, environment, mode)
    permissions = [*_by_resources(needed), *_of_session(environment, mode)]
    if mode is not Mode.APPLY:
        permissions += _of_checking(workspace, environment)
    if mode is Mode.DRIFT and "sagemaker:ListModelPackageGroups" in needed:
        permissions.append(_of_undeclared(environment))
    notes = list(_NOTES)
    if mode is Mode.APPLY:
        extra = list(_registering(workspace, environment))
        permissions += extra
        notes += [_UNVERIFIED] if extra else []
    return IdentityPolicy(
        environment.name,
        environment.account_id,
        mode.value,
        tuple(permissions),
        tuple(notes),
    )


_NOTES: Final = (
    "GetCallerIdentity needs no permission; it is listed because it is called.",
    "AssumeRole is for the credentials that reconcile starts from, not for the role itself.",
    "AWS RAM gives shares their ids, so actions on shares are allowed on all of the account's.",
)
_UNVERIFIED: Final = (
    "PassRole and the reads of images, artifacts and keys are not in the service authorization "
    "reference for CreateModelPackage; whether SageMaker asks for them on the caller's behalf is "
    "unverified. Leave them out where registering works without."
)


def _declared(
    workspace: Workspace, environment: Environment, mode: Mode
) -> dict[str, dict[str, None]]:
    """Return the resources of every action that the handlers declare for what is desired."""
    needed: dict[str, dict[str, None]] = {}
    for handler in HANDLERS:
        wanted, _ = handler.desire(workspace)
        for each in wanted:
            names: frozenset[str] = frozenset()
            if each.environment.name == environment.name:
                names = handler.reads | handler.writes if mode is Mode.APPLY else handler.reads
                names = _narrowed(each, names)
            elif _reads_for(each, environment):
                names = handler.reads & _OF_OWNER
            for action in names:
                found = [arn for on in SCOPES[action] for arn in _resources(each).get(on, ())]
                needed.setdefault(action, {}).update(dict.fromkeys(found))
    return {action: found for action, found in needed.items() if found}


def _narrowed(desired: _Desired, names: frozenset[str]) -> frozenset[str]:
    """Return what of a handler's actions is needed where less is wanted than everything."""
    match desired.intent:
        case ShareIntent(identity=""):
            return names & _OF_ORPHANS
        case ShareIntent(wanted=False):
            return names & _OF_UNWANTED
        case DocumentIntent(watched=True, wanted=Wanted(known=known)) if not known:
            return names & _OF_WATCHED
        case GrantsIntent(watched=True, known=known) if not known:
            return names & _OF_WATCHED
        case _:
            return names


def _reads_for(desired: _Desired, environment: Environment) -> bool:
    """Say whether this environment is asked about what another one registers into its group."""
    intent = desired.intent
    group = intent.group if isinstance(intent, PackageIntent) else None
    return group is not None and group.owner is not None and group.owner.name == environment.name


def _resources(desired: _Desired) -> _Resources:
    """Return the ARNs that actions on something desired are allowed on."""
    environment, intent = desired.environment, desired.intent
    found: dict[On, tuple[str, ...]] = {On.EVERYTHING: ("*",)}
    match intent:
        case GroupIntent():
            arn = environment.arn("sagemaker", f"model-package-group/{intent.name}")
            found[On.GROUP] = _spellings(arn)
        case PackageIntent(group=group) if group is not None:
            found |= {On.GROUP: _spellings(group.arn), On.PACKAGES: (packages_arn(group.arn),)}
        case PackageIntent():
            name = str(intent.unversioned_name).lower()
            found[On.PACKAGES] = (environment.arn("sagemaker", f"model-package/{name}"),)
        case DocumentIntent():
            found |= {On.GROUP: _spellings(intent.carrier), On.CARRIER: (intent.carrier,)}
        case GrantsIntent():
            found[On.CARRIER] = (intent.key_arn,)
        case ShareIntent():
            found[On.SHARE] = (environment.arn("ram", "resource-share/*"),)
            found[On.PERMISSION] = (environment.arn("ram", "permission/*"),)
        case _:
            raise TypeError(f"{desired.key} is of a kind whose permissions are not known")
    return found


def _spellings(arn: str) -> tuple[str, ...]:
    """Return a group's ARN as declared and in lower case: which AWS takes is open (aws.md 9)."""
    head, _, name = arn.rpartition("/")
    return tuple(dict.fromkeys((arn, f"{head}/{name.lower()}")))


def _by_resources(needed: Mapping[str, Mapping[str, None]]) -> Iterator[Permission]:
    """Yield one statement for each service and set of resources."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for action in sorted(needed):
        service = action.partition(":")[0]
        grouped.setdefault((service, tuple(sorted(needed[action]))), []).append(action)
    counted: dict[str, int] = {}
    for (service, resources), names in sorted(grouped.items()):
        counted[service] = counted.get(service, 0) + 1
        title = _TITLES.get(service, service.capitalize())
        why = _NO_LEVEL if resources == ("*",) else _ON_DECLARED
        yield Permission(f"{title}{counted[service]}", tuple(names), resources, why)


def _of_checking(workspace: Workspace, environment: Environment) -> Iterator[Permission]:
    """Yield what `access check` reads besides: how buckets encrypt for which no key is named."""
    buckets = {
        f"arn:{environment.partition}:s3:::{bucket.name}"
        for policy in policies(workspace)
        for block in policy.spec.artifacts
        if block.environment == environment.name and not block.keys
        for bucket in block.buckets
    }
    if buckets:
        names = ("s3:GetEncryptionConfiguration",)
        why = "access check, where no key is named beside a bucket"
        yield Permission("Check1", names, tuple(sorted(buckets)), why)


def _of_undeclared(environment: Environment) -> Permission:
    """Return what tells whose the groups are that no manifest declares."""
    every = environment.arn("sagemaker", "model-package-group/*")
    why = "drift tells whose the groups are that no manifest declares"
    return Permission("Drift1", ("sagemaker:ListTags",), (every,), why)


def _of_session(environment: Environment, mode: Mode) -> Iterator[Permission]:
    yield Permission("Sts1", ("sts:GetCallerIdentity",), ("*",), "proves the account")
    roles = environment.assume_role
    role = roles.apply if mode is Mode.APPLY else roles.plan
    if role is not None:
        yield Permission("Sts2", ("sts:AssumeRole",), (role,), "for the caller's credentials")


def _registering(workspace: Workspace, environment: Environment) -> Iterator[Permission]:
    """Yield what SageMaker may ask of whoever registers a version: its parts, and its role."""
    roles: dict[str, None] = {}
    needed: dict[str, dict[str, None]] = {}
    for desired in _packages(workspace):
        if desired.environment.name != environment.name:
            continue
        parts = ingredients(desired.values, validation=True)
        roles |= {parts.validation_role: None} if parts.validation_role else {}
        for image in parts.images:
            partition = partition_of(image.region)
            head = f"arn:{partition}:ecr:{image.region}:{image.account}"
            _add(needed, Scope.IMAGES, [f"{head}:repository/{image.repository}"])
        for artifact in parts.artifacts:
            bucket = f"arn:{environment.partition}:s3:::{artifact.bucket}"
            tail = "*" if artifact.listed else ""
            _add(needed, Scope.BUCKET, [bucket])
            _add(needed, Scope.OBJECTS, [f"{bucket}/{artifact.key}{tail}"])
            _add(needed, Scope.KEY, home_of(artifact, workspace).keys)
    for each in _by_resources(needed):
        sid = f"Register{each.sid}"
        yield Permission(sid, each.actions, each.resources, "what versions are made of")
    if roles:
        condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        arns = tuple(sorted(roles))
        yield Permission("Iam1", ("iam:PassRole",), arns, "roles that validate versions", condition)


def _packages(workspace: Workspace) -> list[Desired[PackageIntent]]:
    found = (each for handler in HANDLERS for each in handler.desire(workspace)[0])
    return [each for each in found if isinstance(each.intent, PackageIntent)]


def _add(needed: dict[str, dict[str, None]], scope: Scope, arns: Iterable[str]) -> None:
    for action in actions(Purpose.REGISTRY, scope):
        if found := dict.fromkeys(arns):
            needed.setdefault(action, {}).update(found)
