"""A client that reads, and shows what it would write instead of writing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.core.data import Json
from reconciler.github.client import Client
from reconciler.github.run import Run

Show = Callable[[str, str, Mapping[str, Json]], None]
"""Takes the method, the path and the body of a request that is not sent."""

_ANSWER: Mapping[str, Json] = {
    "id": 0,
    "number": 0,
    "node_id": "",
    "html_url": "",
    "state": "open",
    "user": {"login": ""},
}


class Rehearsal(Client):
    """Reads as any client. A write answers with what was to be written."""

    def __init__(self, run: Run, show: Show) -> None:
        super().__init__(run)
        self._show = show

    def send(self, method: str, path: str, data: Mapping[str, Json], *, needs: str) -> Json:
        """Show a request."""
        del needs
        self._show(method, f"/repos/{self.repository}/{path}", data)
        return {**_ANSWER, **data}

    def mutate(self, text: str, *, needs: str = "", **variables: Json) -> Json:
        """Show a mutation: its name and its variables."""
        del needs
        self._show("POST", "/graphql", {"query": " ".join(text.split()), "variables": variables})
        return {}
