"""Plans, reports and settings for the tests of the Markdown renderer."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Final

from render_plans import (
    HERE,
    PRODUCTION,
    REGISTRY,
    a_change,
    a_plan,
    an_action,
    everything,
)

from reconciler.core.data import MISSING
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Action, Level, Note, Plan, Source, Verb
from reconciler.core.problem import Problem, Severity
from reconciler.render.contract import ErrorDocument, PlanDocument, ReportDocument
from reconciler.render.document import (
    parse_plan_document,
    parse_report_document,
    plan_document,
    report_document,
    to_json,
)
from reconciler.render.markdown import EarlyEnd, Setting

HEAD = "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"
BASE = "0f" * 20
SETTING = Setting(
    repository_url="https://git.example.org/acme/models",
    run_url="https://git.example.org/acme/models/actions/runs/7",
    run=7,
    attempt=1,
    head=HEAD,
    base=BASE,
    branch="main",
)
WIDE = Note(
    Level.WARNING,
    "widens-access",
    "widens access: lets 333333333333 (production) call ecr:BatchGetImage",
)


def written(plan: Plan, warnings: tuple[Problem, ...] = ()) -> PlanDocument:
    """Return a plan as it comes from its file."""
    return parse_plan_document(to_json(plan_document(plan, warnings)))


def reported(report: Report) -> ReportDocument:
    """Return a report as it comes from its file."""
    return parse_report_document(to_json(report_document(report)))


def in_production(action: Action, name: str) -> Action:
    return replace(action, key=ResourceKey("production", action.key.kind, name))


def approval(name: str = "churn-v1", **more: object) -> Action:
    return an_action(
        Verb.APPROVE, a_change(), name=name, context="version 1 of group churn", **more
    )


def revoking(name: str = "acme-models") -> Action:
    """Return an update that takes one statement away."""
    gone = a_change("Statement.SmrOld", {"Effect": "Allow", "Principal": "*"}, MISSING)
    new = a_change(
        "Statement.SmrNew", MISSING, {"Effect": "Allow", "Principal": {"AWS": "333333333333"}}
    )
    action = an_action(Verb.UPDATE, gone, new, notes=(WIDE,))
    return replace(action, key=ResourceKey("registry", "BucketPolicy", name))


def two_environments() -> PlanDocument:
    """Return a plan that interleaves two environments, with warnings about manifests."""
    plan = a_plan(
        approval(),
        in_production(an_action(Verb.DELETE, a_change(after=MISSING)), "old"),
        revoking(),
        in_production(approval(), "churn-v1"),
        an_action(Verb.NONE, name="same"),
        environments=(REGISTRY, PRODUCTION),
        accounts={"333333333333": "production"},
        source=Source(HEAD, dirty=False, prefix="ml/"),
    )
    warning = Problem(
        "W402", HERE, "spec.image", "the image can be moved", "what runs?", "pin it",
        severity=Severity.WARNING,
    )  # fmt: skip
    return written(plan, (warning,))


def whole() -> PlanDocument:
    """Return a plan with everything in it."""
    return written(everything())


def outcome(action: Action, status: Status, **more: object) -> Outcome:
    made = Outcome(action.key, action.verb, status, action.where, context=action.context)
    return replace(made, **more)  # type: ignore[arg-type]


def failed_apply() -> tuple[PlanDocument, ReportDocument]:
    """Return a plan and the report of its apply, in which not everything went well."""
    actions = (
        an_action(Verb.CREATE, a_change("Tags.team", MISSING, "growth"), name="churn"),
        approval("churn-v1"),
        approval("churn-v2"),
        revoking(),
        an_action(Verb.DELETE, name="old"),
    )
    plan = a_plan(*actions)
    why = "AccessDeniedException: not allowed to call sagemaker:UpdateModelPackage"
    report = Report(
        plan,
        (
            outcome(actions[0], Status.APPLIED),
            outcome(
                actions[1], Status.FAILED, why=why, fix="allow it to the role", request_id="r-1"
            ),
            outcome(actions[2], Status.STALE, why="it was changed meanwhile", fix="plan again"),
            outcome(
                actions[3],
                Status.APPLIED,
                remarks=("the policy was put twice",),
                previous="{}",
                journal=".reconciler/journal/registry/1.json",
            ),
            outcome(actions[4], Status.SKIPPED, why="it needs churn-v1"),
        ),
    )
    return written(plan), reported(report)


def unreviewed_apply(code: str = "unreviewed") -> tuple[PlanDocument, ReportDocument]:
    """Return a plan and the report of its apply, which was not what was reviewed."""
    actions = approval("churn-v1"), approval("churn-v2"), an_action(Verb.DELETE, name="old")
    plan = a_plan(*actions)
    fix = "plan again and have it reviewed, or accept this plan as it is: --accept-digest 0a1b2c3d"
    differs = 'ApprovalDescription: reviewed "a" -> "b"; now "a" -> "c d"'
    report = Report(
        plan,
        (
            outcome(
                actions[0],
                Status.STALE,
                why="it was reviewed, but not like this: its manifest changed since",
                fix=fix,
                remarks=(differs, "and 2 more fields"),
            ),
            outcome(actions[1], Status.STALE, why="nobody reviewed it", fix=fix),
            outcome(actions[2], Status.SKIPPED, why="other changes were not reviewed"),
        ),
        remarks=(
            "pull request #12: its plan is not of its last commit",
            "already done: create ModelPackage registry/churn-v0",
        ),
        code=code,
    )
    return written(plan), reported(report)


def an_early_end(environment: str = "production") -> EarlyEnd:
    error = ErrorDocument(
        tool_version="0.1.0",
        what="the credentials are of another account",
        why="they are of 444444444444",
        fix="assume the role of the environment",
        exit_code=1,
    )
    return EarlyEnd(error, environment)


@cache
def many(number: int, *, only: Verb | None = None) -> PlanDocument:
    """Return a plan of so many actions: of ten one creates, one approves and one deletes."""
    actions = (
        _one_of_many(each, only or _OF_TEN.get(each % 10, Verb.UPDATE)) for each in range(number)
    )
    return plan_document(a_plan(*actions))


_OF_TEN: Final = {0: Verb.CREATE, 3: Verb.APPROVE, 5: Verb.DELETE}


def _one_of_many(number: int, verb: Verb) -> Action:
    change = a_change() if verb is Verb.APPROVE else a_change("Tags.team", "a", f"b{number}")
    context = f"version {number} of group churn"
    notes = (WIDE,) if number % 50 == 1 else ()
    return an_action(verb, change, name=f"churn-v{number}", context=context, notes=notes)


def raw(text: str) -> str:
    """Return a text as it stands in JSON."""
    return json.dumps(text)[1:-1]


def place(name: str) -> Environment:
    return replace(REGISTRY, name=name)
