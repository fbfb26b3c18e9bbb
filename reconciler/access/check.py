"""Can this principal read, deploy, register or approve that version: document by document.

policies.md A7.2: who calls SageMaker needs the group's policy, who runs the model (the execution
role) needs image, artifacts and key. When a version is registered, SageMaker reads them on behalf
of the account that owns the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.access.artifacts import KEY_RULE, home_of
from reconciler.access.evidence import Carrier, Gathered, Intended, gather
from reconciler.access.ingredients import Artifact, Image, Ingredients, ingredients
from reconciler.access.target import Target
from reconciler.access.version import Version, read_version
from reconciler.aws.api import Aws
from reconciler.core.access import AccessAnswer, AccessResult, AccessRow
from reconciler.core.environment import Environment, partition_of
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import LISTED_BY_PREFIX, Purpose
from reconciler.policy.arns import is_account_id, parse_arn
from reconciler.policy.conditions import Context
from reconciler.policy.document import PolicyDocument
from reconciler.policy.evaluate import NOT_EVALUATED, Asker, Decision, Result, evaluate
from reconciler.policy.needs import (
    Need,
    bucket_needs,
    group_needs,
    key_needs,
    repository_needs,
)
from reconciler.policy.stores import FACTS, Store

_RESULTS: Final = {
    Result.ALLOWED: AccessResult.ALLOWED,
    Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY: AccessResult.NEEDS_IDENTITY,
    Result.DENIED: AccessResult.DENIED,
    Result.MISSING: AccessResult.MISSING,
    Result.UNKNOWN: AccessResult.UNKNOWN,
}
_VERSION: Final = "model package"
_CONTEXT: Final = Context({"aws:securetransport": ("true",)})
_TLS: Final = "requests are taken to be made over TLS, as AWS's own clients make them"
_ON_BEHALF: Final = (
    "lets the account that owns the group, on whose behalf SageMaker reads it when a version is "
    "registered"
)
ASKED: Final = (Purpose.READ, Purpose.DEPLOY, Purpose.REGISTER, Purpose.APPROVE)
"""What can be asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who wants to do what with which version.

    The identity policies are `None` where they are not known. `plan` is what the manifests want,
    if it is to be judged as applied.
    """

    principal: str
    purpose: Purpose
    target: Target
    execution_role: str
    identity: tuple[PolicyDocument, ...] | None = None
    execution_identity: tuple[PolicyDocument, ...] | None = None
    plan: Intended | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One need, who has it, and what carries the document that decides."""

    need: Need
    asker: Asker
    carrier: Carrier
    is_service: bool = False


@dataclass(slots=True)
class _Case:
    question: Question
    workspace: Workspace
    version: Version
    parts: Ingredients
    remarks: list[str] = field(default_factory=list)

    @property
    def owner_account(self) -> str:
        arn = parse_arn(self.question.target.group_arn)
        return arn.account if arn else ""

    @property
    def partition(self) -> str:
        return self.question.target.group_arn.split(":")[1]


def check(aws: Aws, question: Question, workspace: Workspace) -> AccessAnswer:
    """Return the answer, one row for each document and action."""
    target = question.target
    version = read_version(aws, target)
    registers = question.purpose is Purpose.REGISTER
    parts = ingredients(version.values or {}, validation=registers)
    case = _Case(question, workspace, version, parts)
    asked = list(_asked(case))
    gathered = gather(aws, (each.carrier for each in asked), question.plan)
    rows = [_row(each, gathered) for each in asked]
    return AccessAnswer(
        principal=question.principal,
        execution_role=question.execution_role,
        purpose=question.purpose.value,
        version=target.text,
        arn=version.arn,
        planned=question.plan is not None,
        rows=(*_unknown_version(case), *rows),
        remarks=tuple(_remarks(case)),
        not_evaluated=NOT_EVALUATED,
    )


def _asked(case: _Case) -> Iterator[_Asked]:
    question, target = case.question, case.question.target
    caller = Asker(question.principal, question.identity, _CONTEXT)
    carrier = Carrier(
        Store.GROUP, target.group_arn, target.group, target.owner, _no_environment(target.group_arn)
    )
    for need in group_needs(question.purpose, target.group_arn, case.version.arn):
        yield _Asked(need, caller, carrier)
    if question.purpose is Purpose.DEPLOY:
        runner = Asker(question.execution_role, question.execution_identity, _CONTEXT)
        yield from _of_parts(case, Purpose.DEPLOY, runner, is_service=False)
    elif question.purpose is Purpose.REGISTER:
        registry = Asker(case.owner_account, context=_CONTEXT)
        found = _of_parts(case, Purpose.REGISTRY, registry, is_service=True)
        # Within its own account the registry needs no policy of a repository, bucket or key.
        yield from (each for each in found if each.need.account != case.owner_account)


