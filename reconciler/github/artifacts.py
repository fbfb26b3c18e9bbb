"""The plan documents that a workflow run has left as artifacts.

An artifact is data of whoever could change the workflow, so it is taken only from a run of this
repository for the very commit and event that are expected; only members with a plan's name are
unpacked, in memory, up to a size; and each must be a plan document whose digest is its own.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from reconciler.core.data import Json
from reconciler.errors import InvalidInputError
from reconciler.github.client import Client
from reconciler.github.faults import GitHubError
from reconciler.github.reading import maybe_text, number, text
from reconciler.github.run import member
from reconciler.render.contract import PlanDocument
from reconciler.render.document import kind_of, parse_plan_document

NEEDS: Final = "actions: read"
PLAN_EVENTS: Final = frozenset({"pull_request", "workflow_dispatch"})
"""The events whose runs plan a pull request at the commit that it shows."""

MOST_PACKED: Final = 32 * 1024 * 1024
MOST_UNPACKED: Final = 128 * 1024 * 1024
_MOST_MEMBERS: Final = 1000
_ARTIFACT: Final = re.compile(r"(reconcile-)?plan(-[A-Za-z0-9._-]+)?")
_MEMBER: Final = re.compile(r"(?:[^/]+/)*plan(-[A-Za-z0-9._-]+)?\.json")


def plan_documents(
    client: Client, run: int, *, head: str, events: Collection[str] = PLAN_EVENTS
) -> Sequence[PlanDocument]:
    """Return the plans in the artifacts `[reconcile-]plan[-*]` of a run, by their names.

    Raises:
        GitHubError: if the run is not one of `events` for the commit `head` of this repository.
        InvalidInputError: if an artifact is not what it should be.
    """
    _require_expected(client, run, head, events)
    found: list[PlanDocument] = []
    room = MOST_UNPACKED
    for name, identity in sorted(_artifacts(client, run).items()):
        packed = client.download(f"actions/artifacts/{identity}/zip", most=MOST_PACKED, needs=NEEDS)
        for content in unpacked(packed, name, room):
            room -= len(content)
            document = _document(content, name)
            found += [document] if document else []
    return tuple(found)


def _require_expected(client: Client, run: int, head: str, events: Collection[str]) -> None:
    data = client.get(f"actions/runs/{run}", needs=NEEDS)
    is_expected = (
        maybe_text(data, "head_sha") == head
        and maybe_text(data, "event") in events
        and maybe_text(data, "head_repository", "full_name").lower() == client.repository.lower()
    )
    if not is_expected:
        raise GitHubError(
            f"workflow run {run} did not plan this pull request's last commit",
            why="it is of another commit, another event or another repository",
            fix="plan the pull request again",
        )


def _artifacts(client: Client, run: int) -> dict[str, int]:
    """Return the newest artifact of each name that may hold a plan."""
    found: dict[str, int] = {}
    listed = client.pages(f"actions/runs/{run}/artifacts", key="artifacts", needs=NEEDS)
    for each in listed:
        name = text(each, "name")
        if _ARTIFACT.fullmatch(name) and not _is_expired(each):
            found[name] = max(found.get(name, 0), number(each, "id"))
    return found


def _is_expired(data: Json) -> bool:
    return member(data, "expired") is True


def unpacked(packed: bytes, name: str, most: int) -> Iterator[bytes]:
    """Yield the members of a zip file that may be plans, `most` bytes in all.

    Raises:
        InvalidInputError: if it is no zip file, or larger than that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            listed = archive.infolist()
            if len(listed) > _MOST_MEMBERS:
                raise _broken(name, f"it has more than {_MOST_MEMBERS} members")
            for each in sorted(listed, key=lambda info: info.filename):
                if not _MEMBER.fullmatch(each.filename):
                    continue
                content = _member(archive, each, most)
                if len(content) > most:  # what its header says of its size is not believed
                    raise _broken(name, "it is too large once unpacked")
                most -= len(content)
                yield content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _broken(name, str(error) or type(error).__name__) from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as stream:
        return stream.read(most + 1)


def _document(content: bytes, name: str) -> PlanDocument | None:
    """Return a plan; nothing if it says why there is none, which shows nobody anything."""
    try:
        written = content.decode()
        return None if kind_of(written) == "error" else parse_plan_document(written)
    except UnicodeDecodeError:
        raise _broken(name, "a plan in it is not UTF-8") from None
    except InvalidInputError as error:
        raise _broken(name, f"{error.what}: {error.why}") from None


def _broken(name: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"artifact {name} holds no plan that can be used",
        why=why,
        fix="plan the pull request again",
    )
