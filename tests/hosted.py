"""Plans, reports, errors and drift as files, for the tests of the commands that write to GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from reconciler.core.changes import FieldChange
from reconciler.core.drift import DriftClass, DriftItem, DriftReport
from reconciler.core.environment import Environment
from reconciler.core.fields import Rule
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.outcome import Outcome, Report, Status
from reconciler.core.plan import Action, Plan, Source, Verb
from reconciler.errors import ReconcilerError
from reconciler.render.document import error_document, plan_document, report_document, to_json
from reconciler.render.drift_document import drift_document

HERE = Location("manifests/churn.yaml", 12, 3)
KIND = "ModelPackage"


def an_environment(name: str = "registry") -> Environment:
    return Environment(name, "111111111111", "eu-west-1", "acme/models", HERE)


def a_change(after: str = "Approved") -> FieldChange:
    path = "ModelApprovalStatus"
    return FieldChange(path, path, "PendingManualApproval", after, Rule.MUTABLE)


def an_update(
    name: str = "churn-v1", environment: str = "registry", after: str = "Approved"
) -> Action:
    return Action(ResourceKey(environment, KIND, name), Verb.UPDATE, HERE, (a_change(after),))


def a_plan(*actions: Action, environment: str = "registry", commit: str = "") -> Plan:
    source = Source(commit, dirty=False) if commit else None
    return Plan((an_environment(environment),), actions, source=source)


def a_report(*statuses: Status, environment: str = "registry", why: str = "denied") -> Report:
    """Return a report with one outcome for each status."""
    outcomes = [
        Outcome(
            ResourceKey(environment, KIND, f"churn-v{number}"),
            Verb.UPDATE,
            status,
            HERE,
            why="" if status is Status.APPLIED else why,
            fix="" if status is Status.APPLIED else "allow sagemaker:UpdateModelPackage",
        )
        for number, status in enumerate(statuses, 1)
    ]
    return Report(a_plan(environment=environment), tuple(outcomes))


def plan_text(plan: Plan) -> str:
    return to_json(plan_document(plan))


def write_plan(
    path: Path, *actions: Action, environment: str = "registry", commit: str = ""
) -> Path:
    return _written(path, plan_text(a_plan(*actions, environment=environment, commit=commit)))


def write_report(
    path: Path, *statuses: Status, environment: str = "registry", why: str = "denied"
) -> Path:
    report = a_report(*statuses, environment=environment, why=why)
    return _written(path, to_json(report_document(report)))


def write_error(path: Path, what: str = "the sky fell", code: str = "") -> Path:
    error = ReconcilerError(what, why="gravity", fix="hold it", code=code)
    return _written(path, to_json(error_document(error)))


def write_drift(
    path: Path, *fields: str, environments: Sequence[str] = ("registry",), whole: bool = True
) -> Path:
    """Write drift of one resource of the first environment for each name of a version."""
    items = tuple(
        DriftItem(
            DriftClass.CHANGED,
            ResourceKey(environments[0], KIND, name),
            "changed outside Git",
            HERE,
            changes=(a_change(),),
        )
        for name in fields
    )
    report = DriftReport(
        tuple(an_environment(each) for each in environments),
        items,
        date(2026, 1, 2),
        is_whole=whole,
    )
    return _written(path, to_json(drift_document(report)))


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
