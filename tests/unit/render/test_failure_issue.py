"""The text about an apply that did not come to its end."""

from __future__ import annotations

import pytest
from hosted import a_report
from render_plans import a_refusal

from reconciler.core.outcome import Report, Status
from reconciler.errors import ReconcilerError
from reconciler.render.contract import ReportDocument
from reconciler.render.document import error_document, report_document
from reconciler.render.markdown import COMMENT
from reconciler.render.markdown.failure import failure_issue

RUN = "https://github.example.org/acme/registry/actions/runs/7"


def a_document(*statuses: Status, why: str = "denied", interrupted: bool = False) -> ReportDocument:
    report = a_report(*statuses, why=why)
    return report_document(Report(report.plan, report.outcomes, interrupted))


@pytest.mark.parametrize(
    "statuses",
    [(), (Status.APPLIED,), (Status.UNCHANGED, Status.WAITING)],
)
def test_what_came_to_its_end_is_clean(statuses: tuple[Status, ...]) -> None:
    issue = failure_issue("registry", a_document(*statuses), RUN)
    assert issue.is_clean
    assert issue.summary == "The last apply succeeded."
    assert "CAUTION" not in issue.body


@pytest.mark.parametrize("status", [Status.FAILED, Status.STALE, Status.REFUSED, Status.SKIPPED])
def test_what_did_not_is_shown_with_why_and_fix(status: Status) -> None:
    issue = failure_issue("registry", a_document(status, Status.APPLIED), RUN)
    assert not issue.is_clean
    assert issue.title == "Apply failed: registry"
    for words in ("churn-v1", "denied", "manifests/churn.yaml:12", RUN, "[!CAUTION]"):
        assert words in issue.body
    assert "churn-v2" not in issue.body


def test_other_environments_do_not_matter() -> None:
    assert failure_issue("staging", a_document(Status.FAILED), RUN).is_clean


def test_an_interruption_a_refusal_and_an_early_end_are_failures() -> None:
    interrupted = failure_issue("registry", a_document(interrupted=True))
    assert interrupted.summary == "The last apply was interrupted."
    plan = a_report().plan
    refused = report_document(
        Report(type(plan)(plan.environments, (), (a_refusal(key=None, where=None),)), ())
    )
    issue = failure_issue("registry", refused)
    assert "refused by `immutable-edit`" in issue.body or "immutable-edit" in issue.body
    assert issue.summary == "The last apply failed: 1 refused."
    early = error_document(ReconcilerError("no way", why="gravity", fix="hold it"))
    assert "no way" in failure_issue("registry", early).body
    assert "left no report" in failure_issue("registry", None).body


def test_the_digest_is_that_of_what_went_wrong() -> None:
    one, same = (failure_issue("registry", a_document(Status.FAILED), url) for url in ("", RUN))
    other = failure_issue("registry", a_document(Status.FAILED, why="throttled"), RUN)
    assert one.digest == same.digest
    assert len({one.digest, other.digest, failure_issue("registry", a_document()).digest}) == 3


def test_thousands_of_failures_fit_and_are_counted() -> None:
    statuses = [Status.FAILED] * 3000
    issue = failure_issue("registry", a_document(*statuses, why="x" * 300), RUN)
    assert COMMENT.fits(issue.body)
    assert "more in the run." in issue.body
    assert "3000 failed" in issue.body


def test_hostile_texts_stay_in_their_cells() -> None:
    why = "@ops `x` | </details> <img src=x> [a](http://evil) fixes #1\n::error::x"
    issue = failure_issue("registry", a_document(Status.FAILED, why=why), RUN)
    rows = [line for line in issue.body.splitlines() if line.startswith("| failed")]
    assert len(rows) == 1
    outside = "".join(rows[0].split("`")[::2])
    for active in ("@ops", "<img", "](http", "#1", "</details>"):
        assert active not in outside