def _of_parts(case: _Case, purpose: Purpose, asker: Asker, *, is_service: bool) -> Iterator[_Asked]:
    """Yield what somebody who reads the version's parts asks of their documents."""
    for image in case.parts.images:
        arn = _repository_arn(image)
        carrier = Carrier(
            Store.REPOSITORY,
            arn,
            image.repository,
            _environment(case.workspace, image.account, image.region),
            _no_environment(arn),
        )
        for need in repository_needs(purpose, arn):
            yield _Asked(need, asker, carrier, is_service)
    keys: dict[str, None] = {}
    for artifact in case.parts.artifacts:
        home = home_of(artifact, case.workspace)
        keys.update(dict.fromkeys(home.keys))
        arn = f"arn:{case.partition}:s3:::{artifact.bucket}"
        carrier = Carrier(
            Store.BUCKET, arn, artifact.bucket, home.owner, _no_owner(artifact.bucket)
        )
        account = home.owner.account_id if home.owner else ""
        for need in bucket_needs(purpose, arn, account, artifact.key, listed=artifact.listed):
            yield _Asked(_of_objects(need, artifact), asker, carrier, is_service)
    for key in keys:
        yield from _of_key(case, purpose, asker, key, is_service=is_service)


def _of_objects(need: Need, artifact: Artifact) -> Need:
    """Return a need of all objects below a prefix, where an artifact is one."""
    if not artifact.listed or need.resource == need.carrier or need.action == LISTED_BY_PREFIX:
        return need
    return replace(need, resource=f"{need.resource}*")


def _of_key(
    case: _Case, purpose: Purpose, asker: Asker, key: str, *, is_service: bool
) -> Iterator[_Asked]:
    arn = parse_arn(key)
    owner = _environment(case.workspace, arn.account, arn.region) if arn else None
    carrier = Carrier(Store.KEY, key, key, owner, _no_environment(key))
    for need in key_needs(purpose, key):
        yield _Asked(need, asker, carrier, is_service)


def _repository_arn(image: Image) -> str:
    partition = partition_of(image.region)
    return f"arn:{partition}:ecr:{image.region}:{image.account}:repository/{image.repository}"


def _environment(workspace: Workspace, account: str, region: str) -> Environment | None:
    return next(
        (
            each
            for each in workspace.environments.values()
            if (each.account_id, each.region) == (account, region)
        ),
        None,
    )


def _no_environment(carrier: str) -> str:
    arn = parse_arn(carrier)
    where = f"account {arn.account} in {arn.region}" if arn else carrier
    return f"no Environment is declared for {where}, so its documents cannot be read"


def _no_owner(bucket: str) -> str:
    return (
        f"no manifest says which account owns bucket {bucket}: name it under `artifacts` of a "
        "CrossAccountPolicy"
    )


def _row(asked: _Asked, gathered: Gathered) -> AccessRow:
    need, carrier = asked.need, asked.carrier
    decision = evaluate(need, asked.asker, gathered.evidence)
    result, why = _RESULTS[decision.result], decision.why
    if carrier.arn in gathered.unread:
        why = gathered.unread[carrier.arn]
    elif carrier.arn in gathered.no_grants and decision.result is Result.MISSING:
        result, why = AccessResult.UNKNOWN, f"{why}; {gathered.no_grants[carrier.arn]}"
    elif _lets_the_service(asked, decision):
        result, why = AccessResult.ALLOWED, f"{_named(decision)} {_ON_BEHALF}"
    return AccessRow(
        principal=asked.asker.principal,
        document=FACTS[need.store].title,
        carrier=need.carrier,
        account=need.account,
        environment=carrier.environment.name if carrier.environment else "",
        action=need.action,
        resource=need.resource,
        result=result,
        why=why,
        enough=result is AccessResult.ALLOWED,
        statement=decision.sid,
        suggestion=None if result is AccessResult.ALLOWED else decision.suggestion,
        place=decision.place,
    )


def _lets_the_service(asked: _Asked, decision: Decision) -> bool:
    """Say whether the resource side is all that can be asked for, and allows it.

    SageMaker asks as the account that owns the group; no identity policy is given for that.
    """
    half = decision.result is Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY
    return half and asked.is_service and is_account_id(asked.asker.principal)


def _named(decision: Decision) -> str:
    return decision.sid if decision.sid.startswith("grant ") else f"statement {decision.sid}"


def _unknown_version(case: _Case) -> Iterable[AccessRow]:
    """Yield a row where it is not known what a version is made of, and that matters."""
    matters = case.question.purpose in {Purpose.DEPLOY, Purpose.REGISTER}
    if case.version.values is None and matters:
        owner = case.question.target.owner
        yield AccessRow(
            principal=case.question.principal,
            document=_VERSION,
            carrier=case.version.arn,
            account=case.owner_account,
            environment=owner.name if owner else "",
            action="sagemaker:DescribeModelPackage",
            resource=case.version.arn,
            result=AccessResult.UNKNOWN,
            why=f"what the version is made of is not known: {case.version.remark}",
            enough=False,
        )


def _remarks(case: _Case) -> Iterator[str]:
    if case.version.remark:
        yield case.version.remark
    if case.question.purpose in {Purpose.DEPLOY, Purpose.REGISTER}:
        yield from case.parts.skipped
        if case.parts.artifacts:
            yield KEY_RULE
    yield _TLS
