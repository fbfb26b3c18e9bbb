"""The life of a change, from a pull request to drift, by the workflows' own steps."""

from __future__ import annotations

from e2e_support import documents, group, written
from fake_github_records import Issue, Pull
from project import Project
from teams import APPROVED, PENDING, PRODUCTION, REGISTRY, client, landed, tagged


def open_issues(project: Project) -> list[Issue]:
    return [each for each in project.github.issues.values() if each.state == "open"]


def comment_writes(project: Project, pull: Pull) -> list[str]:
    return [each for each in project.github.writes if f"/{pull.number}/comments" in each]


def test_from_a_pull_request_to_what_is_live(project: Project) -> None:
    pull = project.open_pull(
        "first", "Register churn",
        registry=documents(REGISTRY, group(), PENDING),
        production=documents(PRODUCTION, group("churn-production", environment="production")),
    )  # fmt: skip
    done = project.plan(pull).ends(
        validate="success", targets="success", plan="success", comment="success", gate="success"
    )
    first = project.comment(pull)
    assert "3 to create" in first
    assert "`production/churn-production`" in first
    assert "reconcile plan" in done.job("plan (registry)").summary
    whole = project.download()["reconcile-plan-registry"]
    assert whole["plan-registry.txt"].decode() in done.job("plan (registry)").log
    assert "#artifacts" in first
    assert written(project.sandbox) == []

    project.push("first", "Say whose it is", registry=documents(REGISTRY, tagged("risk"), PENDING))
    project.plan(pull).ends(plan="success", comment="success")
    second = project.comment(pull)  # still one
    assert "Tags.team" in second
    assert "Tags.team" not in first
    assert len(comment_writes(project, pull)) == 1
    assert any(each.startswith("PATCH ") for each in project.github.writes)

    before = project.github.branches["main"]
    merged = project.merge(pull)
    project.apply(merged, before).ends(replan="success", apply="success", report="success")
    assert "applied" in project.comment(pull).splitlines()[2]
    assert client(project).describe_model_package_group(ModelPackageGroupName="churn")
    environments = {each.environment: each.statuses[0] for each in project.github.deployments}
    assert environments == {"reconcile-registry": "success", "reconcile-production": "success"}
    assert open_issues(project) == []

    project.sandbox.calls.clear()
    said = project.comment(pull)
    again = project.apply(merged, before)
    again.ends(replan="success", apply="skipped", report="success")
    assert written(project.sandbox) == []
    assert "applied" in project.comment(pull)
    assert said.splitlines()[1:3] == project.comment(pull).splitlines()[1:3]


def test_drift_becomes_an_issue_that_is_closed_when_it_is_gone(project: Project) -> None:
    landed(project, REGISTRY, tagged("risk"), PENDING)
    project.drift().ends(drift="success", report="success")
    assert open_issues(project) == []

    arn = client(project).describe_model_package_group(ModelPackageGroupName="churn")
    tags = {"ResourceArn": arn["ModelPackageGroupArn"]}
    client(project).add_tags(**tags, Tags=[{"Key": "team", "Value": "somebody"}])
    project.sandbox.calls.clear()
    project.drift().ends(drift="success", report="success")
    (issue,) = open_issues(project)
    assert issue.labels == ["reconcile-drift"]
    assert "somebody" in issue.body
    assert written(project.sandbox) == []

    project.drift().ends(report="success")  # the same drift is the same issue, and no news
    assert project.github.comments_of(issue.number) == []

    client(project).add_tags(**tags, Tags=[{"Key": "team", "Value": "risk"}])
    project.drift().ends(drift="success", report="success")
    assert open_issues(project) == []
    assert len(project.github.comments_of(issue.number)) == 1


def test_an_approval_says_where_it_comes_from(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    pull = project.open_pull("approve", "Approve", all=documents(REGISTRY, group(), APPROVED))
    project.plan(pull)
    assert "PendingManualApproval" in project.comment(pull)
    before = project.github.branches["main"]
    merged = project.merge(pull)
    project.apply(merged, before).ends(apply="success")
    (version,) = client(project).list_model_packages(ModelPackageGroupName="churn")[
        "ModelPackageSummaryList"
    ]
    found = client(project).describe_model_package(ModelPackageName=version["ModelPackageArn"])
    assert found["ModelApprovalStatus"] == "Approved"
    said = found["ApprovalDescription"]
    assert merged[:12] in said
    assert "Ada Lovelace" in said
    assert f"#{pull.number}" in said
