"""Who we are on GitHub: the login that our comments and issues have as their author."""

from __future__ import annotations

from typing import Final

from reconciler.github.client import Client
from reconciler.github.faults import GitHubError
from reconciler.github.reading import text

ACTIONS: Final = "github-actions[bot]"
_JOB_TOKEN: Final = "ghs_"  # noqa: S105  how every token of an app, hence of a job, begins
_UNAUTHORISED: Final = 401
_VIEWER: Final = "query { viewer { login } }"


def login_of(client: Client, token: str) -> str:
    """Return the login of a token's owner.

    GraphQL knows it for the token of a job and for most others; REST for fine-grained personal
    tokens. A job's token that neither knows is that of GitHub Actions.

    Raises:
        GitHubError: if nobody knows.
    """
    try:
        return text(client.query(_VIEWER), "viewer", "login")
    except GitHubError as error:
        if error.status in (0, None, _UNAUTHORISED):  # no answer, or no such token at all
            raise
    try:
        return text(client.get("/user"), "login")
    except GitHubError as error:
        if token.startswith(_JOB_TOKEN):
            return ACTIONS
        raise GitHubError(
            "it is not known whose token this is",
            why=error.why,
            fix="name the author of the comments: --comment-author LOGIN",
            status=error.status,
        ) from None
