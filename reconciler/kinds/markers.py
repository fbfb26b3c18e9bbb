"""The markers by which live resources say who reconciles them and which manifest they are.

On groups and unversioned packages they are tags, on versions customer metadata: both take the
characters of our keys (aws.md section 1.2).
"""

from __future__ import annotations

PREFIX = "reconciler/"
OWNER = "reconciler/owner"
NAME = "reconciler/name"
APPROVAL = "reconciler/approval"
COMMIT = "reconciler/commit"


def stamp_markers(commit: str | None) -> dict[str, str]:
    """Return the marker that is added to any write when the manifests' commit is known."""
    return {COMMIT: commit} if commit else {}
