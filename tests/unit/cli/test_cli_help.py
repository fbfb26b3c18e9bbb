"""Help and usage: every command explains itself, cheaply, and wrong usage says what is right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from reconciler import __version__
from reconciler.cli.edge import run
from reconciler.cli.group import COMMANDS, reconcile
from reconciler.errors import ExitCode

HEAVY = {"boto3", "botocore", "pydantic", "deepdiff", "git", "moto", "yaml", "rich", "werkzeug"}


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Yield the words that call each command, and the command; subcommands too."""
    context = click.Context(reconcile, info_name="reconcile")
    for name in reconcile.list_commands(context):
        command = reconcile.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner, subcommand in command.commands.items():
                yield f"{name} {inner}", subcommand


ALL = dict(every_command())


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(reconcile, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"reconcile {name.split(maxsplit=1)[0]}" in result.output.partition("Examples:")[2]


@pytest.mark.parametrize("name", ALL)
def test_every_option_has_help(name: str) -> None:
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


def test_the_group_lists_every_command_with_its_own_first_line() -> None:
    output = CliRunner().invoke(reconcile, ["--help"]).output
    for name, short in COMMANDS.items():
        assert name in output
        assert short in output
        assert short.endswith(".")


def test_the_help_names_every_exit_code() -> None:
    output = CliRunner().invoke(reconcile, ["--help"]).output
    for code in ExitCode:
        assert f" {code.value} " in output


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from reconciler.cli.edge import run\n"
        f"assert run({arguments!r}) == 0\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    loaded = set(done.stderr.strip("[]\n").replace("'", "").split(", "))
    assert "click" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plam"], "Did you mean 'plan'?"),
        (["nonsense"], "No such command 'nonsense'."),
        (["plan", "--nonsense"], "No such option"),
        (["plan", "--format", "xml"], "'xml' is not one of"),
        (["plan", "--label", "team"], "write key=value"),
        (["plan", "--parallelism", "0"], "0 is not in the range"),
        (["apply", "--timeout", "soon"], "write 90s, 30m or 1h30m"),
        (["apply", "--reviewed", "no-such-plan.json"], "does not exist"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["schema", "plan", "--write", "x"], "give one of"),
        (["explain", "Nonsense"], "there is no kind 'Nonsense'"),
        (["explain", "ModelPackage.aproval"], "did you mean 'approval'?"),
        (["validate", "no-such-folder"], "no-such-folder"),
        (["plan", "--sandbox", "--profile", "x"], "do not go together"),
        (["plan", "--sandbox-state", "x"], "add --sandbox"),
        (["schema", "Nonsense"], "there is no schema 'Nonsense'"),
    ],
)
def test_wrong_usage_is_64_and_says_what_is_right(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: os.PathLike[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_says_how_to_install_it(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert script.startswith("# ")
    assert f"_RECONCILE_COMPLETE={shell}_complete" in script
