"""The options that several commands share, declared once, and the values they carry."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Final, ParamSpec, TypedDict, TypeVar

import click

from reconciler.cli import values
from reconciler.cli.output import Color, Format, Output

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")
Command = Callable[Parameters, Returned]
Decorator = Callable[[Callable[Parameters, Returned]], Callable[Parameters, Returned]]

SANDBOX_STATE: Final = Path(".reconciler/sandbox")
JOURNAL: Final = Path(".reconciler/journal")
DEFAULT_ROOT: Final = Path("manifests")


class PrintingOptions(TypedDict):
    """How a command prints."""

    output_format: str
    color: str
    debug: bool
    verbose: bool


class ConnectionOptions(PrintingOptions):
    """What every command has that reads manifests and talks to AWS."""

    paths: tuple[Path, ...]
    profile: str | None
    parallelism: int
    sandbox: bool
    sandbox_state: Path | None


class SelectingOptions(ConnectionOptions):
    """Which of the declared resources a command is about."""

    environment: tuple[str, ...]
    kind: tuple[str, ...]
    name: tuple[str, ...]
    label: tuple[tuple[str, str], ...]
    exclude: tuple[str, ...]
    path: tuple[str, ...]


class RunOptions(SelectingOptions):
    """What plan and apply have in common: which resources, and how much may change."""

    max_changes: int | None


class LookupOptions(RunOptions):
    """What says where to look for what was reviewed."""

    reviewed: tuple[Path, ...]
    reviewed_from_pr: bool
    deployment: str | None
    key: str
    comment_author: str | None


class ReviewOptions(LookupOptions):
    """What says which plan may be applied, and where what became of it is written."""

    accept_digest: tuple[str, ...]
    gate: Path | None
    on_unreviewed: str | None
    not_behind: bool
    pull_request: int | None
    out: Path | None
    plan_out: Path | None


class ApplyingOptions(ReviewOptions):
    """What only apply has."""

    yes: bool
    wait: bool
    timeout: float
    journal: Path | None


class DriftOptions(SelectingOptions):
    """What drift is told on the command line."""

    known: Path | None
    detailed_exitcode: bool
    out: Path | None


class DriftRunOptions(DriftOptions, RunOptions):
    """The same, as a plan needs it."""


def output_of(options: PrintingOptions) -> Output:
    """Return how to print, and switch diagnostics on as asked."""
    _log(options)
    return Output(Format(options["output_format"]), Color(options["color"]))


def roots_of(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the paths given, or `manifests` if it exists here, else the current folder."""
    return paths or (DEFAULT_ROOT if DEFAULT_ROOT.is_dir() else Path(),)


def _log(options: PrintingOptions) -> None:
    if not (options["debug"] or options["verbose"]):
        return
    import logging

    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("reconciler").setLevel(logging.DEBUG)


