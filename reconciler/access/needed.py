"""What somebody needs for a purpose: of each document one action at a time. Pure.

policies.md A7.2: who calls SageMaker needs the group's policy, who runs the model (the execution
role) needs image, artifacts and key. When a version is registered, SageMaker reads them on behalf
of the account that owns the group. What is known to be needed, but not of whom, is a row that is
unknown, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.access.artifacts import Home
from reconciler.access.encryption import Encryption
from reconciler.access.evidence import Carrier
from reconciler.access.ingredients import ARTIFACT, IMAGE, Artifact, Image, Ingredients, Strange
from reconciler.access.question import OF_PARTS, Question
from reconciler.access.version import Version
from reconciler.core.access import AccessResult, AccessRow
from reconciler.core.environment import Environment, partition_of
from reconciler.manifest.workspace import Workspace
from reconciler.policy.access import LISTED_BY_PREFIX, Purpose
from reconciler.policy.arns import account_of, parse_arn
from reconciler.policy.conditions import OVER_TLS
from reconciler.policy.evaluate import Asker
from reconciler.policy.needs import (
    Need,
    bucket_needs,
    group_needs,
    key_needs,
    package_key_needs,
    repository_needs,
)
from reconciler.policy.stores import FACTS, Store

TLS: Final = "requests are taken to be made over TLS, as AWS's own clients make them"
_VERSION: Final = "model package"
_ACTIONS: Final = {IMAGE: "ecr:BatchGetImage", ARTIFACT: "s3:GetObject"}
_DESCRIBE: Final = "sagemaker:DescribeModelPackage"
_CREATE_MODEL: Final = "sagemaker:CreateModel"
_DECRYPT: Final = "kms:Decrypt"
_NOTHING_RUNS: Final = (
    "it names no image, no artifact and no algorithm (as far as that can be read), so it is not "
    "known what would run"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One need, who has it, and what carries the document that decides."""

    need: Need
    asker: Asker
    carrier: Carrier
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and all that was found out about the version."""

    question: Question
    workspace: Workspace
    version: Version
    parts: Ingredients
    homes: Mapping[Artifact, Home]
    encrypted: Mapping[Artifact, Encryption]
    record: Encryption


def needed(case: Case) -> Iterator[Asked | AccessRow]:
    """Yield every need, and a row for whatever is needed of nobody knows whom."""
    question = case.question
    caller = Asker(question.principal, question.identity, OVER_TLS)
    yield from _of_version(case)
    yield from _of_group(case, caller)
    yield from _of_record(case, caller)
    if question.purpose is Purpose.DEPLOY:
        runner = Asker(question.execution_role, question.execution_identity, OVER_TLS)
        yield from _of_parts(case, Purpose.DEPLOY, runner, is_service=False)
    elif question.purpose is Purpose.REGISTER:
        registry = Asker(question.owner_account, context=OVER_TLS)
        for each in _of_parts(case, Purpose.REGISTRY, registry, is_service=True):
            # Within its own account the registry needs no policy of a repository, bucket or key.
            if isinstance(each, AccessRow) or each.need.account != question.owner_account:
                yield each


def _of_version(case: Case) -> Iterator[AccessRow]:
    """Yield a row where it is not certain what the version is made of."""
    if case.version.doubt:
        why = f"what it is made of is not certain: {case.version.doubt}"
        yield _of_record_row(case, _VERSION, _DESCRIBE, why)
    elif case.question.purpose is Purpose.DEPLOY and case.parts.is_empty:
        yield _of_record_row(case, _VERSION, _CREATE_MODEL, _NOTHING_RUNS)


def _of_record_row(case: Case, document: str, action: str, why: str) -> AccessRow:
    owner = case.question.target.owner
    arn, principal = case.version.arn, case.question.principal
    return AccessRow(
        principal=principal,
        document=document,
        carrier=arn,
        account=case.question.owner_account,
        environment=owner.name if owner else "",
        action=action,
        resource=arn,
        result=AccessResult.UNKNOWN,
        why=why,
        enough=False,
    )


def _of_group(case: Case, caller: Asker) -> Iterator[Asked]:
    target = case.question.target
    reason = _no_environment(target.group_arn)
    carrier = Carrier(Store.GROUP, target.group_arn, target.group, target.owner, reason)
    for need in group_needs(case.question.purpose, target.group_arn, case.version.arn):
        yield Asked(need, caller, carrier)


def _of_record(case: Case, caller: Asker) -> Iterator[Asked | AccessRow]:
    """Yield what the key of the version's own record has to allow its caller."""
    for key in case.record.keys:
        for need in package_key_needs(case.question.purpose, key):
            yield Asked(need, caller, _key_carrier(case, key))
    if case.record.doubt:
        why = f"the key of the version's own record: {case.record.doubt}"
        yield _of_record_row(case, FACTS[Store.KEY].title, _DECRYPT, why)


