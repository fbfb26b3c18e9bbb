"""Pull requests, and which of them were merged between two commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.data import Json
from reconciler.github.client import Client
from reconciler.github.faults import InvalidRequestError, NotFoundError
from reconciler.github.reading import items, maybe_text, number, text
from reconciler.github.run import member

READ: Final = "pull-requests: read"
CONTENTS: Final = "contents: read"
NOTHING: Final = "0" * 40
"""What an event gives as the commit before a branch's first."""

_SHORT: Final = 12
_MOST_COMMITS: Final = 1000


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `head` is the last commit of its branch, `base` the branch it is for."""

    number: int
    head: str
    base: str
    is_open: bool
    is_merged: bool

    @property
    def words(self) -> str:
        """Return the name of the pull request at its last commit, for people."""
        return f"pull request #{self.number} at {self.head[:_SHORT]}"


class Relation(StrEnum):
    """What one commit is to another, seen from the other: GitHub's words."""

    AHEAD = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"
    IDENTICAL = "identical"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a commit relates to an earlier one, and the first-parent line between them.

    `line` are the commits that a branch had at its tip, newest first, without the earlier commit.
    """

    relation: Relation
    line: tuple[str, ...]


def pull(client: Client, wanted: int) -> Pull:
    """Return one pull request."""
    return _pull(client.get(f"pulls/{wanted}", needs=READ))


def pulls_with(client: Client, sha: str) -> Sequence[Pull]:
    """Return the pull requests that a commit belongs to, whatever way they were merged."""
    try:
        return tuple(_pull(each) for each in client.pages(f"commits/{sha}/pulls", needs=READ))
    except (NotFoundError, InvalidRequestError):  # the commit is not known there
        return ()


def compare(client: Client, base: str, head: str) -> Comparison | None:
    """Return how `head` relates to `base`; `None` where GitHub does not know one of them."""
    try:
        first = client.get(f"compare/{base}...{head}", needs=CONTENTS, per_page="1")
        relation = Relation(text(first, "status"))
        if relation is not Relation.AHEAD and relation is not Relation.DIVERGED:
            return Comparison(relation, ())
        parents = dict(_commits(client, base, head))
    except NotFoundError:
        return None
    return Comparison(relation, tuple(_line(parents, head)))


def _commits(client: Client, base: str, head: str) -> Iterator[tuple[str, str]]:
    """Yield each commit between two, with its first parent."""
    found = client.pages(f"compare/{base}...{head}", key="commits", needs=CONTENTS)
    for number_of, each in enumerate(found):
        if number_of == _MOST_COMMITS:  # fewer are reviewed then, so less is applied
            return
        parents = items(each, "parents")
        yield text(each, "sha"), text(parents[0], "sha") if parents else ""


def _line(parents: Mapping[str, str], head: str) -> Iterator[str]:
    """Yield the commits that were the tip of a branch in turn: first parents, newest first."""
    sha = head
    while sha in parents:
        yield sha
        sha = parents[sha]


def merged_with(client: Client, commits: Sequence[str], branch: str) -> Sequence[Pull]:
    """Return the pull requests that some commits merged into a branch, each once."""
    found = {
        each.number: each
        for sha in commits
        for each in pulls_with(client, sha)
        if each.is_merged and each.base == branch
    }
    return tuple(found.values())


def _pull(data: Json) -> Pull:
    return Pull(
        number=number(data, "number"),
        head=text(data, "head", "sha"),
        base=text(data, "base", "ref"),
        is_open=text(data, "state") == "open",
        is_merged=bool(maybe_text(data, "merged_at")) or member(data, "merged") is True,
    )
