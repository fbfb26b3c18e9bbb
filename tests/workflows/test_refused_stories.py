"""What nobody has reviewed is not applied, what fails is told, what is old does not come back."""

from __future__ import annotations

from e2e_support import documents, group, written
from fake_github_records import Issue
from project import Project
from teams import PENDING, PRODUCTION, REGISTRY, client, landed, tagged


def failures(project: Project) -> list[Issue]:
    return [each for each in project.github.issues.values() if "reconcile-failure" in each.labels]


def pushed(project: Project, *texts: str) -> tuple[str, str]:
    """Push straight to `main`; return the commit and the one before it."""
    before = project.github.branches["main"]
    return project.push("main", "No pull request", all=documents(*texts)), before


def test_a_direct_push_is_not_applied_unless_its_digest_is_accepted(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    sha, before = pushed(project, REGISTRY, tagged("risk"), PENDING)
    refused = project.apply(sha, before).ends(replan="success", apply="failure", report="success")
    assert "(exit 3)" in refused.job("apply (registry)").log
    assert written(project.sandbox) == []
    (issue,) = failures(project)
    assert issue.state == "open"

    digest = refused.job("apply (registry)").log.partition("--accept-digest ")[2].split()[0]
    by_hand = {"environment": "registry", "accept-digest": digest}
    project.apply(sha, before, **by_hand).ends(apply="success", report="success")
    assert written(project.sandbox) == ["AddTags"]
    assert issue.state == "closed"


def test_what_changed_in_aws_since_the_review_is_not_overwritten(project: Project) -> None:
    landed(project, REGISTRY, tagged("risk"), PENDING)
    pull = project.open_pull("tag", "Tag", all=documents(REGISTRY, tagged("fraud"), PENDING))
    project.plan(pull)
    arn = client(project).describe_model_package_group(ModelPackageGroupName="churn")
    client(project).add_tags(
        ResourceArn=arn["ModelPackageGroupArn"], Tags=[{"Key": "team", "Value": "somebody"}]
    )
    project.sandbox.calls.clear()
    before = project.github.branches["main"]
    refused = project.apply(project.merge(pull), before).ends(apply="failure", report="success")
    assert written(project.sandbox) == []
    assert "somebody" in refused.job("apply (registry)").log
    assert "failed" in project.comment(pull).splitlines()[2]


def test_a_change_that_slipped_in_after_the_last_plan_is_not_applied(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    pull = project.open_pull("tag", "Tag", all=documents(REGISTRY, tagged("risk"), PENDING))
    project.plan(pull)
    project.push("tag", "And more", all=documents(REGISTRY, tagged("fraud"), PENDING))
    before = project.github.branches["main"]
    project.apply(project.merge(pull), before).ends(apply="failure")
    assert written(project.sandbox) == []


def test_the_next_apply_makes_up_for_one_that_was_dropped(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    one = project.open_pull("one", "One", all=documents(REGISTRY, tagged("risk"), PENDING))
    project.plan(one)
    two = project.open_pull("two", "Two", more=group("fraud"))
    project.plan(two)
    assert "Tags.team" not in project.comment(two)
    project.merge(one)  # its apply never runs
    before = project.github.branches["main"]
    project.apply(project.merge(two, "merge"), before).ends(apply="success", report="success")
    for each in (one, two):
        assert "applied" in project.comment(each).splitlines()[2]
    assert sorted(written(project.sandbox)) == ["AddTags", "CreateModelPackageGroup"]


def test_a_partial_failure_is_told_and_the_same_jobs_run_again_go_on(project: Project) -> None:
    landed(project, REGISTRY, group(), PENDING)
    texts = documents(REGISTRY, tagged("risk"), PENDING, group("fraud"))
    pull = project.open_pull("two", "Two changes", all=texts)
    project.plan(pull)
    before = project.github.branches["main"]
    sha = project.merge(pull)
    project.sandbox.faults.deny("sagemaker:CreateModelPackageGroup")
    project.apply(sha, before).ends(apply="failure", report="success")
    assert "AddTags" in written(project.sandbox)
    assert "failed" in project.comment(pull).splitlines()[2]
    (issue,) = failures(project)

    project.sandbox.faults.clear()
    project.sandbox.calls.clear()
    project.apply(sha, before).ends(apply="success", report="success")
    assert written(project.sandbox) == ["CreateModelPackageGroup"]
    assert "applied" in project.comment(pull).splitlines()[2]
    assert issue.state == "closed"


def test_an_old_run_does_not_undo_a_newer_one(project: Project) -> None:
    before = project.github.branches["main"]
    old = landed(project, REGISTRY, tagged("risk"), PENDING)
    pull = project.open_pull("new", "New", all=documents(REGISTRY, tagged("fraud"), PENDING))
    project.plan(pull)
    project.apply(project.merge(pull), old).ends(apply="success")
    project.sandbox.calls.clear()
    applied = project.comment(project.github.pulls[2])
    assert "applied" in applied.splitlines()[2]
    again = project.apply(old, before).ends(apply="failure", report="success")
    said = again.job("apply (registry)").log
    assert "a later commit was deployed to reconcile-registry already" in said
    assert "(exit 3)" in said
    assert again.results["announce"] == "success"
    assert project.comment(project.github.pulls[2]) == applied  # it was, whatever came later
    assert failures(project) == []  # nothing is wrong with what is live
    assert written(project.sandbox) == []


def test_a_fork_is_validated_and_gets_nothing_else(project: Project) -> None:
    pull = project.open_pull("forked", "From outside", fork="mallory", all=REGISTRY)
    done = project.plan(pull).ends(
        validate="success", targets="skipped", plan="skipped", comment="skipped", gate="success"
    )
    assert {each.name for each in done.jobs} == {"validate", "gate"}
    assert project.github.comments_of(pull.number) == []


def test_invalid_manifests_fail_the_gate_at_their_line(project: Project) -> None:
    pull = project.open_pull("bad", "Bad", all=REGISTRY.replace("region: eu-west-1", "regoin: x"))
    done = project.plan(pull).ends(validate="failure", targets="skipped", gate="failure")
    assert "::error file=manifests/all.yaml,line=6" in done.log


def test_an_environment_that_cannot_be_planned_is_named_in_the_comment(project: Project) -> None:
    texts = documents(REGISTRY, group(), PRODUCTION, group("prod", environment="production"))
    pull = project.open_pull("two", "Two environments", all=texts)
    project.sandbox.faults.deny("sagemaker:ListModelPackageGroups", account="222222222222")
    project.plan(pull).ends(plan="failure", comment="success", gate="failure")
    said = project.comment(pull)
    assert "`registry/churn`" in said
    assert "`production`" in said


def test_a_merge_queue_only_validates(project: Project) -> None:
    pull = project.open_pull("queued", "Queued", all=documents(REGISTRY, group()))
    project.queue(pull).ends(validate="success", targets="skipped", gate="success")
    assert project.github.writes == []


def test_what_a_pull_request_does_not_change_is_not_planned(project: Project) -> None:
    landed(project, REGISTRY, group(), PRODUCTION, group("prod", environment="production"), PENDING)
    texts = documents(REGISTRY, group(), PRODUCTION, tagged("risk", "prod", "production"), PENDING)
    pull = project.open_pull("one", "One of two", all=texts)
    done = project.plan(pull).ends(plan="success", comment="success")
    planned = [each.name for each in done.jobs if each.name.startswith("plan")]
    assert planned == ["plan (production)"]


def test_nothing_runs_until_it_is_switched_on(project: Project) -> None:
    pull = project.open_pull("first", "First", all=REGISTRY)
    project.vars = {}
    assert project.plan(pull).results == {"reconcile": "skipped"}


def test_a_pull_request_cannot_take_the_role_that_writes(project: Project) -> None:
    stolen = REGISTRY.replace("registry-plan", "registry-apply")
    pull = project.open_pull("steal", "Use the role that writes", all=documents(stolen, group()))
    done = project.plan(pull).ends(plan="failure", gate="failure")
    assert "does not trust repo:acme/registry:pull_request" in done.job("plan (registry)").log
