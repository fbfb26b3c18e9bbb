"""Peer of `reconcile --help`: a click program with as many commands that do nothing."""

from __future__ import annotations

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option("1.0", prog_name="bare")
def bare() -> None:
    """Do nothing, with the same look.

    Exit codes: 0 done or no changes, 1 failure, 2 changes pending (plan --detailed-exitcode),
    3 stale or not what was reviewed, 4 refused by a guard, 5 invalid manifests, 64 wrong usage.
    """


for _name in ("validate", "plan", "apply", "explain", "schema", "sandbox", "completion", "version"):
    bare.command(_name, help=f"Do nothing by the name of {_name}.")(lambda: None)


if __name__ == "__main__":
    bare()