def _of_parts(
    case: Case, purpose: Purpose, asker: Asker, *, is_service: bool
) -> Iterator[Asked | AccessRow]:
    """Yield what somebody who reads the version's parts asks of their documents."""
    for need, carrier in _of_images(case, purpose):
        yield Asked(need, asker, carrier, is_service)
    for strange in case.parts.strange:
        yield _unknown(strange, asker)
    for need, carrier in _of_artifacts(case, purpose):
        yield Asked(need, asker, carrier, is_service)
    keys = (key for each in case.encrypted.values() for key in each.keys)
    for key in dict.fromkeys(keys):
        for need in key_needs(purpose, key):
            yield Asked(need, asker, _key_carrier(case, key), is_service)
    yield from _untold_keys(case, asker)


def _of_images(case: Case, purpose: Purpose) -> Iterator[tuple[Need, Carrier]]:
    for image in case.parts.images:
        arn = repository_arn(image)
        owner = _environment(case.workspace, image.account, image.region)
        carrier = Carrier(Store.REPOSITORY, arn, image.repository, owner, _no_environment(arn))
        for need in repository_needs(purpose, arn):
            yield need, carrier


def _of_artifacts(case: Case, purpose: Purpose) -> Iterator[tuple[Need, Carrier]]:
    for artifact in case.parts.artifacts:
        owner = case.homes[artifact].owner
        arn = f"arn:{case.question.partition}:s3:::{artifact.bucket}"
        carrier = Carrier(Store.BUCKET, arn, artifact.bucket, owner, _no_owner(artifact.bucket))
        account = owner.account_id if owner else ""
        for need in bucket_needs(purpose, arn, account, artifact.key, listed=artifact.listed):
            yield _of_objects(need, artifact), carrier


def _of_objects(need: Need, artifact: Artifact) -> Need:
    """Return a need of all objects below a prefix, where an artifact is one."""
    if not artifact.listed or need.resource == need.carrier or need.action == LISTED_BY_PREFIX:
        return need
    return replace(need, resource=f"{need.resource}*")


def _untold_keys(case: Case, asker: Asker) -> Iterator[AccessRow]:
    """Yield a row for each bucket of which it is not known whether it takes a key to read it."""
    told: set[str] = set()
    for artifact, found in case.encrypted.items():
        owner = case.homes[artifact].owner
        if not found.doubt or owner is None or artifact.bucket in told:
            continue
        inside = account_of(asker.principal) == owner.account_id
        if found.only_outside and inside:
            continue
        told.add(artifact.bucket)
        arn = f"arn:{case.question.partition}:s3:::{artifact.bucket}"
        yield AccessRow(
            principal=asker.principal,
            document=FACTS[Store.KEY].title,
            carrier=arn,
            account=owner.account_id,
            environment=owner.name,
            action=_DECRYPT,
            resource=f"{arn}/{artifact.key}",
            result=AccessResult.UNKNOWN,
            why=found.doubt,
            enough=False,
        )


def _unknown(strange: Strange, asker: Asker) -> AccessRow:
    return AccessRow(
        principal=asker.principal,
        document=strange.what,
        carrier=strange.name,
        account="",
        environment="",
        action=_ACTIONS.get(strange.what, _CREATE_MODEL),
        resource=strange.name,
        result=AccessResult.UNKNOWN,
        why=strange.why,
        enough=False,
    )


def remarks(case: Case) -> Iterator[str]:
    """Yield by which rules the needs are these."""
    if case.version.remark:
        yield case.version.remark
    if case.question.purpose in OF_PARTS:
        yield from case.parts.open_to_all
        notes = (each.note for each in case.encrypted.values())
        yield from dict.fromkeys(note for note in notes if note)
    yield TLS


def repository_arn(image: Image) -> str:
    """Return the ARN of the repository that an image is in."""
    partition = partition_of(image.region)
    return f"arn:{partition}:ecr:{image.region}:{image.account}:repository/{image.repository}"


def _key_carrier(case: Case, key: str) -> Carrier:
    arn = parse_arn(key)
    owner = _environment(case.workspace, arn.account, arn.region) if arn else None
    return Carrier(Store.KEY, key, key, owner, _no_environment(key))


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
