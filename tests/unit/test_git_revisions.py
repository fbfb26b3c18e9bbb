"""Manifests at a revision: from Git's store, within bounds, and only what is in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from git import Actor, Repo

from reconciler.errors import ReconcilerError, UsageError
from reconciler.git.revisions import Bounds, Revision, files_at

SOMEBODY = Actor("Somebody", "somebody@example.org")
MANY = Bounds(100, 10_000, 100_000)
SUFFIXES = (".yaml", ".yml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "manifests" / "deep").mkdir(parents=True)
    (folder / "manifests" / ".hidden").mkdir()
    for name, text in {
        "a.yaml": "a: 1\n",
        "deep/b.yml": "b: 1\n",
        ".hidden/c.yaml": "c: 1\n",
        "notes.txt": "x\n",
    }.items():
        (folder / "manifests" / name).write_text(text)
    (folder / "secret.yaml").write_text("s: 1\n")
    (folder / "manifests" / "link.yaml").symlink_to("../secret.yaml")
    commit(folder, "one")
    return folder


def commit(folder: Path, message: str) -> str:
    with Repo.init(folder) as repository:
        repository.git.add("--all")
        made = repository.index.commit(message, author=SOMEBODY, committer=SOMEBODY)
        return made.hexsha


def at(revision: str, *roots: Path, bounds: Bounds = MANY) -> Revision:
    return files_at(revision, roots, suffixes=SUFFIXES, bounds=bounds)


def texts(found: Revision, folder: Path) -> dict[str, str]:
    return {str(Path(f.path).relative_to(folder)): f.content.decode() for f in found.files}


def test_the_manifests_of_a_folder_without_links_and_hidden_ones(repository: Path) -> None:
    folder = repository / "manifests"
    found = at("HEAD", folder)
    assert texts(found, folder) == {"a.yaml": "a: 1\n", "deep/b.yml": "b: 1\n"}
    assert found.is_whole
    with Repo(repository) as repo:
        assert found.commit == repo.head.commit.hexsha


def test_what_was_there_then_not_what_is_there_now(repository: Path) -> None:
    folder = repository / "manifests"
    (folder / "a.yaml").unlink()
    (folder / "new.yaml").write_text("n: 1\n")
    commit(repository, "two")
    (folder / "deep" / "b.yml").write_text("b: 2\n")
    assert texts(at("HEAD~1", folder), folder) == {"a.yaml": "a: 1\n", "deep/b.yml": "b: 1\n"}
    assert texts(at("HEAD", folder), folder) == {"deep/b.yml": "b: 1\n", "new.yaml": "n: 1\n"}


def test_places_are_named_as_the_roots_are(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "manifests")
    assert [each.path for each in at("HEAD", Path()).files] == ["a.yaml", "deep/b.yml"]
    assert [each.path for each in at("HEAD", Path("deep"), Path("a.yaml")).files] == [
        "a.yaml",
        "deep/b.yml",
    ]
    assert [each.path for each in at("HEAD", Path("deep/b.yml")).files] == ["deep/b.yml"]


def test_a_folder_that_did_not_exist_then_has_no_files(repository: Path) -> None:
    (repository / "later").mkdir()
    assert at("HEAD", repository / "later").files == ()


def test_a_whole_repository(repository: Path) -> None:
    assert "secret.yaml" in texts(at("HEAD", repository), repository)


@pytest.mark.parametrize("bounds", [Bounds(1, 100, 100), Bounds(9, 4, 100), Bounds(9, 100, 9)])
def test_more_than_the_bounds_is_not_read_and_said(repository: Path, bounds: Bounds) -> None:
    found = at("HEAD", repository / "manifests", bounds=bounds)
    assert not found.is_whole
    assert len(found.files) < 2


@pytest.mark.parametrize(
    "revision", ["nope", "HEAD~9", "f" * 40, "HEAD:manifests", "a b", "HEAD^{"]
)
def test_a_revision_that_does_not_exist_says_how_to_get_it(repository: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="there is no revision") as caught:
        at(revision, repository / "manifests")
    assert "fetch-depth: 0" in caught.value.fix


@pytest.mark.parametrize("revision", ["-x", "--output=x", ""])
def test_a_revision_is_no_option(repository: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="is not a revision"):
        at(revision, repository / "manifests")
    assert not Path("x").exists()


def test_a_shallow_clone_is_said_to_be_one(repository: Path, tmp_path: Path) -> None:
    (repository / "manifests" / "a.yaml").write_text("a: 2\n")
    commit(repository, "two")
    shallow = tmp_path / "shallow"
    Repo.clone_from(f"file://{repository}", shallow, depth=1).close()
    with pytest.raises(UsageError) as caught:
        at("HEAD~1", shallow / "manifests")
    assert caught.value.why == "this is a shallow clone: most commits are not in it"


def test_what_is_outside_of_the_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with pytest.raises(UsageError, match="is outside of the repository"):
        at("HEAD", repository / "manifests", outside)
    with pytest.raises(UsageError, match="is not in a Git repository"):
        at("HEAD", outside)


def test_a_damaged_store_is_told_not_thrown(repository: Path) -> None:
    with Repo(repository) as repo:
        blob = (repo.head.commit.tree / "manifests" / "a.yaml").hexsha
    stored = repository / ".git" / "objects" / blob[:2] / blob[2:]
    stored.chmod(0o600)
    stored.unlink()
    with pytest.raises(ReconcilerError, match="Git cannot read the manifests"):
        at("HEAD", repository / "manifests")
