"""`reconcile schema`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.group import examples

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    "schema",
    epilog=examples(
        "reconcile schema ModelPackage",
        "reconcile schema --write schemas",
        "reconcile schema --check schemas",
        "# yaml-language-server: $schema=../schemas/manifest.schema.json   (in a manifest)",
    ),
)
@click.argument("name", required=False, metavar="[KIND|manifest|known-drift|DOCUMENT]")
@click.option("--write", type=_FOLDER, metavar="DIR", help="Write all schemas into DIR.")
@click.option("--check", type=_FOLDER, metavar="DIR", help="Fail unless DIR is current.")
def command(name: str | None, write: Path | None, check: Path | None) -> None:
    """Print the JSON Schema of a kind of manifest, of any manifest, or of a JSON document.

    Documents: plan, report, drift, access (access check), access-matrix.

    Editors use them for completion once the first line of a manifest names one, see below.
    """
    from reconciler.cli import schemas

    if sum(each is not None for each in (name, write, check)) > 1:
        raise click.UsageError("give one of KIND, --write and --check")
    if write:
        written = schemas.write_all(write)
        click.echo(f"Wrote {len(written)} schemas to {write}.", err=True)
    elif check:
        schemas.check_all(check)
        click.echo(f"The schemas in {check} are current.", err=True)
    else:
        click.echo(schemas.schema_text(name or schemas.ANY), nl=False)
