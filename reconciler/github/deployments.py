"""What was last applied where, as GitHub's deployments say.

A job with `environment: NAME` has a deployment; a job that ends well gives it a `success`, and a
later success of the environment makes the earlier one `inactive`. So the last success is the newest
deployment that has a `success` among all its statuses.
See https://docs.github.com/en/rest/deployments/deployments
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from reconciler.github.client import Client
from reconciler.github.pulls import Relation, compare
from reconciler.github.reading import number, text

NEEDS: Final = "deployments: read"
_MOST: Final = 100
_SUCCESS: Final = "success"


def last_success(client: Client, environment: str) -> str | None:
    """Return the commit of an environment's last successful deployment, if there is one."""
    listed = client.pages("deployments", environment=environment, needs=NEEDS)
    for each in islice(listed, _MOST):
        statuses = client.pages(f"deployments/{number(each, 'id')}/statuses", needs=NEEDS)
        if any(text(status, "state") == _SUCCESS for status in statuses):
            return text(each, "sha")
    return None


def newer_success(client: Client, environment: str, sha: str) -> str | None:
    """Return the commit of the last success if it came after `sha`, else `None`."""
    last = last_success(client, environment)
    return last if last is not None and comes_after(client, last, sha) else None


def comes_after(client: Client, later: str, sha: str) -> bool:
    """Say whether one commit came after another.

    A history that was rewritten since has no after: then nothing is behind.
    """
    if later == sha:
        return False
    found = compare(client, later, sha)
    return found is not None and found.relation is Relation.BEHIND
