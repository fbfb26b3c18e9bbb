"""What goes wrong with GitHub: each with what to do about it, and none with the token in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.data import Json
from reconciler.errors import ReconcilerError
from reconciler.github.run import member

_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_GONE: Final = frozenset({404, 410})
_INVALID: Final = 422
_SERVER: Final = 500
_SIGNS_OF_A_LIMIT: Final = ("rate limit", "abuse detection", "too many requests")
_NO_PERMISSION: Final = "Resource not accessible by"


class GitHubError(ReconcilerError):
    """GitHub did not do what it was asked for. `status` is that of its answer, 0 without one."""

    def __init__(self, what: str, *, why: str = "", fix: str = "", status: int = 0) -> None:
        super().__init__(what, why=why, fix=fix)
        self.status = status


class NotFoundError(GitHubError):
    """What was asked for is not there (any more), or not for this token."""


class DeniedError(GitHubError):
    """The token may not do this."""


class InvalidRequestError(GitHubError):
    """GitHub does not take what was sent: asking again changes nothing."""


class LimitedError(GitHubError):
    """GitHub asks to wait longer than is sensible here."""


class AmbiguousWriteError(GitHubError):
    """Nobody knows whether a write was carried out: look before it is sent again."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `needs` is the permission of a workflow's job that it takes."""

    method: str
    url: str
    body: bytes | None = None
    needs: str = ""
    is_read: bool = False

    @property
    def words(self) -> str:
        """Return the request for people and logs."""
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Json:
        """Return the JSON that the body holds, `None` if it is none."""
        try:
            found: Json = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found

    @property
    def message(self) -> str:
        """Return what GitHub says about a failure."""
        said = member(self.data, "message")
        details = member(self.data, "errors")
        words = [said if isinstance(said, str) else f"status {self.status}"]
        if isinstance(details, list):
            words += [_detail(each) for each in details]
        return ": ".join(filter(None, words))

    @property
    def is_limit(self) -> bool:
        """Say whether the answer means "too fast", whatever its status."""
        if self.status == _TOO_MANY:
            return True
        if self.status != _FORBIDDEN:
            return False
        said = self.message.lower()
        return (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or any(sign in said for sign in _SIGNS_OF_A_LIMIT)
        )

    @property
    def is_trouble(self) -> bool:
        """Say whether the server had trouble of its own."""
        return self.status >= _SERVER


def fault_of(request: Request, reply: Reply) -> GitHubError:
    """Return the error that an answer stands for."""
    why = f"GitHub answers {reply.status}: {reply.message}"
    status = reply.status
    if reply.is_limit:
        return LimitedError(
            f"{request.words}: GitHub limits the rate",
            why=why,
            fix="run the job again later",
            status=status,
        )
    if status in _GONE:
        return NotFoundError(
            f"{request.words}: not found",
            why=f"{why}; what a token may not see is not found either",
            fix=", and ".join(filter(None, ["check what was asked for", _grant(request)])),
            status=status,
        )
    if status in (_UNAUTHORISED, _FORBIDDEN):
        return _denied(request, reply, why)
    if status == _INVALID:
        return InvalidRequestError(
            f"{request.words}: GitHub does not take what was sent", why=why, status=status
        )
    return GitHubError(f"{request.words} failed", why=why, status=status)


def _denied(request: Request, reply: Reply, why: str) -> DeniedError:
    if reply.status == _UNAUTHORISED:
        fix = "give the token of the job: env: GITHUB_TOKEN: ${{ github.token }}"
        return DeniedError(
            f"{request.words}: the token is not accepted", why=why, fix=fix, status=reply.status
        )
    fix = _grant(request) or "use a token that may do this"
    if _NO_PERMISSION in reply.message:
        fix += "; runs for pull requests from forks never have permission to write"
    return DeniedError(
        f"{request.words}: the token may not do this", why=why, fix=fix, status=reply.status
    )


def _grant(request: Request) -> str:
    return f"give the job permissions: {request.needs}" if request.needs else ""


def _detail(error: Json) -> str:
    if isinstance(error, str):
        return error
    said = member(error, "message")
    if isinstance(said, str):
        return said
    parts = [member(error, key) for key in ("resource", "field", "code")]
    return " ".join(part for part in parts if isinstance(part, str))
