"""What the commands that write to GitHub share: their options, the client, and how they fail."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import click

from reconciler.cli.options import Command, Parameters, Returned, output_of
from reconciler.cli.output import Output
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.core.data import Json
    from reconciler.github.client import Client
    from reconciler.github.faults import GitHubError
    from reconciler.github.run import Run
    from reconciler.render.markdown import Budget


class HostOptions(TypedDict):
    """Which repository of which GitHub, as whom, and whether to write at all."""

    repository: str | None
    api_url: str | None
    comment_author: str | None
    dry_run: bool
    strict: bool
    debug: bool
    verbose: bool


DOCUMENTS: Final = click.Path(path_type=Path)
"""A file that another job left, or a folder of such files; what is not there is said later."""

applied: Final = click.option(
    "--apply", multiple=True, type=DOCUMENTS, metavar="PATH",
    help="What became of an apply, or a folder of that (apply --out).",
)  # fmt: skip
"""Add the option for what became of applies."""


def hosting(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add the options of every command that writes to GitHub."""
    return reduce(lambda made, decorate: decorate(made), reversed(_OPTIONS), command)


def host_output(options: HostOptions) -> Output:
    """Return how to print, and switch diagnostics on as asked."""
    return output_of(
        {
            "output_format": "text",
            "color": "auto",
            "debug": options["debug"],
            "verbose": options["verbose"],
        }
    )


def run_for(options: HostOptions) -> Run:
    """Return the run that we are in, as far as the options do not say otherwise."""
    from reconciler.github.run import run_of

    said: dict[str, str] = {}
    if options["repository"]:
        said["GITHUB_REPOSITORY"] = options["repository"]
    if options["api_url"]:
        said |= {"GITHUB_API_URL": options["api_url"], "GITHUB_GRAPHQL_URL": ""}
    return run_of({**os.environ, **said})


def client_for(run: Run, options: HostOptions, output: Output) -> Client:
    """Return the client: one that only shows what it would write, with --dry-run."""
    from reconciler.github.client import Client
    from reconciler.github.rehearsal import Rehearsal

    if not options["dry_run"]:
        return Client(run)
    return Rehearsal(run, lambda method, path, data: _show(output, method, path, data))


def author_for(client: Client, run: Run, options: HostOptions) -> str:
    """Return the login that what we write has as its author."""
    from reconciler.github.viewer import login_of

    return options["comment_author"] or login_of(client, run.token)


def best_effort(
    write: Callable[[], None], options: HostOptions, instead: Callable[[Budget], str]
) -> ExitCode:
    """Write, and only warn where GitHub does not do it: what is reported has happened anyway.

    Then the text that was to be written, `instead`, goes to the summary of the step.

    Raises:
        GitHubError: with --strict.
    """
    from reconciler.cli.actions import step
    from reconciler.github.faults import GitHubError
    from reconciler.render.lines import line

    try:
        write()
    except GitHubError as error:
        if options["strict"]:
            raise
        _warn(error)
        step().summaries.append(instead)
    if options["dry_run"]:
        Output().remark([line("Nothing of this was sent (--dry-run).")])
    return ExitCode.OK


def _show(output: Output, method: str, path: str, data: Mapping[str, Json]) -> None:
    """Print a request that is not sent: what stands first in its body are its shorter members."""
    from reconciler.render.lines import line

    rest = {name: value for name, value in data.items() if name != "body"}
    body = data.get("body")
    text = body if isinstance(body, str) else ""
    head = [f"{method} {path}", *([json.dumps(rest)] if rest else [])]
    output.data(line(each) for each in [*head, *text.splitlines(), ""])


def _warn(error: GitHubError) -> None:
    """Say what GitHub did not do; in a step, as an annotation as well."""
    from reconciler.cli.actions import step
    from reconciler.render.lines import Span, Style, line
    from reconciler.render.problems import error_lines
    from reconciler.render.workflow_commands import Annotation, Kind

    said = ". ".join(filter(None, [error.what, error.why, error.fix]))
    step().annotations.append(Annotation(Kind.WARNING, "GitHub was not written to", said))
    first = line(Span("warning:", Style.WARNING), " GitHub was not written to")
    Output().remark([first, *error_lines(error)])


_OPTIONS: Final = (
    click.option(
        "--repository", metavar="OWNER/NAME", help="The repository. Default: GITHUB_REPOSITORY."
    ),
    click.option(
        "--api-url", metavar="URL",
        help="The REST API. Default: GITHUB_API_URL, else that of GitHub.com.",
    ),
    click.option(
        "--comment-author", metavar="LOGIN",
        help="Whose texts are ours. Default: whoever GITHUB_TOKEN (or GH_TOKEN) belongs to.",
    ),
    click.option(
        "--dry-run", is_flag=True,
        help="Print what would be sent to GitHub. Reads there, writes nothing.",
    ),
    click.option(
        "--strict", is_flag=True,
        help="Fail if GitHub does not take it. By default that is a warning.",
    ),
    click.option("--debug", is_flag=True, help="As --verbose, and tracebacks."),
    click.option("-v", "--verbose", is_flag=True, help="Log every call on stderr."),
)  # fmt: skip
