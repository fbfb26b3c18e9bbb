"""One comment per pull request and key: found again by marker and author, and kept up to date.

listed -> own (author, marker at the start, subject, key) -> the newest -+- newer than ours: leave
                                                                        +- same text: leave
                                                                        +- else: update
                                                                        +- none: create
The other own ones are duplicates, and minimised once. What anybody else wrote is never touched,
whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from reconciler.core.data import Json
from reconciler.github.client import PAGE, Client
from reconciler.github.faults import AmbiguousWriteError, GitHubError, NotFoundError
from reconciler.github.reading import items, maybe_text, number, text
from reconciler.github.run import member
from reconciler.render.marker import Marker, State, parse_marker

WRITE: Final = "pull-requests: write"
READ: Final = "pull-requests: read"
SETTLING_SECONDS: Final = 3.0
"""How long to wait before looking whether a lost comment is there after all."""

_MINIMISED: Final = """
query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Minimizable { isMinimized } } }
"""
_MINIMISE: Final = """
mutation ($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
    minimizedComment { isMinimized }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `node` is its identity in GraphQL."""

    identity: int
    node: str
    author: str
    body: str
    url: str

    @property
    def marker(self) -> Marker | None:
        """Return the marker at the start of the text, if there is one."""
        return parse_marker(self.body)


class CommentHost(Protocol):
    """Where comments are kept. Another host than GitHub is another implementation."""

    @property
    def longest(self) -> int:
        """Return how many characters a comment may have."""

    def whoami(self) -> str:
        """Return the login of the author of what we write."""

    def list(self, pull: int) -> Sequence[Comment]:
        """Return all comments, oldest first."""

    def create(self, pull: int, body: str) -> Comment:
        """Write a comment. Raises `AmbiguousWriteError` if it may or may not be there."""

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text. Raises `NotFoundError` if the comment was deleted."""

    def delete(self, comment: Comment) -> None:
        """Delete a comment. One that is gone already is fine."""

    def minimise(self, comments: Sequence[Comment]) -> int:
        """Fold comments away that are not yet, and return how many that were."""

    def settle(self) -> None:
        """Wait until a write that was under way is done."""


class GitHubComments:
    """The comments of a repository's pull requests and issues."""

    longest = 65_536

    def __init__(self, client: Client, author: str, *, needs: str = WRITE) -> None:
        self._client = client
        self._author = author
        self._needs = needs

    def whoami(self) -> str:
        """Return the login of the author of what we write."""
        return self._author

    def list(self, pull: int) -> Sequence[Comment]:
        """Return all comments, oldest first."""
        found = self._client.pages(f"issues/{pull}/comments", needs=self._needs)
        return tuple(_comment(each) for each in found)

    def create(self, pull: int, body: str) -> Comment:
        """Write a comment. Raises `AmbiguousWriteError` if it may or may not be there."""
        path = f"issues/{pull}/comments"
        return _comment(self._client.send("POST", path, {"body": body}, needs=self._needs))

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text. Raises `NotFoundError` if the comment was deleted."""
        path = f"issues/comments/{comment.identity}"
        return _comment(self._client.send("PATCH", path, {"body": body}, needs=self._needs))

    def delete(self, comment: Comment) -> None:
        """Delete a comment. One that is gone already is fine."""
        with suppress(NotFoundError):
            path = f"issues/comments/{comment.identity}"
            self._client.send("DELETE", path, {}, needs=self._needs)

    def minimise(self, comments: Sequence[Comment]) -> int:
        """Fold comments away that are not yet, and return how many that were."""
        ids = [comment.node for comment in comments[-PAGE:]]
        nodes = items(self._client.query(_MINIMISED, needs=self._needs, ids=ids), "nodes")
        visible = [text(each, "id") for each in nodes if member(each, "isMinimized") is False]
        for node in visible:
            self._client.mutate(_MINIMISE, needs=self._needs, id=node)
        return len(visible)

    def settle(self) -> None:
        """Wait until a write that was under way is done."""
        self._client.wait(SETTLING_SECONDS)


def _comment(data: Json) -> Comment:
    return Comment(
        identity=number(data, "id"),
        node=text(data, "node_id"),
        author=maybe_text(data, "user", "login"),  # null once the account is deleted
        body=maybe_text(data, "body"),
        url=text(data, "html_url"),
    )


class Done(StrEnum):
    """What became of a comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTRUN = "outrun"
    DELETED = "deleted"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of a comment, the comment itself, and how many duplicates were folded away."""

    done: Done
    comment: Comment | None = None
    minimised: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The own comments of one subject and key: the one to keep up to date, and the others."""

    current: Comment | None
    duplicates: tuple[Comment, ...] = ()

    @property
    def marker(self) -> Marker | None:
        """Return the marker of the comment to keep up to date."""
        return self.current.marker if self.current else None


def own(comments: Sequence[Comment], author: str, wanted: Marker) -> Found:
    """Return which comments are ours, for the subject and key of a marker.

    The newest is that of the latest run, not the one that was posted last; what is marked as
    superseded is taken only where there is nothing else.
    """
    ours = sorted(_own(comments, author, wanted), key=lambda pair: _rank(*pair))
    if not ours:
        return Found(None)
    *others, (current, _) = ours
    return Found(current, tuple(comment for comment, _ in others))


def _own(
    comments: Sequence[Comment], author: str, wanted: Marker
) -> Iterator[tuple[Comment, Marker]]:
    for comment in comments:
        marker = comment.marker
        if (
            marker is not None
            and comment.author == author
            and (marker.subject, marker.key) == (wanted.subject, wanted.key)
        ):
            yield comment, marker


def _rank(comment: Comment, marker: Marker) -> tuple[bool, tuple[int, int], int]:
    return marker.state is not State.SUPERSEDED, marker.age, comment.identity


def same_text(one: str, two: str) -> bool:
    """Say whether two bodies are the same, whatever line ends GitHub gave them."""
    return one.replace("\r\n", "\n").strip() == two.replace("\r\n", "\n").strip()


def upsert(host: CommentHost, pull: int, body: str, found: Found) -> Upserted:
    """Bring the comment that was found to the text `body`, which begins with its marker.

    `found` is what `own` makes of the listed comments. A newer run's text is left alone.
    """
    done, comment = _written(host, pull, body, found)
    duplicates = _also_created(host, pull, comment) if done is Done.CREATED else found.duplicates
    return Upserted(done, comment, _folded(host, duplicates))


def _written(host: CommentHost, pull: int, body: str, found: Found) -> tuple[Done, Comment]:
    if found.current is None:
        return Done.CREATED, create_once(host, pull, body)
    marker = found.marker
    if marker is not None and marker.age > _marker(body).age:
        return Done.OUTRUN, found.current
    if same_text(found.current.body, body):
        return Done.UNCHANGED, found.current
    try:
        return Done.UPDATED, host.update(found.current, body)
    except NotFoundError:  # somebody deleted it since we looked
        return Done.CREATED, create_once(host, pull, body)


def _also_created(host: CommentHost, pull: int, comment: Comment) -> Sequence[Comment]:
    """Return all own comments but the newest: another run may have created one just now."""
    with suppress(GitHubError):
        return own(host.list(pull), host.whoami(), _marker(comment.body)).duplicates
    return ()


def _folded(host: CommentHost, duplicates: Sequence[Comment]) -> int:
    """Fold duplicates away, as far as the host does it: they are not worth a failure."""
    if duplicates:
        with suppress(GitHubError):
            return host.minimise(duplicates)
    return 0


def remove(host: CommentHost, wanted: Marker, found: Found) -> Upserted:
    """Delete the own comments that were found, unless a newer run has written since."""
    marker = found.marker
    if found.current is None or marker is None:
        return Upserted(Done.NOTHING)
    if marker.age > wanted.age:
        return Upserted(Done.OUTRUN, found.current)
    for comment in (*found.duplicates, found.current):
        host.delete(comment)
    return Upserted(Done.DELETED, found.current)


def create_once(host: CommentHost, pull: int, body: str) -> Comment:
    """Create a comment. After a lost answer, look for it before it is sent once more.

    Raises:
        AmbiguousWriteError: if that answer is lost as well, and the comment is not there.
    """
    try:
        return host.create(pull, body)
    except AmbiguousWriteError:
        if (comment := _landed(host, pull, body)) is not None:
            return comment
    try:
        return host.create(pull, body)
    except AmbiguousWriteError:
        if (comment := _landed(host, pull, body)) is not None:
            return comment
        raise


def _landed(host: CommentHost, pull: int, body: str) -> Comment | None:
    """Return the comment of a write whose answer was lost, by its nonce."""
    host.settle()
    wanted = _marker(body)
    for comment, marker in _own(host.list(pull), host.whoami(), wanted):
        if (marker.nonce, marker.age) == (wanted.nonce, wanted.age):
            return comment
    return None


def _marker(body: str) -> Marker:
    marker = parse_marker(body)
    if marker is None:
        raise ValueError("a text of ours begins with its marker")
    return marker
