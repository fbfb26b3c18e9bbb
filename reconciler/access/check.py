"""Can this principal read, deploy, register or approve that version: document by document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from reconciler.policy.arns import fold_session, is_account_id
from reconciler.policy.evaluate import IDENTITY, NOT_EVALUATED, Decision, Result, evaluate
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
    rows = [each if isinstance(each, AccessRow) else _row(each, gathered) for each in found]
    return AccessAnswer(
        principal=question.principal,
        execution_role=question.execution_role,
        purpose=question.purpose.value,
        version=question.target.text,
        arn=case.version.arn,
        planned=question.plan is not None,
        rows=tuple(rows),
        remarks=(*remarks(case), *_by_manifest(question, rows)),
        not_evaluated=NOT_EVALUATED,
    )


def _by_manifest(question: Question, rows: Sequence[AccessRow]) -> Iterator[str]:
    """Yield how manifests say what statements are missing, so that nobody adds them by hand."""
    missing = [
        each for each in rows if each.result is AccessResult.MISSING and each.place != IDENTITY
    ]
    owner = question.target.owner
    if not missing or owner is None:
        return
    who = dict.fromkeys(fold_session(each) for each in _to_be_let_in(question))
    principals = ", ".join(f'"{each}"' for each in who)
    text = (
        f"a CrossAccountPolicy of environment {owner.name} for this group says it in Git: "
        f"grants: [{{principals: [{principals}], access: [{question.purpose}]}}]"
    )
    elsewhere = any(each.carrier != question.target.group_arn for each in missing)
    yield text + ("; its artifacts name repositories, buckets and keys" if elsewhere else "")


def _to_be_let_in(question: Question) -> tuple[str, ...]:
    deploys = question.purpose is Purpose.DEPLOY
    return (question.principal, *([question.execution_role] if deploys else []))


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
