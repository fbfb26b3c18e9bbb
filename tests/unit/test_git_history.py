"""Which change of a manifest came last, from a real repository, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from git import Actor, Repo

from reconciler.core.provenance import Change
from reconciler.git.history import last_change

JANE, EVE = Actor("Jane Doe", "jane@example.org"), Actor("Eve", "eve@example.org")


class Checkout:
    """A repository to commit files to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with Repo.init(folder, initial_branch="main"):
            pass

    def commit(self, name: str, subject: str = "change", author: Actor = JANE) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.read_text() if path.exists() else ''}{subject}\n")
        with Repo(self.folder) as repository:
            repository.index.add([str(path)])
            return repository.index.commit(subject, author=author, committer=EVE).hexsha

    def git(self, *args: str) -> str:
        with Repo(self.folder) as repository:
            done = repository.git.execute(
                ["git", "-c", "user.name=Eve", "-c", "user.email=eve@example.org", *args]
            )
            return str(done)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "repository")


def test_each_file_has_its_own_change(checkout: Checkout) -> None:
    one = checkout.commit("manifests/a.yaml", "one (#12)")
    two = checkout.commit("manifests/b.yaml", "two", EVE)
    assert last_change(checkout.folder / "manifests/a.yaml") == Change(one, "Jane Doe", 12)
    assert last_change(checkout.folder / "manifests/b.yaml") == Change(two, "Eve")


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("approve churn (#12)", 12),
        ("Merge pull request #34 from acme/approve", 34),
        ("Revert 'x (#1)' (#2)", 2),
        ("see #12", None),
        ("(#12) approve", None),
        ("approve (#012)", None),
        ("approve (#0)", None),
        ("approve (#99999999999)", None),
    ],
)
def test_the_pull_request_is_what_github_writes_into_the_subject(
    checkout: Checkout, subject: str, number: int | None
) -> None:
    commit = checkout.commit("a.yaml", subject)
    assert last_change(checkout.folder / "a.yaml") == Change(commit, "Jane Doe", number)


def test_of_a_merged_branch_the_author_is_the_branchs_and_the_number_the_merges(
    checkout: Checkout,
) -> None:
    checkout.commit("other.yaml")
    checkout.git("checkout", "-q", "-b", "topic")
    commit = checkout.commit("a.yaml", "approve")
    checkout.git("checkout", "-q", "main")
    checkout.commit("other.yaml", "unrelated (#7)")
    checkout.git("merge", "-q", "--no-ff", "-m", "Merge pull request #12 from acme/topic", "topic")
    checkout.commit("other.yaml", "unrelated (#13)")
    assert last_change(checkout.folder / "a.yaml") == Change(commit, "Jane Doe", 12)


def test_a_file_that_differs_from_its_commit_has_nobodys_name(checkout: Checkout) -> None:
    checkout.commit("a.yaml", "one (#12)")
    head = checkout.commit("b.yaml", "two (#13)")
    (checkout.folder / "a.yaml").write_text("edited\n")
    (checkout.folder / "new.yaml").write_text("new\n")
    for name in ("a.yaml", "new.yaml"):
        assert last_change(checkout.folder / name) == Change(head, dirty=True)
    assert last_change(checkout.folder / "b.yaml") == Change(head, "Jane Doe", 13)


def test_what_a_shallow_clone_does_not_know_is_not_made_up(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.commit("a.yaml", "one (#12)")
    checkout.commit("b.yaml", "two (#13)")
    head = checkout.commit("c.yaml", "three (#14)")
    clone = tmp_path / "clone"
    origin = checkout.folder.resolve().as_uri()
    Repo.clone_from(origin, clone, depth=2, no_local=True).close()
    assert last_change(clone / "a.yaml") == Change(head)
    assert last_change(clone / "b.yaml") == Change(head), "its commit is where history is cut off"
    assert last_change(clone / "c.yaml") == Change(head, "Jane Doe", 14)


def test_names_that_look_like_something_else_are_inert(checkout: Checkout) -> None:
    author = Actor("eve], #99] [Git \u202effff --exec=x", "eve@example.org")
    for name in ("--output=x.yaml", ":(glob)x.yaml", ":!a.yaml", "a [b] * ?.yaml", "HEAD"):
        commit = checkout.commit(name, "--pretty=x (#12)", author)
        change = last_change(checkout.folder / name)
        assert change == Change(commit, "eve , 99 Git ffff --exec=x", 12)
    assert not (checkout.folder / "x.yaml").exists()


def test_the_repositorys_own_log_settings_change_nothing(checkout: Checkout) -> None:
    commit = checkout.commit("a.yaml", "one (#12)")
    for key, value in (
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("color.ui", "always"),
        ("i18n.logOutputEncoding", "utf-16"),
        ("format.pretty", "fuller"),
        ("log.follow", "true"),
    ):
        checkout.git("config", key, value)
    assert last_change(checkout.folder / "a.yaml") == Change(commit, "Jane Doe", 12)


def test_no_repository_no_commit_and_no_file_are_fine(checkout: Checkout, tmp_path: Path) -> None:
    assert last_change(tmp_path / "a.yaml") is None
    assert last_change(checkout.folder / "a.yaml") is None
    head = checkout.commit("b.yaml")
    assert last_change(checkout.folder / "nowhere.yaml") == Change(head)


def test_no_git_is_fine(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.commit("a.yaml")
    monkeypatch.setattr("git.Git.GIT_PYTHON_GIT_EXECUTABLE", "/nowhere/git")
    assert last_change(checkout.folder / "a.yaml") is None
