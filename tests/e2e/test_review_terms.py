"""On which terms an apply in a pipeline goes on: each row of the review rule, by the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_support import Cli, Result, client, environment, group, version, versions, written

from reconciler.cli import recording
from reconciler.sandbox.calls import Call
from reconciler.sandbox.server import SandboxServer

APPLY = ("apply", "manifests", "--yes", "--out", "report.json")
TAGGED = group("churn", "tags: {team: risk}")
APPROVED = version("churn-v1", "approval: {status: Approved}")


class Pipeline:
    """Manifests, a live registry, and the commands of a pipeline."""

    def __init__(self, cli: Cli, sandbox: SandboxServer) -> None:
        self.cli = cli
        self.sandbox = sandbox
        self.env = cli.env(sandbox)

    def declare(self, *texts: str) -> None:
        self.cli.write(environment(), *texts)

    def plan(self, out: str, *options: str) -> str:
        """Write a plan to a file and return its digest."""
        (self.cli.folder / out).parent.mkdir(parents=True, exist_ok=True)
        self.cli.call("plan", "manifests", "--out", out, *options, env=self.env).ends(0)
        return str(self.read(out)["digest"]).removeprefix("sha256:")

    def apply(self, *options: str) -> Result:
        self.sandbox.calls.clear()
        return self.cli.call(*APPLY, *options, env=self.env)

    def refuses(self, *options: str, code: str = "unreviewed") -> Result:
        """Apply, and assert that nothing was written and that report and exit code agree."""
        result = self.apply(*options).ends(3, "Not what was reviewed: nothing was written.")
        assert written(self.sandbox) == []
        report = self.read("report.json")
        assert (report["document"], report["code"]) == ("report", code)
        assert report["summary"]["stale"] > 0
        assert report["summary"]["applied"] == 0
        return result

    def applies(self, *options: str) -> Result:
        result = self.apply(*options).ends(0)
        report = self.read("report.json")
        assert (report["document"], report["code"]) == ("report", "")
        return result

    def read(self, name: str) -> Any:
        return json.loads((self.cli.folder / name).read_text("utf-8"))


@pytest.fixture
def pipeline(cli: Cli, sandbox: SandboxServer) -> Pipeline:
    """A live group with one version; what is declared now is tagged and approved."""
    made = Pipeline(cli, sandbox)
    made.declare(group(), version())
    cli.call("apply", "manifests", "--yes", env=made.env).ends(0)
    made.declare(TAGGED, APPROVED)
    return made


# --- the table


def test_row_the_plan_is_what_was_reviewed(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    pipeline.applies("--reviewed", "plan.json").ends(0, "Apply: 2 applied, 1 unchanged.")


def test_row_a_retry_after_a_partial_failure_does_the_rest(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    pipeline.sandbox.faults.deny("UpdateModelPackage")
    pipeline.apply("--reviewed", "plan.json").ends(1, "1 applied", "1 failed")
    pipeline.sandbox.faults.clear()
    result = pipeline.applies("--reviewed", "plan.json")
    result.ends(0, "Apply: 1 applied", "note: already done: update ModelPackageGroup")
    assert pipeline.read("report.json")["remarks"] == [
        "already done: update ModelPackageGroup registry/churn"
    ]
    assert written(pipeline.sandbox) == ["UpdateModelPackage"]


def test_row_another_pull_request_has_done_part_of_it(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    pipeline.applies("--kind", "ModelPackageGroup")
    pipeline.applies("--reviewed", "plan.json").ends(
        0, "already done: update ModelPackageGroup registry/churn"
    )
    assert written(pipeline.sandbox) == ["UpdateModelPackage"]


def test_row_the_union_of_several_merged_pull_requests(pipeline: Pipeline) -> None:
    pipeline.plan("plans/12/plan.json", "--kind", "ModelPackageGroup")
    pipeline.plan("plans/13/plan.json", "--kind", "ModelPackage")
    pipeline.refuses("--reviewed", "plans/12")
    pipeline.refuses("--reviewed", "plans/13/plan.json")
    pipeline.applies("--reviewed", "plans").ends(0, "Apply: 2 applied")


def test_row_live_drift_since_the_review(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    (live,) = versions(pipeline.sandbox)
    client(pipeline.sandbox).update_model_package(
        ModelPackageArn=live["ModelPackageArn"], ModelApprovalStatus="Rejected"
    )
    result = pipeline.refuses("--reviewed", "plan.json")
    differs = (
        'ModelApprovalStatus: reviewed "PendingManualApproval" -> "Approved"; '
        'now "Rejected" -> "Approved"'
    )
    result.ends(3, "the live resource changed since", f"note: {differs}")
    (stale,) = (each for each in pipeline.read("report.json")["outcomes"] if each["remarks"])
    assert stale["remarks"] == [differs]
    assert versions(pipeline.sandbox)[0]["ModelApprovalStatus"] == "Rejected"


def test_row_an_operation_that_nobody_reviewed(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    pipeline.declare(TAGGED, APPROVED, version("churn-v2"))
    result = pipeline.refuses("--reviewed", "plan.json")
    result.ends(3, "stale     create", "nobody reviewed it: it is not in plan.json", "2 skipped")


def test_row_no_reviewed_plan_and_that_fails(pipeline: Pipeline) -> None:
    (pipeline.cli.folder / "plans").mkdir()
    pipeline.refuses("--reviewed", "plans").ends(3, "why: no reviewed plan was found")


def test_row_no_reviewed_plan_and_the_approver_was_shown_it(pipeline: Pipeline) -> None:
    (pipeline.cli.folder / "plans").mkdir()
    pipeline.plan("gate.json")
    gate = ("--gate", "gate.json", "--on-unreviewed", "gate")
    pipeline.applies("--reviewed", "plans", *gate).ends(0, "the approver was shown gate.json")


def test_row_no_reviewed_plan_and_everything_is_applied(pipeline: Pipeline) -> None:
    (pipeline.cli.folder / "plans").mkdir()
    result = pipeline.applies("--reviewed", "plans", "--on-unreviewed", "apply")
    result.ends(0, "note: 2 operations that nobody reviewed: no reviewed plan was found")


def test_row_a_review_that_lacks_something_is_not_no_review(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json", "--kind", "ModelPackageGroup")
    pipeline.refuses("--reviewed", "plan.json", "--on-unreviewed", "apply")


def test_row_the_right_digest_is_accepted(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json", "--kind", "ModelPackageGroup")
    digest = pipeline.plan("fresh.json")
    result = pipeline.applies("--reviewed", "plan.json", "--accept-digest", digest[:12])
    result.ends(0, "Apply: 2 applied", "1 operation that nobody reviewed, accepted by the digest")


def test_row_the_digest_alone_is_accepted(pipeline: Pipeline) -> None:
    digest = pipeline.plan("fresh.json")
    pipeline.applies("--accept-digest", f"sha256:{digest.upper()}")


def test_row_a_wrong_digest_is_not_accepted(pipeline: Pipeline) -> None:
    digest = pipeline.plan("plan.json", "--kind", "ModelPackageGroup")
    result = pipeline.refuses("--reviewed", "plan.json", "--accept-digest", digest)
    result.ends(3, f"--accept-digest {digest} is not of this plan")
    pipeline.refuses("--accept-digest", digest).ends(3, "no plan with a digest that was given by")


@pytest.mark.parametrize("digest", ["0123456789a", "not-a-digest", "0" * 65, ""])
def test_row_a_digest_that_is_too_short_or_none_is_wrong_usage(
    pipeline: Pipeline, digest: str
) -> None:
    result = pipeline.apply("--accept-digest", digest)
    result.ends(64, "is not a plan's digest; give at least the first 12 of its hex digits")
    assert pipeline.read("report.json")["exitCode"] == 64
    assert list(pipeline.sandbox.calls) == []


def test_row_the_gate_shows_another_plan(pipeline: Pipeline) -> None:
    pipeline.plan("gate.json", "--kind", "ModelPackageGroup")
    digest = pipeline.plan("plan.json")
    for more in ((), ("--on-unreviewed", "gate"), ("--accept-digest", digest)):
        result = pipeline.refuses(
            "--reviewed", "plan.json", "--gate", "gate.json", *more, code="gate"
        )
        result.ends(3, "the approver was not shown it: it is not in gate.json")
    pipeline.refuses("--gate", "gate.json", code="gate")


# --- what is left as it is


def test_a_review_is_no_consent(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json")
    pipeline.sandbox.calls.clear()
    result = pipeline.cli.call(
        "apply", "manifests", "--reviewed", "plan.json", "--out", "report.json", env=pipeline.env
    )
    result.ends(64, "apply asks for confirmation", "add --yes")
    assert written(pipeline.sandbox) == []
    assert pipeline.read("report.json")["exitCode"] == 64


def test_a_guards_refusal_comes_first(pipeline: Pipeline) -> None:
    pipeline.plan("plan.json", "--kind", "ModelPackageGroup")
    pipeline.apply("--reviewed", "plan.json", "--max-changes", "1").ends(4)
    assert written(pipeline.sandbox) == []
    assert pipeline.read("report.json")["code"] == ""


# --- files


def test_the_plan_that_is_applied_is_written_too(pipeline: Pipeline) -> None:
    pipeline.applies("--plan-out", "fresh.json")
    assert pipeline.read("fresh.json")["summary"]["update"] == 1
    assert pipeline.read("fresh.json")["digest"] == pipeline.read("report.json")["planDigest"]


def test_invalid_manifests_are_the_reason_in_the_file(pipeline: Pipeline) -> None:
    pipeline.cli.write("kind: Nonsense\n")
    pipeline.apply().ends(5)
    error = pipeline.read("report.json")
    assert (error["document"], error["exitCode"], error["code"]) == ("error", 5, "invalid")
    assert "manifests/all.yaml:1:" in error["why"]


def test_missing_credentials_are_the_reason_in_the_file(pipeline: Pipeline) -> None:
    pipeline.env = pipeline.cli.env(pipeline.sandbox, account=None)
    result = pipeline.apply()
    assert pipeline.read("report.json")["exitCode"] == result.code != 0


def test_wrong_usage_is_the_reason_in_the_file(pipeline: Pipeline) -> None:
    pipeline.apply("--nonsense").ends(64)
    error = pipeline.read("report.json")
    assert (error["document"], error["exitCode"]) == ("error", 64)
    assert "nonsense" in error["what"]


def test_a_report_that_cannot_be_written_is_known_before_anything_else_is(
    pipeline: Pipeline,
) -> None:
    pipeline.sandbox.calls.clear()
    result = pipeline.cli.call(
        "apply", "manifests", "--yes", "--out", "no/such/report.json", env=pipeline.env
    )
    result.ends(1, "no/such/report.json")
    assert list(pipeline.sandbox.calls) == []


def test_a_report_that_cannot_be_written_in_the_end_is_still_told(pipeline: Pipeline) -> None:
    path = pipeline.cli.folder / "report.json"

    def full(_call: Call) -> None:
        path.unlink()
        path.mkdir()

    pipeline.sandbox.faults.before(full, "AddTags")
    result = pipeline.apply("--format", "json").ends(1, "the report could not be written")
    assert result.document["summary"]["applied"] == 2


def test_a_killed_apply_leaves_word_that_it_did_not_end(pipeline: Pipeline) -> None:
    path = pipeline.cli.folder / "report.json"
    recording.begin(path)
    error = pipeline.read("report.json")
    assert (error["code"], error["exitCode"]) == ("unfinished", 1)
    recording.begin(None)


@pytest.mark.parametrize("more", [(), ("--nonsense",), ("--on-unreviewed", "bogus")])
@pytest.mark.parametrize(
    "options",
    [
        ("--reviewed", "plan.json", "--out", "plan.json"),
        ("--gate=plan.json", "--out=./plan.json"),
        ("--reviewed", ".", "--out", "plan.json"),
        ("--plan-out", "plan.json", "--out", "plan.json"),
        ("--reviewed", "plan.json", "--plan-out", "plan.json"),
    ],
)
def test_what_was_reviewed_is_never_written_over(
    pipeline: Pipeline, options: tuple[str, ...], more: tuple[str, ...]
) -> None:
    pipeline.plan("plan.json")
    before = _content(pipeline.cli.folder)
    result = pipeline.cli.call("apply", "manifests", "--yes", *options, *more, env=pipeline.env)
    result.ends(64, *([] if more else ["would write over what another option names: "]))
    assert _content(pipeline.cli.folder) == before


def _content(folder: Path) -> bytes:
    return (folder / "plan.json").read_bytes()


# --- wrong combinations


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--on-unreviewed", "apply"), "add --reviewed or --reviewed-from-pr"),
        (("--on-unreviewed", "gate", "--gate", "plan.json"), "says nothing without a review"),
        (("--reviewed", "plan.json", "--on-unreviewed", "gate"), "fix: add --gate FILE"),
        (("--deployment", "production"), "is for --reviewed-from-pr and --not-behind"),
        (("--comment-author", "bot", "--not-behind"), "is for --reviewed-from-pr"),
        (("--pull-request", "0"), "--pull-request"),
        (("--reviewed-from-pr",), "this is no workflow run of GitHub Actions"),
        (("--not-behind",), "name what was reviewed with --reviewed FILE"),
        (("--gate", "manifests"), "is a directory"),
        (("--reviewed", "nowhere"), "'nowhere' does not exist"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    pipeline: Pipeline, options: tuple[str, ...], says: str
) -> None:
    pipeline.plan("plan.json")
    pipeline.apply(*options).ends(64, says)
    assert list(pipeline.sandbox.calls) == []
    assert pipeline.read("report.json")["exitCode"] == 64


def test_several_environments_have_no_deployment_in_common(pipeline: Pipeline) -> None:
    pipeline.declare(
        environment(name="production"), group(), group("fraud", environment="production")
    )
    result = pipeline.apply("--not-behind")
    result.ends(64, "it is not known whose deployments to look up", "--deployment NAME")
