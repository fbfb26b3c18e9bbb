"""What counts as reviewed: merged since the last success, in our comment, of the last commit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from fake_github import ACTIONS, FakeGitHub
from fake_github_records import Pull
from github_support import a_body, a_client, a_run
from hosted import a_plan, an_update, plan_text

from reconciler.core.review import Review, short
from reconciler.errors import InvalidInputError, ReconcilerError
from reconciler.github import artifacts
from reconciler.github.artifacts import plan_documents, unpacked
from reconciler.github.client import Client
from reconciler.github.deployments import last_success, newer_success
from reconciler.github.faults import GitHubError
from reconciler.github.pulls import Comparison, Relation, compare, first_parents, merged_with, pull
from reconciler.github.reviews import MOST_COMMITS, Enough, MergedReview, merged_review, pulls_of
from reconciler.render.document import error_document, parse_plan_document, to_json
from reconciler.render.markdown.marking import whole_digest
from reconciler.render.marker import State

PRODUCTION = "reconcile-production"


@pytest.fixture
def client(any_github: FakeGitHub) -> Iterator[Client]:
    with a_client(any_github) as found:
        yield found


def reviewed(
    github: FakeGitHub,
    client: Client,
    before: str = "",
    deployment: str | None = None,
    is_enough: Enough | None = None,
) -> MergedReview:
    run = a_run(github, event={"before": before} if before else {})
    since = last_success(client, deployment) if deployment else None
    return merged_review(
        client, run, key="all", since=since, author=None, is_enough=is_enough or never
    )


def never(_review: Review) -> bool:
    return False


def a_pull(github: FakeGitHub, branch: str, *operations: str, state: State = State.PLANNED) -> Pull:
    """Open a pull request with a plan comment of its commit."""
    made = github.open_pull(branch=branch)
    body = a_body(head=made.head, operations=operations, places=(f"place {branch}",), state=state)
    github.comment(made.number, body, ACTIONS)
    return made


# --- commits


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_found_by_its_commit(
    any_github: FakeGitHub, client: Client, style: str
) -> None:
    made = any_github.open_pull()
    any_github.push("feature")
    sha = any_github.merge(made.number, style)
    (found,) = merged_with(client, sha, "main")
    assert (found.number, found.head, found.is_merged) == (made.number, made.head, True)
    assert merged_with(client, sha, "other") == ()
    assert merged_with(client, "f" * 40, "main") == ()


def test_an_open_pull_request_with_the_commit_is_not_merged(
    any_github: FakeGitHub, client: Client
) -> None:
    made = any_github.open_pull()
    assert pull(client, made.number).is_open
    assert merged_with(client, made.head, "main") == ()


def test_commits_are_compared(any_github: FakeGitHub, client: Client) -> None:
    first = any_github.branches["main"]
    second = any_github.push("main")
    other = any_github.push("other", parents=[first])
    assert compare(client, first, second) == Comparison(Relation.AHEAD, 1)
    assert compare(client, second, first) == Comparison(Relation.BEHIND)
    assert compare(client, second, second) == Comparison(Relation.IDENTICAL)
    assert compare(client, second, other) == Comparison(Relation.DIVERGED, 1)
    assert compare(client, "f" * 40, first) is None


def test_only_first_parents_are_walked_over_all_pages_newest_first(
    any_github: FakeGitHub, client: Client
) -> None:
    first = any_github.branches["main"]
    made = any_github.open_pull()
    for _ in range(120):
        any_github.push("feature")
    merged = any_github.merge(made.number)
    tips = [any_github.push("main") for _ in range(110)]
    found = compare(client, first, tips[-1])
    assert found is not None
    line = first_parents(client, first, tips[-1], found.ahead)
    any_github.requests.clear()
    assert next(line) == tips[-1]
    assert len(any_github.requests) == 1
    assert tuple(line) == (*reversed(tips[:-1]), merged)
    assert len(any_github.requests) == 2


def test_the_line_of_a_branch_ends_where_both_have_parted(
    any_github: FakeGitHub, client: Client
) -> None:
    first = any_github.branches["main"]
    any_github.push("main")
    other = any_github.push("other", parents=[first])
    assert tuple(first_parents(client, any_github.branches["main"], other, 1)) == (other,)
    assert tuple(first_parents(client, any_github.branches["main"], first, 0)) == ()


# --- deployments


def test_the_last_success_is_the_newest_that_ever_succeeded(
    any_github: FakeGitHub, client: Client
) -> None:
    assert last_success(client, PRODUCTION) is None
    shas = [any_github.push("main") for _ in range(4)]
    any_github.deploy(PRODUCTION, shas[0], "in_progress", "success")
    any_github.deploy(PRODUCTION, shas[1], "queued", "in_progress", "success", "inactive")
    any_github.deploy(PRODUCTION, shas[2], "in_progress", "failure")
    any_github.deploy(PRODUCTION, shas[3], "in_progress")
    any_github.deploy("reconcile-staging", shas[3], "success")
    assert last_success(client, PRODUCTION) == shas[1]


def test_a_commit_is_behind_when_a_later_one_was_applied(
    any_github: FakeGitHub, client: Client
) -> None:
    old, new = any_github.push("main"), any_github.push("main")
    other = any_github.push("other", parents=[old])
    assert newer_success(client, PRODUCTION, old) is None
    any_github.deploy(PRODUCTION, new, "success")
    assert newer_success(client, PRODUCTION, old) == new
    assert newer_success(client, PRODUCTION, new) is None
    assert newer_success(client, PRODUCTION, any_github.push("main")) is None
    assert newer_success(client, PRODUCTION, other) is None
    assert newer_success(client, "reconcile-staging", old) is None


# --- reviews


def test_all_pull_requests_since_the_last_success_count(
    any_github: FakeGitHub, client: Client
) -> None:
    zero = a_pull(any_github, "zero", "0" * 16)
    applied = any_github.merge(zero.number, "squash")
    any_github.deploy(PRODUCTION, applied, "success")
    one, two = a_pull(any_github, "one", "1" * 16), a_pull(any_github, "two", "2" * 16)
    first = any_github.merge(one.number, "merge")
    any_github.deploy(PRODUCTION, first, "failure")
    any_github.merge(two.number, "squash")
    found = reviewed(any_github, client, first, PRODUCTION)
    assert found.review.digests == {"1" * 16, "2" * 16}
    assert found.review.places == {"place one", "place two"}
    assert set(found.review.sources) == {
        f"pull request #{each.number} at {each.head[:12]}" for each in (one, two)
    }
    assert found.gaps == ()
    pushed = reviewed(any_github, client, first)
    assert pushed.review.digests == {"2" * 16}


def test_without_an_earlier_success_and_an_event_only_the_commit_counts(
    any_github: FakeGitHub, client: Client
) -> None:
    a = a_pull(any_github, "one", "1" * 16)
    b = a_pull(any_github, "two", "2" * 16)
    any_github.merge(a.number)
    any_github.merge(b.number)
    for before in ("", "0" * 40, "f" * 40):
        found = reviewed(any_github, client, before, PRODUCTION)
        assert found.review.digests == {"2" * 16}


def test_a_commit_that_was_applied_already_still_has_its_own_review(
    any_github: FakeGitHub, client: Client
) -> None:
    made = a_pull(any_github, "one", "1" * 16)
    any_github.deploy(PRODUCTION, any_github.merge(made.number), "success")
    assert reviewed(any_github, client, "", PRODUCTION).review.digests == {"1" * 16}


def test_a_push_without_a_pull_request_was_reviewed_by_nobody(
    any_github: FakeGitHub, client: Client
) -> None:
    before = any_github.branches["main"]
    any_github.push("main")
    assert reviewed(any_github, client, before) == MergedReview(Review())


def test_a_pull_request_without_a_plan_comment_is_named(
    any_github: FakeGitHub, client: Client
) -> None:
    before = any_github.branches["main"]
    one, bare = a_pull(any_github, "one", "1" * 16), any_github.open_pull(branch="bare")
    any_github.merge(one.number)
    any_github.merge(bare.number)
    found = reviewed(any_github, client, before)
    assert found.review.digests == {"1" * 16}
    assert found.gaps == (f"pull request #{bare.number} has no plan comment",)


def test_a_forged_comment_does_not_count(any_github: FakeGitHub, client: Client) -> None:
    made = any_github.open_pull()
    body = a_body(head=made.head, operations=("6" * 16,))
    any_github.comment(made.number, body, "octocat")
    any_github.merge(made.number)
    found = reviewed(any_github, client)
    assert found.review.digests == frozenset()
    assert len(found.gaps) == 1


def test_a_plan_of_an_earlier_commit_does_not_count(any_github: FakeGitHub, client: Client) -> None:
    made = a_pull(any_github, "one", "1" * 16)
    planned = made.head
    any_github.push("one")
    any_github.merge(made.number)
    found = reviewed(any_github, client)
    assert found.review == Review()
    assert f"is of {planned[:12]}, not of its last commit {made.head[:12]}" in found.gaps[0]


@pytest.mark.parametrize("state", list(State))
def test_what_was_reviewed_stays_so_whatever_became_of_it(
    any_github: FakeGitHub, client: Client, state: State
) -> None:
    made = a_pull(any_github, "one", "1" * 16, state=state)
    any_github.merge(made.number)
    assert reviewed(any_github, client).review.digests == {"1" * 16}


def test_an_applys_own_comment_on_a_pull_request_without_a_plan_is_no_review(
    any_github: FakeGitHub, client: Client
) -> None:
    made = any_github.open_pull()
    body = a_body(head="", operations=("6" * 16,), state=State.FAILED)
    any_github.comment(made.number, body, ACTIONS)
    any_github.merge(made.number)
    found = reviewed(any_github, client)
    assert found.review == Review()
    assert found.gaps == (f"pull request #{made.number} has no plan comment",)


# --- no further than is needed


def asked(github: FakeGitHub, what: str) -> int:
    """Return how many requests were made of some path since this was asked last."""
    found = sum(what in each.path for each in github.requests)
    github.requests.clear()
    return found


def test_no_commit_is_looked_at_once_all_is_reviewed(
    any_github: FakeGitHub, client: Client
) -> None:
    old = any_github.branches["main"]
    any_github.deploy(PRODUCTION, old, "success")
    for number in range(30):
        any_github.merge(a_pull(any_github, f"b{number}", f"{number:016}").number, "squash")
    any_github.requests.clear()
    found = reviewed(any_github, client, "", PRODUCTION, lambda _review: True)
    assert found.review.digests == {f"{29:016}"}
    assert len(any_github.requests) <= 6  # deployment, statuses, commit, viewer, comments
    assert asked(any_github, "/pulls") == 1
    wanted = f"{26:016}"
    found = reviewed(any_github, client, "", PRODUCTION, lambda review: wanted in review.digests)
    assert found.review.digests == {f"{number:016}" for number in range(26, 30)}
    assert asked(any_github, "/pulls") == 4


def test_a_gap_beyond_what_was_needed_is_not_told(any_github: FakeGitHub, client: Client) -> None:
    before = any_github.branches["main"]
    bare, one = any_github.open_pull(branch="bare"), a_pull(any_github, "one", "1" * 16)
    any_github.merge(bare.number)
    any_github.merge(one.number)
    found = reviewed(any_github, client, before, None, lambda review: "1" * 16 in review.digests)
    assert found.gaps == ()
    assert [each.number for each in found.pulls] == [one.number]
    found = reviewed(any_github, client, before)
    assert found.gaps == (f"pull request #{bare.number} has no plan comment",)


def test_the_walk_is_bounded_and_says_so(any_github: FakeGitHub, client: Client) -> None:
    old = any_github.branches["main"]
    any_github.merge(a_pull(any_github, "one", "1" * 16).number)
    tips = [any_github.push("main") for _ in range(MOST_COMMITS - 1)]
    any_github.requests.clear()
    assert reviewed(any_github, client, old).review.digests == {"1" * 16}
    assert asked(any_github, "/pulls") == MOST_COMMITS
    any_github.push("main")
    found = reviewed(any_github, client, old)
    assert found.review == Review()
    assert asked(any_github, "/pulls") == MOST_COMMITS
    assert f"only the last {MOST_COMMITS} commits" in found.gaps[0]
    assert pulls_of(client, a_run(any_github, event={"before": tips[-1]})) == ()


# --- artifacts


PLAN = plan_text(a_plan(an_update()))
OTHER = plan_text(a_plan(an_update(environment="staging"), environment="staging"))
FAILED = to_json(error_document(ReconcilerError("the plan failed")))
BOTH = whole_digest([parse_plan_document(each) for each in (PLAN, OTHER)])


def a_large_pull(github: FakeGitHub, digest: str = BOTH, **files: str) -> Pull:
    """Open a pull request whose plan is only in the artifacts of its run."""
    made = github.open_pull()
    run = github.start_run(event="pull_request", pull=made)
    for name, text in (files or {"registry": PLAN, "staging": OTHER}).items():
        github.upload_artifact(run, f"plan-{name}", {"plan.json": text, "notes.txt": "x"})
    body = a_body(run, head=made.head, operations=None, digest=digest)
    github.comment(made.number, body, ACTIONS)
    github.merge(made.number)
    return made


def test_a_plan_that_is_too_large_for_its_comment_is_taken_from_the_artifacts(
    any_github: FakeGitHub, client: Client
) -> None:
    made = a_large_pull(any_github)
    found = reviewed(any_github, client)
    assert found.gaps == ()
    assert found.review.digests == {
        short(an_update(environment=each).digest) for each in ("registry", "staging")
    }
    assert len(found.review.places) == 2
    assert {each.changes[0].after for each in found.review.operations} == {'"Approved"'}
    assert found.review.sources == (f"pull request #{made.number} at {made.head[:12]}",)
    assert any_github.leaks == []


def test_artifacts_that_the_comment_does_not_show_do_not_count(
    any_github: FakeGitHub, client: Client
) -> None:
    a_large_pull(any_github, BOTH, registry=PLAN)
    found = reviewed(any_github, client)
    assert found.review == Review()
    assert "not the plans that the comment shows" in found.gaps[0]


def test_artifacts_that_are_gone_or_broken_do_not_count(
    any_github: FakeGitHub, client: Client
) -> None:
    a_large_pull(any_github, BOTH, registry=PLAN.replace("Approved", "Rejected"), staging="{}")
    found = reviewed(any_github, client)
    assert found.review == Review()
    assert "too large for its comment" in found.gaps[0]
    for each in any_github.artifacts.values():
        each.is_expired = True
    assert reviewed(any_github, client).review == Review()


@pytest.mark.parametrize("wrong", ["head", "event", "repository"])
def test_artifacts_of_another_run_are_not_taken(
    any_github: FakeGitHub, client: Client, wrong: str
) -> None:
    made = any_github.open_pull(fork="mallory" if wrong == "repository" else "")
    event = "push" if wrong == "event" else "pull_request"
    run = any_github.start_run(event=event, pull=made, sha=made.head)
    any_github.upload_artifact(run, "plan", {"plan.json": PLAN})
    head = "f" * 40 if wrong == "head" else made.head
    with pytest.raises(GitHubError, match="did not plan"):
        plan_documents(client, run, head=head)
    assert not [each for each in any_github.requests if "artifacts" in each.path]


def test_only_plans_are_unpacked(any_github: FakeGitHub, client: Client) -> None:
    made = any_github.open_pull()
    run = any_github.start_run(event="pull_request", pull=made)
    files = {"a/plan.json": PLAN, "../../plan.json.sh": "x", "report.json": "{}", "plan.txt": "x"}
    any_github.upload_artifact(run, "plan", files)
    any_github.upload_artifact(run, "plan-failed", {"plan-failed.json": FAILED})
    any_github.upload_artifact(run, "coverage", {"plan.json": "not a plan"})
    (found,) = plan_documents(client, run, head=made.head)
    assert found == parse_plan_document(PLAN)


def test_of_several_attempts_the_newest_artifact_counts(
    any_github: FakeGitHub, client: Client
) -> None:
    made = any_github.open_pull()
    run = any_github.start_run(event="pull_request", pull=made)
    any_github.upload_artifact(run, "plan", {"plan.json": PLAN})
    any_github.upload_artifact(run, "plan", {"plan.json": OTHER})
    (found,) = plan_documents(client, run, head=made.head)
    assert found == parse_plan_document(OTHER)


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = packed({"plan.json": bytes(5_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(InvalidInputError) as error:
        list(unpacked(bomb, "plan", 1_000_000))
    assert "too large" in error.value.why
    several = packed({f"{index}/plan.json": bytes(400_000) for index in range(3)})
    with pytest.raises(InvalidInputError):
        list(unpacked(several, "plan", 1_000_000))
    lying = packed({"plan.json": bytes(5_000_000)}).replace(
        (5_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little")
    )
    with pytest.raises(InvalidInputError):
        list(unpacked(lying, "plan", 1_000_000))


def test_what_is_no_zip_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match="no plan that can be used"):
        list(unpacked(b"PK nonsense", "plan", 100))
    monkeypatch.setattr(artifacts, "_MOST_MEMBERS", 2)
    with pytest.raises(InvalidInputError) as error:
        list(unpacked(packed({str(index): b"" for index in range(3)}), "plan", 100))
    assert "members" in error.value.why
