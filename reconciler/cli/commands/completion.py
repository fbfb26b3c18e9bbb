"""`reconcile completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reconciler.cli.edge import PROGRAM
from reconciler.cli.group import examples

_INSTALL = {
    "bash": 'Put `eval "$(reconcile completion bash)"` into ~/.bashrc (bash 4.4 or later).',
    "zsh": 'Put `eval "$(reconcile completion zsh)"` into ~/.zshrc, after compinit.',
    "fish": "reconcile completion fish > ~/.config/fish/completions/reconcile.fish",
}


@click.command(
    "completion",
    epilog=examples(
        'eval "$(reconcile completion bash)"',
        "reconcile completion fish > ~/.config/fish/completions/reconcile.fish",
    ),
)
@click.argument("shell", type=click.Choice(list(_INSTALL)))
def command(shell: str) -> None:
    """Print the script that completes commands and options in SHELL.

    Install it by evaluating it in your shell's start-up file.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click cannot complete in {shell}")
    script = kind(click.Command(PROGRAM), {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE")
    click.echo(f"# {_INSTALL[shell]}")
    click.echo(script.source().strip())
