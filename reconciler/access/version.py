"""Read one version: what is live counts, and what is declared where nothing is live yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.access.evidence import in_words
from reconciler.access.target import Target
from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.data import Json
from reconciler.core.resources import Ambiguous, Desired, Found, Live, Unknown
from reconciler.kinds.model_package.handler import ModelPackageHandler
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.model_package.live import live_version


@dataclass(frozen=True, slots=True)
class Version:
    """A version's ARN and its API-shaped values; `values` is `None` where they are not known.

    `remark` says what they were taken from, if that is not the live version; `doubt` why it is
    not certain that they are the version's.
    """

    arn: str
    values: Mapping[str, Json] | None
    remark: str = ""
    doubt: str = ""


def read_version(aws: Aws, target: Target) -> Version:
    """Return the version that is meant. A failed read is a doubt, not an error."""
    if target.desired is not None:
        return _declared(aws, target, target.desired)
    arn = target.version_arn(target.number or 1)
    if target.owner is None:
        account, region = arn.split(":")[4], arn.split(":")[3]
        why = f"no Environment is declared for account {account} in {region}"
        return Version(arn, None, doubt=f"it cannot be read: {why}")
    try:
        answer = aws.call(
            target.owner, "sagemaker", "DescribeModelPackage", {"ModelPackageName": arn}
        )
    except AwsFault as fault:
        absent = fault.kind is FaultKind.NOT_FOUND
        return Version(arn, None, doubt="there is no such version" if absent else in_words(fault))
    return Version(arn, live_version(answer).values)


def _declared(aws: Aws, target: Target, desired: Desired[PackageIntent]) -> Version:
    try:
        reader = ModelPackageHandler().reader(aws, desired.environment)
        finding = reader.read_all([desired]).findings[desired.key]
    except AwsFault as fault:
        finding = Unknown(fault.operation, fault.what)
    match finding:
        case Found(live):
            return Version(live.arn, live.values)
        case Ambiguous(candidates):
            arns = ", ".join(each.arn for each in candidates)
            doubt = (
                f"several versions carry the identity of {desired.key}: {arns}; the first is shown"
            )
            return Version(candidates[0].arn, candidates[0].values, doubt=doubt)
        case Unknown(why=why):
            doubt = f"the live version cannot be read ({why}); the manifest is taken for it"
            arn = target.version_arn(target.number or 1)
            return Version(arn, desired.values, doubt=doubt)
        case absent:
            number = _next(absent.predecessor)
            remark = f"{desired.key} is not registered yet; the manifest is taken for it"
    return Version(target.version_arn(number), desired.values, remark)


def _next(predecessor: Live | None) -> int:
    return (predecessor.version or 0) + 1 if predecessor else 1
