"""The command group, which knows its commands without importing them."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from reconciler import __version__

COMMANDS: Final = {
    "validate": "Check manifests offline.",
    "plan": "Show what would change in AWS. Writes nothing.",
    "apply": "Carry out what the manifests say.",
    "render": "Show plans, and what became of them, as Markdown.",
    "drift": "Show how AWS differs from Git. Writes nothing.",
    "targets": "Print the environments to plan, as a job matrix.",
    "access": "Ask who can use which version, and what the reconciler needs.",
    "explain": "Explain a kind, a field or a problem code.",
    "schema": "Print or write JSON Schemas for editors and tools.",
    "sandbox": "Run, inspect or reset the embedded AWS.",
    "completion": "Print the shell completion script.",
    "version": "Print the version.",
}
"""Every command in the order of the help, with its one-line help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of their use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or nothing if there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to run; a name that does not exist gets a suggestion."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}.{_suggestion(name)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that help imports none of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def examples(*lines: str) -> str:
    r"""Return a help epilog that shows commands as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {text}" for text in lines)


CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=LazyGroup,
    context_settings=CONTEXT,
    epilog=examples(
        "reconcile validate manifests",
        "reconcile plan manifests --environment production",
        "reconcile apply --sandbox manifests",
    ),
)
@click.version_option(__version__, prog_name="reconcile")
def reconcile() -> None:
    """Keep the Amazon SageMaker Model Registry as your manifests in Git say.

    Exit codes: 0 done or no changes, 1 failure, 2 changes or drift (with --detailed-exitcode),
    3 stale or not what was reviewed, 4 refused by a guard, 5 invalid manifests, 64 wrong usage.
    """
