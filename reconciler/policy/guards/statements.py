"""Guards on the form of our statements and on their actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.policy.elements import is_allow, values
from reconciler.policy.grammar import faults
from reconciler.policy.guards.case import Case, Concern, label, refusal

# ECR refuses it in repository policies: it is not about a repository (policies.md A2,
# cloudposse/terraform-aws-ecr #67).
_REFUSED: Final = frozenset({"ecr:getauthorizationtoken"})
_ACTION = re.compile(r"(?P<service>[a-z0-9-]+):[a-z0-9*?]+", re.IGNORECASE)
_WILDCARD = re.compile(r"[*?]")


def statement_form(case: Case) -> Iterator[Concern]:
    """Refuse statements that the services reject, or take without any effect."""
    for each in case.ours:
        for fault in faults(each, needs_resource=case.facts.needs_resource):
            yield refusal(
                "statement-form",
                each,
                f"{label(each)} {fault.what}",
                "the service rejects it, or stores it without any effect (KMS)",
                f"write instead: {fault.fix}",
            )


def inverted_allow(case: Case) -> Iterator[Concern]:
    """Refuse to allow everybody but, everything but, or everywhere but."""
    for each in filter(is_allow, case.ours):
        for element in ("NotPrincipal", "NotAction", "NotResource"):
            if element in each:
                yield refusal(
                    "inverted-allow",
                    each,
                    f"{label(each)} allows with {element}",
                    "it grants all that is not named, also what AWS adds later",
                    f"write instead: {element.removeprefix('Not')} with what is meant",
                )


def wildcard_action(case: Case) -> Iterator[Concern]:
    """Refuse to allow actions by pattern."""
    for each in filter(is_allow, case.ours):
        for action in values(each, "Action"):
            if _WILDCARD.search(action):
                yield refusal(
                    "wildcard-action",
                    each,
                    f"{label(each)} allows {action}",
                    "it grants all actions of that form, also those that AWS adds later",
                    "write instead: the single actions that are needed",
                )


def action_form(case: Case) -> Iterator[Concern]:
    """Refuse actions that match nothing here: blanks, another service, no service."""
    for each in case.ours:
        for element in ("Action", "NotAction"):
            for action in values(each, element):
                if fault := _action_fault(action, case.facts.service):
                    yield refusal(
                        "action-form", each, f"{label(each)}: {action!r} {fault[0]}", *fault[1:]
                    )


def _action_fault(action: str, service: str) -> tuple[str, str, str] | None:
    found = _ACTION.fullmatch(action)
    if action == "*":
        return None
    if found is None:
        why = "IAM compares the text as it is, blanks included, so it would match nothing"
        return (
            "is not of the form service:Action",
            why,
            f"write instead: {_mended(action, service)}",
        )
    if found["service"].lower() != service:
        why = f"this document is asked about actions of {service} only"
        return "is an action of another service", why, f"write instead: an action of {service}"
    if action.lower() in _REFUSED:
        why = "it is not about a repository, so ECR refuses it here"
        return "cannot stand here", why, "leave it out, and allow it in the identity policy instead"
    return None


def _mended(action: str, service: str) -> str:
    name = re.sub(r"\s", "", action)
    return name if _ACTION.fullmatch(name) else f"{service}:{name.rpartition(':')[2] or 'Action'}"
