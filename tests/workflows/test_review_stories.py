"""What counts as reviewed, and what comments say, where runs are large, repeated or by hand."""

from __future__ import annotations

from e2e_support import documents, group, written
from project import Project
from teams import PENDING, REGISTRY, landed, tagged


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
