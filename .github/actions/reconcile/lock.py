"""Write requirements.txt anew: the runtime dependencies of pyproject.toml, with all hashes.

    python3 -m pip install uv && python3 .github/actions/reconcile/lock.py

What `dev` pins is pinned here too, so that what runs in workflows is what was tested.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
HEAD = """\
# What reconcile runs with, on every supported Python and platform, with the hashes of all files.
# Written by .github/actions/reconcile/lock.py.
"""


def main() -> None:
    """Resolve for every platform, from the oldest Python that is supported."""
    described = tomllib.loads((HERE.parents[2] / "pyproject.toml").read_text("utf-8"))
    project = described["project"]
    wanted = [*project["dependencies"], *described["build-system"]["requires"]]
    pinned = [each for each in project["optional-dependencies"]["dev"] if "==" in each]
    with tempfile.TemporaryDirectory() as folder:
        requested, constraints, locked = (Path(folder, name) for name in ("in", "pins", "out"))
        requested.write_text("\n".join(wanted), encoding="utf-8")
        constraints.write_text("\n".join(pinned), encoding="utf-8")
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
        options += ["--no-header", "--no-annotate", "--no-emit-index-url"]
        command = [sys.executable, "-m", "uv", "pip", "compile", *options]
        subprocess.run(
            [*command, "--constraint", constraints, requested, "--output-file", locked], check=True
        )
        text = locked.read_text("utf-8")
    (HERE / "requirements.txt").write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
