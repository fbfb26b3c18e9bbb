"""Pull requests, and which of them were merged between two commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.data import Json
from reconciler.github.client import PAGE, Client
from reconciler.github.faults import InvalidRequestError, NotFoundError
from reconciler.github.reading import items, maybe_text, number, text
from reconciler.github.run import member

READ: Final = "pull-requests: read"
CONTENTS: Final = "contents: read"
NOTHING: Final = "0" * 40
"""What an event gives as the commit before a branch's first."""

_SHORT: Final = 12


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
    """How a commit relates to an earlier one, and how many commits it has that the other lacks."""

    relation: Relation
    ahead: int = 0


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
        found = client.get(f"compare/{base}...{head}", needs=CONTENTS, per_page="1")
    except NotFoundError:
        return None
    return Comparison(Relation(text(found, "status")), number(found, "total_commits"))


def first_parents(client: Client, base: str, head: str, ahead: int) -> Iterator[str]:
    """Yield the commits that a branch had at its tip, newest first, down to an earlier one.

    `ahead` is how many commits lie between, of which no more are read than somebody asks for:
    GitHub lists them oldest first, so the last page is the first to be read.
    """
    parents: dict[str, str] = {}
    unread = iter(range(-(-ahead // PAGE), 0, -1))
    sha = head
    while sha != base:
        while sha not in parents:
            page = next(unread, None)
            if page is None:  # the line goes on below the commit that both have in common
                return
            parents |= _parents(client, f"compare/{base}...{head}", page)
        yield sha
        sha = parents[sha]


def _parents(client: Client, path: str, page: int) -> Mapping[str, str]:
    """Return the first parents of the commits on one page."""
    found = client.get(path, needs=CONTENTS, per_page=str(PAGE), page=str(page))
    listed = [(text(each, "sha"), items(each, "parents")) for each in items(found, "commits")]
    return {sha: text(parents[0], "sha") if parents else "" for sha, parents in listed}


def merged_with(client: Client, sha: str, branch: str) -> Sequence[Pull]:
    """Return the pull requests that a commit merged into a branch."""
    return tuple(each for each in pulls_with(client, sha) if each.is_merged and each.base == branch)


def _pull(data: Json) -> Pull:
    return Pull(
        number=number(data, "number"),
        head=text(data, "head", "sha"),
        base=text(data, "base", "ref"),
        is_open=text(data, "state") == "open",
        is_merged=bool(maybe_text(data, "merged_at")) or member(data, "merged") is True,
    )
