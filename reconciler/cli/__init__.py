"""The `reconcile` command: options in, one call, something printed, an exit code.

Importing this package loads nothing. Commands are imported when they run, and import what they
need when they need it: `reconcile --help` stays as fast as a bare click program.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line of this process and exit with its exit code."""
    import sys

    sys.exit(_run())


def program() -> None:
    """Do as `main` does, then leave without taking every object apart.

    Everything is written and closed by then. Python would visit each of the hundreds of thousands
    of objects of a plan once more before the process may end: up to a third of a second.
    """
    import os
    import sys
    from contextlib import suppress

    code = _run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _run() -> int:
    import gc
    import os
    import sys

    # A short run makes much and drops little: collecting every 700 objects is a quarter of
    # `validate`. Cycles are few, and still collected, so memory stays as it is.
    gc.set_threshold(500_000, 20, 20)

    # Nobody else's pydantic plug-in runs in here; looking for some reads the metadata of every
    # installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

    from reconciler.cli.edge import run

    return run(sys.argv[1:])
