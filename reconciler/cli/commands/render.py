"""`reconcile render`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import click

from reconciler.cli import values
from reconciler.cli.group import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render.contract import PlanDocument, ReportDocument
    from reconciler.render.markdown import EarlyEnd, Setting

_LEAST: Final = 8_000
_SOURCE: Final = click.Path(exists=True, path_type=Path)
_STATES: Final = ("planned", "applying", "applied", "failed", "superseded")


class _Options(TypedDict):
    """What surrounds the text, where it is not as GitHub's variables say."""

    expect: tuple[str, ...]
    state: str | None
    key: str
    expand_lines: int
    mask_account_ids: bool
    repository_url: str | None
    head: str | None
    base: str | None


@click.command(
    "render",
    epilog=examples(
        "reconcile render plan.json",
        "reconcile render plans --format github --out comment.md",
        "reconcile render plan.json --apply report.json --format markdown",
        "reconcile render plan.json --mask-account-ids --max-chars 30000",
    ),
)
@click.argument("plans", nargs=-1, type=_SOURCE, metavar="[PLAN]...")
@click.option(
    "--apply",
    "reports",
    multiple=True,
    type=_SOURCE,
    metavar="REPORT",
    help="What became of the plans: a report, or a folder of them. Repeat for several.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["markdown", "github"]),
    default="github",
    show_default=True,
    help="Markdown for every host, or with GitHub's alerts and folds.",
)
@click.option(
    "--max-chars",
    type=click.IntRange(_LEAST),
    default=60_000,
    show_default=True,
    help="How long the text may be, in UTF-16 units. GitHub takes 65,536.",
)
@click.option(
    "--expand-lines",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="Unfold the diffs if they have at most so many lines.",
)
@click.option("--mask-account-ids", is_flag=True, help="Show only the last 4 digits of accounts.")
@click.option(
    "--expect",
    multiple=True,
    metavar="ENVIRONMENT",
    callback=values.comma_list,
    help="Show these environments as failed where no plan covers them.",
)
@click.option(
    "--state", type=click.Choice(_STATES), help="How far things are. Default: as the files say."
)
@click.option("--key", default="all", show_default=True, help="What the hidden marker is to say.")
@click.option("--repository-url", metavar="URL", help="The page of the repository, for links.")
@click.option("--head", metavar="COMMIT", help="The commit that links lead to.")
@click.option("--base", metavar="COMMIT", help="The commit that the change goes on top of.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the text here instead of on stdout.",
)
def command(
    *,
    plans: tuple[Path, ...],
    reports: tuple[Path, ...],
    output_format: str,
    max_chars: int,
    out: Path | None,
    **options: Unpack[_Options],
) -> None:
    """Show plans, and what became of them, as Markdown. Reads files only.

    PLAN is a file that `reconcile plan --out FILE` wrote, or a folder of them; why a plan failed
    is shown as well. Repository, commits
    and run are taken from GitHub's variables where they are set. What does not fit is left out in
    whole blocks, and counted; deletions and approvals go last.
    """
    from reconciler.cli import documents, rendering
    from reconciler.cli.output import Format
    from reconciler.render.markdown import Dialect, render_plans

    found = documents.plans_in(plans)
    unplanned = documents.unplanned_in(plans, found, options["expect"])
    named = [part.name for plan in found for part in plan.environments]
    named += [each.environment for each in unplanned if each.environment]
    ended = rendering.read_reports(reports, [*named, *options["expect"]])
    _require_something([*found, *unplanned], ended, options["expect"])
    dialect = rendering.dialect_of(Format(output_format))
    rendered = render_plans(
        found,
        _setting(rendering.setting_of(os.environ), ended, options),
        reports=ended,
        unplanned=unplanned,
        limit=max_chars,
        dialect=dialect,
        marker=dialect is Dialect.GITHUB,
    )
    if out:
        out.write_text(rendered.text, encoding="utf-8")
    else:
        from reconciler.render.inert import no_commands_in

        click.echo(no_commands_in(rendered.text), nl=False)


def _require_something(
    plans: Sequence[PlanDocument | EarlyEnd],
    reports: Sequence[ReportDocument | EarlyEnd],
    expected: Sequence[str],
) -> None:
    from reconciler.errors import InvalidInputError

    if not (plans or reports or expected):
        raise InvalidInputError(
            "there is no plan to show",
            why="neither the files nor the folders that were given hold one",
            fix="write one with `reconcile plan --out plan.json`, and give that file",
        )


def _setting(
    found: Setting, reports: Sequence[ReportDocument | EarlyEnd], options: _Options
) -> Setting:
    """Return the setting of the run, with what the options say instead."""
    from reconciler.render.markdown import state_of
    from reconciler.render.marker import State

    state = options["state"]
    return replace(
        found,
        key=options["key"],
        repository_url=options["repository_url"] or found.repository_url,
        head=options["head"] or found.head,
        base=options["base"] or found.base,
        state=State(state) if state else state_of(reports),
        expected=options["expect"],
        mask_accounts=options["mask_account_ids"],
        expand_lines=options["expand_lines"],
    )
