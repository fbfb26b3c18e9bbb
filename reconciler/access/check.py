"""Can this principal read, deploy, register or approve that version: document by document."""

from __future__ import annotations

from typing import Final

from reconciler.access.artifacts import home_of
from reconciler.access.encryption import (
    Encryption,
    encryption_of_bucket,
    encryption_of_record,
)
from reconciler.access.evidence import Gathered, gather
from reconciler.access.ingredients import Artifact, ingredients
from reconciler.access.needed import Asked, Case, needed, remarks
from reconciler.access.question import OF_PARTS, Question
from reconciler.access.version import read_version
from reconciler.aws.api import Aws, concurrently
from reconciler.core.access import AccessAnswer, AccessResult, AccessRow
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import Purpose
from reconciler.policy.arns import is_account_id
from reconciler.policy.evaluate import NOT_EVALUATED, Decision, Result, evaluate
from reconciler.policy.stores import FACTS

_RESULTS: Final = {
    Result.ALLOWED: AccessResult.ALLOWED,
    Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY: AccessResult.NEEDS_IDENTITY,
    Result.DENIED: AccessResult.DENIED,
    Result.MISSING: AccessResult.MISSING,
    Result.UNKNOWN: AccessResult.UNKNOWN,
}
_ON_BEHALF: Final = (
    "lets the account that owns the group, on whose behalf SageMaker reads it when a version is "
    "registered"
)


def check(aws: Aws, question: Question, workspace: Workspace) -> AccessAnswer:
    """Return the answer, one row for each document and action."""
    case = _case(aws, question, workspace)
    found = list(needed(case))
    carriers = (each.carrier for each in found if isinstance(each, Asked))
    gathered = gather(aws, carriers, question.plan)
    return AccessAnswer(
        principal=question.principal,
        execution_role=question.execution_role,
        purpose=question.purpose.value,
        version=question.target.text,
        arn=case.version.arn,
        planned=question.plan is not None,
        rows=tuple(each if isinstance(each, AccessRow) else _row(each, gathered) for each in found),
        remarks=tuple(remarks(case)),
        not_evaluated=NOT_EVALUATED,
    )


def _case(aws: Aws, question: Question, workspace: Workspace) -> Case:
    """Find out what the version is made of, and what that is encrypted with."""
    version = read_version(aws, question.target)
    values = version.values or {}
    parts = ingredients(values, validation=question.purpose is Purpose.REGISTER)
    artifacts = parts.artifacts if question.purpose in OF_PARTS else ()
    homes = {each: home_of(each, workspace) for each in artifacts}

    def encrypted(example: Artifact) -> Encryption:
        return encryption_of_bucket(aws, example.bucket, homes[example])

    # One question a bucket and set of keys, however many artifacts are in it.
    alike = {(each.bucket, home.keys): each for each, home in homes.items()}
    answers = dict(zip(alike, concurrently(encrypted, list(alike.values())), strict=True))
    return Case(
        question,
        workspace,
        version,
        parts,
        homes,
        {each: answers[each.bucket, home.keys] for each, home in homes.items()},
        encryption_of_record(aws, parts.package_key, question.target.owner),
    )


def _row(asked: Asked, gathered: Gathered) -> AccessRow:
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


def _lets_the_service(asked: Asked, decision: Decision) -> bool:
    """Say whether the resource side is all that can be asked for, and allows it.

    SageMaker asks as the account that owns the group; no identity policy is given for that.
    """
    half = decision.result is Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY
    return half and asked.is_service and is_account_id(asked.asker.principal)


def _named(decision: Decision) -> str:
    return decision.sid if decision.sid.startswith("grant ") else f"statement {decision.sid}"
