"""Print the table of design section 12. `python -m tests.benchmarks --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from .comments import comment_row
from .offline import help_row, large_row, validate_row
from .online import again_row, apply_row, large_plan_row, limit_row, plan_row
from .policies import policies_row
from .report import Row, json_of, text_of

ROWS: Mapping[str, Callable[[Path, int], Row]] = {
    "help": help_row,
    "validate": validate_row,
    "plan": plan_row,
    "again": again_row,
    "apply": apply_row,
    "limit": limit_row,
    "policies": policies_row,
    "comment": comment_row,
    "large-validate": large_row,
    "large-plan": large_plan_row,
}


@click.command()
@click.option("--only", type=click.Choice(list(ROWS)), multiple=True, help="Only these rows.")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def main(only: tuple[str, ...], runs: int, *, as_json: bool) -> None:
    """Measure against the bounds of design section 12; exit 1 if one is missed.

    Whole processes, medians of RUNS runs that alternate with the peers; calls are counted at the
    served sandbox, which adds the latency. Takes some minutes, on a machine with nothing else to
    do.
    """
    rows = []
    for name in only or ROWS:
        with TemporaryDirectory(prefix="benchmark-") as folder:
            row = ROWS[name](Path(folder), runs)
        rows.append(row)
        click.echo("\n".join(text_of(row)), err=as_json)
    if as_json:
        click.echo(json_of(rows))
    sys.exit(0 if all(row.passed for row in rows) else 1)


if __name__ == "__main__":
    main()
