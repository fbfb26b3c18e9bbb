"""Read one version: what is live counts, and what is declared where nothing is live yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.access.target import Target
from reconciler.aws.api import Aws, AwsFault
from reconciler.core.data import Json
from reconciler.core.resources import Ambiguous, Desired, Found, Live, Unknown
from reconciler.kinds.model_package.handler import ModelPackageHandler
from reconciler.kinds.model_package.intent import PackageIntent
from reconciler.kinds.model_package.live import live_version


@dataclass(frozen=True, slots=True)
class Version:
    """A version's ARN and its API-shaped values; `values` is `None` where they are not known.

    `remark` says what they were taken from, if that is not the live version.
    """

    arn: str
    values: Mapping[str, Json] | None
    remark: str = ""


def read_version(aws: Aws, target: Target) -> Version:
    """Return the version that is meant. A failed read is a remark, not an error."""
    if target.desired is not None:
        return _declared(aws, target, target.desired)
    arn = target.version_arn(target.number or 1)
    if target.owner is None:
        return Version(arn, None, f"{arn} cannot be read: no Environment is of its account")
    try:
        answer = aws.call(
            target.owner, "sagemaker", "DescribeModelPackage", {"ModelPackageName": arn}
        )
    except AwsFault as fault:
        return Version(arn, None, f"{arn} cannot be read: {fault.what}")
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
            return Version(candidates[0].arn, candidates[0].values, "several versions are this one")
        case Unknown(why=why):
            number = target.number or 1
            remark = f"the live version cannot be read ({why}); the manifest is taken for it"
        case absent:
            number = _next(absent.predecessor)
            remark = f"{desired.key} is not registered yet; the manifest is taken for it"
    return Version(target.version_arn(number), desired.values, remark)


def _next(predecessor: Live | None) -> int:
    return (predecessor.version or 0) + 1 if predecessor else 1
