"""Which files are read, which are refused, and what is said about each."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from reconciler.core.problem import Problem
from reconciler.manifest import source
from reconciler.manifest.limits import MAX_FILE_BYTES
from reconciler.manifest.source import MissingRoot, read_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder named `m` that is reached by its relative path."""
    monkeypatch.chdir(tmp_path)
    made = Path("m")
    made.mkdir()
    return made


def write(path: Path, content: bytes | str = "a: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def paths(*roots: Path) -> list[str]:
    sources, problems = read_sources(roots)
    assert problems == []
    return [found.path for found in sources]


def problems_of(*roots: Path) -> list[Problem]:
    return read_sources(roots)[1]


def test_manifests_are_found_anywhere_and_sorted(folder: Path) -> None:
    for name in ("z.yaml", "a.yml", "sub/deep/b.yaml", "sub/c.yaml", "Z.yaml", "é.yaml"):
        write(folder / name, name)
    for name in ("README.md", "a.yaml.bak", "yaml", "sub/x.json", "a.YAML"):
        write(folder / name)
    sources, problems = read_sources([folder])
    assert problems == []
    assert [found.path for found in sources] == [
        "m/Z.yaml",
        "m/a.yml",
        "m/sub/c.yaml",
        "m/sub/deep/b.yaml",
        "m/z.yaml",
        "m/é.yaml",
    ]
    assert all(found.path == f"m/{found.text}" for found in sources)


def test_hidden_names_are_skipped_unless_given(folder: Path) -> None:
    for name in (".a.yaml", ".git/b.yaml", "sub/.c/d.yaml"):
        write(folder / name)
    assert paths(folder) == []
    assert paths(folder / ".git", folder / ".a.yaml") == ["m/.a.yaml", "m/.git/b.yaml"]


def test_a_single_file_may_have_any_name(folder: Path) -> None:
    assert paths(write(folder / "manifest.txt")) == ["m/manifest.txt"]


def test_the_current_folder_adds_nothing_to_the_paths(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.yaml")
    monkeypatch.chdir(folder)
    assert paths(Path()) == ["a.yaml"]


def test_a_file_that_is_reached_twice_is_read_once(folder: Path) -> None:
    write(folder / "sub/a.yaml")
    assert paths(folder, folder / "sub", folder / "sub/a.yaml", folder.absolute()) == [
        "m/sub/a.yaml"
    ]


def test_missing_roots_are_all_named(folder: Path) -> None:
    with pytest.raises(MissingRoot) as caught:
        read_sources([folder, folder / "x", Path("y")])
    assert caught.value.roots == (Path("m/x"), Path("y"))
    assert str(caught.value) == "no such file or folder: m/x, y"


def test_links_within_the_folder_are_followed_once(folder: Path) -> None:
    write(folder / "real/a.yaml")
    write(folder / ".data/b.yaml")
    (folder / "1-folder").symlink_to("real")
    (folder / "1-file.yaml").symlink_to("real/a.yaml")
    (folder / "2-hidden.yaml").symlink_to(".data/b.yaml")
    assert paths(folder) == ["m/2-hidden.yaml", "m/real/a.yaml"]


def test_circles_of_links_end(folder: Path) -> None:
    write(folder / "a/b/c.yaml")
    (folder / "a/b/up").symlink_to("..")
    (folder / "a/top").symlink_to(folder.absolute())
    (folder / "self").symlink_to("self")
    assert paths(folder) == ["m/a/b/c.yaml"]


def test_links_that_leave_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside/secret.yaml")
    write(tmp_path / "m-next-to-it/secret.yaml")
    write(folder / "ok.yaml")
    (folder / "folder").symlink_to(tmp_path / "outside")
    (folder / "sibling").symlink_to("../m-next-to-it")
    (folder / "file.yaml").symlink_to("../outside/secret.yaml")
    (folder / "README").symlink_to("../outside/secret.yaml")
    (folder / "in").mkdir()
    (folder / "in/two.yaml").symlink_to("../file.yaml")
    sources, problems = read_sources([folder])
    assert [found.path for found in sources] == ["m/ok.yaml"]
    assert [(problem.code, str(problem.where)) for problem in problems] == [
        ("E102", "m/file.yaml:1:1"),
        ("E102", "m/folder:1:1"),
        ("E102", "m/in/two.yaml:1:1"),
        ("E102", "m/sibling:1:1"),
    ]


def test_a_root_may_be_a_link(folder: Path) -> None:
    write(folder / "a.yaml")
    Path("link").symlink_to("m")
    assert paths(Path("link")) == ["link/a.yaml"]


@pytest.mark.parametrize("name", ["gone.yaml", "circle.yaml"])
def test_links_to_nothing_cannot_be_read(folder: Path, name: str) -> None:
    (folder / "gone.yaml").symlink_to("nothing.yaml")
    (folder / "circle.yaml").symlink_to("circle.yaml")
    codes = {str(problem.where): problem.code for problem in problems_of(folder)}
    assert codes[f"m/{name}:1:1"] == "E101"
    assert [problem.code for problem in problems_of(folder / name)] == ["E101"]


def test_pipes_and_devices_are_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.yaml"))
        found = [(problem.code, problem.where.path) for problem in problems_of(folder)]
    assert found == [("E103", "m/pipe.yaml"), ("E101", "m/socket.yaml")]
    assert [problem.code for problem in problems_of(Path("/dev/zero"))] == ["E103"]


def deny(monkeypatch: pytest.MonkeyPatch, call: str, name: str, number: int) -> None:
    """Let a system call fail for one name, since the superuser may read everything."""
    real = getattr(os, call)

    def denying(path: Path, *arguments: int) -> object:
        if Path(path).name == name:
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *arguments)

    monkeypatch.setattr(os, call, denying)


@pytest.mark.parametrize(
    ("number", "what", "fix"),
    [
        (errno.EACCES, "cannot be read: permission denied", "chmod"),
        (errno.ENOENT, "cannot be read: no such file or directory", "vanished"),
        (errno.EIO, "cannot be read: input/output error", "correct or remove"),
    ],
)
def test_a_file_that_cannot_be_opened_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, what: str, fix: str
) -> None:
    write(folder / "a.yaml")
    write(folder / "b.yaml")
    deny(monkeypatch, "open", "a.yaml", number)
    sources, (problem,) = read_sources([folder])
    assert [found.path for found in sources] == ["m/b.yaml"]
    assert (problem.code, str(problem.where), problem.what) == ("E101", "m/a.yaml:1:1", what)
    assert fix in problem.fix