def printing(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add the options that say how to print."""
    return _with(command, _PRINTING)


def running(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add everything that plan and apply share."""
    return _with(command, (_PATHS, *_SELECTION, *_CONNECTION, _MOST, *_PRINTING))


def selecting(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add what a command needs that reads AWS for some of the resources, without `--format`."""
    return _with(command, (_PATHS, *_SELECTION, *_CONNECTION, *_LOOKS))


def planning(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add what `running` adds, with all formats that a plan has."""
    options = (*_SELECTION, *_CONNECTION, _MOST, _PLAN_FORMAT, *_LOOKS)
    return _with(command, (_PATHS, *_COMPARED, *_LOOKUP, *options))


def reviewing(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add the options that say which plan may be applied, and where to write what became of it."""
    return _with(command, (*_REVIEW, *_RECORDS))


def connecting(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add the manifest paths and the options that say which AWS is meant."""
    return _with(command, (_PATHS, *_CONNECTION))


def manifest_paths(command: Command[Parameters, Returned]) -> Command[Parameters, Returned]:
    """Add the manifest folders and files as arguments."""
    return _with(command, (_PATHS,))


def _with(
    command: Command[Parameters, Returned], decorators: tuple[Decorator[..., Returned], ...]
) -> Command[Parameters, Returned]:
    return reduce(lambda made, decorate: decorate(made), reversed(decorators), command)


_PATHS: Final = click.argument(
    "paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]..."
)
_SELECTION: Final = (
    click.option(
        "--environment", "-e", multiple=True, metavar="GLOB", callback=values.comma_list,
        help="Only resources of these environments.",
    ),
    click.option(
        "--kind", multiple=True, metavar="GLOB", callback=values.comma_list,
        help="Only resources of these kinds.",
    ),
    click.option(
        "--name", multiple=True, metavar="GLOB", callback=values.comma_list,
        help="Only resources with these names.",
    ),
    click.option(
        "--label", multiple=True, metavar="KEY=VALUE", callback=values.labels,
        help="Only resources with this label. Repeat to require several.",
    ),
    click.option(
        "--exclude", multiple=True, metavar="GLOB", callback=values.comma_list,
        help="Leave out resources by name, Kind/name or environment/name.",
    ),
    click.option(
        "--path", multiple=True, metavar="GLOB", callback=values.comma_list,
        help="Only resources declared in these files. All manifests are still read.",
    ),
)  # fmt: skip
_CONNECTION: Final = (
    click.option("--profile", metavar="NAME", help="The AWS profile to start from."),
    click.option(
        "--parallelism", type=click.IntRange(1, 64), default=20, show_default=True,
        help="How many calls to make at a time.",
    ),
    click.option("--sandbox", is_flag=True, help="Use the embedded AWS. No account is needed."),
    click.option(
        "--sandbox-state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        help=f"Where the sandbox keeps its state. Default: {SANDBOX_STATE}.",
    ),
)  # fmt: skip
_MOST: Final = click.option(
    "--max-changes", type=click.IntRange(0), metavar="N",
    help="Refuse to change more existing resources than this.",
)  # fmt: skip
_REVIEWED: Final = (
    click.option(
        "--reviewed", multiple=True, type=click.Path(exists=True, path_type=Path), metavar="FILE",
        help="Apply only if all changes are in this plan (plan --out), or in the plans below a "
        "folder; else nothing, exit code 3. Repeat for several.",
    ),
    click.option(
        "--reviewed-from-pr", is_flag=True,
        help="Apply only what the plan comments of the pull requests showed that were merged "
        "since the last successful deployment. For GitHub Actions.",
    ),
)  # fmt: skip
_COMPARED: Final = (
    click.option(
        "--reviewed", multiple=True, type=click.Path(exists=True, path_type=Path), metavar="FILE",
        help="Say which changes are not in this plan (plan --out), or in the plans below a "
        "folder. Repeat for several. The exit code stays the same.",
    ),
    click.option(
        "--reviewed-from-pr", is_flag=True,
        help="Say which changes the plan comments did not show of the pull requests that were "
        "merged since the last successful deployment. For GitHub Actions.",
    ),
)  # fmt: skip
_TERMS: Final = (
    click.option(
        "--accept-digest", multiple=True, metavar="DIGEST", callback=values.digests,
        help="Apply the plan that has this digest, whoever reviewed it. 12 hex digits or more.",
    ),
    click.option(
        "--gate", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
        help="The plan that the approver of this run was shown: nothing else is applied.",
    ),
    click.option(
        "--on-unreviewed", type=click.Choice(["fail", "gate", "apply"]),
        help="What to do about changes that nobody reviewed: fail (the default); take what --gate "
        "shows as reviewed; or, where no reviewed plan is found at all, apply everything.",
    ),
    click.option(
        "--not-behind", is_flag=True,
        help="Refuse, exit code 3, if a later commit was deployed already. For GitHub Actions.",
    ),
)  # fmt: skip
_LOOKUP: Final = (
    click.option(
        "--deployment", metavar="NAME",
        help="The GitHub environment that deployments are looked up in. "
        "Default: reconcile-ENVIRONMENT, where one environment is selected.",
    ),
    click.option(
        "--key", default="all", show_default=True, metavar="KEY",
        help="The key of the plan comments, as given to comment --key.",
    ),
    click.option(
        "--comment-author", metavar="LOGIN", help="Who writes the plan comments. Default: we do.",
    ),
)  # fmt: skip
_REVIEW: Final = (
    *_REVIEWED,
    *_TERMS,
    *_LOOKUP,
    click.option(
        "--pull-request", type=click.IntRange(1), metavar="N",
        help="The pull request to name in approvals whose commit names none.",
    ),
)  # fmt: skip
_RECORDS: Final = (
    click.option(
        "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
        help="Also write the report as JSON, or why there is none: whatever happens.",
    ),
    click.option(
        "--plan-out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
        help="Also write the plan that is applied as JSON.",
    ),
)  # fmt: skip
_LOOKS: Final = (
    click.option(
        "--color", type=click.Choice([each.value for each in Color]),
        default="auto", show_default=True, help="When to colour. NO_COLOR is honoured.",
    ),
    click.option("--debug", is_flag=True, help="As --verbose, and tracebacks."),
    click.option("-v", "--verbose", is_flag=True, help="Log every AWS call on stderr."),
)  # fmt: skip
_FORMAT: Final = click.option(
    "--format", "output_format", type=click.Choice([Format.TEXT.value, Format.JSON.value]),
    default="text", show_default=True, help="What stdout carries.",
)  # fmt: skip
_PLAN_FORMAT: Final = click.option(
    "--format", "output_format", type=click.Choice([each.value for each in Format]),
    default="text", show_default=True,
    help="What stdout carries; markdown is for every host, github has alerts and folds.",
)  # fmt: skip
_PRINTING: Final = (_FORMAT, *_LOOKS)
