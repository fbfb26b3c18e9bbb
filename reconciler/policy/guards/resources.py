"""Guards on what our statements are about: well-formed, this resource, and fit for the actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.policy.arns import parse_arn
from reconciler.policy.document import Statement
from reconciler.policy.elements import values
from reconciler.policy.guards.case import Case, Concern, label, refusal
from reconciler.policy.rendering import packages_arn
from reconciler.policy.stores import Store

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_STRAY = re.compile(r"[{}`\"'<>|\\^]")
_ANYTHING: Final = "*"
_WHOLE: Final = "the group or bucket itself"
_PARTS: Final = "the packages or objects in it"

_GROUP_ONLY = re.compile(r"sagemaker:[a-z]+modelpackagegroup(?:policy)?")
_PACKAGE_ONLY: Final = frozenset(
    {
        "sagemaker:createmodel",
        "sagemaker:deletemodelpackage",
        "sagemaker:describemodelpackage",
        "sagemaker:updatemodelpackage",
    }
)
# S3 user guide, "Actions, resources, and condition keys": what acts on objects says so in its
# name, but for the two multipart actions and the lock settings of the bucket.
_ON_OBJECTS = re.compile(
    r"s3:(?!(?:get|put)bucketobjectlockconfiguration)\w*object\w*"
    r"|s3:abortmultipartupload|s3:listmultipartuploadparts"
)


def resource_form(case: Case) -> Iterator[Concern]:
    """Refuse resources that are no ARN of this service.

    AWS's own example holds the literal `Resource: arn:aws:s3:::{bucket}` (aws.md section 8).
    """
    for each, resource in _resources(case):
        if case.store is Store.KEY and resource == _ANYTHING:
            continue
        if fault := _form_fault(resource, case.facts.service):
            yield refusal(
                "resource-form",
                each,
                f"{label(each)}: the resource {resource!r} {fault}",
                f"the {case.facts.title} takes ARNs of {case.facts.service} only",
                f"write instead: {_instead(case)}",
            )


def _resources(case: Case) -> Iterator[tuple[Statement, str]]:
    for each in case.ours:
        for element in ("Resource", "NotResource"):
            for resource in values(each, element):
                yield each, resource


def _form_fault(resource: str, service: str) -> str:
    arn = parse_arn(resource)
    if arn is None:
        return "is not an ARN"
    if stray := _STRAY.search(_VARIABLE.sub("", resource)):
        return f"holds a stray {stray.group()}"
    return "" if arn.service == service else f"is an ARN of {arn.service}"


def _instead(case: Case) -> str:
    if case.store is Store.KEY:
        return "'*', which is this key"
    if case.store is Store.GROUP:
        return f"{case.carrier} or {packages_arn(case.carrier)}"
    if case.store is Store.BUCKET:
        return f"{case.carrier} for the bucket, {case.carrier}/* for its objects"
    return f"no Resource: the policy is that of {case.carrier}"


def other_resource(case: Case) -> Iterator[Concern]:
    """Refuse resources other than the one that carries the document, and its parts."""
    for each, resource in _resources(case):
        if _form_fault(resource, case.facts.service) or _is_own(case, resource):
            continue
        spelled = case.store is Store.GROUP and _is_own(case, resource.lower())
        yield refusal(
            "other-resource",
            each,
            f"{label(each)} is about {resource}, in the policy of {case.carrier}",
            "SageMaker lower-cases the ARNs of packages, and resources are compared exactly"
            if spelled
            else "a document speaks about its own resource only, so this would grant nothing",
            f"write instead: {_instead(case)}",
        )


def _is_own(case: Case, resource: str) -> bool:
    if resource == case.carrier:
        return True
    if case.store is Store.GROUP:
        return resource.startswith(packages_arn(case.carrier).removesuffix("*"))
    return case.store is Store.BUCKET and resource.startswith(f"{case.carrier}/")


def action_on_resource(case: Case) -> Iterator[Concern]:
    """Refuse actions that apply to none of their statement's resources, and the other way round.

    S3 answers MalformedPolicy to it; elsewhere it would silently grant nothing.
    """
    for each in case.ours:
        named = [one for one in values(each, "Resource") if _is_own(case, one)]
        levels = {one: _WHOLE if one == case.carrier else _PARTS for one in named}
        wanted = {one: _acts_on(one.lower()) for one in values(each, "Action")}
        if not levels or not wanted:
            continue
        for action, level in wanted.items():
            if level and level not in levels.values():
                yield _unfit(case, each, f"{action} acts on {level}, which it does not name")
        for resource, level in levels.items():
            if not {"", level} & set(wanted.values()):
                yield _unfit(case, each, f"none of its actions acts on {resource}")


def _acts_on(action: str) -> str:
    """Return which resources an action applies to; `""` if to either, or if it is not known."""
    if "*" in action or "?" in action:
        return ""
    if _GROUP_ONLY.fullmatch(action):
        return _WHOLE
    if action in _PACKAGE_ONLY or _ON_OBJECTS.fullmatch(action):
        return _PARTS
    return _WHOLE if action.startswith("s3:") else ""


def _unfit(case: Case, statement: Statement, what: str) -> Concern:
    return refusal(
        "action-on-resource",
        statement,
        f"{label(statement)}: {what}",
        "S3 rejects such a statement, and elsewhere it grants nothing",
        f"write instead: {_instead(case)}, each with the actions that act on it",
    )
