"""`reconcile validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from reconciler.cli.actions import in_step, step
from reconciler.cli.group import examples
from reconciler.cli.options import PrintingOptions, manifest_paths, output_of, printing
from reconciler.errors import ExitCode


@click.command(
    "validate",
    epilog=examples(
        "reconcile validate",
        "reconcile validate manifests/registry --format json",
    ),
)
@manifest_paths
@printing
@in_step()
def command(paths: tuple[Path, ...], **options: Unpack[PrintingOptions]) -> ExitCode:
    """Check the manifests under PATH, offline and without credentials.

    Default: the folder manifests, if there is one, else the current folder. Everything that
    AWS would refuse and that can be known without AWS is found here, all of it at once.
    """
    from reconciler.cli import verdicts
    from reconciler.cli.manifests import read_manifests, require_any

    output = output_of(options)
    workspace, state = read_manifests(paths)
    code = verdicts.report_problems(state.problems, output)
    if code is not ExitCode.OK:
        return code
    require_any(state, paths)
    if (told := step()).is_there:
        from reconciler.cli.telling import tell_valid

        tell_valid(told, state.problems, workspace)
    if output.is_json:
        output.document(verdicts.problems_text(state.problems))
    else:
        output.data(verdicts.valid_lines(workspace))
    return code