def test_a_folder_that_cannot_be_listed_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "closed/a.yaml")
    write(folder / "b.yaml")
    deny(monkeypatch, "scandir", "closed", errno.EACCES)
    sources, (problem,) = read_sources([folder])
    assert [found.path for found in sources] == ["m/b.yaml"]
    assert (problem.code, problem.where.path) == ("E101", "m/closed")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_permissions_are_respected(folder: Path) -> None:
    write(folder / "a.yaml").chmod(0)
    assert [problem.code for problem in problems_of(folder)] == ["E101"]


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        (b"a: \xff\n", "1:4", "byte 0xff is not UTF-8"),
        ("é: 1\nbé: ".encode() + b"\xe9\n", "2:5", "byte 0xe9 is not UTF-8"),
        (b"\xef\xbb\xbfa: \xff\n", "1:4", "byte 0xff is not UTF-8"),
        (b"a: \xed\xa0\x80", "1:4", "byte 0xed is not UTF-8"),
        (b"a: \xe2\x82", "1:4", "byte 0xe2 is not UTF-8"),
        ("a: 1".encode("utf-16"), "1:1", "this is UTF-16, not UTF-8"),
        (b"\xfe\xff\x00a", "1:1", "this is UTF-16, not UTF-8"),
    ],
)
def test_other_encodings_are_refused(folder: Path, content: bytes, place: str, what: str) -> None:
    write(folder / "a.yaml", content)
    (problem,) = problems_of(folder)
    assert (problem.code, str(problem.where), problem.what) == ("E105", f"m/a.yaml:{place}", what)


def test_a_byte_order_mark_is_accepted_and_removed(folder: Path) -> None:
    write(folder / "a.yaml", b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    assert read_sources([folder])[0][0].text == "a: é\r\n"


def test_a_file_name_that_is_not_utf_8_can_be_shown(folder: Path) -> None:
    write(folder / os.fsdecode(b"\xff.yaml"))
    assert paths(folder) == ["m/\\udcff.yaml"]


def test_file_size_is_bounded(folder: Path) -> None:
    write(folder / "fits.yaml", b" " * MAX_FILE_BYTES)
    write(folder / "large.yaml", b" " * (MAX_FILE_BYTES + 1))
    sources, (problem,) = read_sources([folder])
    assert [found.path for found in sources] == ["m/fits.yaml"]
    assert (problem.code, str(problem.where)) == ("E104", "m/large.yaml:1:1")


def test_number_of_files_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FILES", 2)
    write(folder / "a.yaml")
    write(folder / "b.yaml")
    assert problems_of(folder) == []
    write(folder / "c/c.yaml")
    assert [problem.code for problem in problems_of(folder)] == ["E104"]


def test_total_size_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_TOTAL_BYTES", 10)
    write(folder / "a.yaml", "a: 12345\n")
    write(folder / "b.yaml", "b: 12345\n")
    sources, (problem,) = read_sources([folder])
    assert [found.path for found in sources] == ["m/a.yaml"]
    assert (problem.code, problem.where.path) == ("E104", "m/b.yaml")
