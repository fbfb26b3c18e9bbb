"""`reconcile render`: which files it takes, what it says about others, where its texts go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli.edge import run
from reconciler.cli.rendering import hidden_texts, setting_of
from reconciler.core.data import digest
from reconciler.errors import ExitCode
from reconciler.render.markdown import LEAST
from reconciler.render.marker import State, parse_marker

HEAD = "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"
CHANGE = {
    "path": "ModelApprovalStatus",
    "before": "PendingManualApproval",
    "after": "Approved",
    "rule": "mutable",
    "sensitive": False,
}
COUNTS = ("create", "update", "approve", "adopt", "delete", "blocked", "unchanged", "refusals")
STATUSES = ("applied", "unchanged", "waiting", "stale", "skipped", "refused", "failed")


def identity(environment: str) -> dict[str, str]:
    return {"environment": environment, "kind": "ModelPackage", "name": "churn-1"}


def a_plan(environment: str = "registry", text: str = "by the board") -> str:
    mine = digest(environment)
    action = {
        "resource": identity(environment),
        "verb": "approve",
        "digest": mine,
        "where": {"path": "manifests/churn.yaml", "line": 7, "column": 1},
        "changes": [CHANGE, CHANGE | {"path": "ApprovalDescription", "after": text}],
    }
    place = {"name": environment, "accountId": "1" * 12, "region": "eu-west-1", "owner": "ml"}
    return json.dumps(
        {
            "document": "plan",
            "formatVersion": "1",
            "toolVersion": "0.1.0",
            "commit": None,
            "digest": digest([mine]),
            "environments": [place],
            "actions": [action],
            "refusals": [],
            "unmanaged": [],
            "summary": dict.fromkeys(COUNTS, 0),
        }
    )


def a_report(environment: str = "registry", status: str = "applied") -> str:
    outcome = {
        "resource": identity(environment),
        "verb": "approve",
        "status": status,
        "where": {"path": "manifests/churn.yaml", "line": 7, "column": 1},
    }
    return json.dumps(
        {
            "document": "report",
            "formatVersion": "1",
            "toolVersion": "0.1.0",
            "commit": None,
            "planDigest": digest([]),
            "interrupted": False,
            "outcomes": [outcome],
            "refusals": [],
            "summary": dict.fromkeys(STATUSES, 0),
        }
    )


def an_error() -> str:
    return json.dumps(
        {
            "document": "error",
            "formatVersion": "1",
            "toolVersion": "0.1.0",
            "what": "no credentials",
            "why": "there are none",
            "fix": "set some",
            "exitCode": 1,
        }
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrote(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


def rendered(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["render", *args]) == ExitCode.OK
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_a_plan_is_a_comment_of_github_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    text = rendered(capsys, wrote("plan.json", a_plan()))
    assert parse_marker(text) is not None
    assert "> [!IMPORTANT]" in text
    assert "<details open>" in text


def test_markdown_for_every_host_has_neither_marker_nor_html(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = rendered(capsys, wrote("plan.json", a_plan()), "--format", "markdown")
    assert text.startswith("## reconcile plan · `registry` · 1 change\n")
    assert "> **Important**" in text
    assert "<" not in text


def test_all_plans_below_a_folder_are_one_text(capsys: pytest.CaptureFixture[str]) -> None:
    wrote("plans/plan-registry/plan.json", a_plan())
    wrote("plans/plan-production/plan.json", a_plan("production"))
    wrote("plans/report-registry/report.json", a_report())
    wrote("plans/other.json", "{}")
    text = rendered(capsys, "plans", "--expect", "training")
    for name in ("registry", "production"):
        assert f"| `{name}` | `111111111111` |" in text
    assert "| `training` | **plan failed, see the job** |" in text


def test_what_became_of_plans_is_beside_them(capsys: pytest.CaptureFixture[str]) -> None:
    plan = wrote("plan.json", a_plan())
    wrote("done/apply-registry/report.json", a_report(status="failed"))
    text = rendered(capsys, plan, "--apply", "done")
    marker = parse_marker(text)
    assert marker is not None
    assert marker.state is State.FAILED
    assert "| approval | ModelPackage `churn-1` |" in text
    assert "**1 change failed**" in text


@pytest.mark.parametrize(
    "path", ["apply-production/report.json", "production/x.json", "report-production.json"]
)
def test_an_early_end_belongs_to_the_environment_that_its_path_names(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = [wrote(f"{name}.json", a_plan(name)) for name in ("production", "pre-production")]
    text = rendered(capsys, *plans, "--apply", wrote(path, an_error()))
    assert "> - `production`: no credentials" in text
    assert "· failed\n" in text


def test_an_early_end_may_belong_to_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    text = rendered(capsys, wrote("p.json", a_plan()), "--apply", wrote("error.json", an_error()))
    assert "> - no credentials" in text


@pytest.mark.parametrize("path", ["plan-production.json", "plans/reconcile-plan-production/x.json"])
def test_why_a_plan_failed_is_said_of_its_environment(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, error = wrote("plan-registry.json", a_plan()), wrote(path, an_error())
    text = rendered(capsys, plan, error, "--expect", "registry,production,training")
    assert "> **2 plans failed**" in text
    assert "> - `production`: the plan failed: no credentials\n>   - why: there are none" in text
    assert "> - `training`: there is no plan, see the job that should have written it" in text
    assert "| `production` | **plan failed** |" in text
    assert "· failed\n" in text


def test_a_failed_plan_needs_no_other_and_no_expectation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = rendered(capsys, wrote("plan-production.json", an_error()))
    assert "## reconcile plan · `production` · failed\n" in text
    assert "> - `production`: the plan failed: no credentials" in text
    assert "No changes" not in text
    only = rendered(capsys, wrote("plan.json", an_error()), "--expect", "training")
    assert "> - `training`: the plan failed: no credentials" in only


def test_the_state_may_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    text = rendered(capsys, wrote("plan.json", a_plan()), "--state", "superseded")
    assert "· superseded\n" in text


def test_options_say_what_links_lead_to(capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://git.example.org/acme/models"
    plan = wrote("plan.json", a_plan())
    text = rendered(capsys, plan, "--repository-url", url, "--head", HEAD, "--base", "0f" * 20)
    assert f"[`manifests/churn.yaml:7`]({url}/blob/{HEAD}/manifests/churn.yaml#L7)" in text
    assert f"base [`0f0f0f0f0f0f`]({url}/commit/" in text


def test_repository_commit_and_run_come_from_githubs_variables() -> None:
    setting = setting_of(
        {
            "GITHUB_REPOSITORY": "acme/models",
            "GITHUB_SHA": HEAD,
            "GITHUB_RUN_ID": "7",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_REF": "refs/heads/main",
        }
    )
    assert setting.repository_url == "https://github.com/acme/models"
    assert setting.run_url == "https://github.com/acme/models/actions/runs/7/attempts/2"
    assert (setting.run, setting.attempt, setting.head) == (7, 2, HEAD)
    assert setting.branch == ""  # what is on main already is not merged once more


def test_values_of_secret_variables_are_hidden(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PASSWORD", "correct horse")
    text = rendered(capsys, wrote("plan.json", a_plan(text="the correct horse it is")))
    assert "correct horse" not in text
    assert "the (sensitive value) it is" in text


def test_short_values_and_other_variables_are_not_hidden() -> None:
    variables = {"GH_TOKEN": "t0k3n-t0k3n", "USE_TOKEN": "true", "HOME": "/home/ada"}
    assert hidden_texts(variables) == {"t0k3n-t0k3n"}


def test_account_ids_are_masked_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    text = rendered(capsys, wrote("plan.json", a_plan()), "--mask-account-ids")
    assert "********1111" in text
    assert "1" * 12 not in text


def test_a_limit_and_a_threshold_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    plan = wrote("plan.json", a_plan(text="\n".join("x" * 99 for _ in range(400))))
    text = rendered(capsys, plan, "--max-chars", str(LEAST), "--expand-lines", "0")
    assert len(text) <= LEAST
    assert "Truncated:" in text
    assert "<details open>" not in text


def test_the_text_may_go_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert rendered(capsys, wrote("plan.json", a_plan()), "--out", "c.md") == ""
    assert parse_marker(Path("c.md").read_text("utf-8")) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "this is no plan: it is not JSON"),
        ("[]", "this is no plan of the reconciler"),
        (a_report(), "this is no plan of the reconciler"),
        (a_plan().replace('"formatVersion": "1"', '"formatVersion": "9"'), "format version"),
        (a_plan().replace('"verb": "approve"', '"verb": "explode"'), "this plan is damaged"),
        (a_plan().replace(digest("registry"), digest("x")), "was edited after it was written"),
    ],
)
def test_a_damaged_or_foreign_plan_is_named(
    text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["render", wrote("some/plan.json", text)]) == ExitCode.INVALID
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: some/plan.json: ")
    assert words in captured.err
    assert "fix: " in captured.err


def test_a_damaged_file_in_a_folder_is_named_too(capsys: pytest.CaptureFixture[str]) -> None:
    wrote("plans/plan.json", a_plan())
    wrote("plans/z.json", "{")
    assert run(["render", "plans"]) == ExitCode.INVALID
    assert "plans/z.json: " in capsys.readouterr().err


def test_a_file_that_is_not_text_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("plan.json").write_bytes(b"\xff\xfe")
    assert run(["render", "plan.json"]) == ExitCode.INVALID
    assert "plan.json: not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{}", a_plan()])
def test_a_foreign_report_is_named(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = wrote("plan.json", a_plan())
    assert run(["render", plan, "--apply", wrote("r.json", text)]) == ExitCode.INVALID
    assert "r.json: this is no report of the reconciler" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["empty"]])
def test_nothing_to_show_is_an_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert run(["render", *arguments]) == ExitCode.INVALID
    assert "there is no plan to show" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["nowhere.json"], ["--max-chars", str(LEAST - 1)], ["--format", "html"]]
)
def test_wrong_usage_ends_with_64(arguments: list[str]) -> None:
    assert run(["render", *arguments]) == ExitCode.USAGE
