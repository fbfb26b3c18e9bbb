"""What counts as reviewed, and what comments say, where runs are large, repeated or by hand."""

from __future__ import annotations

from e2e_support import documents, group, written
from fake_github_records import Pull
from project import Project
from teams import PENDING, PRODUCTION, REGISTRY, client, landed, tagged


def test_a_plan_that_is_too_large_for_its_comment_is_applied_from_its_artifact(
    project: Project,
) -> None:
    landed(project, REGISTRY, group(), PENDING)
    many = [group(f"group-{number:03}") for number in range(201)]
    pull = project.open_pull("many", "Many", all=documents(REGISTRY, group(), PENDING, *many))
    project.plan(pull).ends(plan="success", comment="success")
    before = project.github.branches["main"]
    project.apply(project.merge(pull), before).ends(apply="success", report="success")
    assert written(project.sandbox) == ["CreateModelPackageGroup"] * 201


def test_a_pull_request_without_manifests_gets_no_comment(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    pull = project.open_pull("docs", "Only words")
    project.plan(pull).ends(plan="skipped", comment="success", gate="success")
    assert project.github.comments_of(pull.number) == []


def test_a_plan_that_came_to_nothing_replaces_the_one_before(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    texts = documents(REGISTRY, group(), PENDING)
    pull = project.open_pull("more", "More", all=documents(texts, group("fraud")))
    project.plan(pull)
    assert "fraud" in project.comment(pull)
    project.push("more", "Rather not", all=texts)
    project.plan(pull).ends(plan="skipped", comment="success")
    assert "no changes" in project.comment(pull)
    assert "fraud" not in project.comment(pull)


def test_the_approver_sees_what_nobody_reviewed_before_the_apply(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    pull = project.open_pull(
        "more", "More", all=documents(REGISTRY, group(), PENDING, group("fraud"))
    )
    project.plan(pull)
    project.push("more", "Slipped in", all=documents(REGISTRY, tagged("risk"), PENDING))
    before = project.github.branches["main"]
    done = project.apply(project.merge(pull), before).ends(replan="success", apply="failure")
    shown = done.job("replan (registry)").summary
    assert shown.startswith("## Reviewed and fresh")
    assert "Nobody reviewed 1 of 1 changes" in shown
    assert "of its last commit" in shown, shown
    assert written(project.sandbox) == []


def heading(project: Project, pull: Pull) -> str:
    """Return the heading of a pull request's comment."""
    return project.comment(pull).splitlines()[2]


def failed_halfway(project: Project) -> tuple[Pull, str, str]:
    """Merge two changes of which one cannot be made; return that, its commit and the one before."""
    landed(project, REGISTRY, group(), PENDING)
    texts = documents(REGISTRY, tagged("risk"), PENDING, group("fraud"))
    pull = project.open_pull("two", "Two changes", all=texts)
    project.plan(pull)
    before = project.github.branches["main"]
    merged = project.merge(pull)
    project.sandbox.faults.deny("sagemaker:CreateModelPackageGroup")
    project.apply(merged, before).ends(apply="failure", report="success")
    project.sandbox.faults.clear()
    assert "failed" in heading(project, pull)
    return pull, merged, before


def test_a_superseded_run_keeps_what_had_been_applied_and_announces_nothing(
    project: Project,
) -> None:
    pull, merged, before = failed_halfway(project)
    project.github.deploy("reconcile-registry", project.github.push("main"), "success")
    done = project.apply(merged, before).ends(announce="success", apply="failure")
    assert "nothing is announced" in done.job("announce").log
    said = project.comment(pull)
    assert "superseded" in heading(project, pull)
    kept = said.partition("What was said before")[2]
    assert "1 applied" in kept
    assert "1 failed" in kept
    project.apply(merged, before).ends(report="success")
    assert project.comment(pull) == said


def test_what_is_applied_by_hand_is_told_where_it_had_failed(project: Project) -> None:
    pull, _, _ = failed_halfway(project)
    other = project.open_pull("words", "Only words")
    tip = project.merge(other)
    arn = client(project).describe_model_package_group(ModelPackageGroupName="churn")
    client(project).add_tags(
        ResourceArn=arn["ModelPackageGroupArn"], Tags=[{"Key": "team", "Value": "somebody"}]
    )
    refused = project.apply(tip, "", environment="registry").ends(apply="failure")
    assert "failed" in heading(project, pull)
    assert project.github.comments_of(other.number) == []
    assert "failed" in refused.job("report").summary
    digest = refused.job("apply (registry)").log.partition("--accept-digest ")[2].split()[0]
    by_hand = {"environment": "registry", "accept-digest": digest}
    project.apply(tip, "", **by_hand).ends(apply="success", report="success")
    assert "applied" in heading(project, pull)
    assert project.github.comments_of(other.number) == []


def test_an_environment_applied_by_hand_does_not_hide_what_became_of_the_others(
    project: Project,
) -> None:
    both = documents(REGISTRY, group(), PRODUCTION, group("prod", environment="production"))
    pull = project.open_pull("both", "Both", all=both)
    project.plan(pull)
    before = project.github.branches["main"]
    project.sandbox.faults.deny("sagemaker:CreateModelPackageGroup", account="222222222222")
    merged = project.merge(pull)
    project.apply(merged, before).ends(apply="failure")
    project.sandbox.faults.clear()
    said = project.comment(pull)
    done = project.apply(merged, "", environment="production").ends(apply="success")
    assert project.comment(pull) == said
    assert "its comment is about other environments" in done.job("report").log
    assert "applied" in done.job("report").summary
