"""What merged pull requests showed is what is applied: plan, comment, merge, apply, by the command.

The comments are those that `reconcile comment` writes, on a GitHub that lives in memory.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from e2e_support import Cli, Result, client, environment, group, version, versions, written
from fake_github import FakeGitHub
from fake_github_records import Pull

from reconciler.github.reviews import MOST_COMMITS
from reconciler.sandbox.server import SandboxServer

APPLY = ("apply", "manifests", "--yes", "--out", "report.json", "--reviewed-from-pr")
DEPLOYMENT = "reconcile-registry"
TAGGED = group("churn", "tags: {team: risk}")
APPROVED = version("churn-v1", "approval: {status: Approved}")


class Team:
    """People who open, review and merge pull requests, and the jobs that these start."""

    def __init__(self, cli: Cli, sandbox: SandboxServer, github: FakeGitHub) -> None:
        self.cli = cli
        self.sandbox = sandbox
        self.github = github
        self.files = cli.folder / "runner"
        self.files.mkdir()
        self.environment = environment()
        self.summary = ""

    def declare(self, *texts: str) -> None:
        self.cli.write(self.environment, *texts)

    def open(self, *texts: str, branch: str = "feature", comment: bool = True) -> Pull:
        """Open a pull request that declares something, and have it planned and commented."""
        self.declare(*texts)
        pull = self.github.open_pull(branch=branch)
        if comment:
            self.comment(pull)
        return pull

    def comment(self, pull: Pull) -> None:
        env = self.cli.env(self.sandbox, **self.github.variables(self.files, pull=pull))
        self.cli.call("plan", "manifests", "--out", "plan.json", env=env).ends(0)
        self.cli.call("comment", "--plan", "plan.json", "--strict", env=env).ends(0)
        assert self.github.comments_of(pull.number)

    def apply(self, *options: str, **how: Any) -> Result:
        self.sandbox.calls.clear()
        env = self.cli.env(self.sandbox, **self.github.variables(self.files, **how))
        return self.cli.call(*APPLY, *options, env=env)

    def refuses(self, *options: str, **how: Any) -> Result:
        result = self.apply(*options, **how).ends(3, "Not what was reviewed: nothing was written.")
        assert written(self.sandbox) == []
        assert self.report["code"] == "unreviewed"
        return result

    @property
    def report(self) -> Any:
        return json.loads((self.cli.folder / "report.json").read_text("utf-8"))


@pytest.fixture
def team(cli: Cli, sandbox: SandboxServer, any_github: FakeGitHub) -> Team:
    """A live group with one version, deployed from the first commit of main."""
    made = Team(cli, sandbox, any_github)
    made.declare(group(), version())
    cli.call("apply", "manifests", "--yes", env=cli.env(sandbox)).ends(0)
    any_github.deploy(DEPLOYMENT, any_github.branches["main"], "in_progress", "success")
    return made


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_what_a_merged_pull_request_showed_is_applied(team: Team, style: str) -> None:
    pull = team.open(TAGGED, APPROVED)
    team.github.merge(pull.number, style)
    team.apply("--not-behind").ends(0, "Apply: 2 applied, 1 unchanged.")
    assert sorted(written(team.sandbox)) == ["AddTags", "UpdateModelPackage"]
    team.apply().ends(0, "nothing to do", "2 reviewed operations are not in this plan")


def test_the_union_of_what_was_merged_since_the_last_deployment_is_applied(team: Team) -> None:
    first = team.open(TAGGED, version(), branch="tags")
    second = team.open(group(), APPROVED, branch="approval")
    before = team.github.branches["main"]
    after = team.github.merge(first.number)
    team.github.merge(second.number)
    team.declare(TAGGED, APPROVED)
    # the run of the first merge never took place; the second push knows only itself
    team.apply(before=after).ends(0, "Apply: 2 applied")
    assert before != after


def asked(team: Team) -> int:
    """Return how many commits were looked up since this was asked last."""
    found = sum("/commits/" in each.path for each in team.github.requests)
    team.github.requests.clear()
    return found


def test_an_environment_that_seldom_changes_is_not_looked_up_commit_by_commit(team: Team) -> None:
    first = team.open(TAGGED, version(), branch="tags")
    team.github.merge(first.number)
    for _ in range(20):
        team.github.push("main")
    second = team.open(group(), APPROVED, branch="approval")
    team.github.merge(second.number)
    asked(team)
    team.declare(group(), APPROVED)
    team.apply("--not-behind").ends(0, "Apply: 1 applied")
    assert asked(team) == 1
    team.declare(TAGGED, APPROVED)
    team.apply().ends(0, "Apply: 1 applied")
    assert asked(team) == 22


def test_how_far_it_was_looked_for_reviews_is_said(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    for _ in range(MOST_COMMITS):
        team.github.push("main")
    asked(team)
    team.refuses().ends(3, f"only the last {MOST_COMMITS} commits were looked at")
    assert asked(team) == MOST_COMMITS


def test_what_was_deployed_since_is_not_reviewed_for_now(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    merged = team.github.merge(pull.number)
    team.github.deploy(DEPLOYMENT, merged, "success")
    team.github.push("main")
    team.refuses().ends(3, "no reviewed plan was found")


def test_what_nobody_reviewed_is_not_applied_nor_is_the_rest(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    team.declare(TAGGED, APPROVED)
    team.refuses().ends(3, f"it is not in pull request #{pull.number} at ", "nobody reviewed it")


def test_live_drift_since_the_review_is_not_overwritten(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    (live,) = versions(team.sandbox)
    client(team.sandbox).update_model_package(
        ModelPackageArn=live["ModelPackageArn"], ModelApprovalStatus="Rejected"
    )
    team.refuses().ends(3, "or its resource or manifest changed since")


def test_what_is_too_much_for_a_comment_is_read_from_the_run_and_what_differs_is_said(
    team: Team,
) -> None:
    names = [f"group-{number:03}" for number in range(201)]
    team.declare(*map(group, names))
    pull = team.github.open_pull()
    variables = team.github.variables(team.files, pull=pull)
    env = team.cli.env(team.sandbox, **variables)
    team.cli.call("plan", "manifests", "--out", "plan.json", env=env).ends(0)
    team.cli.call("comment", "--plan", "plan.json", "--strict", env=env).ends(0)
    content = (team.cli.folder / "plan.json").read_bytes()
    run = int(variables["GITHUB_RUN_ID"])
    team.github.upload_artifact(run, "plan-registry", {"plan.json": content})
    team.github.merge(pull.number)
    team.declare(group(names[0], "tags: {team: risk}"), *map(group, names[1:]))
    team.refuses().ends(3, 'Tags.team: reviewed no change; now (not set) -> "risk"')
    team.declare(*map(group, names))
    team.apply().ends(0, "Apply: 201 applied.")


def test_a_pull_request_without_a_plan_counts_for_nothing_and_is_named(team: Team) -> None:
    pull = team.open(group(), APPROVED, comment=False)
    team.github.merge(pull.number)
    gap = f"pull request #{pull.number} has no plan comment"
    team.refuses().ends(3, f"why: no reviewed plan was found: {gap}", f"note: {gap}")
    team.refuses("--on-unreviewed", "fail")
    team.apply("--on-unreviewed", "apply").ends(0, "Apply: 1 applied", f"note: {gap}")


def test_a_plan_of_an_older_commit_counts_for_nothing(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.push(pull.branch)
    team.github.merge(pull.number)
    team.refuses().ends(3, "not of its last commit")


def test_a_comment_that_somebody_else_wrote_is_no_review(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    (ours,) = team.github.comments_of(pull.number)
    ours.author = "mallory"
    team.github.merge(pull.number)
    team.refuses().ends(3, "has no plan comment")
    team.apply("--comment-author", "mallory").ends(0)


def test_a_direct_push_is_applied_where_the_approver_was_shown_it(team: Team) -> None:
    team.declare(group(), APPROVED)
    team.github.push("main")
    team.refuses()
    env = team.cli.env(team.sandbox)
    team.cli.call("plan", "manifests", "--out", "gate.json", env=env).ends(0)
    team.apply("--gate", "gate.json", "--on-unreviewed", "gate").ends(0, "Apply: 1 applied")


def test_a_direct_push_is_applied_by_its_digest(team: Team) -> None:
    team.declare(group(), APPROVED)
    team.github.push("main")
    env = team.cli.env(team.sandbox)
    team.cli.call("plan", "manifests", "--out", "plan.json", env=env).ends(0)
    digest = json.loads((team.cli.folder / "plan.json").read_text("utf-8"))["digest"]
    team.apply("--accept-digest", digest[7:27], event="workflow_dispatch").ends(0, "1 applied")


def test_an_older_commit_than_the_deployed_one_is_superseded(team: Team) -> None:
    first = team.open(group(), APPROVED, branch="one")
    older = team.github.merge(first.number)
    newer = team.github.push("main")
    team.github.deploy(DEPLOYMENT, newer, "success")
    result = team.apply("--not-behind", sha=older)
    result.ends(3, f"a later commit was deployed to {DEPLOYMENT} already: {newer[:12]}")
    assert list(team.sandbox.calls) == []
    assert (team.report["code"], team.report["exitCode"]) == ("superseded", 3)
    team.apply("--not-behind", "--deployment", "other", sha=older).ends(0, "1 applied")


def test_the_deployed_commit_itself_is_not_behind(team: Team) -> None:
    sha = team.github.branches["main"]
    team.declare(group(), version())
    team.apply("--not-behind", sha=sha).ends(0, "nothing to do")


def test_another_key_is_another_review(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    team.refuses("--key", "production")


def test_a_github_that_cannot_be_asked_is_no_review(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    token = team.github.token({"contents": "read"})
    result = team.apply(token=token)
    result.ends(1, "permissions: ")
    assert list(team.sandbox.calls) == []
    assert team.report["exitCode"] == 1
    result = team.apply(token="")
    result.ends(64, "there is no token for GitHub")
    assert token not in result.text


# --- the plan beside what was reviewed, for who approves the apply


def compared(team: Team, *options: str, **how: Any) -> Result:
    variables = team.github.variables(team.files, **how)
    env = team.cli.env(team.sandbox, **variables)
    found = team.cli.call("plan", "manifests", "--reviewed-from-pr", *options, env=env)
    team.summary = (team.files / variables["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    return found


def test_a_plan_says_what_of_it_nobody_reviewed(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    compared(team).ends(0, "Review: All of it was reviewed.")
    assert "All of it was reviewed." in team.summary

    team.sandbox.calls.clear()
    team.declare(TAGGED, APPROVED)
    said = compared(team, "--out", "plan.json", "--detailed-exitcode").ends(
        2, "not reviewed  update ModelPackageGroup registry/churn", "why: it is not in pull request"
    )
    assert said.out.rstrip().endswith("Review: Nobody reviewed 1 of 2 changes.")
    assert team.summary.startswith("## Reviewed and fresh")
    assert "`ModelPackageGroup registry/churn`" in team.summary.partition("## reconcile plan")[0]
    document = json.loads((team.cli.folder / "plan.json").read_text("utf-8"))
    (unreviewed,) = document["review"]["unreviewed"]
    assert unreviewed["resource"]["kind"] == "ModelPackageGroup"
    assert unreviewed["digest"] in {each["digest"] for each in document["actions"]}
    assert written(team.sandbox) == []


def test_a_comparison_changes_no_digest_and_such_a_plan_is_a_plan(team: Team) -> None:
    pull = team.open(group(), APPROVED)
    team.github.merge(pull.number)
    compared(team, "--out", "compared.json").ends(0)
    env = team.cli.env(team.sandbox)
    team.cli.call("plan", "manifests", "--out", "bare.json", env=env).ends(0)
    found, bare = (
        json.loads((team.cli.folder / name).read_text("utf-8"))
        for name in ("compared.json", "bare.json")
    )
    assert found["digest"] == bare["digest"]
    assert "review" not in bare
    team.apply("--gate", "compared.json").ends(0, "Apply: 1 applied")


def test_a_github_that_cannot_be_asked_is_a_warning_for_a_plan(team: Team) -> None:
    team.declare(group(), APPROVED)
    token = team.github.token({"contents": "read"})
    said = compared(team, "--out", "plan.json", token=token).ends(
        0, "Review: It is not known what was reviewed.", "permissions: deployments: read"
    )
    assert "::warning title=it is not known what was reviewed::" in said.err
    assert "It is not known what was reviewed" in team.summary
    document = json.loads((team.cli.folder / "plan.json").read_text("utf-8"))
    assert "deployments: read" in document["review"]["trouble"]
    assert token not in said.text + team.summary


def test_json_stays_one_document(team: Team) -> None:
    team.declare(group(), APPROVED)
    said = compared(team, "--format", "json").ends(0)
    assert said.document["review"]["unreviewed"][0]["why"] == "no reviewed plan was found"
    assert "Review: Nobody reviewed 1 of 1 changes" in said.err


def test_a_plan_is_compared_with_files_anywhere(team: Team) -> None:
    env = team.cli.env(team.sandbox)
    team.declare(group(), APPROVED)
    team.cli.call("plan", "manifests", "--out", "seen.json", env=env).ends(0)
    team.cli.call("plan", "manifests", "--reviewed", "seen.json", env=env).ends(0, "All of it")
    team.declare(TAGGED, APPROVED)
    again = team.cli.call("plan", "manifests", "--reviewed", "seen.json", env=env)
    again.ends(0, "nobody reviewed it: it is not in seen.json")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--reviewed-from-pr",), "this is no workflow run of GitHub Actions"),
        (("--deployment", "production"), "--deployment is for --reviewed-from-pr"),
        (("--comment-author", "bot"), "--comment-author is for --reviewed-from-pr"),
        (("--reviewed", "seen.json", "--out", "seen.json"), "would write over"),
    ],
)
def test_options_of_a_plan_that_do_not_go_together_are_wrong_usage(
    team: Team, options: tuple[str, ...], says: str
) -> None:
    (team.cli.folder / "seen.json").write_text("{}")
    team.sandbox.calls.clear()
    env = team.cli.env(team.sandbox)
    team.cli.call("plan", "manifests", *options, env=env).ends(64, says)
    assert list(team.sandbox.calls) == []
