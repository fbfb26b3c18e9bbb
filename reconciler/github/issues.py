"""One issue per subject and environment: written anew while there is trouble, closed after it.

found       trouble, as before    other trouble             no trouble
none        open one              open one                  nothing
open        text                  text, and a comment       text, a comment, close
closed      reopen, comment       reopen, comment           nothing

It is found by label, author and marker, so its title may be changed. An issue of anybody else is
never written to, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from reconciler.core.data import Json
from reconciler.github.client import Client
from reconciler.github.comments import GitHubComments, create_once, same_text
from reconciler.github.faults import AmbiguousWriteError
from reconciler.github.reading import maybe_text, number, text
from reconciler.github.run import member
from reconciler.render.marker import Marker, State, Subject, marker_line, parse_marker

NEEDS: Final = "issues: write"
LABELS: Final = {Subject.DRIFT: "reconcile-drift", Subject.FAILURE: "reconcile-failure"}
"""The label of each subject. GitHub makes a label that is not there when an issue has it."""

LONGEST_TITLE: Final = 256


@dataclass(frozen=True, slots=True)
class IssueText:
    """What an issue is to say. `digest` changes when people should be told again."""

    title: str
    body: str
    digest: str
    is_clean: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is."""

    number: int
    author: str
    body: str
    url: str
    is_open: bool

    @property
    def marker(self) -> Marker | None:
        """Return the marker at the start of the text, if there is one."""
        return parse_marker(self.body)


class Reported(StrEnum):
    """What became of an issue."""

    OPENED = "opened"
    REOPENED = "reopened"
    UPDATED = "updated"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    OUTRUN = "outrun"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an issue, and the issue itself, if there is one."""

    done: Reported
    issue: Issue | None = None


class Issues:
    """The issues of a repository that one author writes."""

    def __init__(self, client: Client, author: str) -> None:
        self._client = client
        self._author = author
        self._comments = GitHubComments(client, author, needs=NEEDS)

    def report(self, wanted: IssueText, marker: Marker) -> Report:
        """Bring the issue of a marker's subject and key to a text. A newer run's is left alone."""
        marker = replace(marker, digest=wanted.digest, state=_state(wanted))
        body = f"{marker_line(marker)}\n{wanted.body}"
        current, duplicates = self._found(marker)
        if current is None:
            return self._open(wanted, body, marker)
        was = current.marker
        if was is not None and was.age > marker.age:
            return Report(Reported.OUTRUN, current)
        for each in duplicates:
            self._close_duplicate(each, current, marker)
        if wanted.is_clean:
            return self._close(current, wanted, body, marker)
        return self._update(current, wanted, body, marker)

    def _found(self, marker: Marker) -> tuple[Issue | None, Sequence[Issue]]:
        """Return the own issue, the newest open one if there are several, and the other open."""
        ours = sorted(self._own(marker), key=lambda issue: (issue.is_open, issue.number))
        if not ours:
            return None, ()
        *others, current = ours
        return current, [each for each in others if each.is_open]

    def _own(self, marker: Marker) -> Iterator[Issue]:
        listed = self._client.pages(
            "issues", labels=LABELS[marker.subject], state="all", needs=NEEDS
        )
        for data in listed:
            if member(data, "pull_request") is not None:  # pull requests are in the list as well
                continue
            issue = _issue(data)
            found = issue.marker
            if (
                found is not None
                and issue.author == self._author
                and (found.subject, found.key) == (marker.subject, marker.key)
            ):
                yield issue

    def _open(self, wanted: IssueText, body: str, marker: Marker) -> Report:
        if wanted.is_clean:
            return Report(Reported.NOTHING)
        data: dict[str, Json] = {
            "title": wanted.title[:LONGEST_TITLE],
            "body": body,
            "labels": [LABELS[marker.subject]],
        }
        try:
            return Report(Reported.OPENED, self._created(data))
        except AmbiguousWriteError:
            self._comments.settle()
            current, _ = self._found(marker)
        return Report(Reported.OPENED, current or self._created(data))

    def _created(self, data: dict[str, Json]) -> Issue:
        return _issue(self._client.send("POST", "issues", data, needs=NEEDS))

    def _update(self, current: Issue, wanted: IssueText, body: str, marker: Marker) -> Report:
        if current.is_open and same_text(current.body, body):
            return Report(Reported.UNCHANGED, current)
        was = current.marker
        if not current.is_open or was is None or was.digest != wanted.digest:
            again = "" if current.is_open else "It is back. "
            self._say(current, f"{again}{wanted.remark}", marker)
        changes: dict[str, Json] = {"body": body}
        if not current.is_open:
            changes["state"] = "open"
        done = Reported.UPDATED if current.is_open else Reported.REOPENED
        return Report(done, self._changed(current, changes))

    def _close(self, current: Issue, wanted: IssueText, body: str, marker: Marker) -> Report:
        if not current.is_open:
            return Report(Reported.NOTHING, current)
        self._say(current, wanted.remark, marker)
        changes: dict[str, Json] = {"body": body, "state": "closed", "state_reason": "completed"}
        return Report(Reported.CLOSED, self._changed(current, changes))

    def _close_duplicate(self, issue: Issue, current: Issue, marker: Marker) -> None:
        self._say(issue, f"Continued in #{current.number}.", marker)
        self._changed(issue, {"state": "closed", "state_reason": "not_planned"})

    def _say(self, issue: Issue, remark: str, marker: Marker) -> None:
        """Add a comment: before the issue itself is changed, so that it cannot get lost."""
        create_once(self._comments, issue.number, f"{marker_line(marker)}\n{remark}")

    def _changed(self, issue: Issue, changes: dict[str, Json]) -> Issue:
        path = f"issues/{issue.number}"
        return _issue(self._client.send("PATCH", path, changes, needs=NEEDS))


def _state(wanted: IssueText) -> State:
    return State.APPLIED if wanted.is_clean else State.FAILED


def _issue(data: Json) -> Issue:
    return Issue(
        number=number(data, "number"),
        author=maybe_text(data, "user", "login"),
        body=maybe_text(data, "body"),
        url=text(data, "html_url"),
        is_open=text(data, "state") == "open",
    )
