"""The `reconcile` command: options in, one call, something printed, an exit code.

Importing this package loads nothing. Commands are imported when they run, and import what they
need when they need it: `reconcile --help` stays as fast as a bare click program.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line of this process and exit with its exit code."""
    import gc
    import sys

    # A short run makes much and drops little: collecting every 700 objects is a quarter of
    # `validate`. Cycles are still collected, so memory stays as it is.
    gc.set_threshold(100_000, 20, 20)

    from reconciler.cli.edge import run

    sys.exit(run(sys.argv[1:]))
