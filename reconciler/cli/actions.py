"""Have commands tell the step of GitHub Actions that they run in how they ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from reconciler.cli.step import Step
from reconciler.errors import ExitCode, ReconcilerError

Parameters = ParamSpec("Parameters")
_Command = Callable[Parameters, ExitCode]


_STEP: ContextVar[Step] = ContextVar("step")


def step() -> Step:
    """Return the step that this command runs in; one that nobody reads outside of Actions."""
    return _STEP.get(None) or Step()


def in_step(**paths: str) -> Callable[[_Command[Parameters]], _Command[Parameters]]:
    """Have a command tell its step how it ended.

    `paths` name the outputs for the files that options name: `out="plan-path"`.
    """

    def decorate(command: _Command[Parameters]) -> _Command[Parameters]:
        @wraps(command)
        def told(*args: Parameters.args, **options: Parameters.kwargs) -> ExitCode:
            if os.environ.get("GITHUB_ACTIONS") != "true":
                return command(*args, **options)
            named = {name: options.get(option) for option, name in paths.items()}
            return _told(lambda: command(*args, **options), named)

        return told

    return decorate


def _told(command: Callable[[], ExitCode], named: dict[str, object]) -> ExitCode:
    import click

    from reconciler.cli.telling import tell_error
    from reconciler.github.run import run_of

    context = click.get_current_context(silent=True)
    name = context.info_name or "" if context else ""
    own = Step(run_of(os.environ))
    token = _STEP.set(own)
    code: int = ExitCode.FAILURE
    try:
        ended = command()
        code = ended
    except ReconcilerError as error:
        code = error.exit_code
        tell_error(own, name, error)
        raise
    else:
        return ended
    finally:
        _STEP.reset(token)
        own.output("exit-code", int(code))
        for output, path in named.items():
            if isinstance(path, Path) and path.exists():
                own.output(output, str(path))
        own.finish()
