"""What Git knows about manifests, and that nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from git import Actor, Repo

from reconciler.core.plan import Source
from reconciler.git.source import source_of

SOMEBODY = Actor("Somebody", "somebody@example.org")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "a.yaml").write_text("a: 1\n")
    with Repo.init(tmp_path) as repository:
        repository.index.add(["manifests/a.yaml"])
        repository.index.commit("one", author=SOMEBODY, committer=SOMEBODY)
    return tmp_path


def head(folder: Path) -> str:
    with Repo(folder) as repository:
        return repository.head.commit.hexsha


def test_a_folder_or_file_in_a_repository_has_its_commit(repository: Path) -> None:
    assert source_of([repository / "manifests"]) == Source(head(repository), dirty=False)
    assert source_of([repository / "manifests" / "a.yaml"]) == Source(head(repository), dirty=False)


def test_manifests_that_differ_from_the_commit_are_marked(repository: Path) -> None:
    (repository / "manifests" / "b.yaml").write_text("b: 1\n")
    assert source_of([repository / "manifests"]) == Source(head(repository), dirty=True)


def test_other_files_do_not_matter(repository: Path) -> None:
    (repository / "README").write_text("changed\n")
    assert source_of([repository / "manifests"]) == Source(head(repository), dirty=False)


def test_the_folder_that_places_are_relative_to_is_named(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "manifests")
    assert source_of([Path("a.yaml")]) == Source(head(repository), dirty=False, prefix="manifests/")
    monkeypatch.chdir(repository)
    assert source_of([Path("manifests")]) == Source(head(repository), dirty=False)


def test_no_repository_and_no_commit_are_fine(tmp_path: Path) -> None:
    assert source_of([tmp_path]) is None
    Repo.init(tmp_path).close()
    assert source_of([tmp_path]) is None


def test_no_git_is_fine(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git.Repo.is_dirty", _fails)
    assert source_of([repository / "manifests"]) is None


def _fails(*_arguments: object, **_options: object) -> bool:
    raise FileNotFoundError("git")
