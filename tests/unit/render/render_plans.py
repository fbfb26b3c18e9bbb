"""Plans, reports and their parts with defaults, for the tests of the renderers."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.changes import FieldChange
from reconciler.core.data import MISSING, Value
from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Status
from reconciler.core.plan import (
    Action,
    Level,
    Note,
    Plan,
    Predecessor,
    Refusal,
    Source,
    Unmanaged,
    Verb,
)
from reconciler.render.lines import plain
from reconciler.render.text import plan_lines

HERE = Location("manifests/churn.yaml", 12, 3)
FRAGMENT = Location("manifests/shared/trees.yaml", 7, 5)
REGISTRY = Environment("registry", "111111111111", "eu-west-1", "ml-platform", HERE)
PRODUCTION = Environment("production", "222222222222", "us-east-1", "ml-platform", HERE)
GROUP_ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"


def a_change(
    path: str = "ModelApprovalStatus",
    before: Value = "PendingManualApproval",
    after: Value = "Approved",
    **more: object,
) -> FieldChange:
    change = FieldChange(path.split(".", maxsplit=1)[0], path, before, after, Rule.MUTABLE)
    return replace(change, **more)  # type: ignore[arg-type]


def an_action(
    verb: Verb = Verb.UPDATE, *changes: FieldChange, name: str = "churn-v1", **more: object
) -> Action:
    key = ResourceKey("registry", "ModelPackage", name)
    return replace(Action(key, verb, HERE, changes), **more)  # type: ignore[arg-type]


def a_plan(*actions: Action, **more: object) -> Plan:
    return replace(Plan((REGISTRY,), actions), **more)  # type: ignore[arg-type]


def an_outcome(status: Status, **more: object) -> Outcome:
    key = ResourceKey("registry", "ModelPackage", "churn-v1")
    return replace(Outcome(key, Verb.UPDATE, status, HERE), **more)  # type: ignore[arg-type]


def a_refusal(**more: object) -> Refusal:
    key = ResourceKey("registry", "ModelPackage", "churn-v1")
    refusal = Refusal("immutable-edit", key, HERE, "Image cannot change", "it is fixed", "add one")
    return replace(refusal, **more)  # type: ignore[arg-type]


def text_of(plan: Plan) -> str:
    return plain(plan_lines(plan))


def everything() -> Plan:
    """Return a plan in which every verb, level and part occurs."""
    spec: Value = {
        "Containers": [
            {"Image": "trees:1", "Environment": {"HF_TOKEN": "s3cr3t", "MODE": "fast"}},
            {"Image": "post:1"},
        ],
        "SupportedContentTypes": ["text/csv", "application/json"],
    }
    newer: Value = {
        "Containers": [{"Image": "trees:2", "Environment": {"HF_TOKEN": "0th3r"}}],
        "SupportedContentTypes": ["text/csv"],
    }
    return a_plan(
        an_action(
            Verb.CREATE,
            a_change("InferenceSpecification", MISSING, newer, where=FRAGMENT),
            a_change("Tags.team", MISSING, "growth"),
            name="churn-v2",
            context="new version of group churn",
            needs=(ResourceKey("registry", "ModelPackageGroup", "churn"),),
            predecessor=Predecessor("churn-v1", (a_change("InferenceSpecification", spec, newer),)),
        ),
        an_action(Verb.UPDATE, a_change("Tags.old", "x", MISSING), name="updated"),
        an_action(Verb.APPROVE, a_change(), name="approved"),
        an_action(Verb.ADOPT, name="adopted", arn=GROUP_ARN),
        an_action(Verb.DELETE, name="deleted"),
        an_action(
            Verb.BLOCKED,
            a_change("ModelCard.ModelCardContent", '{"a":1}', '{"a":2}', sensitive=True),
            a_change("Image", "a", "b", reason="the API has no update", where=FRAGMENT),
        ),
        an_action(
            Verb.BLOCKED,
            name="unreadable",
            notes=(Note(Level.ERROR, "unknown", "cannot be read: denied", "allow ListTags"),),
        ),
        an_action(Verb.NONE, name="pending", waits_for="InProgress"),
        an_action(
            Verb.NONE,
            name="drifted",
            notes=(
                Note(
                    Level.WARNING,
                    "approval-drift",
                    "approval was changed outside Git: Approved -> Rejected, last modified by ann",
                ),
                Note(Level.INFO, "hint", "only said"),
            ),
        ),
        an_action(Verb.NONE, name="same"),
        refusals=(a_refusal(), a_refusal(guard="too-many-changes", key=None, where=None)),
        unmanaged=(Unmanaged("registry", "ModelPackage", GROUP_ARN),),
        source=Source("0123abc", dirty=False, prefix="ml/"),
        environments=(PRODUCTION, REGISTRY),
    )
