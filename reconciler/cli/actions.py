"""What a command tells the step of GitHub Actions that it runs in: outputs, summary, annotations.

Nothing of it happens outside of Actions. Stdout stays what it is elsewhere; annotations go to
stderr, and all at once at the end, since only the first ten of each type are kept.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from reconciler.errors import ExitCode, ReconcilerError

if TYPE_CHECKING:
    from reconciler.core.location import Location
    from reconciler.github.run import Run
    from reconciler.render.markdown import Budget
    from reconciler.render.workflow_commands import Annotation

Parameters = ParamSpec("Parameters")
_Command = Callable[Parameters, ExitCode]


@dataclass(slots=True)
class Step:
    """What is to be told. `run` is `None` outside of Actions: then nothing is.

    `prefix` is the folder of the repository that places are relative to, once it is known.
    """

    run: Run | None = None
    prefix: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    summaries: list[Callable[[Budget], str]] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        """Say whether anybody listens."""
        return self.run is not None

    def output(self, name: str, value: str | int | bool) -> None:  # noqa: FBT001 - a value
        """Set an output of the step."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        self.outputs[name] = text

    def finish(self) -> None:
        """Write everything. What cannot be written is said, and fails nothing."""
        if self.run is None:
            return
        import click

        from reconciler.render.workflow_commands import Annotation, Kind, annotation_lines

        annotations = list(map(self._placed, self.annotations))
        try:
            _append(self.run.output, self._output_text())
            _append(self.run.summary, self._summary_text(self.run.summary))
        except OSError as error:
            message = f"{error.filename}: {error.strerror or error}"
            title = "outputs or summary not written"
            annotations.append(Annotation(Kind.WARNING, title, message))
        for text in annotation_lines(annotations):
            click.echo(text, err=True)

    def _placed(self, annotation: Annotation) -> Annotation:
        """Return an annotation with its place relative to the repository."""
        if annotation.where is None:
            return annotation
        place = self._in_repository(annotation.where)
        if place is None:  # a place elsewhere is part of the message
            message = f"{annotation.where}: {annotation.message}"
            return replace(annotation, where=None, message=message)
        return replace(annotation, where=place)

    def _in_repository(self, where: Location) -> Location | None:
        if self.prefix is None:
            from reconciler.git.source import source_of

            source = source_of((Path(),))
            self.prefix = source.prefix if source else ""
        path = Path(where.path)
        if path.is_absolute():
            workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
            if not path.is_relative_to(workspace):
                return None
            return replace(where, path=path.relative_to(workspace).as_posix())
        shown = posixpath.normpath(f"{self.prefix}{where.path}")
        return None if shown.startswith("../") else replace(where, path=shown)

    def _output_text(self) -> str:
        from uuid import uuid4

        from reconciler.render.workflow_commands import output_entry

        return "".join(
            output_entry(name, value, f"end-{uuid4()}") for name, value in self.outputs.items()
        )

    def _summary_text(self, path: Path | None) -> str:
        """Return the summary, as long as what the step may still say."""
        from reconciler.render.markdown import SUMMARY
        from reconciler.render.markdown.plans import LEAST

        used = path.stat().st_size if path is not None and path.exists() else 0
        text = ""
        for write in self.summaries:
            left = replace(SUMMARY, limit=SUMMARY.limit - used - SUMMARY.size(text) - 1)
            if left.limit < LEAST:
                break
            text += f"{write(left)}\n"
        return text


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


def _append(path: Path | None, text: str) -> None:
    if path is not None and text:
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
