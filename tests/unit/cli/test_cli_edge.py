"""The edge: whatever happens, words and an exit code, and JSON where JSON was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import explaining
from reconciler.cli.edge import run
from reconciler.errors import ExitCode, ReconcilerError


def broken(_target: str) -> None:
    raise ZeroDivisionError("division by AKIAIOSFODNN7EXAMPLE")


def unreadable(_target: str) -> None:
    raise PermissionError(13, "Permission denied", "plan.json")


def interrupted(_target: str) -> None:
    raise KeyboardInterrupt


def explained(_target: str) -> None:
    raise ReconcilerError("what", why="why", fix="fix")


def test_a_defect_is_one_line_with_a_way_on_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "explain", broken)
    assert run(["explain", "x"]) == ExitCode.FAILURE
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "--debug" in err
    assert "Traceback" not in err
    assert "AKIA" not in err


@pytest.mark.parametrize("arguments", [[], ["access"], ["sandbox"]])
def test_without_a_command_the_help_is_shown_and_the_usage_is_wrong(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert "Commands:" in out + err


def test_debug_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def explode(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reconciler.cli.manifests.read_manifests", explode)
    assert run(["validate", "--debug"]) == ExitCode.FAILURE
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "error: unexpected ZeroDivisionError" in err


def test_an_operating_system_error_names_the_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "explain", unreadable)
    assert run(["explain", "x"]) == ExitCode.FAILURE
    err = capsys.readouterr().err
    assert "plan.json: Permission denied" in err
    assert "fix: see that it exists" in err
    assert "report it" not in err


def test_an_interrupt_ends_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "explain", interrupted)
    assert run(["explain", "x"]) == ExitCode.FAILURE
    assert "Aborted" in capsys.readouterr().err


def test_an_error_has_its_four_parts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "explain", explained)
    run(["explain", "x"])
    assert capsys.readouterr().err == "error: what\n  why: why\n  fix: fix\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "--format", "json", "no-such-folder"],
        ["validate", "--format=json", "no-such-folder"],
        ["validate", "--format", "json", "--nonsense"],
        ["validate", "--format", "json", "empty"],
    ],
)
def test_errors_are_one_json_document_where_json_was_asked_for(
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    code = run(arguments)
    document = json.loads(capsys.readouterr().out)
    assert document["document"] == "error"
    assert document["exitCode"] == code


def test_a_closed_pipe_is_silent() -> None:
    code = "import sys; from reconciler.cli import main; sys.argv[1:] = ['schema']; main()"
    done = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    )
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.close()
    err = done.stderr.read()
    done.stderr.close()
    assert done.wait() == ExitCode.FAILURE
    assert err == b""


def test_a_terminal_that_cannot_say_a_character_gets_an_escape(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: Größe\n", encoding="utf-8")
    code = "import sys; from reconciler.cli import main; sys.argv[1:] = ['validate']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=tmp_path,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == ExitCode.INVALID
    assert b"Gr\\xf6\\xdfe" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["nonsense"], 64)])
def test_the_program_leaves_at_once_with_everything_written(
    arguments: list[str], code: int
) -> None:
    """Broken when leaving without Python's own clean-up loses output or the exit code."""
    program = (
        f"import sys; from reconciler.cli import program; sys.argv[1:] = {arguments}; program()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, env=os.environ, text=True
    )
    assert done.returncode == code
    assert done.stdout.startswith("reconcile") if code == 0 else "nonsense" in done.stderr
